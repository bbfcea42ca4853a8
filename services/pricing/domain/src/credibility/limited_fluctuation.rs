//! Limited fluctuation: how many failures experience needs to stand alone (Mowbray 1914), and what fewer are worth.

/// Quantile of the standard normal for a probability of 90 %, both sides, rounded as the tables of the field have it.
const NINETY_PERCENT: f64 = 1.645;

/// How far a number of failures may be off.
const WITHIN: f64 = 0.05;

/// The standard of full credibility that we state: a number of failures that lies within 5 % of its mean with a probability of
/// 90 %. What single failures cost is not counted in; the cap on large losses holds it.
pub const FULL_CREDIBILITY: f64 = full_credibility(NINETY_PERCENT, WITHIN);

/// Failures that a Poisson number needs to lie within a share of its mean, (z / k)^2; `quantile` is the normal's for the probability.
#[must_use]
pub const fn full_credibility(quantile: f64, within: f64) -> f64 {
    (quantile / within) * (quantile / within)
}

/// Weight of so many failures, 0..=1: the root of their part of [`FULL_CREDIBILITY`].
#[must_use]
pub fn partial_credibility(failures: f64) -> f64 {
    (failures / FULL_CREDIBILITY).max(0.0).sqrt().min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_credibility_takes_the_failures_of_the_tables() {
        // Klugman, Panjer, Willmot, Loss Models, chapter 17, and Longley-Cook (1962): P, k and the number of claims.
        for (quantile, within, failures) in [
            (1.645, 0.05, 1082.41),
            (1.645, 0.10, 270.6025),
            (1.645, 0.01, 27_060.25),
            (1.96, 0.05, 1536.64),
            (2.576, 0.05, 2654.3104),
        ] {
            assert!((full_credibility(quantile, within) - failures).abs() < 1e-9, "{quantile}");
        }
        assert!((FULL_CREDIBILITY - 1082.41).abs() < 1e-9);
    }

    #[test]
    fn fewer_failures_count_by_the_root() {
        for (failures, weight) in
            [(0.0, 0.0), (270.6025, 0.5), (1082.41, 1.0), (5000.0, 1.0), (-1.0, 0.0)]
        {
            assert!((partial_credibility(failures) - weight).abs() < 1e-12, "{failures}");
        }
    }
}
