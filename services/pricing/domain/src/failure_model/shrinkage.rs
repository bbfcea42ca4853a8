//! What is believed of an intensity before and after evidence: empirical Bayes, so that thin data answer honestly.

use crate::elementary::powers;
use crate::policy::{PricingPolicy, model};
use crate::power_law::{Estimator, PowerLaw, Seen, Windows, fit_shape};
use serde::{Deserialize, Serialize};

/// What is believed before evidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Belief {
    /// Failures in a year at the reference age.
    pub failures_per_year: f64,
    /// Shape.
    pub beta: f64,
    /// How many failures the belief is worth.
    pub weight: f64,
    /// Age in the middle of the year that `failures_per_year` speaks of.
    pub reference_age: f64,
}

impl Belief {
    /// The policy's prior, with a better yearly rate if there is one.
    #[must_use]
    pub fn of(policy: &PricingPolicy, failures_per_year: Option<f64>) -> Self {
        let prior = &policy.failure_prior;
        Self {
            failures_per_year: failures_per_year.unwrap_or_else(|| model(prior.failures_per_year)),
            beta: model(prior.beta),
            weight: model(prior.weight),
            reference_age: model(policy.reference_age_years).max(0.5),
        }
    }

    /// The belief of one of `modes` modes of a family whose pooled shape is known.
    #[must_use]
    pub fn share(&self, modes: usize, beta: f64) -> Self {
        let part = 1.0 / modes.max(1) as f64;
        Self { failures_per_year: self.failures_per_year * part, beta, ..*self }
    }

    /// The scale at which a machine of reference age fails as often as believed.
    #[must_use]
    pub fn lambda(&self, beta: f64) -> f64 {
        let unit = PowerLaw { lambda: 1.0, beta };
        self.failures_per_year / unit.expected(self.reference_age - 0.5, self.reference_age + 0.5)
    }
}

/// An intensity after evidence, with its uncertainty.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Posterior {
    /// The process.
    pub law: PowerLaw,
    /// Weight of the evidence in the shape, 0..1.
    pub credibility: f64,
    /// Variance of ln(lambda).
    pub log_lambda_variance: f64,
    /// Variance of beta.
    pub beta_variance: f64,
    /// Covariance of ln(lambda) and beta.
    pub covariance: f64,
}

impl Posterior {
    /// Blends evidence with a belief: ln(beta) by the precisions of estimate and belief, lambda by the gamma-Poisson
    /// posterior (weight + n) / (weight / lambda_0 + exposure).
    #[must_use]
    pub fn of(windows: &Windows, seen: Seen, belief: &Belief, estimator: Estimator) -> Self {
        let n = seen.count as f64;
        let prior_variance = 1.0 / belief.weight;
        let (credibility, beta) = match fit_shape(windows, seen, estimator) {
            Ok(found) => {
                let variance = found.variance / (found.beta_mle * found.beta_mle);
                let credibility = prior_variance / (prior_variance + variance);
                let log = credibility * found.beta.ln() + (1.0 - credibility) * belief.beta.ln();
                (credibility, log.exp())
            }
            Err(_) => (0.0, belief.beta),
        };
        let (exposure, first, second) = windows.exposure(beta);
        let prior_exposure = belief.weight / belief.lambda(beta);
        let lambda = (belief.weight + n) / (prior_exposure + exposure);
        let scale = belief.weight + n;
        // The belief's exposure moves with the shape as a year at the reference age does.
        let believed = lambda * prior_exposure;
        let belief_first = believed * belief.reference_age.ln();
        let belief_second = believed * belief.reference_age.ln().powi(2);
        let cross = lambda * first + belief_first;
        let shape = n / (beta * beta)
            + lambda * second
            + belief_second
            + 1.0 / (prior_variance * beta * beta);
        let determinant = (scale * shape - cross * cross).max(1e-12);
        Self {
            law: PowerLaw { lambda, beta },
            credibility,
            log_lambda_variance: shape / determinant,
            beta_variance: scale / determinant,
            covariance: -cross / determinant,
        }
    }

    /// Standard error of the expected failures between two ages (delta method).
    #[must_use]
    pub fn expected_error(&self, from: f64, to: f64) -> f64 {
        let (count, by_beta) = self.gradient(from, to);
        (count * count * self.log_lambda_variance
            + by_beta * by_beta * self.beta_variance
            + 2.0 * count * by_beta * self.covariance)
            .max(0.0)
            .sqrt()
    }

    /// Derivatives of the expected failures between two ages by ln(lambda) and by beta.
    #[must_use]
    pub fn gradient(&self, from: f64, to: f64) -> (f64, f64) {
        let [start, end] = powers([from, to], self.law.beta);
        let term = |t: f64, power: f64| if t > 0.0 { power * t.ln() } else { 0.0 };
        let lambda = self.law.lambda;
        (lambda * (end - start), lambda * (term(to, end) - term(from, start)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::power_law::Machine;
    use proptest::prelude::*;

    /// `per_machine` failures of machines of ten years, all of them late: the shape is far above the belief's.
    fn late(machines: usize, per_machine: usize) -> Vec<Machine> {
        let ages = |i: usize| {
            (0..per_machine).map(move |j| 10.0 - ((i + j) % 7) as f64 * 0.6 - 0.1 * j as f64)
        };
        (0..machines).map(|i| Machine::new(0.0, 10.0, ages(i).collect())).collect()
    }

    fn of(machines: &[Machine], belief: &Belief) -> Posterior {
        let seen = Seen::of(machines.iter().flat_map(|machine| machine.failures.clone()));
        Posterior::of(&Windows::of(machines), seen, belief, Estimator::MaximumLikelihood)
    }

    #[test]
    fn twenty_late_failures_have_no_infinite_uncertainty() {
        let belief = Belief::of(&PricingPolicy::seeded(), None).share(5, 1.6);
        let found = of(&late(20, 1), &belief);
        assert!(found.law.beta > 2.0, "{}", found.law.beta);
        assert!(found.beta_variance <= found.law.beta.powi(2) / 20.0, "{}", found.beta_variance);
    }

    proptest! {
        // The exposures of belief and evidence are one measure of ages, so that Cauchy-Schwarz leaves at least
        // (weight + n) (n + weight) / beta^2 in the determinant.
        #[test]
        fn evidence_from_age_zero_never_tells_less_than_its_count(
            machines in 1_usize..30,
            per_machine in 0_usize..4,
            rate in 0.01_f64..5.0,
            shape in 0.5_f64..3.0,
            weight in 0.5_f64..50.0,
            reference_age in 0.5_f64..15.0,
        ) {
            let belief = Belief { failures_per_year: rate, beta: shape, weight, reference_age };
            let found = of(&late(machines, per_machine), &belief);
            let n = (machines * per_machine) as f64;
            let most = found.law.beta.powi(2) / (n + weight);
            prop_assert!(found.beta_variance <= most * (1.0 + 1e-6), "{} > {}", found.beta_variance, most);
            let product = found.log_lambda_variance * found.beta_variance;
            prop_assert!(found.covariance.powi(2) <= product * (1.0 + 1e-9));
        }
    }
}
