//! Machines and finished work become evidence, evidence becomes models that never change.

use super::catalogue::{product, yuan};
use super::{call, client, fields, on_both, reason, request_id, suite};
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
on_both!(evidence_is_paged_by_machine);
on_both!(a_family_is_fitted_anew_when_its_evidence_has_grown);
on_both!(a_fit_shows_its_fitness_and_its_alternatives);

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
    machine_event(i, |told| told.commission_date = told.commission_date.filter(|_| dated))
}

/// A machine that began to work on 1 January 2020, with what is different about it.
pub(crate) fn machine_event(i: usize, edit: impl FnOnce(&mut customer::AssetChanged)) -> Event {
    let mut told = customer::AssetChanged {
        asset: format!("customers/c1/assets/zj-{i}"),
        customer: "customers/c1".to_owned(),
        product: "products/p1".to_owned(),
        commission_date: Some(Date { year: 2020, month: 1, day: 1 }),
        region_code: "330100".to_owned(),
        event_time: Some(prost_types::Timestamp { seconds: BEGIN, nanos: 0 }),
        ..Default::default()
    };
    edit(&mut told);
    event(format!("a{i}"), "AssetChanged", told.encode_to_vec())
}

fn work(i: usize, j: usize, age: f64, kind: customer::WorkOrderKind) -> Event {
    let seconds = BEGIN + (age * DAYS_A_UNIT * 86_400.0) as i64;
    work_event(&format!("w{i}-{j}"), i, 0, |told| {
        told.set_kind(kind);
        told.report_time = Some(prost_types::Timestamp { seconds, nanos: 0 });
    })
}

/// A repair of machine `i` at an age, with what is different about it.
pub(crate) fn work_event(
    id: &str,
    i: usize,
    age_days: i64,
    edit: impl FnOnce(&mut customer::WorkOrderCompleted),
) -> Event {
    let seconds = BEGIN + age_days * 86_400;
    let mut told = customer::WorkOrderCompleted {
        work_order: format!("workOrders/{id}"),
        kind: customer::WorkOrderKind::Repair.into(),
        asset: format!("customers/c1/assets/zj-{i}"),
        product: "products/p1".to_owned(),
        failure_mode: "SEAL".to_owned(),
        report_time: Some(prost_types::Timestamp { seconds, nanos: 0 }),
        labour_hours: Some(Decimal { value: "4.5".to_owned() }),
        parts_cost: yuan(900),
        travel_cost: yuan(200),
        ..Default::default()
    };
    edit(&mut told);
    event(id.to_owned(), "WorkOrderCompleted", told.encode_to_vec())
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

async fn evidence_is_paged_by_machine(kind: Kind) {
    let ((suite, consumer), call) = (suite(kind).await, call());
    deliver(consumer.as_ref(), &history()).await.unwrap();
    let mut models = client!(suite, &call, failure_model_service_client::FailureModelServiceClient);
    let ask = pb::ListFailureEvidenceRequest { page_size: 3, ..Default::default() };
    let first = models.list_failure_evidence(ask.clone()).await.unwrap().into_inner();
    let seen: Vec<(&str, i32)> =
        first.machines.iter().map(|own| (own.asset.as_str(), own.event_count)).collect();
    assert_eq!(
        seen,
        [
            ("customers/c1/assets/zj-0", 10),
            ("customers/c1/assets/zj-1", 15),
            ("customers/c1/assets/zj-2", 11)
        ]
    );
    let begin = Some(Date { year: 2020, month: 1, day: 1 });
    assert_eq!(first.machines[0].commissioning_date, begin);
    let rest = pb::ListFailureEvidenceRequest { page_token: first.next_page_token, ..ask };
    let rest = models.list_failure_evidence(rest).await.unwrap().into_inner();
    assert_eq!((rest.machines.len(), rest.next_page_token.as_str()), (1, ""));
    assert_eq!(rest.machines[0].commissioning_date, None);
    let filter = "region_code = \"360000\"".to_owned();
    let none = pb::ListFailureEvidenceRequest { filter, ..Default::default() };
    assert!(models.list_failure_evidence(none).await.unwrap().into_inner().machines.is_empty());
    let filter = "colour = \"red\"".to_owned();
    let wrong = pb::ListFailureEvidenceRequest { filter, ..Default::default() };
    assert_eq!(
        models.list_failure_evidence(wrong).await.unwrap_err().code(),
        Code::InvalidArgument
    );
}

async fn a_family_is_fitted_anew_when_its_evidence_has_grown(kind: Kind) {
    let ((suite, consumer), call) = (suite(kind).await, call());
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let requests = vec![product("p1", "SF"), product("p2", "quiet")];
    let request = pb::BatchUpdateProductsRequest { requests, request_id: request_id() };
    catalogue.batch_update_products(request).await.unwrap();
    deliver(consumer.as_ref(), &history()).await.unwrap();
    let mut models = client!(suite, &call, failure_model_service_client::FailureModelServiceClient);
    let ask = |growth: Option<&str>, dry: bool| pb::RefitFailureModelsRequest {
        min_growth: growth.map(|value| Decimal { value: value.to_owned() }),
        validate_only: dry,
        request_id: request_id(),
    };
    let dry = models.refit_failure_models(ask(None, true)).await.unwrap().into_inner();
    assert_eq!(dry.families[0].other, "failureModels/sf-v1");
    let first = models.refit_failure_models(ask(None, false)).await.unwrap().into_inner();
    let told: Vec<_> =
        first.families.iter().map(|own| (own.family.as_str(), own.other.as_str())).collect();
    assert_eq!(told, [("SF", "failureModels/sf-v1"), ("quiet", "")]);
    let idle = models.refit_failure_models(ask(None, false)).await.unwrap().into_inner();
    assert_eq!(idle.families[0].other, "", "{}", idle.families[0].reason);

    // A bad year: forty more failures of the same mode.
    let bad: Vec<Event> = (0..40)
        .map(|j| work(j % 3, 200 + j, 200.5 + j as f64 / 2.0, customer::WorkOrderKind::Repair))
        .collect();
    deliver(consumer.as_ref(), &bad).await.unwrap();
    let second = models.refit_failure_models(ask(Some("0.5"), false)).await.unwrap().into_inner();
    let family = &second.families[0];
    assert_eq!(
        (family.base.as_str(), family.other.as_str()),
        ("failureModels/sf-v1", "failureModels/sf-v2")
    );
    assert!(family.drifted);
    let ask =
        pb::CompareFailureModelsRequest { base: family.base.clone(), other: family.other.clone() };
    let drift = models.compare_failure_models(ask.clone()).await.unwrap().into_inner();
    let change = &drift.changes[0];
    assert_eq!((drift.changes.len(), change.mode.as_str()), (1, "SEAL"));
    assert!(drift.drifted && change.drifted && change.p_value < 0.05, "{change:?}");
    assert!(change.other_failures > 1.5 * change.base_failures && change.rate_change_score > 1.96);
    // The very first failure opens the window of observation and is not in it.
    assert!((drift.evidence_growth - 75.0 / 35.0).abs() < 1e-9, "{}", drift.evidence_growth);
    let same = pb::CompareFailureModelsRequest { other: ask.base.clone(), ..ask.clone() };
    let same = models.compare_failure_models(same).await.unwrap().into_inner();
    assert!(!same.drifted && same.changes[0].p_value > 0.99);

    let unnamed = pb::CompareFailureModelsRequest { base: "sf-v1".to_owned(), ..ask.clone() };
    let refused = models.compare_failure_models(unnamed).await.unwrap_err();
    assert_eq!(fields(&refused), ["base"]);
    let gone = pb::CompareFailureModelsRequest { base: "failureModels/sf-v9".to_owned(), ..ask };
    assert_eq!(models.compare_failure_models(gone).await.unwrap_err().code(), Code::NotFound);
    let negative = pb::RefitFailureModelsRequest {
        min_growth: Some(Decimal { value: "-0.1".to_owned() }),
        ..Default::default()
    };
    let refused = models.refit_failure_models(negative).await.unwrap_err();
    assert_eq!(fields(&refused), ["min_growth"]);
}

async fn a_fit_shows_its_fitness_and_its_alternatives(kind: Kind) {
    let ((suite, consumer), call) = (suite(kind).await, call());
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let requests = vec![product("p1", "SF")];
    let request = pb::BatchUpdateProductsRequest { requests, request_id: request_id() };
    catalogue.batch_update_products(request).await.unwrap();
    deliver(consumer.as_ref(), &history()).await.unwrap();
    let mut models = client!(suite, &call, failure_model_service_client::FailureModelServiceClient);
    let ask = pb::FitFailureModelRequest {
        family: "SF".to_owned(),
        observation_start_date: Some(Date { year: 2020, month: 1, day: 1 }),
        observation_end_date: Some(Date { year: 2025, month: 6, day: 23 }),
        validate_only: true,
        ..Default::default()
    };
    let model = models.fit_failure_model(ask.clone()).await.unwrap().into_inner();
    let mode = &model.modes[0];
    // The machines of Crow 1974 improve: Laplace and MIL-HDBK-189 say so, and a power law beats a constant intensity.
    assert!(mode.laplace.unwrap().statistic < -1.96 && mode.laplace.unwrap().p_value < 0.05);
    let chi = mode.mil_hdbk_189.unwrap();
    assert_eq!((chi.degrees_of_freedom, chi.p_value < 0.05), (72, true));
    let fitness = mode.cramer_von_mises.unwrap();
    assert!(fitness.statistic < 0.22 && fitness.p_value > 0.05, "{fitness:?}");
    assert!(mode.aic < mode.aic_constant);
    let renewal = mode.renewal.as_ref().unwrap();
    assert!(renewal.shape > 0.0 && renewal.mean_life_years > 0.0 && renewal.aic.is_finite());
    assert_eq!(renewal.preferred, renewal.aic < mode.aic);
    let curve = &mode.mean_cumulative_function;
    assert!((curve.last().unwrap().failures - 12.0).abs() < 1e-9, "36 failures of three machines");
    assert!(curve.windows(2).all(|pair| pair[0].failures < pair[1].failures));
    assert!(mode.credibility > 0.5 && mode.credibility < 1.0);

    let kept = pb::FitFailureModelRequest { validate_only: false, request_id: request_id(), ..ask };
    let kept = models.fit_failure_model(kept).await.unwrap().into_inner();
    let ask =
        pb::ForecastFailuresRequest { name: kept.name, from_age_years: 0.0, to_age_years: 2.0 };
    let forecast = models.forecast_failures(ask).await.unwrap().into_inner();
    assert!(forecast.modes[0].expected_failures > 0.0 && forecast.modes[0].renewal_failures > 0.0);
}
