//! Whether the book of contracts runs as it was priced: realised losses against predicted ones, calibration of the predicted
//! cost, and a running test of failures against expectation.

use statrs::distribution::{ContinuousCDF, Normal};

/// Bars of the calibration histogram.
pub const BARS: usize = 10;

/// Contracts below which calibration is shown and not tested.
pub const LEAST: usize = 10;

/// Two-sided probability beyond a standard normal score.
fn beyond(score: f64) -> f64 {
    Normal::new(0.0, 1.0).map_or(f64::NAN, |normal| 2.0 * normal.cdf(-score.abs()))
}

/// How many of some contracts made a loss, against what was predicted of each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Losses {
    /// Contracts.
    pub contracts: usize,
    /// Of them, with a loss.
    pub realised: usize,
    /// Losses that were predicted: the sum of the probabilities.
    pub predicted: f64,
    /// Probability of a number at least as far out on either side, had each probability been right.
    pub p_value: f64,
}

/// Distribution of the number of events that have these probabilities and do not depend on each other: Poisson binomial, exact.
#[must_use]
pub fn number_of(probabilities: &[f64]) -> Vec<f64> {
    let mut masses = vec![1.0];
    for p in probabilities {
        let p = p.clamp(0.0, 1.0);
        masses.push(0.0);
        for k in (0..masses.len()).rev() {
            let below = if k > 0 { masses[k - 1] } else { 0.0 };
            masses[k] = masses[k] * (1.0 - p) + below * p;
        }
    }
    masses
}

impl Losses {
    /// Of contracts: predicted probability of a loss, and whether there was one. Twice the smaller tail, at most 1.
    #[must_use]
    pub fn of(contracts: &[(f64, bool)]) -> Self {
        let probabilities: Vec<f64> = contracts.iter().map(|(p, _)| *p).collect();
        let realised = contracts.iter().filter(|(_, lost)| *lost).count();
        let masses = number_of(&probabilities);
        let most: f64 = masses.iter().take(realised + 1).sum();
        let least: f64 = masses.iter().skip(realised).sum();
        Self {
            contracts: contracts.len(),
            realised,
            predicted: probabilities.iter().sum(),
            p_value: (2.0 * most.min(least)).min(1.0),
        }
    }
}

/// Where an actual cost fell in the distribution that was predicted: below it, and up to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// P(cost < actual).
    pub below: f64,
    /// P(cost <= actual).
    pub up_to: f64,
    /// P(cost = 0), which only a contract without failures has.
    pub at_zero: f64,
}

/// Calibration of predicted costs: if they are right, places are uniform.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Mean height of each of [`BARS`] bars, 1 if calibrated: non-randomised (Czado, Gneiting & Held 2009, equation 2).
    pub bars: Vec<f64>,
    /// Mean of the mid-distribution places (Parzen 2004); 0.5 if calibrated, higher if costs were above what was predicted.
    pub mean: f64,
    /// Two-sided test of that mean; absent for fewer than [`LEAST`] contracts.
    pub p_value: Option<f64>,
}

impl Calibration {
    /// Of the places of some contracts. A mid-distribution place has mean 1/2 and variance (1 - sum of cubed masses) / 12; of
    /// the masses only that at zero is large enough to count.
    #[must_use]
    pub fn of(places: &[Place]) -> Self {
        let n = places.len().max(1) as f64;
        let bars = (0..BARS)
            .map(|bar| {
                let (low, high) = (bar as f64 / BARS as f64, (bar + 1) as f64 / BARS as f64);
                let mass: f64 = places.iter().map(|p| p.until(high) - p.until(low)).sum();
                mass / n * BARS as f64
            })
            .collect();
        let mean = places.iter().map(|p| 0.5 * (p.below + p.up_to)).sum::<f64>() / n;
        let variance: f64 = places.iter().map(|p| (1.0 - p.at_zero.powi(3)) / 12.0).sum();
        let tested = places.len() >= LEAST && variance > 0.0;
        let p_value = tested.then(|| beyond((mean - 0.5) * n / variance.sqrt()));
        Self { bars, mean, p_value }
    }
}

impl Place {
    /// The part of the place that lies at or below u.
    fn until(self, u: f64) -> f64 {
        if u <= 0.0 {
            0.0
        } else if u >= self.up_to {
            1.0
        } else if u <= self.below {
            0.0
        } else {
            (u - self.below) / (self.up_to - self.below)
        }
    }
}

/// A running test of counts against expectation: each month the likelihood ratio of a rate `ratio` times the expected one is
/// added, and never falls below 0 (Page 1954; for Poisson counts with varying expectation Rossi, Lampugnani & Marchi 1999).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cusum {
    /// The rate that is to be found, as a multiple of what is expected; above 0, not 1: above for worse, below for better.
    pub ratio: f64,
    /// Alarm at this sum. By Lorden's inequality (1971) a calibrated book raises a false alarm once in exp(limit) months at
    /// most, on average.
    pub limit: f64,
}

/// A month of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// The sum after the month.
    pub sum: f64,
    /// Whether it reached the limit; the sum starts over then.
    pub alarm: bool,
}

impl Cusum {
    /// One false alarm in that many months at most, on average.
    #[must_use]
    pub fn once_in(months: f64, ratio: f64) -> Self {
        Self { ratio, limit: months.max(1.0).ln() }
    }

    /// Through months of (count, expected).
    #[must_use]
    pub fn run(self, months: &[(f64, f64)]) -> Vec<Level> {
        let mut sum = 0.0f64;
        months
            .iter()
            .map(|(count, expected)| {
                sum = (sum + count * self.ratio.ln() - expected * (self.ratio - 1.0)).max(0.0);
                let level = Level { sum, alarm: sum >= self.limit };
                if level.alarm {
                    sum = 0.0;
                }
                level
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::Counts;
    use proptest::prelude::*;

    #[test]
    fn the_number_of_losses_is_poisson_binomial() {
        // By hand: .5 and .2: (.5 x .8, .5 x .8 + .5 x .2, .5 x .2).
        for (found, wanted) in number_of(&[0.5, 0.2]).iter().zip([0.4, 0.5, 0.1]) {
            assert!((found - wanted).abs() < 1e-15);
        }
        // Equal probabilities: binomial (10, 0.2), P(X >= 5) = 0.0327934976.
        let masses = number_of(&[0.2; 10]);
        assert!((masses[5..].iter().sum::<f64>() - 0.032_793_497_6).abs() < 1e-12);
        let mut contracts = vec![(0.2, true); 5];
        contracts.extend(vec![(0.2, false); 5]);
        let found = Losses::of(&contracts);
        assert_eq!((found.contracts, found.realised), (10, 5));
        assert!((found.predicted - 2.0).abs() < 1e-12);
        assert!((found.p_value - 2.0 * 0.032_793_497_6).abs() < 1e-12);
        assert_eq!(Losses::of(&[]).p_value, 1.0);
    }

    /// Places of a cost that is 0 with probability `at_zero`, spread evenly over the rest.
    fn even(n: usize, at_zero: f64) -> Vec<Place> {
        let none = (at_zero * n as f64).round() as usize;
        let place = |i: usize| {
            if i < none {
                return Place { below: 0.0, up_to: at_zero, at_zero };
            }
            let at = at_zero + (1.0 - at_zero) * ((i - none) as f64 + 0.5) / (n - none) as f64;
            Place { below: at, up_to: at, at_zero }
        };
        (0..n).map(place).collect()
    }

    #[test]
    fn calibrated_costs_are_even_also_where_many_have_none() {
        for at_zero in [0.0, 0.3, 0.6] {
            let found = Calibration::of(&even(1000, at_zero));
            assert!(found.bars.iter().all(|bar| (bar - 1.0).abs() < 0.02), "{:?}", found.bars);
            assert!((found.mean - 0.5).abs() < 1e-9 && found.p_value.unwrap() > 0.99);
        }
        assert_eq!(Calibration::of(&even(9, 0.0)).p_value, None, "too few to test");
    }

    #[test]
    fn costs_above_what_was_predicted_are_found() {
        // All in the upper half: mean 3/4, z = (1/4) sqrt(12 x 12) = 3 for 12 contracts.
        let high: Vec<Place> = even(12, 0.0)
            .into_iter()
            .map(|p| Place { below: 0.5 + 0.5 * p.below, up_to: 0.5 + 0.5 * p.up_to, at_zero: 0.0 })
            .collect();
        let found = Calibration::of(&high);
        assert!((found.mean - 0.75).abs() < 1e-12);
        // Standard normal: P(|Z| > 3) = 0.0026997961.
        assert!((found.p_value.unwrap() - 0.002_699_796_1).abs() < 1e-9);
        assert_eq!(found.bars[..5].iter().sum::<f64>(), 0.0);
    }

    #[test]
    fn the_sum_goes_up_by_the_likelihood_ratio_and_not_below_nothing() {
        // ln 1.5 = 0.405465; with 4 expected 2 are taken off a month.
        let cusum = Cusum { ratio: 1.5, limit: 2.5 };
        let found = cusum.run(&[(4.0, 4.0), (8.0, 4.0), (2.0, 4.0), (9.0, 4.0), (4.0, 4.0)]);
        let wanted = [0.0, 1.243_721, 0.054_651, 1.703_837, 1.325_697];
        for (level, wanted) in found.iter().zip(wanted) {
            assert!((level.sum - wanted).abs() < 1e-6 && !level.alarm, "{level:?} {wanted}");
        }
        let found = cusum.run(&[(9.0, 4.0), (9.0, 4.0), (4.0, 4.0)]);
        assert!(found[1].alarm && (found[1].sum - 3.298_372).abs() < 1e-5, "{found:?}");
        assert_eq!(found[2], Level { sum: 0.0, alarm: false }, "it starts over");
        let better = Cusum { ratio: 0.5, limit: 2.0 }.run(&[(0.0, 3.0), (0.0, 3.0)]);
        assert!((better[0].sum - 1.5).abs() < 1e-12 && better[1].alarm);
    }

    /// Mean months until an alarm with Poisson counts of a mean where another is expected: the chain of Brook and Evans (1972)
    /// on cells of the sum, solved by iteration.
    fn mean_run(cusum: Cusum, expected: f64, mean: f64) -> f64 {
        const CELLS: usize = 100;
        let step = cusum.limit / CELLS as f64;
        let masses: Vec<f64> = Counts { mean, variance: mean }.masses().take(40).collect();
        let onward = |from: usize, count: usize| {
            let sum = from as f64 * step + count as f64 * cusum.ratio.ln();
            ((sum - expected * (cusum.ratio - 1.0)).max(0.0) / step).round() as usize
        };
        let mut runs = vec![1.0; CELLS];
        loop {
            let of = |cell: usize| {
                let steps = masses.iter().enumerate();
                let rest = steps.map(|(n, mass)| mass * runs.get(onward(cell, n)).unwrap_or(&0.0));
                1.0 + rest.sum::<f64>()
            };
            let next: Vec<f64> = (0..CELLS).map(of).collect();
            let still = next[0] - runs[0] < 1e-6 * runs[0];
            runs = next;
            if still {
                return runs[0];
            }
        }
    }

    #[test]
    fn false_alarms_are_rarer_than_lordens_bound_and_true_ones_come_sooner() {
        for expected in [1.0, 4.0] {
            let cusum = Cusum::once_in(60.0, 1.5);
            let calm = mean_run(cusum, expected, expected);
            let worse = mean_run(cusum, expected, 1.5 * expected);
            assert!(calm >= 60.0 && worse < 0.5 * calm, "{calm} {worse}");
        }
    }

    proptest! {
        #[test]
        fn masses_add_up_and_have_the_sum_of_the_probabilities_as_mean(
            probabilities in prop::collection::vec(0.0f64..=1.0, 0..40),
        ) {
            let masses = number_of(&probabilities);
            let mean: f64 = masses.iter().enumerate().map(|(k, mass)| k as f64 * mass).sum();
            prop_assert!((masses.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            prop_assert!((mean - probabilities.iter().sum::<f64>()).abs() < 1e-9);
        }

        #[test]
        fn bars_hold_every_contract_once(places in prop::collection::vec((0.0f64..=1.0, 0.0f64..=1.0), 1..30)) {
            let places: Vec<Place> = places
                .into_iter()
                .map(|(a, b)| Place { below: a.min(b), up_to: a.max(b), at_zero: 0.0 })
                .collect();
            let found = Calibration::of(&places);
            prop_assert!((found.bars.iter().sum::<f64>() - BARS as f64).abs() < 1e-9);
        }
    }
}
