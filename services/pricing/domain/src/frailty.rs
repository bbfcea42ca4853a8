//! Differences between machines that nothing explains: gamma frailty, and what a machine's own history says of it.

use serde::{Deserialize, Serialize};

/// The largest variance that is believed.
const MAX_VARIANCE: f64 = 4.0;

/// Variance of the gamma frailty by moments over (observed, expected) counts of machines: sum((n - m)^2 - m) / sum(m^2),
/// at least 0 (Boehning's moment estimator for the negative binomial).
#[must_use]
pub fn frailty_variance(counts: &[(f64, f64)]) -> f64 {
    let (excess, squares) = counts.iter().fold((0.0, 0.0), |sum, (observed, expected)| {
        (sum.0 + (observed - expected).powi(2) - expected, sum.1 + expected * expected)
    });
    if squares > 0.0 { (excess / squares).clamp(0.0, MAX_VARIANCE) } else { 0.0 }
}

/// What is believed of one machine's frailty: gamma with this shape and this mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Frailty {
    /// Factor on the machine's intensity that its history supports; 1 without history.
    pub mean: f64,
    /// Gamma shape; none when machines do not differ and counts are Poisson.
    pub shape: Option<f64>,
}

impl Frailty {
    /// Of a machine about which nothing is known.
    #[must_use]
    pub fn unknown(variance: f64) -> Self {
        Self::after(variance, 0.0, 0.0)
    }

    /// After `observed` failures where `expected` were expected: the gamma-Poisson posterior
    /// (1/variance + observed) / (1/variance + expected).
    #[must_use]
    pub fn after(variance: f64, observed: f64, expected: f64) -> Self {
        if variance < 1e-6 {
            return Self { mean: 1.0, shape: None };
        }
        let shape = 1.0 / variance;
        Self { mean: (shape + observed) / (shape + expected), shape: Some(shape + observed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_no_wider_than_poisson_have_no_frailty() {
        assert_eq!(frailty_variance(&[(2.0, 2.0), (3.0, 2.5)]), 0.0);
        assert_eq!(frailty_variance(&[]), 0.0);
        assert_eq!(Frailty::after(0.0, 9.0, 1.0), Frailty { mean: 1.0, shape: None });
    }

    #[test]
    fn a_machine_that_failed_more_than_expected_is_believed_worse() {
        let worse = Frailty::after(0.5, 6.0, 2.0);
        assert!((worse.mean - 2.0).abs() < 1e-15, "(2 + 6) / (2 + 2)");
        assert_eq!(Frailty::unknown(0.5).mean, 1.0);
    }

    #[test]
    fn a_known_overdispersion_is_found() {
        // Half the machines at twice, half at no intensity: variance of the frailty is 1 in the limit.
        let counts: Vec<(f64, f64)> =
            (0..1000).map(|i| (f64::from(i % 2) * 200.0, 100.0)).collect();
        assert!((frailty_variance(&counts) - 0.99).abs() < 1e-12);
    }
}
