//! Contracts of pricing become entitlements: a redelivered event changes nothing.

use super::{client, furnish, li, on_both};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::aftercare::pricing::v1 as pricing;
use aftercare_api::aftercare::r#type::v1 as common;
use aftercare_api::google::r#type::Date;
use aftercare_platform::outbox::deliver;
use aftercare_platform::testing::{Kind, TestSuite};
use prost::Message;
use std::sync::{Arc, Mutex};

on_both!(a_contract_entitles_its_machines);

async fn a_contract_entitles_its_machines(kind: Kind) {
    let heard: Arc<Mutex<Vec<_>>> = Arc::default();
    let keep = Arc::clone(&heard);
    let module: Box<dyn FnOnce(_) -> _ + Send> = Box::new(move |context| {
        let module = aftercare_customer::module(context);
        keep.lock().unwrap().extend(module.consumers.iter().cloned());
        module
    });
    let service = ("customer", aftercare_customer::migrations(), module);
    let (suite, call) = (TestSuite::start(kind, vec![service]).await.unwrap(), li());
    furnish(&suite, &call).await;
    let consumer = heard.lock().unwrap()[0].clone();
    let day = |year| Some(Date { year, month: 1, day: 1 });
    let activated = pricing::ContractActivated {
        contract: "contracts/k7".to_owned(),
        customer: "customers/c1".to_owned(),
        assets: vec!["customers/c1/assets/zj-1".to_owned()],
        period: Some(common::Period { start_date: day(2026), end_date: day(2029) }),
        coverage: pricing::CoverageLevel::Full.into(),
        ..Default::default()
    };
    let event = |id: &str, r#type: &str, data| common::Event {
        id: id.to_owned(),
        source: "/pricing".to_owned(),
        r#type: format!("aftercare.pricing.v1.{}", r#type),
        tenant: "demo".to_owned(),
        data,
        ..Default::default()
    };
    let event1 = event("e1", "ContractActivated", activated.encode_to_vec());
    let mut client = client!(suite, &call, customer_service_client::CustomerServiceClient);
    let list =
        pb::ListEntitlementsRequest { parent: "customers/c1".to_owned(), ..Default::default() };
    for _ in 0..2 {
        deliver(consumer.as_ref(), std::slice::from_ref(&event1)).await.unwrap();
        let found = client.list_entitlements(list.clone()).await.unwrap().into_inner().entitlements;
        assert_eq!((found.len(), found[0].etag.as_str()), (1, "\"1\""));
        assert_eq!(found[0].state(), pb::EntitlementState::Active);
        assert!(found[0].parts_covered && found[0].contract == "contracts/k7");
    }
    let ended = pricing::ContractEnded {
        contract: "contracts/k7".to_owned(),
        end_date: Some(Date { year: 2026, month: 2, day: 1 }),
        ..Default::default()
    };
    let event2 = event("e2", "ContractEnded", ended.encode_to_vec());
    deliver(consumer.as_ref(), &[event2]).await.unwrap();
    let found = client.list_entitlements(list).await.unwrap().into_inner().entitlements;
    assert_eq!(found[0].state(), pb::EntitlementState::Ended);
}
