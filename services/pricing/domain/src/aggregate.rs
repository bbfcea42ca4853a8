//! The exact distribution of a contract's cost: one compound distribution, one transform.

use crate::elementary::{add_ln_1p, exp_all};
use crate::lattice::LatticeError;
use crate::spectrum::{Spectrum, Transform};
use realfft::num_complex::Complex64;
use std::collections::BTreeMap;
use std::sync::Arc;

mod distribution;
mod kernel;
mod live;
pub use distribution::{CurvePoint, Distribution};
use kernel::{Apart, Weighted};
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
    /// Adds events; those that cost the same are counted together.
    pub fn add(&mut self, spectrum: Arc<Spectrum>, count: f64) {
        match self.events.iter_mut().find(|(own, _)| Arc::ptr_eq(own, &spectrum)) {
            Some((_, sum)) => *sum += count,
            None => self.events.push((spectrum, count)),
        }
    }

    /// Expected cost, what is beyond the lattice included.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.events.iter().map(|(spectrum, count)| spectrum.mean * count).sum()
    }

    fn count(&self) -> f64 {
        self.events.iter().map(|(_, count)| count).sum()
    }

    /// What the kernels read of its events.
    fn frequencies<'a>(&'a self, events: &mut Vec<Weighted<'a>>) {
        events.clear();
        let frequencies =
            |event: &'a (Arc<Spectrum>, f64)| (event.0.frequencies.as_slice(), event.1);
        events.extend(self.events.iter().map(frequencies));
    }

    /// Its frailty's shape and the part of it that is its own.
    fn frailty(&self) -> Option<(f64, f64)> {
        let shape = self.shape?;
        Some((shape, shape - self.site.map_or(0.0, |site| site.part)))
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
    let mut sum = Apart::zeros(live);
    let mut events = Vec::new();
    for risk in risks {
        risk.frequencies(&mut events);
        let frailty = risk.frailty().map(|(shape, own)| (shape, -own));
        kernel::add_logarithm(&mut sum, &events, frailty);
    }
    let mut sum = sum.together(live);
    for (part, common) in commons(risks, live).into_values() {
        add_ln_1p(&mut sum, &common, -1.0, -part);
    }
    sum.resize(transform.frequencies(), DEAD);
    Ok(sum)
}

/// The logarithm of nothing: its exponential underflows to 0.
const DEAD: Complex64 = Complex64::new(-800.0, 0.0);

const ONE: Complex64 = Complex64::new(1.0, 0.0);

/// By site: the common shape, and the sum of its risks' exponents over their shapes.
fn commons(risks: &[Risk], live: usize) -> BTreeMap<usize, (f64, Vec<Complex64>)> {
    let mut sites: BTreeMap<usize, (f64, Vec<Complex64>)> = BTreeMap::new();
    let mut events = Vec::new();
    for risk in risks {
        let (Some(site), Some(shape)) = (risk.site, risk.shape) else { continue };
        risk.frequencies(&mut events);
        let empty = || (site.part, vec![Complex64::default(); live]);
        let (_, common) = sites.entry(site.index).or_insert_with(empty);
        kernel::add_exponent(common, &events, shape.recip());
    }
    sites
}

/// The sum of the risks' exponents, count x (frequency - 1), as if none had a frailty: the logarithm of their sum's
/// characteristic function where each frailty is 1.
///
/// # Errors
/// [`LatticeError::BadCount`].
pub(crate) fn exponents(
    risks: &[Risk],
    transform: &Transform,
) -> Result<Vec<Complex64>, LatticeError> {
    let count: f64 = risks.iter().map(Risk::count).sum();
    if !(0.0..=MAX_COUNT).contains(&count) {
        return Err(LatticeError::BadCount(count));
    }
    let mut sum = vec![Complex64::default(); transform.frequencies()];
    let mut events = Vec::new();
    for risk in risks {
        risk.frequencies(&mut events);
        kernel::add_exponent(&mut sum, &events, 1.0);
    }
    Ok(sum)
}

/// The characteristic function of the sum of all risks, which are independent.
///
/// # Errors
/// [`LatticeError::BadCount`].
pub fn characteristic(
    risks: &[Risk],
    transform: &Transform,
) -> Result<Vec<Complex64>, LatticeError> {
    let mut frequencies = log_frequencies(risks, transform)?;
    exp_all(&mut frequencies);
    Ok(frequencies)
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
    Ok(of_characteristic(characteristic(risks, transform)?, risks, step, transform))
}

/// The same from a characteristic function that was computed already.
pub(crate) fn of_characteristic(
    mut frequencies: Vec<Complex64>,
    risks: &[Risk],
    step: f64,
    transform: &Transform,
) -> Distribution {
    let padded = transform.inverse(&mut frequencies);
    let mean = risks.iter().map(Risk::mean).sum();
    Distribution::of_padded(padded, transform.cells(), step, mean)
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
/// `bias` is the characteristic function of the sum. Where a total holds some draws of one mixture the risks are each machine's
/// part of a draw, without frailty, and it is what their size-biased cost is convolved with: the mean of number x (a draw's
/// characteristic function)^(number - 1).
#[must_use]
pub fn tail_shares(
    risks: &[Risk],
    bias: &[Complex64],
    total: &Distribution,
    level: f64,
    transform: &Transform,
) -> Vec<f64> {
    let parts = tail_parts(risks, bias, total, level, transform);
    let sum: f64 = parts.iter().sum();
    let even = 1.0 / parts.len().max(1) as f64;
    parts.into_iter().map(|part| if sum > 0.0 { part / sum } else { even }).collect()
}

/// The same before they are made shares: times the length of the transform. By Parseval's theorem the sum over the tail needs
/// no transform back.
fn tail_parts(
    risks: &[Risk],
    bias: &[Complex64],
    total: &Distribution,
    level: f64,
    transform: &Transform,
) -> Vec<f64> {
    let tail = transform.forward(&total.tail_weights(level));
    let live = bias.iter().rposition(|bias| *bias != Complex64::default()).map_or(0, |k| k + 1);
    let last = transform.frequencies() - 1;
    let twice = |k: usize| if k == 0 || k == last { 1.0 } else { 2.0 };
    let weights: Vec<Complex64> = tail
        .iter()
        .zip(bias)
        .take(live)
        .enumerate()
        .map(|(k, (tail, bias))| (tail.conj() * bias).scale(twice(k)))
        .collect();
    let weights = Apart::of(&weights);
    let inverse = |common: Vec<Complex64>| -> Vec<Complex64> {
        common.into_iter().map(|u| (ONE - u).inv()).collect()
    };
    let commons: BTreeMap<usize, Apart> = commons(risks, live)
        .into_iter()
        .map(|(site, (_, common))| (site, Apart::of(&inverse(common))))
        .collect();
    let (mut sizes, mut events) = (Vec::new(), Vec::new());
    let mut parts = Vec::with_capacity(risks.len());
    for risk in risks {
        sizes.clear();
        sizes.extend(risk.events.iter().map(|(of, count)| (of.sizes(transform), *count)));
        risk.frequencies(&mut events);
        let frailty = risk.frailty().map(|(shape, own)| kernel::Frailty {
            shape,
            own: own / shape,
            common: risk.site.and_then(|site| commons.get(&site.index)),
        });
        parts.push(kernel::tail_part(&weights, &sizes, &events, frailty).max(0.0));
    }
    parts
}

#[cfg(test)]
mod tests;
