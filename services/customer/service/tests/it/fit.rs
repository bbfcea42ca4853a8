//! The four fits get different service, and HARMFUL is reviewed and ends by itself.

use super::authority::by;
use super::heard::listening;
use super::standard::grade;
use super::{at, call, client, fields, furnish, li, on_both, request_id, suite};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::google::r#type as google;
use aftercare_platform::testing::{Kind, TestSuite};

on_both!(the_four_fits_get_different_service);
on_both!(a_change_of_fit_tightens_running_promises_and_loosens_none);
on_both!(harmful_is_reviewed_ahead_of_its_end_and_ends_by_itself);
on_both!(a_renewed_fit_does_not_lapse);

const MORNING: &str = "2026-03-02T11:00:00+08";

macro_rules! customers {
    ($suite:expr, $call:expr) => {
        client!($suite, $call, customer_service_client::CustomerServiceClient)
    };
}

/// Li proposes, Wang approves.
pub(crate) async fn fit(suite: &TestSuite, now: &str, fit: pb::Fit, expires: Option<&str>) {
    let name = "customers/c1".to_owned();
    let propose = pb::ProposeFitRequest {
        name: name.clone(),
        fit: fit.into(),
        reason: "as agreed at the review".to_owned(),
        expire_time: expires.and_then(at),
        request_id: request_id(),
        ..Default::default()
    };
    customers!(suite, &call("demo", "li", now)).propose_fit(propose).await.unwrap();
    let approve = pb::ApproveFitRequest { name, request_id: request_id(), ..Default::default() };
    let approved = customers!(suite, &call("demo", "wang", now)).approve_fit(approve).await;
    assert_eq!(approved.unwrap().into_inner().fit(), fit);
}

async fn complain(suite: &TestSuite, id: &str) -> pb::Case {
    let request = pb::CreateCaseRequest {
        case: Some(pb::Case {
            customer: "customers/c1".to_owned(),
            kind: pb::CaseKind::Complaint.into(),
            category: pb::ComplaintCategory::ProductQuality.into(),
            subject: "Leaks oil".to_owned(),
            ..Default::default()
        }),
        case_id: id.to_owned(),
        request_id: request_id(),
    };
    let call = call("demo", "li", MORNING);
    let mut cases = client!(suite, &call, case_service_client::CaseServiceClient);
    cases.create_case(request).await.unwrap().into_inner()
}

async fn agents_limit(suite: &TestSuite, case: &str) -> i64 {
    let agent = by("zhao", "agent", MORNING);
    let mut proposals = client!(suite, &agent, proposal_service_client::ProposalServiceClient);
    let request = pb::GetAuthorityRequest { name: format!("cases/{case}") };
    proposals.get_authority(request).await.unwrap().into_inner().limit.unwrap().units
}

async fn the_four_fits_get_different_service(kind: Kind) {
    let suite = suite(kind).await;
    furnish(&suite, &li()).await;
    let unknown = complain(&suite, "ungraded").await;
    assert_eq!(unknown.applied_standard, None);
    assert_eq!(grade(&suite, "2025", 99_000_000).await, pb::GradeLetter::A);
    let soon = Some("2026-06-01T00:00:00+08");
    for (fit, expires, standard, why, policy, limit) in [
        (pb::Fit::General, None, "grade-a", "the standard of the grade", "quality-complaint", 2000),
        (
            pb::Fit::Right,
            None,
            "grade-a-right",
            "the standard of the fit",
            "quality-complaint",
            3000,
        ),
        (
            pb::Fit::Key,
            None,
            "grade-a-key",
            "the standard of the fit",
            "key-quality-complaint",
            4000,
        ),
        (
            pb::Fit::Harmful,
            soon,
            "grade-a-harmful",
            "the standard of the fit",
            "quality-complaint",
            0,
        ),
    ] {
        self::fit(&suite, MORNING, fit, expires).await;
        let case =
            complain(&suite, &fit.as_str_name().to_ascii_lowercase().replace('_', "-")).await;
        let applied = case.applied_standard.clone().unwrap();
        assert_eq!(applied.service_standard, format!("serviceStandards/{standard}"));
        assert_eq!((applied.grade(), applied.fit()), (pb::GradeLetter::A, fit));
        let word = fit.as_str_name().trim_start_matches("FIT_");
        assert_eq!(applied.reason, format!("grade A, fit {word}, on 2026-03-02: {why}"));
        assert_eq!(case.clocks[0].sla_policy, format!("slaPolicies/{policy}"));
        let id = case.name.trim_start_matches("cases/");
        assert_eq!(agents_limit(&suite, id).await, limit, "{word}");
    }
    // A standard of one's own for a fit stands beside those of the other fits.
    let mut standards = client!(&suite, &li(), standard_service_client::StandardServiceClient);
    let day = google::Date { year: 2026, month: 3, day: 1 };
    let own = pb::ServiceStandard {
        grade: pb::GradeLetter::A.into(),
        fit: pb::Fit::Harmful.into(),
        period: Some(aftercare_api::aftercare::r#type::v1::Period {
            start_date: Some(day),
            end_date: None,
        }),
        sla_policy: "slaPolicies/any-complaint".to_owned(),
        ..Default::default()
    };
    let request = pb::CreateServiceStandardRequest {
        service_standard: Some(own),
        service_standard_id: "court".to_owned(),
        request_id: request_id(),
    };
    let made = standards.create_service_standard(request).await.unwrap().into_inner();
    let get = |id: &str| pb::GetServiceStandardRequest { name: format!("serviceStandards/{id}") };
    let read = standards.get_service_standard(get("grade-a-harmful")).await.unwrap().into_inner();
    assert_eq!(read.period.unwrap().end_date, Some(day));
    let other = standards.get_service_standard(get("grade-a")).await.unwrap().into_inner();
    assert_eq!(other.period.unwrap().end_date, None);
    let case = complain(&suite, "court").await;
    assert_eq!(case.applied_standard.unwrap().service_standard, "serviceStandards/court");
    assert_eq!(case.clocks[0].sla_policy, "slaPolicies/any-complaint");
    let moved = pb::UpdateServiceStandardRequest {
        service_standard: Some(pb::ServiceStandard { fit: pb::Fit::Key.into(), ..made }),
        request_id: request_id(),
        ..Default::default()
    };
    let status = standards.update_service_standard(moved).await.unwrap_err();
    assert_eq!(fields(&status), ["service_standard.fit"]);
}

async fn a_change_of_fit_tightens_running_promises_and_loosens_none(kind: Kind) {
    let suite = suite(kind).await;
    furnish(&suite, &li()).await;
    assert_eq!(grade(&suite, "2025", 99_000_000).await, pb::GradeLetter::A);
    let due = |case: &pb::Case, milestone: pb::Milestone| {
        let clock = case.clocks.iter().find(|clock| clock.milestone() == milestone).unwrap();
        (clock.deadline, clock.sla_policy.clone())
    };
    let before = complain(&suite, "k1").await;
    let (usual, key) = ("slaPolicies/quality-complaint", "slaPolicies/key-quality-complaint");
    let thirty = (at("2026-04-01T11:00:00+08"), usual.to_owned());
    assert_eq!(due(&before, pb::Milestone::Resolution), thirty);
    fit(&suite, "2026-03-02T12:00:00+08", pb::Fit::Key, None).await;
    let read = || async {
        let call = call("demo", "li", "2026-03-02T12:30:00+08");
        let mut cases = client!(&suite, &call, case_service_client::CaseServiceClient);
        let request = pb::GetCaseRequest { name: "cases/k1".to_owned() };
        cases.get_case(request).await.unwrap().into_inner()
    };
    let fifteen = (at("2026-03-17T11:00:00+08"), key.to_owned());
    assert_eq!(due(&read().await, pb::Milestone::Resolution), fifteen);
    let eight = (at("2026-03-02T19:00:00+08"), key.to_owned());
    assert_eq!(due(&read().await, pb::Milestone::FirstReply), eight);
    // What it was opened under stays on record.
    assert_eq!(read().await.applied_standard.unwrap().fit(), pb::Fit::General);
    let end = Some("2026-06-01T00:00:00+08");
    fit(&suite, "2026-03-02T12:10:00+08", pb::Fit::Harmful, end).await;
    assert_eq!(due(&read().await, pb::Milestone::Resolution), fifteen);
}

async fn reviews(suite: &TestSuite, filter: &str) -> Vec<pb::FitReview> {
    let request = pb::ListFitReviewsRequest { filter: filter.to_owned(), ..Default::default() };
    customers!(suite, &li()).list_fit_reviews(request).await.unwrap().into_inner().fit_reviews
}

async fn harmful_is_reviewed_ahead_of_its_end_and_ends_by_itself(kind: Kind) {
    let types = &["aftercare.customer.v1.FitReviewDue", "aftercare.customer.v1.FitLapsed"];
    let (suite, heard) = listening(kind, types).await;
    furnish(&suite, &li()).await;
    let end = "2026-05-01T00:00:00+08";
    fit(&suite, "2026-02-25T12:00:00+08", pb::Fit::Harmful, Some(end)).await;
    let time = |text: &str| text.parse().unwrap();
    let early = suite.run_due("customer", time("2026-03-31T23:59:59+08")).await.unwrap();
    assert_eq!((early.done, reviews(&suite, "").await.len()), (0, 0));
    let now = time("2026-04-01T00:00:00+08");
    let racing = tokio::join!(
        suite.run_due("customer", now),
        suite.run_due("customer", now),
        suite.run_due("customer", now)
    );
    let ran = [racing.0.unwrap(), racing.1.unwrap(), racing.2.unwrap()];
    assert_eq!(ran.iter().map(|ran| ran.done).sum::<usize>(), 1, "{ran:?}");
    assert_eq!(suite.run_due("customer", time("2026-04-20T00:00:00+08")).await.unwrap().done, 0);
    let open = reviews(&suite, "state = OPEN AND expire_time < \"2026-05-02T00:00:00Z\"").await;
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!((open[0].customer.as_str(), open[0].expire_time), ("customers/c1", at(end)));
    assert_eq!((open[0].proposer.as_str(), open[0].approver.as_str()), ("li", "wang"));
    // Nobody decides; the server is away at the end and comes back three days later.
    let late = suite.run_due("customer", time("2026-05-04T08:00:00+08")).await.unwrap();
    assert_eq!((late.done, late.failed), (1, 0));
    let lapsed = reviews(&suite, "state = LAPSED").await;
    assert_eq!((lapsed.len(), lapsed[0].close_time), (1, at("2026-05-04T08:00:00+08")));
    let get = pb::GetCustomerRequest { name: "customers/c1".to_owned(), read_time: None };
    // Stored as it is read, whatever the reader's present.
    let read = customers!(&suite, &li()).get_customer(get).await.unwrap().into_inner();
    assert_eq!(read.fit(), pb::Fit::General);
    let told: Vec<pb::FitLapsed> = heard.until(|_: &pb::FitLapsed| true).await;
    assert_eq!((told.len(), told[0].expire_time), (1, at(end)));
    let due: Vec<pb::FitReviewDue> = heard.all();
    assert_eq!((due.len(), due[0].event_time), (1, at("2026-04-01T00:00:00+08")));
    assert_eq!(due[0].reason, "as agreed at the review");
}

async fn a_renewed_fit_does_not_lapse(kind: Kind) {
    let suite = suite(kind).await;
    furnish(&suite, &li()).await;
    let time = |text: &str| text.parse().unwrap();
    let harmful = pb::Fit::Harmful;
    fit(&suite, "2026-02-25T12:00:00+08", harmful, Some("2026-05-01T00:00:00+08")).await;
    assert_eq!(suite.run_due("customer", time("2026-04-01T00:00:00+08")).await.unwrap().done, 1);
    fit(&suite, "2026-04-10T12:00:00+08", harmful, Some("2026-08-01T00:00:00+08")).await;
    assert_eq!(reviews(&suite, "state = RENEWED").await.len(), 1);
    assert_eq!(suite.run_due("customer", time("2026-05-02T00:00:00+08")).await.unwrap().done, 0);
    let get = pb::GetCustomerRequest { name: "customers/c1".to_owned(), read_time: None };
    let may = call("demo", "li", "2026-05-02T00:00:00+08");
    let read = customers!(&suite, &may).get_customer(get).await.unwrap().into_inner();
    assert_eq!(read.fit(), harmful);
    // The next review is due 30 days before the new end; another fit ends it.
    assert_eq!(suite.run_due("customer", time("2026-07-02T00:00:00+08")).await.unwrap().done, 1);
    let open = reviews(&suite, "state = OPEN").await;
    assert_eq!((open.len(), open[0].create_time), (1, at("2026-07-02T00:00:00+08")));
    fit(&suite, "2026-07-10T12:00:00+08", pb::Fit::Right, None).await;
    assert_eq!(reviews(&suite, "state = CHANGED").await.len(), 1);
    assert_eq!(suite.run_due("customer", time("2026-08-02T00:00:00+08")).await.unwrap().done, 0);
}
