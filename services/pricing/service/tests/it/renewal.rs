//! Failures are priced by the process, and repairs by the family, that a fit chose or was told.

use super::quote::{full_cover, installed};
use super::{call, client, fields, on_both, request_id};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::testing::Kind;

on_both!(prices_stand_on_replacement_and_on_repairs_as_seen_where_that_was_chosen);

fn micros(money: Option<&aftercare_api::google::r#type::Money>) -> i64 {
    money.map_or(0, |m| m.units * 1_000_000 + i64::from(m.nanos) / 1000)
}

async fn prices_stand_on_replacement_and_on_repairs_as_seen_where_that_was_chosen(kind: Kind) {
    let (suite, call) = (installed(kind, false).await, call());
    let mut models = client!(suite, &call, failure_model_service_client::FailureModelServiceClient);
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let fit = |basis: pb::PricingBasis, family: pb::SeverityFamily| pb::FitFailureModelRequest {
        family: "SF".to_owned(),
        pricing_basis: basis.into(),
        severity_family: family.into(),
        request_id: request_id(),
        ..Default::default()
    };
    let repaired = fit(pb::PricingBasis::MinimalRepair, pb::SeverityFamily::Gamma);
    let repaired = models.fit_failure_model(repaired).await.unwrap().into_inner();
    let mode = &repaired.modes[0];
    assert_eq!(mode.pricing_basis(), pb::PricingBasis::MinimalRepair);
    assert_eq!(mode.severity.as_ref().unwrap().family(), pb::SeverityFamily::Gamma);
    let first = quotes.create_quote(full_cover("repaired")).await.unwrap().into_inner();

    let replaced = fit(pb::PricingBasis::Renewal, pb::SeverityFamily::Empirical);
    let replaced = models.fit_failure_model(replaced).await.unwrap().into_inner();
    let mode = &replaced.modes[0];
    assert_eq!(mode.pricing_basis(), pb::PricingBasis::Renewal);
    let severity = mode.severity.as_ref().unwrap();
    assert_eq!(severity.family(), pb::SeverityFamily::Empirical);
    for quantile in &severity.quantiles {
        assert!((quantile.fitted - quantile.empirical).abs() < 1e-9, "as seen is as fitted");
    }
    let ask = pb::ForecastFailuresRequest {
        name: replaced.name.clone(),
        from_age_years: 6.0,
        to_age_years: 9.0,
    };
    let forecast = models.forecast_failures(ask.clone()).await.unwrap().into_inner();
    assert_eq!(forecast.modes[0].expected_failures, forecast.modes[0].renewal_failures);
    assert_eq!(forecast.expected_failures, forecast.modes[0].renewal_failures);
    assert!(forecast.modes[0].standard_error > 0.0);
    let before = pb::ForecastFailuresRequest { name: repaired.name, ..ask };
    let before = models.forecast_failures(before).await.unwrap().into_inner();
    assert!((before.expected_failures / forecast.expected_failures - 1.0).abs() > 1e-3);

    let quote = quotes.create_quote(full_cover("replaced")).await.unwrap().into_inner();
    let failures = |quote: &pb::Quote| quote.cost.as_ref().unwrap().expected_failures;
    assert_eq!(quote.failure_models, [replaced.name]);
    assert!((failures(&quote) / failures(&first) - 1.0).abs() > 1e-3, "another process");
    let price = micros(quote.price.as_ref());
    assert_eq!(quote.drivers.iter().map(|d| micros(d.amount.as_ref())).sum::<i64>(), price);
    let ask = pb::ExplainQuoteRequest { name: quote.name.clone() };
    assert_eq!(quotes.explain_quote(ask).await.unwrap().into_inner().drivers, quote.drivers);
    let ask = pb::ReproduceQuoteRequest { name: quote.name.clone() };
    assert!(quotes.reproduce_quote(ask).await.unwrap().into_inner().identical);
    let target = aftercare_api::google::r#type::Decimal { value: "0.1".to_owned() };
    let ask = pb::FindConcessionsRequest {
        name: quote.name,
        target: Some(pb::find_concessions_request::Target::Discount(target)),
        max_results: 3,
        ..Default::default()
    };
    let found = quotes.find_concessions(ask).await.unwrap().into_inner();
    assert_eq!(found.concessions.len(), 3);
    assert!(found.concessions.iter().all(|own| own.loss_probability <= 0.2));

    let mut unknown = fit(pb::PricingBasis::Renewal, pb::SeverityFamily::Empirical);
    (unknown.pricing_basis, unknown.severity_family) = (7, 7);
    let refused = models.fit_failure_model(unknown).await.unwrap_err();
    assert_eq!(fields(&refused), ["pricing_basis", "severity_family"]);
}
