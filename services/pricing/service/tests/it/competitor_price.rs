//! What competitors ask is recorded with source and date.

use super::contract_life::date;
use super::quote::{full_cover, installed};
use super::{call, client, fields, on_both, request_id, suite};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::google::r#type::Money;
use aftercare_platform::testing::Kind;
use tonic::Code;

on_both!(observations_are_listed_newest_first);
on_both!(observations_stand_beside_the_quote);

async fn observations_are_listed_newest_first(kind: Kind) {
    let ((suite, _), call) = (suite(kind).await, call());
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let mut made = Vec::new();
    for (id, day, region) in [("a", 1, "330100"), ("b", 20, "CN-ZJ"), ("c", 9, "350000")] {
        let request = observation(id, day, region);
        let first = quotes.create_competitor_price(request.clone()).await.unwrap().into_inner();
        let again = quotes.create_competitor_price(request).await.unwrap().into_inner();
        assert_eq!(first, again);
        made.push(first);
    }
    let list = pb::ListCompetitorPricesRequest { page_size: 2, ..Default::default() };
    let page = quotes.list_competitor_prices(list.clone()).await.unwrap().into_inner();
    assert_eq!(page.competitor_prices, [made[1].clone(), made[2].clone()]);
    let list = pb::ListCompetitorPricesRequest { page_token: page.next_page_token, ..list };
    let page = quotes.list_competitor_prices(list).await.unwrap().into_inner();
    assert_eq!(page.competitor_prices, [made[0].clone()]);
    let filter = "region_code = \"330000\"".to_owned();
    let list = pb::ListCompetitorPricesRequest { filter, ..Default::default() };
    let found = quotes.list_competitor_prices(list).await.unwrap().into_inner();
    assert_eq!(found.competitor_prices, [made[1].clone()], "a region has one code");
    let taken = pb::CreateCompetitorPriceRequest {
        request_id: String::new(),
        ..observation("a", 1, "330100")
    };
    let taken = quotes.create_competitor_price(taken).await.unwrap_err();
    assert_eq!(taken.code(), Code::AlreadyExists);

    let wrong = pb::CreateCompetitorPriceRequest {
        competitor_price: Some(pb::CompetitorPrice {
            service_product: "gold".to_owned(),
            region_code: "?".to_owned(),
            annual_price: Some(Money { currency_code: "CNY".to_owned(), units: 0, nanos: 0 }),
            observation_date: date(2027, 1, 1),
            ..Default::default()
        }),
        competitor_price_id: "No Id".to_owned(),
        ..Default::default()
    };
    let mut named = fields(&quotes.create_competitor_price(wrong).await.unwrap_err());
    named.sort();
    let inner = [
        "annual_price",
        "competitor",
        "observation_date",
        "region_code",
        "service_product",
        "source",
    ];
    let mut all: Vec<String> =
        inner.iter().map(|name| format!("competitor_price.{name}")).collect();
    all.push("competitor_price_id".to_owned());
    assert_eq!(named, all);
}

async fn observations_stand_beside_the_quote(kind: Kind) {
    let (suite, call) = (installed(kind, true).await, call());
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let gold = pb::UpdateServiceProductRequest {
        service_product: Some(pb::ServiceProduct {
            name: "serviceProducts/gold".to_owned(),
            display_name: "Gold".to_owned(),
            terms: full_cover("q").terms,
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    };
    catalogue.update_service_product(gold).await.unwrap();
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    // The machines stand in Hangzhou, 330100; Fujian is elsewhere.
    for (id, day, region) in [("a", 1, "330100"), ("b", 20, "CN-ZJ"), ("c", 9, "350000")] {
        quotes.create_competitor_price(observation(id, day, region)).await.unwrap();
    }
    let ask = |id: &str| pb::CreateQuoteRequest {
        service_product: "serviceProducts/gold".to_owned(),
        ..full_cover(id)
    };
    let quote = quotes.create_quote(ask("q1")).await.unwrap().into_inner();
    let shown: Vec<&str> =
        quote.competitor_prices.iter().map(|seen| seen.competitor_price.as_str()).collect();
    assert_eq!(shown, ["competitorPrices/b", "competitorPrices/a"], "the newest first");
    let newest = &quote.competitor_prices[0];
    assert_eq!(newest.source, "a customer's invitation to tender");
    assert_eq!(newest.observation_date, date(2026, 6, 20));
    // No escalation: the first year's fee over three machines, against 9,800 each.
    let fee = quote.fees[0].fee.as_ref().unwrap();
    let ours = fee.units as f64 + f64::from(fee.nanos) / 1e9;
    assert!((newest.price_ratio - ours / (3.0 * 9_800.0)).abs() < 1e-9);

    // A quote is what it was: a price that is seen later stands beside the next one.
    quotes.create_competitor_price(observation("d", 30, "330100")).await.unwrap();
    let got = quotes.get_quote(pb::GetQuoteRequest { name: quote.name.clone() }).await.unwrap();
    assert_eq!(got.into_inner(), quote);
    let next = quotes.create_quote(ask("q2")).await.unwrap().into_inner();
    assert_eq!(next.competitor_prices.len(), 3);
    let other = quotes.create_quote(full_cover("q3")).await.unwrap().into_inner();
    assert!(other.competitor_prices.is_empty(), "they stand against gold");

    let page = |audience: pb::QuoteAudience| pb::GetQuoteDocumentRequest {
        name: quote.name.clone(),
        audience: audience.into(),
        ..Default::default()
    };
    let internal = quotes.get_quote_document(page(pb::QuoteAudience::Internal)).await.unwrap();
    assert!(internal.into_inner().html.contains("Another maker"));
    let theirs = quotes.get_quote_document(page(pb::QuoteAudience::Customer)).await.unwrap();
    assert!(!theirs.into_inner().html.contains("Another maker"));
}

fn observation(id: &str, day: i32, region: &str) -> pb::CreateCompetitorPriceRequest {
    pb::CreateCompetitorPriceRequest {
        competitor_price: Some(pb::CompetitorPrice {
            competitor: "Another maker".to_owned(),
            service_product: "serviceProducts/gold".to_owned(),
            region_code: region.to_owned(),
            annual_price: Some(Money { currency_code: "CNY".to_owned(), units: 9800, nanos: 0 }),
            source: "a customer's invitation to tender".to_owned(),
            observation_date: date(2026, 6, day),
            ..Default::default()
        }),
        competitor_price_id: id.to_owned(),
        request_id: request_id(),
    }
}
