//! What serving a customer left of its margin feeds the next plan: the grade's contribution, and how often contacts are.

use super::follow_up::{contact, update};
use super::standard::grade;
use super::{at, call, client, furnish, li, on_both, request_id, suite};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::google::r#type as google;
use aftercare_platform::testing::{Kind, TestSuite};

on_both!(grading_scores_what_serving_the_customer_left_of_its_margin);
on_both!(a_quarter_that_left_little_stretches_the_contacts_of_the_next);

fn yuan(units: i64) -> Option<google::Money> {
    Some(google::Money { currency_code: "CNY".to_owned(), units, nanos: 0 })
}

fn decimal(value: &str) -> Option<google::Decimal> {
    Some(google::Decimal { value: value.to_owned() })
}

/// A repair of February 2026 that cost so much labour.
async fn repaired(suite: &TestSuite, cost: i64) {
    let order = pb::WorkOrder {
        asset: "customers/c1/assets/zj-1".to_owned(),
        kind: pb::WorkOrderKind::Repair.into(),
        failure_mode: "SEAL".to_owned(),
        complete_time: at("2026-02-10T12:00:00Z"),
        labour_cost: yuan(cost),
        ..Default::default()
    };
    let request = pb::CreateWorkOrderRequest {
        work_order: Some(order),
        work_order_id: "w1".to_owned(),
        request_id: request_id(),
    };
    let mut client = client!(suite, &li(), work_order_service_client::WorkOrderServiceClient);
    client.create_work_order(request).await.unwrap();
}

async fn grading_scores_what_serving_the_customer_left_of_its_margin(kind: Kind) {
    let suite = suite(kind).await;
    furnish(&suite, &li()).await;
    repaired(&suite, 20_000).await;
    let mut client = client!(suite, &li(), grade_service_client::GradeServiceClient);
    let name = "gradePolicies/current".to_owned();
    let get = pb::GetGradePolicyRequest { name };
    let mut policy = client.get_grade_policy(get).await.unwrap().into_inner();
    // In the place of the gross margin.
    let margin = policy.inputs.iter_mut().find(|i| i.kind() == pb::GradeInputKind::MarginShare);
    let margin = margin.unwrap();
    margin.set_kind(pb::GradeInputKind::ServiceProfitShare);
    margin.scale = [("0", "0"), ("1", "1")]
        .map(|(value, score)| pb::ScalePoint { value: decimal(value), score: decimal(score) })
        .to_vec();
    let update = pb::UpdateGradePolicyRequest {
        grade_policy: Some(pb::GradePolicy { name: "gradePolicies/current".to_owned(), ..policy }),
        request_id: request_id(),
        ..Default::default()
    };
    client.update_grade_policy(update).await.unwrap();
    let graded = |period: &str| pb::GradeCustomerRequest {
        name: "customers/c1".to_owned(),
        period: period.to_owned(),
        evidence: Some(pb::GradeEvidence {
            annual_revenue: yuan(365_000),
            margin_share: decimal("0.4"),
            // What a caller says of it is not looked at.
            service_profit_share: decimal("0.99"),
            ..Default::default()
        }),
        request_id: request_id(),
        ..Default::default()
    };
    // The quarter before brought 365,000 x 0.4 x 90 / 365 = 36,000, of which 16,000 were left: 0.4444.
    for (period, share) in [("2026-Q1", "1"), ("2026-Q2", "0.4444")] {
        let record = client.grade_customer(graded(period)).await.unwrap().into_inner();
        let evidence = record.evidence.unwrap();
        let found = evidence.service_profit_share.unwrap().value;
        assert_eq!(found.trim_end_matches('0').trim_end_matches('.'), share, "{period}");
    }
    let explain = pb::ExplainGradeRequest { name: "customers/c1".to_owned() };
    let told = client.explain_grade(explain).await.unwrap().into_inner().record.unwrap();
    let lines: Vec<_> = told.scores.iter().flat_map(|score| &score.inputs).collect();
    let line = lines.iter().find(|line| line.kind() == pb::GradeInputKind::ServiceProfitShare);
    let line = line.unwrap();
    assert_eq!(line.value.as_ref().unwrap().value, "0.4444");
    assert_eq!(line.score.as_ref().unwrap().value, "0.4444");
}

async fn a_quarter_that_left_little_stretches_the_contacts_of_the_next(kind: Kind) {
    let suite = suite(kind).await;
    furnish(&suite, &li()).await;
    contact(&suite, &li(), "c1", |_| ()).await;
    assert_eq!(grade(&suite, "2025", 99_000_000).await, pb::GradeLetter::A);
    // The quarter brought 99,000,000 x 0.9 x 90 / 365 = 21,969,863.01.
    repaired(&suite, 20_000_000).await;
    let rule = |least: &str| pb::ProfitRule {
        least_profit_share: decimal(least),
        contact_cadence: "P2M".to_owned(),
    };
    let mut standards = client!(suite, &li(), standard_service_client::StandardServiceClient);
    let request = pb::UpdateServiceStandardRequest {
        service_standard: Some(pb::ServiceStandard {
            name: "serviceStandards/grade-a".to_owned(),
            profit_rule: Some(rule("1.5")),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["profit_rule".to_owned()] }),
        ..Default::default()
    };
    let status = standards.update_service_standard(request.clone()).await.unwrap_err();
    let field = "service_standard.profit_rule.least_profit_share";
    assert_eq!(super::fields(&status), [field]);
    let mut request = request;
    request.service_standard.as_mut().unwrap().profit_rule = Some(rule("0.5"));
    standards.update_service_standard(request).await.unwrap();
    let regular = pb::FollowUpRule {
        name: "followUpRules/regular".to_owned(),
        display_name: "As often as the standard says".to_owned(),
        kind: pb::FollowUpKind::StaffVisit.into(),
        trigger: pb::FollowUpTrigger::Periodic.into(),
        max_days: 10,
        enabled: true,
        ..Default::default()
    };
    let mut client = client!(suite, &li(), follow_up_service_client::FollowUpServiceClient);
    client.update_follow_up_rule(update(regular)).await.unwrap();
    let planned = async |now: &str| {
        suite.run_due("customer", now.parse().unwrap()).await.unwrap();
        let call = call("demo", "li", now);
        let mut client = client!(suite, &call, follow_up_service_client::FollowUpServiceClient);
        let parent = "customers/c1".to_owned();
        let list = pb::ListFollowUpsRequest { parent, ..Default::default() };
        client.list_follow_ups(list).await.unwrap().into_inner().follow_ups
    };
    // A monthly turn of 24 May would be planned by now; every other month it is 24 June.
    assert!(planned("2026-05-20T00:00:00+08").await.is_empty());
    let found = planned("2026-06-12T00:00:00+08").await;
    assert_eq!((found.len(), found[0].due_time), (1, at("2026-06-24T09:00:00+08")));
    let explain = pb::ExplainFollowUpRequest { name: found[0].name.clone() };
    let checks = client.explain_follow_up(explain).await.unwrap().into_inner().checks;
    let told = checks.iter().find(|check| check.check == "service_profit").unwrap();
    assert!(
        told.detail.contains("from 2026-01-01 until 2026-04-01, 0.0897 left"),
        "{}",
        told.detail
    );
    assert!(told.detail.ends_with("serviceStandards/grade-a asks for 0.5: P2M"), "{}", told.detail);
}
