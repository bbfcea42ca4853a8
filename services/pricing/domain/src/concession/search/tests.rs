//! What must hold for any bargain.

use super::*;
use crate::concession::Lever;
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
    let found = find(&wanted(), Target::Discount(0.1), &[], 20, &mut SpectrumCache::new()).unwrap();
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
    let found = find(&wanted(), Target::Discount(0.1), &[], 3, &mut SpectrumCache::new()).unwrap();
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
    let found = find(&wanted(), Target::Discount(0.1), &[], 3, &mut SpectrumCache::new()).unwrap();
    assert!(found.unchanged.margin < 0.3);
    assert!(found.unchanged.explanation.starts_with("refused"));
    assert!(found.unchanged.changes.is_empty());
}

#[test]
fn no_concession_of_the_front_beats_another() {
    let found =
        find(&wanted(), Target::Discount(0.08), &[], 200, &mut SpectrumCache::new()).unwrap();
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
        find(&wanted(), Target::Discount(0.02), &allowed, 9, &mut SpectrumCache::new()).unwrap();
    assert_eq!(found.evaluated, 2);
    let levers = found.concessions.iter().flat_map(|c| &c.changes).map(|made| made.choice.lever);
    assert!(levers.into_iter().all(|lever| lever == Lever::ResponseTime));
    let none =
        find(&wanted(), Target::Discount(0.95), &allowed, 9, &mut SpectrumCache::new()).unwrap();
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
        let found = find(&wanted, target, &[], 50, &mut SpectrumCache::new()).unwrap();
        for concession in &found.concessions {
            prop_assert!(concession.margin >= model(wanted.policy.target_margin) - 1e-9);
            prop_assert!(concession.loss_probability <= model(wanted.policy.max_loss_probability) + 1e-9);
            prop_assert!(concession.price.amount() <= found.target.amount());
            prop_assert!(!concession.changes.is_empty() && concession.terms != wanted.terms);
        }
    }
}
