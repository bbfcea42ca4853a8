//! Grading over the wire: the total worked out by hand, its explanation, a stale version.

use super::{client, furnish, li, on_both, reason, suite};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::google::r#type as google;
use aftercare_platform::testing::Kind;
use tonic::Code;

on_both!(a_grade_says_what_it_rests_on);

async fn a_grade_says_what_it_rests_on(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    furnish(&suite, &call).await;
    let yuan = |units| Some(google::Money { currency_code: "CNY".to_owned(), units, nanos: 0 });
    let number = |value: &str| Some(google::Decimal { value: value.to_owned() });
    let mut client = client!(suite, &call, grade_service_client::GradeServiceClient);
    let request = pb::GradeCustomerRequest {
        name: "customers/c1".to_owned(),
        evidence: Some(pb::GradeEvidence {
            annual_revenue: yuan(1_250_000),
            margin_share: number("0.30"),
            wallet_share: number("0.25"),
            industry_standing: Some(4),
            references_given: Some(3),
            planned_purchases: yuan(600_000),
            growth_rate: number("0.15"),
            ..Default::default()
        }),
        period: "2026-Q1".to_owned(),
        etag: "\"1\"".to_owned(),
        ..Default::default()
    };
    let record = client.grade_customer(request.clone()).await.unwrap().into_inner();
    // 0.5 x 0.5975 + 0.2 x 0.77 + 0.3 x 0.555.
    assert_eq!((record.grade(), &record.total), (pb::GradeLetter::B, &number("0.61925")));
    let stale = client.grade_customer(request).await.unwrap_err();
    assert_eq!((stale.code(), reason(&stale)), (Code::Aborted, "ETAG_MISMATCH".to_owned()));
    let explain = pb::ExplainGradeRequest { name: "customers/c1".to_owned() };
    let explained = client.explain_grade(explain).await.unwrap().into_inner();
    let known =
        explained.record.unwrap().scores.iter().map(|score| score.inputs.len()).sum::<usize>();
    assert_eq!((known, explained.policy.unwrap().version), (7, 1));
    let explain = pb::ExplainGradeRequest { name: "customers/c2".to_owned() };
    assert_eq!(reason(&client.explain_grade(explain).await.unwrap_err()), "CUSTOMER_NOT_GRADED");
}
