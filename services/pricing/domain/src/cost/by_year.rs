//! Contract years apart: what a deductible and a limit leave of each, and what ties a bad year to the next.
//!
//! A machine that is bad in one year is bad in the next. Given what is bad about the machines the years are independent; what is
//! bad is one gamma factor on all machines that differ, whose variance is that of their whole expected cost. For one machine, and
//! for machines alike, that is exact; for machines that are not it keeps mean and variance of each year and how years go together.

use super::basis::Basis;
use super::outcome::{risks_of, sites};
use super::timing::years;
use super::{Events, Portfolio};
use crate::aggregate::{Distribution, Risk, exponents};
use crate::elementary::exp_all;
use crate::lattice::{Lattice, LatticeError};
use crate::policy::{PricingPolicy, model};
use crate::quadrature::gamma_rule;
use crate::spectrum::{SpectrumCache, Transform};
use crate::terms::Terms;
use aftercare_kernel::money::Money;
use realfft::num_complex::Complex64;
use std::collections::BTreeMap;

/// Nodes of the rule over the common factor; some thirty of them weigh anything.
const NODES: usize = 48;

/// A weight that changes no probability.
const NOTHING: f64 = 1e-17;

/// The failures of a term and of each of its years, deductible and limit of each year applied.
#[derive(Debug, Clone)]
pub(super) struct Years {
    pub total: Distribution,
    pub each: Vec<Distribution>,
}

/// A year before the common factor is known.
struct Year {
    /// Exponents of machines that do not differ, and of those that do when the factor is 1.
    steady: Vec<Complex64>,
    differing: Vec<Complex64>,
    /// Their means.
    means: (f64, f64),
    deductible: Option<f64>,
    limit: Option<f64>,
}

/// Years with the deductible and the limit of the terms, on a lattice.
pub(super) fn bounded(
    portfolio: &Portfolio,
    terms: &Terms,
    policy: &PricingPolicy,
    found: &[Events],
    lattice: Lattice,
    cache: &mut SpectrumCache,
) -> Result<Years, LatticeError> {
    let transform = cache.transform(lattice.cells);
    let amount = |money: Option<Money>, worth: f64| money.map(|m| model(m.amount()) * worth);
    let standard = policy.default_rates();
    let rates = portfolio.rates.first().unwrap_or(&standard);
    let mut parts = Vec::new();
    for (index, year) in years(terms, policy, rates, Basis::ACTUAL).iter().enumerate() {
        let risks = risks_of(portfolio, policy, found, Some(index), lattice, cache);
        let (differing, steady): (Vec<Risk>, Vec<Risk>) =
            risks.into_iter().partition(|risk| risk.shape.is_some());
        let mean = |risks: &[Risk]| risks.iter().map(Risk::mean).sum();
        parts.push(Year {
            means: (mean(&steady), mean(&differing)),
            steady: exponents(&steady, &transform)?,
            differing: exponents(&differing, &transform)?,
            deductible: amount(terms.annual_deductible, year.present),
            limit: amount(terms.annual_limit, year.present),
        });
    }
    Ok(mixed(&parts, &factor(portfolio, policy, found), lattice.step, &transform))
}

/// Values and weights of the common factor; 1 where no machine differs from another.
fn factor(portfolio: &Portfolio, policy: &PricingPolicy, found: &[Events]) -> Vec<(f64, f64)> {
    let mut cost = vec![0.0; portfolio.assets.len()];
    for e in found {
        cost[e.asset] += e.weighted * e.cost.mean();
    }
    let (mut whole, mut variance) = (0.0, 0.0);
    // By site: the common part of the shapes, the sum of cost / shape, and of its square.
    let mut tied: BTreeMap<usize, (f64, f64, f64)> = BTreeMap::new();
    let sites = sites(portfolio, model(policy.site_correlation));
    for ((asset, cost), site) in portfolio.assets.iter().zip(&cost).zip(sites) {
        let Some(shape) = asset.frailty.shape else { continue };
        whole += cost;
        variance += cost * cost / shape;
        if let Some(site) = site {
            let slot = tied.entry(site.index).or_insert((site.part, 0.0, 0.0));
            slot.1 += cost / shape;
            slot.2 += (cost / shape).powi(2);
        }
    }
    variance += tied.values().map(|(part, sum, squares)| part * (sum * sum - squares)).sum::<f64>();
    if whole <= 0.0 || variance <= 0.0 {
        return vec![(1.0, 1.0)];
    }
    let mut rule = gamma_rule(whole * whole / variance, NODES);
    rule.retain(|(_, weight)| *weight > NOTHING);
    rule
}

/// The mixture over the common factor.
fn mixed(years: &[Year], factor: &[(f64, f64)], step: f64, transform: &Transform) -> Years {
    let mut sum = vec![Complex64::default(); transform.frequencies()];
    let mut mean = 0.0;
    let mut each: Vec<Vec<(f64, Distribution)>> = vec![Vec::new(); years.len()];
    for (value, weight) in factor {
        let mut product = vec![Complex64::from(*weight); transform.frequencies()];
        for (year, parts) in years.iter().zip(&mut each) {
            let part = year.given(*value, step, transform);
            for (slot, frequency) in product.iter_mut().zip(transform.forward(part.masses())) {
                *slot *= frequency;
            }
            mean += weight * part.mean();
            parts.push((*weight, part));
        }
        for (slot, own) in sum.iter_mut().zip(product) {
            *slot += own;
        }
    }
    let total = Distribution::of_padded(transform.inverse(&mut sum), transform.cells(), step, mean);
    Years { total, each: each.iter().map(|parts| Distribution::mixed(parts)).collect() }
}

impl Year {
    /// What the year costs us when the common factor has a value.
    fn given(&self, value: f64, step: f64, transform: &Transform) -> Distribution {
        let both = self.steady.iter().zip(&self.differing);
        let mut frequencies: Vec<Complex64> =
            both.map(|(own, other)| own + other * value).collect();
        exp_all(&mut frequencies);
        let mean = self.means.0 + value * self.means.1;
        let padded = transform.inverse(&mut frequencies);
        let mut cost = Distribution::of_padded(padded, transform.cells(), step, mean);
        if let Some(deductible) = self.deductible {
            cost = cost.beyond(deductible);
        }
        if let Some(limit) = self.limit {
            cost = cost.limited(limit);
        }
        cost
    }
}

#[cfg(test)]
mod tests;
