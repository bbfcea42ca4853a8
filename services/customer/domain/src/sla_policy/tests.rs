//! Which policy a case gets, and that the seeded ones are sound.

use super::*;
use crate::customer::Fit;
use crate::milestone::{Milestone, Target};

fn facts(kind: CaseKind, category: Option<ComplaintCategory>) -> CaseFacts<'static> {
    CaseFacts {
        kind,
        category,
        grade: Some(Grade::B),
        fit: Fit::General,
        priority: CasePriority::Normal,
        products: vec![],
        region: None,
        channel: "phone",
        topic: "",
    }
}

#[test]
fn seeded_policies_are_sound_and_the_first_match_wins() {
    let policies = default_policies();
    for (id, policy) in &policies {
        let mut wrong = Violations::new();
        policy.check(&mut wrong);
        assert_eq!(wrong.finish(), Ok(()), "{id}");
    }
    let chosen = |facts: &CaseFacts<'_>| {
        select(policies.iter().map(|(id, policy)| (*id, policy)), facts).map(|(id, _)| id)
    };
    for (category, id) in [
        (ComplaintCategory::ProductQuality, "quality-complaint"),
        (ComplaintCategory::LateDelivery, "late-delivery"),
        (ComplaintCategory::StaffConduct, "staff-conduct"),
        (ComplaintCategory::Price, "any-complaint"),
    ] {
        assert_eq!(chosen(&facts(CaseKind::Complaint, Some(category))), Some(id));
    }
    assert_eq!(chosen(&facts(CaseKind::Inquiry, None)), None);
    let technical = CaseFacts { topic: "technical_question", ..facts(CaseKind::Inquiry, None) };
    assert_eq!(chosen(&technical), Some("technical-question"));
}

#[test]
fn conditions_hold_only_if_every_given_field_matches() {
    let zhejiang = RegionCode::parse("330000").unwrap();
    let hangzhou = RegionCode::parse("330100").unwrap();
    let condition = SlaCondition {
        grades: vec![Grade::A, Grade::B],
        regions: vec![zhejiang],
        products: vec!["products/ga37".to_owned()],
        ..Default::default()
    };
    let policy = SlaPolicy {
        display_name: "x".to_owned(),
        position: 1,
        conditions: vec![condition],
        milestones: vec![],
    };
    let base = facts(CaseKind::Request, None);
    assert!(!policy.matches(&base));
    let there = CaseFacts { region: Some(&hangzhou), products: vec!["products/ga37"], ..base };
    assert!(policy.matches(&there));
    assert!(!policy.matches(&CaseFacts { grade: None, ..there }));
}

#[test]
fn an_internal_promise_must_nest() {
    let (_, mut policy) = default_policies().remove(0);
    policy.milestones[0].internal = Some(Target::BusinessTime(crate::instant::Elapsed::hours(2)));
    policy.milestones[1].internal = Some(Target::CalendarDays(1));
    policy.milestones[2].milestone = Milestone::FirstReply;
    let mut wrong = Violations::new();
    policy.check(&mut wrong);
    let fields: Vec<_> =
        wrong.finish().unwrap_err().fields().iter().map(|field| field.field.clone()).collect();
    assert_eq!(
        fields,
        [
            "milestones[0].internal_target",
            "milestones[1].internal_target",
            "milestones[2].milestone"
        ]
    );
}
