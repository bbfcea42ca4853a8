//! Customers: read, created, changed one by one or a thousand at once.

use super::{
    Actor, Outcome, Raised, check_batch, check_distinct, check_etag, chosen_id, field, isolated,
    parsed,
};
use crate::convert::customer::{customer, customer_id, needs_changed, present};
use crate::convert::value::instant;
use crate::convert::word::Word;
use crate::mask::merged;
use crate::store::{self, Stored, external_key};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::customer::{Customer, CustomerId, CustomerState, ExternalKey};
use aftercare_customer_domain::resolution::lookup::keys;
use aftercare_customer_domain::resolution::party;
use aftercare_customer_domain::resolution::spec::Spec;
use aftercare_kernel::fault::{Class, Fault, Violations};
use aftercare_platform::database::StoreError;
use aftercare_platform::status::Error;
use jiff::Timestamp;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::collections::{BTreeMap, BTreeSet};

/// A customer that others refer to.
#[derive(Debug, thiserror::Error)]
#[error("{name} has {references} and cannot be deleted")]
struct StillReferred {
    name: String,
    references: String,
}

impl Fault for StillReferred {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        "CUSTOMER_REFERRED_TO"
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        vec![("references", self.references.clone())]
    }
    fn subject(&self) -> String {
        self.name.clone()
    }
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::GetCustomerRequest,
) -> Result<pb::Customer, Error> {
    let (id, at) = parsed(|wrong| {
        let at = instant(request.read_time.as_ref(), "read_time", wrong);
        if at.is_some_and(|at| at > actor.now) {
            wrong.add("read_time", "must not be in the future");
        }
        customer_id(&request.name, "name", wrong).map(|id| (id, at))
    })?;
    let stored = match at {
        None => store::customer::get(db, &actor.tenant, id.as_str()).await?,
        Some(at) => store::past::get(db, &actor.tenant, (id.as_str(), at)).await?,
    };
    Ok(shown(&stored, at.unwrap_or(actor.now)))
}

/// A customer with the fit that holds at an instant.
pub(crate) fn shown(stored: &Stored<Customer>, at: Timestamp) -> pb::Customer {
    pb::Customer { fit: stored.value.fit_at(at).number(), ..present(stored) }
}

pub(crate) async fn lookup(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::LookupCustomerRequest,
) -> Result<pb::Customer, Error> {
    use pb::lookup_customer_request::By;
    use store::customer::entity::Column;
    let by = parsed(|wrong| wrong.required("by", request.by.clone()))?;
    let column = |column: Column, value: String| async move {
        let select = store::customer::within(&actor.tenant).filter(column.eq(value));
        select.one(db).await.map(|row| row.map(|row| row.id))
    };
    let id = match by {
        By::ExternalKey(key) => {
            let key = ExternalKey { system: key.system, key: key.key };
            external_key::find(db, &actor.tenant, &key).await?
        }
        By::Uscc(value) => column(Column::Uscc, value).await.map_err(StoreError::from)?,
        By::VatId(value) => column(Column::VatId, value).await.map_err(StoreError::from)?,
        By::Duns(value) => column(Column::Duns, value).await.map_err(StoreError::from)?,
    };
    let id =
        id.ok_or_else(|| StoreError::NotFound { name: "customers/- with this key".to_owned() })?;
    Ok(present(&store::customer::get(db, &actor.tenant, &id).await?))
}

pub(crate) async fn create(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::CreateCustomerRequest,
) -> Result<Outcome<pb::Customer>, Error> {
    let (id, wire) = parsed(|wrong| {
        let id = chosen_id(&request.customer_id, "customer_id", wrong);
        wrong.required("customer", request.customer.clone()).map(|wire| (id, wire))
    })?;
    let name = format!("customers/{id}");
    if store::customer::find(db, &actor.tenant, &id).await?.is_some() {
        return Err(StoreError::AlreadyExists { name }.into());
    }
    let wire = pb::Customer { name, etag: String::new(), ..wire };
    let request = pb::UpdateCustomerRequest {
        customer: Some(wire),
        allow_missing: true,
        ..Default::default()
    };
    let outcome = upsert_one(db, actor, &request).await?;
    let stored = store::customer::get(db, &actor.tenant, &id).await?;
    super::resolution::queue(db, actor, &stored).await?;
    Ok(outcome)
}

pub(crate) async fn upsert_one(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::UpdateCustomerRequest,
) -> Result<Outcome<pb::Customer>, Error> {
    let outcome = upsert(db, actor, std::slice::from_ref(request), false).await?;
    Ok(outcome.map(|mut all| all.pop().unwrap_or_default()))
}

pub(crate) async fn batch(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::BatchUpdateCustomersRequest,
) -> Result<Outcome<pb::BatchUpdateCustomersResponse>, Error> {
    let outcome = upsert(db, actor, &request.requests, true).await?;
    Ok(outcome.map(|customers| pb::BatchUpdateCustomersResponse { customers }))
}

/// A customer after its request, with the request's place in the batch.
struct Next {
    i: usize,
    stored: Stored<Customer>,
    changed: bool,
}

impl Next {
    fn parent(&self) -> Option<&str> {
        self.stored.value.parent.as_ref().map(CustomerId::as_str)
    }
}

/// Applies changes, all or none: one read, one write, whatever their number.
async fn upsert(
    db: &impl ConnectionTrait,
    actor: &Actor,
    requests: &[pb::UpdateCustomerRequest],
    batch: bool,
) -> Result<Outcome<Vec<pb::Customer>>, Error> {
    let mut wrong = Violations::new();
    if batch {
        check_batch(requests.len(), &mut wrong);
    }
    let ids = ids(requests, batch, &mut wrong);
    // Reading needs sound names; their faults are named together with those of the values below.
    let known: BTreeMap<String, Stored<Customer>> = {
        let ids: Vec<String> = ids.iter().flatten().map(ToString::to_string).collect();
        let found = store::customer::find_all(db, &actor.tenant, &ids).await?;
        found.into_iter().map(|stored| (stored.id.clone(), stored)).collect()
    };
    let mut all = Vec::with_capacity(requests.len());
    let mut events = Vec::new();
    for (i, (request, id)) in requests.iter().zip(&ids).enumerate() {
        let Some(id) = id else { continue };
        let wire = request.customer.clone().unwrap_or_default();
        let current = known.get(id.as_str());
        let wire = match current {
            None if !request.allow_missing => {
                return Err(StoreError::NotFound { name: wire.name }.into());
            }
            None => wire,
            Some(current) => {
                check_etag(&wire.etag, &current.etag(), &wire.name)?;
                wrong.within(&field(i, batch, ""), |wrong| {
                    merged(present(current), &wire, request.update_mask.as_ref(), wrong)
                })
            }
        };
        let kept = current.map(|current| &current.value);
        let value = isolated(&mut wrong, &field(i, batch, "customer"), |wrong| {
            customer(&wire, id, kept, wrong)
        });
        let Some(value) = value else { continue };
        let (stored, changed) = match current {
            Some(current) if current.value == value => (current.clone(), false),
            Some(current) => (current.revised(value, actor.now), true),
            None => (Stored::new(id.as_str(), value, actor.now), true),
        };
        let before = kept.and_then(|kept| kept.needs_segment);
        let news = needs_changed(&stored, before, actor.now);
        events.extend(news.map(|news| Raised::new(news.customer.clone(), &news)));
        all.push(Next { i, stored, changed });
    }
    check_parents(db, actor, &all, batch, &mut wrong).await?;
    wrong.finish()?;
    save(db, actor, &all).await?;
    let response = all.iter().map(|next| present(&next.stored)).collect();
    Ok(Outcome { response, events })
}

fn ids(
    requests: &[pb::UpdateCustomerRequest],
    batch: bool,
    wrong: &mut Violations,
) -> Vec<Option<CustomerId>> {
    let one = |(i, request): (usize, &pb::UpdateCustomerRequest)| {
        let wire = wrong.required(&field(i, batch, "customer"), request.customer.as_ref())?;
        customer_id(&wire.name, &field(i, batch, "customer.name"), wrong)
    };
    let ids: Vec<_> = requests.iter().enumerate().map(one).collect();
    check_distinct(ids.iter(), |i| field(i, batch, "customer.name"), wrong);
    ids
}

/// Parents exist, and nobody is above himself.
async fn check_parents(
    db: &impl ConnectionTrait,
    actor: &Actor,
    all: &[Next],
    batch: bool,
    wrong: &mut Violations,
) -> Result<(), Error> {
    let mut above: BTreeMap<String, Option<String>> =
        all.iter().map(|next| (next.stored.id.clone(), next.parent().map(str::to_owned))).collect();
    let with_parent = |known: &BTreeMap<String, Option<String>>| -> BTreeSet<String> {
        known.values().flatten().filter(|parent| !known.contains_key(*parent)).cloned().collect()
    };
    // Each round reads one level further up; trees are shallow.
    for _ in 0..MAX_LEVELS {
        let missing: Vec<String> = with_parent(&above).into_iter().collect();
        if missing.is_empty() {
            break;
        }
        let found = store::customer::find_all(db, &actor.tenant, &missing).await?;
        let exist: BTreeSet<&str> = found.iter().map(|stored| stored.id.as_str()).collect();
        for next in all {
            let absent = |p: &str| missing.iter().any(|m| m == p) && !exist.contains(p);
            if next.parent().is_some_and(absent) {
                wrong.add(&field(next.i, batch, "customer.parent"), "does not exist");
            }
        }
        for id in missing {
            let parent = found.iter().find(|stored| stored.id == id);
            let parent = parent.and_then(|stored| stored.value.parent.as_ref());
            above.insert(id, parent.map(ToString::to_string));
        }
    }
    for Next { i, stored, .. } in all {
        let mut at = stored.value.parent.as_ref().map(ToString::to_string);
        let mut levels = 0;
        while let Some(id) = at.filter(|_| levels <= MAX_LEVELS) {
            if id == stored.id {
                wrong.add(&field(*i, batch, "customer.parent"), "is below the customer itself");
                break;
            }
            levels += 1;
            at = above.get(&id).cloned().flatten();
        }
    }
    Ok(())
}

/// The deepest tree of customers.
const MAX_LEVELS: usize = 32;

async fn save(db: &impl ConnectionTrait, actor: &Actor, all: &[Next]) -> Result<(), Error> {
    let changed = || all.iter().filter(|next| next.changed).map(|next| &next.stored);
    let rows: Result<Vec<_>, _> =
        changed().map(|stored| store::customer::row(&actor.tenant, stored)).collect();
    store::customer::save(db, rows?).await?;
    let external: Vec<_> =
        changed().map(|stored| (stored.id.clone(), stored.value.external_keys.clone())).collect();
    external_key::replace(db, &actor.tenant, &external).await?;
    remember_keys(db, actor, &changed().collect::<Vec<_>>()).await?;
    Ok(())
}

/// Makes the customers findable by what they say now.
pub(crate) async fn remember_keys(
    db: &impl ConnectionTrait,
    actor: &Actor,
    customers: &[&Stored<Customer>],
) -> Result<(), Error> {
    let spec = Spec::customers();
    let ids: Vec<String> = customers.iter().map(|stored| stored.id.clone()).collect();
    let mail = store::contact::domains(db, &actor.tenant, Some(&ids)).await?;
    let of = |stored: &&Stored<Customer>| {
        let active = stored.value.state == CustomerState::Active;
        let mail = mail.get(&stored.id).map_or(&[][..], Vec::as_slice);
        let found =
            if active { keys(&spec, &party::party(&stored.value, mail)) } else { BTreeSet::new() };
        (stored.id.clone(), found)
    };
    let all: Vec<_> = customers.iter().map(of).collect();
    store::match_key::replace(db, &actor.tenant, &all).await?;
    Ok(())
}

pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::DeleteCustomerRequest,
) -> Result<Outcome<()>, Error> {
    let id = parsed(|wrong| customer_id(&request.name, "name", wrong))?;
    let stored = store::customer::get(db, &actor.tenant, id.as_str()).await?;
    check_etag(&request.etag, &stored.etag(), &request.name)?;
    let tenant = actor.tenant.as_str();
    let of = |count: u64, what: &str| (count > 0).then(|| format!("{count} {what}"));
    let children = store::customer::children(db, &actor.tenant, id.as_str(), 1000).await?;
    let assets = store::asset::count(db, &actor.tenant, id.as_str()).await?;
    let cases = {
        use store::case::entity::{Column, Entity};
        let cases = Entity::find().filter(Column::Tenant.eq(tenant));
        cases.filter(Column::Customer.eq(id.as_str())).count(db).await.map_err(StoreError::from)?
    };
    let contacts = store::contact::within(&actor.tenant, id.as_str()).count(db).await;
    let sites = store::site::within(&actor.tenant, id.as_str()).count(db).await;
    let references: Vec<String> = [
        of(u64::try_from(children.len()).unwrap_or(0), "customers below it"),
        of(assets, "machines"),
        of(cases, "cases"),
        of(contacts.map_err(StoreError::from)?, "contacts"),
        of(sites.map_err(StoreError::from)?, "sites"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !references.is_empty() {
        let (name, references) = (request.name.clone(), references.join(", "));
        return Err(StillReferred { name, references }.into());
    }
    external_key::replace(db, &actor.tenant, &[(id.to_string(), Vec::new())]).await?;
    store::match_key::replace(db, &actor.tenant, &[(id.to_string(), BTreeSet::new())]).await?;
    store::customer::delete(db, &actor.tenant, id.as_str()).await?;
    store::past::end(db, &actor.tenant, (id.as_str(), actor.now)).await?;
    Ok(Outcome::quiet(()))
}
