//! A quality complaint over the Spring Festival of 2026 over the wire.

use super::{at, call, client, furnish, li, on_both, reason, request_id, suite};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_platform::testing::Kind;
use tonic::Code;
use tonic_types::StatusExt;

on_both!(the_clock_counts_make_up_days_and_explains_itself);
on_both!(an_illegal_move_names_the_moves_there_are);

fn complaint() -> pb::CreateCaseRequest {
    pb::CreateCaseRequest {
        case: Some(pb::Case {
            customer: "customers/c1".to_owned(),
            kind: pb::CaseKind::Complaint.into(),
            category: pb::ComplaintCategory::ProductQuality.into(),
            subject: "Compressor down again".to_owned(),
            assets: vec!["customers/c1/assets/zj-1".to_owned()],
            report_time: at("2026-02-14T17:30:00+08"),
            ..Default::default()
        }),
        case_id: "k1".to_owned(),
        request_id: request_id(),
    }
}

async fn the_clock_counts_make_up_days_and_explains_itself(kind: Kind) {
    let suite = suite(kind).await;
    let early = call("demo", "li", "2026-02-14T17:31:00+08");
    furnish(&suite, &early).await;
    let mut client = client!(suite, &early, case_service_client::CaseServiceClient);
    let case = client.create_case(complaint()).await.unwrap().into_inner();
    let deadlines: Vec<_> = case.clocks.iter().map(|clock| clock.deadline).collect();
    assert!(deadlines.contains(&at("2026-02-24T09:30:00+08")), "{deadlines:?}");
    let mut client = client!(suite, &li(), case_service_client::CaseServiceClient);
    let request = pb::ExplainClockRequest {
        name: "cases/k1/clocks/investigation".to_owned(),
        read_time: at("2026-02-24T09:15:00+08"),
    };
    let explained = client.explain_clock(request).await.unwrap().into_inner();
    let sum: i64 = explained
        .segments
        .iter()
        .filter(|segment| segment.counted)
        .map(|segment| segment.duration.unwrap().seconds)
        .sum();
    assert_eq!((sum, explained.counted.unwrap().seconds), (45 * 60, 45 * 60));
    assert_eq!(explained.clock.unwrap().state(), pb::ClockState::Running);
    let read = client.get_case(pb::GetCaseRequest { name: "cases/k1".to_owned() }).await.unwrap();
    let states: Vec<_> = read.into_inner().clocks.iter().map(|clock| clock.state()).collect();
    // First reply and finding are overdue at noon of 24 February; thirty days are not.
    assert_eq!(states.iter().filter(|s| **s == pb::ClockState::BreachedRunning).count(), 2);
}

async fn an_illegal_move_names_the_moves_there_are(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    furnish(&suite, &call).await;
    let mut client = client!(suite, &call, case_service_client::CaseServiceClient);
    client.create_case(complaint()).await.unwrap();
    let close = pb::CloseCaseRequest { name: "cases/k1".to_owned(), ..Default::default() };
    let status = client.close_case(close).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status)),
        (Code::FailedPrecondition, "ILLEGAL_CASE_MOVE".to_owned())
    );
    let info = status.get_details_error_info().unwrap();
    assert_eq!(info.metadata.get("state").map(String::as_str), Some("REGISTERED"));
    assert_eq!(
        info.metadata.get("allowed").map(String::as_str),
        Some("ACKNOWLEDGE, MARK_DUPLICATE, WITHDRAW")
    );
    let violation = &status.get_details_precondition_failure().unwrap().violations[0];
    assert_eq!(violation.subject, "cases/k1");
}
