//! The power-law process: intensity, expected failures, and its maximum-likelihood fit on many machines.

use crate::elementary::exp_each;
use serde::{Deserialize, Serialize};

/// A machine under observation from one age to another, with the ages at which it failed. One unit of time throughout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// Age at which observation began (left truncation), at least 0.
    pub entry: f64,
    /// Age at which observation ended (right censoring), above `entry`.
    pub exit: f64,
    /// Ages of failure, each in `(entry, exit]` and above 0; in any order, ties allowed.
    pub failures: Vec<f64>,
    /// Factor on its intensity that is known beforehand; 1 for an average machine.
    pub factor: f64,
}

impl Machine {
    /// An average machine.
    #[must_use]
    pub const fn new(entry: f64, exit: f64, failures: Vec<f64>) -> Self {
        Self { entry, exit, failures, factor: 1.0 }
    }
}

/// Why evidence cannot be used, or does not determine a fit.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FitError {
    /// Observation is empty, runs backwards, or begins before age 0.
    #[error("machine {machine}: observation must run forward from an age of 0 or more")]
    BadWindow {
        /// Index of the machine.
        machine: usize,
    },
    /// A failure lies outside the machine's observation, or at age 0.
    #[error("machine {machine}: failure at {age} is outside ({entry}, {exit}]")]
    FailureOutside {
        /// Index of the machine.
        machine: usize,
        /// Age of the failure.
        age: f64,
        /// Age at which observation began.
        entry: f64,
        /// Age at which it ended.
        exit: f64,
    },
    /// A number is not finite, or a factor not above 0.
    #[error("machine {machine}: a number is not finite or a factor not above 0")]
    NotFinite {
        /// Index of the machine.
        machine: usize,
    },
    /// Nothing failed: only a prior can answer.
    #[error("no failure was observed")]
    NoFailures,
    /// Every failure is at the end of observation: the shape has no finite estimate.
    #[error("every failure is at the end of its observation")]
    ShapeUnbounded,
    /// The bias correction needs at least two failures.
    #[error("the unbiased estimate needs at least two failures")]
    TooFewFailures,
}

/// How the shape is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Estimator {
    /// Maximum likelihood.
    #[default]
    MaximumLikelihood,
    /// Maximum likelihood times (n - 1) / n, for time-truncated observation (Crow 1974; the form that NIST calls modified).
    Unbiased,
}

/// Intensity u(t) = lambda beta t^(beta - 1) at age t, under minimal repair (Crow 1974; Rigdon and Basu 2000).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PowerLaw {
    /// Expected failures up to age 1.
    pub lambda: f64,
    /// Shape: above 1 failures come faster with age.
    pub beta: f64,
}

impl PowerLaw {
    /// Failures per unit of time at an age above 0.
    #[must_use]
    pub fn intensity(&self, age: f64) -> f64 {
        self.lambda * self.beta * age.powf(self.beta - 1.0)
    }

    /// Expected failures between two ages, lambda (to^beta - from^beta).
    #[must_use]
    pub fn expected(&self, from: f64, to: f64) -> f64 {
        self.lambda * (to.powf(self.beta) - from.powf(self.beta))
    }
}

/// A fit with the uncertainty of its estimates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// The process by the chosen estimator.
    pub law: PowerLaw,
    /// The shape by maximum likelihood.
    pub beta_mle: f64,
    /// Number of failures.
    pub failures: usize,
    /// Variance of the shape, from the observed information.
    pub beta_variance: f64,
    /// Variance of ln(lambda).
    pub log_lambda_variance: f64,
    /// Covariance of ln(lambda) and the shape.
    pub covariance: f64,
    /// Log-likelihood at the maximum.
    pub log_likelihood: f64,
    /// Akaike's criterion of the power law (2 parameters).
    pub aic: f64,
    /// Akaike's criterion of a constant intensity (1 parameter) on the same data.
    pub aic_constant: f64,
}

/// The machines' windows as logarithms of ages over the greatest of them, taken once for all steps of a fit.
#[derive(Debug, Clone)]
pub struct Windows {
    scale: f64,
    /// ln(exit / scale) and factor.
    exits: Vec<(f64, f64)>,
    /// ln(entry / scale) and factor of machines that were not new, and which machine it is.
    entries: Vec<(f64, f64)>,
    entered: Vec<usize>,
}

impl Windows {
    /// Of machines that have been checked.
    #[must_use]
    pub fn of(machines: &[Machine]) -> Self {
        let scale = machines.iter().fold(0.0_f64, |most, m| most.max(m.exit));
        let log = |age: f64, machine: &Machine| ((age / scale).ln(), machine.factor);
        let entered: Vec<usize> =
            (0..machines.len()).filter(|machine| machines[*machine].entry > 0.0).collect();
        Self {
            scale,
            exits: machines.iter().map(|m| log(m.exit, m)).collect(),
            entries: entered.iter().map(|m| log(machines[*m].entry, &machines[*m])).collect(),
            entered,
        }
    }

    /// Gives every machine another factor on its intensity.
    pub fn weigh(&mut self, factor: impl Fn(usize) -> f64) {
        for (machine, (_, weight)) in self.exits.iter_mut().enumerate() {
            *weight = factor(machine);
        }
        for ((_, weight), machine) in self.entries.iter_mut().zip(&self.entered) {
            *weight = factor(*machine);
        }
    }

    /// Failures that each machine would have expected in its window were its factor 1, by all processes together.
    #[must_use]
    pub fn expected(&self, laws: &[PowerLaw]) -> Vec<f64> {
        let mut found = vec![0.0; self.exits.len()];
        for law in laws {
            let whole = law.lambda * self.scale.powf(law.beta);
            let powers = |logs: &[(f64, f64)]| {
                let mut powers: Vec<f64> = logs.iter().map(|(log, _)| law.beta * log).collect();
                exp_each(&mut powers);
                powers
            };
            for (slot, power) in found.iter_mut().zip(powers(&self.exits)) {
                *slot += whole * power;
            }
            for (machine, power) in self.entered.iter().zip(powers(&self.entries)) {
                found[*machine] -= whole * power;
            }
        }
        found
    }

    /// Sum over machines of factor (exit^b - entry^b) and its first two derivatives by b, in units of the scale.
    fn scaled_exposure(&self, b: f64) -> (f64, f64, f64) {
        let (exit, entry) = (powers(&self.exits, b), powers(&self.entries, b));
        (exit.0 - entry.0, exit.1 - entry.1, exit.2 - entry.2)
    }

    /// The same in the machines' unit; nothing without machines.
    #[must_use]
    pub fn exposure(&self, b: f64) -> (f64, f64, f64) {
        if self.exits.is_empty() {
            return (0.0, 0.0, 0.0);
        }
        let (total, first, second) = self.scaled_exposure(b);
        let (size, log) = (self.scale.powf(b), self.scale.ln());
        (
            size * total,
            size * (first + log * total),
            size * (second + 2.0 * log * first + log * log * total),
        )
    }
}

/// What a fit needs of the failures: how many, and the sum of the logarithms of their ages.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Seen {
    /// Number of failures.
    pub count: usize,
    /// Sum of ln(age).
    pub log_sum: f64,
}

impl Seen {
    /// Of ages above 0.
    #[must_use]
    pub fn of(ages: impl IntoIterator<Item = f64>) -> Self {
        ages.into_iter().fold(Self::default(), |seen, age| Self {
            count: seen.count + 1,
            log_sum: seen.log_sum + age.ln(),
        })
    }
}

/// Sums of w t^b, w t^b ln t and w t^b (ln t)^2 over logarithms of ages and weights.
fn powers(logs: &[(f64, f64)], b: f64) -> (f64, f64, f64) {
    let mut powers = [0.0; 256];
    logs.chunks(powers.len()).fold((0.0, 0.0, 0.0), |sum, some| {
        for (power, (log, _)) in powers.iter_mut().zip(some) {
            *power = b * log;
        }
        exp_each(&mut powers[..some.len()]);
        powers.iter().zip(some).fold(sum, |sum, (power, (log, weight))| {
            let power = weight * power;
            (sum.0 + power, sum.1 + power * log, sum.2 + power * log * log)
        })
    })
}

/// Checks evidence: windows run forward, failures lie inside them.
///
/// # Errors
/// The first machine that is wrong, by [`FitError`].
pub fn check(machines: &[Machine]) -> Result<(), FitError> {
    for (index, machine) in machines.iter().enumerate() {
        let finite = machine.entry.is_finite() && machine.exit.is_finite();
        if !finite || !machine.factor.is_finite() || machine.factor <= 0.0 {
            return Err(FitError::NotFinite { machine: index });
        }
        if machine.entry < 0.0 || machine.exit <= machine.entry {
            return Err(FitError::BadWindow { machine: index });
        }
        for &age in &machine.failures {
            if !age.is_finite() || age <= machine.entry || age > machine.exit {
                return Err(FitError::FailureOutside {
                    machine: index,
                    age,
                    entry: machine.entry,
                    exit: machine.exit,
                });
            }
        }
    }
    Ok(())
}

/// Fits the power law by maximum likelihood on machines with left truncation and right censoring.
///
/// Solves n/beta + sum ln t = n B'(beta)/B(beta), B(beta) = sum w (T^beta - S^beta) (Crow 1974, extended to entry ages),
/// by Newton steps inside a bracket; lambda = n / B(beta).
///
/// # Errors
/// Evidence that is wrong or does not determine the fit, by [`FitError`].
pub fn fit(machines: &[Machine], estimator: Estimator) -> Result<Fit, FitError> {
    check(machines)?;
    let windows = Windows::of(machines);
    let seen = Seen::of(machines.iter().flat_map(|m| m.failures.iter().copied()));
    let shape = fit_shape(&windows, seen, estimator)?;
    let factors: f64 = machines.iter().map(|m| m.factor.ln() * m.failures.len() as f64).sum();
    let plain: f64 = machines.iter().map(|m| m.factor * (m.exit - m.entry)).sum();
    Ok(describe(&windows, seen, shape, (factors, plain)))
}

/// A shape with its uncertainty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// By the chosen estimator.
    pub beta: f64,
    /// By maximum likelihood.
    pub beta_mle: f64,
    /// Variance, from the observed information.
    pub variance: f64,
    /// Variance of ln(lambda).
    log_lambda_variance: f64,
    covariance: f64,
    /// Of maximum likelihood.
    lambda_mle: f64,
}

/// The shape alone, of machines that have been checked: what a fit repeats while factors change.
///
/// # Errors
/// As [`fit`].
pub fn fit_shape(windows: &Windows, seen: Seen, estimator: Estimator) -> Result<Shape, FitError> {
    if seen.count == 0 {
        return Err(FitError::NoFailures);
    }
    if estimator == Estimator::Unbiased && seen.count < 2 {
        return Err(FitError::TooFewFailures);
    }
    let n = seen.count as f64;
    let beta_mle = solve_shape(windows, n, seen.log_sum - n * windows.scale.ln())?;
    let beta = match estimator {
        Estimator::MaximumLikelihood => beta_mle,
        Estimator::Unbiased => beta_mle * (n - 1.0) / n,
    };
    // Observed information in (ln lambda, beta) at the maximum.
    let (total, first, second) = windows.exposure(beta_mle);
    let lambda_mle = n / total;
    let cross = lambda_mle * first;
    let shape = n / (beta_mle * beta_mle) + lambda_mle * second;
    let determinant = n * shape - cross * cross;
    Ok(Shape {
        beta,
        beta_mle,
        variance: n / determinant,
        log_lambda_variance: shape / determinant,
        covariance: -cross / determinant,
        lambda_mle,
    })
}

const SHAPE_RANGE: (f64, f64) = (1e-3, 60.0);

fn solve_shape(windows: &Windows, n: f64, log_sum: f64) -> Result<f64, FitError> {
    // The score falls with the shape, so its root is bracketed by its sign.
    let score = |b: f64| {
        let (total, first, second) = windows.scaled_exposure(b);
        let ratio = first / total;
        let slope = -n / (b * b) - n * (second / total - ratio * ratio);
        (n / b + log_sum - n * ratio, slope)
    };
    let (mut low, mut high) = SHAPE_RANGE;
    // What it is if all windows are the longest one.
    let mut b = (-n / log_sum).clamp(2.0 * low, 0.5 * high);
    for _ in 0..200 {
        let (value, slope) = score(b);
        if value > 0.0 {
            low = b;
        } else {
            high = b;
        }
        let newton = b - value / slope;
        let inside = newton >= low && newton <= high;
        let next = if inside { newton } else { 0.5 * (low + high) };
        // Newton's error is squared by each step.
        if (next - b).abs() <= 1e-10 * b {
            b = next;
            break;
        }
        b = next;
    }
    let at_an_end = b <= SHAPE_RANGE.0 * (1.0 + 1e-6) || b >= SHAPE_RANGE.1 * (1.0 - 1e-6);
    if at_an_end || b.is_nan() { Err(FitError::ShapeUnbounded) } else { Ok(b) }
}

fn describe(windows: &Windows, seen: Seen, shape: Shape, (factors, plain): (f64, f64)) -> Fit {
    let (n, beta_mle) = (seen.count as f64, shape.beta_mle);
    let (total, _, _) = windows.exposure(shape.beta);
    let log_likelihood =
        n * shape.lambda_mle.ln() + n * beta_mle.ln() + (beta_mle - 1.0) * seen.log_sum + factors
            - n;
    let constant = n * (n / plain).ln() + factors - n;
    Fit {
        law: PowerLaw { lambda: n / total, beta: shape.beta },
        beta_mle,
        failures: seen.count,
        beta_variance: shape.variance,
        log_lambda_variance: shape.log_lambda_variance,
        covariance: shape.covariance,
        log_likelihood,
        aic: 4.0 - 2.0 * log_likelihood,
        aic_constant: 2.0 - 2.0 * constant,
    }
}

#[cfg(test)]
mod tests;
