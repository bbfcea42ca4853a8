//! Drift: what changed from one fit of a family to a later one, and whether chance explains it.

use crate::failure_model::{FailureModel, Mode};
use crate::policy::{PricingPolicy, model};
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};
use std::collections::BTreeSet;

/// A mode in one model.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct ModeState {
    /// Shape.
    pub beta: f64,
    /// Failures of a five-year-old machine in a year.
    pub failures: f64,
    /// Mean cost of a failure at the policy's default rates, major units.
    pub mean_cost: f64,
}

/// A mode in two models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModeDrift {
    /// The mode.
    pub mode: String,
    /// Before; none if the mode had not failed yet.
    pub base: Option<ModeState>,
    /// After; none if the mode is gone.
    pub other: Option<ModeState>,
    /// ln(after / before) in its standard errors; 0 unless the mode is in both.
    pub score: f64,
    /// Two-sided.
    pub p_value: f64,
    /// Whether it stands out at 5 % among all modes (Holm 1979).
    pub drifted: bool,
}

/// Age at which rates are compared, years.
const AGE: f64 = 5.0;

/// Significance over all modes together.
const SIGNIFICANCE: f64 = 0.05;

/// Compares two fits by mode, in alphabetical order.
///
/// The standard error of ln(after / before) is that of two independent fits; if the later fit holds the earlier one's
/// evidence (`nested`), that of an efficient against a less efficient estimate, Var(before) - Var(after) (Hausman 1978),
/// because the shared evidence does not change.
#[must_use]
pub fn compare(
    base: &FailureModel,
    other: &FailureModel,
    nested: bool,
    policy: &PricingPolicy,
) -> Vec<ModeDrift> {
    let names: BTreeSet<&str> =
        base.modes.iter().chain(&other.modes).map(|mode| mode.mode.as_str()).collect();
    let find = |found: &FailureModel, name: &str| -> Option<Mode> {
        found.modes.iter().find(|mode| mode.mode == name).cloned()
    };
    let mut drifts: Vec<ModeDrift> = names
        .into_iter()
        .map(|name| {
            let (before, after) = (find(base, name), find(other, name));
            let score =
                before.as_ref().zip(after.as_ref()).map_or(0.0, |(b, a)| score(b, a, nested));
            ModeDrift {
                mode: name.to_owned(),
                base: before.map(|mode| state(&mode, policy)),
                other: after.map(|mode| state(&mode, policy)),
                score,
                p_value: (2.0 * Normal::standard().sf(score.abs())).min(1.0),
                drifted: false,
            }
        })
        .collect();
    holm(&mut drifts);
    drifts
}

fn state(mode: &Mode, policy: &PricingPolicy) -> ModeState {
    let rate = model(policy.default_costs.labour_cost_per_hour.amount());
    let costs = &mode.costs;
    ModeState {
        beta: mode.posterior.law.beta,
        failures: mode.posterior.law.expected(AGE, AGE + 1.0),
        mean_cost: costs.labour_hours.mean * rate + costs.parts.mean + costs.travel.mean,
    }
}

/// The least part of the earlier fit's variance that the difference keeps: nested fits on almost the same evidence differ by
/// rounding, not by news.
const LEAST_VARIANCE: f64 = 0.02;

fn score(before: &Mode, after: &Mode, nested: bool) -> f64 {
    let of = |mode: &Mode| {
        let mean = mode.posterior.law.expected(AGE, AGE + 1.0);
        (mean, (mode.posterior.expected_error(AGE, AGE + 1.0) / mean).powi(2))
    };
    let ((base, base_variance), (other, other_variance)) = (of(before), of(after));
    let variance = if nested {
        (base_variance - other_variance).max(LEAST_VARIANCE * base_variance)
    } else {
        base_variance + other_variance
    };
    let score = (other / base).ln() / variance.sqrt();
    if score.is_finite() { score } else { 0.0 }
}

/// Holm's step-down procedure: the smallest p-value is held to 5 % / m, the next to 5 % / (m - 1), until one fails.
fn holm(drifts: &mut [ModeDrift]) {
    let mut order: Vec<usize> = (0..drifts.len()).collect();
    order.sort_by(|a, b| drifts[*a].p_value.total_cmp(&drifts[*b].p_value));
    let both = |drift: &ModeDrift| drift.base.is_some() && drift.other.is_some();
    let mut left = drifts.iter().filter(|drift| both(drift)).count();
    for index in order {
        if !both(&drifts[index]) {
            continue;
        }
        if drifts[index].p_value > SIGNIFICANCE / left.max(1) as f64 {
            return;
        }
        drifts[index].drifted = true;
        left -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure_model::prior_model;

    fn fitted(rates: &[(&str, f64, f64)]) -> FailureModel {
        let policy = PricingPolicy::seeded();
        let mut found = prior_model(&policy, None);
        let like = found.modes[0].clone();
        found.modes = rates
            .iter()
            .map(|(name, lambda, variance)| {
                let mut mode = Mode { mode: (*name).to_owned(), ..like.clone() };
                mode.posterior.law.lambda = *lambda;
                mode.posterior.log_lambda_variance = *variance;
                (mode.posterior.beta_variance, mode.posterior.covariance) = (0.0, 0.0);
                mode
            })
            .collect();
        found
    }

    #[test]
    fn a_rate_that_doubled_drifts_and_noise_does_not() {
        let policy = PricingPolicy::seeded();
        let base = fitted(&[("bearing", 0.2, 0.01), ("seal", 0.3, 0.01), ("old", 0.1, 0.01)]);
        let other = fitted(&[("bearing", 0.4, 0.01), ("seal", 0.31, 0.01), ("new", 0.1, 0.01)]);
        let found = compare(&base, &other, false, &policy);
        let names: Vec<_> = found.iter().map(|d| (d.mode.as_str(), d.drifted)).collect();
        assert_eq!(names, [("bearing", true), ("new", false), ("old", false), ("seal", false)]);
        // ln 2 over sqrt(0.01 + 0.01).
        assert!((found[0].score - 2.0_f64.ln() / 0.02_f64.sqrt()).abs() < 1e-9);
        assert!(found[1].base.is_none() && found[2].other.is_none());
    }

    #[test]
    fn evidence_that_both_share_makes_a_change_stand_out_more() {
        let policy = PricingPolicy::seeded();
        let (base, other) = (fitted(&[("seal", 0.30, 0.010)]), fitted(&[("seal", 0.36, 0.008)]));
        let apart = compare(&base, &other, false, &policy)[0].score;
        let nested = compare(&base, &other, true, &policy)[0].score;
        assert!((apart - 1.2_f64.ln() / 0.018_f64.sqrt()).abs() < 1e-9);
        assert!((nested - 1.2_f64.ln() / 0.002_f64.sqrt()).abs() < 1e-9);
    }

    #[test]
    fn among_many_modes_one_small_p_value_is_no_drift() {
        let policy = PricingPolicy::seeded();
        let names: Vec<String> = (0..10).map(|i| format!("m{i}")).collect();
        let with = |first: f64| {
            let rates: Vec<(&str, f64, f64)> = names
                .iter()
                .enumerate()
                .map(|(i, name)| (name.as_str(), if i == 0 { first } else { 0.2 }, 0.005))
                .collect();
            fitted(&rates)
        };
        // 2.2 standard errors: below 5 % alone, not among ten.
        let found = compare(&with(0.2), &with(0.2 * (2.2 * 0.1_f64).exp()), false, &policy);
        assert!(found[0].p_value < 0.05 && !found[0].drifted, "{:?}", found[0]);
        assert!(compare(&with(0.2), &with(0.2), true, &policy).iter().all(|d| d.score == 0.0));
    }
}
