//! Merging a customer into another, and taking that back.

use super::{Actor, Outcome, Raised, check_etag, parsed};
use crate::convert::customer::{customer_id, present};
use crate::convert::value::wire_instant;
use crate::store::merge::{Merge, Moved};
use crate::store::{self, Stored, external_key};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::customer::{Customer, CustomerId, CustomerState};
use aftercare_kernel::fault::{Class, Fault, Violations};
use aftercare_platform::status::Error;
use sea_orm::ConnectionTrait;

mod children;

/// Why customers cannot be merged, or a merge not be taken back.
#[derive(Debug, thiserror::Error)]
enum MergeError {
    #[error("{name} is {state} and cannot take part in a merge")]
    NotActive { name: String, state: &'static str },
    #[error("{into} is below {name}: move it out of that tree first")]
    WithinTree { name: String, into: String },
    #[error("{name} is merged into nothing")]
    NotMerged { name: String },
    #[error("{name} was merged into {into}, which is merged itself: take that back first")]
    NotLatest { name: String, into: String },
}

impl Fault for MergeError {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        match self {
            Self::NotActive { .. } => "MERGE_NOT_ACTIVE",
            Self::WithinTree { .. } => "MERGE_WITHIN_TREE",
            Self::NotMerged { .. } => "CUSTOMER_NOT_MERGED",
            Self::NotLatest { .. } => "MERGE_NOT_LATEST",
        }
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NotActive { state, .. } => vec![("state", (*state).to_owned())],
            Self::WithinTree { into, .. } | Self::NotLatest { into, .. } => {
                vec![("into", into.clone())]
            }
            Self::NotMerged { .. } => Vec::new(),
        }
    }
    fn subject(&self) -> String {
        match self {
            Self::NotActive { name, .. }
            | Self::WithinTree { name, .. }
            | Self::NotMerged { name }
            | Self::NotLatest { name, .. } => name.clone(),
        }
    }
}

/// A reason that says something.
fn reason(text: &str, wrong: &mut Violations) -> Option<()> {
    if text.trim().is_empty() { wrong.required("reason", None) } else { Some(()) }
}

pub(crate) async fn merge(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::MergeCustomerRequest,
) -> Result<Outcome<pb::Customer>, Error> {
    let (id, into) = parsed(|wrong| {
        let id = customer_id(&request.name, "name", wrong);
        let into = customer_id(&request.into, "into", wrong);
        reason(&request.reason, wrong);
        if id.is_some() && id == into {
            wrong.add("into", "must be another customer");
        }
        id.zip(into)
    })?;
    let stored = store::customer::get(db, &actor.tenant, id.as_str()).await?;
    check_etag(&request.etag, &stored.etag(), &request.name)?;
    let (merged, event) = apply(db, actor, (stored, into.as_str()), &request.reason).await?;
    Ok(Outcome { response: present(&merged), events: vec![event] })
}

/// Merges, whoever asks: a person, or a batch.
pub(crate) async fn apply(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (gone, into): (Stored<Customer>, &str),
    reason: &str,
) -> Result<(Stored<Customer>, Raised), Error> {
    let stays = store::customer::get(db, &actor.tenant, into).await?;
    for customer in [&gone, &stays] {
        if customer.value.state != CustomerState::Active {
            let (name, state) = (named(&customer.id), customer.value.state.as_str());
            return Err(MergeError::NotActive { name, state }.into());
        }
    }
    if below(db, actor, &stays, &gone.id).await? {
        return Err(MergeError::WithinTree { name: named(&gone.id), into: named(into) }.into());
    }
    let moved = children::all(db, actor, &gone).await?;
    children::move_all(db, actor, &moved, (&gone.id, into)).await?;
    move_keys(db, actor, &moved, (gone.clone(), stays)).await?;
    let target = CustomerId::parse(into).ok();
    // Read again: its keys have left it.
    let gone = store::customer::get(db, &actor.tenant, &gone.id).await?;
    let value =
        Customer { state: CustomerState::Merged, merged_into: target, ..gone.value.clone() };
    let merged = gone.revised(value, actor.now);
    store::customer::save(db, vec![store::customer::row(&actor.tenant, &merged)?]).await?;
    store::match_key::replace(db, &actor.tenant, &[(gone.id.clone(), [].into())]).await?;
    // By the domains of the contacts that came as well.
    super::contact::findable(db, actor, &[into.to_owned()]).await?;
    let journal = Merge {
        customer: gone.id.clone(),
        into: into.to_owned(),
        reason: reason.to_owned(),
        principal: actor.principal.clone(),
        moved,
        undone: None,
    };
    let id = uuid::Uuid::now_v7().to_string();
    store::merge::save(db, &actor.tenant, (&id, &journal, actor.now)).await?;
    Ok((merged, event(actor, &journal, false)))
}

pub(crate) async fn unmerge(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::UnmergeCustomerRequest,
) -> Result<Outcome<pb::Customer>, Error> {
    let id = parsed(|wrong| {
        let id = customer_id(&request.name, "name", wrong);
        reason(&request.reason, wrong);
        id
    })?;
    let gone = store::customer::get(db, &actor.tenant, id.as_str()).await?;
    check_etag(&request.etag, &gone.etag(), &request.name)?;
    let found = store::merge::of(db, &actor.tenant, id.as_str()).await?;
    let not_merged = || MergeError::NotMerged { name: request.name.clone() };
    let (journal_id, mut journal) = found.ok_or_else(not_merged)?;
    let stays = store::customer::get(db, &actor.tenant, &journal.into).await?;
    if stays.value.state != CustomerState::Active {
        let (name, into) = (request.name.clone(), named(&journal.into));
        return Err(MergeError::NotLatest { name, into }.into());
    }
    let moved = children::still_there(db, actor, &journal.moved, &journal.into).await?;
    children::move_all(db, actor, &moved, (&journal.into, id.as_str())).await?;
    let value = Customer { state: CustomerState::Active, merged_into: None, ..gone.value.clone() };
    let restored = gone.revised(value, actor.now);
    store::customer::save(db, vec![store::customer::row(&actor.tenant, &restored)?]).await?;
    move_keys(db, actor, &moved, (stays, restored)).await?;
    let restored = store::customer::get(db, &actor.tenant, id.as_str()).await?;
    super::contact::findable(db, actor, &[restored.id.clone(), journal.into.clone()]).await?;
    journal.undone = Some((request.reason.clone(), actor.principal.clone()));
    store::merge::save(db, &actor.tenant, (&journal_id, &journal, actor.now)).await?;
    Ok(Outcome { response: present(&restored), events: vec![event(actor, &journal, true)] })
}

/// Gives the keys to the other customer.
async fn move_keys(
    db: &impl ConnectionTrait,
    actor: &Actor,
    moved: &Moved,
    (from, to): (Stored<Customer>, Stored<Customer>),
) -> Result<(), Error> {
    if moved.external_keys.is_empty() {
        return Ok(());
    }
    let (mut less, mut more) = (from.value.clone(), to.value.clone());
    less.external_keys.retain(|key| !moved.external_keys.contains(key));
    more.external_keys.extend(moved.external_keys.iter().cloned());
    let (less, more) = (from.revised(less, actor.now), to.revised(more, actor.now));
    // The giver first: a key belongs to one customer at a time.
    for stored in [&less, &more] {
        let keys = (stored.id.clone(), stored.value.external_keys.clone());
        external_key::replace(db, &actor.tenant, &[keys]).await?;
        store::customer::save(db, vec![store::customer::row(&actor.tenant, stored)?]).await?;
    }
    Ok(())
}

/// Whether a customer is somewhere below another.
async fn below(
    db: &impl ConnectionTrait,
    actor: &Actor,
    customer: &Stored<Customer>,
    above: &str,
) -> Result<bool, Error> {
    let mut parent = customer.value.parent.clone();
    // As deep as trees can be.
    for _ in 0..=32 {
        let Some(id) = parent else { return Ok(false) };
        if id.as_str() == above {
            return Ok(true);
        }
        let found = store::customer::find(db, &actor.tenant, id.as_str()).await?;
        parent = found.and_then(|stored| stored.value.parent);
    }
    Ok(false)
}

fn named(id: &str) -> String {
    format!("customers/{id}")
}

fn event(actor: &Actor, merge: &Merge, undone: bool) -> Raised {
    let event = pb::CustomerMerged {
        customer: named(&merge.customer),
        into: named(&merge.into),
        undone,
        event_time: Some(wire_instant(actor.now)),
    };
    Raised::new(named(&merge.customer), &event)
}
