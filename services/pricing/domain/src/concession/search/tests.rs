//! What must hold for any bargain.

use super::*;
use crate::concession::{IndexOffer, Lever};
use crate::escalation::IndexClause;
use crate::quote::quote;
use crate::quote::tests::input;
use crate::terms::AfterHours;
use proptest::prelude::*;
use rust_decimal::Decimal;

fn wanted() -> QuoteInput {
    let mut wanted = input(3);
    wanted.terms.after_hours = AfterHours::RoundTheClock;
    wanted.terms.response_seconds = 4 * 3600;
    wanted
}

#[test]
fn ten_percent_off_is_paid_for_by_terms() {
    let found =
        find(&wanted(), Target::Discount(0.1), (&[], None), 20, &mut SpectrumCache::new()).unwrap();
    assert!(found.concessions.len() >= 3, "{}", found.concessions.len());
    assert!(found.evaluated > 1000 && found.feasible >= found.pareto);
    for concession in &found.concessions {
        assert!(!concession.changes.is_empty());
        assert!(concession.margin >= 0.3 - 1e-9 && concession.loss_probability <= 0.2);
        assert!(concession.price.amount() <= found.target.amount());
    }
    for pair in found.concessions.windows(2) {
        assert!(pair[0].value_loss <= pair[1].value_loss);
    }
}

#[test]
fn a_concession_sold_at_its_price_keeps_to_policy_as_a_quote() {
    let found =
        find(&wanted(), Target::Discount(0.1), (&[], None), 3, &mut SpectrumCache::new()).unwrap();
    for concession in found.concessions {
        let changed = QuoteInput { terms: concession.terms.clone(), ..wanted() };
        let again = quote(&changed, &mut SpectrumCache::new()).unwrap();
        // The quote rounds up to the policy's unit and has a finer lattice.
        let ratio = model(again.price.price.amount()) / model(concession.contract_price.amount());
        assert!(ratio <= 1.005, "{ratio} {}", concession.explanation);
    }
}

#[test]
fn a_lower_price_for_unchanged_terms_is_refused_with_its_numbers() {
    let found =
        find(&wanted(), Target::Discount(0.1), (&[], None), 3, &mut SpectrumCache::new()).unwrap();
    assert!(found.unchanged.margin < 0.3);
    assert!(found.unchanged.explanation.starts_with("refused"));
    assert!(found.unchanged.changes.is_empty());
}

#[test]
fn no_concession_of_the_front_beats_another() {
    let found =
        find(&wanted(), Target::Discount(0.08), (&[], None), 200, &mut SpectrumCache::new())
            .unwrap();
    for a in &found.concessions {
        for b in &found.concessions {
            let better = a.price.amount() < b.price.amount()
                && a.loss_probability < b.loss_probability
                && a.value_loss < b.value_loss;
            assert!(!better);
        }
    }
}

#[test]
fn only_allowed_levers_move_and_the_impossible_finds_nothing() {
    let allowed = [Lever::ResponseTime];
    let found =
        find(&wanted(), Target::Discount(0.02), (&allowed, None), 9, &mut SpectrumCache::new())
            .unwrap();
    assert_eq!(found.evaluated, 2);
    let levers = found.concessions.iter().flat_map(|c| &c.changes).map(|made| made.choice.lever);
    assert!(levers.into_iter().all(|lever| lever == Lever::ResponseTime));
    let none =
        find(&wanted(), Target::Discount(0.95), (&allowed, None), 9, &mut SpectrumCache::new())
            .unwrap();
    assert!(none.concessions.is_empty() && none.feasible == 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn a_concession_never_breaks_policy(assets in 1_usize..6, off in 1_u32..30, margin in 5_i64..45, alpha in 2_i64..40) {
        let mut wanted = QuoteInput { terms: wanted().terms, ..input(assets) };
        wanted.policy.target_margin = Decimal::new(margin, 2);
        wanted.policy.max_loss_probability = Decimal::new(alpha, 2);
        let target = Target::Discount(f64::from(off) / 100.0);
        let found = find(&wanted, target, (&[], None), 50, &mut SpectrumCache::new()).unwrap();
        for concession in &found.concessions {
            prop_assert!(concession.margin >= model(wanted.policy.target_margin) - 1e-9);
            prop_assert!(concession.loss_probability <= model(wanted.policy.max_loss_probability) + 1e-9);
            prop_assert!(concession.price.amount() <= found.target.amount());
            prop_assert!(!concession.changes.is_empty() && concession.terms != wanted.terms);
        }
    }
}

#[test]
fn an_index_is_offered_beside_fixed_rates_and_priced_as_a_quote_on_it() {
    let mut wanted = wanted();
    wanted.terms.term_months = 60;
    let clause = IndexClause {
        index: "cn-ppi".to_owned(),
        base_month: jiff::civil::date(2026, 3, 1),
        floor: Decimal::ZERO,
        cap: Decimal::new(5, 2),
        lead: 0,
    };
    // 6 % are expected, of which the cap leaves 5 %; 4 % of the first year are published.
    let offer =
        IndexOffer { clause, expected: Decimal::new(6, 2), published: vec![Decimal::new(4, 2)] };
    let only = [Lever::Escalation];
    let mut cache = SpectrumCache::new();
    let search = |index: Option<&IndexOffer>, cache: &mut SpectrumCache| {
        find(&wanted, Target::Discount(0.001), (&only, index), 20, cache).unwrap()
    };
    let (without, with) = (search(None, &mut cache), search(Some(&offer), &mut cache));
    assert_eq!((without.evaluated, with.evaluated), (2, 3));
    let on_index = with.concessions.iter().find(|c| c.terms.index.is_some()).unwrap();
    let change = &on_index.changes[0].choice;
    assert_eq!(change.to, "escalation by cn-ppi within 0 and 5 %, 5 % expected");
    assert!((change.steps - 2.5).abs() < 1e-12, "beyond the two steps to 4 %");
    assert_eq!(on_index.terms.index_changes, [Decimal::new(4, 2)]);
    assert_eq!(on_index.terms.annual_escalation, Decimal::new(5, 2));
    let quoted = QuoteInput { terms: on_index.terms.clone(), ..wanted.clone() };
    let quoted = quote(&quoted, &mut cache).unwrap();
    let ratio = model(on_index.mean_cost.amount()) / model(quoted.cost.mean.amount());
    assert!((ratio - 1.0).abs() < 1e-4, "{ratio}");
    // The fees are the fees of a quote: 1, 1.04, 1.04 x 1.05, ... of the first.
    let fees: Vec<f64> = quoted.fees().iter().map(|fee| model(fee.fee.amount())).collect();
    let growth = [1.0, 1.04, 1.092, 1.1466, 1.20393];
    let sum: f64 = growth.iter().sum();
    assert!((fees[4] / fees[0] - growth[4]).abs() < 1e-5);
    let first = model(on_index.contract_price.amount()) / sum;
    let plain = quote(&wanted, &mut cache).unwrap();
    let base = model(plain.fees()[0].fee.amount()) * 0.999;
    assert!((first / base - 1.0).abs() < 1e-3, "{first} {base}");
    // Who has an index already is offered no other.
    let again = QuoteInput { terms: on_index.terms.clone(), ..wanted.clone() };
    let again = find(&again, Target::Discount(0.001), (&only, Some(&offer)), 20, &mut cache);
    assert_eq!(again.unwrap().evaluated, 0);
}
