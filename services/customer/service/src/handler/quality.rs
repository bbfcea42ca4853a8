//! What work orders teach: causes by weight, reliability by group, lots out of control.

use super::{Actor, parsed};
use crate::convert::quality::{alert, count, figures, line};
use crate::convert::value::{instant, wire_instant};
use crate::convert::word::{optional, required};
use crate::listing::{ASSETS, Asked, LIMITS, Listing, QUALITY_ALERTS, WORK_ORDERS};
use crate::store;
use crate::store::asset::Owned;
use crate::store::work_order::Placed;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::quality::{
    self, Cause, Causes, Exposure, Failure, LotAlert, LotRecord, ParetoDimension, ReliabilityGroup,
};
use aftercare_customer_domain::work_order::WorkOrder;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::money::Money;
use aftercare_platform::filter;
use aftercare_platform::paging::{KeyValue, Pager};
use aftercare_platform::status::Error;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, QueryFilter, QuerySelect, QueryTrait};
use std::collections::BTreeMap;

const DAYS_A_YEAR: f64 = 365.25;

/// The condition of a filter; none if it is empty or wrong, and what is wrong is noted.
pub(crate) fn condition(
    text: &str,
    field: &str,
    listing: &Listing,
    wrong: &mut Violations,
) -> Option<Condition> {
    let compiled = filter::parse(text)
        .and_then(|filter| filter.map(|filter| filter.condition(&listing.fields)).transpose());
    wrong.take(field, compiled).flatten()
}

pub(crate) async fn pareto(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::AnalyseParetoRequest,
) -> Result<pb::AnalyseParetoResponse, Error> {
    let (dimension, filter, most) = parsed(|wrong| {
        let dimension: Option<ParetoDimension> = required(request.dimension, "dimension", wrong);
        let filter = condition(&request.filter, "filter", &WORK_ORDERS, wrong);
        let most = usize::try_from(request.max_lines).map_err(|_| "must not be negative");
        let most = wrong.take("max_lines", most)?;
        Some((dimension?, filter, if most == 0 { 20 } else { most.min(1000) }))
    })?;
    let (mut causes, mut total, mut after) = (Causes::default(), 0_u32, String::new());
    loop {
        let page = store::work_order::repairs(db, &actor.tenant, filter.as_ref(), &after).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.order.id);
        let lots = match dimension {
            ParetoDimension::Lot => lots(db, actor, &page).await?,
            _ => BTreeMap::new(),
        };
        for placed in &page {
            total += 1;
            let lot = lots.get(&placed.asset).map(String::as_str).unwrap_or_default();
            of_order(&placed.order.value, dimension, lot).into_iter().for_each(|c| causes.add(c));
        }
    }
    let lines = causes.lines();
    Ok(pb::AnalyseParetoResponse {
        line_count: count(lines.len()),
        lines: lines.into_iter().take(most).map(line).collect(),
        total: count(total),
    })
}

async fn lots(
    db: &impl ConnectionTrait,
    actor: &Actor,
    page: &[Placed],
) -> Result<BTreeMap<String, String>, Error> {
    let mut ids: Vec<String> = page.iter().map(|placed| placed.asset.clone()).collect();
    ids.sort_unstable();
    ids.dedup();
    let found = store::asset::find_all(db, &actor.tenant, &ids).await?;
    Ok(found.into_iter().map(|owned| (owned.asset.id, owned.asset.value.lot)).collect())
}

/// The causes that one work order counts for: one, or one for every part that it used.
fn of_order(order: &WorkOrder, dimension: ParetoDimension, lot: &str) -> Vec<Cause> {
    let downtime_hours = order.downtime_hours.unwrap_or(Decimal::ZERO);
    let costs = [order.labour_cost, order.parts_cost, order.travel_cost];
    let whole = |key: &str, name: &str| Cause {
        key: key.to_owned(),
        display_name: name.to_owned(),
        costs: one_a_currency(costs.into_iter().flatten()),
        downtime_hours,
    };
    let parts = |key: fn(&aftercare_customer_domain::work_order::PartUsage) -> &str| {
        let one = |part| Cause {
            key: key(part).to_owned(),
            display_name: part.part_name.clone(),
            costs: part
                .unit_cost
                .and_then(|cost| cost.times(part.quantity).ok())
                .into_iter()
                .collect(),
            downtime_hours,
        };
        order.parts.iter().map(one).collect()
    };
    match dimension {
        ParetoDimension::FailureMode => {
            vec![whole(&order.failure_mode, &order.failure_mode_name)]
        }
        ParetoDimension::Lot => vec![whole(lot, lot)],
        ParetoDimension::Part => parts(|part| &part.part),
        ParetoDimension::PartLot => parts(|part| &part.removed_lot),
    }
}

/// Labour, parts and travel of one order are one cost, so that a currency counts the order once.
fn one_a_currency(costs: impl Iterator<Item = Money>) -> Vec<Money> {
    let mut sums: Vec<Money> = Vec::new();
    for cost in costs {
        let known = sums.iter_mut().find(|sum| sum.currency() == cost.currency());
        match known.map(|sum| (sum.checked_add(cost), sum)) {
            Some((Ok(total), sum)) => *sum = total,
            Some((Err(_), _)) | None => sums.push(cost),
        }
    }
    sums
}

/// A watch over machines: who was watched from when to when, and how they failed.
struct Watch {
    start: Option<Timestamp>,
    end: Timestamp,
    machines: Vec<Exposure>,
    failures: Vec<Failure>,
}

/// What to watch.
struct Asking<'a> {
    group: ReliabilityGroup,
    orders: Option<&'a Condition>,
    assets: Option<&'a Condition>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

fn group_of(owned: &Owned, group: ReliabilityGroup) -> String {
    let asset = &owned.asset.value;
    match group {
        ReliabilityGroup::Product => asset.product.clone(),
        ReliabilityGroup::Lot => format!("{} {}", asset.product, asset.lot),
        ReliabilityGroup::Customer => format!("customers/{}", owned.customer),
    }
}

/// When a failure is counted: its report, or what comes next.
fn failed_at(order: &WorkOrder) -> Option<Timestamp> {
    order.reported.or(order.started).or(order.completed)
}

async fn watch(
    db: &impl ConnectionTrait,
    actor: &Actor,
    asking: &Asking<'_>,
) -> Result<Watch, Error> {
    let first = store::work_order::first_repair(db, &actor.tenant).await?;
    let start = asking.start.or_else(|| first.and_then(|first| failed_at(&first.order.value)));
    let end = asking.end.unwrap_or(actor.now);
    let mut watch = Watch { start, end, machines: Vec::new(), failures: Vec::new() };
    // Nothing is known before the first failure.
    let Some(start) = start else { return Ok(watch) };
    let mut places: BTreeMap<String, (String, Option<usize>)> = BTreeMap::new();
    let mut after = String::new();
    loop {
        let page = store::asset::walk(db, &actor.tenant, asking.assets, &after).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.asset.id);
        for owned in page {
            let group = group_of(&owned, asking.group);
            let exposure = exposure(&owned, &group, (start, end));
            let place = exposure.as_ref().map(|_| watch.machines.len());
            watch.machines.extend(exposure);
            places.insert(owned.asset.id, (group, place));
        }
    }
    after.clear();
    loop {
        let page = store::work_order::repairs(db, &actor.tenant, asking.orders, &after).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.order.id);
        for placed in page {
            let Some((group, place)) = places.get(&placed.asset) else { continue };
            let machine = place.and_then(|place| watch.machines.get(place));
            watch.failures.extend(failure(placed, (group, machine), (start, end)));
        }
    }
    Ok(watch)
}

/// The part of the watch in which the machine worked; dates are days of UTC.
fn exposure(owned: &Owned, group: &str, (start, end): (Timestamp, Timestamp)) -> Option<Exposure> {
    let midnight = |date: jiff::civil::Date| {
        date.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    };
    let asset = &owned.asset.value;
    let from = midnight(asset.commissioned?)?.max(start);
    let to = asset.decommissioned.and_then(midnight).map_or(end, |gone| gone.min(end));
    (from < to).then(|| Exposure { group: group.to_owned(), from, to })
}

fn failure(
    placed: Placed,
    (group, machine): (&str, Option<&Exposure>),
    (start, end): (Timestamp, Timestamp),
) -> Option<Failure> {
    let order = placed.order.value;
    let at = failed_at(&order).filter(|at| *at >= start && *at <= end)?;
    Some(Failure {
        asset: placed.asset,
        group: group.to_owned(),
        watched: machine.is_some_and(|machine| machine.from <= at && at <= machine.to),
        at,
        mended: order.verified.or(order.completed)?,
        mode: order.failure_mode,
        first_time: order.first_time_fix,
    })
}

pub(crate) async fn reliability(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::AnalyseReliabilityRequest,
) -> Result<pb::AnalyseReliabilityResponse, Error> {
    let (orders, assets, asked, window) = parsed(|wrong| {
        let orders = condition(&request.filter, "filter", &WORK_ORDERS, wrong);
        let assets = condition(&request.asset_filter, "asset_filter", &ASSETS, wrong);
        let start = instant(request.start_time.as_ref(), "start_time", wrong);
        let end = instant(request.end_time.as_ref(), "end_time", wrong);
        if start.is_some_and(|start| end.unwrap_or(actor.now) <= start) {
            wrong.add("end_time", "must be after start_time");
        }
        let group = optional(request.group_by, "group_by", wrong);
        let days = match request.repeat_window_days {
            0 => 30,
            days @ 1..=3650 => days,
            _ => {
                wrong.add("repeat_window_days", "must be between 0 and 3650");
                return None;
            }
        };
        let group = group.unwrap_or(ReliabilityGroup::Product);
        let window = SignedDuration::from_hours(24 * i64::from(days));
        Some((orders, assets, (group, start, end), window))
    })?;
    let (group, start, end) = asked;
    let asking = Asking { group, orders: orders.as_ref(), assets: assets.as_ref(), start, end };
    let watch = watch(db, actor, &asking).await?;
    let groups = quality::figures(&watch.machines, &watch.failures, window, watch.end);
    Ok(pb::AnalyseReliabilityResponse {
        figures: groups.into_iter().map(|(group, found)| figures(group, &found)).collect(),
        start_time: watch.start.map(wire_instant),
        end_time: Some(wire_instant(watch.end)),
    })
}

pub(crate) async fn alerts(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::ListQualityAlertsRequest,
) -> Result<pb::ListQualityAlertsResponse, Error> {
    let asked = Asked {
        page_size: request.page_size,
        page_token: &request.page_token,
        filter: &request.filter,
        order_by: "",
        parent: "",
    };
    let page = asked.by(actor, "WorkOrderService/ListQualityAlerts");
    let keys = &["product", "lot"];
    let plan = pager.plan(&page, &WORK_ORDERS.fields, &QUALITY_ALERTS.orders, keys, LIMITS)?;
    let orders = parsed(|wrong| Some(condition(&request.filter, "filter", &WORK_ORDERS, wrong)))?;
    let asking = Asking {
        group: ReliabilityGroup::Lot,
        orders: orders.as_ref(),
        assets: None,
        start: None,
        end: None,
    };
    let found = quality::alerts(records(watch(db, actor, &asking).await?));
    let key = |alert: &LotAlert, column: &'static str| {
        KeyValue::Text(if column == "product" { alert.product.clone() } else { alert.lot.clone() })
    };
    let (found, next_page_token) = plan.finish_computed(found, key);
    let alerts = found.into_iter().map(alert).collect();
    Ok(pb::ListQualityAlertsResponse { alerts, next_page_token })
}

/// The lots of a product that are over their limit now.
pub(super) async fn out_of_control(
    db: &impl ConnectionTrait,
    actor: &Actor,
    product: &str,
) -> Result<Vec<LotAlert>, Error> {
    use store::{asset, work_order};
    let of_product = asset::entity::Column::Product.eq(product);
    let machines = asset::within(&actor.tenant, "-")
        .filter(of_product.clone())
        .select_only()
        .column(asset::entity::Column::Id)
        .into_query();
    let asking = Asking {
        group: ReliabilityGroup::Lot,
        orders: Some(
            &Condition::all().add(work_order::entity::Column::Asset.in_subquery(machines)),
        ),
        assets: Some(&Condition::all().add(of_product)),
        start: None,
        end: None,
    };
    Ok(quality::alerts(records(watch(db, actor, &asking).await?)))
}

/// Lots with their machines and failures; machines without a lot are in none.
fn records(watch: Watch) -> Vec<LotRecord> {
    let mut lots: BTreeMap<String, LotRecord> = BTreeMap::new();
    for machine in &watch.machines {
        let Some((product, lot)) = machine.group.split_once(' ').filter(|(_, lot)| !lot.is_empty())
        else {
            continue;
        };
        let record = lots.entry(machine.group.clone()).or_insert_with(|| LotRecord {
            product: product.to_owned(),
            lot: lot.to_owned(),
            machines: 0,
            machine_years: 0.0,
            failures: Vec::new(),
        });
        record.machines += 1;
        record.machine_years += machine.days().unwrap_or(0.0) / DAYS_A_YEAR;
    }
    for failure in watch.failures.iter().filter(|failure| failure.watched) {
        if let Some(record) = lots.get_mut(&failure.group) {
            record.failures.push(failure.at);
        }
    }
    lots.into_values().collect()
}
