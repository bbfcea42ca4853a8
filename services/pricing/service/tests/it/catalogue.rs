//! The catalogue comes in by batches: all or none, every wrong field named.

use super::{call, client, fields, on_both, request_id, suite};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::google::r#type::Money;
use aftercare_platform::testing::{self, Kind};
use tonic::Code;

on_both!(a_batch_makes_changes_and_repeats);
on_both!(one_wrong_row_keeps_all_out_and_every_fault_is_named);

pub(crate) fn yuan(units: i64) -> Option<Money> {
    Some(Money { currency_code: "CNY".to_owned(), units, nanos: 0 })
}

pub(crate) fn product(id: &str, family: &str) -> pb::UpdateProductRequest {
    pb::UpdateProductRequest {
        product: Some(pb::Product {
            name: format!("products/{id}"),
            display_name: format!("空压机 {id}"),
            family: family.to_owned(),
            list_price: yuan(62_000),
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    }
}

pub(crate) fn rate_card(id: &str, region: &str, labour: i64) -> pb::UpdateRateCardRequest {
    pb::UpdateRateCardRequest {
        rate_card: Some(pb::RateCard {
            name: format!("rateCards/{id}"),
            region_code: region.to_owned(),
            labour_cost_per_hour: yuan(labour),
            travel_cost_per_visit: yuan(420),
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    }
}

async fn a_batch_makes_changes_and_repeats(kind: Kind) {
    let ((suite, _), call) = (suite(kind).await, call());
    let mut client = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let mut request = pb::BatchUpdateProductsRequest {
        requests: vec![product("p1", "SF"), product("p2", "SV"), product("p3", "SF")],
        request_id: request_id(),
    };
    let first = client.batch_update_products(request.clone()).await.unwrap().into_inner();
    let again = client.batch_update_products(request.clone()).await.unwrap().into_inner();
    assert_eq!(first, again, "the same request id");
    request.request_id = request_id();
    request.requests.truncate(1);
    request.requests[0].product.as_mut().unwrap().display_name = "SF-22".to_owned();
    let changed = client.batch_update_products(request).await.unwrap().into_inner();
    assert_eq!(changed.products[0].display_name, "SF-22");
    assert_ne!(changed.products[0].etag, first.products[0].etag);
    let list = pb::ListProductsRequest {
        filter: "family = \"SF\"".to_owned(),
        page_size: 1,
        ..Default::default()
    };
    let page = client.list_products(list.clone()).await.unwrap().into_inner();
    assert_eq!(page.products, changed.products);
    let list = pb::ListProductsRequest { page_token: page.next_page_token, ..list };
    let page = client.list_products(list).await.unwrap().into_inner();
    assert_eq!(
        (page.products[0].name.as_str(), page.next_page_token.as_str()),
        ("products/p3", "")
    );
    let other = testing::call("other", &["admin"], call.now).unwrap();
    let mut stranger = client!(suite, &other, catalogue_service_client::CatalogueServiceClient);
    let get = pb::GetProductRequest { name: "products/p1".to_owned() };
    assert_eq!(stranger.get_product(get).await.unwrap_err().code(), Code::NotFound);
}

async fn one_wrong_row_keeps_all_out_and_every_fault_is_named(kind: Kind) {
    let ((suite, _), call) = (suite(kind).await, call());
    let mut client = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let part = |id: &str, cost: i64| pb::UpdatePartRequest {
        part: Some(pb::Part {
            name: format!("parts/{id}"),
            display_name: "Air end".to_owned(),
            unit_cost: yuan(cost),
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    };
    let mut requests = vec![part("s1", 8800), part("s2", -1), part("s3", 10)];
    requests[2].part.as_mut().unwrap().display_name.clear();
    requests[2].part.as_mut().unwrap().lead_time_days = -3;
    let request = pb::BatchUpdatePartsRequest { requests, request_id: request_id() };
    let status = client.batch_update_parts(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let mut named = fields(&status);
    named.sort();
    assert_eq!(
        named,
        [
            "requests[1].part.unit_cost",
            "requests[2].part.display_name",
            "requests[2].part.lead_time_days"
        ]
    );
    let get = pb::GetPartRequest { name: "parts/s1".to_owned() };
    assert_eq!(client.get_part(get).await.unwrap_err().code(), Code::NotFound);
    let requests = vec![rate_card("r1", "330000", 102), rate_card("r2", "nowhere at all", 0)];
    let request = pb::BatchUpdateRateCardsRequest { requests, request_id: request_id() };
    let status = client.batch_update_rate_cards(request).await.unwrap_err();
    let mut named = fields(&status);
    named.sort();
    assert_eq!(
        named,
        ["requests[1].rate_card.labour_cost_per_hour", "requests[1].rate_card.region_code"]
    );
    let request = pb::BatchUpdateRateCardsRequest {
        requests: vec![rate_card("r1", "330000", 102)],
        request_id: request_id(),
    };
    client.batch_update_rate_cards(request).await.unwrap();
    let page = client.list_rate_cards(pb::ListRateCardsRequest::default()).await.unwrap();
    assert_eq!(page.into_inner().rate_cards[0].labour_cost_per_hour, yuan(102));
}
