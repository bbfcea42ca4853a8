//! Rebate plans: what a distributor earns back on its purchases of a period, by steps.

use crate::network::DistributorId;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::money::{Money, MoneyError};
use aftercare_kernel::period::Period;
use aftercare_kernel::resource_id;
use aftercare_kernel::share::Share;
use serde::{Deserialize, Serialize};

resource_id! {
    /// The id of a rebate plan.
    RebatePlanId
}

/// One step of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RebateStep {
    /// Purchases from which the rate holds.
    pub threshold: Money,
    /// Part of all purchases of the period.
    pub rate: Share,
}

/// A distributor's plan for a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RebatePlan {
    /// Its id.
    pub id: RebatePlanId,
    /// Whose.
    pub distributor: DistributorId,
    /// For which period.
    pub period: Period,
    /// By rising threshold.
    pub steps: Vec<RebateStep>,
    /// Purchases of the period so far.
    pub purchases: Option<Money>,
}

impl RebatePlan {
    /// Notes what is wrong with the steps: none, another currency, not rising.
    pub fn check(&self, wrong: &mut Violations) {
        if self.steps.is_empty() {
            wrong.add("steps", "at least one is required");
        }
        let currency = self.steps.first().map(|step| step.threshold.currency());
        for (i, pair) in self.steps.windows(2).enumerate() {
            if let [low, high] = pair
                && (low.threshold.currency() != high.threshold.currency()
                    || low.threshold.amount() >= high.threshold.amount())
            {
                wrong.add(&format!("steps[{}].threshold", i + 1), "must rise, in one currency");
            }
        }
        if self.purchases.is_some_and(|bought| Some(bought.currency()) != currency) {
            wrong.add("purchases", "must be in the currency of the steps");
        }
    }

    /// The rebate for these purchases: the highest step reached, on all of them.
    ///
    /// # Errors
    /// [`MoneyError::MixedCurrency`], [`MoneyError::OutOfRange`].
    pub fn rebate(&self, purchases: Money) -> Result<Money, MoneyError> {
        let mut rate = Share::ZERO;
        for step in &self.steps {
            let reached = purchases.checked_sub(step.threshold)?;
            if !reached.amount().is_sign_negative() || reached.amount().is_zero() {
                rate = step.rate;
            }
        }
        purchases.times(rate.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aftercare_kernel::currency::Currency;
    use jiff::civil::date;
    use rust_decimal::Decimal;

    fn cny(cents: i64) -> Money {
        Money::new(Decimal::new(cents, 2), Currency::CNY).unwrap()
    }

    fn plan() -> RebatePlan {
        let step = |threshold: i64, rate: i64| RebateStep {
            threshold: cny(threshold * 100),
            rate: Share::new(Decimal::new(rate, 3)).unwrap(),
        };
        RebatePlan {
            id: RebatePlanId::parse("b1").unwrap(),
            distributor: DistributorId::parse("d1").unwrap(),
            period: Period::new(date(2025, 1, 1), Some(date(2026, 1, 1))).unwrap(),
            steps: vec![step(16_000_000, 15), step(24_000_000, 30), step(33_000_000, 50)],
            purchases: None,
        }
    }

    #[test]
    fn the_step_reached_holds_for_all_purchases() {
        // 33,134,110.00 x 5 % = 1,656,705.50; one cent under a step earns the step below.
        for (bought, rebate) in [
            (3_313_411_000, 165_670_550),
            (3_299_999_999, 99_000_000),
            (1_600_000_000, 24_000_000),
            (1_599_999_999, 0),
        ] {
            assert_eq!(plan().rebate(cny(bought)), Ok(cny(rebate)), "{bought}");
        }
    }

    #[test]
    fn steps_must_rise() {
        let mut plan = plan();
        plan.steps.swap(0, 1);
        let mut wrong = Violations::new();
        plan.check(&mut wrong);
        assert_eq!(wrong.finish().unwrap_err().fields()[0].field, "steps[1].threshold");
    }
}
