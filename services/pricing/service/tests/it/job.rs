//! What happens by itself when its time has come, once however often it is looked for.

use super::catalogue::product;
use super::contract_life::{accepted, at, date, in_force, in_force_at};
use super::experience::{Job, observed, tell, without_power_off};
use super::failure_model::history;
use super::told::{overhearing, wait};
use super::{call, client, on_both, request_id};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::aftercare::r#type::v1::{Event, Period};
use aftercare_api::google::r#type::Date;
use aftercare_platform::testing::{Kind, TestSuite};
use prost::Message;

on_both!(a_contract_renews_itself_by_a_job_once);
on_both!(a_contract_expires_by_a_job_and_a_terminated_one_has_none);
on_both!(replicas_that_look_at_once_renew_a_contract_once);
on_both!(a_contract_that_was_renewed_by_hand_has_no_job_left);
on_both!(an_accepted_contract_that_never_came_into_force_expires);
on_both!(weeks_and_months_are_reported_on_by_themselves);
on_both!(grown_evidence_is_fitted_by_a_job_with_its_drift);

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
    // Nobody looked for weeks, and another contract comes into force before anybody does: no week is passed over.
    let mut other = without_power_off("q2");
    other.assets = vec!["customers/c1/assets/zj-1".to_owned()];
    other.start_date = date(2031, 1, 1);
    in_force_at(&suite, other, &at("2026-07-28")).await;
    for _ in 0..2 {
        run_due(&suite, "2026-08-01").await;
    }
    let mut made: Vec<(Option<Date>, Option<Date>)> =
        periods().await.into_iter().map(|period| (period.start_date, period.end_date)).collect();
    made.sort_by_key(|(start, end)| [start, end].map(|day| day.map(|d| (d.month, d.day))));
    assert_eq!(
        made,
        [
            (date(2026, 6, 29), date(2026, 7, 6)),
            (date(2026, 7, 1), date(2026, 8, 1)),
            (date(2026, 7, 6), date(2026, 7, 13)),
            (date(2026, 7, 13), date(2026, 7, 20)),
            (date(2026, 7, 20), date(2026, 7, 27)),
        ]
    );
}

async fn replicas_that_look_at_once_renew_a_contract_once(kind: Kind) {
    let (suite, _) = observed(kind).await;
    let mut ask = without_power_off("q1");
    ask.terms.as_mut().unwrap().automatic_renewal = true;
    in_force(&suite, ask).await;
    let look = || async { run_due(&suite, "2029-08-01").await };
    tokio::join!(look(), look(), look());
    assert_eq!(listed(&suite, "ACTIVE").await.len(), 1);
    assert_eq!(listed(&suite, "RENEWED").await.len(), 1);
}

async fn a_contract_that_was_renewed_by_hand_has_no_job_left(kind: Kind) {
    let (suite, _) = observed(kind).await;
    let mut ask = without_power_off("q1");
    ask.terms.as_mut().unwrap().automatic_renewal = true;
    let contract = in_force(&suite, ask).await;
    let call = at("2029-07-01");
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let renew = pb::RenewContractRequest { name: contract.name, ..Default::default() };
    let next = contracts.renew_contract(renew).await.unwrap().into_inner();
    run_due(&suite, "2029-08-01").await;
    let active = listed(&suite, "ACTIVE").await;
    assert_eq!((active.len(), &active[0].name), (1, &next.name));
}

async fn an_accepted_contract_that_never_came_into_force_expires(kind: Kind) {
    let (suite, _) = observed(kind).await;
    accepted(&suite, without_power_off("q1"), &call()).await;
    run_due(&suite, "2029-08-01").await;
    assert_eq!(listed(&suite, "EXPIRED").await.len(), 1);
}

async fn grown_evidence_is_fitted_by_a_job_with_its_drift(kind: Kind) {
    let (suite, consumers, heard) = overhearing(kind).await;
    let call = call();
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let requests = vec![product("p1", "SF")];
    let request = pb::BatchUpdateProductsRequest { requests, request_id: request_id() };
    catalogue.batch_update_products(request).await.unwrap();
    tell(&consumers, &history()).await;
    // What comes by events comes in the present of this machine; every present below is later.
    for day in ["2200-01-01", "2200-01-01", "2200-01-02"] {
        run_due(&suite, day).await;
    }
    let jobs: Vec<String> = (0..40).map(|i| format!("bad-{i}")).collect();
    let bad: Vec<Event> =
        jobs.iter().map(|id| Job { id, day: "2026-06-01", ..Job::default() }.event()).collect();
    tell(&consumers, &bad).await;
    for day in ["2200-01-03", "2200-01-04"] {
        run_due(&suite, day).await;
    }
    let told: Vec<pb::FailureModelRefitted> = wait(&heard, 2)
        .await
        .iter()
        .map(|event| pb::FailureModelRefitted::decode(event.data.as_slice()).unwrap())
        .collect();
    let names: Vec<(&str, &str)> =
        told.iter().map(|fit| (fit.base.as_str(), fit.failure_model.as_str())).collect();
    let (first, second) = ("failureModels/sf-v1", "failureModels/sf-v2");
    assert_eq!(names, [("", first), (first, second)], "once for each growth");
    assert!(told[0].changes.is_empty() && !told[0].drifted);
    assert!(told[1].drifted && told[1].changes[0].mode == "SEAL", "{:?}", told[1]);
    assert!(told[1].changes[0].other_failures > told[1].changes[0].base_failures);
}
