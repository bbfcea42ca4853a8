//! Spare parts: what is needed and stocked.

use super::catalogue::{product, yuan};
use super::contract_life::at;
use super::experience::tell;
use super::failure_model::history;
use super::quote::decimal;
use super::{call, client, fields, listening, on_both, reason, request_id, suite};
use aftercare_api::aftercare::customer::v1 as customer;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::aftercare::r#type::v1::Event;
use aftercare_platform::testing::{Kind, TestSuite};
use prost::Message;

on_both!(repairable_pieces_go_where_they_take_most_backorders_away);
on_both!(demand_is_forecast_by_what_was_used_and_by_what_is_installed);

/// Repairs of one machine that took a seal each, every third month of 2023 to 2025.
fn seals() -> Vec<Event> {
    let used = |month: i64| customer::WorkOrderCompleted {
        work_order: format!("workOrders/s{month}"),
        kind: customer::WorkOrderKind::Repair.into(),
        asset: "customers/c1/assets/zj-0".to_owned(),
        product: "products/p1".to_owned(),
        complete_time: Some(prost_types::Timestamp {
            seconds: 1_672_531_200 + (month * 3_043 + 500) * 864,
            nanos: 0,
        }),
        parts: vec![customer::PartUsage {
            part: "parts/seal".to_owned(),
            quantity: decimal("2"),
            ..Default::default()
        }],
        ..Default::default()
    };
    let event = |month: i64| Event {
        id: format!("s{month}"),
        source: "/customer".to_owned(),
        r#type: "aftercare.customer.v1.WorkOrderCompleted".to_owned(),
        tenant: "demo".to_owned(),
        data: used(month).encode_to_vec(),
        ..Default::default()
    };
    (0..36).step_by(3).map(event).collect()
}

async fn with_seals(kind: Kind) -> TestSuite {
    let ((suite, consumers), call) = (listening(kind).await, call());
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let requests = vec![product("p1", "SF")];
    let request = pb::BatchUpdateProductsRequest { requests, request_id: request_id() };
    catalogue.batch_update_products(request).await.unwrap();
    for (id, repairable) in [("seal", false), ("airend", true)] {
        let part = pb::Part {
            name: format!("parts/{id}"),
            display_name: id.to_owned(),
            unit_cost: yuan(300),
            lead_time_days: 60,
            repairable,
            families: vec!["SF".to_owned()],
            ..Default::default()
        };
        let request =
            pb::UpdatePartRequest { part: Some(part), allow_missing: true, ..Default::default() };
        catalogue.update_part(request).await.unwrap();
    }
    tell(&consumers, &history()).await;
    tell(&consumers, &seals()).await;
    suite
}

async fn demand_is_forecast_by_what_was_used_and_by_what_is_installed(kind: Kind) {
    let suite = with_seals(kind).await;
    let call = at("2026-01-15");
    let mut parts = client!(suite, &call, spare_part_service_client::SparePartServiceClient);
    let ask = |method: pb::DemandMethod| pb::ForecastPartDemandRequest {
        name: "parts/seal".to_owned(),
        method: method.into(),
        ..Default::default()
    };
    let croston =
        parts.forecast_part_demand(ask(pb::DemandMethod::Croston)).await.unwrap().into_inner();
    // Two pieces every three months; the first month has demand, so the first interval is one month.
    assert!((croston.monthly_demand - 2.0 / 3.0).abs() < 0.3, "{croston:?}");
    assert_eq!((croston.history_months, croston.lead_time_days), (36, 60));
    assert_eq!(croston.back_tests.len(), 3);
    let lead = croston.monthly_demand * 60.0 / 30.436_875;
    assert!((croston.lead_time_demand - lead).abs() < 1e-9);
    assert!(croston.lead_time_variance >= croston.lead_time_demand);
    assert!(croston.fill_rate >= 0.95 && croston.base_stock > 1);

    let chosen =
        parts.forecast_part_demand(ask(pb::DemandMethod::Unspecified)).await.unwrap().into_inner();
    let least = chosen
        .back_tests
        .iter()
        .min_by(|a, b| a.root_mean_square_error.total_cmp(&b.root_mean_square_error));
    assert_eq!(chosen.method(), least.unwrap().method(), "the back-test chooses");

    let installed = parts
        .forecast_part_demand(ask(pb::DemandMethod::InstalledBase))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(installed.method(), pb::DemandMethod::InstalledBase);
    assert!(installed.monthly_demand > 0.0, "machines that fail need seals");

    let mut strict = ask(pb::DemandMethod::Croston);
    strict.target_fill_rate = decimal("0.999");
    let strict = parts.forecast_part_demand(strict).await.unwrap().into_inner();
    assert!(strict.base_stock > croston.base_stock);

    let unused = pb::ForecastPartDemandRequest {
        name: "parts/airend".to_owned(),
        turnaround_days: 20,
        ..Default::default()
    };
    let unused = parts.forecast_part_demand(unused).await.unwrap().into_inner();
    assert!(unused.no_demand && unused.lead_time_days == 20, "{unused:?}");

    let wrong = pb::ForecastPartDemandRequest {
        target_fill_rate: decimal("1"),
        history_months: 121,
        turnaround_days: -1,
        method: 77,
        ..ask(pb::DemandMethod::Croston)
    };
    let mut named = fields(&parts.forecast_part_demand(wrong).await.unwrap_err());
    named.sort();
    assert_eq!(named, ["history_months", "method", "target_fill_rate", "turnaround_days"]);
    let mut not_repairable = ask(pb::DemandMethod::Croston);
    not_repairable.turnaround_days = 10;
    let refused = parts.forecast_part_demand(not_repairable).await.unwrap_err();
    assert_eq!(
        (fields(&refused), reason(&refused).as_str()),
        (vec!["turnaround_days".to_owned()], "INVALID_FIELDS")
    );
}

async fn repairable_pieces_go_where_they_take_most_backorders_away(kind: Kind) {
    let ((suite, _), call) = (suite(kind).await, call());
    let mut catalogue = client!(suite, &call, catalogue_service_client::CatalogueServiceClient);
    let part = |id: &str, repairable| pb::UpdatePartRequest {
        part: Some(pb::Part {
            name: format!("parts/{id}"),
            display_name: format!("Part {id}"),
            unit_cost: yuan(1000),
            lead_time_days: 30,
            repairable,
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    };
    let requests = vec![part("motor", true), part("pump", true), part("filter", false)];
    let request = pb::BatchUpdatePartsRequest { requests, request_id: request_id() };
    catalogue.batch_update_parts(request).await.unwrap();
    let mut parts = client!(suite, &call, spare_part_service_client::SparePartServiceClient);
    // A year's demand of 365.2425 / 73 times the pipeline stands for 73 days of repair at the depot.
    let depot = |demand: &str| pb::PartDepot {
        depot: "Hangzhou".to_owned(),
        annual_demand: decimal(demand),
        repaired_share: decimal("1"),
        repair_days: 73,
        ..Default::default()
    };
    let wanted = |id: &str, depots| pb::RepairablePart {
        part: format!("parts/{id}"),
        depots,
        ..Default::default()
    };
    let ask = pb::AllocateRepairablePartsRequest {
        // Pipelines of 1 and 2.
        parts: vec![
            wanted("motor", vec![depot("5.003321918")]),
            wanted("pump", vec![depot("10.006643836")]),
        ],
        machine_count: 10,
        target: Some(pb::allocate_repairable_parts_request::Target::Budget(yuan(6000).unwrap())),
    };
    let found = parts.allocate_repairable_parts(ask.clone()).await.unwrap().into_inner();
    let places: Vec<i32> = found.parts.iter().map(|part| part.depots[0].pieces).collect();
    assert_eq!((places, found.cost.clone()), (vec![2, 4], yuan(6000)));
    // Sherbrooke's tables: 0.103638 of pipeline 1 with 2 pieces, 0.075141 of pipeline 2 with 4.
    assert!((found.backorders - 0.178_779).abs() < 2e-6, "{}", found.backorders);
    let order: Vec<&str> = found.purchases.iter().map(|bought| bought.part.as_str()).collect();
    let (motor, pump) = ("parts/motor", "parts/pump");
    assert_eq!(order, [pump, motor, pump, pump, motor, pump]);
    assert!(found.reached && (found.availability - 0.982_200).abs() < 1e-6);

    let share = decimal("0.95").unwrap();
    let target = Some(pb::allocate_repairable_parts_request::Target::TargetAvailability(share));
    let less = pb::AllocateRepairablePartsRequest { target, ..ask.clone() };
    let less = parts.allocate_repairable_parts(less).await.unwrap().into_inner();
    assert!(less.reached && less.availability >= 0.95);
    assert!(less.purchases.len() < found.purchases.len());
    let before = &less.purchases[less.purchases.len() - 2];
    assert!(before.availability < 0.95, "no piece too many");

    let wrong = pb::AllocateRepairablePartsRequest {
        parts: vec![
            wanted("filter", vec![depot("1")]),
            wanted("none", Vec::new()),
            wanted("motor", vec![depot("-1"), depot("1000000")]),
        ],
        machine_count: 0,
        target: None,
    };
    let refused = parts.allocate_repairable_parts(wrong).await.unwrap_err();
    assert_eq!(
        fields(&refused),
        [
            "parts[0].part",
            "parts[1].part",
            "parts[2].depots[0].annual_demand",
            "parts[2].depots[1].depot",
            "parts[2].depots",
            "machine_count",
            "target",
        ]
    );
}
