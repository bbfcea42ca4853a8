//! The whole way of a customer, its machines, grade and complaint, on a database and without a socket.

use super::{
    Actor, asset, authority, calendar, case, case_step, contact, customer, grade, list, proposal,
    standard, task, work_order,
};
use crate::store::migration;
use crate::timelines::Timelines;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::google::r#type as google;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::paging::Pager;
use aftercare_platform::status::Error;
use jiff::Timestamp;
use sea_orm::DatabaseConnection;
use sea_orm_migration::SchemaManager;

const AGENT: &str = "li";

struct World {
    db: DatabaseConnection,
    timelines: Timelines,
    pager: Pager,
}

impl World {
    async fn new() -> Self {
        let mut options = sea_orm::ConnectOptions::new("sqlite::memory:");
        options.max_connections(1);
        let db = sea_orm::Database::connect(options).await.unwrap();
        let manager = SchemaManager::new(&db);
        let platform = (aftercare_platform::migrate::PLATFORM.list)();
        for migration in platform.into_iter().chain(migration::list()) {
            migration.up(&manager).await.unwrap();
        }
        Self { db, timelines: Timelines::default(), pager: Pager::new([7; 32]) }
    }

    async fn customer(&self, id: &str) -> pb::Customer {
        let wire = pb::Customer {
            display_name: format!("Customer {id}"),
            region_code: "CN-ZJ".to_owned(),
            ..Default::default()
        };
        let request = pb::CreateCustomerRequest {
            customer: Some(wire),
            customer_id: id.to_owned(),
            ..Default::default()
        };
        customer::create(&self.db, &actor(AGENT), &request).await.unwrap().response
    }

    async fn machine(&self, customer: &str, id: &str) -> pb::Asset {
        let wire = pb::Asset {
            serial_number: id.to_uppercase(),
            product: "products/p10103".to_owned(),
            commission_date: Some(google::Date { year: 2020, month: 1, day: 1 }),
            ..Default::default()
        };
        let request = pb::CreateAssetRequest {
            parent: format!("customers/{customer}"),
            asset: Some(wire),
            asset_id: id.to_owned(),
            ..Default::default()
        };
        asset::create(&self.db, &actor(AGENT), &request).await.unwrap().response
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn wire(text: &str) -> prost_types::Timestamp {
    crate::convert::value::wire_instant(at(text))
}

fn actor(principal: &str) -> Actor {
    actor_at(principal, "2026-02-24T12:00:00+08")
}

fn actor_at(principal: &str, now: &str) -> Actor {
    let role = match principal {
        "wang" => "manager",
        _ => "agent",
    };
    Actor {
        tenant: TenantId::parse("demo").unwrap(),
        principal: principal.to_owned(),
        roles: vec![role.to_owned()],
        now: at(now),
        conduct: true,
        personal: false,
    }
}

fn reason(error: &Error) -> &'static str {
    error.fault().reason()
}

fn fields(error: &Error) -> Vec<String> {
    error.fault().violations().into_iter().map(|violation| violation.field).collect()
}

fn yuan(units: i64) -> Option<google::Money> {
    Some(google::Money { currency_code: "CNY".to_owned(), units, nanos: 0 })
}

fn number(value: &str) -> Option<google::Decimal> {
    Some(google::Decimal { value: value.to_owned() })
}

#[tokio::test]
async fn every_wrong_field_of_a_batch_is_named_and_nothing_is_stored() {
    let world = World::new().await;
    let one = |customer: pb::Customer| pb::UpdateCustomerRequest {
        customer: Some(customer),
        allow_missing: true,
        ..Default::default()
    };
    let named = |name: &str| pb::Customer {
        name: name.to_owned(),
        display_name: "x".to_owned(),
        ..Default::default()
    };
    let request = pb::BatchUpdateCustomersRequest {
        requests: vec![
            one(named("customers/c1")),
            one(pb::Customer {
                uscc: "91440300708461136X".to_owned(),
                kind: 77,
                ..named("customers/c2")
            }),
            one(pb::Customer {
                region_code: "CN-QQ".to_owned(),
                parent: "customers/none".to_owned(),
                ..named("customers/c3")
            }),
            one(named("customers/c1")),
            one(pb::Customer { parent: "customers/none".to_owned(), ..named("customers/c4") }),
            one(named("Customers/C5")),
        ],
        ..Default::default()
    };
    let error = customer::batch(&world.db, &actor(AGENT), &request).await.unwrap_err();
    assert_eq!(
        fields(&error),
        [
            "requests[5].customer.name",
            "requests[3].customer.name",
            "requests[1].customer.kind",
            "requests[1].customer.uscc",
            "requests[2].customer.region_code",
            "requests[4].customer.parent"
        ]
    );
    let all = pb::ListCustomersRequest::default();
    let page = list::customers(&world.db, &world.pager, &actor(AGENT), &all).await.unwrap();
    assert!(page.customers.is_empty());
}

#[tokio::test]
async fn a_thousand_customers_come_in_at_once_and_again_without_a_change() {
    let world = World::new().await;
    let requests = (0..1000)
        .map(|i| pb::UpdateCustomerRequest {
            customer: Some(pb::Customer {
                name: format!("customers/c{i:04}"),
                display_name: format!("Customer {i}"),
                external_keys: vec![aftercare_api::aftercare::r#type::v1::ExternalKey {
                    system: "connections/erp".to_owned(),
                    key: format!("C{i:04}"),
                }],
                parent: if i % 10 == 0 {
                    String::new()
                } else {
                    format!("customers/c{:04}", i - i % 10)
                },
                ..Default::default()
            }),
            allow_missing: true,
            ..Default::default()
        })
        .collect();
    let request = pb::BatchUpdateCustomersRequest { requests, ..Default::default() };
    for _ in 0..2 {
        let outcome = customer::batch(&world.db, &actor(AGENT), &request).await.unwrap();
        assert_eq!(outcome.response.customers.len(), 1000);
        assert!(outcome.response.customers.iter().all(|customer| customer.etag == "\"1\""));
    }
    let by = pb::lookup_customer_request::By::ExternalKey(
        aftercare_api::aftercare::r#type::v1::ExternalKey {
            system: "connections/erp".to_owned(),
            key: "C0042".to_owned(),
        },
    );
    let lookup = pb::LookupCustomerRequest { by: Some(by) };
    let found = customer::lookup(&world.db, &actor(AGENT), &lookup).await.unwrap();
    assert_eq!(found.name, "customers/c0042");
    let mut request = pb::ListCustomersRequest {
        page_size: 300,
        order_by: "display_name desc".to_owned(),
        filter: "state = ACTIVE AND display_name:\"customer\"".to_owned(),
        ..Default::default()
    };
    let mut seen = 0;
    loop {
        let page = list::customers(&world.db, &world.pager, &actor(AGENT), &request).await.unwrap();
        seen += page.customers.len();
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, 1000);
    let mut other = actor(AGENT);
    other.tenant = TenantId::parse("rival").unwrap();
    let get = pb::GetCustomerRequest { name: "customers/c0042".to_owned(), read_time: None };
    assert_eq!(
        reason(&customer::get(&world.db, &other, &get).await.unwrap_err()),
        "RESOURCE_NOT_FOUND"
    );
}

#[tokio::test]
async fn masks_write_what_they_name_and_etags_guard() {
    let world = World::new().await;
    let created = world.customer("c1").await;
    let mask = |paths: &[&str]| {
        Some(prost_types::FieldMask { paths: paths.iter().map(ToString::to_string).collect() })
    };
    let change = pb::Customer {
        name: created.name.clone(),
        industry: "TEXTILE".to_owned(),
        etag: created.etag.clone(),
        ..Default::default()
    };
    let update = |customer: &pb::Customer, paths: &[&str]| pb::UpdateCustomerRequest {
        customer: Some(customer.clone()),
        update_mask: mask(paths),
        ..Default::default()
    };
    let request = update(&change, &["industry", "region_code"]);
    let after = customer::upsert_one(&world.db, &actor(AGENT), &request).await.unwrap().response;
    assert_eq!((after.industry.as_str(), after.region_code.as_str()), ("TEXTILE", ""));
    assert_eq!(after.display_name, created.display_name);
    let stale = customer::upsert_one(&world.db, &actor(AGENT), &request).await.unwrap_err();
    assert_eq!(reason(&stale), "ETAG_MISMATCH");
    let unknown = update(&pb::Customer { etag: String::new(), ..change }, &["grade"]);
    let error = customer::upsert_one(&world.db, &actor(AGENT), &unknown).await.unwrap_err();
    assert_eq!(fields(&error), ["update_mask"]);
    let loops = pb::Customer {
        name: created.name.clone(),
        parent: "customers/c2".to_owned(),
        ..Default::default()
    };
    let child = pb::CreateCustomerRequest {
        customer: Some(pb::Customer {
            display_name: "c2".to_owned(),
            parent: created.name,
            ..Default::default()
        }),
        customer_id: "c2".to_owned(),
        ..Default::default()
    };
    customer::create(&world.db, &actor(AGENT), &child).await.unwrap();
    let error = customer::upsert_one(&world.db, &actor(AGENT), &update(&loops, &["parent"]))
        .await
        .unwrap_err();
    assert_eq!(fields(&error), ["customer.parent"]);
}

#[tokio::test]
async fn contacts_are_masked_for_those_without_the_right() {
    let world = World::new().await;
    world.customer("c1").await;
    let request = pb::CreateContactRequest {
        parent: "customers/c1".to_owned(),
        contact: Some(pb::Contact {
            display_name: "赵甲".to_owned(),
            email: "zhao@works.example".to_owned(),
            phone: "0571 0000 1234".to_owned(),
            ..Default::default()
        }),
        contact_id: "k1".to_owned(),
        ..Default::default()
    };
    contact::create(&world.db, &actor(AGENT), &request).await.unwrap();
    let get = pb::GetContactRequest { name: "customers/c1/contacts/k1".to_owned() };
    let masked = contact::get(&world.db, &actor(AGENT), &get).await.unwrap();
    assert_eq!(
        (masked.display_name.as_str(), masked.email.as_str(), masked.masked),
        ("赵**", "", true)
    );
    let clear = Actor { personal: true, ..actor(AGENT) };
    assert_eq!(contact::get(&world.db, &clear, &get).await.unwrap().email, "zhao@works.example");
}

#[tokio::test]
async fn machines_move_with_their_history_and_tell_of_it() {
    let world = World::new().await;
    world.customer("c1").await;
    world.customer("c2").await;
    world.machine("c1", "zj-1").await;
    let anywhere = pb::GetAssetRequest { name: "customers/-/assets/zj-1".to_owned() };
    let found = asset::get(&world.db, &actor(AGENT), &anywhere).await.unwrap();
    assert_eq!(found.name, "customers/c1/assets/zj-1");
    let request = pb::TransferAssetRequest {
        name: found.name.clone(),
        new_customer: "customers/c2".to_owned(),
        reason: "sold on".to_owned(),
        ..Default::default()
    };
    let outcome = asset::transfer(&world.db, &actor_at(AGENT, "2026-03-01T00:00:00Z"), &request)
        .await
        .unwrap();
    assert_eq!(outcome.response.name, "customers/c2/assets/zj-1");
    let owners: Vec<_> = outcome.response.ownerships.iter().map(|o| o.customer.as_str()).collect();
    assert_eq!(owners, ["customers/c1", "customers/c2"]);
    assert_eq!(outcome.events[0].event_type, "aftercare.customer.v1.AssetChanged");
    let gone = pb::GetAssetRequest { name: found.name };
    assert_eq!(
        reason(&asset::get(&world.db, &actor(AGENT), &gone).await.unwrap_err()),
        "RESOURCE_NOT_FOUND"
    );
}

#[tokio::test]
async fn a_completed_repair_carries_all_that_it_took() {
    use prost::Message;
    let world = World::new().await;
    world.customer("c1").await;
    world.machine("c1", "zj-1").await;
    let order = pb::WorkOrder {
        name: "workOrders/w1".to_owned(),
        asset: "customers/-/assets/zj-1".to_owned(),
        failure_mode: "INVERTER".to_owned(),
        engineer: "employees/e1".to_owned(),
        report_time: Some(wire("2020-01-11T12:00:00Z")),
        complete_time: Some(wire("2020-01-12T00:00:00Z")),
        labour_hours: number("7.5"),
        labour_cost: yuan(900),
        ..Default::default()
    };
    let request = pb::BatchUpdateWorkOrdersRequest {
        requests: vec![pb::UpdateWorkOrderRequest {
            work_order: Some(order.clone()),
            allow_missing: true,
            ..Default::default()
        }],
        ..Default::default()
    };
    let outcome = work_order::batch(&world.db, &actor(AGENT), &request).await.unwrap();
    assert_eq!(outcome.response.work_orders[0].asset, "customers/c1/assets/zj-1");
    let event = pb::WorkOrderCompleted::decode(outcome.events[0].data.as_slice()).unwrap();
    assert_eq!(event.asset_age_days, number("10.5"));
    assert_eq!(event.engineer, "employees/e1", "who did the work");
    assert_eq!((event.product.as_str(), event.labour_cost), ("products/p10103", yuan(900)));
    let again = work_order::batch(&world.db, &actor(AGENT), &request).await.unwrap();
    assert!(again.events.is_empty(), "nothing changed, nothing is told");
    let list = pb::ListWorkOrdersRequest {
        filter: "customer = \"customers/c1\" AND complete_time > \"2020-01-01T00:00:00Z\""
            .to_owned(),
        ..Default::default()
    };
    let page = list::work_orders(&world.db, &world.pager, &actor(AGENT), &list).await.unwrap();
    assert_eq!(page.work_orders.len(), 1);
    let without = pb::WorkOrder {
        failure_mode: String::new(),
        asset: "customers/-/assets/none".to_owned(),
        ..order
    };
    let request = pb::UpdateWorkOrderRequest {
        work_order: Some(without),
        update_mask: Some(prost_types::FieldMask { paths: vec!["*".to_owned()] }),
        ..Default::default()
    };
    let error = work_order::upsert_one(&world.db, &actor(AGENT), &request).await.unwrap_err();
    assert_eq!(fields(&error), ["work_order.failure_mode"]);
}

mod complaint;
mod standard_of_service;
