//! Work orders: read, created, changed, completed; a completed one is told to other services with all it took.

use super::{
    Actor, Outcome, Raised, check_batch, check_distinct, check_etag, chosen_id, field, isolated,
    lot_control, parsed,
};
use crate::convert::asset::asset_name;
use crate::convert::value::instant;
use crate::convert::work_order::{completed, present, work_order, work_order_id};
use crate::mask::merged;
use crate::store::asset::Owned;
use crate::store::work_order::Placed;
use crate::store::{self, Stored};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::work_order::{Verdict, WorkOrder, WorkOrderId, WorkOrderState};
use aftercare_kernel::fault::{Class, Fault, Violations};
use aftercare_platform::database::StoreError;
use aftercare_platform::status::Error;
use sea_orm::ConnectionTrait;
use std::collections::BTreeMap;

/// A move that the state of a work order does not know.
#[derive(Debug, thiserror::Error)]
#[error("{name} is {state} and cannot be {verb}")]
struct IllegalMove {
    name: String,
    state: WorkOrderState,
    verb: &'static str,
}

impl Fault for IllegalMove {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        "ILLEGAL_WORK_ORDER_MOVE"
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        vec![("state", self.state.to_string()), ("move", self.verb.to_owned())]
    }
    fn subject(&self) -> String {
        self.name.clone()
    }
}

fn shown(placed: &Placed) -> pb::WorkOrder {
    present(&placed.order, &placed.asset, &placed.customer)
}

async fn load(db: &impl ConnectionTrait, actor: &Actor, name: &str) -> Result<Placed, Error> {
    let id = parsed(|wrong| work_order_id(name, "name", wrong))?;
    Ok(store::work_order::get(db, &actor.tenant, id.as_str()).await?)
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::GetWorkOrderRequest,
) -> Result<pb::WorkOrder, Error> {
    Ok(shown(&load(db, actor, &request.name).await?))
}

pub(crate) async fn create(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::CreateWorkOrderRequest,
) -> Result<Outcome<pb::WorkOrder>, Error> {
    let (id, wire) = parsed(|wrong| {
        let id = chosen_id(&request.work_order_id, "work_order_id", wrong);
        wrong.required("work_order", request.work_order.clone()).map(|wire| (id, wire))
    })?;
    let name = format!("workOrders/{id}");
    if !store::work_order::find_all(db, &actor.tenant, &[id]).await?.is_empty() {
        return Err(StoreError::AlreadyExists { name }.into());
    }
    let request = pb::UpdateWorkOrderRequest {
        work_order: Some(pb::WorkOrder { name, etag: String::new(), ..wire }),
        allow_missing: true,
        ..Default::default()
    };
    upsert_one(db, actor, &request).await
}

pub(crate) async fn upsert_one(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::UpdateWorkOrderRequest,
) -> Result<Outcome<pb::WorkOrder>, Error> {
    let outcome = upsert(db, actor, std::slice::from_ref(request), false).await?;
    Ok(outcome.map(|mut all| all.pop().unwrap_or_default()))
}

pub(crate) async fn batch(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::BatchUpdateWorkOrdersRequest,
) -> Result<Outcome<pb::BatchUpdateWorkOrdersResponse>, Error> {
    let outcome = upsert(db, actor, &request.requests, true).await?;
    Ok(outcome.map(|work_orders| pb::BatchUpdateWorkOrdersResponse { work_orders }))
}

async fn upsert(
    db: &impl ConnectionTrait,
    actor: &Actor,
    requests: &[pb::UpdateWorkOrderRequest],
    batch: bool,
) -> Result<Outcome<Vec<pb::WorkOrder>>, Error> {
    let mut wrong = Violations::new();
    if batch {
        check_batch(requests.len(), &mut wrong);
    }
    let ids = ids(requests, batch, &mut wrong);
    let known: BTreeMap<String, Placed> = {
        let ids: Vec<String> = ids.iter().flatten().map(ToString::to_string).collect();
        let found = store::work_order::find_all(db, &actor.tenant, &ids).await?;
        found.into_iter().map(|placed| (placed.order.id.clone(), placed)).collect()
    };
    let mut parsed: Vec<Parsed<'_>> = Vec::new();
    for (i, (request, id)) in requests.iter().zip(ids).enumerate() {
        let Some(id) = id else { continue };
        let wire = request.work_order.clone().unwrap_or_default();
        let current = known.get(id.as_str());
        let wire = match current {
            None if !request.allow_missing => {
                return Err(StoreError::NotFound { name: wire.name }.into());
            }
            None => wire,
            Some(current) => {
                check_etag(&wire.etag, &current.order.etag(), &wire.name)?;
                wrong.within(&field(i, batch, ""), |wrong| {
                    merged(shown(current), &wire, request.update_mask.as_ref(), wrong)
                })
            }
        };
        let kept = current.map(|current| &current.order.value);
        let path = field(i, batch, "work_order");
        let value = isolated(&mut wrong, &path, |wrong| {
            let asset = asset_name(&wire.asset, "asset", wrong);
            work_order(&wire, kept, wrong).zip(asset)
        });
        parsed.extend(value.map(|(value, (_, asset))| Parsed {
            i,
            asset: asset.to_string(),
            current,
            id,
            value,
        }));
    }
    let assets = assets(db, actor, &parsed).await?;
    let all = place(actor, parsed, (&assets, batch), &mut wrong);
    wrong.finish()?;
    save(db, actor, &all, &assets).await
}

fn ids(
    requests: &[pb::UpdateWorkOrderRequest],
    batch: bool,
    wrong: &mut Violations,
) -> Vec<Option<WorkOrderId>> {
    let one = |(i, request): (usize, &pb::UpdateWorkOrderRequest)| {
        let wire = wrong.required(&field(i, batch, "work_order"), request.work_order.as_ref())?;
        work_order_id(&wire.name, &field(i, batch, "work_order.name"), wrong)
    };
    let ids: Vec<_> = requests.iter().enumerate().map(one).collect();
    check_distinct(ids.iter(), |i| field(i, batch, "work_order.name"), wrong);
    ids
}

/// A request that is sound in itself, with its place in the batch.
struct Parsed<'a> {
    i: usize,
    asset: String,
    current: Option<&'a Placed>,
    id: WorkOrderId,
    value: WorkOrder,
}

async fn assets(
    db: &impl ConnectionTrait,
    actor: &Actor,
    parsed: &[Parsed<'_>],
) -> Result<BTreeMap<String, Owned>, Error> {
    let mut ids: Vec<String> = parsed.iter().map(|parsed| parsed.asset.clone()).collect();
    ids.sort_unstable();
    ids.dedup();
    let found = store::asset::find_all(db, &actor.tenant, &ids).await?;
    Ok(found.into_iter().map(|owned| (owned.asset.id.clone(), owned)).collect())
}

/// Work orders on their machines, each with whether anything changed.
fn place(
    actor: &Actor,
    parsed: Vec<Parsed<'_>>,
    (assets, batch): (&BTreeMap<String, Owned>, bool),
    wrong: &mut Violations,
) -> Vec<(Placed, bool)> {
    let mut all = Vec::with_capacity(parsed.len());
    for Parsed { i, asset, current, id, value } in parsed {
        let Some(owned) = assets.get(&asset) else {
            wrong.add(&field(i, batch, "work_order.asset"), "does not exist");
            continue;
        };
        // The owner at the time stays on record when the machine changes hands.
        let customer = match current {
            Some(current) if current.asset == asset => current.customer.clone(),
            _ => owned.customer.clone(),
        };
        all.push(match current {
            Some(at) if at.order.value == value && at.asset == asset => (at.clone(), false),
            Some(at) => {
                (Placed { asset, customer, order: at.order.revised(value, actor.now) }, true)
            }
            None => {
                let order = Stored::new(id.as_str(), value, actor.now);
                (Placed { asset, customer, order }, true)
            }
        });
    }
    all
}

async fn save(
    db: &impl ConnectionTrait,
    actor: &Actor,
    all: &[(Placed, bool)],
    assets: &BTreeMap<String, Owned>,
) -> Result<Outcome<Vec<pb::WorkOrder>>, Error> {
    let touched = || all.iter().filter(|(_, changed)| *changed).map(|(placed, _)| placed);
    let rows: Result<Vec<_>, _> =
        touched().map(|placed| store::work_order::row(&actor.tenant, placed)).collect();
    store::work_order::save(db, rows?).await?;
    let done = touched().filter(|placed| placed.order.value.completed.is_some());
    let products = done.clone().filter_map(|placed| {
        let asset = &assets.get(&placed.asset)?.asset.value;
        (!asset.product.is_empty() && !asset.lot.is_empty()).then_some(asset.product.as_str())
    });
    lot_control::plan(db, actor, &products.collect()).await?;
    let events = done.filter_map(|placed| {
        let asset = &assets.get(&placed.asset)?.asset.value;
        let event = completed(&placed.order, (&placed.asset, asset), &placed.customer);
        Some(Raised::new(event.work_order.clone(), &event))
    });
    let events = events.collect();
    Ok(Outcome { response: all.iter().map(|(placed, _)| shown(placed)).collect(), events })
}

/// Writes a changed work order.
async fn revise(
    db: &impl ConnectionTrait,
    actor: &Actor,
    placed: Placed,
    value: WorkOrder,
) -> Result<Outcome<pb::WorkOrder>, Error> {
    let mut wrong = Violations::new();
    value.check(&mut wrong);
    wrong.finish()?;
    let key = ("-", placed.asset.as_str());
    let owned = store::asset::get(db, &actor.tenant, key).await?;
    let order = placed.order.revised(value, actor.now);
    let assets = BTreeMap::from([(placed.asset.clone(), owned)]);
    let placed = Placed { order, ..placed };
    let outcome = save(db, actor, &[(placed, true)], &assets).await?;
    Ok(outcome.map(|mut all| all.pop().unwrap_or_default()))
}

pub(crate) async fn complete(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::CompleteWorkOrderRequest,
) -> Result<Outcome<pb::WorkOrder>, Error> {
    let at = parsed(|wrong| {
        let wire = wrong.required("complete_time", request.complete_time.as_ref());
        instant(wire, "complete_time", wrong)
    })?;
    let placed = load(db, actor, &request.name).await?;
    check_etag(&request.etag, &placed.order.etag(), &request.name)?;
    let state = placed.order.value.state();
    if !matches!(state, WorkOrderState::Planned | WorkOrderState::Started) {
        let name = request.name.clone();
        return Err(IllegalMove { name, state, verb: "completed" }.into());
    }
    let mut value = placed.order.value.clone();
    value.completed = Some(at);
    for (field, given) in [
        (&mut value.failure_mode, &request.failure_mode),
        (&mut value.cause, &request.cause),
        (&mut value.remedy, &request.remedy),
    ] {
        if !given.is_empty() {
            field.clone_from(given);
        }
    }
    revise(db, actor, placed, value).await
}

pub(crate) async fn verify(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::VerifyWorkOrderRequest,
) -> Result<Outcome<pb::WorkOrder>, Error> {
    let wanted = [WorkOrderState::Completed];
    let given = (request.name.as_str(), request.etag.as_str());
    judge(db, actor, given, (&wanted, Verdict::Verified, "verified")).await
}

pub(crate) async fn cancel(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::CancelWorkOrderRequest,
) -> Result<Outcome<pb::WorkOrder>, Error> {
    if request.reason.trim().is_empty() {
        return Err(aftercare_kernel::fault::Invalid::field("reason", "is required").into());
    }
    let wanted = [WorkOrderState::Planned, WorkOrderState::Started];
    let given = (request.name.as_str(), request.etag.as_str());
    judge(db, actor, given, (&wanted, Verdict::Cancelled, "cancelled")).await
}

async fn judge(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (name, etag): (&str, &str),
    (wanted, verdict, verb): (&[WorkOrderState], Verdict, &'static str),
) -> Result<Outcome<pb::WorkOrder>, Error> {
    let placed = load(db, actor, name).await?;
    check_etag(etag, &placed.order.etag(), name)?;
    let state = placed.order.value.state();
    if !wanted.contains(&state) {
        return Err(IllegalMove { name: name.to_owned(), state, verb }.into());
    }
    let verified = (verdict == Verdict::Verified).then_some(actor.now);
    let value = WorkOrder { verdict: Some(verdict), verified, ..placed.order.value.clone() };
    revise(db, actor, placed, value).await
}
