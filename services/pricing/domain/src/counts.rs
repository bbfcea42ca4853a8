//! Counts of failures or pieces: Poisson, or negative binomial where they spread wider.

/// A count by its mean and variance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counts {
    /// Mean; at least 0.
    pub mean: f64,
    /// Variance; below the mean it counts as the mean.
    pub variance: f64,
}

/// Count above which no quantile is looked for.
const MOST: u32 = 10_000_000;

impl Counts {
    /// Probabilities of 0, 1, 2, ...
    #[must_use]
    pub fn masses(self) -> Masses {
        let Self { mean, variance } = self;
        // Negative binomial with shape r and odds b: mean r b, variance r b (1 + b).
        let odds = if mean > 0.0 { (variance / mean - 1.0).max(0.0) } else { 0.0 };
        if odds < 1e-9 {
            return Masses { next: 0, log: -mean, mean, odds: 0.0, shape: 0.0 };
        }
        let shape = mean / odds;
        Masses { next: 0, log: -shape * odds.ln_1p(), mean, odds, shape }
    }

    /// The smallest count that is not exceeded with at least this probability, 0 < level < 1.
    #[must_use]
    pub fn quantile(self, level: f64) -> u32 {
        let mut below = 0.0;
        let found = (0..MOST).zip(self.masses()).find(|(_, mass)| {
            below += mass;
            below >= level
        });
        found.map_or(MOST, |(count, _)| count)
    }
}

/// Walks a distribution, in logarithms so that a large mean does not underflow.
#[derive(Debug, Clone, Copy)]
pub struct Masses {
    next: u32,
    log: f64,
    mean: f64,
    odds: f64,
    shape: f64,
}

impl Iterator for Masses {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        let mass = self.log.exp();
        self.next += 1;
        let n = f64::from(self.next);
        let ratio = if self.odds > 0.0 {
            (self.shape + n - 1.0) / n * self.odds / (1.0 + self.odds)
        } else {
            self.mean / n
        };
        self.log += ratio.ln();
        Some(mass)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masses_are_those_of_the_distributions() {
        let poisson: Vec<f64> = Counts { mean: 2.0, variance: 2.0 }.masses().take(4).collect();
        for (mass, known) in poisson.iter().zip([0.135_335, 0.270_671, 0.270_671, 0.180_447]) {
            assert!((mass - known).abs() < 1e-6);
        }
        // Shape 2, odds 1: 1/4, 1/4, 3/16, 1/8.
        let wide: Vec<f64> = Counts { mean: 2.0, variance: 4.0 }.masses().take(4).collect();
        for (mass, known) in wide.iter().zip([0.25, 0.25, 0.1875, 0.125]) {
            assert!((mass - known).abs() < 1e-12);
        }
    }

    #[test]
    fn quantiles_bracket_the_mean_also_where_a_plain_product_underflows() {
        let none = Counts { mean: 0.0, variance: 0.0 };
        assert_eq!((none.quantile(0.001), none.quantile(0.999)), (0, 0));
        // Poisson 10: P(N <= 2) = 0.00277, P(N <= 21) = 0.99930, P(N <= 20) = 0.99841.
        let ten = Counts { mean: 10.0, variance: 10.0 };
        assert_eq!((ten.quantile(0.001), ten.quantile(0.999)), (2, 21));
        let large = Counts { mean: 5000.0, variance: 5000.0 };
        assert!((4770..4795).contains(&large.quantile(0.001)));
        assert!((5205..5230).contains(&large.quantile(0.999)));
    }
}
