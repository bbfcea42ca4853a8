//! What the installed base will need of a part: the failures that contracts are priced by, times the pieces that a failure took.

use crate::cost::{Basis, Portfolio, events};
use crate::policy::PricingPolicy;
use crate::terms::{CoverageLevel, Terms};
use std::collections::BTreeMap;

/// Failures by mode that machines are expected to have in the first months, as a contract that bears everything is priced: by the
/// power law or the renewal function of each mode, with circumstances, history and the age of parts. Straight between whole
/// months, at most 600.
#[must_use]
pub fn failures_by_mode(
    portfolio: &Portfolio,
    policy: &PricingPolicy,
    months: f64,
) -> BTreeMap<String, f64> {
    let months = months.clamp(0.0, 600.0);
    let (low, high) = (months.floor(), months.ceil());
    // At most 600: fits.
    let (before, mut after) =
        (within(portfolio, policy, low as u32), within(portfolio, policy, high as u32));
    if high > low {
        for (mode, count) in &mut after {
            let before = before.get(mode).copied().unwrap_or(0.0);
            *count = before + (months - low) * (*count - before);
        }
    }
    after
}

fn within(portfolio: &Portfolio, policy: &PricingPolicy, months: u32) -> BTreeMap<String, f64> {
    let mut found = BTreeMap::new();
    if months == 0 {
        return found;
    }
    let terms = Terms::standard(months, CoverageLevel::Full);
    for event in events(portfolio, &terms, policy, Basis::ACTUAL) {
        let asset = portfolio.assets.get(event.asset);
        let model = asset.and_then(|asset| portfolio.models.get(asset.model));
        if let Some(mode) = model.and_then(|model| model.modes.get(event.mode)) {
            *found.entry(mode.mode.clone()).or_insert(0.0) += event.count;
        }
    }
    found
}

/// What was used of a part in some months that are known, and the failures of the machines that it fits.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Usage {
    /// Pieces that went into failures, by mode.
    pub pieces: BTreeMap<String, f64>,
    /// Failures by mode, with or without the part.
    pub failures: BTreeMap<String, f64>,
    /// Pieces that went into planned work.
    pub planned: f64,
    /// Months.
    pub months: f64,
}

impl Usage {
    /// Pieces that so many failures will need, and planned work in so many months, which goes on as it was. A mode that no model
    /// knows, or of which no failure was seen, counts by all failures together.
    #[must_use]
    pub fn pieces(&self, expected: &BTreeMap<String, f64>, months: f64) -> f64 {
        let all: f64 = expected.values().sum();
        let seen: f64 = self.failures.values().sum();
        let by_failures = self.pieces.iter().map(|(mode, pieces)| {
            let failures = self.failures.get(mode).copied().unwrap_or(0.0);
            match expected.get(mode) {
                Some(expected) if failures > 0.0 => expected * pieces / failures,
                _ if seen > 0.0 => all * pieces / seen,
                _ => 0.0,
            }
        });
        let planned = if self.months > 0.0 { self.planned / self.months * months } else { 0.0 };
        by_failures.sum::<f64>() + planned
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quote::quote;
    use crate::quote::tests::input;
    use crate::renewal::{RenewalFit, Weibull};
    use crate::spectrum::SpectrumCache;

    fn map(pairs: &[(&str, f64)]) -> BTreeMap<String, f64> {
        pairs.iter().map(|(mode, value)| ((*mode).to_owned(), *value)).collect()
    }

    #[test]
    fn each_mode_needs_the_pieces_that_it_took() {
        let usage = Usage {
            pieces: map(&[("SEAL", 6.0), ("MOTOR", 1.0), ("ODD", 2.0)]),
            failures: map(&[("SEAL", 4.0), ("MOTOR", 10.0), ("ODD", 2.0), ("HOSE", 4.0)]),
            planned: 9.0,
            months: 36.0,
        };
        for (expected, months, pieces) in [
            // 2 x 6/4 + 5 x 1/10, of ODD 7 x 2/20, planned 9/36 a month
            (map(&[("SEAL", 2.0), ("MOTOR", 5.0)]), 1.0, 3.0 + 0.5 + 0.7 + 0.25),
            // the prior knows no modes: 4 x 9/20
            (map(&[("", 4.0)]), 0.0, 1.8),
            (map(&[]), 2.0, 0.5),
        ] {
            let found = usage.pieces(&expected, months);
            assert!((found - pieces).abs() < 1e-12, "{found} {pieces}");
        }
        assert_eq!(Usage::default().pieces(&map(&[("SEAL", 2.0)]), 1.0), 0.0);
    }

    #[test]
    fn parts_and_contracts_expect_the_same_failures() {
        let mut input = input(4);
        for renewal in [false, true] {
            if renewal {
                let life = Weibull { shape: 2.4, scale: 2.0 };
                let fit = RenewalFit {
                    life,
                    log_shape_variance: 0.0,
                    log_scale_variance: 0.0,
                    log_covariance: 0.0,
                    aic: 0.0,
                };
                for mode in input.portfolio.models.iter_mut().flat_map(|model| &mut model.modes) {
                    mode.renewal = Some(fit);
                }
            }
            let quoted = quote(&input, &mut SpectrumCache::new()).unwrap();
            let lines: f64 = quoted.lines.iter().map(|line| line.failures).sum();
            let found = failures_by_mode(&input.portfolio, &input.policy, 36.0);
            assert!((found.values().sum::<f64>() - lines).abs() < 1e-9);
            let at = |months: f64| {
                failures_by_mode(&input.portfolio, &input.policy, months).values().sum::<f64>()
            };
            assert_eq!(at(0.0), 0.0);
            assert!((at(0.5) - 0.5 * at(1.0)).abs() < 1e-12);
            assert!((at(7.25) - 0.75 * at(7.0) - 0.25 * at(8.0)).abs() < 1e-9);
        }
    }
}
