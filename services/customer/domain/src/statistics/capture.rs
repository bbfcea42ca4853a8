//! How many there are of whom only some are seen: two lists, and the share that speaks up.

use super::{Estimate, wilson, z95};

/// How many there are, from two independent lists of the same population: Chapman (1951), University of California
/// Publications in Statistics 1: 131-160, with the variance of Seber (1970), Biometrika 57: 313-315. The lower end of
/// the 95 % interval is never below those seen. None if more are on both than on one.
#[must_use]
pub fn chapman(first: u32, second: u32, both: u32) -> Option<Estimate> {
    if both > first.min(second) {
        return None;
    }
    let (n1, n2, m) = (f64::from(first), f64::from(second), f64::from(both));
    let value = (n1 + 1.0) * (n2 + 1.0) / (m + 1.0) - 1.0;
    let variance = (n1 + 1.0) * (n2 + 1.0) * (n1 - m) * (n2 - m) / ((m + 1.0).powi(2) * (m + 2.0));
    let half = z95() * variance.sqrt();
    let seen = n1 + n2 - m;
    Some(Estimate { value, lower: (value - half).max(seen), upper: value + half })
}

/// How many are dissatisfied, from those who complained and the share of the dissatisfied who complain, which was
/// measured on `asked` of whom `spoke`. None if nobody of the asked spoke: then there is no upper end either.
#[must_use]
pub fn propensity(complained: u32, spoke: u32, asked: u32) -> Option<Estimate> {
    let share = wilson(spoke, asked).filter(|share| share.value > 0.0)?;
    let count = f64::from(complained);
    Some(Estimate {
        value: count / share.value,
        lower: count / share.upper,
        upper: count / share.lower,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn chapman_matches_published_examples() {
        // First 346, second 184, both 49: N = 1283 (Ogle, FSA for R, documentation of mrClosed).
        assert!((chapman(346, 184, 49).unwrap().value - 1282.9).abs() < 0.05);
        // Ten turtles marked, fifteen caught, five of them marked: 28 (the usual textbook example).
        let turtles = chapman(10, 15, 5).unwrap();
        assert!((turtles.value - 28.333).abs() < 1e-3);
        // Variance 11 x 16 x 5 x 10 / (36 x 7) = 34.92; the lower end stops at the 20 seen.
        assert!((turtles.upper - (28.333 + 1.96 * 34.92_f64.sqrt())).abs() < 1e-2);
        assert!((turtles.lower - 20.0).abs() < 1e-12);
        assert_eq!(chapman(3, 5, 4), None);
    }

    #[test]
    fn propensity_divides_by_the_measured_share() {
        let found = propensity(30, 20, 100).unwrap();
        assert!((found.value - 150.0).abs() < 1e-9);
        assert!(found.lower < found.value && found.value < found.upper);
        assert_eq!(propensity(30, 0, 100), None);
    }

    proptest! {
        #[test]
        fn there_are_never_fewer_than_were_seen(a in 0u32..1000, b in 0u32..1000, both in 0u32..1000) {
            let both = both.min(a).min(b);
            let found = chapman(a, b, both).unwrap();
            let seen = f64::from(a + b - both);
            prop_assert!(found.value >= seen - 1e-9 && found.lower >= seen - 1e-9 && found.upper >= found.lower - 1e-9);
            // Full overlap of equal lists: all are seen.
            prop_assert!((chapman(a, a, a).unwrap().value - f64::from(a)).abs() < 1e-9);
        }
    }
}
