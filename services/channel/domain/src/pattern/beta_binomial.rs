//! The beta-binomial distribution (Skellam 1948): a binomial whose share is beta distributed.

use statrs::function::gamma::ln_gamma;

/// Successes among `n` whose share is Beta(`alpha`, `beta`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetaBinomial {
    n: u64,
    alpha: f64,
    beta: f64,
}

impl BetaBinomial {
    /// Shapes that are not positive and finite count as the smallest positive ones.
    #[must_use]
    pub fn new(n: u64, alpha: f64, beta: f64) -> Self {
        let sound = |shape: f64| if shape.is_finite() { shape.max(1e-9) } else { 1e-9 };
        Self { n, alpha: sound(alpha), beta: sound(beta) }
    }

    /// Natural logarithm of the chance of exactly `x`; negative infinity beyond `n`.
    #[must_use]
    pub fn ln_pmf(&self, x: u64) -> f64 {
        if x > self.n {
            return f64::NEG_INFINITY;
        }
        let (n, x) = (float(self.n), float(x));
        ln_choose(n, x) + ln_beta(x + self.alpha, n - x + self.beta)
            - ln_beta(self.alpha, self.beta)
    }

    /// Chance of `x` or more.
    #[must_use]
    pub fn upper_tail(&self, x: u64) -> f64 {
        if x == 0 {
            return 1.0;
        }
        if x > self.n {
            return 0.0;
        }
        let mean = float(self.n) * self.alpha / (self.alpha + self.beta);
        // From the side on which the mass is less, so that a small tail is not lost in a difference.
        let tail = if float(x) > mean { self.above(x) } else { 1.0 - self.below(x - 1) };
        tail.clamp(0.0, 1.0)
    }

    /// Chance of `x` or more, summed upwards in units of the first term.
    fn above(&self, x: u64) -> f64 {
        let n = float(self.n);
        let (mut term, mut sum) = (1.0, 1.0);
        for k in x..self.n {
            let k = float(k);
            term *= (n - k) * (k + self.alpha) / ((k + 1.0) * (n - k - 1.0 + self.beta));
            sum += term;
        }
        self.ln_pmf(x).exp() * sum
    }

    /// Chance of `x` or less, summed downwards in units of the first term.
    fn below(&self, x: u64) -> f64 {
        let n = float(self.n);
        let (mut term, mut sum) = (1.0, 1.0);
        for k in (1..=x).rev() {
            let k = float(k);
            term *= k * (n - k + self.beta) / ((n - k + 1.0) * (k - 1.0 + self.alpha));
            sum += term;
        }
        self.ln_pmf(x).exp() * sum
    }
}

pub(crate) fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

fn ln_choose(n: f64, x: f64) -> f64 {
    ln_gamma(n + 1.0) - ln_gamma(x + 1.0) - ln_gamma(n - x + 1.0)
}

#[expect(clippy::cast_precision_loss, reason = "counts of units stay far below 2^53")]
const fn float(units: u64) -> f64 {
    units as f64
}
