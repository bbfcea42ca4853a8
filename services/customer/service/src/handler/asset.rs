//! Assets: machines, read, created, changed, moved and retired; every change is told to other services.

use super::{
    Actor, Outcome, Raised, check_batch, check_distinct, check_etag, chosen_id, field, isolated,
    parsed,
};
use crate::convert::asset::{asset, asset_name, changed, present};
use crate::convert::customer::customer_id;
use crate::convert::value::{date, instant};
use crate::mask::merged;
use crate::store::asset::Owned;
use crate::store::{self, Stored};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::asset::AssetId;
use aftercare_customer_domain::customer::CustomerId;
use aftercare_kernel::fault::{Class, Fault, Violations};
use aftercare_platform::database::StoreError;
use aftercare_platform::status::Error;
use sea_orm::{ColumnTrait, ConnectionTrait, PaginatorTrait, QueryFilter};
use std::collections::{BTreeMap, BTreeSet};

type Key = (Option<CustomerId>, AssetId);

/// A machine that work orders refer to.
#[derive(Debug, thiserror::Error)]
#[error("{name} has {orders} work orders and cannot be deleted; retire it")]
struct HasWorkOrders {
    name: String,
    orders: u64,
}

impl Fault for HasWorkOrders {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        "ASSET_REFERRED_TO"
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        vec![("work_orders", self.orders.to_string())]
    }
    fn subject(&self) -> String {
        self.name.clone()
    }
}

async fn load(db: &impl ConnectionTrait, actor: &Actor, name: &str) -> Result<Owned, Error> {
    let (customer, id) = parsed(|wrong| asset_name(name, "name", wrong))?;
    let customer = customer.as_ref().map_or("-", CustomerId::as_str);
    Ok(store::asset::get(db, &actor.tenant, (customer, id.as_str())).await?)
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::GetAssetRequest,
) -> Result<pb::Asset, Error> {
    let owned = load(db, actor, &request.name).await?;
    Ok(present(&owned.asset, &owned.customer))
}

pub(crate) async fn create(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::CreateAssetRequest,
) -> Result<Outcome<pb::Asset>, Error> {
    let (customer, id, wire) = parsed(|wrong| {
        let customer = customer_id(&request.parent, "parent", wrong);
        let id = chosen_id(&request.asset_id, "asset_id", wrong);
        let wire = wrong.required("asset", request.asset.clone());
        customer.zip(wire).map(|(customer, wire)| (customer, id, wire))
    })?;
    let name = format!("customers/{customer}/assets/{id}");
    if !store::asset::find_all(db, &actor.tenant, std::slice::from_ref(&id)).await?.is_empty() {
        return Err(StoreError::AlreadyExists { name }.into());
    }
    let request = pb::UpdateAssetRequest {
        asset: Some(pb::Asset { name, etag: String::new(), ..wire }),
        allow_missing: true,
        ..Default::default()
    };
    upsert_one(db, actor, &request).await
}

pub(crate) async fn upsert_one(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::UpdateAssetRequest,
) -> Result<Outcome<pb::Asset>, Error> {
    let outcome = upsert(db, actor, std::slice::from_ref(request), false).await?;
    Ok(outcome.map(|mut all| all.pop().unwrap_or_default()))
}

pub(crate) async fn batch(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::BatchUpdateAssetsRequest,
) -> Result<Outcome<pb::BatchUpdateAssetsResponse>, Error> {
    let outcome = upsert(db, actor, &request.requests, true).await?;
    Ok(outcome.map(|assets| pb::BatchUpdateAssetsResponse { assets }))
}

/// Applies changes, all or none. A name under another owner than the present one moves the machine when the request
/// allows what is missing, as an import that follows the ERP does; otherwise there is nothing of that name.
async fn upsert(
    db: &impl ConnectionTrait,
    actor: &Actor,
    requests: &[pb::UpdateAssetRequest],
    batch: bool,
) -> Result<Outcome<Vec<pb::Asset>>, Error> {
    let mut wrong = Violations::new();
    if batch {
        check_batch(requests.len(), &mut wrong);
    }
    let keys = keys(requests, batch, &mut wrong);
    let ids: Vec<String> = keys.iter().flatten().map(|(_, id)| id.to_string()).collect();
    let found = store::asset::find_all(db, &actor.tenant, &ids).await?;
    let known: BTreeMap<String, Owned> =
        found.into_iter().map(|owned| (owned.asset.id.clone(), owned)).collect();
    check_owners(db, actor, (&keys, &known), batch, &mut wrong).await?;
    let mut all: Vec<(Owned, bool)> = Vec::with_capacity(requests.len());
    for (i, (request, key)) in requests.iter().zip(&keys).enumerate() {
        let Some((customer, id)) = key else { continue };
        let current = known.get(id.as_str());
        let place = (i, batch);
        let next = change(actor, request, (customer.as_ref(), id, current), place, &mut wrong)?;
        all.extend(next);
    }
    wrong.finish()?;
    let touched = || all.iter().filter(|(_, changed)| *changed).map(|(owned, _)| owned);
    let rows: Result<Vec<_>, _> = touched().map(|o| store::asset::row(&actor.tenant, o)).collect();
    store::asset::save(db, rows?).await?;
    let events = touched().map(|owned| raised(owned, false, actor)).collect();
    let response = all.iter().map(|(owned, _)| present(&owned.asset, &owned.customer)).collect();
    Ok(Outcome { response, events })
}

/// One machine after its request, and whether anything changed; none if a field is wrong.
fn change(
    actor: &Actor,
    request: &pb::UpdateAssetRequest,
    (customer, id, current): (Option<&CustomerId>, &AssetId, Option<&Owned>),
    (i, batch): (usize, bool),
    wrong: &mut Violations,
) -> Result<Option<(Owned, bool)>, Error> {
    let wire = request.asset.clone().unwrap_or_default();
    let moves = customer.is_some_and(|to| current.is_some_and(|at| at.customer != to.as_str()));
    let missing = current.is_none() || moves;
    if missing && (!request.allow_missing || customer.is_none()) {
        return Err(StoreError::NotFound { name: wire.name }.into());
    }
    let wire = match current {
        None => wire,
        Some(current) => {
            check_etag(&wire.etag, &current.asset.etag(), &wire.name)?;
            let shown = present(&current.asset, &current.customer);
            wrong.within(&field(i, batch, ""), |wrong| {
                merged(shown, &wire, request.update_mask.as_ref(), wrong)
            })
        }
    };
    let kept = current.map(|current| &current.asset.value);
    let value = isolated(wrong, &field(i, batch, "asset"), |wrong| asset(&wire, kept, wrong));
    let owner = customer.map(CustomerId::as_str).or(current.map(|at| at.customer.as_str()));
    let (Some(mut value), Some(owner)) = (value, owner) else { return Ok(None) };
    let customer = owner.to_owned();
    if missing {
        value.transfer(owner, actor.now, "");
    }
    Ok(Some(match current {
        Some(current) if current.asset.value == value => (current.clone(), false),
        Some(current) => (Owned { customer, asset: current.asset.revised(value, actor.now) }, true),
        None => (Owned { customer, asset: Stored::new(id.as_str(), value, actor.now) }, true),
    }))
}

fn raised(owned: &Owned, deleted: bool, actor: &Actor) -> Raised {
    let event = changed(&owned.asset, &owned.customer, deleted, actor.now);
    Raised::new(event.asset.clone(), &event)
}

fn keys(
    requests: &[pb::UpdateAssetRequest],
    batch: bool,
    wrong: &mut Violations,
) -> Vec<Option<Key>> {
    let one = |(i, request): (usize, &pb::UpdateAssetRequest)| {
        let wire = wrong.required(&field(i, batch, "asset"), request.asset.as_ref())?;
        asset_name(&wire.name, &field(i, batch, "asset.name"), wrong)
    };
    let keys: Vec<Option<Key>> = requests.iter().enumerate().map(one).collect();
    let ids: Vec<_> = keys.iter().map(|key| key.as_ref().map(|(_, id)| id.clone())).collect();
    check_distinct(ids.iter(), |i| field(i, batch, "asset.name"), wrong);
    keys
}

async fn check_owners(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (keys, known): (&[Option<Key>], &BTreeMap<String, Owned>),
    batch: bool,
    wrong: &mut Violations,
) -> Result<(), Error> {
    let new = |key: &Key| {
        let (customer, id) = key;
        let customer = customer.as_ref()?.to_string();
        let same = known.get(id.as_str()).is_some_and(|owned| owned.customer == customer);
        (!same).then_some(customer)
    };
    let wanted: BTreeSet<String> = keys.iter().flatten().filter_map(new).collect();
    let wanted: Vec<String> = wanted.into_iter().collect();
    let found = store::customer::find_all(db, &actor.tenant, &wanted).await?;
    let exist: BTreeSet<&str> = found.iter().map(|stored| stored.id.as_str()).collect();
    for (i, key) in keys.iter().enumerate() {
        let owner = key.as_ref().and_then(new).filter(|owner| !exist.contains(owner.as_str()));
        match owner {
            Some(owner) if !batch => {
                return Err(StoreError::NotFound { name: format!("customers/{owner}") }.into());
            }
            Some(_) => {
                let path = field(i, batch, "asset.name");
                wrong.add(&path, "is under a customer that does not exist");
            }
            None => {}
        }
    }
    Ok(())
}

async fn save(
    db: &impl ConnectionTrait,
    actor: &Actor,
    owned: Owned,
) -> Result<Outcome<pb::Asset>, Error> {
    store::asset::save(db, vec![store::asset::row(&actor.tenant, &owned)?]).await?;
    let events = vec![raised(&owned, false, actor)];
    Ok(Outcome { response: present(&owned.asset, &owned.customer), events })
}

pub(crate) async fn transfer(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::TransferAssetRequest,
) -> Result<Outcome<pb::Asset>, Error> {
    let (to, at) = parsed(|wrong| {
        let to = customer_id(&request.new_customer, "new_customer", wrong);
        let at = instant(request.transfer_time.as_ref(), "transfer_time", wrong);
        to.map(|to| (to, at.unwrap_or(actor.now)))
    })?;
    let owned = load(db, actor, &request.name).await?;
    check_etag(&request.etag, &owned.asset.etag(), &request.name)?;
    store::customer::get(db, &actor.tenant, to.as_str()).await?;
    let last = owned.asset.value.ownerships.last();
    if last.is_some_and(|last| at < last.start) {
        let late = aftercare_kernel::fault::Invalid::field(
            "transfer_time",
            "is before the present owner had it",
        );
        return Err(late.into());
    }
    let mut value = owned.asset.value.clone();
    value.transfer(to.as_str(), at, &request.reason);
    let asset = owned.asset.revised(value, actor.now);
    save(db, actor, Owned { customer: to.to_string(), asset }).await
}

pub(crate) async fn retire(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::RetireAssetRequest,
) -> Result<Outcome<pb::Asset>, Error> {
    let on = parsed(|wrong| {
        let wire = wrong.required("decommission_date", request.decommission_date.as_ref());
        date(wire, "decommission_date", wrong)
    })?;
    let owned = load(db, actor, &request.name).await?;
    check_etag(&request.etag, &owned.asset.etag(), &request.name)?;
    let mut value = owned.asset.value.clone();
    value.decommissioned = Some(on);
    let mut wrong = Violations::new();
    value.check(&mut wrong);
    wrong.finish()?;
    let asset = owned.asset.revised(value, actor.now);
    save(db, actor, Owned { customer: owned.customer, asset }).await
}

pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::DeleteAssetRequest,
) -> Result<Outcome<()>, Error> {
    use store::work_order::entity::Column;
    let owned = load(db, actor, &request.name).await?;
    check_etag(&request.etag, &owned.asset.etag(), &request.name)?;
    let orders = store::work_order::within(&actor.tenant).filter(Column::Asset.eq(&owned.asset.id));
    let orders = orders.count(db).await.map_err(StoreError::from)?;
    if orders > 0 {
        return Err(HasWorkOrders { name: request.name.clone(), orders }.into());
    }
    store::asset::delete(db, &actor.tenant, &owned.asset.id).await?;
    Ok(Outcome { response: (), events: vec![raised(&owned, true, actor)] })
}
