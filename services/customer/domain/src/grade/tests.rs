//! Scores worked out by hand, hysteresis step by step, and changes that really move the grade.

use super::*;
use proptest::prelude::*;
use std::str::FromStr;

fn d(text: &str) -> Decimal {
    Decimal::from_str(text).unwrap()
}

fn yuan(amount: i64) -> Option<Money> {
    Some(Money::new(Decimal::from(amount), Currency::CNY).unwrap())
}

fn evidence() -> Evidence {
    Evidence {
        annual_revenue: yuan(1_250_000),
        margin_share: Some(d("0.30")),
        wallet_share: Some(d("0.25")),
        industry_standing: Some(4),
        references_given: Some(3),
        planned_purchases: yuan(600_000),
        growth_rate: Some(d("0.15")),
        ..Default::default()
    }
}

#[test]
fn scores_are_those_worked_out_by_hand() {
    let scored = score(&default_policy(), &evidence()).unwrap();
    // Contribution: 0.5 x (0.45 + 0.25 x 0.5) + 0.3 x 0.8 + 0.2 x 0.35 = 0.2875 + 0.24 + 0.07 = 0.5975
    // Influence: 0.6 x 0.75 + 0.4 x 0.8 = 0.77. Potential: 0.6 x 0.475 + 0.4 x 0.675 = 0.285 + 0.27 = 0.555
    let values: Vec<_> = scored.scores.iter().map(|line| line.value).collect();
    assert_eq!(values, [d("0.5975"), d("0.77"), d("0.555")]);
    // 0.5 x 0.5975 + 0.2 x 0.77 + 0.3 x 0.555 = 0.29875 + 0.154 + 0.1665
    assert_eq!(scored.total, d("0.61925"));
    let parts: Decimal =
        scored.scores.iter().flat_map(|line| &line.inputs).map(|input| input.contribution).sum();
    assert_eq!(parts, scored.total);
    assert_eq!(default_policy().grade_at(scored.total, Decimal::ZERO), Grade::B);
}

#[test]
fn unknown_is_not_zero_but_scores_nothing() {
    let policy = default_policy();
    assert_eq!(score(&policy, &Evidence::default()), Err(GradeError::NoEvidence));
    let zero = Evidence { growth_rate: Some(Decimal::ZERO), ..Default::default() };
    assert_eq!(score(&policy, &zero).unwrap().total, d("0.042"));
    let euro = Evidence { annual_revenue: Some(Money::zero(Currency::EUR)), ..Default::default() };
    assert!(matches!(score(&policy, &euro), Err(GradeError::Currency { .. })));
}

#[test]
fn a_grade_moves_by_the_margin_or_by_periods_in_a_row() {
    let policy = default_policy();
    let past = |grade, raw| PastGrade { grade, raw };
    use Grade::{A, B, C, D};
    use GradeMove::{First, Held, MarginPassed, PeriodsInARow, Unchanged};
    for (total, history, grade, reason) in [
        ("0.71", vec![], A, First),
        ("0.71", vec![past(A, A)], A, Unchanged),
        ("0.71", vec![past(B, B)], B, Held),
        ("0.73", vec![past(B, B)], A, MarginPassed),
        ("0.71", vec![past(B, A)], A, PeriodsInARow),
        ("0.68", vec![past(A, A)], A, Held),
        ("0.6699", vec![past(A, A)], B, MarginPassed),
        ("0.67", vec![past(A, A)], A, Held),
        ("0.68", vec![past(A, B)], B, PeriodsInARow),
        // Past two thresholds, the second by less than the margin.
        ("0.71", vec![past(C, C)], B, MarginPassed),
        ("0.71", vec![past(C, A)], A, PeriodsInARow),
        ("0.71", vec![past(C, B)], B, MarginPassed),
        ("0.10", vec![past(A, A)], D, MarginPassed),
        ("0.71", vec![past(B, C)], B, Held),
    ] {
        let decision = decide(&policy, d(total), &history);
        assert_eq!((decision.grade, decision.reason), (grade, reason), "{total} {history:?}");
    }
}

#[test]
fn the_nearest_change_is_named_with_its_value() {
    let policy = default_policy();
    let found = changes(&policy, &evidence(), Grade::B).unwrap();
    let up: Vec<_> = found.iter().filter(|change| change.grade == Grade::A).collect();
    // 0.11075 is missing to 0.73. Standing and references can add 0.03 and 0.016 at most, wallet share 0.065, and
    // margin 0.03; revenue needs 0.25 x (s - 0.575) = 0.11075, s = 1.018, which it cannot reach; growth can add
    // 0.039; plans need 0.18 x (s - 0.475) = 0.11075, s = 1.0903: no single input is enough.
    assert!(up.is_empty(), "{up:?}");
    let mut near = evidence();
    near.annual_revenue = yuan(2_000_000);
    near.industry_standing = Some(5);
    near.wallet_share = Some(d("0.5"));
    // Total 0.61925 + 0.03125 + 0.03 + 0.035 = 0.7155, and 0.73 is 0.0145 away.
    let found = changes(&policy, &near, Grade::B).unwrap();
    let up: Vec<_> = found
        .iter()
        .filter(|change| change.grade == Grade::A)
        .map(|change| (change.kind, change.to))
        .collect();
    assert!(up.contains(&(GradeInputKind::ReferencesGiven, Decimal::from(6))), "{up:?}");
    // 0.0145 / 0.25 = 0.058 of score: 2,000,000 + 0.058 / 0.3 x 8,000,000, rounded up to the millionth.
    assert!(up.contains(&(GradeInputKind::AnnualRevenue, d("3546666.666667"))), "{up:?}");
}

#[test]
fn a_policy_names_every_fault() {
    let mut policy = default_policy();
    policy.thresholds.reverse();
    policy.margin = Decimal::ONE;
    policy.inputs[0].weight = d("0.6");
    policy.inputs[1].scale.truncate(1);
    policy.periods_in_a_row = 0;
    let mut wrong = aftercare_kernel::fault::Violations::new();
    policy.check(&mut wrong);
    let fields: Vec<_> =
        wrong.finish().unwrap_err().fields().iter().map(|field| field.field.clone()).collect();
    assert_eq!(fields, ["inputs[1].scale", "inputs", "threshold_a", "margin", "periods_in_a_row"]);
    let mut huge = default_policy();
    huge.inputs[0].weight = Decimal::MAX;
    huge.inputs[1].weight = Decimal::MAX;
    huge.inputs[2].scale[1].value = Decimal::MAX;
    huge.score_weights.iter_mut().for_each(|(_, weight)| *weight = Decimal::MAX);
    let mut wrong = aftercare_kernel::fault::Violations::new();
    huge.check(&mut wrong);
    assert_eq!(wrong.finish().unwrap_err().fields().len(), 5);
    let mut sound = aftercare_kernel::fault::Violations::new();
    default_policy().check(&mut sound);
    assert_eq!(sound.finish(), Ok(()));
}

proptest! {
    #[test]
    fn every_change_named_moves_the_grade_when_it_is_made(
        revenue in 0i64..12_000_000, margin in -20i64..60, wallet in 0i64..100, standing in 1u8..=5,
        references in 0u32..8, plans in 0i64..6_000_000, growth in -40i64..60,
    ) {
        let policy = default_policy();
        let evidence = Evidence {
            annual_revenue: yuan(revenue),
            margin_share: Some(Decimal::new(margin, 2)),
            wallet_share: Some(Decimal::new(wallet, 2)),
            industry_standing: Some(standing),
            references_given: Some(references),
            planned_purchases: yuan(plans),
            growth_rate: Some(Decimal::new(growth, 2)),
            ..Default::default()
        };
        let total = score(&policy, &evidence).unwrap().total;
        prop_assert!(total >= Decimal::ZERO && total <= Decimal::ONE);
        let grade = policy.grade_at(total, Decimal::ZERO);
        let past = [PastGrade { grade, raw: grade }];
        let money = |value: Decimal| Some(Money::new(value, Currency::CNY).unwrap());
        let whole = |value: Decimal| u32::try_from(value.mantissa() / 10i128.pow(value.scale())).unwrap();
        for change in changes(&policy, &evidence, grade).unwrap() {
            let mut changed = evidence.clone();
            match change.kind {
                GradeInputKind::AnnualRevenue => changed.annual_revenue = money(change.to),
                GradeInputKind::PlannedPurchases => changed.planned_purchases = money(change.to),
                GradeInputKind::MarginShare => changed.margin_share = Some(change.to),
                GradeInputKind::WalletShare => changed.wallet_share = Some(change.to),
                GradeInputKind::GrowthRate => changed.growth_rate = Some(change.to),
                GradeInputKind::ServiceProfitShare => changed.service_profit_share = Some(change.to),
                GradeInputKind::IndustryStanding => changed.industry_standing = u8::try_from(whole(change.to)).ok(),
                GradeInputKind::ReferencesGiven => changed.references_given = Some(whole(change.to)),
            }
            let after = score(&policy, &changed).unwrap().total;
            prop_assert_eq!(decide(&policy, after, &past).grade, change.grade);
            prop_assert!(change.grade != grade);
        }
    }
}
