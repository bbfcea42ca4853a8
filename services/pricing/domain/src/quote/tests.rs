//! What must hold for any quote.

use super::*;
use crate::cost::tests::cny;
use crate::cost::tests::portfolio;
use crate::terms::CoverageLevel;
use jiff::civil::date;
use proptest::prelude::*;

/// A quote for that many machines over three years.
pub(crate) fn input(assets: usize) -> QuoteInput {
    QuoteInput {
        customer: "customers/c1".into(),
        start: date(2026, 7, 1),
        terms: Terms::standard(36, CoverageLevel::Full),
        segment: Segment::Unknown,
        policy: PricingPolicy::seeded(),
        portfolio: portfolio(assets, 2.0, 0.3),
        discount: None,
        concession_of: None,
    }
}

fn sum(amounts: impl Iterator<Item = Money>) -> Money {
    amounts.reduce(|a, b| a.checked_add(b).unwrap()).unwrap()
}

#[test]
fn the_price_keeps_margin_and_risk_at_policy() {
    for assets in [1, 3, 20] {
        let found = quote(&input(assets), &mut SpectrumCache::new()).unwrap();
        assert!(found.price.margin >= 0.3, "{}", found.price.margin);
        assert!(found.price.loss_probability <= 0.2, "{}", found.price.loss_probability);
        assert!(!found.under_floor());
        // One of the two rules binds; rounding adds less than the unit of 10 a year.
        let slack = found.price.present_value
            - Requirement::of(
                &quote_with_outcome(&input(assets), &mut SpectrumCache::new()).unwrap().1,
                &PricingPolicy::seeded(),
                0.0,
            )
            .present_value();
        assert!((0.0..=30.0).contains(&slack), "{slack}");
    }
}

#[test]
fn lines_and_fees_add_up_to_the_price() {
    let found = quote(&input(7), &mut SpectrumCache::new()).unwrap();
    assert_eq!(sum(found.lines.iter().map(|line| line.price)), found.price.price);
    assert_eq!(sum(found.fees().iter().map(|fee| fee.fee)), found.price.price);
    let tail: f64 = found.lines.iter().map(|line| line.tail_share).sum();
    assert!((tail - 1.0).abs() < 1e-9);
}

#[test]
fn a_small_contract_is_priced_by_risk_and_a_large_one_by_margin() {
    let binds = |assets| {
        let mut wanted = input(assets);
        wanted.policy.max_loss_probability = Decimal::new(5, 2);
        quote(&wanted, &mut SpectrumCache::new()).unwrap().risk_rule_binds
    };
    assert!(binds(1) && !binds(60));
}

#[test]
fn the_same_input_gives_the_same_bytes_from_a_warm_and_a_cold_cache() {
    let mut cache = SpectrumCache::new();
    let first = serde_json::to_string(&quote(&input(3), &mut cache).unwrap()).unwrap();
    let warm = serde_json::to_string(&quote(&input(3), &mut cache).unwrap()).unwrap();
    let cold =
        serde_json::to_string(&quote(&input(3), &mut SpectrumCache::new()).unwrap()).unwrap();
    assert!(first == warm && warm == cold);
}

#[test]
fn a_discount_can_bring_the_price_under_the_floor() {
    let mut wanted = input(3);
    wanted.discount = Some(Decimal::new(5, 1));
    let found = quote(&wanted, &mut SpectrumCache::new()).unwrap();
    assert!(found.under_floor() && found.price.margin < 0.0);
}

#[test]
fn a_quote_of_nothing_is_refused() {
    assert_eq!(quote(&input(0), &mut SpectrumCache::new()), Err(QuoteError::NoAssets));
}

#[test]
fn a_quote_of_ten_thousand_machines_over_ten_years_adds_up_too() {
    let mut wanted = input(1);
    let one = wanted.portfolio.assets[0].clone();
    wanted.terms.term_months = 120;
    wanted.portfolio.assets = (0..10_000)
        .map(|i| AssetExposure {
            asset: format!("customers/c1/assets/a{i}"),
            age: 0.01 * f64::from(i % 1000),
            ..one.clone()
        })
        .collect();
    let mut cache = SpectrumCache::new();
    let (found, outcome) = quote_with_outcome(&wanted, &mut cache).unwrap();
    let drivers = crate::explain::explain_outcome(&wanted, &found, &outcome).unwrap().drivers;
    assert_eq!(sum(drivers.iter().map(|driver| driver.amount)), found.price.price);
    assert_eq!(sum(found.lines.iter().map(|line| line.price)), found.price.price);
    assert!(found.cost.truncated_mass <= 1e-7 && found.cost.failures > 10_000.0);
    let tail: f64 = found.lines.iter().map(|line| line.tail_share).sum();
    assert!((tail - 1.0).abs() < 1e-9);
}

#[test]
fn a_quote_of_a_thousand_machines_is_exact_too() {
    let mut wanted = input(1);
    let one = wanted.portfolio.assets[0].clone();
    wanted.portfolio.assets = (0..1000)
        .map(|i| AssetExposure {
            asset: format!("customers/c1/assets/a{i}"),
            age: f64::from(i % 10),
            ..one.clone()
        })
        .collect();
    let found = quote(&wanted, &mut SpectrumCache::new()).unwrap();
    assert!(found.cost.truncated_mass <= 1e-7);
    assert!((found.cost.quantiles[0].level - 0.5).abs() < 1e-15);
}

/// Rounding up of a year's fee, and the cell that a quantile may move, over three years.
const SLACK: f64 = 3.0 * 10.0;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn the_price_moves_the_way_that_terms_say(
        assets in 1_usize..5,
        deductibles in (0_i64..3000, 0_i64..3000),
        caps in (4000_i64..60_000, 4000_i64..60_000),
        hours in (1_u32..400, 1_u32..400),
        limits in (5_000_i64..80_000, 5_000_i64..80_000),
    ) {
        let mut cache = SpectrumCache::new();
        let mut with = |change: &dyn Fn(&mut Terms)| {
            let mut wanted = input(assets);
            change(&mut wanted.terms);
            let found = quote(&wanted, &mut cache).unwrap();
            // The risk rule reads a quantile, which is known to a cell; the cells of two terms differ.
            (model(found.price.price.amount()), model(found.cost.step.amount()))
        };
        let rises = |low: (f64, f64), high: (f64, f64)| {
            let slack = SLACK + 1.3 * (low.1 + high.1);
            if low.0 <= high.0 + slack { Ok(()) } else { Err(TestCaseError::fail(format!("{low:?} {high:?}"))) }
        };
        let (low, high) = (deductibles.0.min(deductibles.1), deductibles.0.max(deductibles.1));
        rises(with(&|t| t.deductible = cny(high)), with(&|t| t.deductible = cny(low)))?;
        let (low, high) = (caps.0.min(caps.1), caps.0.max(caps.1));
        rises(with(&|t| t.cap = cny(low)), with(&|t| t.cap = cny(high)))?;
        let (short, long) = (hours.0.min(hours.1), hours.0.max(hours.1));
        rises(with(&|t| t.response_seconds = long * 3600), with(&|t| t.response_seconds = short * 3600))?;
        let (low, high) = (limits.0.min(limits.1), limits.0.max(limits.1));
        rises(with(&|t| t.annual_limit = cny(low)), with(&|t| t.annual_limit = cny(high)))?;
        rises(with(&|t| t.term_limit = cny(low)), with(&|t| t.term_limit = cny(high)))?;
        rises(with(&|t| t.annual_deductible = cny(high)), with(&|t| t.annual_deductible = cny(low)))?;
        let levels = [CoverageLevel::LabourOnly, CoverageLevel::SharedParts, CoverageLevel::LabourAndParts, CoverageLevel::Full];
        for pair in levels.windows(2) {
            rises(with(&|t| t.coverage = pair[0]), with(&|t| t.coverage = pair[1]))?;
        }
    }
}
