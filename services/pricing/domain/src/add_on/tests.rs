//! What must hold for add-ons of any contract.

use super::*;
use crate::concession::{Target, find};
use crate::cost::{CELLS, Outcome, outcome, total};
use crate::explain::explain;
use crate::quote::tests::input;
use crate::quote::{QuoteInput, quote};
use crate::spectrum::SpectrumCache;
use aftercare_kernel::money::Money;
use proptest::prelude::*;
use rust_decimal::Decimal;

fn rate(add_on: AddOn, per: Per, cost: f64, price: Option<f64>, avoided: f64) -> AddOnRate {
    AddOnRate { add_on, per, cost, price, avoided }
}

/// A quote for that many machines with these add-ons sold everywhere.
fn with(assets: usize, rates: &[AddOnRate]) -> QuoteInput {
    let mut wanted = input(assets);
    for card in &mut wanted.portfolio.rates {
        card.add_ons = rates.to_vec();
    }
    wanted.terms.add_ons = rates.iter().map(|rate| rate.add_on).collect();
    wanted
}

fn cost_of(wanted: &QuoteInput) -> Outcome {
    let mut cache = SpectrumCache::new();
    outcome(&wanted.portfolio, &wanted.terms, &wanted.policy, CELLS, &mut cache).unwrap()
}

#[test]
fn what_monitoring_avoids_is_thinned_exactly() {
    let watched = with(3, &[rate(AddOn::RemoteMonitoring, Per::MachineYear, 0.0, None, 0.3)]);
    let mut rarer = input(3);
    for mode in &mut rarer.portfolio.models[0].modes {
        mode.posterior.law.lambda *= 0.7;
    }
    let (watched, rarer) = (cost_of(&watched), cost_of(&rarer));
    assert!((watched.failures.mean() / rarer.failures.mean() - 1.0).abs() < 1e-12);
    for (a, b) in watched.failures.masses().iter().zip(rarer.failures.masses()) {
        assert!((a - b).abs() < 1e-13, "the whole distribution, frailty included");
    }
}

#[test]
fn two_add_ons_avoid_independently() {
    let rates = [
        rate(AddOn::RemoteMonitoring, Per::MachineYear, 0.0, None, 0.3),
        rate(AddOn::OilAnalysis, Per::MachineYear, 0.0, None, 0.1),
        rate(AddOn::Training, Per::Contract, 0.0, None, 0.5),
    ];
    let mut wanted = with(1, &rates);
    wanted.terms.add_ons.remove(&AddOn::Training);
    let left = remaining(&wanted.terms, wanted.portfolio.rates.first());
    assert!((left - 0.63).abs() < 1e-15, "training is not sold");
    assert_eq!(remaining(&wanted.terms, None), 1.0);
}

#[test]
fn an_add_on_is_sold_at_its_own_price() {
    // Three years, 6 % discount, no escalation: the annuity is 1 + 1/1.06 + 1/1.06^2.
    let annuity = 1.0 + 1.0 / 1.06 + 1.0 / (1.06 * 1.06);
    let rates = [
        rate(AddOn::RemoteMonitoring, Per::MachineYear, 500.0, Some(900.0), 0.0),
        rate(AddOn::DedicatedEngineer, Per::ContractYear, 7_000.0, None, 0.0),
        rate(AddOn::Training, Per::Contract, 2_000.0, Some(5_000.0), 0.0),
    ];
    let wanted = with(4, &rates);
    let sold = Sold::of(&wanted.portfolio, &wanted.terms, &wanted.policy, annuity);
    let annual: Vec<f64> = sold.lines.iter().map(|line| line.annual).collect();
    assert!((annual[0] - 4.0 * 900.0).abs() < 1e-9 && sold.lines[0].quantity == 4);
    assert!((annual[1] * annuity - 5_000.0).abs() < 1e-9, "training, once");
    assert!((annual[2] - 10_000.0).abs() < 1e-9, "7000 with a margin of 30 %");
    assert!((sold.by_asset.iter().sum::<f64>() - sold.annual()).abs() < 1e-9);
    assert!((sold.cost() - cost_of(&wanted).add_on_cost()).abs() < 1e-9);

    // The margin rule binds for many machines: the price rises by what the add-ons are sold at, rounded up to tens a year.
    let bare = |wanted: &QuoteInput| {
        let mut bare = wanted.clone();
        bare.terms.add_ons.clear();
        bare
    };
    let wanted = with(60, &rates);
    let mut cache = SpectrumCache::new();
    let (dear, plain) =
        (quote(&wanted, &mut cache).unwrap(), quote(&bare(&wanted), &mut cache).unwrap());
    assert!(!dear.risk_rule_binds && !plain.risk_rule_binds);
    let rise = model(dear.price.base.amount()) - model(plain.price.base.amount());
    let sold = 60.0 * 900.0 + 10_000.0 + 5_000.0 / annuity;
    assert!((rise - sold).abs() <= 10.0, "{rise} {sold}");
    let fees = dear.add_ons.iter().map(|own| model(own.annual_fee.amount())).sum::<f64>();
    assert!((fees - sold).abs() < 0.02);
}

#[test]
fn an_add_on_that_no_card_sells_is_refused_by_name() {
    let mut wanted = with(2, &[rate(AddOn::Training, Per::Contract, 1.0, None, 0.0)]);
    wanted.terms.add_ons.insert(AddOn::SpareUnit);
    assert_eq!(
        quote(&wanted, &mut SpectrumCache::new()),
        Err(QuoteError::AddOnNotSold {
            add_on: AddOn::SpareUnit,
            asset: "customers/c1/assets/a0".to_owned()
        })
    );
}

#[test]
fn concessions_keep_the_add_ons_and_their_price() {
    let rates = [rate(AddOn::RemoteMonitoring, Per::MachineYear, 500.0, Some(900.0), 0.1)];
    let wanted = with(2, &rates);
    let mut cache = SpectrumCache::new();
    let found = find(&wanted, Target::Discount(0.1), (&[], None), 5, &mut cache).unwrap();
    assert!(!found.concessions.is_empty());
    for concession in &found.concessions {
        assert_eq!(concession.terms.add_ons, wanted.terms.add_ons);
        let mut changed = wanted.clone();
        changed.terms = concession.terms.clone();
        let asked = quote(&changed, &mut cache).unwrap().price.price;
        // A search reads quantiles on a coarser lattice than a quote.
        assert!(model(asked.amount()) <= 1.01 * model(concession.contract_price.amount()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn everything_still_adds_up(assets in 1_usize..5, cost in 0_i64..3_000, price in prop::option::of(0_i64..5_000), avoided in 0_i64..90, each in 0_usize..3, discount in prop::option::of(1_i64..40), limit in prop::option::of(5_000_i64..50_000)) {
        let per = [Per::MachineYear, Per::ContractYear, Per::Contract][each];
        let share = avoided as f64 / 100.0;
        let mut wanted = with(assets, &[rate(AddOn::OilAnalysis, per, cost as f64, price.map(|p| p as f64), share)]);
        wanted.terms.annual_limit = limit.and_then(crate::cost::tests::cny);
        wanted.discount = discount.map(|percent| Decimal::new(percent, 2));
        let mut cache = SpectrumCache::new();
        let found = quote(&wanted, &mut cache).unwrap();
        let sum = |amounts: Vec<Money>| amounts.into_iter().reduce(|a, b| a.checked_add(b).unwrap()).unwrap();
        prop_assert_eq!(sum(found.lines.iter().map(|line| line.price).collect()), found.price.price);
        let drivers = explain(&wanted, &mut cache).unwrap().drivers;
        prop_assert_eq!(sum(drivers.iter().map(|d| d.amount).collect()), found.price.price);
        let rounding = drivers.last().unwrap().amount.amount();
        prop_assert!(rounding.abs() <= Decimal::from(31), "{}", rounding);
        if limit.is_none() {
            let exact = total(&wanted.portfolio, &wanted.terms, &wanted.policy, Basis::ACTUAL);
            prop_assert!((cost_of(&wanted).mean() - exact).abs() < 1e-9 * exact);
        }
    }
}
