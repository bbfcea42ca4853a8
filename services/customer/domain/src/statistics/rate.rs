//! Events over time: mean time between failures with censored machines, and control limits of rates.

use super::Estimate;
use statrs::distribution::{ChiSquared, ContinuousCDF, DiscreteCDF, Poisson};

/// Mean time between `failures` in `total` time of all machines together, in the unit of `total`: the time of
/// machines that did not fail, and the time since the last failure of those that did, counts as much as any other
/// (right-censoring). The 95 % interval is that of a constant rate watched for a fixed time: NIST/SEMATECH e-Handbook
/// of Statistical Methods, 8.4.5.1. Without a failure there is no mean and no upper end, only the lower end of a
/// one-sided 95 % interval, `total / -ln 0.05`. None without time.
#[must_use]
pub fn mean_time_between(failures: u32, total: f64) -> Option<(Option<f64>, f64, Option<f64>)> {
    if !(total > 0.0 && total.is_finite()) {
        return None;
    }
    if failures == 0 {
        return Some((None, total / -(0.05_f64.ln()), None));
    }
    let count = f64::from(failures);
    let lower = ChiSquared::new(2.0 * count + 2.0).ok()?.inverse_cdf(0.975);
    let upper = ChiSquared::new(2.0 * count).ok()?.inverse_cdf(0.025);
    Some((Some(total / count), 2.0 * total / lower, Some(2.0 * total / upper)))
}

/// Centre and three-sigma limits of a u-chart at an exposure: Montgomery, Introduction to Statistical Quality
/// Control, chapter on control charts for nonconformities. None without exposure.
#[must_use]
pub fn u_limits(centre: f64, exposure: f64) -> Option<Estimate> {
    if !(exposure > 0.0 && centre >= 0.0 && centre.is_finite() && exposure.is_finite()) {
        return None;
    }
    let half = 3.0 * (centre / exposure).sqrt();
    Some(Estimate { value: centre, lower: (centre - half).max(0.0), upper: centre + half })
}

/// The probability of `count` events or more where `expected` are expected (Poisson).
#[must_use]
pub fn poisson_upper_tail(count: u64, expected: f64) -> f64 {
    if count == 0 {
        return 1.0;
    }
    Poisson::new(expected).map_or(0.0, |law| law.sf(count - 1))
}

/// The largest count that is no surprise: one more has a probability of at most `alarm`.
#[must_use]
pub fn poisson_upper_count(expected: f64, alarm: f64) -> u64 {
    if !(expected > 0.0 && expected.is_finite()) {
        return 0;
    }
    // Twelve sigma and a dozen beyond the mean is past every quantile that an alarm above 1e-12 can ask for.
    let (mut low, mut high) = (0, (expected + 12.0 * expected.sqrt()) as u64 + 12);
    while low < high {
        let middle = low + (high - low) / 2;
        if poisson_upper_tail(middle + 1, expected) <= alarm {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn censored_time_counts_as_in_the_leukaemia_trial() {
        // Freireich et al. (1963), Blood 21: 699-716, the 6-MP arm: 9 relapses in 21 patients, + for censored.
        let weeks = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35];
        let total: i32 = weeks.iter().sum();
        let (mean, lower, upper) = mean_time_between(9, f64::from(total)).unwrap();
        assert_eq!(total, 359);
        // The rate 9/359 = 0.0251 a week is given by Collett, Modelling Survival Data in Medical Research.
        assert!((1.0 / mean.unwrap() - 0.025_07).abs() < 1e-5);
        assert!(lower < mean.unwrap() && mean.unwrap() < upper.unwrap());
    }

    #[test]
    fn the_interval_is_that_of_the_chi_square_tables() {
        // Chi-square tables: 0.975 point at 6 degrees 14.449, 0.025 point at 4 degrees 0.484 (NIST, 1.3.6.7.4).
        let (mean, lower, upper) = mean_time_between(2, 800.0).unwrap();
        assert_eq!(mean, Some(400.0));
        assert!(
            (lower - 1600.0 / 14.449).abs() < 0.01
                && (upper.unwrap() - 1600.0 / 0.4844).abs() < 1.0
        );
        // No failure: NIST 8.4.5.1, T / -ln(alpha).
        let (mean, lower, upper) = mean_time_between(0, 800.0).unwrap();
        assert_eq!((mean, upper), (None, None));
        assert!((lower - 267.05).abs() < 0.01);
        assert_eq!(mean_time_between(3, 0.0), None);
    }

    #[test]
    fn limits_of_the_fibreglass_baths() {
        // u-chart of fibreglass baths, figure 17-2-1: 300 blemishes on 1,982 baths of 25 days.
        let centre = 300.0 / 1982.0;
        for (baths, lower, upper) in
            [(87.0, 0.026, 0.276), (64.0, 0.005, 0.297), (98.0, 0.033, 0.269), (73.0, 0.015, 0.287)]
        {
            let found = u_limits(centre, baths).unwrap();
            assert!((found.lower - lower).abs() < 1e-3 && (found.upper - upper).abs() < 1e-3);
        }
    }

    #[test]
    fn poisson_tails_are_those_of_the_tables() {
        // Poisson tables: P(X <= 2 | 1) = 0.9197, P(X <= 5 | 3) = 0.9161.
        assert!((poisson_upper_tail(3, 1.0) - 0.0803).abs() < 1e-4);
        assert!((poisson_upper_tail(6, 3.0) - 0.0839).abs() < 1e-4);
        // P(X >= 6 | 1) = 0.000594 and P(X >= 5 | 1) = 0.00366.
        assert_eq!(poisson_upper_count(1.0, 0.00135), 5);
        assert_eq!(poisson_upper_count(0.0, 0.00135), 0);
    }

    proptest! {
        #[test]
        fn one_more_than_the_upper_count_is_the_first_surprise(expected in 0.001f64..500.0) {
            let count = poisson_upper_count(expected, 0.00135);
            prop_assert!(poisson_upper_tail(count + 1, expected) <= 0.00135);
            prop_assert!(count == 0 || poisson_upper_tail(count, expected) > 0.00135);
        }

        #[test]
        fn more_time_without_failures_is_a_longer_mean(failures in 0u32..200, time in 1.0f64..1e6) {
            let (_, short, _) = mean_time_between(failures, time).unwrap();
            let (_, long, _) = mean_time_between(failures, time * 2.0).unwrap();
            prop_assert!(long > short);
        }
    }
}
