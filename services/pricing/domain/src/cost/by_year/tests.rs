//! Years apart against the whole term where nothing bounds them, and against simulation where something does.

use super::*;
use crate::cost::tests::{cny, portfolio};
use crate::cost::{CELLS, Outcome, events, outcome};
use crate::severity::Severity;
use crate::terms::CoverageLevel;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, Gamma, LogNormal, Poisson};
use rust_decimal::Decimal;

fn cost(own: &Portfolio, terms: &Terms, policy: &PricingPolicy) -> Outcome {
    outcome(own, terms, policy, CELLS, &mut SpectrumCache::new()).unwrap()
}

#[test]
fn a_deductible_of_nothing_leaves_the_term_as_it_is() {
    let policy = PricingPolicy::seeded();
    // One machine, and machines that are alike: the common factor is exact.
    let mut alike = portfolio(3, 2.0, 0.8);
    for asset in &mut alike.assets {
        asset.age = 2.0;
    }
    for own in [portfolio(1, 2.0, 0.8), alike] {
        let mut terms = Terms::standard(36, CoverageLevel::Full);
        let whole = cost(&own, &terms, &policy).failures;
        terms.annual_deductible = cny(0);
        let apart = cost(&own, &terms, &policy).failures;
        assert_eq!(whole.step(), apart.step());
        for (whole, apart) in whole.masses().iter().zip(apart.masses()) {
            assert!((whole - apart).abs() < 1e-9, "{whole} {apart}");
        }
        assert!((whole.mean() / apart.mean() - 1.0).abs() < 1e-9);
    }
}

/// Costs of so many terms, years bounded by a limit, drawn event by event.
fn simulated(own: &Portfolio, terms: &Terms, policy: &PricingPolicy, paths: usize) -> Vec<f64> {
    let found = events(own, terms, policy, Basis::ACTUAL);
    let limits: Vec<f64> = years(terms, policy, &policy.default_rates(), Basis::ACTUAL)
        .iter()
        .map(|year| model(terms.annual_limit.unwrap().amount()) * year.present)
        .collect();
    let mut dice = ChaCha8Rng::seed_from_u64(11);
    (0..paths)
        .map(|_| {
            let factors: Vec<f64> = own
                .assets
                .iter()
                .map(|asset| {
                    let shape = asset.frailty.shape.unwrap();
                    Gamma::new(shape, 1.0 / shape).unwrap().sample(&mut dice)
                })
                .collect();
            let mut years = vec![0.0; limits.len()];
            for e in &found {
                let count = Poisson::new(e.weighted * factors[e.asset]).unwrap().sample(&mut dice);
                let Severity::Lognormal { mu, sigma } = e.cost.gross else { panic!() };
                let one = LogNormal::new(mu, sigma).unwrap();
                for _ in 0..count as u32 {
                    years[e.year] += e.cost.scale * one.sample(&mut dice);
                }
            }
            years.iter().zip(&limits).map(|(cost, limit)| cost.min(*limit)).sum()
        })
        .collect()
}

#[test]
fn limited_years_of_machines_that_differ_agree_with_simulation() {
    const PATHS: usize = 40_000;
    let policy = PricingPolicy::seeded();
    let own = portfolio(3, 1.0, 2.0);
    let mut terms = Terms::standard(48, CoverageLevel::Full);
    terms.annual_limit = cny(15_000);
    let found = cost(&own, &terms, &policy).failures;
    let drawn = simulated(&own, &terms, &policy, PATHS);
    let n = PATHS as f64;
    let mean = drawn.iter().sum::<f64>() / n;
    let variance = drawn.iter().map(|cost| (cost - mean).powi(2)).sum::<f64>() / n;
    let error = (variance / n).sqrt();
    assert!((found.mean() - mean).abs() < 4.0 * error, "{} {mean} {error}", found.mean());
    let fourth = drawn.iter().map(|cost| (cost - mean).powi(4)).sum::<f64>() / n;
    let error = ((fourth - variance * variance) / n).sqrt() / (2.0 * variance.sqrt());
    let spread = found.standard_deviation();
    assert!((spread - variance.sqrt()).abs() < 4.0 * error, "{spread} {} {error}", variance.sqrt());
    for amount in [5_000.0, 20_000.0, 40_000.0, 50_000.0] {
        let beyond = drawn.iter().filter(|cost| **cost > amount).count() as f64 / n;
        // What an amount is known to on the lattice, beside the simulation's error.
        let (low, high) = (amount - 2.0 * found.step(), amount + 2.0 * found.step());
        let error = 4.0 * (beyond * (1.0 - beyond) / n).sqrt();
        assert!(found.exceedance(high) < beyond + error, "{amount} {beyond}");
        assert!(found.exceedance(low) > beyond - error, "{amount} {beyond}");
    }
}

#[test]
fn a_machine_that_is_bad_in_one_year_is_bad_in_the_next() {
    let mut policy = PricingPolicy::seeded();
    let mut terms = Terms::standard(48, CoverageLevel::Full);
    terms.annual_limit = cny(20_000);
    let own = portfolio(4, 2.0, 1.0);
    let found = cost(&own, &terms, &policy).failures;
    // The same years, as if each knew nothing of the others: their variances would add up.
    let lattice = Lattice::new(found.step(), CELLS).unwrap();
    let all = events(&own, &terms, &policy, Basis::ACTUAL);
    let mut cache = SpectrumCache::new();
    let years = bounded(&own, &terms, &policy, &all, lattice, &mut cache).unwrap().each;
    let alone: f64 = years.iter().map(|year| year.standard_deviation().powi(2)).sum();
    assert!(found.standard_deviation() > 1.1 * alone.sqrt());
    let mean: f64 = years.iter().map(Distribution::mean).sum();
    assert!((mean / found.mean() - 1.0).abs() < 1e-12);
    // Machines that share a site are tied to each other as well.
    policy.site_correlation = Decimal::new(8, 1);
    assert!(cost(&own, &terms, &policy).failures.standard_deviation() > found.standard_deviation());
}
