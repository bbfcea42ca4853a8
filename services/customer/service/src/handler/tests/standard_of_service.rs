//! Grades, calendars and SLA policies: what we promise to whom.

use super::*;
use aftercare_platform::paging::Pager;

#[tokio::test]
async fn grades_explain_themselves_and_move_with_hysteresis() {
    let world = World::new().await;
    world.customer("c1").await;
    let evidence = pb::GradeEvidence {
        annual_revenue: yuan(1_250_000),
        margin_share: number("0.30"),
        wallet_share: number("0.25"),
        industry_standing: Some(4),
        references_given: Some(3),
        planned_purchases: yuan(600_000),
        growth_rate: number("0.15"),
        ..Default::default()
    };
    let request = |period: &str, evidence: Option<pb::GradeEvidence>| pb::GradeCustomerRequest {
        name: "customers/c1".to_owned(),
        evidence,
        period: period.to_owned(),
        ..Default::default()
    };
    let nothing =
        grade::grade(&world.db, &world.timelines, &actor(AGENT), &request("2026-Q1", None))
            .await
            .unwrap_err();
    assert_eq!(reason(&nothing), "NO_GRADE_EVIDENCE");
    let first = grade::grade(
        &world.db,
        &world.timelines,
        &actor(AGENT),
        &request("2026-Q1", Some(evidence.clone())),
    )
    .await
    .unwrap();
    assert_eq!(first.response.total, number("0.61925"));
    assert_eq!(first.response.grade(), pb::GradeLetter::B);
    assert_eq!(first.events[0].event_type, "aftercare.customer.v1.CustomerGraded");
    // Revenue of 100,000 scores 0.2, standing 2 scores 0.25: 0.5 x 0.41 + 0.2 x 0.47 + 0.3 x 0.555 = 0.4655, under 0.47.
    let worse =
        pb::GradeEvidence { annual_revenue: yuan(100_000), industry_standing: Some(2), ..evidence };
    let second =
        grade::grade(&world.db, &world.timelines, &actor(AGENT), &request("2026-Q2", Some(worse)))
            .await
            .unwrap();
    assert_eq!(second.response.r#move(), pb::GradeMove::MarginPassed);
    assert_eq!(second.response.grade(), pb::GradeLetter::C);
    let early = grade::grade(&world.db, &world.timelines, &actor(AGENT), &request("2025", None))
        .await
        .unwrap_err();
    assert_eq!(reason(&early), "PERIOD_OUT_OF_ORDER");
    let explain = pb::ExplainGradeRequest { name: "customers/c1".to_owned() };
    let explanation = grade::explain(&world.db, &actor(AGENT), &explain).await.unwrap();
    assert_eq!(explanation.record.unwrap().scores.len(), 3);
    let up = explanation.nearest_up.unwrap();
    assert_eq!(up.to_grade(), pb::GradeLetter::B);
    // No single input is worth the 0.1955 that lie between the total and the fall to D.
    assert_eq!(explanation.nearest_down, None);
    let history =
        pb::ListGradeHistoryRequest { name: "customers/c1".to_owned(), ..Default::default() };
    let page = list::grade_history(&world.db, &world.pager, &actor(AGENT), &history).await.unwrap();
    let periods: Vec<_> = page.records.iter().map(|record| record.period.as_str()).collect();
    assert_eq!(periods, ["2026-Q2", "2026-Q1"]);
}

#[tokio::test]
async fn a_policy_update_makes_the_next_version() {
    let world = World::new().await;
    let get = pb::GetGradePolicyRequest { name: "gradePolicies/current".to_owned() };
    let current = grade::get_policy(&world.db, &actor(AGENT), &get).await.unwrap();
    let change = pb::GradePolicy {
        name: get.name.clone(),
        margin: number("0.05"),
        etag: current.etag,
        ..Default::default()
    };
    let update =
        pb::UpdateGradePolicyRequest { grade_policy: Some(change.clone()), ..Default::default() };
    let next = grade::update_policy(&world.db, &actor(AGENT), &update).await.unwrap().response;
    assert_eq!((next.version, next.margin), (2, number("0.05")));
    assert_eq!(
        reason(&grade::update_policy(&world.db, &actor(AGENT), &update).await.unwrap_err()),
        "ETAG_MISMATCH"
    );
    let broken = pb::GradePolicy { margin: number("0.9"), etag: String::new(), ..change };
    let update = pb::UpdateGradePolicyRequest { grade_policy: Some(broken), ..Default::default() };
    let error = grade::update_policy(&world.db, &actor(AGENT), &update).await.unwrap_err();
    assert_eq!(fields(&error), ["grade_policy.margin"]);
    assert_eq!(
        grade::list_policies(&world.db, &Pager::new([7; 32]), &actor(AGENT), &Default::default())
            .await
            .unwrap()
            .grade_policies
            .len(),
        2
    );
}

#[tokio::test]
async fn calendars_answer_for_deadlines_and_name_what_is_wrong() {
    let world = World::new().await;
    let request = pb::CalculateDeadlineRequest {
        name: "calendars/china".to_owned(),
        start_time: Some(wire("2026-02-13T15:00:00+08")),
        unit: pb::TimeUnit::BusinessTime.into(),
        target: Some(prost_types::Duration { seconds: 24 * 3600, nanos: 0 }),
        target_days: 0,
    };
    let answer = calendar::calculate_deadline(&world.db, &world.timelines, &actor(AGENT), &request)
        .await
        .unwrap();
    assert_eq!(answer.deadline, Some(wire("2026-02-25T15:00:00+08")));
    let counted: i64 =
        answer.segments.iter().filter(|s| s.counted).map(|s| s.duration.unwrap().seconds).sum();
    assert_eq!((counted, answer.provisional), (24 * 3600, false));
    let wrong = pb::CalculateDeadlineRequest {
        unit: pb::TimeUnit::BusinessDays.into(),
        start_time: None,
        ..request
    };
    let error = calendar::calculate_deadline(&world.db, &world.timelines, &actor(AGENT), &wrong)
        .await
        .unwrap_err();
    assert_eq!(fields(&error), ["start_time", "target"]);
    let own = pb::CreateCalendarRequest {
        calendar: Some(pb::Calendar {
            display_name: "Two shifts".to_owned(),
            time_zone: "Asia/Hangzhou".to_owned(),
            ..Default::default()
        }),
        calendar_id: "two-shifts".to_owned(),
        ..Default::default()
    };
    let error = calendar::create(&world.db, &actor(AGENT), &own).await.unwrap_err();
    assert_eq!(fields(&error), ["calendar.time_zone"]);
    let listed =
        calendar::list(&world.db, &Pager::new([7; 32]), &actor(AGENT), &Default::default())
            .await
            .unwrap();
    let listed: Vec<String> = listed.calendars.into_iter().map(|calendar| calendar.name).collect();
    assert!(listed.contains(&"calendars/china".to_owned()));
    assert!(!listed.contains(&"calendars/two-shifts".to_owned()), "what was refused is not there");
}

#[tokio::test]
async fn own_sla_policies_stand_beside_the_shipped_ones() {
    let world = World::new().await;
    let all = standard::list(&world.db, &Pager::new([7; 32]), &actor(AGENT), &Default::default())
        .await
        .unwrap()
        .sla_policies;
    let first = all.iter().find(|policy| policy.name == "slaPolicies/quality-complaint");
    let first = first.unwrap().clone();
    let change = pb::SlaPolicy { milestones: first.milestones[..1].to_vec(), ..first };
    let update = pb::UpdateSlaPolicyRequest { sla_policy: Some(change), ..Default::default() };
    let next = standard::update(&world.db, &actor(AGENT), &update).await.unwrap().response;
    assert_eq!((next.version, next.system, next.milestones.len()), (2, false, 1));
    let delete = pb::DeleteSlaPolicyRequest { name: next.name, ..Default::default() };
    standard::delete(&world.db, &actor(AGENT), &delete).await.unwrap();
    let left = standard::list(&world.db, &Pager::new([7; 32]), &actor(AGENT), &Default::default())
        .await
        .unwrap()
        .sla_policies;
    assert_eq!(left.len(), all.len() - 1);
}
