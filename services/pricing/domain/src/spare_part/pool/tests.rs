//! The known answers of the maker whose pool this is, and what must hold for any pool.

use super::*;
use aftercare_kernel::currency::Currency;
use jiff::civil::date;
use proptest::prelude::*;

fn million(amount: i64) -> Money {
    Money::from_micros(amount * 1_000_000_000_000, Currency::CNY)
}

fn pool(cost: Money) -> Pool {
    Pool {
        cost,
        life_months: 36,
        residual: million(0),
        purchased: date(2024, 1, 1),
        monthly_purchases: million(0),
        cap: None,
        inventory: None,
    }
}

#[test]
fn the_pool_of_the_known_answer_is_21_million_and_written_down_by_7_million_a_year() {
    // Cost of sales of 3,000 million over three years at 0.7 %.
    let share = Share::new(Decimal::new(7, 3)).unwrap();
    let cost = cap(share, &[million(900), million(1000), million(1100)]).unwrap();
    assert_eq!(cost, million(21));
    let months = pool(cost).project(date(2026, 12, 31)).unwrap();
    assert_eq!(months.len(), 36);
    for (year, book) in [(0, 14), (1, 7), (2, 0)] {
        let of_year = &months[12 * year..12 * (year + 1)];
        let down = of_year.iter().try_fold(million(0), |sum, m| sum.checked_add(m.write_down));
        assert_eq!(down, Ok(million(7)), "year {year}");
        assert_eq!(of_year[11].book, million(book));
    }
    assert_eq!(months[35].unreal_profit(), Ok(million(21)), "had nothing been written down");
}

#[test]
fn a_pool_of_19_million_in_july_that_grows_by_a_million_a_month_ties_up_24_million_in_december() {
    let growing = Pool {
        purchased: date(2026, 7, 1),
        monthly_purchases: million(1),
        cap: Some(million(15)),
        inventory: Some(million(100)),
        ..pool(million(19))
    };
    let months = growing.project(date(2026, 12, 31)).unwrap();
    let tied_up: Vec<Money> = months.iter().map(|month| month.tied_up).collect();
    assert_eq!(tied_up, [19, 20, 21, 22, 23, 24].map(million));
    assert_eq!(inventory_share(million(15), growing.inventory), Some(Decimal::new(15, 2)));
    assert_eq!(inventory_share(months[5].tied_up, growing.inventory), Some(Decimal::new(24, 2)));
    assert_eq!(months[5].book, million(15), "what is over the cap is written down at once");
    assert_eq!(months[5].unreal_profit(), Ok(million(9)));
}

#[test]
fn what_is_recovered_is_never_written_down() {
    let with_scrap = Pool { residual: million(3), ..pool(million(21)) };
    let months = with_scrap.project(date(2027, 6, 1)).unwrap();
    assert_eq!(months[11].book, million(15));
    assert_eq!(months[35].book, million(3));
    assert_eq!(months[41].book, million(3), "nothing after the end of its life");
    assert_eq!(months[41].write_down, million(0));
}

#[test]
fn the_last_month_takes_what_rounding_left() {
    let cost = Money::new(Decimal::new(10_000, 2), Currency::CNY).unwrap();
    let months = pool(cost).project(date(2026, 12, 1)).unwrap();
    let downs: Vec<Decimal> = months.iter().map(|month| month.write_down.amount()).collect();
    assert_eq!(downs.iter().sum::<Decimal>(), cost.amount());
    assert!(downs.iter().all(|d| (*d - Decimal::new(278, 2)).abs() <= Decimal::new(1, 2)));
}

#[test]
fn a_provision_is_booked_at_the_rate_of_expected_cost() {
    let (rate, amount) = provision(million(40), million(1)).unwrap();
    assert_eq!((rate, amount), (Decimal::new(25, 3), million(1)));
    assert_eq!(provision(million(0), million(1)), Err(MoneyError::BadWeights));
    assert!(provision(million(1), Money::zero(Currency::EUR)).is_err());
}

proptest! {
    #[test]
    fn what_was_bought_is_in_the_books_or_written_down(
        cost in 0i64..1_000_000_000,
        residual in 0u32..100,
        monthly in 0i64..50_000_000,
        life in 1u32..61,
        cap in prop::option::of(0i64..800_000_000),
        months in 1u32..80,
    ) {
        let cents = |amount: i64| Money::new(Decimal::new(amount, 2), Currency::CNY).unwrap();
        let pool = Pool {
            residual: cents(cost).times(Decimal::new(residual.into(), 2)).unwrap(),
            monthly_purchases: cents(monthly),
            life_months: life,
            cap: cap.map(cents),
            ..pool(cents(cost))
        };
        let projected = pool.project(date(2024, 1, 1).checked_add(i64::from(months).months()).unwrap()).unwrap();
        let (mut bought, mut down) = (cents(0), cents(0));
        for month in projected {
            bought = bought.checked_add(month.purchases).unwrap();
            down = down.checked_add(month.write_down).unwrap();
            prop_assert_eq!(bought, month.tied_up);
            prop_assert_eq!(month.book.checked_add(down).unwrap(), bought);
            prop_assert!(month.book.amount() >= Decimal::ZERO && month.write_down.amount() >= Decimal::ZERO);
            prop_assert!(pool.cap.is_none_or(|cap| month.book.amount() <= cap.amount()));
        }
    }
}
