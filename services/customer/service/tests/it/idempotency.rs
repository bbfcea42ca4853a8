//! The same request twice writes once; another body under its id is refused.

use super::{client, furnish, li, on_both, reason, request_id, suite};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_platform::testing::Kind;
use tonic::Code;

on_both!(a_repeated_request_is_answered_as_before);

async fn a_repeated_request_is_answered_as_before(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    furnish(&suite, &call).await;
    let mut client = client!(suite, &call, case_service_client::CaseServiceClient);
    let request = pb::CreateCaseRequest {
        case: Some(pb::Case {
            customer: "customers/c1".to_owned(),
            kind: pb::CaseKind::Inquiry.into(),
            topic: "technical_question".to_owned(),
            subject: "Which oil?".to_owned(),
            ..Default::default()
        }),
        request_id: request_id(),
        ..Default::default()
    };
    let first = client.create_case(request.clone()).await.unwrap().into_inner();
    let again = client.create_case(request.clone()).await.unwrap().into_inner();
    assert_eq!(first, again);
    assert_eq!(first.clocks.len(), 1);
    let mut other = request;
    if let Some(case) = &mut other.case {
        case.subject = "Which filter?".to_owned();
    }
    let status = client.create_case(other).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status)),
        (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned())
    );
    let all = client.list_cases(pb::ListCasesRequest::default()).await.unwrap().into_inner();
    assert_eq!(all.cases.len(), 1);
}
