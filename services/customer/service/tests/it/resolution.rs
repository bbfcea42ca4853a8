//! One customer out of many records: found when it is entered, in batch, decided by a person.

use super::{call, client, fields, li, on_both, reason, request_id, suite};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::google::longrunning::{Operation, operation};
use aftercare_platform::identity::Call;
use aftercare_platform::testing::{Kind, TestSuite};
use prost::Message;
use std::time::Duration;
use tonic::Code;

on_both!(a_double_is_found_when_it_is_entered_and_a_person_joins_it);
on_both!(a_batch_finds_doubles_and_merges_when_it_may);
on_both!(wrong_questions_name_their_fields);

const BRANDS: [&str; 10] =
    ["海联", "泰宏", "华丰", "恒瑞", "信源", "德邦", "富强", "金鼎", "康利", "龙腾"];
const TRADES: [&str; 6] = ["压缩机", "机械", "贸易", "纺织", "化工", "食品"];

fn firm(id: &str, name: &str, phone: &str) -> pb::UpdateCustomerRequest {
    let customer = pb::Customer {
        name: format!("customers/{id}"),
        display_name: name.to_owned(),
        phone: phone.to_owned(),
        ..Default::default()
    };
    pb::UpdateCustomerRequest {
        customer: Some(customer),
        allow_missing: true,
        ..Default::default()
    }
}

/// Sixty firms; twenty of them twice, the second written otherwise.
async fn firms(suite: &TestSuite, call: &Call) {
    let mut requests = Vec::new();
    for (i, brand) in BRANDS.iter().enumerate() {
        for (j, trade) in TRADES.iter().enumerate() {
            let phone = format!("+86 138{i:04}{j:04}");
            let name = format!("浙江{brand}{trade}有限公司");
            requests.push(firm(&format!("a-{i}-{j}"), &name, &phone));
            if (i + j) % 3 == 0 {
                let name = format!("{brand}{trade}（杭州）股份有限公司");
                requests.push(firm(&format!("b-{i}-{j}"), &name, &phone.replace("+86 ", "0086")));
            }
        }
    }
    let batch = pb::BatchUpdateCustomersRequest { requests, request_id: request_id() };
    let mut customers = client!(suite, call, customer_service_client::CustomerServiceClient);
    customers.batch_update_customers(batch).await.unwrap();
}

macro_rules! resolution {
    ($suite:expr, $call:expr) => {
        client!($suite, $call, resolution_service_client::ResolutionServiceClient)
    };
}

async fn finished(suite: &TestSuite, call: &Call, begun: Operation) -> pb::ResolutionResult {
    let mut client = resolution!(suite, call);
    for _ in 0..600 {
        let get = pb::GetResolutionRequest { name: begun.name.clone() };
        let now = client.get_resolution(get).await.unwrap().into_inner();
        if now.done {
            let progress = now.metadata.unwrap();
            let progress = pb::ResolutionProgress::decode(progress.value.as_slice()).unwrap();
            assert_eq!(progress.records, 80);
            let Some(operation::Result::Response(any)) = now.result else {
                panic!("{:?}", now.result)
            };
            assert!(any.type_url.ends_with("ResolutionResult"));
            return pb::ResolutionResult::decode(any.value.as_slice()).unwrap();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the batch does not end");
}

async fn a_double_is_found_when_it_is_entered_and_a_person_joins_it(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    firms(&suite, &call).await;
    let mut client = resolution!(suite, &call);
    let asked = pb::Customer {
        legal_name: "HAILIAN YASUOJI Co., Ltd.".to_owned(),
        phone: "138 0000 0000".to_owned(),
        ..Default::default()
    };
    let find = pb::FindMatchesRequest { customer: Some(asked), max_results: 2 };
    let found = client.find_matches(find).await.unwrap().into_inner().matches;
    assert_eq!(found.len(), 2);
    let names: std::collections::BTreeSet<&str> =
        found.iter().map(|found| found.other_customer.as_str()).collect();
    assert_eq!(names, ["customers/a-0-0", "customers/b-0-0"].into());
    let sum: f64 = found[0].weights.iter().map(|weight| weight.weight).sum();
    assert!((sum - found[0].weight).abs() < 1e-9);
    let mut customers = client!(suite, &call, customer_service_client::CustomerServiceClient);
    let double = firm("new", "浙江泰宏機械有限公司", "+86 13800010001").customer;
    let create = pb::CreateCustomerRequest {
        customer: double,
        customer_id: "new".to_owned(),
        request_id: request_id(),
    };
    customers.create_customer(create).await.unwrap();
    let list = pb::ListMatchReviewsRequest::default();
    let waiting = client.list_match_reviews(list.clone()).await.unwrap().into_inner().match_reviews;
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    let shown = waiting[0].r#match.clone().unwrap();
    assert_eq!(
        (shown.customer.as_str(), shown.other_customer.as_str()),
        ("customers/a-1-1", "customers/new")
    );
    let decide = |decision: pb::MatchDecision| pb::DecideMatchReviewRequest {
        name: waiting[0].name.clone(),
        decision: decision.into(),
        reason: "same telephone".to_owned(),
        request_id: request_id(),
        ..Default::default()
    };
    let decided = client.decide_match_review(decide(pb::MatchDecision::Confirmed)).await.unwrap();
    assert_eq!(decided.into_inner().principal, "li");
    let again = client.decide_match_review(decide(pb::MatchDecision::Declined)).await.unwrap_err();
    assert_eq!(reason(&again), "MATCH_REVIEW_DECIDED");
    let get = pb::GetCustomerRequest { name: "customers/new".to_owned(), read_time: None };
    let merged = customers.get_customer(get).await.unwrap().into_inner();
    assert_eq!(merged.merged_into, "customers/a-1-1");
    assert!(client.list_match_reviews(list).await.unwrap().into_inner().match_reviews.is_empty());
    let explain = pb::ExplainMatchRequest {
        customer: "customers/a-0-0".to_owned(),
        other_customer: "customers/b-0-0".to_owned(),
    };
    let explained = client.explain_match(explain).await.unwrap().into_inner();
    assert_eq!(explained.weights.len(), 8);
    assert_eq!(explained.decision(), pb::MatchDecision::Match);
}

async fn a_batch_finds_doubles_and_merges_when_it_may(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    firms(&suite, &call).await;
    let mut client = resolution!(suite, &call);
    let ask = |apply| pb::ResolveCustomersRequest {
        apply,
        request_id: request_id(),
        ..Default::default()
    };
    let asked = ask(false);
    let begun = client.resolve_customers(asked.clone()).await.unwrap().into_inner();
    // The same request is the same batch.
    assert_eq!(client.resolve_customers(asked).await.unwrap().into_inner().name, begun.name);
    let result = finished(&suite, &call, begun.clone()).await;
    assert_eq!((result.clusters, result.matches), (20, 20));
    let list = pb::ListMatchReviewsRequest::default();
    let waiting = client.list_match_reviews(list.clone()).await.unwrap().into_inner().match_reviews;
    assert!(waiting.len() >= 20);
    let of = |review: &pb::MatchReview| review.r#match.clone().unwrap_or_default();
    let first = waiting.iter().find(|review| of(review).customer == "customers/a-0-0").unwrap();
    let decline = pb::DecideMatchReviewRequest {
        name: first.name.clone(),
        decision: pb::MatchDecision::Declined.into(),
        request_id: request_id(),
        ..Default::default()
    };
    client.decide_match_review(decline).await.unwrap();
    let begun = client.resolve_customers(ask(true)).await.unwrap().into_inner();
    finished(&suite, &call, begun.clone()).await;
    let mut customers = client!(suite, &call, customer_service_client::CustomerServiceClient);
    let list = pb::ListCustomersRequest {
        page_size: 1000,
        filter: "state = MERGED".to_owned(),
        ..Default::default()
    };
    let merged = customers.list_customers(list).await.unwrap().into_inner().customers;
    // All but the pair that a person keeps apart.
    assert_eq!(merged.len(), 19);
    assert!(merged.iter().all(|customer| customer.name != "customers/b-0-0"));
    let cancel = pb::CancelResolutionRequest { name: begun.name.clone(), request_id: request_id() };
    assert!(client.cancel_resolution(cancel).await.unwrap().into_inner().done);
    let rival = call_of_rival();
    let get = pb::GetResolutionRequest { name: begun.name };
    let status = resolution!(suite, &rival).get_resolution(get).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}

fn call_of_rival() -> Call {
    call("rival", "li", "2026-02-24T12:00:00+08")
}

async fn wrong_questions_name_their_fields(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    let mut client = resolution!(suite, &call);
    let limits = pb::ResolveCustomersRequest {
        lower_threshold: 0.9,
        upper_threshold: f64::NAN,
        ..Default::default()
    };
    let status = client.resolve_customers(limits).await.unwrap_err();
    assert_eq!(fields(&status), ["upper_threshold"]);
    let crossed = pb::ResolveCustomersRequest {
        lower_threshold: 0.9,
        upper_threshold: 0.8,
        ..Default::default()
    };
    let status = client.resolve_customers(crossed).await.unwrap_err();
    assert_eq!(fields(&status), ["lower_threshold"]);
    let asked = pb::Customer { uscc: "123".to_owned(), ..Default::default() };
    let find = pb::FindMatchesRequest { customer: Some(asked), max_results: 1000 };
    let status = client.find_matches(find).await.unwrap_err();
    assert_eq!(fields(&status), ["max_results", "customer.uscc"]);
    let none = pb::FindMatchesRequest::default();
    assert_eq!(fields(&client.find_matches(none).await.unwrap_err()), ["customer"]);
    let same = pb::ExplainMatchRequest {
        customer: "customers/c1".to_owned(),
        other_customer: "customers/c1".to_owned(),
    };
    assert_eq!(fields(&client.explain_match(same).await.unwrap_err()), ["other_customer"]);
    let decide = pb::DecideMatchReviewRequest {
        name: "reviews/1".to_owned(),
        decision: pb::MatchDecision::Match.into(),
        ..Default::default()
    };
    let status = client.decide_match_review(decide).await.unwrap_err();
    assert_eq!(fields(&status), ["name", "decision"]);
    let get = pb::GetResolutionRequest { name: "operations/1".to_owned() };
    assert_eq!(fields(&client.get_resolution(get).await.unwrap_err()), ["name"]);
    let none = pb::GetResolutionRequest { name: "operations/resolutions/1".to_owned() };
    assert_eq!(client.get_resolution(none).await.unwrap_err().code(), Code::NotFound);
}
