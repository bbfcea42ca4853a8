//! A price under the floor: who approves it depends on the gap, and splitting the contract does not help.

use super::catalogue::yuan;
use super::quote::{decimal, full_cover, installed};
use super::{call, client, fields, on_both, reason, request_id};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::identity::Call;
use aftercare_platform::testing::{self, Kind, TestSuite};

on_both!(the_gap_decides_whose_approval_a_price_needs);
on_both!(splitting_a_contract_lowers_no_approval);
on_both!(two_parts_at_the_same_instant_do_not_miss_each_other);
on_both!(a_price_beyond_the_ladder_is_not_issued);
on_both!(a_ladder_that_cannot_be_is_refused_by_name);

fn holding(role: &str) -> Call {
    testing::call("demo", &[role], "2026-07-01T08:00:00Z".parse().unwrap()).unwrap()
}

/// A quote of one machine (all of them if none is named) with a discount paid for by inspections.
async fn discounted(suite: &TestSuite, id: &str, machine: Option<usize>, off: &str) -> pb::Quote {
    let call = call();
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let assets: Vec<String> =
        machine.iter().map(|i| format!("customers/c1/assets/zj-{i}")).collect();
    let mut plain = full_cover(&format!("{id}-plain"));
    plain.assets.clone_from(&assets);
    quotes.create_quote(plain).await.unwrap();
    let mut cheap = full_cover(id);
    cheap.assets = assets;
    cheap.discount = decimal(off);
    cheap.concession_of = format!("quotes/{id}-plain");
    cheap.terms.as_mut().unwrap().customer_inspections = true;
    quotes.create_quote(cheap).await.unwrap().into_inner()
}

async fn issue(suite: &TestSuite, name: &str) -> Result<pb::Quote, tonic::Status> {
    let call = call();
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let ask = pb::IssueQuoteRequest {
        name: name.to_owned(),
        request_id: request_id(),
        ..Default::default()
    };
    quotes.issue_quote(ask).await.map(tonic::Response::into_inner)
}

async fn approve(suite: &TestSuite, name: &str, role: &str) -> Result<pb::Quote, tonic::Status> {
    let call = holding(role);
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let ask = pb::ApproveQuoteRequest {
        name: name.to_owned(),
        reason: "A reference customer in a new region".to_owned(),
        request_id: request_id(),
        ..Default::default()
    };
    quotes.approve_quote(ask).await.map(tonic::Response::into_inner)
}

async fn set_ladder(suite: &TestSuite, steps: Vec<pb::ApprovalStep>) -> Result<(), tonic::Status> {
    let call = call();
    let mut policies = client!(suite, &call, policy_service_client::PolicyServiceClient);
    let ask = pb::UpdatePricingPolicyRequest {
        pricing_policy: Some(pb::PricingPolicy {
            name: "pricingPolicy".to_owned(),
            approval_ladder: steps,
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["approval_ladder".to_owned()] }),
        request_id: request_id(),
    };
    policies.update_pricing_policy(ask).await.map(|_| ())
}

fn step(role: &str, share: &str, most: Option<i64>) -> pb::ApprovalStep {
    let max_gap = most.and_then(yuan);
    pb::ApprovalStep { role: role.to_owned(), max_gap_share: decimal(share), max_gap }
}

async fn the_gap_decides_whose_approval_a_price_needs(kind: Kind) {
    let suite = installed(kind, true).await;
    // 40 % off a price with 30 % margin or more is about an eighth under the floor: beyond a manager, not a director.
    let cheap = discounted(&suite, "q1", None, "0.4").await;
    let issued = issue(&suite, &cheap.name).await.unwrap();
    assert_eq!(issued.state(), pb::QuoteState::AwaitingApproval);
    let demand = issued.approval_demand.clone().unwrap();
    assert_eq!((demand.role.as_str(), demand.other_quotes.len()), ("director", 0));
    assert_eq!(demand.gap, demand.total_gap);
    let low = approve(&suite, &cheap.name, "manager").await.unwrap_err();
    assert_eq!(reason(&low), "APPROVAL_ROLE_MISSING");
    let offered = approve(&suite, &cheap.name, "director").await.unwrap();
    assert_eq!(offered.state(), pb::QuoteState::Offered);
    let approval = offered.approval.unwrap();
    assert_eq!((approval.role.as_str(), approval.principal.as_str()), ("director", "users/test"));
    assert!(approval.reason.starts_with("A reference") && approval.approve_time.is_some());
}

async fn splitting_a_contract_lowers_no_approval(kind: Kind) {
    let suite = installed(kind, true).await;
    // By share anything goes; a manager may give away what the largest single machine needs, not two of them.
    set_ladder(&suite, vec![step("manager", "1", None)]).await.unwrap();
    let mut gaps = Vec::new();
    for machine in 0..3 {
        let probe = discounted(&suite, &format!("probe-{machine}"), Some(machine), "0.45").await;
        let (floor, price) = (probe.floor.unwrap().units, probe.price.unwrap().units);
        gaps.push(floor - price);
    }
    let most = gaps.iter().max().unwrap() + 2;
    assert!(gaps.iter().all(|gap| *gap > 0) && gaps.iter().sum::<i64>() > most, "{gaps:?}");
    let ladder = vec![step("manager", "1", Some(most)), step("director", "1", None)];
    set_ladder(&suite, ladder).await.unwrap();

    let mut roles = Vec::new();
    for machine in 0..3 {
        let part = discounted(&suite, &format!("part-{machine}"), Some(machine), "0.45").await;
        let issued = issue(&suite, &part.name).await.unwrap();
        let demand = issued.approval_demand.unwrap();
        assert_eq!(demand.other_quotes.len(), machine, "the parts before count with it");
        roles.push(demand.role);
    }
    assert_eq!(roles[0], "manager");
    assert_eq!(roles[2], "director", "the third part needs what the whole would have needed");
    // And so does the first by now: what counts is the gap on the day of approval.
    let first = approve(&suite, "quotes/part-0", "manager").await.unwrap_err();
    assert_eq!(reason(&first), "APPROVAL_ROLE_MISSING");
    let offered = approve(&suite, "quotes/part-0", "director").await.unwrap();
    assert_eq!(offered.approval_demand.unwrap().other_quotes.len(), 2);
}

async fn two_parts_at_the_same_instant_do_not_miss_each_other(kind: Kind) {
    let suite = installed(kind, true).await;
    set_ladder(&suite, vec![step("manager", "1", None)]).await.unwrap();
    let mut gaps = Vec::new();
    for machine in 0..2 {
        let probe = discounted(&suite, &format!("probe-{machine}"), Some(machine), "0.45").await;
        gaps.push(probe.floor.unwrap().units - probe.price.unwrap().units);
    }
    // A manager may approve either part, not both.
    let most = gaps.iter().max().unwrap() + 2;
    assert!(gaps.iter().all(|gap| *gap > 2), "{gaps:?}");
    let ladder = vec![step("manager", "1", Some(most)), step("director", "1", None)];
    set_ladder(&suite, ladder).await.unwrap();
    for round in 0..5 {
        let mut parts = Vec::new();
        for machine in 0..2 {
            let id = format!("part-{round}-{machine}");
            parts.push(discounted(&suite, &id, Some(machine), "0.45").await.name);
        }
        let (one, other) = tokio::join!(issue(&suite, &parts[0]), issue(&suite, &parts[1]));
        let demands = [one, other].map(|issued| issued.unwrap().approval_demand.unwrap());
        let mut roles: Vec<&str> = demands.iter().map(|demand| demand.role.as_str()).collect();
        roles.sort_unstable();
        assert_eq!(roles, ["director", "manager"], "the second to be issued sees the first");
        let (one, other) = tokio::join!(
            approve(&suite, &parts[0], "manager"),
            approve(&suite, &parts[1], "manager")
        );
        for refused in [one, other] {
            assert_eq!(reason(&refused.unwrap_err()), "APPROVAL_ROLE_MISSING", "both count now");
        }
        let call = call();
        let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
        for name in parts {
            let decline = pb::DeclineQuoteRequest { name, ..Default::default() };
            quotes.decline_quote(decline).await.unwrap();
        }
    }
}

async fn a_price_beyond_the_ladder_is_not_issued(kind: Kind) {
    let suite = installed(kind, true).await;
    set_ladder(&suite, vec![step("manager", "0.02", None)]).await.unwrap();
    let cheap = discounted(&suite, "q1", None, "0.5").await;
    let refused = issue(&suite, &cheap.name).await.unwrap_err();
    assert_eq!(reason(&refused), "PRICE_BEYOND_APPROVAL");
    let call = call();
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let got = quotes.get_quote(pb::GetQuoteRequest { name: cheap.name }).await.unwrap();
    assert_eq!(got.into_inner().state(), pb::QuoteState::Quoted, "nothing has moved");
}

async fn a_ladder_that_cannot_be_is_refused_by_name(kind: Kind) {
    let suite = installed(kind, false).await;
    let narrowing = vec![step("director", "0.5", None), step(" ", "0.2", Some(0))];
    let refused = set_ladder(&suite, narrowing).await.unwrap_err();
    assert_eq!(
        fields(&refused),
        [
            "pricing_policy.approval_ladder[1].role",
            "pricing_policy.approval_ladder[1].max_gap",
            "pricing_policy.approval_ladder[1].max_gap_share",
            "pricing_policy.approval_ladder[1].max_gap",
        ]
    );
}
