//! The exact distribution of a contract's cost: one compound distribution, one transform.

use crate::elementary::{add_excess, add_ln_1p, exp_all};
use crate::lattice::LatticeError;
use crate::spectrum::{Spectrum, Transform};
use realfft::num_complex::Complex64;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

mod distribution;
mod live;
pub use distribution::{CurvePoint, Distribution};
use live::live;

/// Events of one cause: marks thinned and superposed exactly, because events are a marked Poisson process.
#[derive(Debug, Clone)]
pub struct Risk {
    /// Expected number of events by what an event costs.
    pub events: Vec<(Arc<Spectrum>, f64)>,
    /// Gamma shape of the cause's frailty; none for Poisson counts.
    pub shape: Option<f64>,
    /// The part of the shape that it shares with every other risk of one site, below `shape`: site and part.
    pub site: Option<Site>,
}

/// What a risk shares with its neighbours: its frailty is (W + U) / shape with W of gamma shape `part` common to the site and
/// U of gamma shape `shape` - `part` its own, so that its own counts stay negative binomial (correlated gamma frailty; Yashin,
/// Vaupel and Iachine 1995).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Site {
    /// Which.
    pub index: usize,
    /// Gamma shape of the common part, the same for every risk of the site.
    pub part: f64,
}

impl Risk {
    /// Expected cost, what is beyond the lattice included.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.events.iter().map(|(spectrum, count)| spectrum.mean * count).sum()
    }

    fn count(&self) -> f64 {
        self.events.iter().map(|(_, count)| count).sum()
    }

    /// Sum of count x (frequency - 1), added to `sum`.
    fn exponent_into(&self, sum: &mut [Complex64]) {
        for (spectrum, count) in &self.events {
            add_excess(sum, &spectrum.frequencies, *count);
        }
    }
}

/// Largest expected number of events.
const MAX_COUNT: f64 = 1e6;

/// The logarithm of the total's characteristic function.
///
/// # Errors
/// [`LatticeError::BadCount`] if the expected number of events is no number within 0 and a million.
pub fn log_frequencies(
    risks: &[Risk],
    transform: &Transform,
) -> Result<Vec<Complex64>, LatticeError> {
    let count: f64 = risks.iter().map(Risk::count).sum();
    if !(0.0..=MAX_COUNT).contains(&count) {
        return Err(LatticeError::BadCount(count));
    }
    let live = live(risks, transform);
    let mut sum = vec![Complex64::default(); live];
    let mut own = Vec::new();
    for risk in risks {
        match risk.shape {
            None => risk.exponent_into(&mut sum),
            Some(shape) => {
                own.clear();
                own.resize(live, Complex64::default());
                risk.exponent_into(&mut own);
                let rest = shape - risk.site.map_or(0.0, |site| site.part);
                // (1 - (m/r)(z - 1))^-r; the real part inside is at least 1, so the principal branch is right.
                add_ln_1p(&mut sum, &own, -shape.recip(), -rest);
            }
        }
    }
    for (part, common) in commons(risks, live) {
        add_ln_1p(&mut sum, &common, -1.0, -part);
    }
    sum.resize(transform.frequencies(), DEAD);
    Ok(sum)
}

/// The logarithm of nothing: its exponential underflows to 0.
const DEAD: Complex64 = Complex64::new(-800.0, 0.0);

const ONE: Complex64 = Complex64::new(1.0, 0.0);

/// By site: the common shape, and the sum of its risks' exponents over their shapes.
fn commons(risks: &[Risk], live: usize) -> Vec<(f64, Vec<Complex64>)> {
    let mut sites: BTreeMap<usize, (f64, Vec<Complex64>)> = BTreeMap::new();
    let mut own = Vec::new();
    for risk in risks {
        let (Some(site), Some(shape)) = (risk.site, risk.shape) else { continue };
        own.clear();
        own.resize(live, Complex64::default());
        risk.exponent_into(&mut own);
        let empty = || (site.part, vec![Complex64::default(); live]);
        let (_, common) = sites.entry(site.index).or_insert_with(empty);
        for (slot, exponent) in common.iter_mut().zip(&own) {
            *slot += exponent / shape;
        }
    }
    sites.into_values().collect()
}

/// The distribution of the sum of all risks, which are independent: inverse transform of the product of their
/// characteristic functions (Heckman and Meyers 1983; padded, so that nothing wraps into the lattice that is within twice its
/// length).
///
/// # Errors
/// [`LatticeError::BadCount`].
pub fn compound(
    risks: &[Risk],
    step: f64,
    transform: &Transform,
) -> Result<Distribution, LatticeError> {
    let mut frequencies = log_frequencies(risks, transform)?;
    exp_all(&mut frequencies);
    let padded = transform.inverse(&mut frequencies);
    let mean = risks.iter().map(Risk::mean).sum();
    Ok(Distribution::of_padded(padded, transform.cells(), step, mean))
}

/// The sum of independent distributions on one lattice.
#[must_use]
pub fn convolve(parts: &[Distribution], step: f64, transform: &Transform) -> Distribution {
    let mut product = vec![Complex64::new(1.0, 0.0); transform.frequencies()];
    for part in parts {
        for (slot, frequency) in product.iter_mut().zip(transform.forward(part.masses())) {
            *slot *= frequency;
        }
    }
    let padded = transform.inverse(&mut product);
    let mean = parts.iter().map(Distribution::mean).sum();
    Distribution::of_padded(padded, transform.cells(), step, mean)
}

/// Each risk's part of the expected shortfall at a level, as shares that sum to 1: E[S_i | tail] by size-biased
/// convolution (Euler allocation; Tasche 1999). Equal shares where the tail costs nothing.
///
/// # Errors
/// [`LatticeError::BadCount`].
pub fn tail_shares(
    risks: &[Risk],
    total: &Distribution,
    level: f64,
    transform: &Transform,
) -> Result<Vec<f64>, LatticeError> {
    Ok(shares(tail_parts(risks, total, level, transform)?))
}

fn shares(parts: Vec<f64>) -> Vec<f64> {
    let sum: f64 = parts.iter().sum();
    let even = 1.0 / parts.len().max(1) as f64;
    parts.into_iter().map(|part| if sum > 0.0 { part / sum } else { even }).collect()
}

/// The same where a total holds some draws of one mixture: the risks are each machine's part of a draw, and `bias` is what
/// their size-biased cost is convolved with, the mean of number x (a draw's characteristic function)^(number - 1).
#[must_use]
pub fn biased_tail_shares(
    risks: &[Risk],
    bias: &[Complex64],
    total: &Distribution,
    level: f64,
    transform: &Transform,
) -> Vec<f64> {
    let tail = transform.forward(&total.tail_weights(level));
    let weights = tail.iter().zip(bias).map(|(tail, bias)| tail.conj() * bias).collect();
    let tail = Tail { weights, transform, commons: BTreeMap::new() };
    shares(risks.iter().map(|risk| tail.part(risk)).collect())
}

/// The same before they are made shares: times the length of the transform.
fn tail_parts(
    risks: &[Risk],
    total: &Distribution,
    level: f64,
    transform: &Transform,
) -> Result<Vec<f64>, LatticeError> {
    let mut frequencies = log_frequencies(risks, transform)?;
    exp_all(&mut frequencies);
    let tail = transform.forward(&total.tail_weights(level));
    // By Parseval's theorem the sum over the tail needs no transform back.
    let live = live(risks, transform);
    let weights: Vec<Complex64> =
        tail.iter().zip(&frequencies).take(live).map(|(tail, total)| tail.conj() * total).collect();
    let commons = site_commons(risks, live);
    let tail = Tail { weights, transform, commons };
    Ok(risks.iter().map(|risk| tail.part(risk)).collect())
}

/// The common exponents by site.
fn site_commons(risks: &[Risk], live: usize) -> BTreeMap<usize, Vec<Complex64>> {
    let sites: BTreeSet<usize> =
        risks.iter().filter(|r| r.shape.is_some()).filter_map(|r| Some(r.site?.index)).collect();
    sites.into_iter().zip(commons(risks, live).into_iter().map(|(_, common)| common)).collect()
}

/// What the parts of a tail have in common.
struct Tail<'a> {
    weights: Vec<Complex64>,
    transform: &'a Transform,
    commons: BTreeMap<usize, Vec<Complex64>>,
}

impl Tail<'_> {
    fn part(&self, risk: &Risk) -> f64 {
        let mut mean = vec![Complex64::default(); self.weights.len()];
        for (spectrum, count) in &risk.events {
            for (slot, size) in mean.iter_mut().zip(spectrum.sizes(self.transform)) {
                *slot += size.scale(*count);
            }
        }
        if let Some(shape) = risk.shape {
            let mut exponent = vec![Complex64::default(); self.weights.len()];
            risk.exponent_into(&mut exponent);
            let part = risk.site.map_or(0.0, |site| site.part);
            let common = risk.site.and_then(|site| self.commons.get(&site.index));
            for (k, (slot, exponent)) in mean.iter_mut().zip(exponent).enumerate() {
                let mut factor = (ONE - exponent / shape).inv().scale((shape - part) / shape);
                if let Some(common) = common.and_then(|common| common.get(k)) {
                    factor += (ONE - common).inv().scale(part / shape);
                }
                *slot *= factor;
            }
        }
        let last = self.transform.frequencies() - 1;
        self.weights
            .iter()
            .zip(mean)
            .enumerate()
            .map(|(k, (weight, mean))| {
                let part = (weight * mean).re;
                if k == 0 || k == last { part } else { 2.0 * part }
            })
            .sum::<f64>()
            .max(0.0)
    }
}

#[cfg(test)]
mod tests;
