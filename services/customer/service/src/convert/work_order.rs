//! Work orders.

use super::value::{
    decimal, external_keys, instant, money, reference, region, wire_date, wire_decimal,
    wire_external_keys, wire_instant, wire_money,
};
use super::word::{Word, number, optional};
use crate::store::Stored;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::asset::Asset;
use aftercare_customer_domain::work_order::{PartUsage, WorkOrder, WorkOrderId, WorkOrderKind};
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::name_segments;

pub(crate) const PATTERN: &str = "workOrders/{work_order}";

pub(crate) fn work_order_id(
    name: &str,
    field: &str,
    wrong: &mut Violations,
) -> Option<WorkOrderId> {
    if name.is_empty() {
        return wrong.required(field, None);
    }
    let [id] = wrong.take(field, name_segments::<1>(PATTERN, name))?;
    wrong.take(field, WorkOrderId::parse(id))
}

pub(crate) fn work_order(
    wire: &pb::WorkOrder,
    kept: Option<&WorkOrder>,
    wrong: &mut Violations,
) -> Option<WorkOrder> {
    let mut parts = Vec::new();
    for (i, part) in wire.parts.iter().enumerate() {
        parts.extend(wrong.within(&format!("parts[{i}]"), |wrong| part_usage(part, wrong)));
    }
    let order = WorkOrder {
        display_name: wire.display_name.clone(),
        case: reference::<1>(&wire.case, "cases/{case}", "case", wrong),
        kind: optional(wire.kind, "kind", wrong).unwrap_or(WorkOrderKind::Repair),
        failure_mode: wire.failure_mode.clone(),
        failure_mode_name: wire.failure_mode_name.clone(),
        cause: wire.cause.clone(),
        remedy: wire.remedy.clone(),
        parts,
        engineer: wire.engineer.clone(),
        reported: instant(wire.report_time.as_ref(), "report_time", wrong),
        started: instant(wire.start_time.as_ref(), "start_time", wrong),
        completed: instant(wire.complete_time.as_ref(), "complete_time", wrong),
        labour_hours: decimal(wire.labour_hours.as_ref(), "labour_hours", wrong),
        evening_hours: decimal(wire.evening_hours.as_ref(), "evening_hours", wrong),
        weekend_hours: decimal(wire.weekend_hours.as_ref(), "weekend_hours", wrong),
        holiday_hours: decimal(wire.holiday_hours.as_ref(), "holiday_hours", wrong),
        travel_hours: decimal(wire.travel_hours.as_ref(), "travel_hours", wrong),
        travel_distance_km: decimal(wire.travel_distance_km.as_ref(), "travel_distance_km", wrong),
        downtime_hours: decimal(wire.downtime_hours.as_ref(), "downtime_hours", wrong),
        operating_hours: decimal(wire.operating_hours.as_ref(), "operating_hours", wrong),
        labour_cost: money(wire.labour_cost.as_ref(), "labour_cost", wrong),
        parts_cost: money(wire.parts_cost.as_ref(), "parts_cost", wrong),
        travel_cost: money(wire.travel_cost.as_ref(), "travel_cost", wrong),
        region: region(&wire.region_code, "region_code", wrong),
        under_warranty: wire.under_warranty,
        contract: reference::<1>(&wire.contract, "contracts/{contract}", "contract", wrong),
        first_time_fix: wire.first_time_fix,
        verdict: kept.and_then(|kept| kept.verdict),
        verified: kept.and_then(|kept| kept.verified),
        external_keys: external_keys(&wire.external_keys),
    };
    order.check(wrong);
    wrong.is_empty().then_some(order)
}

fn part_usage(wire: &pb::PartUsage, wrong: &mut Violations) -> Option<PartUsage> {
    let quantity = decimal(wire.quantity.as_ref(), "quantity", wrong);
    Some(PartUsage {
        part: reference::<1>(&wire.part, "parts/{part}", "part", wrong),
        part_name: wire.part_name.clone(),
        lot: wire.lot.clone(),
        removed_lot: wire.removed_lot.clone(),
        quantity: wrong.required("quantity", quantity)?,
        unit_cost: money(wire.unit_cost.as_ref(), "unit_cost", wrong),
    })
}

fn wire_part(part: &PartUsage) -> pb::PartUsage {
    pb::PartUsage {
        part: part.part.clone(),
        part_name: part.part_name.clone(),
        lot: part.lot.clone(),
        removed_lot: part.removed_lot.clone(),
        quantity: Some(wire_decimal(part.quantity)),
        unit_cost: part.unit_cost.as_ref().map(wire_money),
    }
}

/// A work order as callers see it. `asset` and `customer` are ids.
pub(crate) fn present(stored: &Stored<WorkOrder>, asset: &str, customer: &str) -> pb::WorkOrder {
    let order = &stored.value;
    pb::WorkOrder {
        name: format!("workOrders/{}", stored.id),
        display_name: order.display_name.clone(),
        asset: format!("customers/{customer}/assets/{asset}"),
        customer: format!("customers/{customer}"),
        case: order.case.clone(),
        kind: order.kind.number(),
        failure_mode: order.failure_mode.clone(),
        failure_mode_name: order.failure_mode_name.clone(),
        cause: order.cause.clone(),
        remedy: order.remedy.clone(),
        parts: order.parts.iter().map(wire_part).collect(),
        engineer: order.engineer.clone(),
        report_time: order.reported.map(wire_instant),
        start_time: order.started.map(wire_instant),
        complete_time: order.completed.map(wire_instant),
        labour_hours: order.labour_hours.map(wire_decimal),
        evening_hours: order.evening_hours.map(wire_decimal),
        weekend_hours: order.weekend_hours.map(wire_decimal),
        holiday_hours: order.holiday_hours.map(wire_decimal),
        travel_hours: order.travel_hours.map(wire_decimal),
        travel_distance_km: order.travel_distance_km.map(wire_decimal),
        downtime_hours: order.downtime_hours.map(wire_decimal),
        operating_hours: order.operating_hours.map(wire_decimal),
        labour_cost: order.labour_cost.as_ref().map(wire_money),
        parts_cost: order.parts_cost.as_ref().map(wire_money),
        travel_cost: order.travel_cost.as_ref().map(wire_money),
        region_code: order.region.as_ref().map(ToString::to_string).unwrap_or_default(),
        under_warranty: order.under_warranty,
        contract: order.contract.clone(),
        first_time_fix: order.first_time_fix,
        state: order.state().number(),
        external_keys: wire_external_keys(&order.external_keys),
        create_time: Some(wire_instant(stored.created)),
        update_time: Some(wire_instant(stored.updated)),
        etag: stored.etag(),
        verify_time: order.verified.map(wire_instant),
    }
}

/// What other services learn of a completed work order.
pub(crate) fn completed(
    stored: &Stored<WorkOrder>,
    (asset_id, asset): (&str, &Asset),
    customer: &str,
) -> pb::WorkOrderCompleted {
    let order = &stored.value;
    let region = order.region.as_ref().or(asset.region.as_ref());
    pb::WorkOrderCompleted {
        work_order: format!("workOrders/{}", stored.id),
        kind: order.kind.number(),
        asset: format!("customers/{customer}/assets/{asset_id}"),
        customer: format!("customers/{customer}"),
        product: asset.product.clone(),
        lot: asset.lot.clone(),
        failure_mode: order.failure_mode.clone(),
        cause: order.cause.clone(),
        complete_time: order.completed.map(wire_instant),
        report_time: order.reported.map(wire_instant),
        asset_age_days: order.asset_age_days(asset.commissioned).map(wire_decimal),
        operating_hours: order.operating_hours.map(wire_decimal),
        labour_hours: order.labour_hours.map(wire_decimal),
        evening_hours: order.evening_hours.map(wire_decimal),
        weekend_hours: order.weekend_hours.map(wire_decimal),
        holiday_hours: order.holiday_hours.map(wire_decimal),
        travel_hours: order.travel_hours.map(wire_decimal),
        downtime_hours: order.downtime_hours.map(wire_decimal),
        labour_cost: order.labour_cost.as_ref().map(wire_money),
        parts_cost: order.parts_cost.as_ref().map(wire_money),
        travel_cost: order.travel_cost.as_ref().map(wire_money),
        parts: order.parts.iter().map(wire_part).collect(),
        region_code: region.map(ToString::to_string).unwrap_or_default(),
        under_warranty: order.under_warranty,
        contract: order.contract.clone(),
        commission_date: asset.commissioned.map(wire_date),
        environment: number(asset.environment),
        engineer: order.engineer.clone(),
    }
}
