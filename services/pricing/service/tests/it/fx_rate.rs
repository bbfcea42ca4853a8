//! Costs in another currency: converted by a rate on record, refused without one or with one that is too old.

use super::contract_life::{date, micros};
use super::quote::{decimal, full_cover, installed};
use super::{call, client, fields, on_both, reason, request_id};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::google::r#type::Money;
use aftercare_platform::testing::{Kind, TestSuite};
use tonic::{Code, Status};

on_both!(a_rate_card_in_another_currency_needs_a_rate_that_is_not_stale);
on_both!(rates_are_entered_once_and_every_wrong_field_is_named);

fn money(currency: &str, units: i64) -> Option<Money> {
    Some(Money { currency_code: currency.to_owned(), units, nanos: 0 })
}

async fn set_card(suite: &TestSuite, labour: Option<Money>, travel: Option<Money>) {
    let call = call();
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let card = pb::UpdateRateCardRequest {
        rate_card: Some(pb::RateCard {
            name: "rateCards/zj".to_owned(),
            region_code: "330000".to_owned(),
            labour_cost_per_hour: labour,
            travel_cost_per_visit: travel,
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    };
    let request =
        pb::BatchUpdateRateCardsRequest { requests: vec![card], request_id: request_id() };
    catalogue.batch_update_rate_cards(request).await.unwrap();
}

fn euro(id: &str, rate: &str, day: (i32, i32)) -> pb::CreateFxRateRequest {
    pb::CreateFxRateRequest {
        fx_rate: Some(pb::FxRate {
            from_currency_code: "EUR".to_owned(),
            to_currency_code: "CNY".to_owned(),
            rate: decimal(rate),
            source: "China Foreign Exchange Trade System".to_owned(),
            rate_date: date(2026, day.0, day.1),
            ..Default::default()
        }),
        fx_rate_id: id.to_owned(),
        request_id: request_id(),
    }
}

async fn enter(suite: &TestSuite, ask: pb::CreateFxRateRequest) -> Result<pb::FxRate, Status> {
    let call = call();
    let mut rates = client!(suite, &call, fx_rate_service_client::FxRateServiceClient);
    Ok(rates.create_fx_rate(ask).await?.into_inner())
}

async fn a_rate_card_in_another_currency_needs_a_rate_that_is_not_stale(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, call());
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    set_card(&suite, money("CNY", 780), money("CNY", 390)).await;
    let home = quotes.create_quote(full_cover("home")).await.unwrap().into_inner();
    assert!(home.fx_rates.is_empty());

    set_card(&suite, money("EUR", 100), money("EUR", 50)).await;
    let missing = quotes.create_quote(full_cover("q1")).await.unwrap_err();
    assert_eq!(
        (missing.code(), reason(&missing).as_str()),
        (Code::FailedPrecondition, "FX_RATE_MISSING")
    );
    // The other direction is another rate.
    let mut turned = euro("turned", "0.128", (6, 30));
    let rate = turned.fx_rate.as_mut().unwrap();
    (rate.from_currency_code, rate.to_currency_code) = ("CNY".to_owned(), "EUR".to_owned());
    enter(&suite, turned).await.unwrap();
    assert_eq!(
        reason(&quotes.create_quote(full_cover("q1")).await.unwrap_err()),
        "FX_RATE_MISSING"
    );
    enter(&suite, euro("old", "9.5", (5, 30))).await.unwrap();
    let stale = quotes.create_quote(full_cover("q1")).await.unwrap_err();
    assert_eq!(reason(&stale), "FX_RATE_STALE");
    assert!(stale.message().contains("stale FX"), "{}", stale.message());

    enter(&suite, euro("june", "7.8", (6, 20))).await.unwrap();
    let abroad = quotes.create_quote(full_cover("abroad")).await.unwrap().into_inner();
    assert_eq!(abroad.price, home.price, "100 euros an hour are 780 yuan");
    assert_eq!(abroad.cost.as_ref().unwrap().mean, home.cost.as_ref().unwrap().mean);
    let used = &abroad.fx_rates[0];
    assert_eq!((used.fx_rate.as_str(), &used.rate), ("fxRates/june", &decimal("7.8")));
    assert_eq!((used.rate_date, abroad.fx_rates.len()), (date(2026, 6, 20), 1));
    let page = pb::GetQuoteDocumentRequest { name: abroad.name.clone(), ..Default::default() };
    let page = quotes.get_quote_document(page).await.unwrap().into_inner();
    assert!(page.html.contains("Exchange rates") && page.html.contains("China Foreign Exchange"));

    // A later rate changes later quotes only.
    enter(&suite, euro("july", "8", (7, 1))).await.unwrap();
    let again = pb::ReproduceQuoteRequest { name: abroad.name };
    assert!(quotes.reproduce_quote(again).await.unwrap().into_inner().identical);
    let dearer = quotes.create_quote(full_cover("dearer")).await.unwrap().into_inner();
    assert!(micros(dearer.price.as_ref()) > micros(home.price.as_ref()));

    // A product's parts of a planned visit are a cost as well.
    set_card(&suite, money("CNY", 780), money("CNY", 390)).await;
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let mut product = super::catalogue::product("p1", "SF");
    product.product.as_mut().unwrap().list_price = money("USD", 9_000);
    product.product.as_mut().unwrap().planned_visit_parts = money("USD", 30);
    let request =
        pb::BatchUpdateProductsRequest { requests: vec![product], request_id: request_id() };
    catalogue.batch_update_products(request).await.unwrap();
    let missing = quotes.create_quote(full_cover("q2")).await.unwrap_err();
    assert_eq!(reason(&missing), "FX_RATE_MISSING");
    assert!(missing.message().contains("products/p1 is in USD"), "{}", missing.message());
}

async fn rates_are_entered_once_and_every_wrong_field_is_named(kind: Kind) {
    let (suite, call) = (super::suite(kind).await.0, call());
    let ask = euro("june", "7.8123", (6, 20));
    let first = enter(&suite, ask.clone()).await.unwrap();
    assert_eq!(enter(&suite, ask).await.unwrap(), first, "one request id, one rate");
    assert!(first.create_time.is_some() && first.name == "fxRates/june");
    let taken = enter(&suite, euro("june", "7.9", (6, 21))).await.unwrap_err();
    assert_eq!(taken.code(), Code::AlreadyExists);
    let later = enter(&suite, euro("july", "7.9", (7, 1))).await.unwrap();
    let mut rates = client!(suite, &call, fx_rate_service_client::FxRateServiceClient);
    let filter = "from_currency_code = \"EUR\" AND to_currency_code = \"CNY\"".to_owned();
    let ask = pb::ListFxRatesRequest { filter, ..Default::default() };
    assert_eq!(rates.list_fx_rates(ask).await.unwrap().into_inner().fx_rates, [later, first]);

    let mut wrong = euro("bad id", "0", (7, 2));
    let rate = wrong.fx_rate.as_mut().unwrap();
    (rate.from_currency_code, rate.to_currency_code) = ("XYZW".to_owned(), "CNY".to_owned());
    rate.source = " ".to_owned();
    let refused = enter(&suite, wrong).await.unwrap_err();
    let named = ["from_currency_code", "rate", "source", "rate_date"];
    let named = named.map(|field| format!("fx_rate.{field}"));
    assert_eq!(fields(&refused)[0], "fx_rate_id");
    assert_eq!(fields(&refused)[1..], named);
    let mut same = euro("same", "1", (7, 1));
    same.fx_rate.as_mut().unwrap().to_currency_code = "EUR".to_owned();
    let refused = enter(&suite, same).await.unwrap_err();
    assert_eq!(fields(&refused), ["fx_rate.to_currency_code"]);
}
