//! What an amendment adds is priced and billed by what the contract was agreed on, whatever prices are today.

use super::catalogue::yuan;
use super::contract_life::{at, date, in_force, micros};
use super::experience::{Job, observed, tell};
use super::pricing_model::{by_model, card};
use super::quote::{decimal, full_cover, installed};
use super::{client, on_both, request_id};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::testing::{Kind, TestSuite};

on_both!(a_machine_comes_in_at_the_contracts_prices_and_takes_out_what_it_brought);
on_both!(work_on_a_machine_that_came_in_is_billed_at_the_contracts_rates);

fn zj(i: usize) -> String {
    format!("customers/c1/assets/zj-{i}")
}

/// Hours three times as dear, journeys too, and a margin of half the price.
async fn everything_gets_dearer(suite: &TestSuite, day: &str) {
    let call = at(day);
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let card = pb::RateCard {
        name: "rateCards/all".to_owned(),
        labour_cost_per_hour: yuan(540),
        labour_price_per_hour: yuan(900),
        travel_cost_per_visit: yuan(1200),
        travel_price_per_visit: yuan(1500),
        parts_price_factor: decimal("3"),
        ..Default::default()
    };
    let one = pb::UpdateRateCardRequest { rate_card: Some(card), ..Default::default() };
    let ask = pb::BatchUpdateRateCardsRequest { requests: vec![one], request_id: request_id() };
    catalogue.batch_update_rate_cards(ask).await.unwrap();
    let mut policies = client!(suite, &call, policy_service_client::PolicyServiceClient);
    let change = pb::UpdatePricingPolicyRequest {
        pricing_policy: Some(pb::PricingPolicy {
            name: "pricingPolicy".to_owned(),
            target_margin: decimal("0.5"),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["target_margin".to_owned()] }),
        ..Default::default()
    };
    policies.update_pricing_policy(change).await.unwrap();
}

async fn amend(
    suite: &TestSuite,
    day: &str,
    contract: &str,
    amendment: pb::Amendment,
) -> pb::Amendment {
    let call = at(day);
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let ask = pb::CreateAmendmentRequest {
        parent: contract.to_owned(),
        amendment: Some(amendment),
        ..Default::default()
    };
    contracts.create_amendment(ask).await.unwrap().into_inner()
}

async fn total(suite: &TestSuite, contract: &str) -> i64 {
    let call = at("2027-01-01");
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let ask = pb::GetBillingScheduleRequest { name: contract.to_owned() };
    let schedule = contracts.get_billing_schedule(ask).await.unwrap().into_inner();
    let sum: i64 = schedule.fees.iter().map(|fee| micros(fee.fee.as_ref())).sum();
    assert_eq!(sum, micros(schedule.total.as_ref()), "the schedule adds up");
    sum
}

async fn a_machine_comes_in_at_the_contracts_prices_and_takes_out_what_it_brought(kind: Kind) {
    let suite = installed(kind, true).await;
    card(&suite, None).await;
    let mut ask = full_cover("q1");
    ask.assets = vec![zj(0)];
    ask.terms.as_mut().unwrap().annual_escalation = decimal("0.03");
    let contract = in_force(&suite, ask).await;
    let agreed = micros(contract.price.as_ref());
    assert_eq!(total(&suite, &contract.name).await, agreed);
    // In the second contract year.
    let day = date(2027, 10, 1);
    let comes = || pb::Amendment {
        effective_date: day,
        added_assets: vec![zj(1), zj(2)],
        ..Default::default()
    };
    let goes = |machines: &[usize]| pb::Amendment {
        effective_date: day,
        removed_assets: machines.iter().copied().map(zj).collect(),
        ..Default::default()
    };
    let first = amend(&suite, "2026-12-01", &contract.name, comes()).await;
    let brought = micros(first.annual_fee_change.as_ref());
    assert!(brought > 0);
    // Two machines like the one that is there bring about what two of it cost, grown by the agreed 3 %.
    let like = 2.0 * 1.03 * micros(contract.fees[0].fee.as_ref()) as f64;
    assert!((0.3..1.2).contains(&(brought as f64 / like)), "{brought} {like}");
    let with = total(&suite, &contract.name).await;
    assert_eq!(with, agreed + micros(first.fee_change.as_ref()));
    // 305 of the 366 days of the second year, and a third year at 3 % more.
    let days = brought as f64 * (305.0 / 366.0 + 1.03);
    assert!((micros(first.fee_change.as_ref()) as f64 - days).abs() < 20_001.0, "{days}");
    let second = amend(&suite, "2026-12-02", &contract.name, goes(&[1])).await;
    let third = amend(&suite, "2026-12-03", &contract.name, goes(&[2])).await;
    let gone = [&second, &third].map(|out| micros(out.annual_fee_change.as_ref()));
    assert_eq!(gone.iter().sum::<i64>(), -brought, "to the minor unit");
    let left = total(&suite, &contract.name).await;
    assert!((left - agreed).abs() <= 60_000, "{left} {agreed}");

    everything_gets_dearer(&suite, "2026-12-10").await;
    let again = amend(&suite, "2026-12-11", &contract.name, comes()).await;
    assert_eq!(again.annual_fee_change, first.annual_fee_change, "the contract's own prices");
    assert_eq!(again.fee_change, first.fee_change);
    // A new contract pays what things cost today.
    let call = at("2026-12-12");
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let mut ask = full_cover("q2");
    ask.assets = vec![zj(0)];
    ask.start_date = date(2026, 8, 1);
    ask.terms.as_mut().unwrap().annual_escalation = decimal("0.03");
    let dear = quotes.create_quote(ask).await.unwrap().into_inner();
    assert!(micros(dear.price.as_ref()) > agreed * 3 / 2);
}

async fn work_on_a_machine_that_came_in_is_billed_at_the_contracts_rates(kind: Kind) {
    let (suite, consumers) = observed(kind).await;
    card(&suite, decimal("0")).await;
    let mut ask = by_model("q1", pb::PricingModel::TimeAndMaterials);
    ask.assets = vec![zj(0)];
    let contract = in_force(&suite, ask).await;
    everything_gets_dearer(&suite, "2026-08-15").await;
    let added = pb::Amendment {
        effective_date: date(2026, 9, 1),
        added_assets: vec![zj(1)],
        ..Default::default()
    };
    amend(&suite, "2026-08-20", &contract.name, added).await;
    let (old, new) = (zj(0), zj(1));
    let jobs = [
        Job { id: "w1", machine: &old, day: "2026-09-05", ..Job::default() },
        Job { id: "w2", machine: &new, day: "2026-09-06", ..Job::default() },
        Job { id: "w3", machine: &new, day: "2026-08-30", ..Job::default() },
    ];
    tell(&consumers, &jobs.map(|job| job.event())).await;
    let call = at("2026-10-01");
    let mut contracts = client!(suite, &call, contract_service_client::ContractServiceClient);
    let ask = pb::GetContractProfitabilityRequest { name: contract.name, ..Default::default() };
    let found = contracts.get_contract_profitability(ask).await.unwrap().into_inner();
    // 3 h x 300 + 500 + 900 x 1.4, on either machine; not before the day on which it came in.
    let bills: Vec<(&str, i64)> = found
        .billed_work
        .iter()
        .map(|work| (work.work_order.as_str(), micros(work.bill.as_ref()) / 1_000_000))
        .collect();
    assert_eq!(bills, [("workOrders/w1", 2_660), ("workOrders/w2", 2_660)]);
}
