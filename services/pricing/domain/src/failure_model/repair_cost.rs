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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// Labour hours and parts of repairs as they were seen, scaled to the means above; empty unless the family is empirical.
    #[serde(default)]
    pub seen: Vec<(f64, f64)>,
}

/// Repairs that are kept of a mode; of more, neighbours by cost are averaged.
const KEPT_REPAIRS: usize = 256;

/// How many repairs the belief in the policy's default costs is worth.
const PRIOR_REPAIRS: f64 = 3.0;

/// Repairs from which on the family is chosen by its fit.
const FAMILY_REPAIRS: usize = 20;

impl RepairCosts {
    /// Of the repairs seen, drawn to the policy's defaults where they are few. Labour hours never vary less than technicians
    /// differ. A family that is wanted holds whatever fits; the empirical one from twenty repairs on.
    #[must_use]
    pub fn of(repairs: &[RepairCost], policy: &PricingPolicy, wanted: Option<Family>) -> Self {
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
        let (chosen, aic) = choose(&totals);
        let enough =
            |family: &Family| *family != Family::Empirical || repairs.len() >= FAMILY_REPAIRS;
        let family = wanted.filter(enough).unwrap_or(chosen);
        let parts =
            blend(repairs, |r| r.parts, prior(model(costs.parts_cost_per_failure.amount())));
        let seen = match family {
            Family::Empirical => seen(repairs, rate, (labour_hours.mean, parts.mean)),
            Family::Lognormal | Family::Gamma => Vec::new(),
        };
        Self {
            events: repairs.len(),
            family,
            labour_hours,
            parts,
            seen,
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

/// Hours and parts of repairs in the order of their cost, scaled to given means.
fn seen(repairs: &[RepairCost], rate: f64, (hours, parts): (f64, f64)) -> Vec<(f64, f64)> {
    let mut own: Vec<(f64, f64)> = repairs.iter().map(|r| (r.labour_hours, r.parts)).collect();
    own.sort_by(|a, b| (a.0 * rate + a.1).total_cmp(&(b.0 * rate + b.1)));
    let groups = own.len().div_ceil(own.len().div_ceil(KEPT_REPAIRS).max(1));
    let kept: Vec<(f64, f64)> = (0..groups)
        .map(|i| {
            let group = &own[i * own.len() / groups..(i + 1) * own.len() / groups];
            let n = group.len() as f64;
            let (hours, parts) =
                group.iter().fold((0.0, 0.0), |sum, own| (sum.0 + own.0, sum.1 + own.1));
            (hours / n, parts / n)
        })
        .collect();
    let n = kept.len() as f64;
    let mean = |part: fn(&(f64, f64)) -> f64| kept.iter().map(part).sum::<f64>() / n;
    let ratio = |wanted: f64, seen: f64| if seen > 0.0 { wanted / seen } else { 0.0 };
    let (by_hours, by_parts) = (ratio(hours, mean(|own| own.0)), ratio(parts, mean(|own| own.1)));
    kept.iter().map(|(hours, parts)| (hours * by_hours, parts * by_parts)).collect()
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
