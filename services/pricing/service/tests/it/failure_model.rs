//! Machines and finished work become evidence, evidence becomes models that never change.

use super::catalogue::{product, yuan};
use super::{call, client, on_both, reason, request_id, suite};
use aftercare_api::aftercare::customer::v1 as customer;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::aftercare::r#type::v1::Event;
use aftercare_api::google::r#type::{Date, Decimal};
use aftercare_platform::outbox::deliver;
use aftercare_platform::testing::Kind;
use prost::Message;
use tonic::Code;

on_both!(evidence_is_counted_once_and_fitted_by_family_and_mode);
on_both!(a_family_without_machines_has_no_model);

/// Midnight UTC of 1 January 2020, when every machine here began to work.
const BEGIN: i64 = 1_577_836_800;

/// Ages of failure in years, of machine `i`: one system of three of Crow 1974 scaled to ten years (200 h there).
const AGES: [&[f64]; 3] = [
    &[4.3, 4.4, 10.2, 23.5, 23.8, 26.4, 74.0, 77.1, 92.1, 197.2],
    &[0.1, 5.6, 18.6, 19.5, 24.2, 26.7, 45.1, 45.8, 75.7, 79.7, 98.6, 120.1, 161.8, 180.6, 190.8],
    &[8.4, 32.5, 44.7, 48.4, 50.6, 73.6, 98.7, 112.2, 129.8, 136.0, 195.8],
];

/// 200 units of the published data are 2,000 days.
const DAYS_A_UNIT: f64 = 10.0;

fn event(id: String, kind: &str, data: Vec<u8>) -> Event {
    Event {
        id,
        source: "/customer".to_owned(),
        r#type: format!("aftercare.customer.v1.{kind}"),
        tenant: "demo".to_owned(),
        data,
        ..Default::default()
    }
}

fn machine(i: usize, dated: bool) -> Event {
    let told = customer::AssetChanged {
        asset: format!("customers/c1/assets/zj-{i}"),
        customer: "customers/c1".to_owned(),
        product: "products/p1".to_owned(),
        commission_date: dated.then_some(Date { year: 2020, month: 1, day: 1 }),
        region_code: "330100".to_owned(),
        event_time: Some(prost_types::Timestamp { seconds: BEGIN, nanos: 0 }),
        ..Default::default()
    };
    event(format!("a{i}"), "AssetChanged", told.encode_to_vec())
}

fn work(i: usize, j: usize, age: f64, kind: customer::WorkOrderKind) -> Event {
    let seconds = BEGIN + (age * DAYS_A_UNIT * 86_400.0) as i64;
    let told = customer::WorkOrderCompleted {
        work_order: format!("workOrders/w{i}-{j}"),
        kind: kind.into(),
        asset: format!("customers/c1/assets/zj-{i}"),
        product: "products/p1".to_owned(),
        failure_mode: "SEAL".to_owned(),
        report_time: Some(prost_types::Timestamp { seconds, nanos: 0 }),
        labour_hours: Some(Decimal { value: "4.5".to_owned() }),
        parts_cost: yuan(900),
        travel_cost: yuan(200),
        ..Default::default()
    };
    event(format!("w{i}-{j}"), "WorkOrderCompleted", told.encode_to_vec())
}

pub(crate) fn history() -> Vec<Event> {
    use customer::WorkOrderKind::{Preventive, Repair};
    let mut events: Vec<Event> =
        (0..3).map(|i| machine(i, true)).chain([machine(9, false)]).collect();
    for (i, ages) in AGES.iter().enumerate() {
        events.extend(ages.iter().enumerate().map(|(j, age)| work(i, j, *age, Repair)));
    }
    events.push(work(0, 99, 50.0, Preventive));
    events
}

async fn evidence_is_counted_once_and_fitted_by_family_and_mode(kind: Kind) {
    let ((suite, consumer), call) = (suite(kind).await, call());
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let requests = vec![product("p1", "SF")];
    let request = pb::BatchUpdateProductsRequest { requests, request_id: request_id() };
    catalogue.batch_update_products(request).await.unwrap();
    for _ in 0..2 {
        deliver(consumer.as_ref(), &history()).await.unwrap();
    }
    let mut models = client!(suite, &call, failure_model_service_client::FailureModelServiceClient);
    let all = pb::SummariseFailureEvidenceRequest::default();
    let seen = models.summarise_failure_evidence(all.clone()).await.unwrap().into_inner();
    let family = &seen.summaries[0];
    assert_eq!((seen.summaries.len(), family.family.as_str()), (1, "SF"));
    assert_eq!((family.machine_count, family.dated_machine_count), (4, 3));
    assert_eq!((family.event_count, family.event_count_by_mode["SEAL"]), (36, 36));
    assert!(family.latest_failure_model.is_empty());

    let ask = pb::FitFailureModelRequest {
        family: "SF".to_owned(),
        observation_start_date: Some(Date { year: 2020, month: 1, day: 1 }),
        // 2,000 days later
        observation_end_date: Some(Date { year: 2025, month: 6, day: 23 }),
        request_id: request_id(),
        ..Default::default()
    };
    let first = models.fit_failure_model(ask.clone()).await.unwrap().into_inner();
    let mode = &first.modes[0];
    assert_eq!((first.name.as_str(), first.version), ("failureModels/sf-v1", 1));
    assert_eq!((first.machine_count, first.event_count, mode.mode.as_str()), (3, 36, "SEAL"));
    // Crow 1974: beta = 0.615 for the three systems; the unit of time does not matter to the shape.
    assert!(
        (mode.beta_maximum_likelihood - 0.615).abs() < 1e-3,
        "{}",
        mode.beta_maximum_likelihood
    );
    let costs = mode.severity.as_ref().unwrap();
    assert_eq!(costs.event_count, 36);
    assert!(first.flags.contains(&pb::ModelFlag::MachinesLeftOut.into()), "the undated machine");
    let again = models.fit_failure_model(ask.clone()).await.unwrap().into_inner();
    assert_eq!(again, first, "the same request id");

    let truncated = pb::FitFailureModelRequest {
        observation_start_date: Some(Date { year: 2021, month: 1, day: 1 }),
        request_id: request_id(),
        ..ask
    };
    let second = models.fit_failure_model(truncated).await.unwrap().into_inner();
    // Those before an age of 366 days are not seen.
    let late = AGES.iter().flat_map(|ages| ages.iter()).filter(|age| **age * DAYS_A_UNIT > 366.0);
    assert_eq!(
        (second.name.as_str(), second.event_count as usize),
        ("failureModels/sf-v2", late.count())
    );
    let get = pb::GetFailureModelRequest { name: first.name.clone() };
    assert_eq!(models.get_failure_model(get).await.unwrap().into_inner(), first);
    let list = pb::ListFailureModelsRequest {
        order_by: "create_time desc".to_owned(),
        ..Default::default()
    };
    assert_eq!(
        models.list_failure_models(list).await.unwrap().into_inner().failure_models.len(),
        2
    );
    let seen = models.summarise_failure_evidence(all).await.unwrap().into_inner();
    assert_eq!(seen.summaries[0].latest_failure_model, second.name);
}

async fn a_family_without_machines_has_no_model(kind: Kind) {
    let ((suite, _), call) = (suite(kind).await, call());
    let mut models = client!(suite, &call, failure_model_service_client::FailureModelServiceClient);
    let ask = pb::FitFailureModelRequest {
        family: "SF".to_owned(),
        request_id: request_id(),
        ..Default::default()
    };
    let status = models.fit_failure_model(ask).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert_eq!(reason(&status), "NO_FAILURE_EVIDENCE");
}
