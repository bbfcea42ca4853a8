//! What terms cannot be.

use super::*;

fn cny(amount: i64) -> Option<Money> {
    Money::new(Decimal::from(amount), Currency::CNY).ok()
}

#[test]
fn every_field_that_cannot_be_is_named() {
    let mut terms = Terms::standard(0, CoverageLevel::Full);
    terms.response_seconds = 60;
    terms.annual_escalation = Decimal::TWO;
    terms.deductible = cny(500);
    terms.cap = cny(400);
    terms.annual_limit = Money::new(Decimal::ONE, Currency::EUR).ok();
    terms.planned_visits_per_year = Some(53);
    terms.annual_deductible = cny(-1);
    terms.term_limit = cny(0);
    terms.profit_share = Decimal::TWO;
    let mut wrong = Violations::new();
    wrong.within("terms", |wrong| terms.check(Currency::CNY, wrong));
    let invalid = wrong.finish().unwrap_err();
    let fields: Vec<_> = invalid.fields().iter().map(|v| v.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "terms.term_months",
            "terms.response_time",
            "terms.annual_escalation",
            "terms.planned_visits_per_year",
            "terms.profit_share",
            "terms.annual_limit",
            "terms.annual_deductible",
            "terms.term_limit",
            "terms.cap",
        ]
    );
}

#[test]
fn the_last_contract_year_may_be_short() {
    let terms = Terms::standard(30, CoverageLevel::Full);
    assert_eq!(terms.contract_years(), [(0.0, 1.0), (1.0, 2.0), (2.0, 2.5)]);
}
