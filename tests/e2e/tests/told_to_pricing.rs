//! What the customer service knows of needs and of hours of work reaches pricing by events, and counts there.

// All of this file is test, also what stands outside of the test functions.
#![allow(clippy::unwrap_used, clippy::panic)]

use aftercare_api::aftercare::customer::v1 as customer;
use aftercare_api::aftercare::customer::v1::asset_service_client::AssetServiceClient;
use aftercare_api::aftercare::customer::v1::customer_service_client::CustomerServiceClient;
use aftercare_api::aftercare::customer::v1::work_order_service_client::WorkOrderServiceClient;
use aftercare_api::aftercare::pricing::v1 as pricing;
use aftercare_api::aftercare::pricing::v1::catalogue_service_client::CatalogueServiceClient;
use aftercare_api::aftercare::pricing::v1::contract_service_client::ContractServiceClient;
use aftercare_api::aftercare::pricing::v1::quote_service_client::QuoteServiceClient;
use aftercare_api::aftercare::pricing::v1::segment_service_client::SegmentServiceClient;
use aftercare_api::google::r#type::{Date, Decimal, Money};
use aftercare_platform::identity::Call;
use aftercare_platform::testing::{self, Kind, ServiceUnderTest, TestSuite};
use customer::NeedsSegment;
use pricing::{Segment, SegmentSource};
use prost_types::Timestamp;
use std::time::Duration;
use tonic_types::StatusExt;

#[tokio::test]
async fn needs_and_hours_reach_pricing_on_sqlite() {
    needs_and_hours_reach_pricing(Kind::Sqlite).await;
}

#[tokio::test]
async fn needs_and_hours_reach_pricing_on_postgres() {
    needs_and_hours_reach_pricing(Kind::Postgres).await;
}

const MACHINE: &str = "customers/c1/assets/a1";

fn at(day: &str) -> Call {
    let now = format!("{day}T08:00:00Z").parse().unwrap();
    testing::call("demo", &["admin"], now).unwrap()
}

fn yuan(units: i64) -> Option<Money> {
    Some(Money { currency_code: "CNY".to_owned(), units, nanos: 0 })
}

fn decimal(value: &str) -> Option<Decimal> {
    Some(Decimal { value: value.to_owned() })
}

/// Writes the needs on the customer's record.
async fn record(suite: &TestSuite, day: &str, needs: NeedsSegment) {
    let call = at(day);
    let mut customers = CustomerServiceClient::new(suite.client("customer", &call).unwrap());
    let own = customer::UpdateCustomerRequest {
        customer: Some(customer::Customer {
            name: "customers/c1".to_owned(),
            display_name: "宁波压缩机用户".to_owned(),
            region_code: "330200".to_owned(),
            needs_segment: needs.into(),
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    };
    customers.update_customer(own).await.unwrap();
}

/// Waits until pricing has heard of the needs.
async fn heard(suite: &TestSuite, wanted: Segment) -> pricing::SegmentAssessment {
    let call = at("2026-06-01");
    let mut segments = SegmentServiceClient::new(suite.client("pricing", &call).unwrap());
    for _ in 0..600 {
        let name = "customers/c1/segmentAssessment".to_owned();
        let ask = pricing::GetSegmentAssessmentRequest { name };
        let found = segments.get_segment_assessment(ask).await.unwrap().into_inner();
        if found.recorded_segment() == wanted {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{wanted:?} did not arrive");
}

/// A machine, its product, and a card that sells an hour at 2,000, half as much again in the evening: dear enough to bear what
/// stands by for one machine.
async fn furnish(suite: &TestSuite) {
    let call = at("2026-06-01");
    let mut assets = AssetServiceClient::new(suite.client("customer", &call).unwrap());
    let asset = customer::Asset {
        name: MACHINE.to_owned(),
        serial_number: "a1".to_owned(),
        product: "products/p1".to_owned(),
        commission_date: Some(Date { year: 2022, month: 1, day: 1 }),
        ..Default::default()
    };
    let update = customer::UpdateAssetRequest {
        asset: Some(asset),
        allow_missing: true,
        ..Default::default()
    };
    assets.update_asset(update).await.unwrap();
    let mut catalogue = CatalogueServiceClient::new(suite.client("pricing", &call).unwrap());
    let product = pricing::UpdateProductRequest {
        product: Some(pricing::Product {
            name: "products/p1".to_owned(),
            display_name: "空压机".to_owned(),
            family: "SF".to_owned(),
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    };
    catalogue.update_product(product).await.unwrap();
    let card = pricing::UpdateRateCardRequest {
        rate_card: Some(pricing::RateCard {
            name: "rateCards/all".to_owned(),
            labour_cost_per_hour: yuan(180),
            labour_price_per_hour: yuan(2000),
            travel_cost_per_visit: yuan(400),
            travel_price_per_visit: yuan(5000),
            evening_factor: decimal("1.5"),
            cost_inflation: decimal("0"),
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    };
    catalogue.update_rate_card(card).await.unwrap();
}

fn quote(id: &str, said: Segment) -> pricing::CreateQuoteRequest {
    pricing::CreateQuoteRequest {
        customer: "customers/c1".to_owned(),
        terms: Some(pricing::Terms {
            term_months: 12,
            pricing_model: pricing::PricingModel::TimeAndMaterials.into(),
            ..Default::default()
        }),
        start_date: Some(Date { year: 2026, month: 7, day: 1 }),
        segment: said.into(),
        quote_id: id.to_owned(),
        ..Default::default()
    }
}

async fn needs_and_hours_reach_pricing(kind: Kind) {
    let services: Vec<ServiceUnderTest> = vec![
        ("customer", aftercare_customer::migrations(), Box::new(aftercare_customer::module)),
        ("pricing", aftercare_pricing::migrations(), Box::new(aftercare_pricing::module)),
    ];
    let suite = TestSuite::start(kind, services).await.unwrap();
    record(&suite, "2026-06-01", NeedsSegment::RiskAverse).await;
    furnish(&suite).await;
    assert_eq!(heard(&suite, Segment::RiskAverse).await.source(), SegmentSource::CustomerRecord);
    record(&suite, "2026-06-02", NeedsSegment::HandHolder).await;
    heard(&suite, Segment::HandHolder).await;

    let call = at("2026-06-20");
    let mut quotes = QuoteServiceClient::new(suite.client("pricing", &call).unwrap());
    let mut made = Err(tonic::Status::unknown("not asked"));
    for _ in 0..600 {
        // Until the machine has arrived there is nothing to price.
        made = quotes.create_quote(quote("q1", Segment::Unspecified)).await;
        if made.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let first = made.unwrap().into_inner();
    let of = |quote: &pricing::Quote| (quote.segment(), quote.segment_explanation.clone());
    assert_eq!(of(&first), (Segment::HandHolder, "from the customer's record".to_owned()));
    let told = quotes.create_quote(quote("q2", Segment::BasicNeeds)).await.unwrap().into_inner();
    assert_eq!(of(&told), (Segment::BasicNeeds, "as asked for".to_owned()));

    let issue = pricing::IssueQuoteRequest { name: first.name.clone(), ..Default::default() };
    quotes.issue_quote(issue).await.unwrap();
    let accept = pricing::AcceptQuoteRequest { name: first.name, ..Default::default() };
    let name = quotes.accept_quote(accept).await.unwrap().into_inner().name;
    let mut contracts = ContractServiceClient::new(suite.client("pricing", &call).unwrap());
    let activate = pricing::ActivateContractRequest { name: name.clone(), ..Default::default() };
    contracts.activate_contract(activate).await.unwrap();
    work(&suite).await;
    billed(&suite, &name).await;
}

/// Three hours on 1 August 2026, two of them in the evening.
async fn work(suite: &TestSuite) {
    let call = at("2026-08-02");
    let mut orders = WorkOrderServiceClient::new(suite.client("customer", &call).unwrap());
    let time = Some(Timestamp { seconds: 1_785_578_400, nanos: 0 });
    let order = |id: &str, evening: &str| customer::CreateWorkOrderRequest {
        work_order: Some(customer::WorkOrder {
            asset: MACHINE.to_owned(),
            kind: customer::WorkOrderKind::Repair.into(),
            failure_mode: "SEAL".to_owned(),
            report_time: time,
            start_time: time,
            complete_time: time,
            labour_hours: decimal("3"),
            evening_hours: decimal(evening),
            parts_cost: yuan(0),
            travel_cost: yuan(400),
            ..Default::default()
        }),
        work_order_id: id.to_owned(),
        ..Default::default()
    };
    for (evening, wrong) in [("3.5", "labour_hours"), ("-1", "evening_hours")] {
        let refused = orders.create_work_order(order("w0", evening)).await.unwrap_err();
        let named = refused.get_details_bad_request().unwrap();
        let fields: Vec<&str> = named.field_violations.iter().map(|v| v.field.as_str()).collect();
        assert_eq!(fields, [format!("work_order.{wrong}")], "{evening}");
    }
    let made = orders.create_work_order(order("w1", "2")).await.unwrap().into_inner();
    assert_eq!((made.evening_hours, made.weekend_hours), (decimal("2"), None));
}

/// Waits until pricing bills the work: 3 h and a surcharge of one more at 2,000, and a journey at 5,000.
async fn billed(suite: &TestSuite, contract: &str) {
    let call = at("2026-09-01");
    let mut contracts = ContractServiceClient::new(suite.client("pricing", &call).unwrap());
    for _ in 0..600 {
        let name = contract.to_owned();
        let ask = pricing::GetContractProfitabilityRequest { name, ..Default::default() };
        let found = contracts.get_contract_profitability(ask).await.unwrap().into_inner();
        if let [work] = found.billed_work.as_slice() {
            assert_eq!((&work.bill, work.hours_unknown), (&yuan(13_000), false));
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the work did not arrive");
}
