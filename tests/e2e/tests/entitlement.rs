//! A contract of pricing entitles the customer's machines by events, through amendment, suspension and its end.

// All of this file is test, also what stands outside of the test functions.
#![allow(clippy::unwrap_used, clippy::panic)]

use aftercare_api::aftercare::customer::v1 as customer;
use aftercare_api::aftercare::customer::v1::asset_service_client::AssetServiceClient;
use aftercare_api::aftercare::customer::v1::customer_service_client::CustomerServiceClient;
use aftercare_api::aftercare::pricing::v1 as pricing;
use aftercare_api::aftercare::pricing::v1::catalogue_service_client::CatalogueServiceClient;
use aftercare_api::aftercare::pricing::v1::contract_service_client::ContractServiceClient;
use aftercare_api::aftercare::pricing::v1::failure_model_service_client::FailureModelServiceClient;
use aftercare_api::aftercare::pricing::v1::quote_service_client::QuoteServiceClient;
use aftercare_api::google::r#type::Date;
use aftercare_platform::identity::Call;
use aftercare_platform::testing::{self, Kind, ServiceUnderTest, TestSuite};
use std::time::Duration;

const CONTRACT: &str = "contracts/k1";

#[tokio::test]
async fn entitlements_follow_a_contract_on_sqlite() {
    entitlements_follow_a_contract(Kind::Sqlite).await;
}

#[tokio::test]
async fn entitlements_follow_a_contract_on_postgres() {
    entitlements_follow_a_contract(Kind::Postgres).await;
}

fn at(day: &str) -> Call {
    let now = format!("{day}T08:00:00Z").parse().unwrap();
    testing::call("demo", &["admin"], now).unwrap()
}

const fn date(year: i32, month: i32) -> Option<Date> {
    Some(Date { year, month, day: 1 })
}

fn machine(id: &str) -> String {
    format!("customers/c1/assets/{id}")
}

/// A customer with three machines, of which pricing has heard.
async fn furnished(kind: Kind) -> TestSuite {
    let services: Vec<ServiceUnderTest> = vec![
        ("customer", aftercare_customer::migrations(), Box::new(aftercare_customer::module)),
        ("pricing", aftercare_pricing::migrations(), Box::new(aftercare_pricing::module)),
    ];
    let suite = TestSuite::start(kind, services).await.unwrap();
    let call = at("2026-06-01");
    let own = customer::UpdateCustomerRequest {
        customer: Some(customer::Customer {
            name: "customers/c1".to_owned(),
            display_name: "宁波压缩机用户".to_owned(),
            region_code: "330200".to_owned(),
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    };
    let requests =
        customer::BatchUpdateCustomersRequest { requests: vec![own], ..Default::default() };
    let mut customers = CustomerServiceClient::new(suite.client("customer", &call).unwrap());
    customers.batch_update_customers(requests).await.unwrap();
    let mut assets = AssetServiceClient::new(suite.client("customer", &call).unwrap());
    for id in ["a1", "a2", "a3"] {
        let asset = customer::Asset {
            name: machine(id),
            serial_number: id.to_owned(),
            product: "products/p1".to_owned(),
            commission_date: date(2022, 1),
            ..Default::default()
        };
        let update = customer::UpdateAssetRequest {
            asset: Some(asset),
            allow_missing: true,
            ..Default::default()
        };
        assets.update_asset(update).await.unwrap();
    }
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
    let request =
        pricing::BatchUpdateProductsRequest { requests: vec![product], ..Default::default() };
    let mut catalogue = CatalogueServiceClient::new(suite.client("pricing", &call).unwrap());
    catalogue.batch_update_products(request).await.unwrap();
    let mut models = FailureModelServiceClient::new(suite.client("pricing", &call).unwrap());
    for _ in 0..600 {
        let ask = pricing::SummariseFailureEvidenceRequest::default();
        if models.summarise_failure_evidence(ask).await.unwrap().into_inner().machine_count == 3 {
            return suite;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the machines did not arrive");
}

/// Machine, first day, first day after: sorted. Waits until what is told has arrived.
async fn spans(suite: &TestSuite, wanted: &[(&str, &str, &str)]) {
    let call = at("2026-06-01");
    let mut customers = CustomerServiceClient::new(suite.client("customer", &call).unwrap());
    let text = |date: Option<Date>| {
        date.map(|d| format!("{}-{:02}-{:02}", d.year, d.month, d.day)).unwrap_or_default()
    };
    let mut found = Vec::new();
    for _ in 0..600 {
        let list = customer::ListEntitlementsRequest {
            parent: "customers/c1".to_owned(),
            ..Default::default()
        };
        let listed = customers.list_entitlements(list).await.unwrap().into_inner().entitlements;
        assert!(listed.iter().all(|own| own.contract == CONTRACT));
        found = listed
            .into_iter()
            .map(|own| {
                let period = own.period.unwrap_or_default();
                let id = own.asset.rsplit('/').next().unwrap().to_owned();
                (id, text(period.start_date), text(period.end_date))
            })
            .collect();
        found.sort();
        if found
            .iter()
            .map(|(a, b, c)| (a.as_str(), b.as_str(), c.as_str()))
            .eq(wanted.iter().copied())
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{found:?}");
}

async fn entitlements_follow_a_contract(kind: Kind) {
    let suite = furnished(kind).await;
    let call = at("2026-06-01");
    let mut quotes = QuoteServiceClient::new(suite.client("pricing", &call).unwrap());
    let contracts =
        |day: &str| ContractServiceClient::new(suite.client("pricing", &at(day)).unwrap());
    let ask = pricing::CreateQuoteRequest {
        customer: "customers/c1".to_owned(),
        assets: vec![machine("a1"), machine("a2")],
        start_date: date(2026, 7),
        terms: Some(pricing::Terms {
            term_months: 24,
            coverage: pricing::CoverageLevel::Full.into(),
            ..Default::default()
        }),
        quote_id: "q1".to_owned(),
        ..Default::default()
    };
    let name = quotes.create_quote(ask).await.unwrap().into_inner().name;
    let issue = pricing::IssueQuoteRequest { name: name.clone(), ..Default::default() };
    quotes.issue_quote(issue).await.unwrap();
    let accept =
        pricing::AcceptQuoteRequest { name, contract_id: "k1".to_owned(), ..Default::default() };
    quotes.accept_quote(accept).await.unwrap();
    // Agreed before the contract is in force: the third machine comes in for the second in October.
    let amend = pricing::CreateAmendmentRequest {
        parent: CONTRACT.to_owned(),
        amendment: Some(pricing::Amendment {
            effective_date: date(2026, 10),
            added_assets: vec![machine("a3")],
            removed_assets: vec![machine("a2")],
            ..Default::default()
        }),
        ..Default::default()
    };
    contracts("2026-06-02").create_amendment(amend).await.unwrap();
    let activate =
        pricing::ActivateContractRequest { name: CONTRACT.to_owned(), ..Default::default() };
    contracts("2026-06-10").activate_contract(activate).await.unwrap();
    let (begin, end) = ("2026-07-01", "2028-07-01");
    spans(&suite, &[("a1", begin, end), ("a2", begin, "2026-10-01"), ("a3", "2026-10-01", end)])
        .await;

    let suspend = pricing::SuspendContractRequest {
        name: CONTRACT.to_owned(),
        reason: "The plant stands still".to_owned(),
        ..Default::default()
    };
    contracts("2026-09-01").suspend_contract(suspend).await.unwrap();
    let never = ("a3", "2026-10-01", "2026-10-01");
    let rests = [("a1", begin, "2026-09-01"), ("a2", begin, "2026-09-01"), never];
    spans(&suite, &rests).await;
    let resume = pricing::ResumeContractRequest { name: CONTRACT.to_owned(), ..Default::default() };
    contracts("2026-09-15").resume_contract(resume).await.unwrap();
    spans(
        &suite,
        &[
            ("a1", begin, "2026-09-01"),
            ("a1", "2026-09-15", end),
            ("a2", begin, "2026-09-01"),
            ("a2", "2026-09-15", "2026-10-01"),
            ("a3", "2026-10-01", end),
        ],
    )
    .await;

    let terminate = pricing::TerminateContractRequest {
        name: CONTRACT.to_owned(),
        reason: "The plant in Ningbo closes".to_owned(),
        end_date: date(2027, 3),
        ..Default::default()
    };
    contracts("2027-01-10").terminate_contract(terminate).await.unwrap();
    spans(
        &suite,
        &[
            ("a1", begin, "2026-09-01"),
            ("a1", "2026-09-15", "2027-03-01"),
            ("a2", begin, "2026-09-01"),
            ("a2", "2026-09-15", "2026-10-01"),
            ("a3", "2026-10-01", "2027-03-01"),
        ],
    )
    .await;
}
