//! What a contract was expected to cost until a day, to be held against what it did cost.

use crate::aggregate::Distribution;
use crate::cost::scope::ordered;
use crate::cost::{Basis, CELLS, Portfolio, events, outcome, parts_by_asset, planned};
use crate::counts::Counts;
use crate::lattice::LatticeError;
use crate::monitor::Place;
use crate::policy::PricingPolicy;
use crate::quote::QuoteInput;
use crate::spectrum::SpectrumCache;
use crate::terms::Terms;
use rust_decimal::Decimal;

/// What was expected of one machine, at the prices of the time, not discounted.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Expected {
    /// Cost of failures that we bear.
    pub failures: f64,
    /// Cost of planned visits, and of the work that a fixed price orders.
    pub visits: f64,
    /// Readiness, parts pool, administration.
    pub standing: f64,
    /// Number of failures that we bear.
    pub count: f64,
    /// Its variance.
    pub count_variance: f64,
}

impl Expected {
    /// Cost of work: failures and visits.
    #[must_use]
    pub fn work(&self) -> f64 {
        self.failures + self.visits
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        self.combined(other, 1.0)
    }

    /// What the other leaves of it.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        self.combined(other, -1.0)
    }

    /// For a part of the exposure.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        let none = Self::default();
        none.combined(self, factor)
    }

    fn combined(self, other: Self, sign: f64) -> Self {
        Self {
            failures: self.failures + sign * other.failures,
            visits: self.visits + sign * other.visits,
            standing: self.standing + sign * other.standing,
            count: self.count + sign * other.count,
            count_variance: self.count_variance + sign * other.count_variance,
        }
    }

    /// The numbers of failures between which a contract as expected lies with a probability of 99.8 %.
    #[must_use]
    pub fn funnel(&self) -> (u32, u32) {
        let counts = Counts { mean: self.count.max(0.0), variance: self.count_variance };
        (counts.quantile(0.001), counts.quantile(0.999))
    }
}

/// Whole months around a time, and the weight of the later one.
fn around(months: f64) -> (u32, u32, f64) {
    let months = months.clamp(0.0, 600.0);
    let low = months.floor();
    // At most 600: fits.
    (low as u32, months.ceil() as u32, months - low)
}

/// The terms of the first months, and a policy that does not discount.
fn cut(input: &QuoteInput, months: u32) -> (Terms, PricingPolicy) {
    let terms = Terms { term_months: months, ..input.terms.clone() };
    let policy = PricingPolicy { discount_rate: Decimal::ZERO, ..input.policy.clone() };
    (terms, policy)
}

/// What was expected of each machine in the first months of a contract; straight between whole months. An annual limit is not
/// counted in.
#[must_use]
pub fn expected_until(input: &QuoteInput, months: f64) -> Vec<Expected> {
    let (low, high, weight) = around(months);
    let before = expected_at(input, low);
    if low == high {
        return before;
    }
    let after = expected_at(input, high);
    before
        .into_iter()
        .zip(after)
        .map(|(before, after)| before.times(1.0 - weight).plus(after.times(weight)))
        .collect()
}

fn expected_at(input: &QuoteInput, months: u32) -> Vec<Expected> {
    let portfolio: &Portfolio = &input.portfolio;
    let mut expected = vec![Expected::default(); portfolio.assets.len()];
    if months == 0 {
        return expected;
    }
    let (terms, policy) = cut(input, months);
    let found = events(portfolio, &terms, &policy, Basis::ACTUAL);
    for event in &found {
        if let Some(asset) = expected.get_mut(event.asset) {
            asset.failures += event.weighted * event.cost.mean();
            asset.count += event.count;
        }
    }
    let parts = parts_by_asset(portfolio, &found);
    let plans = planned(portfolio, &terms, &policy, Basis::ACTUAL, &parts);
    // A fixed price has so many visits and pieces of ordered work over its whole term.
    let part = f64::from(months) / f64::from(input.terms.term_months.max(1));
    let scope = input.terms.scope.as_ref();
    let works = scope.map_or_else(Vec::new, |s| ordered(&s.works, portfolio, &terms, &policy));
    let work: f64 = works.iter().map(|(cost, times)| f64::from(*times) * cost.mean()).sum();
    let work = part * work / portfolio.assets.len().max(1) as f64;
    for ((asset, plan), exposure) in expected.iter_mut().zip(plans).zip(&portfolio.assets) {
        asset.visits = if scope.is_some() { part * plan.visits + work } else { plan.visits };
        asset.standing = plan.readiness + plan.parts_pool + plan.overhead;
        let spread = exposure.frailty.shape.map_or(0.0, |shape| asset.count * asset.count / shape);
        asset.count_variance = asset.count + spread;
    }
    expected
}

/// Cost of the failures of the first months; of a fixed price also of those that it leaves to be billed.
fn all_failures(
    input: &QuoteInput,
    months: u32,
    cache: &mut SpectrumCache,
) -> Result<Distribution, LatticeError> {
    let (terms, policy) = cut(input, months);
    let terms = Terms { scope: None, ..terms };
    Ok(outcome(&input.portfolio, &terms, &policy, CELLS, cache)?.failures)
}

/// Probability that failures of the first months cost at least so much, had the quote been right; straight between months.
///
/// # Errors
/// [`LatticeError`] if the cost is beyond any lattice.
pub fn surprise(
    input: &QuoteInput,
    months: f64,
    actual: f64,
    cache: &mut SpectrumCache,
) -> Result<f64, LatticeError> {
    if actual <= 0.0 {
        return Ok(1.0);
    }
    let (low, high, weight) = around(months);
    let mut at = |months: u32| -> Result<f64, LatticeError> {
        if months == 0 {
            return Ok(0.0);
        }
        let found = all_failures(input, months, cache)?;
        // Of at least so much: half a cell below it.
        Ok(found.exceedance(actual - 0.5 * found.step()))
    };
    Ok((1.0 - weight) * at(low)? + weight * at(high)?)
}

/// Where the failures' cost of the first months fell in its predicted distribution; straight between months.
///
/// # Errors
/// [`LatticeError`] if the cost is beyond any lattice.
pub fn place(
    input: &QuoteInput,
    months: f64,
    actual: f64,
    cache: &mut SpectrumCache,
) -> Result<Place, LatticeError> {
    let (low, high, weight) = around(months);
    // P(cost >= actual), P(cost > actual), P(cost > 0)
    let mut above = |months: u32| -> Result<[f64; 3], LatticeError> {
        if months == 0 {
            return Ok([f64::from(actual <= 0.0), 0.0, 0.0]);
        }
        let found = all_failures(input, months, cache)?;
        let half = 0.5 * found.step();
        Ok([actual - half, actual + half, 0.0].map(|amount| found.exceedance(amount)))
    };
    let (before, after) = (above(low)?, above(high)?);
    let [reached, beyond, any] = [0, 1, 2].map(|i| (1.0 - weight) * before[i] + weight * after[i]);
    Ok(Place { below: 1.0 - reached, up_to: 1.0 - beyond, at_zero: 1.0 - any })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quote::tests::input;
    use crate::scope::{FixedScope, ScopedWork};
    use crate::terms::PricingModel;

    #[test]
    fn what_is_expected_of_the_whole_term_is_the_quotes_number_of_failures() {
        let input = input(3);
        let months = f64::from(input.terms.term_months);
        let mut cache = SpectrumCache::new();
        let quoted = crate::quote::quote(&input, &mut cache).unwrap();
        let expected = expected_until(&input, months);
        for (line, asset) in quoted.lines.iter().zip(&expected) {
            assert!((line.failures - asset.count).abs() < 1e-9);
        }
        let sum = expected.iter().fold(Expected::default(), |sum, asset| sum.plus(*asset));
        let mean: f64 = quoted.cost.mean.amount().try_into().unwrap();
        assert!(sum.work() + sum.standing > mean, "not discounted");
    }

    #[test]
    fn a_fixed_price_expects_its_visits_and_works_evenly_and_every_failure() {
        let mut input = input(3);
        input.policy.cost_inflation = Decimal::ZERO;
        let failures = expected_until(&input, 36.0)[0].failures;
        input.terms.pricing_model = PricingModel::FixedPrice;
        let work = ScopedWork {
            description: "overhaul".to_owned(),
            labour_hours: Decimal::TEN,
            parts_cost: None,
            quantity: 3,
        };
        input.terms.scope = Some(FixedScope { repairs: 1, visits: 6, works: vec![work] });
        let expected = |input: &QuoteInput, months: f64| expected_until(input, months)[0];
        let whole = expected(&input, 36.0);
        assert!((expected(&input, 12.0).visits - whole.visits / 3.0).abs() < 1e-9);
        assert!((whole.failures - failures).abs() < 1e-9, "billed or not");
        let rates = &input.portfolio.rates[input.portfolio.assets[0].rates];
        let overhaul = 10.0 * rates.labour_per_hour + rates.journey();
        input.terms.scope.as_mut().unwrap().works.clear();
        let visits = expected(&input, 36.0).visits;
        assert!((whole.visits - visits - overhaul).abs() < 1e-6, "one overhaul a machine");
        input.terms.scope.as_mut().unwrap().visits = 12;
        assert!((expected(&input, 36.0).visits - 2.0 * visits).abs() < 1e-6);
    }

    #[test]
    fn expectation_grows_with_time_and_starts_at_nothing() {
        let input = input(3);
        let at = |months: f64| {
            let all = expected_until(&input, months);
            all.into_iter().fold(Expected::default(), Expected::plus)
        };
        assert_eq!(at(0.0), Expected::default());
        let steps: Vec<Expected> = [0.5, 1.0, 6.5, 12.0, 20.0].map(at).to_vec();
        for pair in steps.windows(2) {
            assert!(pair[0].failures < pair[1].failures && pair[0].count < pair[1].count);
        }
        let half = at(7.0).minus(at(6.0)).times(0.5).plus(at(6.0));
        assert!((half.failures - at(6.5).failures).abs() < 1e-9);
        let (low, high) = at(20.0).funnel();
        assert!(f64::from(low) < at(20.0).count && at(20.0).count < f64::from(high));
    }

    #[test]
    fn the_dearer_the_more_surprising() {
        let (input, mut cache) = (input(3), SpectrumCache::new());
        let all = expected_until(&input, 12.0);
        let mean = all.into_iter().fold(Expected::default(), Expected::plus).failures;
        let found: Vec<f64> = [0.0, 0.5, 1.0, 2.0, 5.0]
            .into_iter()
            .map(|factor| surprise(&input, 12.0, factor * mean, &mut cache).unwrap())
            .collect();
        assert_eq!(found[0], 1.0);
        assert!(found.windows(2).all(|pair| pair[0] >= pair[1]), "{found:?}");
        assert!(found[2] > 0.2 && found[2] < 0.8 && found[4] < 0.05, "{found:?}");
        assert_eq!(surprise(&input, 0.0, 1.0, &mut cache), Ok(0.0));
        for (factor, reached) in [0.0, 0.5, 1.0, 2.0, 5.0].into_iter().zip(found) {
            let at = place(&input, 12.0, factor * mean, &mut cache).unwrap();
            assert!((1.0 - at.below - reached).abs() < 1e-12, "{at:?}");
            assert!(at.below <= at.up_to && at.at_zero > 0.0);
        }
        let none = place(&input, 12.0, 0.0, &mut cache).unwrap();
        assert!(
            (none.up_to - none.at_zero).abs() < 1e-9,
            "nothing, or at most half a cell: {none:?}"
        );
    }
}
