//! The exact distribution of a contract's cost: one compound distribution, one transform.

use crate::lattice::LatticeError;
use crate::spectrum::{Spectrum, Transform};
use realfft::num_complex::Complex64;
use std::sync::Arc;

mod distribution;
pub use distribution::{CurvePoint, Distribution};

/// Events of one cause: marks thinned and superposed exactly, because events are a marked Poisson process.
#[derive(Debug, Clone)]
pub struct Risk {
    /// Expected number of events by what an event costs.
    pub events: Vec<(Arc<Spectrum>, f64)>,
    /// Gamma shape of the cause's frailty; none for Poisson counts.
    pub shape: Option<f64>,
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
            for (slot, frequency) in sum.iter_mut().zip(&spectrum.frequencies) {
                *slot += frequency.scale(*count) - *count;
            }
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
    let mut sum = vec![Complex64::default(); transform.frequencies()];
    let mut own = Vec::new();
    for risk in risks {
        match risk.shape {
            None => risk.exponent_into(&mut sum),
            Some(shape) => {
                own.clear();
                own.resize(transform.frequencies(), Complex64::default());
                risk.exponent_into(&mut own);
                for (slot, exponent) in sum.iter_mut().zip(&own) {
                    // (1 - (m/r)(z - 1))^-r; the real part inside is at least 1, so the principal branch is right.
                    *slot -= (Complex64::new(1.0, 0.0) - exponent / shape).ln() * shape;
                }
            }
        }
    }
    Ok(sum)
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
    for frequency in &mut frequencies {
        *frequency = frequency.exp();
    }
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
    let mut frequencies = log_frequencies(risks, transform)?;
    for frequency in &mut frequencies {
        *frequency = frequency.exp();
    }
    let tail = transform.forward(&total.tail_weights(level));
    // By Parseval's theorem the sum over the tail needs no transform back.
    let weights: Vec<Complex64> =
        tail.iter().zip(&frequencies).map(|(tail, total)| tail.conj() * total).collect();
    let mut biased = Vec::new();
    let parts: Vec<f64> =
        risks.iter().map(|risk| tail_part(risk, &weights, transform, &mut biased)).collect();
    let sum: f64 = parts.iter().sum();
    let even = 1.0 / risks.len().max(1) as f64;
    Ok(parts.into_iter().map(|part| if sum > 0.0 { part / sum } else { even }).collect())
}

type Biased = Vec<(*const Spectrum, Vec<Complex64>)>;

fn tail_part(
    risk: &Risk,
    weights: &[Complex64],
    transform: &Transform,
    biased: &mut Biased,
) -> f64 {
    let mut mean = vec![Complex64::default(); transform.frequencies()];
    for (spectrum, count) in &risk.events {
        let pointer = Arc::as_ptr(spectrum);
        if !biased.iter().any(|(known, _)| *known == pointer) {
            let sizes: Vec<f64> =
                spectrum.masses.iter().enumerate().map(|(j, p)| j as f64 * p).collect();
            biased.push((pointer, transform.forward(&sizes)));
        }
        let Some((_, sizes)) = biased.iter().find(|(known, _)| *known == pointer) else { continue };
        for (slot, size) in mean.iter_mut().zip(sizes) {
            *slot += size.scale(*count);
        }
    }
    if let Some(shape) = risk.shape {
        let mut exponent = vec![Complex64::default(); transform.frequencies()];
        risk.exponent_into(&mut exponent);
        for (slot, exponent) in mean.iter_mut().zip(exponent) {
            *slot /= Complex64::new(1.0, 0.0) - exponent / shape;
        }
    }
    let last = weights.len() - 1;
    weights
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

#[cfg(test)]
mod tests;
