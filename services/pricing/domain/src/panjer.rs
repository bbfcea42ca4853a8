//! Panjer's recursion: the second, independent way to a compound distribution.

/// How many events there are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Count {
    /// Poisson.
    Poisson {
        /// Expected number.
        mean: f64,
    },
    /// Negative binomial: a Poisson count whose mean is gamma distributed.
    NegativeBinomial {
        /// Expected number.
        mean: f64,
        /// Gamma shape, above 0.
        shape: f64,
    },
}

/// The probability of no cost underflows: the recursion cannot begin. The transform can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the probability of no cost is too small for a recursion")]
pub struct Underflow;

/// Masses of the compound distribution on as many cells as the severity has (Panjer 1981):
/// g_s = (1 / (1 - a f_0)) sum_j (a + b j / s) f_j g_{s-j}.
///
/// # Errors
/// [`Underflow`] beyond about 700 expected events.
pub fn panjer(count: Count, severity: &[f64]) -> Result<Vec<f64>, Underflow> {
    let zero = severity.first().copied().unwrap_or(1.0);
    let (a, b, start) = match count {
        Count::Poisson { mean } => (0.0, mean, (-mean * (1.0 - zero)).exp()),
        Count::NegativeBinomial { mean, shape } => {
            let ratio = mean / shape;
            let a = ratio / (1.0 + ratio);
            (a, (shape - 1.0) * a, (-shape * (ratio * (1.0 - zero)).ln_1p()).exp())
        }
    };
    if start < f64::MIN_POSITIVE {
        return Err(Underflow);
    }
    let mut total = vec![0.0; severity.len().max(1)];
    total[0] = start;
    for s in 1..total.len() {
        let sum: f64 =
            (1..=s).map(|j| (a + b * j as f64 / s as f64) * severity[j] * total[s - j]).sum();
        total[s] = sum / (1.0 - a * zero);
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_textbook_compound_poisson_has_its_masses() {
        // lambda 2, severity 1, 2, 3 with .5, .3, .2; Klugman, Panjer and Willmot, recomputed by hand convolution.
        let total = panjer(Count::Poisson { mean: 2.0 }, &[0.0, 0.5, 0.3, 0.2, 0.0, 0.0]).unwrap();
        let known = [0.135_335, 0.135_335, 0.148_869, 0.157_891, 0.124_734, 0.098_569];
        for (mass, expected) in total.iter().zip(known) {
            assert!((mass - expected).abs() < 5e-7, "{mass} {expected}");
        }
    }

    #[test]
    fn underflow_is_said_instead_of_zeros() {
        assert_eq!(panjer(Count::Poisson { mean: 800.0 }, &[0.0, 1.0]), Err(Underflow));
    }

    #[test]
    fn without_differences_the_negative_binomial_is_poisson() {
        let severity = [0.1, 0.4, 0.3, 0.2, 0.0, 0.0, 0.0, 0.0];
        let a = panjer(Count::Poisson { mean: 1.7 }, &severity).unwrap();
        let b = panjer(Count::NegativeBinomial { mean: 1.7, shape: 1e9 }, &severity).unwrap();
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-8));
    }
}
