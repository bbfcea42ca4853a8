//! The whole cost of a contract: exact mean, exact distribution, uncertainty, and each asset's part.

use super::basis::Basis;
use super::lateness::Lateness;
use super::planned::{Planned, planned};
use super::renewed::tempered;
use super::scope::{Mixture, ordered};
use super::uncertainty::parameter_error;
use super::{Events, Portfolio, by_year, events};
use crate::aggregate::{
    Distribution, Risk, Site, characteristic, compound, convolve, of_characteristic, tail_shares,
};
use crate::lattice::{Lattice, LatticeError};
use crate::policy::{PricingPolicy, model};
use crate::scope::FixedScope;
use crate::severity::EventCost;
use crate::spectrum::{Spectrum, SpectrumCache};
use crate::terms::Terms;
use realfft::num_complex::Complex64;
use std::collections::VecDeque;
use std::sync::Arc;

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
    /// Expected amount that the customer gets back by the profit share; part of the distribution.
    pub given_back: f64,
    /// Expected credits for late responses; part of the distribution.
    pub credits: f64,
    /// What the size-biased cost of a machine's events is convolved with, in frequencies: the characteristic function of all
    /// risks, or with a fixed scope, where the risks are draws, that of what stands beside a draw. None where no total needed it.
    pub bias: Option<Vec<Complex64>>,
}

impl Outcome {
    /// Planned cost of all assets.
    #[must_use]
    pub fn planned_total(&self) -> f64 {
        self.planned.iter().map(Planned::total).sum()
    }

    /// Each asset's part of the expected shortfall of failure cost at a level, as shares that sum to 1 (Euler allocation).
    ///
    /// # Errors
    /// [`LatticeError::BadCount`].
    pub fn tail_shares(
        &self,
        level: f64,
        cache: &mut SpectrumCache,
    ) -> Result<Vec<f64>, LatticeError> {
        let transform = cache.transform(self.failures.masses().len());
        let shares =
            |bias: &[Complex64]| tail_shares(&self.risks, bias, &self.failures, level, &transform);
        match &self.bias {
            Some(bias) => Ok(shares(bias)),
            None => Ok(shares(&characteristic(&self.risks, &transform)?)),
        }
    }

    /// Cost of the add-ons of all assets.
    #[must_use]
    pub fn add_on_cost(&self) -> f64 {
        self.planned.iter().map(|planned| planned.add_ons).sum()
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
    outcome_with(portfolio, terms, policy, None, cells, cache)
}

/// The same with credits for late responses, when the fee of a full first year is the amount beside them. They are events of
/// the machine like its failures and share its frailty; limits and profit share of failures leave them as they are, so that
/// beside those they are added as independent.
///
/// # Errors
/// As [`outcome`].
pub fn outcome_with(
    portfolio: &Portfolio,
    terms: &Terms,
    policy: &PricingPolicy,
    late: Option<(&Lateness, f64)>,
    cells: usize,
    cache: &mut SpectrumCache,
) -> Result<Outcome, LatticeError> {
    let mut found = events(portfolio, terms, policy, Basis::ACTUAL);
    let portfolio = &*tempered(portfolio, terms, &found);
    if let Some(scope) = &terms.scope {
        return scoped(portfolio, (terms, scope), policy, &found, cells, cache);
    }
    let late = late.map(|(late, fee)| late.events(&found, fee)).unwrap_or_default();
    let credits = late.iter().map(|e| e.weighted * e.cost.mean()).sum();
    let bounded = bounded(terms);
    let apart = if bounded {
        late
    } else {
        found.extend(late);
        Vec::new()
    };
    let (mut failure_cost, failure_count) = by_asset(portfolio, &found);
    let parts = parts_by_asset(portfolio, &found);
    let mut lattice = Lattice::reaching(upper_end(portfolio, &found, &failure_cost), cells)?;
    let Total { mut risks, mut failures, mut bias } =
        distribution(portfolio, terms, policy, &found, lattice, cache)?;
    // A tail heavier than its first two moments promise asks for a wider lattice.
    for _ in 0..12 {
        if failures.truncated_mass() <= MAX_TRUNCATED {
            break;
        }
        lattice = lattice.doubled();
        Total { risks, failures, bias } =
            distribution(portfolio, terms, policy, &found, lattice, cache)?;
    }
    let expected = failures.mean();
    if !terms.profit_share.is_zero() {
        failures = failures.sharing(model(terms.profit_share), expected);
    }
    let given_back = failures.mean() - expected;
    if !apart.is_empty() {
        for (sum, own) in failure_cost.iter_mut().zip(by_asset(portfolio, &apart).0) {
            *sum += own;
        }
        let transform = cache.transform(lattice.cells);
        let own = risks_of(portfolio, policy, &apart, None, lattice, cache);
        let own = compound(&own, lattice.step, &transform)?;
        failures = convolve(&[failures, own], lattice.step, &transform);
    }
    Ok(Outcome {
        given_back,
        credits,
        failures,
        risks,
        failure_cost,
        failure_count,
        planned: planned(portfolio, terms, policy, Basis::ACTUAL, &parts),
        parameter_error: parameter_error(portfolio, terms, &found),
        bias,
    })
}

/// Whether terms bound or share what failures cost over a year or the term.
pub(super) fn bounded(terms: &Terms) -> bool {
    let bounds = [terms.annual_deductible, terms.annual_limit, terms.term_limit];
    bounds.iter().any(Option::is_some) || !terms.profit_share.is_zero()
}

/// Expected failure cost and number by asset.
fn by_asset(portfolio: &Portfolio, found: &[Events]) -> (Vec<f64>, Vec<f64>) {
    let mut cost = vec![0.0; portfolio.assets.len()];
    let mut count = vec![0.0; portfolio.assets.len()];
    for e in found {
        cost[e.asset] += e.weighted * e.cost.mean();
        count[e.asset] += e.count;
    }
    (cost, count)
}

/// The cost of a fixed scope: its repairs and its ordered work, the latter shared evenly among the machines.
fn scoped(
    portfolio: &Portfolio,
    (terms, scope): (&Terms, &FixedScope),
    policy: &PricingPolicy,
    found: &[Events],
    cells: usize,
    cache: &mut SpectrumCache,
) -> Result<Outcome, LatticeError> {
    let machines = portfolio.assets.len();
    let mixture = Mixture::of(portfolio, policy, found, cache)?;
    let works = ordered(&scope.works, portfolio, terms, policy);
    let part = mixture.within(scope.repairs, &works, machines, cells, cache)?;
    let (cost, failure_count) = by_asset(portfolio, found);
    let all: f64 = cost.iter().sum();
    let within = mixture.within_count(scope.repairs) * mixture.mean_cost();
    let work = (part.distribution.mean() - within) / machines.max(1) as f64;
    let share = if all > 0.0 { within / all } else { 0.0 };
    let parts: Vec<f64> = parts_by_asset(portfolio, found).iter().map(|p| p * share).collect();
    Ok(Outcome {
        failures: part.distribution,
        risks: part.risks,
        failure_cost: cost.iter().map(|cost| cost * share + work).collect(),
        failure_count,
        planned: planned(portfolio, terms, policy, Basis::ACTUAL, &parts),
        parameter_error: parameter_error(portfolio, terms, found) * mixture.fewer(scope.repairs),
        given_back: 0.0,
        credits: 0.0,
        bias: Some(part.bias),
    })
}

/// Probability beyond the lattice above which it is widened.
pub(super) const MAX_TRUNCATED: f64 = 1e-7;

/// Standard deviations above the mean that a lattice reaches at first.
const REACH: f64 = 10.0;

pub(crate) fn upper_end(portfolio: &Portfolio, found: &[Events], failure_cost: &[f64]) -> f64 {
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

/// The failures' cost on one lattice.
struct Total {
    risks: Vec<Risk>,
    failures: Distribution,
    bias: Option<Vec<Complex64>>,
}

fn distribution(
    portfolio: &Portfolio,
    terms: &Terms,
    policy: &PricingPolicy,
    found: &[Events],
    lattice: Lattice,
    cache: &mut SpectrumCache,
) -> Result<Total, LatticeError> {
    let transform = cache.transform(lattice.cells);
    let risks = risks_of(portfolio, policy, found, None, lattice, cache);
    let (mut failures, bias) = if terms.annual_limit.is_none() && terms.annual_deductible.is_none()
    {
        let frequencies = characteristic(&risks, &transform)?;
        let bias = Some(frequencies.clone());
        (of_characteristic(frequencies, &risks, lattice.step, &transform), bias)
    } else {
        (by_year::bounded(portfolio, terms, policy, found, lattice, cache)?.total, None)
    };
    if let Some(limit) = terms.term_limit {
        failures = failures.limited(model(limit.amount()) * present_share(found));
    }
    Ok(Total { risks, failures, bias })
}

/// The risk of every asset, in all years or in one.
pub(crate) fn risks_of(
    portfolio: &Portfolio,
    policy: &PricingPolicy,
    found: &[Events],
    year: Option<usize>,
    lattice: Lattice,
    cache: &mut SpectrumCache,
) -> Vec<Risk> {
    let sites = sites(portfolio, model(policy.site_correlation));
    let mut risks: Vec<Risk> = portfolio
        .assets
        .iter()
        .zip(sites)
        .map(|(asset, site)| Risk { events: Vec::new(), shape: asset.frailty.shape, site })
        .collect();
    // Machines that are alike follow one another: a few comparisons find what hashing would find.
    let mut recent: VecDeque<(&EventCost, Arc<Spectrum>)> = VecDeque::new();
    for e in found.iter().filter(|e| year.is_none_or(|year| e.year == year)) {
        let seen = recent.iter().find(|(cost, _)| **cost == e.cost);
        let spectrum = seen.map(|(_, spectrum)| Arc::clone(spectrum)).unwrap_or_else(|| {
            let spectrum = cache.spectrum(&e.cost, lattice);
            recent.truncate(RECENT - 1);
            recent.push_front((&e.cost, Arc::clone(&spectrum)));
            spectrum
        });
        risks[e.asset].add(spectrum, e.weighted);
    }
    risks
}

/// Event costs that are remembered from one machine to the next.
const RECENT: usize = 16;

/// What each asset shares with its site: the correlation's part of the smallest shape there; nothing alone.
pub(super) fn sites(portfolio: &Portfolio, correlation: f64) -> Vec<Option<Site>> {
    let mut least: std::collections::BTreeMap<usize, (usize, f64)> = Default::default();
    for asset in &portfolio.assets {
        if let Some(shape) = asset.frailty.shape {
            let slot = least.entry(asset.site).or_insert((0, f64::INFINITY));
            *slot = (slot.0 + 1, slot.1.min(shape));
        }
    }
    portfolio
        .assets
        .iter()
        .map(|asset| {
            let (machines, shape) = least.get(&asset.site).copied()?;
            let shared = correlation > 0.0 && machines > 1 && asset.frailty.shape.is_some();
            shared.then_some(Site { index: asset.site, part: correlation * shape })
        })
        .collect()
}

/// What a unit of failure cost is worth on average over the term, at present value.
pub(crate) fn present_share(found: &[Events]) -> f64 {
    let worth = |scale: fn(&Events) -> f64| -> f64 {
        found.iter().map(|e| e.weighted * e.cost.mean() / scale(e)).sum()
    };
    let (present, nominal) = (worth(|_| 1.0), worth(|e| e.cost.scale));
    if nominal > 0.0 { present / nominal } else { 1.0 }
}
