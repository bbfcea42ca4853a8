//! Shares of many small groups, each drawn to the whole as much as its size leaves open (beta-binomial).

use super::Estimate;
use statrs::distribution::{Beta, ContinuousCDF};

/// What is known of a group's share before it is asked: a beta law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    /// First parameter: successes that the prior is worth.
    pub alpha: f64,
    /// Second parameter: failures that the prior is worth.
    pub beta: f64,
}

/// Answers that a prior is worth at most: groups that agree wholly would make it worth infinitely many.
const MOST: f64 = 1000.0;

/// The prior that mean and spread of the groups' raw shares give: Gelman et al., Bayesian Data Analysis, 2nd edition,
/// section 5.1. Below three groups, or without spread beyond what one law allows, the prior is the flat one with the
/// mean of all, worth two answers. `groups` are successes and trials; groups without trials do not count.
#[must_use]
pub fn prior(groups: &[(u32, u32)]) -> Prior {
    let asked: Vec<(f64, f64)> = groups
        .iter()
        .filter(|(k, n)| *n > 0 && k <= n)
        .map(|(k, n)| (f64::from(*k), f64::from(*n)))
        .collect();
    let (k, n) = asked.iter().fold((0.0, 0.0), |sum, group| (sum.0 + group.0, sum.1 + group.1));
    let whole = (k + 1.0) / (n + 2.0);
    let weak = Prior { alpha: 2.0 * whole, beta: 2.0 * (1.0 - whole) };
    if asked.len() < 3 {
        return weak;
    }
    let count = asked.len() as f64;
    let mean = asked.iter().map(|(k, n)| k / n).sum::<f64>() / count;
    let spread = asked.iter().map(|(k, n)| (k / n - mean).powi(2)).sum::<f64>() / (count - 1.0);
    if mean <= 0.0 || mean >= 1.0 {
        return weak;
    }
    let worth = if spread > 0.0 { mean * (1.0 - mean) / spread - 1.0 } else { MOST };
    if worth <= 0.0 {
        return weak;
    }
    let worth = worth.min(MOST);
    Prior { alpha: mean * worth, beta: (1.0 - mean) * worth }
}

/// A group's share after its answers, with the middle 95 % of its law. None if the group is not one.
#[must_use]
pub fn shrunk(prior: Prior, successes: u32, trials: u32) -> Option<Estimate> {
    let failures = trials.checked_sub(successes)?;
    let (alpha, beta) = (prior.alpha + f64::from(successes), prior.beta + f64::from(failures));
    let law = Beta::new(alpha, beta).ok()?;
    let (lower, upper) = (law.inverse_cdf(0.025), law.inverse_cdf(0.975));
    Some(Estimate { value: alpha / (alpha + beta), lower, upper })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Tumours and rats of the 70 historical experiments of Tarone (1982), Biometrics 38: 215-220, as given in
    /// Bayesian Data Analysis, table 5.1.
    const RATS: &[(u32, u32, usize)] = &[
        (0, 20, 7),
        (0, 19, 4),
        (0, 18, 2),
        (0, 17, 1),
        (1, 20, 4),
        (1, 19, 2),
        (1, 18, 2),
        (2, 25, 1),
        (2, 24, 1),
        (2, 23, 1),
        (2, 20, 6),
        (1, 10, 1),
        (5, 49, 1),
        (2, 19, 1),
        (5, 46, 1),
        (3, 27, 1),
        (2, 17, 1),
        (7, 49, 1),
        (7, 47, 1),
        (3, 20, 2),
        (2, 13, 1),
        (9, 48, 1),
        (10, 50, 1),
        (4, 20, 7),
        (10, 48, 1),
        (4, 19, 3),
        (5, 22, 1),
        (11, 46, 1),
        (12, 49, 1),
        (5, 20, 2),
        (6, 23, 1),
        (5, 19, 1),
        (6, 22, 1),
        (6, 20, 3),
        (16, 52, 1),
        (15, 47, 1),
        (15, 46, 1),
        (9, 24, 1),
    ];

    #[test]
    fn the_rats_of_tarone_give_the_prior_of_the_book() {
        let groups: Vec<(u32, u32)> =
            RATS.iter().flat_map(|(k, n, times)| vec![(*k, *n); *times]).collect();
        assert_eq!(groups.len(), 70);
        // The book: mean 0.136 and standard deviation 0.103 give Beta(1.4, 8.6); 4 of 14 then has mean 0.223.
        let found = prior(&groups);
        assert!((found.alpha - 1.4).abs() < 0.05 && (found.beta - 8.6).abs() < 0.06, "{found:?}");
        let current = shrunk(found, 4, 14).unwrap();
        assert!((current.value - 0.223).abs() < 1.5e-3, "{current:?}");
    }

    #[test]
    fn few_groups_and_groups_alike_are_no_trouble() {
        assert_eq!(prior(&[]), Prior { alpha: 1.0, beta: 1.0 });
        let alike = prior(&[(5, 10), (5, 10), (5, 10)]);
        assert!((alike.alpha - 500.0).abs() < 1e-9 && (alike.beta - 500.0).abs() < 1e-9);
        assert_eq!(shrunk(alike, 3, 2), None);
    }

    proptest! {
        #[test]
        fn a_group_ends_between_its_own_share_and_the_priors(k in 0u32..300, n in 1u32..300, a in 0.1f64..50.0, b in 0.1f64..50.0) {
            let k = k.min(n);
            let found = shrunk(Prior { alpha: a, beta: b }, k, n).unwrap();
            let (own, before) = (f64::from(k) / f64::from(n), a / (a + b));
            prop_assert!(found.value >= own.min(before) - 1e-9 && found.value <= own.max(before) + 1e-9);
            prop_assert!(found.lower <= found.upper && (0.0..=1.0).contains(&found.lower) && (0.0..=1.0).contains(&found.upper));
        }
    }
}
