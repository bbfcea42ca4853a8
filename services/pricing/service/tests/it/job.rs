//! What happens by itself when its time has come, once however often it is looked for.

use super::contract_life::{at, date, in_force};
use super::experience::{observed, without_power_off};
use super::{client, on_both};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::aftercare::r#type::v1::Period;
use aftercare_platform::testing::{Kind, TestSuite};

on_both!(a_contract_renews_itself_by_a_job_once);
on_both!(a_contract_expires_by_a_job_and_a_terminated_one_has_none);
on_both!(weeks_and_months_are_reported_on_by_themselves);

async fn listed(suite: &TestSuite, state: &str) -> Vec<pb::Contract> {
    let call = at("2029-08-02");
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let filter = format!("state = CONTRACT_STATE_{state}");
    let list = pb::ListContractsRequest { filter, ..Default::default() };
    contracts.list_contracts(list).await.unwrap().into_inner().contracts
}

async fn run_due(suite: &TestSuite, day: &str) {
    suite.run_due("pricing", at(day).now).await.unwrap();
}

async fn a_contract_renews_itself_by_a_job_once(kind: Kind) {
    let (suite, _) = observed(kind).await;
    let mut ask = without_power_off("q1");
    ask.terms.as_mut().unwrap().automatic_renewal = true;
    let contract = in_force(&suite, ask).await;
    run_due(&suite, "2029-07-31").await;
    assert_eq!(listed(&suite, "ACTIVE").await.len(), 1, "not before its end");
    for _ in 0..2 {
        run_due(&suite, "2029-08-01").await;
        let active = listed(&suite, "ACTIVE").await;
        assert_eq!(active.len(), 1);
        assert_eq!(active[0].renewal_of, contract.name);
        assert_eq!(listed(&suite, "RENEWED").await.len(), 1);
    }
    run_due(&suite, "2032-08-01").await;
    assert_eq!(listed(&suite, "RENEWED").await.len(), 2, "and again at the end of the next term");
}

async fn a_contract_expires_by_a_job_and_a_terminated_one_has_none(kind: Kind) {
    let (suite, _) = observed(kind).await;
    for (id, machine) in [("q1", "zj-0"), ("q2", "zj-1")] {
        let mut ask = without_power_off(id);
        ask.assets = vec![format!("customers/c1/assets/{machine}")];
        in_force(&suite, ask).await;
    }
    let call = at("2027-01-01");
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let end = pb::TerminateContractRequest {
        name: "contracts/k2".to_owned(),
        reason: "The plant in Ningbo closes".to_owned(),
        end_date: date(2027, 2, 1),
        ..Default::default()
    };
    contracts.terminate_contract(end).await.unwrap();
    run_due(&suite, "2029-08-01").await;
    let names = |contracts: Vec<pb::Contract>| -> Vec<String> {
        contracts.into_iter().map(|contract| contract.name).collect()
    };
    assert_eq!(names(listed(&suite, "EXPIRED").await), ["contracts/k1"]);
    assert_eq!(names(listed(&suite, "TERMINATED").await), ["contracts/k2"]);
}

async fn weeks_and_months_are_reported_on_by_themselves(kind: Kind) {
    let (suite, _) = observed(kind).await;
    // Activated on Wednesday, 1 July 2026.
    in_force(&suite, without_power_off("q1")).await;
    run_due(&suite, "2026-07-05").await;
    let call = at("2026-08-03");
    let mut reports = client!(suite, &call, report_service_client::ReportServiceClient);
    let mut periods = async || -> Vec<Period> {
        let list = pb::ListProfitabilityReportsRequest::default();
        let listed = reports.list_profitability_reports(list).await.unwrap().into_inner();
        listed.profitability_reports.into_iter().filter_map(|report| report.period).collect()
    };
    assert!(periods().await.is_empty(), "no week is over");
    let period = |start_date, end_date| Period { start_date, end_date };
    let week = period(date(2026, 6, 29), date(2026, 7, 6));
    run_due(&suite, "2026-07-06").await;
    run_due(&suite, "2026-07-06").await;
    assert_eq!(periods().await, [week], "once");
    run_due(&suite, "2026-08-01").await;
    let month = period(date(2026, 7, 1), date(2026, 8, 1));
    assert!(periods().await.contains(&month));
}
