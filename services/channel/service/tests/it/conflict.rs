//! A conflict's way from suspicion to decision, with its guards.

use crate::market::{Channel, cny, day, document, seen, sgtin, shipping};
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_api::aftercare::r#type::v1::Period;
use aftercare_platform::testing::Kind;
use tonic::Code;
use tonic_types::StatusExt;

fn reason(status: &tonic::Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

/// d1 sells twelve of its forty units into Jiangxi; d2 behaves.
async fn diverted(kind: Kind) -> Channel {
    let channel = Channel::with_market(kind).await;
    let units = |letter: char| (0..40).map(|i| sgtin(&format!("{letter}{i}"))).collect::<Vec<_>>();
    let mut events = vec![
        shipping(&units('A'), 0, 1, "2025-10-05T02:00:00Z"),
        shipping(&units('B'), 0, 2, "2025-10-05T02:00:00Z"),
    ];
    for i in 0..20 {
        let region = if i < 12 { "360100" } else { "330106" };
        events.push(seen(
            &sgtin(&format!("A{i}")),
            region,
            &format!("2025-11-{:02}T02:00:00Z", 1 + i),
        ));
        events.push(seen(
            &sgtin(&format!("B{i}")),
            "360100",
            &format!("2025-11-{:02}T02:00:00Z", 1 + i),
        ));
    }
    channel.capture().capture_document(document(events)).await.unwrap();
    channel
}

fn window() -> Option<Period> {
    Some(Period { start_date: day(2025, 10, 1), end_date: day(2026, 1, 1) })
}

async fn detection_finds_it_once_and_the_conflict_goes_its_way(kind: Kind) {
    let mut channel = diverted(kind).await;
    let run = pb::RunDetectionRequest { window: window(), ..Default::default() };
    let found = channel.detection().run_detection(run.clone()).await.unwrap().into_inner();
    assert_eq!((found.sightings, found.signals.len(), found.conflicts.len()), (40, 1, 1));
    let signal = &found.signals[0];
    assert_eq!(
        (signal.out_of_territory, signal.judged, signal.region.as_str()),
        (12, 20, "360000")
    );
    let again = channel.detection().run_detection(run).await.unwrap().into_inner();
    assert_eq!(again.signals[0].name, signal.name);
    let list = pb::ListConflictsRequest {
        filter: "accused = \"distributors/d1\"".to_owned(),
        ..Default::default()
    };
    let listed = channel.conflicts().list_conflicts(list).await.unwrap().into_inner().conflicts;
    assert_eq!(
        (listed.len(), listed[0].etag.as_str(), listed[0].state()),
        (1, "\"1\"", pb::ConflictState::Suspected)
    );
    let name = found.conflicts[0].clone();
    guards(&channel, &name).await;
    decided(&mut channel, &name).await;
}

async fn guards(channel: &Channel, name: &str) {
    let confirm = pb::ConfirmConflictRequest {
        name: name.to_owned(),
        note: "proven".to_owned(),
        intent: pb::Intent::Deliberate.into(),
        ..Default::default()
    };
    let early = channel.conflicts().confirm_conflict(confirm.clone()).await.unwrap_err();
    assert_eq!(
        (early.code(), reason(&early).as_str()),
        (Code::FailedPrecondition, "CONFLICT_ILLEGAL_MOVE")
    );
    let investigate = pb::InvestigateConflictRequest {
        name: name.to_owned(),
        statement_due_time: Some(prost_types::Timestamp { seconds: 1_773_000_000, nanos: 0 }),
        ..Default::default()
    };
    channel.conflicts().investigate_conflict(investigate).await.unwrap();
    let unheard = channel.conflicts().confirm_conflict(confirm.clone()).await.unwrap_err();
    assert_eq!(reason(&unheard), "CONFLICT_ACCUSED_NOT_HEARD");
    let propose =
        pb::ProposeSanctionsRequest { name: name.to_owned(), intent: pb::Intent::Tolerated.into() };
    let blind = channel.conflicts().propose_sanctions(propose).await.unwrap_err();
    assert_eq!(reason(&blind), "CONFLICT_NOT_MEASURED");
    let statement = pb::RecordStatementRequest {
        name: name.to_owned(),
        statement: "we sold at home".to_owned(),
        ..Default::default()
    };
    channel.conflicts().record_statement(statement).await.unwrap();
    let measure = pb::MeasureScaleRequest { name: name.to_owned(), ..Default::default() };
    let measured = channel.conflicts().measure_scale(measure).await.unwrap().into_inner();
    let scale = measured.scale.unwrap();
    // d2 has 40 honest units, 20 of them seen: 12 + 12 x 21 / 20 = 24.6 units without a bound, 24.06 summed over at most the 40 shipped.
    let diverted = scale.diverted.unwrap();
    assert!((diverted.expected - 24.06).abs() < 0.01, "{diverted:?}");
    assert_eq!(
        (scale.regions[0].shipped, scale.regions[0].seen, scale.regions[0].injured.as_str()),
        (40, 20, "distributors/d2")
    );
    let confirmed = channel.conflicts().confirm_conflict(confirm).await.unwrap().into_inner();
    assert_eq!((confirmed.state(), confirmed.history.len()), (pb::ConflictState::Confirmed, 2));
}

async fn decided(channel: &mut Channel, name: &str) {
    let propose = pb::ProposeSanctionsRequest { name: name.to_owned(), intent: 0 };
    let sanctions =
        channel.conflicts().propose_sanctions(propose).await.unwrap().into_inner().sanctions;
    assert!(sanctions.iter().any(|s| s.kind() == pb::SanctionKind::SupplyHold));
    let propose = pb::ProposeCompensationRequest {
        name: name.to_owned(),
        from_deduction: cny(10_000),
        fund_limit: None,
    };
    let compensation =
        channel.conflicts().propose_compensation(propose).await.unwrap().into_inner().compensation;
    let total = compensation.clone().unwrap();
    assert_eq!(total.shares.len(), 1);
    assert_eq!(total.from_deduction, cny(10_000));
    let mut decide = pb::DecideConflictRequest {
        name: name.to_owned(),
        sanctions,
        compensation,
        rationale: "as the ladder says".to_owned(),
        ..Default::default()
    };
    decide.compensation.as_mut().unwrap().shares[0].amount = cny(1);
    let unbalanced = channel.conflicts().decide_conflict(decide.clone()).await.unwrap_err();
    assert_eq!(reason(&unbalanced), "COMPENSATION_UNBALANCED");
    decide.compensation = Some(total);
    channel.acting("users/li");
    let first = channel.conflicts().decide_conflict(decide).await.unwrap().into_inner();
    assert_eq!(first.state(), pb::ConflictState::Confirmed);
    let approve = pb::ApproveHoldRequest { name: name.to_owned(), ..Default::default() };
    let alone = channel.conflicts().approve_hold(approve.clone()).await.unwrap_err();
    assert_eq!(reason(&alone), "CONFLICT_SECOND_PERSON_NEEDED");
    channel.acting("users/wang");
    let second = channel.conflicts().approve_hold(approve).await.unwrap().into_inner();
    assert_eq!(second.state(), pb::ConflictState::Decided);
    let decision = second.decision.unwrap();
    assert_eq!(
        (decision.decider.as_str(), decision.second_decider.as_str()),
        ("users/li", "users/wang")
    );
    let explain = pb::ExplainConflictRequest { name: name.to_owned(), max_sightings: 5 };
    let explained = channel.conflicts().explain_conflict(explain).await.unwrap().into_inner();
    assert_eq!(
        (explained.sightings.len(), explained.sightings_total, explained.custodies.len()),
        (5, 12, 5)
    );
    assert!(explained.sightings.iter().all(|s| s.verdict() == pb::Verdict::OutOfTerritory));
}

async fn a_dismissed_suspicion_is_no_news(kind: Kind) {
    let channel = diverted(kind).await;
    let run = pb::RunDetectionRequest { window: window(), ..Default::default() };
    let found = channel.detection().run_detection(run.clone()).await.unwrap().into_inner();
    let dismiss = pb::DismissConflictRequest {
        name: found.conflicts[0].clone(),
        note: "a project".to_owned(),
        ..Default::default()
    };
    channel.conflicts().dismiss_conflict(dismiss).await.unwrap();
    let again = channel.detection().run_detection(run).await.unwrap().into_inner();
    assert_eq!((again.signals.len(), again.conflicts.len()), (1, 0));
}

macro_rules! on_both {
    ($($test:ident)+) => {
        mod sqlite { $(#[tokio::test] async fn $test() { super::$test(super::Kind::Sqlite).await })+ }
        mod postgres { $(#[tokio::test] async fn $test() { super::$test(super::Kind::Postgres).await })+ }
    };
}
on_both!(detection_finds_it_once_and_the_conflict_goes_its_way a_dismissed_suspicion_is_no_news);
