//! Is there a trend, and does the power law fit: Laplace, MIL-HDBK-189 and Cramer-von Mises.

use crate::power_law::Machine;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, ContinuousCDF, Normal};

/// A test's outcome.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// The statistic.
    pub statistic: f64,
    /// Probability of a statistic at least as extreme under the null hypothesis, two-sided for the trend tests.
    pub p_value: f64,
    /// Degrees of freedom; 0 for tests that have none.
    pub degrees_of_freedom: usize,
}

/// Laplace's trend test against a constant intensity, conditional on each machine's count; positive means failures come
/// faster with age. None without failures.
#[must_use]
pub fn laplace(machines: &[Machine]) -> Option<Test> {
    let (mut excess, mut variance) = (0.0, 0.0);
    for machine in machines {
        let n = machine.failures.len() as f64;
        excess += machine.failures.iter().sum::<f64>() - n * 0.5 * (machine.entry + machine.exit);
        variance += n * (machine.exit - machine.entry).powi(2) / 12.0;
    }
    let statistic = (variance > 0.0).then(|| excess / variance.sqrt())?;
    let upper = Normal::standard().sf(statistic.abs());
    Some(Test { statistic, p_value: (2.0 * upper).min(1.0), degrees_of_freedom: 0 })
}

/// MIL-HDBK-189 trend test: 2 sum ln((T - S)/(t - S)) is chi-square with 2n degrees of freedom under a constant
/// intensity; large values mean improvement. None without failures.
#[must_use]
pub fn mil_hdbk_189(machines: &[Machine]) -> Option<Test> {
    let mut statistic = 0.0;
    let mut count = 0;
    for machine in machines {
        for age in &machine.failures {
            statistic += 2.0 * ((machine.exit - machine.entry) / (age - machine.entry)).ln();
            count += 1;
        }
    }
    let law = ChiSquared::new(2.0 * count as f64).ok().filter(|_| count > 0)?;
    let tail = law.sf(statistic).min(law.cdf(statistic));
    Some(Test { statistic, p_value: (2.0 * tail).min(1.0), degrees_of_freedom: 2 * count })
}

/// Points of the Cramer-von Mises statistic with an estimated shape, for large samples (Crow 1974; MIL-HDBK-189).
const CRAMER_VON_MISES_POINTS: [(f64, f64); 4] =
    [(0.133, 0.20), (0.173, 0.10), (0.22, 0.05), (0.33, 0.01)];

/// Beyond it the power law is rejected at 5 %.
pub const CRAMER_VON_MISES_LIMIT: f64 = 0.22;

/// Cramer-von Mises goodness of fit of the power law: failures, transformed by the law with the unbiased shape within
/// each machine's window, against the uniform distribution. The shape is the one conditional on each machine's count, to
/// which the points belong. The p-value is interpolated and approximate. None without two failures.
#[must_use]
pub fn cramer_von_mises(machines: &[Machine]) -> Option<Test> {
    let n = machines.iter().map(|m| m.failures.len()).sum::<usize>();
    if n < 2 {
        return None;
    }
    let shape = conditional_shape(machines)? * (n as f64 - 1.0) / n as f64;
    let mut uniform: Vec<f64> = machines
        .iter()
        .flat_map(|m| {
            let (from, to) = (m.entry.powf(shape), m.exit.powf(shape));
            m.failures.iter().map(move |age| (age.powf(shape) - from) / (to - from))
        })
        .collect();
    uniform.sort_by(f64::total_cmp);
    let m = n as f64;
    let squares: f64 = uniform
        .iter()
        .enumerate()
        .map(|(j, u)| (u - (2.0 * j as f64 + 1.0) / (2.0 * m)).powi(2))
        .sum();
    let statistic = 1.0 / (12.0 * m) + squares;
    Some(Test { statistic, p_value: interpolate(statistic), degrees_of_freedom: 0 })
}

/// The shape that makes the failures within each machine's window likeliest given their number: n / sum ln(T/t) where every
/// machine is seen from new (MIL-HDBK-189), by bisection of the falling score otherwise.
fn conditional_shape(machines: &[Machine]) -> Option<f64> {
    let score = |shape: f64| -> f64 {
        let of_machine = |m: &Machine| -> f64 {
            let start = m.entry / m.exit;
            let power = start.powf(shape);
            let seen_late = if start > 0.0 { power * start.ln() / (1.0 - power) } else { 0.0 };
            m.failures.iter().map(|age| 1.0 / shape + (age / m.exit).ln() + seen_late).sum()
        };
        machines.iter().map(of_machine).sum()
    };
    let (mut low, mut high) = (1e-4, 1e3);
    if !(score(low) > 0.0 && score(high) < 0.0) {
        return None;
    }
    // Geometric halving: 60 steps leave nothing of seven decades.
    for _ in 0..60 {
        let middle = (low * high).sqrt();
        if score(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(0.5 * (low + high))
}

fn interpolate(statistic: f64) -> f64 {
    let points = CRAMER_VON_MISES_POINTS;
    let pair = points.windows(2).find(|pair| statistic <= pair[1].0).unwrap_or(&points[2..]);
    let slope = (pair[1].1.ln() - pair[0].1.ln()) / (pair[1].0 - pair[0].0);
    (pair[0].1.ln() + slope * (statistic - pair[0].0)).exp().min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nist_system_improves() {
        // NIST/SEMATECH e-Handbook 8.2.2.3 data; statistics recomputed from their definitions.
        let failures = vec![5.0, 40.0, 43.0, 175.0, 389.0, 712.0, 747.0, 795.0, 1299.0, 1478.0];
        let machines = [Machine::new(0.0, 1500.0, failures)];
        assert!((laplace(&machines).unwrap().statistic + 1.326_949_2).abs() < 1e-7);
        let chi = mil_hdbk_189(&machines).unwrap();
        assert!((chi.statistic - 37.228_081_5).abs() < 1e-6);
        assert_eq!(chi.degrees_of_freedom, 20);
        assert!((chi.p_value - 2.0 * 0.010_986_4).abs() < 1e-6);
        let fitness = cramer_von_mises(&machines).unwrap();
        assert!(fitness.statistic < CRAMER_VON_MISES_LIMIT && fitness.p_value > 0.05);
    }

    #[test]
    fn the_shape_of_the_test_is_the_handbooks() {
        // MIL-HDBK-189: with every system seen from new the conditional estimate is n / sum ln(T/t), here 10 / 18.6140407.
        let failures = vec![5.0, 40.0, 43.0, 175.0, 389.0, 712.0, 747.0, 795.0, 1299.0, 1478.0];
        let shape = conditional_shape(&[Machine::new(0.0, 1500.0, failures)]).unwrap();
        assert!((shape - 0.537_229_4).abs() < 1e-6, "{shape}");
        // Uniform in x^2 between 1 and 2: the score at 2 is that of the expected logarithm.
        let ages = (0..2000).map(|i| (1.0 + 3.0 * (f64::from(i) + 0.5) / 2000.0).sqrt()).collect();
        let shape = conditional_shape(&[Machine::new(1.0, 2.0, ages)]).unwrap();
        assert!((shape - 2.0).abs() < 1e-3, "{shape}");
    }

    #[test]
    fn a_process_that_is_no_power_law_is_found_out() {
        let failures = (0..40).map(|i| 5.0 + 0.01 * f64::from(i)).collect();
        let machines = [Machine::new(0.0, 10.0, failures)];
        let fitness = cramer_von_mises(&machines).unwrap();
        assert!(fitness.statistic > CRAMER_VON_MISES_LIMIT && fitness.p_value < 0.05);
    }
}
