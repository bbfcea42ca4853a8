//! An accepted quote becomes a contract, comes into force once, and covers no machine twice.

use super::quote::{full_cover, installed};
use super::{call, client, fields, on_both, reason, request_id};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::google::r#type::Date;
use aftercare_platform::testing::Kind;

on_both!(an_accepted_quote_becomes_a_contract_and_comes_into_force);
on_both!(no_machine_is_covered_twice);

async fn an_accepted_quote_becomes_a_contract_and_comes_into_force(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, call());
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let quote = quotes.create_quote(full_cover("q1")).await.unwrap().into_inner();
    let accept = pb::AcceptQuoteRequest {
        name: quote.name.clone(),
        contract_id: "k1".to_owned(),
        request_id: request_id(),
        ..Default::default()
    };
    let early = quotes.accept_quote(accept.clone()).await.unwrap_err();
    assert_eq!(reason(&early), "QUOTE_STATE", "not offered yet");
    let issue = pb::IssueQuoteRequest { name: quote.name.clone(), ..Default::default() };
    quotes.issue_quote(issue).await.unwrap();
    let stale = pb::AcceptQuoteRequest { etag: quote.etag.clone(), ..accept.clone() };
    assert_eq!(quotes.accept_quote(stale).await.unwrap_err().code(), tonic::Code::Aborted);
    let contract = quotes.accept_quote(accept).await.unwrap().into_inner();
    assert_eq!(
        (contract.name.as_str(), contract.state()),
        ("contracts/k1", pb::ContractState::Accepted)
    );
    assert_eq!((&contract.price, contract.assets.len()), (&quote.price, 3));
    let end = contract.period.unwrap().end_date;
    assert_eq!(end, Some(Date { year: 2029, month: 8, day: 1 }));

    let activate = pb::ActivateContractRequest {
        name: contract.name.clone(),
        request_id: request_id(),
        ..Default::default()
    };
    let active = contracts.activate_contract(activate.clone()).await.unwrap().into_inner();
    assert_eq!(active.state(), pb::ContractState::Active);
    let replayed = contracts.activate_contract(activate).await.unwrap().into_inner();
    assert_eq!(replayed, active);
    let twice = pb::ActivateContractRequest { name: contract.name.clone(), ..Default::default() };
    assert_eq!(reason(&contracts.activate_contract(twice).await.unwrap_err()), "CONTRACT_STATE");
    let filter = "customer = \"customers/c1\"".to_owned();
    let listed = pb::ListContractsRequest { filter, ..Default::default() };
    assert_eq!(contracts.list_contracts(listed).await.unwrap().into_inner().contracts, [active]);

    let end = pb::TerminateContractRequest {
        name: contract.name,
        reason: "The plant in Ningbo closes".to_owned(),
        end_date: Some(Date { year: 2020, month: 1, day: 1 }),
        ..Default::default()
    };
    assert_eq!(fields(&contracts.terminate_contract(end.clone()).await.unwrap_err()), ["end_date"]);
    let end = pb::TerminateContractRequest {
        end_date: Some(Date { year: 2027, month: 1, day: 1 }),
        ..end
    };
    let ended = contracts.terminate_contract(end).await.unwrap().into_inner();
    assert_eq!(ended.state(), pb::ContractState::Terminated);
}

async fn no_machine_is_covered_twice(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, call());
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    for (id, contract, covered) in [("q1", "k1", false), ("q2", "k2", true)] {
        let quote = quotes.create_quote(full_cover(id)).await.unwrap().into_inner();
        let issue = pb::IssueQuoteRequest { name: quote.name.clone(), ..Default::default() };
        quotes.issue_quote(issue).await.unwrap();
        let accept = pb::AcceptQuoteRequest {
            name: quote.name,
            contract_id: contract.to_owned(),
            ..Default::default()
        };
        let accepted = quotes.accept_quote(accept).await;
        assert_eq!(accepted.as_ref().is_err(), covered);
        if let Err(refused) = accepted {
            assert_eq!(reason(&refused), "ASSET_ALREADY_COVERED");
        }
    }
}
