//! Scores of surveys: net promoters, and the gap between what is and what should be.

use super::{Estimate, z95};

/// The net promoter score of answers 0 to 10, between -1 and 1: the share of 9 and 10 less the share of 0 to 6
/// (Reichheld 2003, Harvard Business Review 81). The 95 % interval is the adjusted Wald interval that Rocks (2016), The
/// American Statistician 70: 365-372, found to cover best: three quarters of an answer more on each end of the scale,
/// one and a half in the middle. None without an answer.
#[must_use]
pub fn net_promoter(promoters: u32, passives: u32, detractors: u32) -> Option<Estimate> {
    let n = f64::from(promoters) + f64::from(passives) + f64::from(detractors);
    if n == 0.0 {
        return None;
    }
    let value = (f64::from(promoters) - f64::from(detractors)) / n;
    let adjusted = n + 3.0;
    let up = (f64::from(promoters) + 0.75) / adjusted;
    let down = (f64::from(detractors) + 0.75) / adjusted;
    let centre = up - down;
    let half = z95() * ((up + down - centre * centre) / adjusted).sqrt();
    let (lower, upper) = ((centre - half).max(-1.0), (centre + half).min(1.0));
    // With few answers, all alike, the centre is so far in that the interval would miss the score itself.
    Some(Estimate { value, lower: lower.min(value), upper: upper.max(value) })
}

/// The gap of one dimension of SERVQUAL: the mean of perception less expectation over respondents who gave both
/// (Parasuraman, Zeithaml and Berry 1988, Journal of Retailing 64: 12-40), with the 95 % interval of a mean; below
/// two pairs there is none.
#[must_use]
pub fn servqual_gap(pairs: &[(f64, f64)]) -> Option<Estimate> {
    use statrs::distribution::{ContinuousCDF, StudentsT};
    if pairs.len() < 2 {
        return None;
    }
    let n = pairs.len() as f64;
    let gaps: Vec<f64> = pairs.iter().map(|(perceived, expected)| perceived - expected).collect();
    let value = gaps.iter().sum::<f64>() / n;
    let variance = gaps.iter().map(|gap| (gap - value).powi(2)).sum::<f64>() / (n - 1.0);
    let t = StudentsT::new(0.0, 1.0, n - 1.0).ok()?.inverse_cdf(0.975);
    let half = t * (variance / n).sqrt();
    Some(Estimate { value, lower: value - half, upper: value + half })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn net_promoters_by_the_formula_of_rocks() {
        // 19 promoters, 8 passives, 9 detractors: 10/36; adjusted 10/39, variance (29.5/39 - (10/39)^2)/39.
        let found = net_promoter(19, 8, 9).unwrap();
        let half = 1.959_964 * ((29.5 / 39.0 - (10.0_f64 / 39.0).powi(2)) / 39.0).sqrt();
        assert!((found.value - 10.0 / 36.0).abs() < 1e-12);
        assert!((found.lower - (10.0 / 39.0 - half)).abs() < 1e-6);
        assert!((found.upper - (10.0 / 39.0 + half)).abs() < 1e-6);
        assert_eq!(net_promoter(0, 0, 0), None);
    }

    #[test]
    fn the_gap_is_perception_less_expectation() {
        // Gaps -1, 0, -2, -1: mean -1, s = 0.8165, t(3) = 3.182: half-width 1.299.
        let found = servqual_gap(&[(5.0, 6.0), (6.0, 6.0), (4.0, 6.0), (6.0, 7.0)]).unwrap();
        assert!((found.value + 1.0).abs() < 1e-12 && (found.upper - 0.299).abs() < 1e-3);
        assert_eq!(servqual_gap(&[(5.0, 6.0)]), None);
    }

    proptest! {
        #[test]
        fn the_score_is_within_its_interval(p in 0u32..3000, m in 0u32..3000, d in 0u32..3000) {
            prop_assume!(p + m + d > 0);
            let found = net_promoter(p, m, d).unwrap();
            prop_assert!(-1.0 <= found.lower && found.lower <= found.value);
            prop_assert!(found.value <= found.upper && found.upper <= 1.0);
            let mirror = net_promoter(d, m, p).unwrap();
            prop_assert!((mirror.value + found.value).abs() < 1e-12 && (mirror.lower + found.upper).abs() < 1e-9);
        }
    }
}
