//! The whole cost of a contract: exact mean, exact distribution, uncertainty, and each asset's part.

use super::basis::Basis;
use super::planned::{Planned, planned};
use super::timing::years;
use super::{Events, Portfolio, events};
use crate::aggregate::{Distribution, Risk, compound, convolve};
use crate::lattice::{Lattice, LatticeError};
use crate::policy::{PricingPolicy, model};
use crate::spectrum::SpectrumCache;
use crate::terms::Terms;

/// Lattice cells of a quote.
pub const CELLS: usize = 4096;

/// What a contract costs us, at present value, major units.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Distribution of the failures' cost.
    pub failures: Distribution,
    /// Each asset's risk; the total's parts.
    pub risks: Vec<Risk>,
    /// Expected failure cost by asset, before any annual limit.
    pub failure_cost: Vec<f64>,
    /// Expected failures by asset.
    pub failure_count: Vec<f64>,
    /// Planned cost by asset.
    pub planned: Vec<Planned>,
    /// Standard error of the mean from the uncertainty of the failure models.
    pub parameter_error: f64,
}

impl Outcome {
    /// Planned cost of all assets.
    #[must_use]
    pub fn planned_total(&self) -> f64 {
        self.planned.iter().map(Planned::total).sum()
    }

    /// Expected cost of all, planned included.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.failures.mean() + self.planned_total()
    }
}

/// Expected cost of failures and planned cost under a basis, before any annual limit: exact and without a lattice.
#[must_use]
pub fn total(portfolio: &Portfolio, terms: &Terms, policy: &PricingPolicy, basis: Basis) -> f64 {
    let found = events(portfolio, terms, policy, basis);
    let failures: f64 = found.iter().map(|e| e.weighted * e.cost.mean()).sum();
    let parts = parts_by_asset(portfolio, &found);
    let planned = planned(portfolio, terms, policy, basis, &parts);
    failures + planned.iter().map(Planned::total).sum::<f64>()
}

pub(crate) fn parts_by_asset(portfolio: &Portfolio, found: &[Events]) -> Vec<f64> {
    let mut parts = vec![0.0; portfolio.assets.len()];
    for e in found {
        parts[e.asset] += e.parts;
    }
    parts
}

/// The whole cost of a contract on a lattice of that many cells.
///
/// # Errors
/// [`LatticeError`] if the expected number of failures or the cost is beyond any lattice.
pub fn outcome(
    portfolio: &Portfolio,
    terms: &Terms,
    policy: &PricingPolicy,
    cells: usize,
    cache: &mut SpectrumCache,
) -> Result<Outcome, LatticeError> {
    let found = events(portfolio, terms, policy, Basis::ACTUAL);
    let mut failure_cost = vec![0.0; portfolio.assets.len()];
    let mut failure_count = vec![0.0; portfolio.assets.len()];
    for e in &found {
        failure_cost[e.asset] += e.weighted * e.cost.mean();
        failure_count[e.asset] += e.count;
    }
    let parts = parts_by_asset(portfolio, &found);
    let mut lattice = Lattice::reaching(upper_end(portfolio, &found, &failure_cost), cells)?;
    let (mut risks, mut failures) = distribution(portfolio, terms, policy, &found, lattice, cache)?;
    // A tail heavier than its first two moments promise asks for a wider lattice.
    for _ in 0..12 {
        if failures.truncated_mass() <= MAX_TRUNCATED {
            break;
        }
        lattice = lattice.doubled();
        (risks, failures) = distribution(portfolio, terms, policy, &found, lattice, cache)?;
    }
    Ok(Outcome {
        failures,
        risks,
        failure_cost,
        failure_count,
        planned: planned(portfolio, terms, policy, Basis::ACTUAL, &parts),
        parameter_error: parameter_error(portfolio, &found),
    })
}

/// Probability beyond the lattice above which it is widened.
const MAX_TRUNCATED: f64 = 1e-7;

/// Standard deviations above the mean that a lattice reaches at first.
const REACH: f64 = 10.0;

fn upper_end(portfolio: &Portfolio, found: &[Events], failure_cost: &[f64]) -> f64 {
    let within: f64 = found.iter().map(|e| e.weighted * e.cost.second_moment_bound()).sum();
    let between: f64 = portfolio
        .assets
        .iter()
        .zip(failure_cost)
        .filter_map(|(asset, mean)| asset.frailty.shape.map(|shape| mean * mean / shape))
        .sum();
    let mean: f64 = failure_cost.iter().sum();
    (mean + REACH * (within + between).sqrt()).max(1.0)
}

fn distribution(
    portfolio: &Portfolio,
    terms: &Terms,
    policy: &PricingPolicy,
    found: &[Events],
    lattice: Lattice,
    cache: &mut SpectrumCache,
) -> Result<(Vec<Risk>, Distribution), LatticeError> {
    let transform = cache.transform(lattice.cells);
    let mut risks: Vec<Risk> = portfolio
        .assets
        .iter()
        .map(|asset| Risk { events: Vec::new(), shape: asset.frailty.shape })
        .collect();
    for e in found {
        risks[e.asset].events.push((cache.spectrum(&e.cost, lattice), e.weighted));
    }
    let Some(limit) = terms.annual_limit else {
        let total = compound(&risks, lattice.step, &transform)?;
        return Ok((risks, total));
    };
    // A limit by year needs each year's distribution. Frailty would tie the years together; its mean is kept, its spread is not.
    let limit = model(limit.amount());
    let standard = policy.default_rates();
    let rates = portfolio.rates.first().unwrap_or(&standard);
    let mut parts = Vec::new();
    for (index, year) in years(terms, policy, rates, Basis::ACTUAL).iter().enumerate() {
        let own = Risk {
            events: found
                .iter()
                .filter(|e| e.year == index)
                .map(|e| (cache.spectrum(&e.cost, lattice), e.weighted))
                .collect(),
            shape: None,
        };
        let whole = compound(&[own], lattice.step, &transform)?;
        parts.push(whole.limited(limit * year.present));
    }
    Ok((risks, convolve(&parts, lattice.step, &transform)))
}

/// Standard error of the mean (delta method), modes independent of each other.
fn parameter_error(portfolio: &Portfolio, found: &[Events]) -> f64 {
    let mut gradients: std::collections::BTreeMap<(usize, usize), (f64, f64)> = Default::default();
    for e in found {
        let Some(asset) = portfolio.assets.get(e.asset) else { continue };
        let Some(mode) = portfolio.models.get(asset.model).and_then(|m| m.modes.get(e.mode)) else {
            continue;
        };
        let from = asset.age + e.year as f64;
        let (count, by_beta) = mode.posterior.gradient(from, from + 1.0);
        let value = e.weighted * e.cost.mean();
        let slot = gradients.entry((asset.model, e.mode)).or_default();
        slot.0 += value;
        if count > 0.0 {
            slot.1 += value * by_beta / count;
        }
    }
    gradients
        .iter()
        .filter_map(|((model, mode), (by_log, by_beta))| {
            let p = &portfolio.models.get(*model)?.modes.get(*mode)?.posterior;
            Some(
                by_log * by_log * p.log_lambda_variance
                    + by_beta * by_beta * p.beta_variance
                    + 2.0 * by_log * by_beta * p.covariance,
            )
        })
        .sum::<f64>()
        .max(0.0)
        .sqrt()
}
