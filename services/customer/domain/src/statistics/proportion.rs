//! Shares of a sample.

use super::{Estimate, z95};

/// A share with the score interval of Wilson (1927), JASA 22: 209-212, at 95 %; none without a sample, or with more
/// successes than trials.
#[must_use]
pub fn wilson(successes: u32, trials: u32) -> Option<Estimate> {
    if trials == 0 || successes > trials {
        return None;
    }
    let (n, z) = (f64::from(trials), z95());
    let share = f64::from(successes) / n;
    let z2 = z * z;
    let centre = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = z / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    // At the ends the interval touches them exactly; rounding must not push it past.
    let lower = if successes == 0 { 0.0 } else { (centre - half).max(0.0) };
    let upper = if successes == trials { 1.0 } else { (centre + half).min(1.0) };
    Some(Estimate { value: share, lower, upper })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wilson_matches_newcombe() {
        // Newcombe (1998), Statistics in Medicine 17: 857-872, table I, method 3.
        for (successes, trials, lower, upper) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let found = wilson(successes, trials).unwrap();
            assert!((found.lower - lower).abs() < 5e-5, "{successes}/{trials}: {found:?}");
            assert!((found.upper - upper).abs() < 5e-5, "{successes}/{trials}: {found:?}");
        }
        assert_eq!((wilson(0, 0), wilson(2, 1)), (None, None));
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_share_and_narrows_with_the_sample(n in 1u32..5000, k in 0u32..5000) {
            let k = k.min(n);
            let one = wilson(k, n).unwrap();
            prop_assert!(0.0 <= one.lower && one.lower <= one.value && one.value <= one.upper && one.upper <= 1.0);
            let ten = wilson(k * 10, n * 10).unwrap();
            prop_assert!(ten.upper - ten.lower < one.upper - one.lower);
            // Successes and failures are each other's mirror.
            let mirror = wilson(n - k, n).unwrap();
            prop_assert!((mirror.lower - (1.0 - one.upper)).abs() < 1e-9);
        }
    }
}
