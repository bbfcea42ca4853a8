//! What must hold for the cost of any contract.

use super::*;
use crate::failure_model::prior_model;
use crate::power_law::PowerLaw;
use crate::renewal::{RenewalFit, Weibull};
use crate::severity::Family;
use crate::spectrum::SpectrumCache;
use crate::terms::{AfterHours, Exclusion};
use aftercare_kernel::currency::Currency;
use aftercare_kernel::money::Money;
use proptest::prelude::*;
use rust_decimal::Decimal;

/// Machines of that age with two modes of the policy's prior costs.
pub(crate) fn portfolio(assets: usize, age: f64, variance: f64) -> Portfolio {
    let policy = PricingPolicy::seeded();
    let prior = prior_model(&policy, None).modes[0].clone();
    let mode = |name: &str, lambda: f64, beta: f64| {
        let mut posterior = prior.posterior;
        posterior.law = PowerLaw { lambda, beta };
        PricedMode { mode: name.to_owned(), posterior, costs: prior.costs.clone(), renewal: None }
    };
    let model = PricedModel {
        name: "failureModels/sf-v1".to_owned(),
        modes: vec![mode("bearing", 0.2, 1.6), mode("control", 0.3, 1.0)],
    };
    let asset = |i: usize| AssetExposure {
        asset: format!("customers/c1/assets/a{i}"),
        product: "products/p1".to_owned(),
        model: 0,
        rates: 1,
        age: age + i as f64,
        environment: 1.3,
        region: 1.1,
        duty: 0.9,
        frailty: Frailty::after(variance, 3.0, 2.0),
        site: 0,
        visits_per_year: 2.0,
        visit_hours: 4.0,
        visit_parts: 300.0,
        part_ages: BTreeMap::new(),
        inspected: false,
        flags: BTreeSet::new(),
    };
    let mut regional = policy.default_rates();
    regional.rate_card = "rateCards/r1".to_owned();
    regional.labour_per_hour = 220.0;
    Portfolio {
        models: vec![model],
        rates: vec![policy.default_rates(), regional],
        assets: (0..assets).map(asset).collect(),
        fx: Vec::new(),
    }
}

pub(crate) fn cny(amount: i64) -> Option<Money> {
    Money::new(Decimal::from(amount), Currency::CNY).ok()
}

fn mean(portfolio: &Portfolio, terms: &Terms) -> f64 {
    total(portfolio, terms, &PricingPolicy::seeded(), Basis::ACTUAL)
}

#[test]
fn the_distribution_has_the_mean_that_is_computed_without_it() {
    let policy = PricingPolicy::seeded();
    for variance in [0.0, 0.4] {
        let mut terms = Terms::standard(36, CoverageLevel::Full);
        terms.deductible = cny(500);
        terms.cap = cny(20_000);
        let portfolio = portfolio(3, 2.0, variance);
        let found = outcome(&portfolio, &terms, &policy, CELLS, &mut SpectrumCache::new()).unwrap();
        let exact = total(&portfolio, &terms, &policy, Basis::ACTUAL);
        assert!((found.mean() - exact).abs() < 1e-9 * exact);
        let lattice = found.failures.mean() - found.failures.truncated_mean();
        assert!((lattice / found.failures.mean() - 1.0).abs() < 1e-5);
        assert!(found.failures.truncated_mass() <= 1e-7);
        let sum: f64 = found.failure_cost.iter().sum();
        assert!((sum / found.failures.mean() - 1.0).abs() < 1e-12);
    }
}

#[test]
fn an_annual_limit_saves_and_never_costs() {
    let policy = PricingPolicy::seeded();
    let portfolio = portfolio(2, 2.0, 0.0);
    let mut terms = Terms::standard(36, CoverageLevel::Full);
    let free = outcome(&portfolio, &terms, &policy, CELLS, &mut SpectrumCache::new()).unwrap();
    terms.annual_limit = cny(12_000);
    let limited = outcome(&portfolio, &terms, &policy, CELLS, &mut SpectrumCache::new()).unwrap();
    assert!(limited.mean() < free.mean());
    assert!(limited.failures.quantile(1.0 - 1e-9) <= 36_000.0 + 3.0 * limited.failures.step());
    terms.annual_limit = cny(10_000_000);
    let wide = outcome(&portfolio, &terms, &policy, CELLS, &mut SpectrumCache::new()).unwrap();
    assert!((wide.mean() / free.mean() - 1.0).abs() < 1e-6);
}

#[test]
fn terms_over_years_and_the_whole_term_bound_what_we_bear() {
    let policy = PricingPolicy::seeded();
    let portfolio = portfolio(2, 2.0, 0.4);
    let cost = |change: &dyn Fn(&mut Terms)| {
        let mut terms = Terms::standard(36, CoverageLevel::Full);
        change(&mut terms);
        outcome(&portfolio, &terms, &policy, CELLS, &mut SpectrumCache::new()).unwrap()
    };
    let free = cost(&|_| {});
    let own = cost(&|terms| terms.annual_deductible = cny(2_000));
    assert!(own.mean() < free.mean() && own.mean() > free.mean() - 3.0 * 2_000.0);
    let nothing = cost(&|terms| terms.annual_deductible = cny(0));
    assert!((nothing.mean() / free.mean() - 1.0).abs() < 1e-6);
    let spread = |found: &Outcome| found.failures.standard_deviation();
    assert!(
        (spread(&nothing) / spread(&free) - 1.0).abs() < 1e-3,
        "years keep a machine's tie to itself"
    );
    let bound = cost(&|terms| terms.term_limit = cny(20_000));
    assert!(bound.mean() < free.mean());
    assert!(bound.failures.quantile(1.0 - 1e-9) <= 20_000.0 + 2.0 * bound.failures.step());
    let wide = cost(&|terms| terms.term_limit = cny(50_000_000));
    assert!((wide.mean() / free.mean() - 1.0).abs() < 1e-9);
    let shared = cost(&|terms| terms.profit_share = Decimal::new(5, 1));
    assert!(shared.given_back > 0.0);
    assert!((shared.mean() - free.mean() - shared.given_back).abs() < 1e-6);
}

#[test]
fn a_shared_site_leaves_the_mean_and_widens_the_spread() {
    let mut policy = PricingPolicy::seeded();
    let portfolio = portfolio(6, 2.0, 0.8);
    let terms = Terms::standard(36, CoverageLevel::Full);
    let apart = outcome(&portfolio, &terms, &policy, CELLS, &mut SpectrumCache::new()).unwrap();
    policy.site_correlation = Decimal::new(8, 1);
    let shared = outcome(&portfolio, &terms, &policy, CELLS, &mut SpectrumCache::new()).unwrap();
    assert!((shared.mean() / apart.mean() - 1.0).abs() < 1e-9);
    let spread = |found: &Outcome| found.failures.standard_deviation();
    assert!(spread(&shared) > 1.05 * spread(&apart), "{} {}", spread(&shared), spread(&apart));
    let mut scattered = portfolio.clone();
    for (i, asset) in scattered.assets.iter_mut().enumerate() {
        asset.site = i;
    }
    let alone = outcome(&scattered, &terms, &policy, CELLS, &mut SpectrumCache::new()).unwrap();
    assert_eq!(spread(&alone), spread(&apart), "one machine a site shares with nobody");
}

#[test]
fn no_asset_or_no_failure_leaves_planned_cost_alone() {
    let policy = PricingPolicy::seeded();
    let terms = Terms::standard(12, CoverageLevel::Full);
    let mut quiet = portfolio(1, 2.0, 0.0);
    for mode in &mut quiet.models[0].modes {
        mode.posterior.law.lambda = 1e-300;
    }
    let found = outcome(&quiet, &terms, &policy, CELLS, &mut SpectrumCache::new()).unwrap();
    assert!(found.failures.mean() < 1e-200 && found.failures.quantile(0.999) == 0.0);
    assert!(found.planned_total() > 0.0);
}

#[test]
fn the_uncertainty_of_a_prior_is_large_and_of_a_certain_model_none() {
    let policy = PricingPolicy::seeded();
    let terms = Terms::standard(12, CoverageLevel::Full);
    let wide = outcome(&portfolio(1, 2.0, 0.0), &terms, &policy, CELLS, &mut SpectrumCache::new())
        .unwrap();
    assert!(wide.parameter_error > 0.2 * wide.failures.mean());
    let mut certain = portfolio(1, 2.0, 0.0);
    for mode in &mut certain.models[0].modes {
        let p = &mut mode.posterior;
        (p.log_lambda_variance, p.beta_variance, p.covariance) = (0.0, 0.0, 0.0);
    }
    let sure = outcome(&certain, &terms, &policy, CELLS, &mut SpectrumCache::new()).unwrap();
    assert_eq!(sure.parameter_error, 0.0);
}

/// One machine of one mode whose part is replaced by new: shape 2, scale 1 year, ten failures' worth of certainty.
fn replaced(age: f64) -> Portfolio {
    let mut own = portfolio(1, age, 0.0);
    own.models[0].modes.truncate(1);
    own.models[0].modes[0].renewal = Some(RenewalFit {
        life: Weibull { shape: 2.0, scale: 1.0 },
        log_shape_variance: 0.04,
        log_scale_variance: 0.01,
        log_covariance: 0.0,
        aic: 0.0,
    });
    let asset = &mut own.assets[0];
    (asset.environment, asset.region, asset.duty) = (1.0, 1.0, 1.0);
    asset.frailty = Frailty { mean: 1.0, shape: None };
    own
}

#[test]
fn parts_replaced_by_new_are_priced_by_the_renewal_function() {
    // M(1), M(2), M(3) of a new part of shape 2 and scale 1 (method of Xie 1989): 0.75369128, 1.89403935, 3.02174501.
    let policy = PricingPolicy::seeded();
    let terms = Terms::standard(36, CoverageLevel::Full);
    let mut new = replaced(6.0);
    new.assets[0].part_ages.insert("bearing".to_owned(), 0.0);
    let found = counts(&new, &terms, &policy, Basis::ACTUAL);
    let by_year: Vec<f64> = found.iter().map(|own| own.count).collect();
    for (found, known) in by_year.iter().zip([0.753_691_28, 1.140_348_07, 1.127_705_66]) {
        assert!((found - known).abs() < 1e-4, "{found} {known}");
    }
    let exact = total(&new, &terms, &policy, Basis::ACTUAL);
    let whole = outcome(&new, &terms, &policy, CELLS, &mut SpectrumCache::new()).unwrap();
    assert!((whole.mean() / exact - 1.0).abs() < 1e-9);
    assert!((whole.failure_count[0] - 3.021_745_01).abs() < 2e-4);
    // A part as old as its machine fails sooner than a new one; the explanation counts the same failures.
    let old = counts(&replaced(6.0), &terms, &policy, Basis::ACTUAL);
    assert!(old[0].count > by_year[0]);
    assert!(whole.parameter_error > 0.0);
    let mut certain = new.clone();
    let fit = certain.models[0].modes[0].renewal.as_mut().unwrap();
    (fit.log_shape_variance, fit.log_scale_variance) = (0.0, 0.0);
    let sure = outcome(&certain, &terms, &policy, CELLS, &mut SpectrumCache::new()).unwrap();
    assert_eq!(sure.parameter_error, 0.0);
}

#[test]
fn without_inflation_and_discount_a_replacement_is_worth_itself() {
    let mut policy = PricingPolicy::seeded();
    (policy.discount_rate, policy.cost_inflation) = (Decimal::ZERO, Decimal::ZERO);
    let terms = Terms::standard(30, CoverageLevel::Full);
    for own in counts(&replaced(2.0), &terms, &policy, Basis::ACTUAL) {
        assert!((own.count - own.weighted).abs() < 1e-12);
    }
}

#[test]
fn repairs_as_they_were_seen_price_what_they_cost() {
    // Three repairs, each as likely: 1 h and 100, 2 h and 0, 6 h and 2000 of parts; 180 an hour, 400 a journey.
    let mut policy = PricingPolicy::seeded();
    (policy.discount_rate, policy.cost_inflation) = (Decimal::ZERO, Decimal::ZERO);
    let mut own = portfolio(1, 2.0, 0.0);
    own.assets[0].rates = 0;
    for mode in &mut own.models[0].modes {
        mode.costs.family = Family::Empirical;
        mode.costs.seen = vec![(1.0, 100.0), (2.0, 0.0), (6.0, 2_000.0)];
    }
    let mut terms = Terms::standard(12, CoverageLevel::Full);
    let cost = |terms: &Terms| events(&own, terms, &policy, Basis::ACTUAL)[0].cost.clone();
    let amounts = [180.0 + 400.0 + 100.0, 360.0 + 400.0, 1_080.0 + 400.0 + 2_000.0];
    let mean = amounts.iter().sum::<f64>() / 3.0;
    assert!((cost(&terms).mean() - mean).abs() < 1e-9);
    terms.deductible = cny(700);
    terms.cap = cny(2_000);
    let borne = amounts.iter().map(|x: &f64| (x - 700.0).clamp(0.0, 2_000.0)).sum::<f64>() / 3.0;
    assert!((cost(&terms).mean() - borne).abs() < 1e-9);
    let found = outcome(&own, &terms, &policy, CELLS, &mut SpectrumCache::new()).unwrap();
    let exact = total(&own, &terms, &policy, Basis::ACTUAL);
    assert!((found.mean() / exact - 1.0).abs() < 1e-9);
    // Labour alone leaves the parts out of every repair that was seen; evenings make its hours dearer.
    let labour = Terms::standard(12, CoverageLevel::LabourOnly);
    assert!((cost(&labour).mean() - (400.0 + 180.0 * 3.0)).abs() < 1e-9);
    let mut late = labour.clone();
    late.after_hours = AfterHours::RoundTheClock;
    let factor = 0.7 + 0.3 * (0.5 * 1.5 + 0.4 * 2.0 + 0.1 * 3.0);
    assert!((cost(&late).mean() - (400.0 + 540.0 * factor)).abs() < 1e-9);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn cost_moves_the_way_that_terms_say(
        age in 0.0_f64..12.0,
        deductibles in (0_i64..3000, 0_i64..3000),
        caps in (4000_i64..60_000, 4000_i64..60_000),
        hours in (1_u32..400, 1_u32..400),
    ) {
        let portfolio = portfolio(2, age, 0.0);
        let base = Terms::standard(24, CoverageLevel::Full);
        let with = |change: &dyn Fn(&mut Terms)| {
            let mut terms = base.clone();
            change(&mut terms);
            mean(&portfolio, &terms)
        };
        let (low, high) = (deductibles.0.min(deductibles.1), deductibles.0.max(deductibles.1));
        prop_assert!(with(&|t| t.deductible = cny(high)) <= with(&|t| t.deductible = cny(low)) + 1e-6);
        let (low, high) = (caps.0.min(caps.1), caps.0.max(caps.1));
        prop_assert!(with(&|t| t.cap = cny(low)) <= with(&|t| t.cap = cny(high)) + 1e-6);
        let (short, long) = (hours.0.min(hours.1), hours.0.max(hours.1));
        prop_assert!(with(&|t| t.response_seconds = long * 3600) <= with(&|t| t.response_seconds = short * 3600) + 1e-6);
        prop_assert!(with(&|t| t.coverage = CoverageLevel::LabourOnly) < with(&|t| t.coverage = CoverageLevel::SharedParts));
        prop_assert!(mean(&portfolio, &base) < with(&|t| t.after_hours = AfterHours::RoundTheClock));
        let without_misuse = with(&|t| {
            t.exclusions.insert(Exclusion::Misuse);
        });
        prop_assert!(without_misuse < mean(&portfolio, &base));
        prop_assert!(with(&|t| t.customer_inspections = true) < mean(&portfolio, &base));
    }

    #[test]
    fn an_older_machine_costs_more_when_failures_come_faster_with_age(a in 0.0_f64..15.0, b in 0.0_f64..15.0) {
        let terms = Terms::standard(12, CoverageLevel::Full);
        let (young, old) = (a.min(b), a.max(b));
        prop_assert!(mean(&portfolio(1, young, 0.0), &terms) <= mean(&portfolio(1, old, 0.0), &terms) + 1e-6);
    }
}
