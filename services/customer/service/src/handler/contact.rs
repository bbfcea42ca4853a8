//! Contacts: people at a customer; masked for callers without the right to personal data.

use super::{
    Actor, Outcome, check_batch, check_distinct, check_etag, chosen_id, field, isolated, parsed,
};
use crate::convert::contact::{contact, contact_name, present};
use crate::convert::customer::customer_id;
use crate::mask::merged;
use crate::store::contact::Person;
use crate::store::{self, Stored};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::contact::{Contact, ContactId};
use aftercare_customer_domain::customer::{Customer, CustomerId, CustomerState};
use aftercare_customer_domain::resolution::party::domain;
use aftercare_kernel::fault::{Class, Fault, Violations};
use aftercare_platform::database::StoreError;
use aftercare_platform::status::Error;
use sea_orm::ConnectionTrait;
use std::collections::{BTreeMap, BTreeSet};

type Key = (CustomerId, ContactId);

/// Who was erased is not written again by an import.
#[derive(Debug, thiserror::Error)]
#[error("the data of {0} was erased and is not taken in again")]
pub(super) struct ContactErased(pub(super) String);

impl Fault for ContactErased {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        "CONTACT_ERASED"
    }
    fn subject(&self) -> String {
        self.0.clone()
    }
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::GetContactRequest,
) -> Result<pb::Contact, Error> {
    let (customer, id) = parsed(|wrong| contact_name(&request.name, "name", wrong))?;
    let key = (customer.as_str(), id.as_str());
    let stored = store::contact::get(db, &actor.tenant, key).await?;
    Ok(present(&stored, customer.as_str(), actor.personal))
}

pub(crate) async fn create(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::CreateContactRequest,
) -> Result<Outcome<pb::Contact>, Error> {
    let (customer, id, wire) = parsed(|wrong| {
        let customer = customer_id(&request.parent, "parent", wrong);
        let id = chosen_id(&request.contact_id, "contact_id", wrong);
        let wire = wrong.required("contact", request.contact.clone());
        customer.zip(wire).map(|(customer, wire)| (customer, id, wire))
    })?;
    let name = format!("customers/{customer}/contacts/{id}");
    match store::contact::get(db, &actor.tenant, (customer.as_str(), &id)).await {
        Ok(_) => return Err(StoreError::AlreadyExists { name }.into()),
        Err(StoreError::NotFound { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let request = pb::UpdateContactRequest {
        contact: Some(pb::Contact { name, etag: String::new(), ..wire }),
        allow_missing: true,
        ..Default::default()
    };
    upsert_one(db, actor, &request).await
}

pub(crate) async fn upsert_one(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::UpdateContactRequest,
) -> Result<Outcome<pb::Contact>, Error> {
    let outcome = upsert(db, actor, std::slice::from_ref(request), false).await?;
    Ok(outcome.map(|mut all| all.pop().unwrap_or_default()))
}

pub(crate) async fn batch(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::BatchUpdateContactsRequest,
) -> Result<Outcome<pb::BatchUpdateContactsResponse>, Error> {
    let outcome = upsert(db, actor, &request.requests, true).await?;
    Ok(outcome.map(|contacts| pb::BatchUpdateContactsResponse { contacts }))
}

async fn upsert(
    db: &impl ConnectionTrait,
    actor: &Actor,
    requests: &[pb::UpdateContactRequest],
    batch: bool,
) -> Result<Outcome<Vec<pb::Contact>>, Error> {
    let mut wrong = Violations::new();
    if batch {
        check_batch(requests.len(), &mut wrong);
    }
    let keys = keys(requests, batch, &mut wrong);
    let ids: Vec<String> = keys.iter().flatten().map(|(_, id)| id.to_string()).collect();
    let known: BTreeMap<(String, String), Person> =
        store::contact::find_all(db, &actor.tenant, &ids)
            .await?
            .into_iter()
            .map(|person| ((person.customer.clone(), person.stored.id.clone()), person))
            .collect();
    check_customers(db, actor, &keys, batch, &mut wrong).await?;
    let mut all: Vec<(String, Stored<Contact>, bool)> = Vec::with_capacity(requests.len());
    let mut elsewhere: BTreeSet<String> = BTreeSet::new();
    for (i, (request, key)) in requests.iter().zip(&keys).enumerate() {
        let Some((customer, id)) = key else { continue };
        let wire = request.contact.clone().unwrap_or_default();
        let current = known.get(&(customer.to_string(), id.to_string()));
        if current.is_some_and(|person| person.erased) {
            return Err(ContactErased(wire.name).into());
        }
        let current = current.map(|person| &person.stored);
        let wire = match current {
            None if !request.allow_missing => {
                return Err(StoreError::NotFound { name: wire.name }.into());
            }
            None => wire,
            Some(current) => {
                check_etag(&wire.etag, &current.etag(), &wire.name)?;
                let shown = present(current, customer.as_str(), true);
                wrong.within(&field(i, batch, ""), |wrong| {
                    merged(shown, &wire, request.update_mask.as_ref(), wrong)
                })
            }
        };
        let value = isolated(&mut wrong, &field(i, batch, "contact"), |w| contact(&wire, w));
        let Some(value) = value else { continue };
        if mail_domain(current.map(|current| &current.value)) != mail_domain(Some(&value)) {
            elsewhere.insert(customer.to_string());
        }
        let (stored, changed) = match current {
            Some(current) if current.value == value => (current.clone(), false),
            Some(current) => (current.revised(value, actor.now), true),
            None => (Stored::new(id.as_str(), value, actor.now), true),
        };
        all.push((customer.to_string(), stored, changed));
    }
    wrong.finish()?;
    let changed = all.iter().filter(|(_, _, changed)| *changed);
    let changed: Vec<_> =
        changed.map(|(customer, stored, _)| (customer.as_str(), stored)).collect();
    store::contact::save(db, &actor.tenant, &changed).await?;
    let elsewhere: Vec<String> = elsewhere.into_iter().collect();
    for stored in findable(db, actor, &elsewhere).await?.iter().filter(|_| !batch) {
        super::resolution::queue(db, actor, stored).await?;
    }
    let shown = all.iter().map(|(customer, stored, _)| present(stored, customer, actor.personal));
    Ok(Outcome::quiet(shown.collect()))
}

fn mail_domain(contact: Option<&Contact>) -> String {
    let mail = contact.and_then(|contact| contact.email.as_ref());
    mail.map(|mail| domain(mail.as_str())).unwrap_or_default()
}

/// Makes customers findable by the domains that their contacts have now; those in use.
pub(super) async fn findable(
    db: &impl ConnectionTrait,
    actor: &Actor,
    customers: &[String],
) -> Result<Vec<Stored<Customer>>, Error> {
    let mut found = store::customer::find_all(db, &actor.tenant, customers).await?;
    found.retain(|stored| stored.value.state == CustomerState::Active);
    let all: Vec<_> = found.iter().collect();
    super::customer::remember_keys(db, actor, &all).await?;
    Ok(found)
}

/// After a contact was erased or deleted: what was kept of its domain goes, if no other contact and no home page of the
/// customer has it.
pub(super) async fn forget_domain(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (customer, contact): (&str, &Contact),
) -> Result<(), Error> {
    let gone = mail_domain(Some(contact));
    if gone.is_empty() {
        return Ok(());
    }
    let ids = [customer.to_owned()];
    let found = findable(db, actor, &ids).await?;
    let mail = store::contact::domains(db, &actor.tenant, Some(&ids)).await?;
    let others = mail.get(customer).is_some_and(|all| all.contains(&gone));
    let home = found.first().is_some_and(|stored| domain(&stored.value.website) == gone);
    if !others && !home {
        store::match_review::forget(db, &actor.tenant, (customer, "domain", &gone)).await?;
    }
    Ok(())
}

fn keys(
    requests: &[pb::UpdateContactRequest],
    batch: bool,
    wrong: &mut Violations,
) -> Vec<Option<Key>> {
    let one = |(i, request): (usize, &pb::UpdateContactRequest)| {
        let wire = wrong.required(&field(i, batch, "contact"), request.contact.as_ref())?;
        contact_name(&wire.name, &field(i, batch, "contact.name"), wrong)
    };
    let keys: Vec<_> = requests.iter().enumerate().map(one).collect();
    check_distinct(keys.iter(), |i| field(i, batch, "contact.name"), wrong);
    keys
}

async fn check_customers(
    db: &impl ConnectionTrait,
    actor: &Actor,
    keys: &[Option<Key>],
    batch: bool,
    wrong: &mut Violations,
) -> Result<(), Error> {
    let wanted: BTreeSet<String> = keys.iter().flatten().map(|(c, _)| c.to_string()).collect();
    let wanted: Vec<String> = wanted.into_iter().collect();
    let found = store::customer::find_all(db, &actor.tenant, &wanted).await?;
    let exist: BTreeSet<&str> = found.iter().map(|stored| stored.id.as_str()).collect();
    for (i, key) in keys.iter().enumerate() {
        if let Some((customer, _)) = key
            && !exist.contains(customer.as_str())
        {
            if !batch {
                return Err(StoreError::NotFound { name: format!("customers/{customer}") }.into());
            }
            wrong.add(&field(i, batch, "contact.name"), "is under a customer that does not exist");
        }
    }
    Ok(())
}

pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::DeleteContactRequest,
) -> Result<Outcome<()>, Error> {
    let (customer, id) = parsed(|wrong| contact_name(&request.name, "name", wrong))?;
    let key = (customer.as_str(), id.as_str());
    let stored = store::contact::get(db, &actor.tenant, key).await?;
    check_etag(&request.etag, &stored.etag(), &request.name)?;
    store::contact::delete(db, &actor.tenant, key).await?;
    forget_domain(db, actor, (customer.as_str(), &stored.value)).await?;
    Ok(Outcome::quiet(()))
}

/// What an answer is remembered by: names alone, since answers hold personal data.
pub(crate) fn nameless(contact: &pb::Contact) -> pb::Contact {
    pb::Contact { name: contact.name.clone(), ..Default::default() }
}

/// The answer to a request that came before: the contacts as they are now.
pub(crate) async fn again(
    db: &impl ConnectionTrait,
    actor: &Actor,
    remembered: Vec<pb::Contact>,
) -> Result<Vec<pb::Contact>, Error> {
    let mut all = Vec::with_capacity(remembered.len());
    for pb::Contact { name, .. } in remembered {
        all.push(get(db, actor, &pb::GetContactRequest { name }).await?);
    }
    Ok(all)
}
