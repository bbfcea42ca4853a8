//! Guidance in use of a new direct account: within ten days, then each quarter, as clocks.

use super::{at, call, client, furnish, li, on_both, request_id, suite};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_platform::testing::{Kind, TestSuite};

on_both!(guidance_is_promised_within_ten_days_and_again_each_quarter);

async fn happened(suite: &TestSuite, kind: pb::ClockEventKind, when: &str) -> pb::Case {
    let call = call("demo", "li", when);
    let mut cases = client!(suite, &call, case_service_client::CaseServiceClient);
    let request = pb::RecordClockEventRequest {
        name: "cases/g1".to_owned(),
        event: Some(pb::ClockEvent { kind: kind.into(), ..Default::default() }),
        request_id: request_id(),
        ..Default::default()
    };
    cases.record_clock_event(request).await.unwrap().into_inner()
}

fn clock(
    case: &pb::Case,
    milestone: pb::Milestone,
) -> (pb::ClockState, Option<prost_types::Timestamp>) {
    let found = case.clocks.iter().find(|clock| clock.milestone() == milestone).unwrap();
    (found.state(), found.deadline)
}

async fn guidance_is_promised_within_ten_days_and_again_each_quarter(kind: Kind) {
    let suite = suite(kind).await;
    furnish(&suite, &li()).await;
    let call = call("demo", "li", "2026-03-02T09:00:00+08");
    let mut cases = client!(&suite, &call, case_service_client::CaseServiceClient);
    let request = pb::CreateCaseRequest {
        case: Some(pb::Case {
            customer: "customers/c1".to_owned(),
            kind: pb::CaseKind::Request.into(),
            topic: "usage_guidance".to_owned(),
            subject: "New direct account".to_owned(),
            ..Default::default()
        }),
        case_id: "g1".to_owned(),
        request_id: request_id(),
    };
    cases.create_case(request).await.unwrap();
    use pb::ClockState::{Met, NotStarted, Running};
    use pb::Milestone::{PeriodicUpdate, UsageGuidance};
    let opened =
        happened(&suite, pb::ClockEventKind::AccountOpened, "2026-03-02T10:00:00+08").await;
    assert_eq!(clock(&opened, UsageGuidance), (Running, at("2026-03-12T10:00:00+08")));
    assert_eq!(clock(&opened, PeriodicUpdate).0, NotStarted);
    let guided = happened(&suite, pb::ClockEventKind::Guided, "2026-03-09T10:00:00+08").await;
    assert_eq!(clock(&guided, UsageGuidance).0, Met);
    assert_eq!(clock(&guided, PeriodicUpdate), (Running, at("2026-06-09T10:00:00+08")));
    let again = happened(&suite, pb::ClockEventKind::Guided, "2026-06-08T10:00:00+08").await;
    assert_eq!(clock(&again, UsageGuidance).0, Met);
    assert_eq!(clock(&again, PeriodicUpdate), (Running, at("2026-09-08T10:00:00+08")));
}
