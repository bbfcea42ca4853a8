//! Control of the false-discovery rate (Benjamini and Hochberg 1995, Journal of the Royal Statistical Society B 57:289-300).

/// Indices of the hypotheses rejected at the rate, in the order given.
#[must_use]
pub fn signals(p_values: &[f64], rate: f64) -> Vec<usize> {
    adjusted(p_values).into_iter().enumerate().filter(|(_, q)| *q <= rate).map(|(i, _)| i).collect()
}

/// Adjusted p-values: the smallest rate at which each is rejected.
#[must_use]
pub fn adjusted(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    let p = |i: usize| p_values.get(i).copied().unwrap_or(1.0);
    order.sort_by(|a, b| p(*a).total_cmp(&p(*b)));
    let total = order.len();
    let mut result = vec![1.0; total];
    let mut least: f64 = 1.0;
    for (rank, i) in order.into_iter().enumerate().rev() {
        #[expect(clippy::cast_precision_loss, reason = "numbers of cells stay far below 2^53")]
        let scaled = p(i) * total as f64 / (rank + 1) as f64;
        least = least.min(scaled);
        if let Some(slot) = result.get_mut(i) {
            *slot = least;
        }
    }
    result
}
