//! What a failure costs before terms: labour hours, parts and travel, as moments that any rates and coverage can be put on.

use crate::policy::{PricingPolicy, model};
use crate::severity::{Family, Severity};
use serde::{Deserialize, Serialize};

/// What one repair took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RepairCost {
    /// Labour, hours, at least 0.
    pub labour_hours: f64,
    /// Parts at cost, major units, at least 0.
    pub parts: f64,
    /// Travel at cost, major units, at least 0.
    pub travel: f64,
}

/// Mean and standard deviation.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Moments {
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub deviation: f64,
}

/// What the repairs of a failure mode take.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RepairCosts {
    /// Repairs with known costs.
    pub events: usize,
    /// The family that fits total cost better.
    pub family: Family,
    /// Labour, hours.
    pub labour_hours: Moments,
    /// Parts, major units.
    pub parts: Moments,
    /// Travel, major units.
    pub travel: Moments,
    /// Correlation of labour hours and parts.
    pub correlation: f64,
    /// Akaike's criterion of the lognormal and of the gamma on total cost; none with too few repairs.
    pub aic: Option<(f64, f64)>,
}

/// How many repairs the belief in the policy's default costs is worth.
const PRIOR_REPAIRS: f64 = 3.0;

/// Repairs from which on the family is chosen by its fit.
const FAMILY_REPAIRS: usize = 20;

impl RepairCosts {
    /// Of the repairs seen, drawn to the policy's defaults where they are few. Labour hours never vary less than technicians
    /// differ.
    #[must_use]
    pub fn of(repairs: &[RepairCost], policy: &PricingPolicy) -> Self {
        let costs = &policy.default_costs;
        let variation = model(costs.cost_variation);
        let prior = |mean: f64| Moments { mean, deviation: variation * mean };
        let mut labour_hours =
            blend(repairs, |r| r.labour_hours, prior(model(costs.labour_hours_per_failure)));
        let least = model(policy.technician_spread) * labour_hours.mean;
        labour_hours.deviation = labour_hours.deviation.max(least);
        let rate = model(costs.labour_cost_per_hour.amount());
        let totals: Vec<f64> =
            repairs.iter().map(|r| r.labour_hours * rate + r.parts + r.travel).collect();
        let (family, aic) = choose(&totals);
        Self {
            events: repairs.len(),
            family,
            labour_hours,
            parts: blend(repairs, |r| r.parts, prior(model(costs.parts_cost_per_failure.amount()))),
            travel: blend(
                repairs,
                |r| r.travel,
                prior(model(costs.travel_cost_per_visit.amount())),
            ),
            correlation: correlation(repairs),
            aic,
        }
    }
}

fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, Moments) {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n.max(1.0);
    let squares: f64 = values.map(|v| (v - mean).powi(2)).sum();
    (n, Moments { mean, deviation: (squares / (n - 1.0).max(1.0)).sqrt() })
}

fn blend(repairs: &[RepairCost], part: impl Fn(&RepairCost) -> f64, prior: Moments) -> Moments {
    let (n, seen) = moments(repairs.iter().map(&part));
    let weight = n / (n + PRIOR_REPAIRS);
    let mean = weight * seen.mean + (1.0 - weight) * prior.mean;
    // The belief is in the coefficient of variation, so that it scales with what was seen.
    let believed = if prior.mean > 0.0 { prior.deviation / prior.mean * mean } else { 0.0 };
    let variance = weight * seen.deviation.powi(2) + (1.0 - weight) * believed.powi(2);
    Moments { mean, deviation: variance.sqrt() }
}

fn correlation(repairs: &[RepairCost]) -> f64 {
    if repairs.len() < 3 {
        return 0.0;
    }
    let (n, hours) = moments(repairs.iter().map(|r| r.labour_hours));
    let (_, parts) = moments(repairs.iter().map(|r| r.parts));
    let product: f64 =
        repairs.iter().map(|r| (r.labour_hours - hours.mean) * (r.parts - parts.mean)).sum();
    let scale = (n - 1.0) * hours.deviation * parts.deviation;
    if scale > 0.0 { (product / scale).clamp(-1.0, 1.0) } else { 0.0 }
}

fn choose(totals: &[f64]) -> (Family, Option<(f64, f64)>) {
    let fitted =
        |family| Severity::fit(family, totals).map(|(_, likelihood)| 4.0 - 2.0 * likelihood);
    match (fitted(Family::Lognormal), fitted(Family::Gamma)) {
        (Some(lognormal), Some(gamma)) => {
            let better = totals.len() >= FAMILY_REPAIRS && gamma < lognormal;
            (if better { Family::Gamma } else { Family::Lognormal }, Some((lognormal, gamma)))
        }
        _ => (Family::Lognormal, None),
    }
}
