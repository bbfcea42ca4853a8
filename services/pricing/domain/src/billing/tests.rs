//! Known answers and properties of billing schedules.

use super::*;
use crate::agreement::Suspension;
use crate::price::FeePlan;
use crate::terms::CoverageLevel;
use aftercare_kernel::currency::Currency;
use jiff::civil::date;
use proptest::prelude::*;

fn yuan(cents: i64) -> Money {
    Money::new(Decimal::new(cents, 2), Currency::CNY).unwrap()
}

const START: Date = date(2026, 8, 1);

fn agreement(terms: Terms, base: Money) -> Agreement {
    let fees = FeePlan::spread(&terms).unwrap().fees(base, START).unwrap();
    let price = fees.iter().try_fold(yuan(0), |sum, fee| sum.checked_add(fee.fee)).unwrap();
    Agreement {
        terms,
        assets: Vec::new(),
        base,
        fees,
        price,
        expected_cost: yuan(0),
        salesperson: String::new(),
        renewal_of: String::new(),
        notice: None,
        suspensions: Vec::new(),
    }
}

fn amendment(effective: Date, annual: Money) -> Amendment {
    let change = Change { effective, annual };
    Amendment { change, terms: None, added: Vec::new(), removed: Vec::new() }
}

fn sum(charges: &[Charge]) -> Money {
    charges.iter().try_fold(yuan(0), |sum, charge| sum.checked_add(charge.amount)).unwrap()
}

#[test]
fn an_amendment_is_prorated_by_the_day_and_escalates_with_the_fee() {
    let mut terms = Terms::standard(24, CoverageLevel::Full);
    terms.annual_escalation = Decimal::new(3, 2);
    let agreement = agreement(terms, yuan(1_200_000));
    // 3,650.00 a year from the 100th day: 265 of 365 days, then a full year 3 % dearer.
    let day = START.checked_add(100.days()).unwrap();
    let billing = Billing::of(&agreement, &[amendment(day, yuan(365_000))], START, None).unwrap();
    let charges = billing.charges().unwrap();
    let of = |kind| -> Vec<(u32, Date, Money)> {
        let of_kind = charges.iter().filter(|charge| charge.kind == kind);
        of_kind.map(|charge| (charge.year, charge.due, charge.amount)).collect()
    };
    let next = date(2027, 8, 1);
    assert_eq!(of(ChargeKind::Fee), [(1, START, yuan(1_200_000)), (2, next, yuan(1_236_000))]);
    assert_eq!(of(ChargeKind::Amendment), [(1, day, yuan(265_000)), (2, next, yuan(375_950))]);
}

#[test]
fn a_suspension_is_credited_when_it_is_over_and_earns_nothing() {
    let mut agreement = agreement(Terms::standard(12, CoverageLevel::Full), yuan(3_650_000));
    let (from, until) = (date(2026, 9, 1), date(2026, 10, 1));
    agreement.suspensions.push(Suspension { from, until: None, reason: String::new() });
    let open = Billing::of(&agreement, &[], START, None).unwrap();
    assert_eq!(open.earned(START, until), Ok(yuan(310_000)), "31 days of August");
    assert_eq!(sum(&open.charges().unwrap()), yuan(3_650_000));
    agreement.suspensions[0].until = Some(until);
    let closed = Billing::of(&agreement, &[], START, None).unwrap();
    let charges = closed.charges().unwrap();
    let credit = &charges[1];
    assert_eq!((credit.kind, credit.due), (ChargeKind::Suspension, until));
    assert_eq!((credit.period, credit.amount), ((from, until), yuan(-300_000)));
}

#[test]
fn after_an_early_end_nothing_falls_due_and_what_was_paid_ahead_is_credited() {
    let agreement = agreement(Terms::standard(36, CoverageLevel::Full), yuan(3_650_000));
    let end = date(2027, 7, 2);
    let billing = Billing::of(&agreement, &[], START, Some(end)).unwrap();
    let charges = billing.charges().unwrap();
    assert_eq!(charges.len(), 2, "the second and the third year are never due");
    assert_eq!((charges[1].kind, charges[1].due), (ChargeKind::EarlyEnd, end));
    assert_eq!(charges[1].amount, yuan(-300_000), "30 of 365 days");
}

#[test]
fn a_prepaid_term_takes_an_amendment_for_the_days_that_are_left() {
    let mut terms = Terms::standard(24, CoverageLevel::Full);
    terms.payment_schedule = PaymentSchedule::Prepaid;
    let agreement = agreement(terms, yuan(1_000_000));
    let half = date(2027, 8, 1);
    // 366 of 731 days of 7,310.00 for two years.
    let amendments = [amendment(half, yuan(365_500))];
    let billing = Billing::of(&agreement, &amendments, START, None).unwrap();
    let charges = billing.charges().unwrap();
    assert_eq!(charges[1].amount, yuan(366_000));
    assert_eq!((charges[1].due, charges[1].period), (half, (half, date(2028, 8, 1))));
}

prop_compose! {
    fn contract()(
        base in 1i64..100_000_000,
        months in 1u32..73,
        escalation in -5i64..10,
        prepaid in any::<bool>(),
        changes in prop::collection::vec((0i64..2200, -50_000_000i64..50_000_000), 0..4),
        rests in prop::collection::vec((0i64..400, 1i64..120), 0..3),
        early in prop::option::of(0i64..2200),
        half_up in any::<bool>(),
    ) -> (Agreement, Vec<Amendment>, Option<Date>) {
        let mut terms = Terms::standard(months, CoverageLevel::Full);
        terms.annual_escalation = Decimal::new(escalation, 2);
        if half_up {
            terms.rounding = Rounding::HalfUp;
        }
        if prepaid {
            terms.payment_schedule = PaymentSchedule::Prepaid;
        }
        let mut agreed = agreement(terms, yuan(base));
        let end = anniversary(START, months);
        let day = |days: i64| START.checked_add(days.days()).unwrap();
        let changes = changes.into_iter().map(|(at, cents)| amendment(day(at), yuan(cents)));
        let mut next = 0;
        for (gap, length) in rests {
            let (from, until) = (day(next + gap), day(next + gap + length));
            next += gap + length;
            agreed.suspensions.push(Suspension { from, until: Some(until), reason: String::new() });
        }
        let changes = changes.filter(|change| change.change.effective < end).collect();
        (agreed, changes, early.map(day).filter(|day| *day < end))
    }
}

proptest! {
    #[test]
    fn rounding_neither_gains_nor_loses_a_minor_unit_over_a_schedule(
        (agreement, amendments, early) in contract(),
        cuts in prop::collection::vec(0i64..2300, 0..12),
    ) {
        let billing = Billing::of(&agreement, &amendments, START, early).unwrap();
        let whole = billing.earned(START, Date::MAX).unwrap();
        prop_assert_eq!(sum(&billing.charges().unwrap()), whole, "what is billed is what is earned");
        let mut days: Vec<Date> = cuts.iter().map(|day| START.checked_add(day.days()).unwrap()).collect();
        days.extend([START, Date::MAX]);
        days.sort();
        let parts = days.windows(2).map(|pair| billing.earned(pair[0], pair[1]).unwrap());
        let parts = parts.fold(yuan(0), |sum, part| sum.checked_add(part).unwrap());
        prop_assert_eq!(parts, whole, "the parts of any division add up");
        for charge in billing.charges().unwrap() {
            prop_assert_eq!(charge.amount.amount().normalize().scale().max(2), 2);
        }
    }

    #[test]
    fn without_changes_the_schedule_is_the_price(base in 1i64..100_000_000, months in 1u32..121, half_up in any::<bool>()) {
        let mut terms = Terms::standard(months, CoverageLevel::Full);
        terms.rounding = if half_up { Rounding::HalfUp } else { Rounding::HalfEven };
        let agreement = agreement(terms, yuan(base));
        let billing = Billing::of(&agreement, &[], START, None).unwrap();
        prop_assert_eq!(sum(&billing.charges().unwrap()), agreement.price);
        prop_assert_eq!(billing.earned(START, Date::MAX).unwrap(), agreement.price);
    }
}
