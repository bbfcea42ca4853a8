//! Who may grant what: stored limits, incidents, split remedies, delegations; and what is suggested.

use super::{at, call, client, fields, furnish, on_both, reason, request_id, suite};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::google::r#type as google;
use aftercare_platform::identity::Call;
use aftercare_platform::testing::{self, Kind, TestSuite};
use tonic::Code;

on_both!(limits_are_the_tenants_own_and_name_what_is_wrong);
on_both!(an_incident_raises_a_limit_for_its_time);
on_both!(splitting_a_remedy_over_cases_gains_nothing);
on_both!(authority_is_lent_for_a_time_and_one_step);
on_both!(suggestions_say_why);

pub(crate) const NOON: &str = "2026-02-24T12:00:00+08";

pub(crate) fn by(principal: &str, role: &str, now: &str) -> Call {
    let mut call = testing::call("demo", &[role], now.parse().unwrap()).unwrap();
    call.caller.principal = principal.to_owned();
    call
}

fn yuan(units: i64) -> Option<google::Money> {
    Some(google::Money { currency_code: "CNY".to_owned(), units, nanos: 0 })
}

macro_rules! proposals {
    ($suite:expr, $call:expr) => {
        client!($suite, $call, proposal_service_client::ProposalServiceClient)
    };
}

/// An analysed quality complaint.
pub(crate) async fn analysed(suite: &TestSuite, id: &str) {
    let li = call("demo", "li", NOON);
    let mut cases = client!(suite, &li, case_service_client::CaseServiceClient);
    let request = pb::CreateCaseRequest {
        case: Some(pb::Case {
            customer: "customers/c1".to_owned(),
            kind: pb::CaseKind::Complaint.into(),
            category: pb::ComplaintCategory::ProductQuality.into(),
            subject: "Oil leaks from the compressor".to_owned(),
            assets: vec!["customers/c1/assets/zj-1".to_owned()],
            ..Default::default()
        }),
        case_id: id.to_owned(),
        request_id: request_id(),
    };
    cases.create_case(request).await.unwrap();
    let name = format!("cases/{id}");
    let request = pb::AcknowledgeCaseRequest { name: name.clone(), ..Default::default() };
    cases.acknowledge_case(request).await.unwrap();
    let request = pb::InvestigateCaseRequest { name: name.clone(), ..Default::default() };
    cases.investigate_case(request).await.unwrap();
    let evidence = pb::Evidence { title: "Photograph".to_owned(), ..Default::default() };
    let investigation = pb::Investigation {
        cause: "Worn seal".to_owned(),
        evidence: vec![evidence],
        our_fault_share: Some(google::Decimal { value: "0.8".to_owned() }),
        ..Default::default()
    };
    let request =
        pb::RecordFindingRequest { name, investigation: Some(investigation), ..Default::default() };
    cases.record_finding(request).await.unwrap();
}

pub(crate) async fn propose(suite: &TestSuite, who: &Call, case: &str, units: i64) -> String {
    let request = pb::CreateProposalRequest {
        parent: format!("cases/{case}"),
        proposal: Some(pb::Proposal {
            remedies: vec![pb::Remedy {
                kind: pb::RemedyKind::Credit.into(),
                value: yuan(units),
                description: "Credit note".to_owned(),
            }],
            reason: "The seal was ours".to_owned(),
            ..Default::default()
        }),
        proposal_id: "p1".to_owned(),
        request_id: request_id(),
    };
    proposals!(suite, who).create_proposal(request).await.unwrap().into_inner().name
}

async fn limit(suite: &TestSuite, change: pb::AuthorityLimit, paths: &[&str]) {
    let admin = call("demo", "chief", NOON);
    let mask = prost_types::FieldMask { paths: paths.iter().map(|p| (*p).to_owned()).collect() };
    let request = pb::UpdateAuthorityLimitRequest {
        authority_limit: Some(change),
        update_mask: Some(mask),
        allow_missing: false,
        request_id: request_id(),
    };
    proposals!(suite, &admin).update_authority_limit(request).await.unwrap();
}

async fn authority(suite: &TestSuite, who: &Call, case: &str) -> pb::GetAuthorityResponse {
    let request = pb::GetAuthorityRequest { name: format!("cases/{case}") };
    proposals!(suite, who).get_authority(request).await.unwrap().into_inner()
}

async fn limits_are_the_tenants_own_and_name_what_is_wrong(kind: Kind) {
    let suite = suite(kind).await;
    furnish(&suite, &call("demo", "li", NOON)).await;
    analysed(&suite, "k1").await;
    let mut admin = proposals!(suite, &call("demo", "chief", NOON));
    let shipped = admin.list_authority_limits(pb::ListAuthorityLimitsRequest::default()).await;
    assert_eq!(shipped.unwrap().into_inner().authority_limits.len(), 6);
    let wrong = pb::AuthorityLimit {
        limit: yuan(-1),
        remedy_kinds: vec![0],
        elastic_limit: yuan(100),
        ..Default::default()
    };
    let request = pb::CreateAuthorityLimitRequest {
        authority_limit: Some(wrong),
        authority_limit_id: "quality".to_owned(),
        request_id: request_id(),
    };
    let status = admin.create_authority_limit(request).await.unwrap_err();
    let expected =
        ["role", "remedy_kinds[0]", "limit", "elastic_start_time", "elastic_end_time", "incident"];
    assert_eq!(fields(&status), expected.map(|field| format!("authority_limit.{field}")));
    let quality = pb::AuthorityLimit {
        role: "agent".to_owned(),
        categories: vec![pb::ComplaintCategory::ProductQuality.into()],
        limit: yuan(800),
        ..Default::default()
    };
    let mut request = pb::CreateAuthorityLimitRequest {
        authority_limit: Some(quality),
        authority_limit_id: "quality".to_owned(),
        request_id: request_id(),
    };
    let made = admin.create_authority_limit(request.clone()).await.unwrap().into_inner();
    assert_eq!(made.name, "authorityLimits/quality");
    request.request_id = request_id();
    let twice = admin.create_authority_limit(request).await.unwrap_err();
    assert_eq!(reason(&twice), "RESOURCE_EXISTS");
    let agent = by("li", "agent", NOON);
    assert_eq!(authority(&suite, &agent, "k1").await.limit, yuan(800));
    let delete = pb::DeleteAuthorityLimitRequest {
        name: "authorityLimits/quality".to_owned(),
        etag: "\"7\"".to_owned(),
        request_id: request_id(),
    };
    let stale = admin.delete_authority_limit(delete.clone()).await.unwrap_err();
    assert_eq!(reason(&stale), "ETAG_MISMATCH");
    let delete =
        pb::DeleteAuthorityLimitRequest { etag: made.etag, request_id: request_id(), ..delete };
    admin.delete_authority_limit(delete).await.unwrap();
    // a shipped limit can be taken out as well, and does not come back
    let delete = pb::DeleteAuthorityLimitRequest {
        name: "authorityLimits/default-agent".to_owned(),
        etag: String::new(),
        request_id: request_id(),
    };
    admin.delete_authority_limit(delete).await.unwrap();
    assert_eq!(authority(&suite, &agent, "k1").await.limit, None);
    let get = pb::GetAuthorityLimitRequest { name: "authorityLimits/default-agent".to_owned() };
    assert_eq!(admin.get_authority_limit(get).await.unwrap_err().code(), Code::NotFound);
    let mut other = proposals!(suite, &call("other", "chief", NOON));
    let get = pb::GetAuthorityLimitRequest { name: "authorityLimits/quality".to_owned() };
    assert_eq!(other.get_authority_limit(get).await.unwrap_err().code(), Code::NotFound);
}

async fn an_incident_raises_a_limit_for_its_time(kind: Kind) {
    let suite = suite(kind).await;
    furnish(&suite, &call("demo", "li", NOON)).await;
    analysed(&suite, "k1").await;
    let elastic = pb::AuthorityLimit {
        name: "authorityLimits/default-supervisor".to_owned(),
        elastic_limit: yuan(20_000),
        incident: "Lot 2025-11 seals".to_owned(),
        elastic_start_time: at("2026-02-24T00:00:00+08"),
        elastic_end_time: at("2026-03-03T00:00:00+08"),
        ..Default::default()
    };
    let paths = ["elastic_limit", "incident", "elastic_start_time", "elastic_end_time"];
    limit(&suite, elastic, &paths).await;
    let wang = by("wang", "supervisor", NOON);
    let now = authority(&suite, &wang, "k1").await;
    assert_eq!((now.limit, now.elastic_incident.as_str()), (yuan(20_000), "Lot 2025-11 seals"));
    let later = authority(&suite, &by("wang", "supervisor", "2026-03-03T00:00:00+08"), "k1").await;
    assert_eq!((later.limit, later.elastic_incident.as_str()), (yuan(5_000), ""));
    let li = by("li", "agent", NOON);
    let name = propose(&suite, &li, "k1", 15_000).await;
    let submit = pb::SubmitProposalRequest { name: name.clone(), ..Default::default() };
    proposals!(suite, &li).submit_proposal(submit).await.unwrap();
    let approve = pb::ApproveProposalRequest { name, ..Default::default() };
    proposals!(suite, &wang).approve_proposal(approve).await.unwrap();
    let list = pb::ListCaseEntriesRequest { parent: "cases/k1".to_owned(), ..Default::default() };
    let mut cases = client!(suite, &wang, case_service_client::CaseServiceClient);
    let entries = cases.list_case_entries(list).await.unwrap().into_inner().entries;
    let audited = entries.iter().any(|entry| entry.note.contains("Lot 2025-11 seals"));
    assert!(audited, "{entries:?}");
}

async fn splitting_a_remedy_over_cases_gains_nothing(kind: Kind) {
    let suite = suite(kind).await;
    furnish(&suite, &call("demo", "li", NOON)).await;
    let li = by("li", "agent", NOON);
    for (case, granted) in [("k1", true), ("k2", false)] {
        analysed(&suite, case).await;
        let name = propose(&suite, &li, case, 300).await;
        let offer = pb::OfferProposalRequest { name, ..Default::default() };
        match proposals!(suite, &li).offer_proposal(offer).await {
            Ok(_) => assert!(granted, "{case}"),
            Err(status) => {
                assert_eq!((granted, reason(&status)), (false, "ABOVE_AUTHORITY_LIMIT".to_owned()));
            }
        }
    }
    let left = authority(&suite, &li, "k2").await;
    assert_eq!((left.used_in_case, left.used_by_customer), (yuan(0), yuan(300)));
    assert_eq!(left.available, yuan(200));
    // after 90 days the customer's other cases no longer count
    let later = authority(&suite, &by("li", "agent", "2026-06-01T12:00:00+08"), "k2").await;
    assert_eq!(later.available, yuan(500));
    let own = authority(&suite, &by("li", "agent", "2026-06-01T12:00:00+08"), "k1").await;
    assert_eq!((own.used_in_case, own.used_by_customer), (yuan(300), yuan(0)));
}

fn delegation(delegator: &str, delegate: &str, id: &str) -> pb::CreateDelegationRequest {
    pb::CreateDelegationRequest {
        delegation: Some(pb::Delegation {
            delegator: delegator.to_owned(),
            delegate: delegate.to_owned(),
            start_time: at("2026-02-20T00:00:00+08"),
            end_time: at("2026-03-01T00:00:00+08"),
            reason: "Spring Festival".to_owned(),
            ..Default::default()
        }),
        delegation_id: id.to_owned(),
        request_id: request_id(),
    }
}

async fn authority_is_lent_for_a_time_and_one_step(kind: Kind) {
    let suite = suite(kind).await;
    furnish(&suite, &call("demo", "li", NOON)).await;
    analysed(&suite, "k1").await;
    let wang = by("wang", "manager", NOON);
    let lent = proposals!(suite, &wang).create_delegation(delegation("wang", "li", "d1")).await;
    assert_eq!(lent.unwrap().into_inner().name, "delegations/d1");
    let li = by("li", "agent", NOON);
    assert_eq!(authority(&suite, &li, "k1").await.limit, yuan(50_000));
    let after = by("li", "agent", "2026-03-01T00:00:00+08");
    assert_eq!(authority(&suite, &after, "k1").await.limit, yuan(500));
    // what the lender proposed is not approved with the lender's own authority
    let name = propose(&suite, &wang, "k1", 10_000).await;
    let submit = pb::SubmitProposalRequest { name: name.clone(), ..Default::default() };
    proposals!(suite, &wang).submit_proposal(submit).await.unwrap();
    let supervisor = by("li", "supervisor", NOON);
    let approve = pb::ApproveProposalRequest { name, ..Default::default() };
    let refused = proposals!(suite, &supervisor).approve_proposal(approve).await.unwrap_err();
    assert_eq!(reason(&refused), "ABOVE_AUTHORITY_LIMIT");
    let li = by("li", "supervisor", NOON);
    for (delegator, delegate) in [("li", "zhao"), ("li", "wang")] {
        let chain = delegation(delegator, delegate, "d2");
        let status = proposals!(suite, &li).create_delegation(chain).await.unwrap_err();
        assert_eq!(
            (status.code(), reason(&status)),
            (Code::FailedPrecondition, "DELEGATION_CHAIN".to_owned())
        );
    }
    let unknown = delegation("nobody", "zhao", "d3");
    let status = proposals!(suite, &wang).create_delegation(unknown).await.unwrap_err();
    assert_eq!(fields(&status), ["delegation.delegator"]);
    let bad = pb::CreateDelegationRequest {
        delegation: Some(pb::Delegation { delegate: "x".to_owned(), ..Default::default() }),
        ..Default::default()
    };
    let status = proposals!(suite, &wang).create_delegation(bad).await.unwrap_err();
    assert_eq!(fields(&status), ["delegation.start_time", "delegation.end_time"]);
    let end = pb::DeleteDelegationRequest {
        name: "delegations/d1".to_owned(),
        request_id: request_id(),
        ..Default::default()
    };
    proposals!(suite, &wang).delete_delegation(end).await.unwrap();
    assert_eq!(authority(&suite, &by("li", "agent", NOON), "k1").await.limit, yuan(500));
}

async fn suggestions_say_why(kind: Kind) {
    let suite = suite(kind).await;
    let chief = call("demo", "chief", NOON);
    furnish(&suite, &chief).await;
    analysed(&suite, "k1").await;
    let name = "cases/k1".to_owned();
    let mut client = proposals!(suite, &chief);
    let found = client.suggest_remedies(pb::SuggestRemediesRequest { name: name.clone() }).await;
    let found = found.unwrap().into_inner().suggestions;
    let kinds: Vec<_> = found.iter().map(|s| s.remedy.as_ref().unwrap().kind()).collect();
    assert_eq!(kinds, [pb::RemedyKind::Repair, pb::RemedyKind::Apology]);
    assert_eq!(found[0].reason, "what we broke we mend (our part of the fault is 0.8)");
    let agent = by("li", "agent", NOON);
    let small = proposals!(suite, &agent)
        .suggest_remedies(pb::SuggestRemediesRequest { name: name.clone() })
        .await;
    let within: Vec<_> =
        small.unwrap().into_inner().suggestions.iter().map(|s| s.within_authority).collect();
    assert_eq!(within, [false, true]);
    let article = |id: &str, title: &str, product: &str| pb::UpdateKnowledgeArticleRequest {
        knowledge_article: Some(pb::KnowledgeArticle {
            name: format!("knowledgeArticles/{id}"),
            display_name: title.to_owned(),
            products: vec![product.to_owned()].into_iter().filter(|p| !p.is_empty()).collect(),
            language_code: "en".to_owned(),
            body: "What to look at first.".to_owned(),
            ..Default::default()
        }),
        allow_missing: true,
        request_id: request_id(),
        ..Default::default()
    };
    for (id, title, product) in [
        ("a-noise", "Noise from the motor", ""),
        ("b-oil", "Oil leaks from the compressor", ""),
        ("c-seal", "Seals of this machine", "products/p10103"),
        ("d-other", "Oil leaks from the compressor", "products/other"),
    ] {
        client.update_knowledge_article(article(id, title, product)).await.unwrap();
    }
    let ask = pb::SuggestArticlesRequest { name: name.clone(), language_code: "en".to_owned() };
    let articles = client.suggest_articles(ask).await.unwrap().into_inner().articles;
    let names: Vec<_> = articles.iter().map(|a| a.name.rsplit('/').next().unwrap()).collect();
    assert_eq!(names, ["c-seal", "b-oil", "a-noise"]);
    let ask = pb::SuggestRepliesRequest { name, language_code: "en".to_owned() };
    let replies = client.suggest_replies(ask).await.unwrap().into_inner().templates;
    assert_eq!(replies.len(), 1);
    let start = "Customer c1: we have recorded \"Oil leaks from the compressor\" as k1";
    assert!(replies[0].body.starts_with(start), "{}", replies[0].body);
    let bad = pb::UpdateReplyTemplateRequest {
        reply_template: Some(pb::ReplyTemplate {
            name: "replyTemplates/x".to_owned(),
            body: "Dear {{nobody}}".to_owned(),
            language_code: "!".to_owned(),
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    };
    let status = client.update_reply_template(bad).await.unwrap_err();
    let expected = ["display_name", "language_code", "body"].map(|f| format!("reply_template.{f}"));
    assert_eq!(fields(&status), expected);
}
