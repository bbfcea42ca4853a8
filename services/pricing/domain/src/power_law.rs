//! The power-law process: intensity, expected failures, and its maximum-likelihood fit on many machines.

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

/// t^b, t^b ln t and t^b (ln t)^2, with 0^b ln 0 = 0.
fn power_log(t: f64, b: f64) -> (f64, f64, f64) {
    if t <= 0.0 {
        return (0.0, 0.0, 0.0);
    }
    let (power, log) = (t.powf(b), t.ln());
    (power, power * log, power * log * log)
}

/// Sum over machines of factor (exit^b - entry^b) and its first two derivatives by b.
fn exposure(machines: &[Machine], b: f64, scale: f64) -> (f64, f64, f64) {
    machines.iter().fold((0.0, 0.0, 0.0), |sum, machine| {
        let exit = power_log(machine.exit / scale, b);
        let entry = power_log(machine.entry / scale, b);
        (
            sum.0 + machine.factor * (exit.0 - entry.0),
            sum.1 + machine.factor * (exit.1 - entry.1),
            sum.2 + machine.factor * (exit.2 - entry.2),
        )
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
    let count: usize = machines.iter().map(|m| m.failures.len()).sum();
    if count == 0 {
        return Err(FitError::NoFailures);
    }
    if estimator == Estimator::Unbiased && count < 2 {
        return Err(FitError::TooFewFailures);
    }
    let n = count as f64;
    let scale = machines.iter().fold(0.0_f64, |most, m| most.max(m.exit));
    let log_sum: f64 =
        machines.iter().flat_map(|m| &m.failures).map(|age| (age / scale).ln()).sum();
    let beta_mle = solve_shape(machines, n, log_sum, scale)?;
    let beta = match estimator {
        Estimator::MaximumLikelihood => beta_mle,
        Estimator::Unbiased => beta_mle * (n - 1.0) / n,
    };
    Ok(describe(machines, n, beta, beta_mle, log_sum + n * scale.ln()))
}

const SHAPE_RANGE: (f64, f64) = (1e-3, 60.0);

fn solve_shape(machines: &[Machine], n: f64, log_sum: f64, scale: f64) -> Result<f64, FitError> {
    // The score falls with the shape, so its root is bracketed by its sign.
    let score = |b: f64| {
        let (total, first, second) = exposure(machines, b, scale);
        let ratio = first / total;
        let slope = -n / (b * b) - n * (second / total - ratio * ratio);
        (n / b + log_sum - n * ratio, slope)
    };
    let (mut low, mut high) = SHAPE_RANGE;
    if score(high).0 > 0.0 || score(low).0 < 0.0 {
        return Err(FitError::ShapeUnbounded);
    }
    let mut b: f64 = 1.0;
    for _ in 0..200 {
        let (value, slope) = score(b);
        if value > 0.0 {
            low = b;
        } else {
            high = b;
        }
        let newton = b - value / slope;
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        if (next - b).abs() <= 1e-15 * b {
            return Ok(next);
        }
        b = next;
    }
    Ok(b)
}

fn describe(machines: &[Machine], n: f64, beta: f64, beta_mle: f64, log_sum: f64) -> Fit {
    let (total, _, _) = exposure(machines, beta, 1.0);
    let law = PowerLaw { lambda: n / total, beta };
    // Observed information in (ln lambda, beta) at the maximum.
    let (total_mle, first, second) = exposure(machines, beta_mle, 1.0);
    let lambda_mle = n / total_mle;
    let cross = lambda_mle * first;
    let shape = n / (beta_mle * beta_mle) + lambda_mle * second;
    let determinant = n * shape - cross * cross;
    let factors: f64 = machines.iter().map(|m| m.factor.ln() * m.failures.len() as f64).sum();
    let log_likelihood =
        n * lambda_mle.ln() + n * beta_mle.ln() + (beta_mle - 1.0) * log_sum + factors - n;
    let (flat, _, _) = exposure(machines, 1.0, 1.0);
    let constant = n * (n / flat).ln() + factors - n;
    Fit {
        law,
        beta_mle,
        failures: n as usize,
        beta_variance: n / determinant,
        log_lambda_variance: shape / determinant,
        covariance: -cross / determinant,
        log_likelihood,
        aic: 4.0 - 2.0 * log_likelihood,
        aic_constant: 2.0 - 2.0 * constant,
    }
}

#[cfg(test)]
mod tests;
