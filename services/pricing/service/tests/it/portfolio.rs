//! A customer with very many machines: ten thousand over ten years are quoted, one more is refused with the limit named.

use super::catalogue::product;
use super::quote::full_cover;
use super::{call, client, on_both, request_id, suite};
use aftercare_api::aftercare::customer::v1 as customer;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::aftercare::r#type::v1::Event;
use aftercare_api::google::r#type::Date;
use aftercare_platform::outbox::deliver;
use aftercare_platform::testing::Kind;
use prost::Message;
use tonic_types::StatusExt;

on_both!(ten_thousand_machines_over_ten_years_are_quoted_and_one_more_is_refused);

fn machine(i: usize) -> Event {
    let told = customer::AssetChanged {
        asset: format!("customers/c1/assets/m-{i}"),
        customer: "customers/c1".to_owned(),
        product: "products/p1".to_owned(),
        commission_date: Some(Date {
            year: 2012 + (i % 12) as i32,
            month: 1 + (i % 7) as i32,
            day: 1,
        }),
        region_code: ["330100", "360100"][i % 2].to_owned(),
        event_time: Some(prost_types::Timestamp { seconds: 1_700_000_000, nanos: 0 }),
        ..Default::default()
    };
    Event {
        id: format!("m{i}"),
        source: "/customer".to_owned(),
        r#type: "aftercare.customer.v1.AssetChanged".to_owned(),
        tenant: "demo".to_owned(),
        data: told.encode_to_vec(),
        ..Default::default()
    }
}

async fn ten_thousand_machines_over_ten_years_are_quoted_and_one_more_is_refused(kind: Kind) {
    let ((suite, consumer), call) = (suite(kind).await, call());
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let request = pb::BatchUpdateProductsRequest {
        requests: vec![product("p1", "SF")],
        request_id: request_id(),
    };
    catalogue.batch_update_products(request).await.unwrap();
    let machines: Vec<Event> = (0..10_000).map(machine).collect();
    for some in machines.chunks(2_000) {
        deliver(consumer.as_ref(), some).await.unwrap();
    }
    let mut quotes = client!(suite, &call, quote_service_client::QuoteServiceClient);
    let mut ask = full_cover("large");
    ask.terms.as_mut().unwrap().term_months = 120;
    let quote = quotes.create_quote(ask.clone()).await.unwrap().into_inner();
    assert_eq!((quote.lines.len(), quote.fees.len()), (10_000, 10));
    let units = |money: &Option<aftercare_api::google::r#type::Money>| {
        let money = money.as_ref().unwrap();
        i128::from(money.units) * 1_000_000_000 + i128::from(money.nanos)
    };
    let sum: i128 = quote.lines.iter().map(|line| units(&line.price)).sum();
    assert_eq!(sum, units(&quote.price), "lines add up to the cent");

    deliver(consumer.as_ref(), &[machine(10_000)]).await.unwrap();
    ask.quote_id = "larger".to_owned();
    ask.request_id = request_id();
    let refused = quotes.create_quote(ask.clone()).await.unwrap_err();
    let said = refused.get_details_bad_request().unwrap().field_violations;
    assert!(said[0].field == "assets" && said[0].description.contains("10000"), "{said:?}");
    ask.assets = (0..10_001).map(|i| format!("customers/c1/assets/m-{i}")).collect();
    let refused = quotes.create_quote(ask).await.unwrap_err();
    let said = refused.get_details_bad_request().unwrap().field_violations;
    assert!(said[0].field == "assets" && said[0].description.contains("10000"), "{said:?}");
}
