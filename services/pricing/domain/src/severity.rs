//! What one event costs: lognormal, gamma or a point, fitted, layered by deductible and cap, scaled by time.

use serde::{Deserialize, Serialize};
use statrs::function::erf::erfc;
use statrs::function::gamma::{digamma, gamma_lr, ln_gamma};
use std::f64::consts::FRAC_1_SQRT_2;
use std::sync::Arc;

/// The family of a severity.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Lognormal.
    #[default]
    Lognormal,
    /// Gamma.
    Gamma,
    /// The repairs as they were seen.
    Empirical,
}

mod sample;
pub use sample::Sample;

/// The distribution of a non-negative cost.
#[derive(Debug, Clone, PartialEq)]
pub enum Severity {
    /// Always the same, at least 0.
    Point(f64),
    /// exp of a normal with this mean and standard deviation (above 0).
    Lognormal {
        /// Mean of the logarithm.
        mu: f64,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// Gamma, both parameters above 0.
    Gamma {
        /// Shape.
        shape: f64,
        /// Scale.
        scale: f64,
    },
    /// As it was seen.
    Empirical(Arc<Sample>),
}

/// Probability that a standard normal is not above `z`.
fn normal(z: f64) -> f64 {
    0.5 * erfc(-z * FRAC_1_SQRT_2)
}

impl Severity {
    /// Amounts as they were seen, each with its weight; none without any.
    #[must_use]
    pub fn seen(atoms: Vec<(f64, f64)>) -> Option<Self> {
        Some(Self::Empirical(Arc::new(Sample::new(atoms)?)))
    }

    /// The member of a family with this mean and standard deviation; a point if either is not above 0. What was seen of repairs
    /// is not known here: the empirical family answers as the lognormal.
    #[must_use]
    pub fn with_moments(family: Family, mean: f64, deviation: f64) -> Self {
        if mean <= 0.0 || deviation <= 1e-9 * mean {
            return Self::Point(mean.max(0.0));
        }
        let variation = deviation / mean;
        match family {
            Family::Lognormal | Family::Empirical => {
                let variance = (1.0 + variation * variation).ln();
                Self::Lognormal { mu: mean.ln() - 0.5 * variance, sigma: variance.sqrt() }
            }
            Family::Gamma => {
                let shape = 1.0 / (variation * variation);
                Self::Gamma { shape, scale: mean / shape }
            }
        }
    }

    /// The mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        match *self {
            Self::Point(value) => value,
            Self::Lognormal { mu, sigma } => (mu + 0.5 * sigma * sigma).exp(),
            Self::Gamma { shape, scale } => shape * scale,
            Self::Empirical(ref sample) => sample.mean(),
        }
    }

    /// The mean of the square.
    #[must_use]
    pub fn second_moment(&self) -> f64 {
        match *self {
            Self::Point(value) => value * value,
            Self::Lognormal { mu, sigma } => (2.0 * mu + 2.0 * sigma * sigma).exp(),
            Self::Gamma { shape, scale } => shape * (shape + 1.0) * scale * scale,
            Self::Empirical(ref sample) => sample.second_moment(),
        }
    }

    /// Probability of a cost not above the amount.
    #[must_use]
    pub fn cumulative(&self, amount: f64) -> f64 {
        match *self {
            Self::Point(value) => f64::from(u8::from(amount >= value)),
            Self::Empirical(ref sample) => sample.cumulative(amount),
            _ if amount <= 0.0 => 0.0,
            Self::Lognormal { mu, sigma } => normal((amount.ln() - mu) / sigma),
            Self::Gamma { shape, scale } => gamma_lr(shape, amount / scale),
        }
    }

    /// The cost that is not exceeded with a probability strictly between 0 and 1, by bisection of the logarithm.
    #[must_use]
    pub fn quantile(&self, level: f64) -> f64 {
        match self {
            Self::Point(value) => return *value,
            Self::Empirical(sample) => return sample.quantile(level),
            Self::Lognormal { .. } | Self::Gamma { .. } => {}
        }
        let (mut low, mut high) = (self.mean() * 1e-12, self.mean());
        while self.cumulative(high) < level && high < f64::MAX / 4.0 {
            high *= 2.0;
        }
        for _ in 0..200 {
            let middle = (low * high).sqrt();
            if self.cumulative(middle) < level {
                low = middle;
            } else {
                high = middle;
            }
            if high / low < 1.0 + 1e-14 {
                break;
            }
        }
        high
    }

    /// Limited expected value: the mean of min(X, limit) (Klugman, Panjer and Willmot, Loss Models).
    #[must_use]
    pub fn limited(&self, limit: f64) -> f64 {
        if limit <= 0.0 {
            return 0.0;
        }
        match *self {
            Self::Point(value) => value.min(limit),
            Self::Empirical(ref sample) => sample.limited(limit),
            Self::Lognormal { mu, sigma } => {
                let z = (limit.ln() - mu) / sigma;
                self.mean() * normal(z - sigma) + limit * normal(-z)
            }
            Self::Gamma { shape, scale } => {
                let x = limit / scale;
                if x > shape + 700.0 + 40.0 * shape.sqrt() {
                    return self.mean();
                }
                self.mean() * gamma_lr(shape + 1.0, x) + limit * (1.0 - gamma_lr(shape, x))
            }
        }
    }

    /// Fits a family by maximum likelihood; answers with the log-likelihood beside it. None without two different
    /// values, or with a value that is not above 0.
    #[must_use]
    pub fn fit(family: Family, values: &[f64]) -> Option<(Self, f64)> {
        let n = values.len() as f64;
        if values.len() < 2 || values.iter().any(|v| !v.is_finite() || *v <= 0.0) {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n;
        let log_mean = values.iter().map(|v| v.ln()).sum::<f64>() / n;
        let gap = mean.ln() - log_mean;
        if gap < 1e-12 {
            return None;
        }
        match family {
            Family::Lognormal => {
                let variance = values.iter().map(|v| (v.ln() - log_mean).powi(2)).sum::<f64>() / n;
                let likelihood =
                    -n * (log_mean + 0.5 * (2.0 * std::f64::consts::PI * variance).ln() + 0.5);
                Some((Self::Lognormal { mu: log_mean, sigma: variance.sqrt() }, likelihood))
            }
            Family::Gamma => {
                let shape = gamma_shape(gap);
                let scale = mean / shape;
                let likelihood =
                    n * ((shape - 1.0) * log_mean - shape - shape * scale.ln() - ln_gamma(shape));
                Some((Self::Gamma { shape, scale }, likelihood))
            }
            Family::Empirical => None,
        }
    }
}

/// Solves ln(shape) - digamma(shape) = gap (maximum likelihood of the gamma), from Minka's start by Newton steps.
fn gamma_shape(gap: f64) -> f64 {
    let mut shape = (3.0 - gap + ((gap - 3.0).powi(2) + 24.0 * gap).sqrt()) / (12.0 * gap);
    for _ in 0..60 {
        let value = shape.ln() - digamma(shape) - gap;
        let width = 1e-5 * shape;
        let slope = 1.0 / shape - (digamma(shape + width) - digamma(shape - width)) / (2.0 * width);
        let next = (shape - value / slope).max(0.1 * shape);
        if (next - shape).abs() <= 1e-13 * shape {
            return next;
        }
        shape = next;
    }
    shape
}

/// What we bear of an event: scale x min(max(X - deductible, 0), cap).
#[derive(Debug, Clone, PartialEq)]
pub struct EventCost {
    /// The event's cost before terms.
    pub gross: Severity,
    /// What the customer bears of each event, at least 0.
    pub deductible: f64,
    /// The most that we bear after the deductible; none is no cap.
    pub cap: Option<f64>,
    /// What a unit of it counts at present value, above 0.
    pub scale: f64,
}

impl EventCost {
    /// The whole event is ours, now.
    #[must_use]
    pub const fn whole(gross: Severity) -> Self {
        Self { gross, deductible: 0.0, cap: None, scale: 1.0 }
    }

    /// The mean of min(Y, limit).
    #[must_use]
    pub fn limited(&self, limit: f64) -> f64 {
        let width = self.cap.map_or(limit / self.scale, |cap| cap.min(limit / self.scale));
        let above = self.gross.limited(self.deductible + width);
        let below = if self.deductible > 0.0 { self.gross.limited(self.deductible) } else { 0.0 };
        self.scale * (above - below).max(0.0)
    }

    /// The mean of what we bear.
    #[must_use]
    pub fn mean(&self) -> f64 {
        let below = if self.deductible > 0.0 { self.gross.limited(self.deductible) } else { 0.0 };
        let above = match self.cap {
            Some(cap) => self.gross.limited(self.deductible + cap),
            None => self.gross.mean(),
        };
        self.scale * (above - below).max(0.0)
    }

    /// An upper bound of the mean square of what we bear: the terms only lower it.
    #[must_use]
    pub fn second_moment_bound(&self) -> f64 {
        let whole = self.scale * self.scale * self.gross.second_moment();
        match self.cap {
            Some(cap) => whole.min(self.scale * cap * self.mean()),
            None => whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn moments_come_back() {
        for family in [Family::Lognormal, Family::Gamma] {
            let severity = Severity::with_moments(family, 900.0, 600.0);
            assert!((severity.mean() - 900.0).abs() < 1e-9);
            assert!(
                (severity.second_moment() - (900.0_f64.powi(2) + 600.0_f64.powi(2))).abs() < 1e-6
            );
            assert!((severity.limited(1e9) - 900.0).abs() < 1e-8);
        }
        assert_eq!(Severity::with_moments(Family::Gamma, 5.0, 0.0), Severity::Point(5.0));
    }

    #[test]
    fn quantiles_undo_probabilities() {
        for family in [Family::Lognormal, Family::Gamma] {
            let severity = Severity::with_moments(family, 900.0, 600.0);
            for level in [0.001, 0.3, 0.5, 0.95, 0.9999] {
                let back = severity.cumulative(severity.quantile(level));
                assert!((back - level).abs() < 1e-12, "{family:?} {level} {back}");
            }
        }
        let lognormal = Severity::Lognormal { mu: 2.0, sigma: 0.5 };
        assert!((lognormal.quantile(0.5) - 2.0_f64.exp()).abs() < 1e-9);
        assert_eq!(Severity::Point(5.0).quantile(0.2), 5.0);
    }

    #[test]
    fn the_gamma_fit_solves_its_likelihood_equation() {
        let values = [0.8, 1.1, 2.3, 3.1, 0.4, 1.9, 2.2];
        let (severity, _) = Severity::fit(Family::Gamma, &values).unwrap();
        let Severity::Gamma { shape, scale } = severity else { panic!() };
        let mean = values.iter().sum::<f64>() / 7.0;
        let log_mean = values.iter().map(|v: &f64| v.ln()).sum::<f64>() / 7.0;
        assert!((shape * scale - mean).abs() < 1e-12);
        assert!((shape.ln() - digamma(shape) - (mean.ln() - log_mean)).abs() < 1e-10);
        assert!(Severity::fit(Family::Gamma, &[1.0, 1.0]).is_none());
        assert!(Severity::fit(Family::Lognormal, &[1.0, 0.0]).is_none());
    }

    #[test]
    fn a_technician_spread_of_thirty_percent_has_its_log_variance() {
        let Severity::Lognormal { sigma, .. } = Severity::with_moments(Family::Lognormal, 1.0, 0.3)
        else {
            panic!()
        };
        assert!((sigma * sigma - 0.086_177_7).abs() < 1e-7, "ln 1.09");
    }

    proptest! {
        #[test]
        fn the_layers_of_a_cost_add_up(mean in 1.0_f64..1e5, spread in 0.1_f64..3.0, first in 0.0_f64..2.0, second in 0.0_f64..3.0, gamma in any::<bool>()) {
            let family = if gamma { Family::Gamma } else { Family::Lognormal };
            let gross = Severity::with_moments(family, mean, spread * mean);
            let (d, u) = (first * mean, second * mean);
            let low = EventCost { gross: gross.clone(), deductible: 0.0, cap: Some(d), scale: 1.0 };
            let middle = EventCost { gross: gross.clone(), deductible: d, cap: Some(u), scale: 1.0 };
            let high = EventCost { gross, deductible: d + u, cap: None, scale: 1.0 };
            prop_assert!((low.mean() + middle.mean() + high.mean() - mean).abs() < 1e-9 * mean);
        }
    }
}
