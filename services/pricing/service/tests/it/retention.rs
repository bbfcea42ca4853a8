//! Renewals that were kept and lost show what would happen at each price of the next one.

use super::contract_life::{at, date, in_force_at, micros};
use super::experience::observed;
use super::quote::{decimal, full_cover};
use super::{client, on_both, request_id};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::testing::{Kind, TestSuite};

on_both!(decided_renewals_make_a_curve);

/// A year of a machine from 1 January on, renewing itself with an escalation.
async fn year(suite: &TestSuite, machine: usize, year: i32, escalation: &str) -> String {
    let mut ask = full_cover(&format!("q{machine}-{year}"));
    ask.assets = vec![format!("customers/c1/assets/zj-{machine}")];
    ask.start_date = date(year, 1, 1);
    let terms = ask.terms.as_mut().unwrap();
    terms.term_months = 12;
    terms.automatic_renewal = true;
    terms.annual_escalation = decimal(escalation);
    in_force_at(suite, ask, &at(&format!("{}-12-01", year - 1))).await.name
}

/// The customer gives notice in the autumn of a year, and the contract expires.
async fn lose(suite: &TestSuite, name: &str, year: i32) {
    let call = at(&format!("{year}-11-01"));
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let notice = pb::GiveNoticeRequest {
        name: name.to_owned(),
        reason: "Another offer was cheaper".to_owned(),
        ..Default::default()
    };
    contracts.give_notice(notice).await.unwrap();
    let call = at(&format!("{}-01-01", year + 1));
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let settle = pb::SettleDueContractsRequest { request_id: request_id(), ..Default::default() };
    let settled = contracts.settle_due_contracts(settle).await.unwrap().into_inner();
    assert_eq!(settled.expired, [name]);
}

/// The customer stays for a year more, and leaves then.
async fn keep_and_lose(suite: &TestSuite, name: &str, year: i32) {
    let call = at(&format!("{year}-11-01"));
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let renew = pb::RenewContractRequest { name: name.to_owned(), ..Default::default() };
    let next = contracts.renew_contract(renew).await.unwrap().into_inner().name;
    lose(suite, &next, year + 1).await;
}

async fn proposal(suite: &TestSuite, name: &str) -> pb::RenewalProposal {
    let call = at("2050-06-01");
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let ask = pb::ProposeRenewalRequest { name: name.to_owned(), ..Default::default() };
    contracts.propose_renewal(ask).await.unwrap().into_inner()
}

async fn decided_renewals_make_a_curve(kind: Kind) {
    let (suite, _) = observed(kind).await;
    let next = year(&suite, 0, 2050, "0").await;
    let before = proposal(&suite, &next).await;
    assert!(before.retention.is_none() && before.no_retention_reason.contains("fewer than 10"));
    assert_eq!(before.price_points.len(), 9);
    assert!(before.price_points.iter().all(|point| point.keep_probability.is_none()));
    let margins: Vec<i64> =
        before.price_points.iter().map(|point| micros(point.margin.as_ref())).collect();
    assert!(margins.windows(2).all(|pair| pair[0] < pair[1]), "{margins:?}");

    // At 5 %: twelve stayed and twelve left. At 15 %: two stayed and ten left.
    for machine in 0..3 {
        let mut from = 2027;
        for _ in 0..4 {
            let name = year(&suite, machine, from, "0.05").await;
            keep_and_lose(&suite, &name, from).await;
            from += 2;
        }
        let (stay, leave) = if machine == 2 { (2, 2) } else { (0, 3) };
        for _ in 0..stay {
            let name = year(&suite, machine, from, "0.15").await;
            keep_and_lose(&suite, &name, from).await;
            from += 2;
        }
        for _ in 0..leave {
            let name = year(&suite, machine, from, "0.15").await;
            lose(&suite, &name, from).await;
            from += 1;
        }
    }
    let found = proposal(&suite, &next).await;
    let curve = found.retention.unwrap();
    assert_eq!((curve.kept, curve.lost, found.no_retention_reason.as_str()), (14, 22, ""));
    // Two prices and two parameters: the curve goes through both shares.
    let at = |change: &str| {
        let mut points = found.price_points.iter();
        points.find(|point| point.change == decimal(change)).unwrap()
    };
    assert!((at("0.05").keep_probability.unwrap() - 0.5).abs() < 1e-3);
    assert!((at("0.15").keep_probability.unwrap() - 1.0 / 6.0).abs() < 1e-3);
    let point = at("0.15");
    let expected = micros(point.margin.as_ref()) as f64 * point.keep_probability.unwrap();
    assert!((micros(point.expected_margin.as_ref()) as f64 - expected).abs() <= 5_001.0);
}
