//! A cost as it was seen: so many amounts, each with its probability.

use std::hash::{Hash, Hasher};

/// A discrete distribution of non-negative amounts.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Ascending.
    amounts: Vec<f64>,
    /// Probability of an amount not above each.
    cumulative: Vec<f64>,
    /// Mean of what is not above each: sum of amount x probability.
    partial: Vec<f64>,
    second: f64,
}

impl Sample {
    /// Of amounts with weights above 0; negative amounts count as 0. None without any, or with a number that is not finite.
    #[must_use]
    pub fn new(mut atoms: Vec<(f64, f64)>) -> Option<Self> {
        let total: f64 = atoms.iter().map(|(_, weight)| weight).sum();
        let sound = atoms.iter().all(|(amount, weight)| amount.is_finite() && *weight >= 0.0);
        if !sound || !total.is_finite() || total <= 0.0 {
            return None;
        }
        atoms.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut mass, mut mean, mut second) = (0.0, 0.0, 0.0);
        let mut made =
            Self { amounts: Vec::new(), cumulative: Vec::new(), partial: Vec::new(), second: 0.0 };
        for (amount, weight) in atoms {
            let amount = amount.max(0.0);
            mass += weight / total;
            mean += amount * weight / total;
            second += amount * amount * weight / total;
            made.amounts.push(amount);
            made.cumulative.push(mass);
            made.partial.push(mean);
        }
        made.second = second;
        Some(made)
    }

    /// The mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.partial.last().copied().unwrap_or(0.0)
    }

    /// The mean of the square.
    #[must_use]
    pub const fn second_moment(&self) -> f64 {
        self.second
    }

    /// How many of the amounts are not above one.
    fn up_to(&self, amount: f64) -> usize {
        self.amounts.partition_point(|own| *own <= amount)
    }

    /// Probability of an amount not above one.
    #[must_use]
    pub fn cumulative(&self, amount: f64) -> f64 {
        match self.up_to(amount) {
            0 => 0.0,
            n if n == self.amounts.len() => 1.0,
            n => self.cumulative[n - 1],
        }
    }

    /// The smallest amount that is not exceeded with at least that probability.
    #[must_use]
    pub fn quantile(&self, level: f64) -> f64 {
        // Sums of doubles end a few units in the last place off.
        let at = self.cumulative.partition_point(|own| *own < level - 1e-12);
        self.amounts.get(at).or(self.amounts.last()).copied().unwrap_or(0.0)
    }

    /// The mean of min(X, limit).
    #[must_use]
    pub fn limited(&self, limit: f64) -> f64 {
        match self.up_to(limit) {
            n if n == self.amounts.len() => self.mean(),
            0 => limit,
            n => self.partial[n - 1] + limit * (1.0 - self.cumulative[n - 1]),
        }
    }

    fn bits(&self) -> impl Iterator<Item = u64> {
        self.amounts.iter().chain(&self.cumulative).map(|value| value.to_bits())
    }
}

impl PartialEq for Sample {
    fn eq(&self, other: &Self) -> bool {
        self.bits().eq(other.bits())
    }
}

impl Eq for Sample {}

impl Hash for Sample {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bits().for_each(|bits| bits.hash(state));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_sample_has_its_known_values() {
        // 1, 2, 2, 5, each as likely: mean 2.5, E[min(X, 3)] = (1 + 2 + 2 + 3) / 4.
        let sample = Sample::new([2.0, 5.0, 1.0, 2.0].map(|x| (x, 1.0)).to_vec()).unwrap();
        assert_eq!((sample.mean(), sample.second_moment()), (2.5, 8.5));
        assert_eq!(sample.limited(3.0), 2.0);
        assert_eq!([0.5, 2.0, 4.9, 5.0].map(|x| sample.cumulative(x)), [0.0, 0.75, 0.75, 1.0]);
        assert_eq!(
            [0.1, 0.25, 0.5, 0.75, 0.76].map(|p| sample.quantile(p)),
            [1.0, 1.0, 2.0, 2.0, 5.0]
        );
        assert!(Sample::new(Vec::new()).is_none() && Sample::new(vec![(f64::NAN, 1.0)]).is_none());
    }

    proptest! {
        #[test]
        fn layers_add_up(amounts in prop::collection::vec(0.0_f64..100.0, 1..20), low in 0.0_f64..80.0, more in 0.0_f64..80.0) {
            let sample = Sample::new(amounts.iter().map(|x| (*x, 1.0)).collect()).unwrap();
            let plain = |limit: f64| amounts.iter().map(|x| x.min(limit)).sum::<f64>() / amounts.len() as f64;
            for limit in [low, low + more] {
                prop_assert!((sample.limited(limit) - plain(limit)).abs() < 1e-9);
            }
        }
    }
}
