//! Parts and contracts share one model of demand.

use super::catalogue::{product, yuan};
use super::contract_life::{at, date};
use super::experience::tell;
use super::failure_model::{history, work_event};
use super::quote::{decimal, full_cover};
use super::{client, listening, on_both, request_id};
use aftercare_api::aftercare::customer::v1 as customer;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::aftercare::r#type::v1::Event;
use aftercare_platform::testing::Kind;

on_both!(parts_and_contracts_expect_the_same_failures);

async fn parts_and_contracts_expect_the_same_failures(kind: Kind) {
    let ((suite, consumers), call) = (listening(kind).await, at("2026-01-15"));
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let requests = vec![product("p1", "SF")];
    let request = pb::BatchUpdateProductsRequest { requests, request_id: request_id() };
    catalogue.batch_update_products(request).await.unwrap();
    let part = pb::Part {
        name: "parts/seal".to_owned(),
        display_name: "Shaft seal".to_owned(),
        unit_cost: yuan(300),
        // 48 months of mean length
        lead_time_days: 1461,
        families: vec!["SF".to_owned()],
        ..Default::default()
    };
    let update =
        pb::UpdatePartRequest { part: Some(part), allow_missing: true, ..Default::default() };
    catalogue.update_part(update).await.unwrap();
    tell(&consumers, &history()).await;
    // Nine failures of the last three years; one of them took two seals.
    let took = work_event("w0-9", 0, 1_972, |told| {
        told.parts = vec![customer::PartUsage {
            part: "parts/seal".to_owned(),
            quantity: decimal("2"),
            ..Default::default()
        }];
    });
    tell(&consumers, &[Event { id: "took".to_owned(), ..took }]).await;

    let mut models = client!(suite, &call, failure_model_service_client::FailureModelServiceClient);
    let mut parts = client!(suite, &call, spare_part_service_client::SparePartServiceClient);
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let mut demands = Vec::new();
    for basis in [pb::PricingBasis::MinimalRepair, pb::PricingBasis::Renewal] {
        let fit = pb::FitFailureModelRequest {
            family: "SF".to_owned(),
            pricing_basis: basis.into(),
            ..Default::default()
        };
        let model = models.fit_failure_model(fit).await.unwrap().into_inner();
        assert_eq!(model.modes[0].pricing_basis(), basis);
        let ask = pb::ForecastPartDemandRequest {
            name: "parts/seal".to_owned(),
            method: pb::DemandMethod::InstalledBase.into(),
            ..Default::default()
        };
        let demand = parts.forecast_part_demand(ask).await.unwrap().into_inner();
        let mut quote = full_cover("q");
        quote.start_date = date(2026, 1, 1);
        quote.terms.as_mut().unwrap().term_months = 48;
        quote.validate_only = true;
        let quoted = quotes.create_quote(quote).await.unwrap().into_inner();
        let failures = quoted.cost.unwrap().expected_failures;
        let ratio = demand.lead_time_demand / (failures * 2.0 / 9.0);
        assert!((ratio - 1.0).abs() < 1e-3, "{basis:?} {ratio}");
        demands.push(demand.monthly_demand);
    }
    assert!((demands[1] / demands[0] - 1.0).abs() > 0.01, "{demands:?}");
}
