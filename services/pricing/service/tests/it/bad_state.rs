//! What is sound in itself and cannot be as things stand is refused by its own name.

use super::bad_input::{day, refused};
use super::catalogue::yuan;
use super::contract_life::{at, in_force};
use super::experience::{Job, observed, tell};
use super::quote::{decimal, full_cover, installed};
use super::{call, client, on_both, reason, request_id};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::aftercare::r#type::v1::Event;
use aftercare_platform::testing::Kind;
use tonic::Code;
use tonic_types::StatusExt;

on_both!(a_machine_is_covered_once_and_not_before_it_works);
on_both!(a_renewal_neither_overlaps_nor_leaves_a_gap);
on_both!(a_discount_pays_for_itself);
on_both!(a_part_without_lead_time_has_no_stock);
on_both!(contracts_that_do_not_differ_are_priced_as_their_class);

/// Refused by the state of things, which is named with what it is about.
fn stands_against(status: &tonic::Status, why: &str) {
    assert_eq!((status.code(), reason(status).as_str()), (Code::FailedPrecondition, why));
    let named = status.get_details_precondition_failure().unwrap();
    assert_eq!(named.violations[0].r#type, why);
}

async fn a_machine_is_covered_once_and_not_before_it_works(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, call());
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let machine = "customers/c1/assets/zj-0".to_owned();
    // It began to work on 1 January 2020.
    let ask = pb::CreateQuoteRequest {
        assets: vec![machine.clone()],
        start_date: day(2019, 12, 31),
        ..full_cover("early")
    };
    refused(&quotes.create_quote(ask).await.unwrap_err(), "assets[0]", "before it works");
    let ask = pb::CreateQuoteRequest { start_date: day(2019, 12, 31), ..full_cover("early") };
    stands_against(&quotes.create_quote(ask).await.unwrap_err(), "QUOTE_WITHOUT_ASSETS");

    let one = |id: &str| pb::CreateQuoteRequest { assets: vec![machine.clone()], ..full_cover(id) };
    in_force(&suite, one("q1")).await;
    let second = quotes.create_quote(one("q2")).await.unwrap().into_inner().name;
    let issue = pb::IssueQuoteRequest { name: second.clone(), ..Default::default() };
    quotes.issue_quote(issue).await.unwrap();
    let accept = pb::AcceptQuoteRequest { name: second, ..Default::default() };
    let twice = quotes.accept_quote(accept).await.unwrap_err();
    stands_against(&twice, "ASSET_ALREADY_COVERED");
}

async fn a_renewal_neither_overlaps_nor_leaves_a_gap(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, at("2029-07-01"));
    // From 1 August 2026 to 1 August 2029.
    let contract = in_force(&suite, full_cover("q1")).await.name;
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    for (id, start) in [("overlap", day(2029, 7, 31)), ("gap", day(2029, 8, 2))] {
        let ask = pb::CreateQuoteRequest { start_date: start, ..full_cover(id) };
        let quote = quotes.create_quote(ask).await.unwrap().into_inner().name;
        let issue = pb::IssueQuoteRequest { name: quote.clone(), ..Default::default() };
        quotes.issue_quote(issue).await.unwrap();
        let renew =
            pb::RenewContractRequest { name: contract.clone(), quote, ..Default::default() };
        refused(&contracts.renew_contract(renew).await.unwrap_err(), "quote", id);
    }
    let renew = pb::RenewContractRequest { name: contract.clone(), ..Default::default() };
    contracts.renew_contract(renew.clone()).await.unwrap();
    let again = contracts.renew_contract(renew).await.unwrap_err();
    stands_against(&again, "CONTRACT_STATE");
}

async fn a_discount_pays_for_itself(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, call());
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let first = quotes.create_quote(full_cover("q1")).await.unwrap().into_inner();
    for concession_of in [String::new(), first.name] {
        let ask =
            pb::CreateQuoteRequest { discount: decimal("0.1"), concession_of, ..full_cover("q2") };
        stands_against(&quotes.create_quote(ask).await.unwrap_err(), "DISCOUNT_WITHOUT_TERMS");
    }
    let nobody = pb::CreateQuoteRequest { customer: "customers/c9".to_owned(), ..full_cover("q3") };
    stands_against(&quotes.create_quote(nobody).await.unwrap_err(), "QUOTE_WITHOUT_ASSETS");
}

async fn a_part_without_lead_time_has_no_stock(kind: Kind) {
    let (suite, call) = (installed(kind, false).await, call());
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let part = pb::Part {
        name: "parts/seal".to_owned(),
        display_name: "Seal".to_owned(),
        unit_cost: yuan(300),
        repairable: true,
        ..Default::default()
    };
    let request =
        pb::UpdatePartRequest { part: Some(part), allow_missing: true, ..Default::default() };
    catalogue.update_part(request).await.unwrap();
    let mut parts = client!(suite, &call, spare_part_service_client::SparePartServiceClient);
    let mut ask =
        pb::ForecastPartDemandRequest { name: "parts/seal".to_owned(), ..Default::default() };
    let refused = parts.forecast_part_demand(ask.clone()).await.unwrap_err();
    stands_against(&refused, "PART_WITHOUT_LEAD_TIME");
    ask.turnaround_days = 14;
    let found = parts.forecast_part_demand(ask).await.unwrap().into_inner();
    assert!(found.no_demand && found.lead_time_days == 14, "no demand: the forecast is 0, flagged");
}

async fn contracts_that_do_not_differ_are_priced_as_their_class(kind: Kind) {
    let (suite, consumers) = observed(kind).await;
    let machines = ["zj-0", "zj-1"].map(|id| format!("customers/c1/assets/{id}"));
    let mut names = Vec::new();
    for (id, machine) in ["q1", "q2"].iter().zip(&machines) {
        let ask = pb::CreateQuoteRequest { assets: vec![machine.clone()], ..full_cover(id) };
        names.push(in_force(&suite, ask).await.name);
    }
    // The one is bad in the first year as the other is in the second: they differ by chance only.
    let days = [(0, "2026-12-01"), (0, "2027-02-01"), (0, "2027-09-01"), (1, "2027-01-01")];
    let more = [(1, "2027-10-01"), (1, "2028-02-01"), (0, "2028-12-01"), (1, "2028-12-02")];
    let events: Vec<Event> = days
        .iter()
        .chain(&more)
        .enumerate()
        .map(|(i, (at, day))| {
            let id = request_id();
            Job { id: &format!("{i}-{id}"), machine: &machines[*at], day, ..Job::default() }.event()
        })
        .collect();
    tell(&consumers, &events).await;
    let call = at("2029-07-30");
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    for name in names {
        let ask = pb::ProposeRenewalRequest { name, ..Default::default() };
        let found = contracts.propose_renewal(ask).await.unwrap().into_inner();
        assert_eq!(found.method(), pb::CredibilityMethod::BuhlmannStraub, "{}", found.reason);
        assert_eq!((found.credibility, found.blended_factor), (0.0, found.class_factor));
        assert!(found.reason.contains("differ no more than chance"), "{}", found.reason);
    }
}
