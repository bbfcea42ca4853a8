//! What competitors ask is recorded with source and date.

use super::contract_life::date;
use super::{call, client, fields, on_both, request_id, suite};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::google::r#type::Money;
use aftercare_platform::testing::Kind;
use tonic::Code;

on_both!(observations_are_listed_newest_first);

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
