//! How likely a customer keeps a contract at a changed price: a logistic curve fitted to renewals that were kept and lost
//! (Cox 1958), by maximum likelihood.

/// Renewals on each side below which no curve is fitted: ten events a variable (Peduzzi et al. 1996).
pub const LEAST: usize = 10;

/// Steps after which a fit that still moves has no maximum: the data are separated.
const STEPS: usize = 50;

/// A renewal that was decided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// Change of the yearly fee as a share (0.05 is 5 % more).
    pub change: f64,
    /// Whether the customer stayed.
    pub kept: bool,
}

/// P(kept) = 1 / (1 + exp(-(intercept + slope x change))).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetentionCurve {
    /// Log odds of keeping at an unchanged price.
    pub intercept: f64,
    /// Change of log odds for a price doubled.
    pub slope: f64,
    /// Standard error of the intercept, by the observed information.
    pub intercept_error: f64,
    /// Standard error of the slope.
    pub slope_error: f64,
}

/// Why there is no curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoCurve {
    /// Fewer than [`LEAST`] were kept, or lost.
    #[error("fewer than {LEAST} renewals were kept, or lost")]
    TooFew,
    /// A price parts all that were kept from all that were lost, or all changes are the same: no finite curve is likeliest.
    #[error("the renewals do not tell how likely one is at which price")]
    Separated,
}

impl RetentionCurve {
    /// The likeliest curve of some decisions.
    ///
    /// # Errors
    /// [`NoCurve`].
    pub fn fit(decisions: &[Decision]) -> Result<Self, NoCurve> {
        let kept = decisions.iter().filter(|decision| decision.kept).count();
        if kept < LEAST || decisions.len() - kept < LEAST {
            return Err(NoCurve::TooFew);
        }
        likeliest(decisions).ok_or(NoCurve::Separated)
    }

    /// Probability that a contract is kept at a change of its price.
    #[must_use]
    pub fn keeps(&self, change: f64) -> f64 {
        (1.0 + (-(self.intercept + self.slope * change)).exp()).recip()
    }
}

/// Newton's method on the log likelihood, which is concave; none if it does not come to rest.
fn likeliest(decisions: &[Decision]) -> Option<RetentionCurve> {
    // Around the mean change, where the two parameters hardly depend on each other.
    let mean = decisions.iter().map(|d| d.change).sum::<f64>() / decisions.len() as f64;
    let (mut level, mut slope) = (0.0f64, 0.0f64);
    for _ in 0..STEPS {
        let (mut g0, mut g1, mut h00, mut h01, mut h11) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for decision in decisions {
            let x = decision.change - mean;
            let p = (1.0 + (-(level + slope * x)).exp()).recip();
            let (residual, weight) = (f64::from(decision.kept) - p, p * (1.0 - p));
            g0 += residual;
            g1 += residual * x;
            h00 += weight;
            h01 += weight * x;
            h11 += weight * x * x;
        }
        let determinant = h00 * h11 - h01 * h01;
        // a curvature that rounding could have made is none
        if determinant.is_nan() || determinant <= 1e-12 * h00 * h11 || h00 < 1e-9 {
            return None;
        }
        let step = ((h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant);
        level += step.0;
        slope += step.1;
        if step.0.abs() + step.1.abs() < 1e-10 * (1.0 + level.abs() + slope.abs()) {
            let (v0, v1, v01) = (h11 / determinant, h00 / determinant, -h01 / determinant);
            return Some(RetentionCurve {
                intercept: level - slope * mean,
                slope,
                intercept_error: (v0 + mean * mean * v1 - 2.0 * mean * v01).sqrt(),
                slope_error: v1.sqrt(),
            });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(found: f64, wanted: f64) {
        assert!((found - wanted).abs() < 1e-5 * wanted.abs(), "{found} {wanted}");
    }

    #[test]
    fn the_likeliest_curve_is_that_of_the_published_data() {
        // O-rings of 23 shuttle flights by temperature (Dalal, Fowlkes & Hoadley 1989): 15.0429 - 0.2322 t, standard errors
        // 7.3786 and 0.1082.
        let flights = [
            (66, 0),
            (70, 1),
            (69, 0),
            (68, 0),
            (67, 0),
            (72, 0),
            (73, 0),
            (70, 0),
            (57, 1),
            (63, 1),
            (70, 1),
            (78, 0),
            (67, 0),
            (53, 1),
            (67, 0),
            (75, 0),
            (70, 0),
            (81, 0),
            (76, 0),
            (79, 0),
            (75, 1),
            (76, 0),
            (58, 1),
        ];
        let decisions =
            flights.map(|(t, failed)| Decision { change: f64::from(t), kept: failed == 1 });
        let found = likeliest(&decisions).unwrap();
        near(found.intercept, 15.042_901_65);
        near(found.slope, -0.232_162_744_2);
        near(found.intercept_error, 7.378_636_38);
        near(found.slope_error, 0.108_236_521_6);
    }

    /// Kept and lost renewals at changes of 0 %, 10 % and 20 %.
    fn grouped(counts: [(usize, usize); 3]) -> Vec<Decision> {
        let mut decisions = Vec::new();
        for (i, (kept, lost)) in counts.into_iter().enumerate() {
            let change = 0.1 * i as f64;
            decisions.extend(vec![Decision { change, kept: true }; kept]);
            decisions.extend(vec![Decision { change, kept: false }; lost]);
        }
        decisions
    }

    #[test]
    fn what_data_cannot_tell_is_not_told() {
        assert_eq!(RetentionCurve::fit(&[]), Err(NoCurve::TooFew));
        assert_eq!(
            RetentionCurve::fit(&grouped([(30, 2), (20, 3), (10, 4)])),
            Err(NoCurve::TooFew)
        );
        let parted = grouped([(12, 0), (12, 0), (0, 12)]);
        assert_eq!(RetentionCurve::fit(&parted), Err(NoCurve::Separated));
        let same: Vec<Decision> = grouped([(12, 12), (0, 0), (0, 0)]).into_iter().collect();
        assert_eq!(RetentionCurve::fit(&same), Err(NoCurve::Separated));
        // Odds of 3, 1 and 1/3: ln 3 at no change, falling by ln 3 with each 10 %.
        let found = RetentionCurve::fit(&grouped([(30, 10), (20, 20), (10, 30)])).unwrap();
        near(found.intercept, 3f64.ln());
        near(found.slope, -10.0 * 3f64.ln());
        near(found.keeps(0.0), 0.75);
        near(found.keeps(0.2), 0.25);
    }

    proptest! {
        /// The score equations: the curve expects as many kept as there were.
        #[test]
        fn as_many_are_expected_as_were_kept(counts in prop::array::uniform3((4usize..30, 4usize..30))) {
            let decisions = grouped(counts);
            let found = RetentionCurve::fit(&decisions).unwrap();
            let expected: f64 = decisions.iter().map(|d| found.keeps(d.change)).sum();
            let kept = decisions.iter().filter(|d| d.kept).count() as f64;
            prop_assert!((expected - kept).abs() < 1e-6);
        }
    }
}
