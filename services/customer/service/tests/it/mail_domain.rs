//! The domain of a company's e-mail addresses finds it again: on insert, in batch, explained, and gone with the contact.

use super::{client, li, on_both, request_id, suite};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::google::longrunning::operation;
use aftercare_platform::identity::Call;
use aftercare_platform::testing::{Kind, TestSuite};
use prost::Message;
use std::time::Duration;

on_both!(companies_are_found_by_the_domain_of_their_mail);
on_both!(a_batch_compares_domains_of_mail);
on_both!(a_domain_goes_with_the_last_contact_that_has_it);

async fn firm(suite: &TestSuite, call: &Call, (id, name, website): (&str, &str, &str)) {
    let create = pb::CreateCustomerRequest {
        customer: Some(pb::Customer {
            display_name: name.to_owned(),
            website: website.to_owned(),
            ..Default::default()
        }),
        customer_id: id.to_owned(),
        request_id: request_id(),
    };
    let mut client = client!(suite, call, customer_service_client::CustomerServiceClient);
    client.create_customer(create).await.unwrap();
}

async fn person(suite: &TestSuite, call: &Call, (customer, id, email): (&str, &str, &str)) {
    let contact = pb::Contact {
        name: format!("customers/{customer}/contacts/{id}"),
        display_name: id.to_owned(),
        email: email.to_owned(),
        ..Default::default()
    };
    let request = pb::UpdateContactRequest {
        contact: Some(contact),
        allow_missing: true,
        request_id: request_id(),
        ..Default::default()
    };
    let mut client = client!(suite, call, contact_service_client::ContactServiceClient);
    client.update_contact(request).await.unwrap();
}

/// Who is found by a home page, with the domains that were compared.
async fn find(suite: &TestSuite, call: &Call, website: &str) -> Vec<(String, String)> {
    let asked = pb::Customer { website: website.to_owned(), ..Default::default() };
    let request = pb::FindMatchesRequest { customer: Some(asked), max_results: 10 };
    let mut client = client!(suite, call, resolution_service_client::ResolutionServiceClient);
    let found = client.find_matches(request).await.unwrap().into_inner().matches;
    found.iter().map(|found| (found.other_customer.clone(), domain(found).right_value)).collect()
}

fn domain(found: &pb::Match) -> pb::MatchWeight {
    found.weights.iter().find(|weight| weight.comparison == "domain").unwrap().clone()
}

async fn reviews(suite: &TestSuite, call: &Call) -> Vec<pb::Match> {
    let mut client = client!(suite, call, resolution_service_client::ResolutionServiceClient);
    let list = pb::ListMatchReviewsRequest::default();
    let all = client.list_match_reviews(list).await.unwrap().into_inner().match_reviews;
    all.into_iter().filter_map(|review| review.r#match).collect()
}

/// Two records of one company, alike in name, and twenty others.
async fn doubles(suite: &TestSuite, call: &Call) {
    firm(suite, call, ("a", "浙江海联压缩机有限公司", "https://www.hailian.example")).await;
    firm(suite, call, ("b", "海联压缩机（杭州）股份有限公司", "")).await;
    for i in 0..20 {
        let name = format!("{}机械有限公司", ["泰宏", "华丰", "恒瑞", "信源"][i % 4]);
        firm(suite, call, (&format!("other-{i}"), &format!("{i}{name}"), "")).await;
    }
    person(suite, call, ("a", "wang", "wang@hailian-group.example")).await;
    person(suite, call, ("a", "private", "wang@163.com")).await;
}

async fn companies_are_found_by_the_domain_of_their_mail(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    doubles(&suite, &call).await;
    let by_mail = [("customers/a".to_owned(), "hailian-group.example".to_owned())];
    assert_eq!(find(&suite, &call, "http://hailian-group.example/about").await, by_mail);
    // By its home page as before; by a public provider nobody.
    assert_eq!(find(&suite, &call, "hailian.example").await[0].0, "customers/a");
    assert!(find(&suite, &call, "163.com").await.is_empty());
    let pair = |all: Vec<pb::Match>| {
        all.into_iter().find(|found| found.other_customer == "customers/b").unwrap()
    };
    let before = pair(reviews(&suite, &call).await);
    assert_eq!((domain(&before).weight, domain(&before).right_value.as_str()), (0.0, ""));
    // The other record gets a person with an address there: the review of the pair says so.
    person(&suite, &call, ("b", "zhao", "zhao@hailian-group.example")).await;
    let after = pair(reviews(&suite, &call).await);
    assert!(after.probability > before.probability);
    let shared = domain(&after);
    assert_eq!(
        (shared.left_value.as_str(), shared.right_value.as_str(), shared.level.as_str()),
        ("hailian-group.example", "hailian-group.example", "exact")
    );
    assert!(shared.weight > 5.0, "{shared:?}");
    let explain = pb::ExplainMatchRequest {
        customer: "customers/a".to_owned(),
        other_customer: "customers/b".to_owned(),
    };
    let mut client = client!(suite, &call, resolution_service_client::ResolutionServiceClient);
    let explained = client.explain_match(explain).await.unwrap().into_inner();
    assert_eq!(domain(&explained), shared);
}

async fn a_batch_compares_domains_of_mail(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    doubles(&suite, &call).await;
    person(&suite, &call, ("b", "zhao", "zhao@hailian-group.example")).await;
    let mut client = client!(suite, &call, resolution_service_client::ResolutionServiceClient);
    let ask = pb::ResolveCustomersRequest { request_id: request_id(), ..Default::default() };
    let begun = client.resolve_customers(ask).await.unwrap().into_inner();
    let mut done = None;
    for _ in 0..600 {
        let get = pb::GetResolutionRequest { name: begun.name.clone() };
        let now = client.get_resolution(get).await.unwrap().into_inner();
        if now.done {
            done = now.result;
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let Some(operation::Result::Response(any)) = done else { panic!("{done:?}") };
    pb::ResolutionResult::decode(any.value.as_slice()).unwrap();
    let waiting = reviews(&suite, &call).await;
    let pair = waiting.iter().find(|found| found.other_customer == "customers/b").unwrap();
    assert_eq!(domain(pair).left_value, "hailian-group.example");
}

async fn a_domain_goes_with_the_last_contact_that_has_it(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    doubles(&suite, &call).await;
    person(&suite, &call, ("a", "li", "li@hailian-group.example")).await;
    person(&suite, &call, ("b", "zhao", "zhao@hailian-group.example")).await;
    let erase = |id: &str| pb::EraseContactRequest {
        name: format!("customers/a/contacts/{id}"),
        reason: "asked for it".to_owned(),
        request_id: request_id(),
        ..Default::default()
    };
    let mut privacy = client!(suite, &call, privacy_service_client::PrivacyServiceClient);
    let found = |all: Vec<(String, String)>| -> Vec<String> {
        all.into_iter().map(|(customer, _)| customer).collect()
    };
    privacy.erase_contact(erase("wang")).await.unwrap();
    let mut both = found(find(&suite, &call, "hailian-group.example").await);
    both.sort();
    assert_eq!(both, ["customers/a", "customers/b"]);
    privacy.erase_contact(erase("li")).await.unwrap();
    let left = found(find(&suite, &call, "hailian-group.example").await);
    assert_eq!(left, ["customers/b"]);
    let kept = reviews(&suite, &call).await;
    let pair = kept.iter().find(|found| found.other_customer == "customers/b").unwrap();
    let told = domain(pair);
    assert_eq!(
        (told.left_value.as_str(), told.right_value.as_str()),
        ("", "hailian-group.example")
    );
    // Deleting does the same.
    let delete = pb::DeleteContactRequest {
        name: "customers/b/contacts/zhao".to_owned(),
        request_id: request_id(),
        ..Default::default()
    };
    let mut contacts = client!(suite, &call, contact_service_client::ContactServiceClient);
    contacts.delete_contact(delete).await.unwrap();
    assert!(find(&suite, &call, "hailian-group.example").await.is_empty());
}
