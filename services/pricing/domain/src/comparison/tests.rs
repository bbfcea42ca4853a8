//! What must hold when the pricing models of the same machines stand side by side.

use super::*;
use crate::aggregate::Distribution;
use crate::cost::tests::cny;
use crate::policy::model;
use crate::quote::quote;
use crate::quote::tests::input;
use crate::scope::ScopedWork;
use crate::tariff::billed;
use crate::terms::Exclusion;
use proptest::prelude::*;
use rust_decimal::Decimal;

fn amount(money: Money) -> f64 {
    model(money.amount())
}

/// A quote whose work is billed at what it costs us.
fn at_cost(assets: usize) -> QuoteInput {
    let mut wanted = input(assets);
    for rates in &mut wanted.portfolio.rates {
        rates.sold.labour_per_hour = Some(rates.labour_per_hour);
        rates.sold.travel_per_visit = Some(rates.travel_per_visit);
        rates.sold.parts_factor = Some(1.0);
    }
    wanted
}

fn failures(wanted: &QuoteInput, terms: &Terms) -> Distribution {
    let mut cache = SpectrumCache::new();
    outcome(&wanted.portfolio, terms, &wanted.policy, CELLS, &mut cache).unwrap().failures
}

#[test]
fn bills_at_cost_are_full_coverage_cell_by_cell() {
    let wanted = at_cost(3);
    let mut cache = SpectrumCache::new();
    let bills = billed_in_full(&wanted, &mut cache).unwrap();
    let ours = failures(&wanted, &wanted.terms);
    for (a, b) in bills.events.masses().iter().zip(ours.masses()) {
        assert!((a - b).abs() < 1e-15);
    }
    // Sold at a multiple of cost throughout, the mean is that multiple.
    let plain = input(3);
    let bills = billed_in_full(&plain, &mut cache).unwrap();
    assert!((bills.events.mean() / ours.mean() - 1.0 / 0.7).abs() < 1e-9, "a margin of 30 %");
    let sold = billed(&plain.portfolio.rates[1], &plain.policy);
    assert!((sold.labour_per_hour - 220.0 / 0.7).abs() < 1e-9);
}

#[test]
fn failures_cost_us_the_same_under_every_model() {
    let views = compare(&input(4), &mut SpectrumCache::new()).unwrap();
    let models: Vec<PricingModel> = views.iter().map(|view| view.terms.pricing_model).collect();
    assert_eq!(
        models,
        [PricingModel::TimeAndMaterials, PricingModel::FixedPrice, PricingModel::FullCoverage]
    );
    assert!(views.iter().all(|view| view.failures == views[0].failures));
    // The more we bear, the less the customer's cost spreads.
    let spread: Vec<f64> = views.iter().map(|view| amount(view.customer.deviation)).collect();
    assert!(spread[0] > spread[1] && spread[1] > spread[2] && spread[2] == 0.0, "{spread:?}");
    assert!(views.iter().filter(|view| view.efficient).count() >= 1);
    for i in 0..3 {
        let best = views.iter().filter(|view| view.segments[i].best).count();
        assert_eq!(best, 1, "every segment has its model");
        assert!(views.iter().all(|view| !view.explanation().is_empty()));
    }
    for view in &views {
        let margin = 1.0 - amount(view.ours.mean) / amount(view.revenue);
        assert!((margin - view.margin).abs() < 1e-6, "{margin} {}", view.margin);
        assert!((amount(view.customer.mean) - amount(view.revenue)).abs() < 0.02);
    }
}

#[test]
fn what_is_within_and_beyond_a_scope_adds_up_to_all_failures() {
    let wanted = at_cost(3);
    let terms = everything(&wanted.terms);
    let all = failures(&wanted, &terms).mean();
    let mut cache = SpectrumCache::new();
    for repairs in [0, 1, 4, 9, 500] {
        let scope = FixedScope { repairs, visits: 0, works: Vec::new() };
        let fixed =
            Terms { pricing_model: PricingModel::FixedPrice, scope: Some(scope), ..terms.clone() };
        let within = failures(&wanted, &fixed);
        let rest = beyond(&wanted, repairs, &mut cache).unwrap();
        assert!(((within.mean() + rest.mean()) / all - 1.0).abs() < 1e-9, "{repairs}");
        let held = within.mean() - within.truncated_mean();
        assert!((held - within.mean()).abs() <= 1e-5 * all, "{repairs}: {held} {}", within.mean());
    }
}

#[test]
fn a_scope_of_one_repair_is_its_first_failure() {
    // One machine without frailty: P(no failure) = exp(-m), and the mean is (1 - exp(-m)) of a repair.
    let mut wanted = at_cost(1);
    wanted.portfolio.assets[0].frailty = crate::frailty::Frailty { mean: 1.0, shape: None };
    let terms = everything(&wanted.terms);
    let found = events(&wanted.portfolio, &terms, &wanted.policy, Basis::ACTUAL);
    let m: f64 = found.iter().map(|e| e.weighted).sum();
    let cost: f64 = found.iter().map(|e| e.weighted * e.cost.mean()).sum::<f64>() / m;
    let scope = FixedScope { repairs: 1, visits: 0, works: Vec::new() };
    let fixed = Terms { pricing_model: PricingModel::FixedPrice, scope: Some(scope), ..terms };
    let within = failures(&wanted, &fixed);
    assert!((within.mean() - (1.0 - (-m).exp()) * cost).abs() < 1e-9 * cost);
    assert!((within.masses()[0] - (-m).exp()).abs() < 1e-3, "hardly a repair costs nothing");
}

#[test]
fn ordered_work_is_done_in_any_case() {
    let mut wanted = input(2);
    wanted.terms.pricing_model = PricingModel::FixedPrice;
    let work = ScopedWork {
        description: "overhaul".to_owned(),
        labour_hours: Decimal::from(10),
        parts_cost: cny(6_000),
        quantity: 2,
    };
    wanted.terms.scope = Some(FixedScope { repairs: 0, visits: 0, works: vec![work] });
    wanted.policy.discount_rate = Decimal::ZERO;
    wanted.policy.cost_inflation = Decimal::ZERO;
    let found = failures(&wanted, &wanted.terms);
    // Two pieces of 10 h at 220, a journey of 400, parts of 6000; labour spreads by 30 %.
    let mean = 2.0 * (2_200.0 + 400.0 + 6_000.0);
    assert!((found.mean() - mean).abs() < 1e-6 * mean, "{}", found.mean());
    let spread = 2.0_f64.sqrt() * 0.3 * 2_200.0;
    assert!((found.standard_deviation() / spread - 1.0).abs() < 0.01);
    let quote = quote(&wanted, &mut SpectrumCache::new()).unwrap();
    assert!(quote.price.margin >= 0.3 && quote.price.loss_probability <= 0.2);
    assert!(quote.billing.is_some_and(|billing| !billing.everything));
}

#[test]
fn time_and_materials_has_no_fee_and_margin_on_every_bill() {
    let mut wanted = input(3);
    wanted.terms = everything(&wanted.terms);
    let found = quote(&wanted, &mut SpectrumCache::new()).unwrap();
    assert!(found.fees().is_empty() && found.price.price.amount().is_zero());
    assert!(found.floor.amount().is_zero(), "bills bear the cost");
    assert!(found.price.margin > 0.0 && found.price.margin < 0.3, "administration is not billed");
    let drivers = crate::explain::explain(&wanted, &mut SpectrumCache::new()).unwrap().drivers;
    let sum = drivers.iter().map(|d| d.amount).reduce(|a, b| a.checked_add(b).unwrap()).unwrap();
    assert_eq!(sum, found.billing.as_ref().unwrap().expected);
    let rounding = drivers.last().unwrap().amount.amount();
    assert!(rounding.abs() <= Decimal::new(15, 2), "{rounding}");
    // Sold under cost it loses, and the floor says what fee would bear it.
    for rates in &mut wanted.portfolio.rates {
        rates.sold.labour_per_hour = Some(0.5 * rates.labour_per_hour);
        rates.sold.travel_per_visit = Some(0.0);
        rates.sold.parts_factor = Some(0.9);
    }
    let poor = quote(&wanted, &mut SpectrumCache::new()).unwrap();
    assert!(poor.price.margin < 0.0 && poor.price.loss_probability > 0.99);
    assert!(poor.under_floor());
}

#[test]
fn the_machines_parts_of_a_bad_term_add_up_to_it() {
    for repairs in [None, Some(2)] {
        let mut wanted = input(5);
        if let Some(repairs) = repairs {
            wanted.terms.pricing_model = PricingModel::FixedPrice;
            wanted.terms.scope = Some(FixedScope { repairs, visits: 0, works: Vec::new() });
        }
        let mut cache = SpectrumCache::new();
        let (quote, found) = quote_with_outcome(&wanted, &mut cache).unwrap();
        let tail = crate::quote::tail(&quote.lines).unwrap();
        let shortfall = Money::from_model(found.failures.shortfall(0.95), wanted.policy.currency);
        assert_eq!(tail.cost, shortfall.ok());
        assert!(tail.parts.windows(2).all(|pair| pair[0].share >= pair[1].share));
        let oldest = tail.parts[0].asset.as_str();
        assert_eq!(oldest, "customers/c1/assets/a4", "the oldest machine is the worst of them");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    #[test]
    fn what_full_coverage_leaves_to_the_customer_is_what_it_takes_from_us(deductible in prop::option::of(0_i64..3_000), cap in prop::option::of(3_000_i64..20_000), level in 0_usize..4, exclusion in any::<bool>(), limit in prop::option::of(8_000_i64..40_000), own in prop::option::of(0_i64..5_000)) {
        let mut wanted = at_cost(2);
        let levels = [CoverageLevel::LabourOnly, CoverageLevel::SharedParts, CoverageLevel::LabourAndParts, CoverageLevel::Full];
        wanted.terms.coverage = levels[level];
        wanted.terms.deductible = deductible.and_then(cny);
        wanted.terms.cap = cap.and_then(cny);
        wanted.terms.annual_limit = limit.and_then(cny);
        wanted.terms.annual_deductible = own.and_then(cny);
        if exclusion {
            wanted.terms.exclusions.insert(Exclusion::Misuse);
        }
        let ours = failures(&wanted, &wanted.terms).mean();
        let all = failures(&wanted, &everything(&wanted.terms)).mean();
        let theirs = retained(&wanted, &mut SpectrumCache::new()).unwrap().mean();
        prop_assert!(((ours + theirs) / all - 1.0).abs() < 1e-4, "{} {} {}", ours, theirs, all);
    }
}
