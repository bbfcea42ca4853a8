//! Total repair cost as it was seen beside the family that was chosen for it.

use super::RepairCost;
use crate::policy::{PricingPolicy, model};
use crate::severity::{Family, Severity};
use serde::{Deserialize, Serialize};

/// A quantile as seen and as fitted, major units.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CostQuantile {
    /// Its level.
    pub level: f64,
    /// As seen.
    pub empirical: f64,
    /// As fitted.
    pub fitted: f64,
}

/// The shape of total cost.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CostShape {
    /// At most 19 levels; none with fewer than [`LEAST_REPAIRS`] repairs.
    pub quantiles: Vec<CostQuantile>,
    /// Largest distance between the empirical distribution and the fitted one (Kolmogorov); 0 without quantiles.
    pub distance: f64,
}

/// Repairs from which on a shape is shown.
pub const LEAST_REPAIRS: usize = 5;

impl CostShape {
    /// Of repairs with the family that was chosen for them; labour counts at the policy's rate.
    #[must_use]
    pub fn of(repairs: &[RepairCost], family: Family, policy: &PricingPolicy) -> Self {
        let rate = model(policy.default_costs.labour_cost_per_hour.amount());
        let mut totals: Vec<f64> =
            repairs.iter().map(|r| r.labour_hours * rate + r.parts + r.travel).collect();
        totals.sort_by(f64::total_cmp);
        let fit = match family {
            Family::Empirical => Severity::seen(totals.iter().map(|total| (*total, 1.0)).collect()),
            Family::Lognormal | Family::Gamma => Severity::fit(family, &totals).map(|fit| fit.0),
        };
        let Some(severity) = fit.filter(|_| totals.len() >= LEAST_REPAIRS) else {
            return Self::default();
        };
        let n = totals.len() as f64;
        let quantiles = (1..20)
            .map(|twentieth| {
                let level = f64::from(twentieth) / 20.0;
                let rank = (level * n).ceil() as usize;
                let empirical = totals[rank.clamp(1, totals.len()) - 1];
                CostQuantile { level, empirical, fitted: severity.quantile(level) }
            })
            .collect();
        let distance = totals
            .iter()
            .enumerate()
            .map(|(i, total)| {
                let fitted = severity.cumulative(*total);
                (fitted - i as f64 / n).abs().max(((i + 1) as f64 / n - fitted).abs())
            })
            .fold(0.0, f64::max);
        Self { quantiles, distance }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repairs(totals: impl Iterator<Item = f64>) -> Vec<RepairCost> {
        totals.map(|parts| RepairCost { labour_hours: 0.0, parts, travel: 0.0 }).collect()
    }

    #[test]
    fn costs_of_the_family_lie_close_and_others_do_not() {
        let policy = PricingPolicy::seeded();
        let truth = Severity::Lognormal { mu: 7.0, sigma: 0.8 };
        let close = repairs((0..400).map(|i| truth.quantile((f64::from(i) + 0.5) / 400.0)));
        let found = CostShape::of(&close, Family::Lognormal, &policy);
        assert!(found.distance < 0.01, "{}", found.distance);
        for q in &found.quantiles {
            assert!((q.fitted / q.empirical - 1.0).abs() < 0.05, "{q:?}");
        }
        let two = repairs((0..400).map(|i| if i % 2 == 0 { 100.0 } else { 9_000.0 }));
        assert!(CostShape::of(&two, Family::Gamma, &policy).distance > 0.2);
    }

    #[test]
    fn few_or_equal_costs_have_no_shape() {
        let policy = PricingPolicy::seeded();
        let few = repairs([10.0, 20.0].into_iter());
        assert_eq!(CostShape::of(&few, Family::Gamma, &policy), CostShape::default());
        let equal = repairs([10.0; 9].into_iter());
        assert_eq!(CostShape::of(&equal, Family::Lognormal, &policy), CostShape::default());
    }
}
