//! Statistics with intervals: shares, scores, rates, hidden populations, samples. Floats are model outputs here, never money.

mod capture;
mod proportion;
mod rate;
mod sampling;
mod score;
mod shrinkage;

pub use capture::{chapman, propensity};
pub use proportion::wilson;
pub use rate::{mean_time_between, poisson_upper_count, poisson_upper_tail, u_limits};
pub use sampling::{allocate, draw, sample_size};
pub use score::{net_promoter, servqual_gap};
pub use shrinkage::{Prior, prior, shrunk};

use statrs::distribution::{ContinuousCDF, Normal};

/// A figure with the ends of its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// The smallest cell that is published: fewer answers could be traced to persons, and say little.
pub const LEAST_PUBLISHED: u32 = 5;

/// The 97.5 % point of the normal law, so that two-sided intervals hold 95 %.
pub(crate) fn z95() -> f64 {
    Normal::standard().inverse_cdf(0.975)
}
