//! Gauss's rule for a gamma distribution: a mean over it as a weighted sum of few values.

/// Sweeps within which an eigenvalue is found; three are the rule.
const MOST_SWEEPS: usize = 200;

/// Values and weights of a rule for a gamma distribution of that shape (above 0) and mean 1, by value: the mean of f is the sum
/// of weight x f(value), exactly for polynomials of degree 2 `nodes` - 1 (generalised Gauss and Laguerre; eigenvalues of the
/// Jacobi matrix, Golub and Welsch 1969, by implicit QL with its shifts).
#[must_use]
pub fn gamma_rule(shape: f64, nodes: usize) -> Vec<(f64, f64)> {
    let mut rule = Jacobi {
        diagonal: (0..nodes).map(|i| 2.0 * i as f64 + shape).collect(),
        beside: (1..=nodes)
            .map(|i| if i < nodes { (i as f64 * (i as f64 + shape - 1.0)).sqrt() } else { 0.0 })
            .collect(),
        first: (0..nodes).map(|i| f64::from(u8::from(i == 0))).collect(),
    };
    for eigenvalue in 0..nodes {
        for _ in 0..MOST_SWEEPS {
            let end = rule.block(eigenvalue);
            if end == eigenvalue {
                break;
            }
            rule.sweep(eigenvalue, end);
        }
    }
    let pairs = rule.diagonal.iter().zip(&rule.first);
    let mut found: Vec<(f64, f64)> = pairs.map(|(x, v)| (x / shape, v * v)).collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found
}

/// A symmetric tridiagonal matrix, and the first components of its eigenvectors.
struct Jacobi {
    diagonal: Vec<f64>,
    beside: Vec<f64>,
    first: Vec<f64>,
}

impl Jacobi {
    /// The last index of the block that begins at `from` and is not split yet.
    fn block(&self, from: usize) -> usize {
        let split = |m: &usize| {
            let size = self.diagonal[*m].abs() + self.diagonal[*m + 1].abs();
            self.beside[*m].abs() <= f64::EPSILON * size
        };
        let last = self.diagonal.len() - 1;
        (from..last).find(split).unwrap_or(last)
    }

    /// One implicit QL step over a block.
    fn sweep(&mut self, from: usize, end: usize) {
        let (d, e, z) = (&mut self.diagonal, &mut self.beside, &mut self.first);
        // hypot of the platform may differ in its last bit; squares and a root do not.
        let length = |a: f64, b: f64| (a * a + b * b).sqrt();
        let shift = (d[from + 1] - d[from]) / (2.0 * e[from]);
        let mut g = d[end] - d[from] + e[from] / (shift + length(shift, 1.0).copysign(shift));
        let (mut sine, mut cosine, mut p) = (1.0, 1.0, 0.0);
        for i in (from..end).rev() {
            let (f, b) = (sine * e[i], cosine * e[i]);
            let r = length(f, g);
            e[i + 1] = r;
            if r == 0.0 {
                d[i + 1] -= p;
                e[end] = 0.0;
                return;
            }
            (sine, cosine) = (f / r, g / r);
            g = d[i + 1] - p;
            let turned = (d[i] - g) * sine + 2.0 * cosine * b;
            p = sine * turned;
            d[i + 1] = g + p;
            g = cosine * turned - b;
            let above = z[i + 1];
            z[i + 1] = sine * z[i] + cosine * above;
            z[i] = cosine * z[i] - sine * above;
        }
        d[from] -= p;
        e[from] = g;
        e[end] = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::function::gamma::ln_gamma;

    #[test]
    fn a_known_rule_comes_out() {
        // Gauss and Laguerre with two nodes (Abramowitz and Stegun, table 25.9): 2 - sqrt 2 and 2 + sqrt 2.
        let [low, high] = gamma_rule(1.0, 2)[..] else { panic!() };
        assert!(
            (low.0 - 0.585_786_437_627).abs() < 1e-12 && (low.1 - 0.853_553_390_593).abs() < 1e-12
        );
        assert!(
            (high.0 - 3.414_213_562_373).abs() < 1e-12
                && (high.1 - 0.146_446_609_407).abs() < 1e-12
        );
    }

    #[test]
    fn moments_of_the_gamma_distribution_are_exact() {
        for shape in [0.25, 1.0, 3.7, 400.0] {
            let rule = gamma_rule(shape, 24);
            let mut known = 1.0;
            for power in 0..8 {
                let found: f64 = rule.iter().map(|(z, w)| w * z.powi(power)).sum();
                assert!((found / known - 1.0).abs() < 1e-10, "{shape} {power} {found} {known}");
                known *= (shape + f64::from(power)) / shape;
            }
        }
    }

    #[test]
    fn poisson_counts_mixed_over_it_are_negative_binomial() {
        for (mean, shape) in [(2.0_f64, 2.0_f64), (1.0, 0.25), (30.0, 12.0), (10.0, 2.0)] {
            let rule = gamma_rule(shape, 48);
            for n in 0..80 {
                let n = f64::from(n);
                let poisson = |m: f64| (n * m.ln() - m - ln_gamma(n + 1.0)).exp();
                let mixed: f64 = rule.iter().map(|(z, w)| w * poisson(mean * z)).sum();
                let known = (ln_gamma(n + shape) - ln_gamma(shape) - ln_gamma(n + 1.0)
                    + shape * (shape / (shape + mean)).ln()
                    + n * (mean / (shape + mean)).ln())
                .exp();
                assert!((mixed - known).abs() < 1e-7, "{mean} {shape} {n} {mixed} {known}");
            }
        }
    }
}
