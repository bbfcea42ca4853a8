//! Add-ons: rates on a rate card, sold on a quote at their own price, with the failures that they avoid.

use super::catalogue::yuan;
use super::quote::{decimal, full_cover, installed};
use super::{call, client, fields, on_both, reason, request_id};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::testing::{Kind, TestSuite};
use tonic::Code;

on_both!(add_ons_are_sold_at_their_own_price_and_avoid_failures);
on_both!(wrong_rates_of_add_ons_are_named);

fn rate(add_on: pb::AddOn, basis: pb::AddOnBasis, cost: i64) -> pb::AddOnRate {
    pb::AddOnRate {
        add_on: add_on.into(),
        basis: basis.into(),
        cost: yuan(cost),
        ..Default::default()
    }
}

/// A card that holds everywhere.
async fn card(suite: &TestSuite, rates: Vec<pb::AddOnRate>) -> Result<pb::RateCard, tonic::Status> {
    let call = call();
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let card = pb::RateCard {
        name: "rateCards/all".to_owned(),
        labour_cost_per_hour: yuan(180),
        travel_cost_per_visit: yuan(400),
        add_on_rates: rates,
        ..Default::default()
    };
    let change = pb::UpdateRateCardRequest {
        rate_card: Some(card),
        allow_missing: true,
        ..Default::default()
    };
    let request =
        pb::BatchUpdateRateCardsRequest { requests: vec![change], request_id: request_id() };
    let mut answer = catalogue.batch_update_rate_cards(request).await?.into_inner();
    Ok(answer.rate_cards.remove(0))
}

fn of(money: Option<&aftercare_api::google::r#type::Money>) -> f64 {
    money.map_or(0.0, |m| m.units as f64 + f64::from(m.nanos) / 1e9)
}

async fn add_ons_are_sold_at_their_own_price_and_avoid_failures(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, call());
    let monitoring = pb::AddOnRate {
        price: yuan(900),
        avoided_failure_share: decimal("0.2"),
        ..rate(pb::AddOn::RemoteMonitoring, pb::AddOnBasis::MachineYear, 500)
    };
    let training = rate(pb::AddOn::Training, pb::AddOnBasis::Contract, 2_100);
    let stored = card(&suite, vec![monitoring.clone(), training]).await.unwrap();
    assert_eq!((stored.add_on_rates.len(), &stored.add_on_rates[0]), (2, &monitoring));

    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let plain = quotes.create_quote(full_cover("plain")).await.unwrap().into_inner();
    assert!(plain.add_ons.is_empty() && plain.planned_cost.as_ref().unwrap().add_ons.is_none());
    let mut ask = full_cover("watched");
    let sold = [pb::AddOn::RemoteMonitoring, pb::AddOn::Training].map(i32::from).to_vec();
    ask.terms.as_mut().unwrap().add_ons = sold.clone();
    let quote = quotes.create_quote(ask.clone()).await.unwrap().into_inner();
    assert_eq!(quote.terms.as_ref().unwrap().add_ons, sold);
    let failures = |quote: &pb::Quote| quote.cost.as_ref().unwrap().expected_failures;
    assert!((failures(&quote) / failures(&plain) - 0.8).abs() < 1e-9, "one in five is avoided");
    let own: Vec<_> = quote.add_ons.iter().map(|own| (own.add_on(), own.quantity)).collect();
    assert_eq!(own, [(pb::AddOn::RemoteMonitoring, 3), (pb::AddOn::Training, 1)]);
    assert_eq!(quote.add_ons[0].annual_fee, yuan(2_700));
    assert_eq!(quote.add_ons[0].price, yuan(8_100), "three years of 3 x 900");
    assert_eq!(quote.add_ons[1].cost, yuan(2_100), "once, at the start");
    let costs: f64 = quote.add_ons.iter().map(|own| of(own.cost.as_ref())).sum();
    assert!((of(quote.planned_cost.as_ref().unwrap().add_ons.as_ref()) - costs).abs() < 0.02);

    let explained = pb::ExplainQuoteRequest { name: quote.name.clone() };
    let explained = quotes.explain_quote(explained).await.unwrap().into_inner();
    assert_eq!(explained.drivers, quote.drivers);
    assert!(quote.drivers.iter().any(|driver| driver.kind() == pb::DriverKind::AddOns));
    let cents = |money: &Option<aftercare_api::google::r#type::Money>| {
        (of(money.as_ref()) * 100.0).round() as i64
    };
    let price = cents(&quote.price);
    assert_eq!(quote.drivers.iter().map(|d| cents(&d.amount)).sum::<i64>(), price);
    assert_eq!(quote.lines.iter().map(|l| cents(&l.price)).sum::<i64>(), price);

    let page = |language: &str| pb::GetQuoteDocumentRequest {
        name: quote.name.clone(),
        language_code: language.to_owned(),
        ..Default::default()
    };
    let english = quotes.get_quote_document(page("en")).await.unwrap().into_inner().html;
    assert!(english.contains("remote monitoring") && english.contains("CNY 8,100"));
    let chinese = quotes.get_quote_document(page("zh")).await.unwrap().into_inner().html;
    assert!(chinese.contains("远程监控") && chinese.contains("员工培训"));

    let target = pb::find_concessions_request::Target::Discount(decimal("0.05").unwrap());
    let request = pb::FindConcessionsRequest {
        name: quote.name.clone(),
        target: Some(target),
        max_results: 3,
        ..Default::default()
    };
    let found = quotes.find_concessions(request).await.unwrap().into_inner();
    assert!(!found.concessions.is_empty());
    assert!(found.concessions.iter().all(|c| c.terms.as_ref().unwrap().add_ons == sold));
    let again = pb::ReproduceQuoteRequest { name: quote.name };
    assert!(quotes.reproduce_quote(again).await.unwrap().into_inner().identical);

    ask.quote_id = "spare".to_owned();
    ask.request_id = request_id();
    ask.terms.as_mut().unwrap().add_ons.push(pb::AddOn::SpareUnit.into());
    let refused = quotes.create_quote(ask).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(reason(&refused), "ADD_ON_NOT_SOLD");
}

async fn wrong_rates_of_add_ons_are_named(kind: Kind) {
    let suite = installed(kind, false).await;
    let good = rate(pb::AddOn::Training, pb::AddOnBasis::Contract, 2_100);
    let wrong = vec![
        good.clone(),
        good,
        pb::AddOnRate {
            cost: None,
            ..rate(pb::AddOn::Unspecified, pb::AddOnBasis::Unspecified, 1)
        },
        pb::AddOnRate {
            avoided_failure_share: decimal("1"),
            ..rate(pb::AddOn::OilAnalysis, pb::AddOnBasis::MachineYear, 1)
        },
    ];
    let refused = card(&suite, wrong).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let named = fields(&refused);
    for field in [
        "add_on_rates[1].add_on",
        "add_on_rates[2].add_on",
        "add_on_rates[2].basis",
        "add_on_rates[2].cost",
        "add_on_rates[3].avoided_failure_share",
    ] {
        assert!(named.iter().any(|name| name.ends_with(field)), "{field} in {named:?}");
    }
}
