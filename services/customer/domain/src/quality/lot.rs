//! Lots whose failure rate left its control limits.

use crate::statistics::{poisson_upper_count, u_limits};
use aftercare_kernel::words;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is known of a lot.
#[derive(Debug, Clone, PartialEq)]
pub struct LotRecord {
    /// The product.
    pub product: String,
    /// The lot.
    pub lot: String,
    /// Its machines.
    pub machines: u32,
    /// Years that these worked within the watch.
    pub machine_years: f64,
    /// When they failed.
    pub failures: Vec<Timestamp>,
}

words! {
    /// Whether a lot that was out of control still is.
    LotAlertState {
        /// It is.
        Open = "OPEN",
        /// It came back within its limit.
        Closed = "CLOSED",
    }
}

/// A lot out of control.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LotAlert {
    /// The product.
    pub product: String,
    /// The lot.
    pub lot: String,
    /// Its machines.
    pub machines: u32,
    /// Failures.
    pub failures: u32,
    /// Years that these worked within the watch.
    pub machine_years: f64,
    /// Failures a machine-year.
    pub rate: f64,
    /// Failures a machine-year of all lots of the product.
    pub centre: f64,
    /// The rate above which the lot is out of control.
    pub upper_limit: f64,
    /// When the failure came that went over the limit.
    pub at: Timestamp,
}

/// A false alarm this often: that of three sigma on a normal law.
const ALARM: f64 = 0.001_35;

/// Lots above their limit, by product and lot. The limit is that of a u-chart over the lots of the product, or the
/// exact Poisson one where that is wider: three sigma are too narrow where few failures are expected.
#[must_use]
pub fn alerts(mut lots: Vec<LotRecord>) -> Vec<LotAlert> {
    lots.retain(|lot| lot.machine_years > 0.0 && lot.machine_years.is_finite());
    lots.sort_by(|a, b| (&a.product, &a.lot).cmp(&(&b.product, &b.lot)));
    let mut found = Vec::new();
    for product in lots.chunk_by_mut(|a, b| a.product == b.product) {
        let years: f64 = product.iter().map(|lot| lot.machine_years).sum();
        let failures: usize = product.iter().map(|lot| lot.failures.len()).sum();
        let centre = failures as f64 / years;
        found.extend(product.iter_mut().filter_map(|lot| alert(lot, centre)));
    }
    found
}

fn alert(lot: &mut LotRecord, centre: f64) -> Option<LotAlert> {
    let years = lot.machine_years;
    let chart = u_limits(centre, years)?.upper;
    let exact = poisson_upper_count(centre * years, ALARM) as f64 / years;
    let upper_limit = chart.max(exact);
    let rate = lot.failures.len() as f64 / years;
    if rate <= upper_limit {
        return None;
    }
    lot.failures.sort_unstable();
    // A float that counts failures: the first count above the limit.
    let over = (upper_limit * years).floor() as usize;
    Some(LotAlert {
        product: lot.product.clone(),
        lot: lot.lot.clone(),
        machines: lot.machines,
        failures: u32::try_from(lot.failures.len()).unwrap_or(u32::MAX),
        machine_years: years,
        rate,
        centre,
        upper_limit,
        at: *lot.failures.get(over)?,
    })
}

/// What changes by a new look at a product's lots.
#[derive(Debug, Clone, PartialEq)]
pub struct Crossings {
    /// Lots that went over their limit since the last look.
    pub raised: Vec<LotAlert>,
    /// Of the lots that were over it, those that are within it again.
    pub closed: Vec<String>,
}

/// Compares the lots of a product that are over their limit with those that were.
#[must_use]
pub fn crossings(open: &[String], over: Vec<LotAlert>) -> Crossings {
    let closed = open.iter().filter(|lot| !over.iter().any(|alert| alert.lot == **lot));
    let closed = closed.cloned().collect();
    let raised = over.into_iter().filter(|alert| !open.contains(&alert.lot)).collect();
    Crossings { raised, closed }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lot(name: &str, years: f64, failures: i64) -> LotRecord {
        let at = |i| Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(24 * i);
        LotRecord {
            product: "p".to_owned(),
            lot: name.to_owned(),
            machines: 3,
            machine_years: years,
            failures: (0..failures).map(at).collect(),
        }
    }

    #[test]
    fn the_lot_that_fails_too_often_is_found_with_the_failure_that_showed_it() {
        let found = alerts(vec![
            lot("c", 20.0, 10),
            lot("a", 20.0, 8),
            lot("b", 20.0, 30),
            lot("d", 20.0, 9),
        ]);
        assert_eq!(found.len(), 1);
        // Centre 57/80, so 14.25 are expected: three sigma end at 25.57. Summing exp(-14.25) 14.25^k / k! term by term gives
        // P(X >= 27) = 0.00167, above 0.00135, and P(X >= 28) = 0.00082, below it: 27 in 20 years is the last that is no alarm.
        let alert = &found[0];
        assert_eq!((alert.lot.as_str(), alert.failures), ("b", 30));
        assert!((alert.centre - 0.7125).abs() < 1e-12 && (alert.upper_limit - 1.35).abs() < 1e-9);
        assert_eq!(alert.at, lot("b", 20.0, 30).failures[27]);
    }

    #[test]
    fn one_failure_of_a_small_lot_is_no_alarm() {
        // Expected 0.02: three sigma would end at 0.44 failures.
        assert!(alerts(vec![lot("a", 0.1, 1), lot("b", 100.0, 20)]).is_empty());
        assert!(alerts(vec![lot("a", 0.0, 9)]).is_empty());
    }

    proptest! {
        #[test]
        fn an_alert_is_above_its_limit_and_lots_alike_raise_none(years in 0.5f64..50.0, failures in 0i64..60, other in 0i64..60) {
            prop_assert!(alerts(vec![lot("a", years, failures), lot("b", years, failures)]).is_empty());
            for alert in alerts(vec![lot("a", years, failures), lot("b", years, other), lot("c", years, 1)]) {
                prop_assert!(alert.rate > alert.upper_limit && alert.upper_limit > alert.centre);
            }
        }
    }
}
