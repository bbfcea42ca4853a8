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
        framework: None,
        adjustments: Vec::new(),
    }
}

fn adjustment(kind: Kind, day: Date, amount: Money) -> Adjustment {
    Adjustment { kind, day, amount }
}

fn over_write_down(day: Date, most: i64) -> Result<Vec<Month>, PoolError> {
    Err(AdjustmentError::ReversalOverWriteDown { day, most: million(most) }.into())
}

#[test]
fn the_pool_of_the_known_answer_is_21_million_and_written_down_by_7_million_a_year() {
    // Cost of sales of 3,000 million over three years at 0.7 %.
    let share = Share::new(Decimal::new(7, 3)).unwrap();
    let years = [million(900), million(1000), million(1100)];
    let cost = cap(share, Basis::Sum, &years).unwrap();
    assert_eq!(cost, million(21));
    assert_eq!(cap(share, Basis::Mean, &years), Ok(million(7)), "of the mean year");
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

#[test]
fn a_write_down_comes_back_up_to_the_straight_line_where_the_rules_allow_it() {
    use Kind::{Reversal, WriteDown};
    let written_down = |framework, adjustments: Vec<Adjustment>| {
        Pool { framework, adjustments, ..pool(million(36)) }.project(date(2024, 12, 31))
    };
    let down = adjustment(WriteDown, date(2024, 6, 10), million(15));
    // 36 million less six months is 30; 15 of them go, and by September the straight line stands at 27, the books at 12.
    let back = |amount| adjustment(Reversal, date(2024, 9, 30), million(amount));
    for framework in [Framework::Ifrs, Framework::Cas] {
        let months = written_down(Some(framework), vec![down.clone(), back(15)]).unwrap();
        let books: Vec<Money> = months.iter().map(|month| month.book).collect();
        assert_eq!(books, [35, 34, 33, 32, 31, 15, 14, 13, 27, 26, 25, 24].map(million));
        assert_eq!((months[5].adjusted, months[5].write_down), (million(15), million(16)));
        assert_eq!((months[8].reversal, months[8].write_down), (million(15), million(1)));
        assert_eq!(
            written_down(Some(framework), vec![down.clone(), back(16)]),
            over_write_down(date(2024, 9, 30), 15)
        );
    }
    for framework in [Some(Framework::UsGaap), None] {
        let refused = written_down(framework, vec![down.clone(), back(1)]);
        assert_eq!(refused, Err(AdjustmentError::ReversalNotAllowed { framework }.into()));
    }
    let none = written_down(Some(Framework::Ifrs), vec![back(1)]);
    assert_eq!(none, over_write_down(date(2024, 9, 30), 0));
    let all = adjustment(WriteDown, date(2024, 6, 10), million(31));
    let (day, book) = (date(2024, 6, 10), million(30));
    let refused = AdjustmentError::WriteDownOverBookValue { day, book };
    assert_eq!(written_down(None, vec![all]), Err(refused.into()));
}

#[test]
fn what_the_books_no_longer_hold_shrinks_with_the_support_life() {
    // Written off in the first month: what can come back is what the straight line still holds, nothing at the end of the life.
    let gone = adjustment(Kind::WriteDown, date(2024, 1, 31), million(35));
    for (day, most) in [(date(2024, 12, 1), 24), (date(2026, 11, 1), 1), (date(2026, 12, 1), 0)] {
        let back = adjustment(Kind::Reversal, day, million(36));
        let adjustments = vec![gone.clone(), back];
        let written_off =
            Pool { framework: Some(Framework::Ifrs), adjustments, ..pool(million(36)) };
        assert_eq!(written_off.project(date(2027, 1, 1)), over_write_down(day, most));
    }
}

#[test]
fn nothing_comes_back_over_the_cap() {
    let day = date(2024, 2, 1);
    let capped = |amount| Pool {
        cap: Some(million(30)),
        framework: Some(Framework::Ifrs),
        adjustments: vec![
            adjustment(Kind::WriteDown, day, million(10)),
            adjustment(Kind::Reversal, date(2024, 3, 1), million(amount)),
        ],
        ..pool(million(36))
    };
    // 30 at the end of January, 19 of February, 18 of March before it comes back.
    let months = capped(12).project(date(2024, 3, 1)).unwrap();
    assert_eq!((months[2].book, months[2].over_cap), (million(30), million(0)));
    let day = date(2024, 3, 1);
    let refused = AdjustmentError::ReversalOverCap { day, most: million(12) };
    assert_eq!(capped(13).project(day), Err(refused.into()));
}

proptest! {
    #[test]
    fn no_adjustment_lifts_a_pool_over_its_straight_line(
        cost in 1i64..1_000_000,
        monthly in 0i64..50_000,
        life in 1u32..40,
        cap in prop::option::of(0i64..800_000),
        wanted in prop::collection::vec((0i64..48, any::<bool>(), 1i64..500_000), 0..12),
    ) {
        let cents = |amount: i64| Money::new(Decimal::new(amount, 2), Currency::CNY).unwrap();
        let plain = Pool {
            monthly_purchases: cents(monthly),
            life_months: life,
            framework: Some(Framework::Cas),
            ..pool(cents(cost))
        };
        let end = date(2027, 12, 31);
        let straight = plain.project(end).unwrap();
        let mut adjusted = Pool { cap: cap.map(cents), ..plain };
        for (month, down, amount) in wanted {
            let day = date(2024, 1, 15).checked_add(month.months()).unwrap();
            let kind = if down { Kind::WriteDown } else { Kind::Reversal };
            let mut tried = adjusted.clone();
            tried.adjustments.push(adjustment(kind, day, cents(amount)));
            tried.adjustments.sort_by_key(|adjustment| adjustment.day);
            if tried.project(end).is_ok() {
                adjusted = tried;
            }
        }
        let (mut down, mut back, mut beyond) = (cents(0), cents(0), cents(0));
        for (month, straight) in adjusted.project(end).unwrap().iter().zip(&straight) {
            down = down.checked_add(month.write_down).unwrap();
            back = back.checked_add(month.reversal).unwrap();
            beyond = beyond.checked_add(month.adjusted.checked_add(month.over_cap).unwrap()).unwrap();
            prop_assert_eq!(month.tied_up.checked_add(back).unwrap(), month.book.checked_add(down).unwrap());
            prop_assert!(month.book.amount() <= straight.book.amount() && month.book.amount() >= Decimal::ZERO);
            prop_assert!(back.amount() <= beyond.amount(), "no more comes back than was written down");
            prop_assert!(adjusted.cap.is_none_or(|cap| month.book.amount() <= cap.amount()));
        }
    }

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
