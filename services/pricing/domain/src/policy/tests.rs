//! What must hold for any policy.

use super::*;

#[test]
fn the_seeded_policy_is_sound() {
    let mut wrong = Violations::new();
    PricingPolicy::seeded().check(&mut wrong);
    assert_eq!(wrong.finish(), Ok(()));
}

#[test]
fn every_field_that_cannot_be_is_named() {
    let mut policy = PricingPolicy::seeded();
    policy.target_margin = Decimal::ONE;
    policy.max_loss_probability = Decimal::ZERO;
    policy.rounding = Money::zero(Currency::CNY);
    policy.default_costs.overhead_per_year = Money::zero(Currency::EUR);
    policy.failure_prior.beta = Decimal::NEGATIVE_ONE;
    let mut wrong = Violations::new();
    policy.check(&mut wrong);
    let invalid = wrong.finish().unwrap_err();
    let fields: Vec<_> = invalid.fields().iter().map(|v| v.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "target_margin",
            "max_loss_probability",
            "failure_prior.beta",
            "rounding",
            "default_costs.overhead_per_year"
        ]
    );
}

#[test]
fn stored_policies_come_back_the_same() {
    let policy = PricingPolicy::seeded();
    let text = serde_json::to_string(&policy).unwrap();
    assert_eq!(serde_json::from_str::<PricingPolicy>(&text).unwrap(), policy);
}
