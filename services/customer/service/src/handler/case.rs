//! Cases: registered with their clocks, read, described anew.

use super::assignment::owner;
use super::clock::{entry_of, of_case, settle, start};
use super::contract_promise::{keep_stricter, owed};
use super::service_standard::held;
use super::{Actor, Outcome, Raised, check_etag, chosen_id, isolated, parsed, sla_timer};
use crate::convert::case::{Entry, case, case_id, present};
use crate::convert::value::{wire_external_keys, wire_instant};
use crate::convert::word::{Word, number};
use crate::mask::merged;
use crate::store::case_part::{clock, entry};
use crate::store::{self, Stored};
use crate::timelines::Timelines;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::case::{AppliedStandard, CaseFile};
use aftercare_customer_domain::clock::ClockEntry;
use aftercare_customer_domain::customer::Customer;
use aftercare_customer_domain::milestone::Occurrence;
use aftercare_kernel::fault::Violations;
use aftercare_platform::database::StoreError;
use aftercare_platform::status::Error;
use sea_orm::ConnectionTrait;

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    request: &pb::GetCaseRequest,
) -> Result<pb::Case, Error> {
    let id = parsed(|wrong| case_id(&request.name, "name", wrong))?;
    let stored = store::case::get(db, &actor.tenant, &actor.principal, id.as_str()).await?;
    let clocks = of_case(db, timelines, actor, id.as_str()).await?;
    Ok(present(&stored, clocks))
}

pub(crate) async fn create(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    request: &pb::CreateCaseRequest,
) -> Result<Outcome<pb::Case>, Error> {
    let (id, file) = parsed(|wrong| {
        let id = chosen_id(&request.case_id, "case_id", wrong);
        let wire = wrong.required("case", request.case.as_ref())?;
        let file = isolated(wrong, "case", |wrong| case(wire, None, actor.now, wrong));
        file.map(|file| (id, file))
    })?;
    let customer = check_references(db, actor, &file).await?;
    open(db, timelines, actor, (id, file, &customer)).await
}

/// Registers a case that is sound, by the service standard that holds for its customer on the day of the report.
pub(crate) async fn open(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    (id, mut file, customer): (String, CaseFile, &Customer),
) -> Result<Outcome<pb::Case>, Error> {
    // Somebody accused by the case must not learn of it: its id is taken all the same.
    let taken = store::case::get(db, &actor.tenant, "", &id).await;
    match taken {
        Ok(_) => return Err(StoreError::AlreadyExists { name: format!("cases/{id}") }.into()),
        Err(StoreError::NotFound { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let standard = held(db, actor, (customer, file.reported)).await?;
    file.standard = standard.as_ref().map(|held| AppliedStandard {
        standard: held.id.clone(),
        grade: customer.grade,
        fit: customer.fit_at(file.reported),
        reason: held.reason.clone(),
    });
    let (owner, note) = owner(db, actor, (customer, &file), standard.as_ref()).await?;
    file.owner = owner;
    let owed = owed(db, actor, (customer, &file)).await?;
    let mut clocks = start(db, actor, (customer, &file), (standard.as_ref(), &owed)).await?;
    keep_stricter(db, timelines, actor, (customer, &file), &owed, &mut clocks).await?;
    let opened = ClockEntry::Happened(Occurrence::CaseOpened);
    let mut entry = entry_of(actor, file.reported, Some(opened), String::new());
    entry.to = Some(file.state);
    entry.note = note;
    let stored = Stored::new(id, file, actor.now);
    store::case::save(db, vec![store::case::row(&actor.tenant, &stored)?]).await?;
    entry::append(db, &actor.tenant, &stored.id, (0, std::slice::from_ref(&entry))).await?;
    let settled = settle(db, timelines, actor, &stored.id, (clocks, &[(1, entry)])).await?;
    sla_timer::plan(db, actor, &stored.id, settled.next).await?;
    let mut events = vec![opened_event(&stored)];
    let about = (customer, &stored);
    events.extend(super::guidance::acknowledgement(db, actor, about, standard.as_ref()).await?);
    events.extend(sla_timer::tell(db, actor, &stored, (1, &settled.fired)).await?);
    Ok(Outcome { response: present(&stored, settled.shown), events })
}

fn opened_event(stored: &Stored<CaseFile>) -> Raised {
    let file = &stored.value;
    let event = pb::CaseOpened {
        case: format!("cases/{}", stored.id),
        customer: format!("customers/{}", file.customer),
        kind: file.kind.number(),
        category: number(file.category),
        priority: file.priority.number(),
        subject: file.subject.clone(),
        assets: file.assets.clone(),
        external_keys: wire_external_keys(&file.external_keys),
        report_time: Some(wire_instant(file.reported)),
    };
    Raised::new(event.case.clone(), &event)
}

/// The customer, its contact and the machines exist; answers the customer.
async fn check_references(
    db: &impl ConnectionTrait,
    actor: &Actor,
    file: &CaseFile,
) -> Result<Customer, Error> {
    let mut wrong = Violations::new();
    let customer = store::customer::find(db, &actor.tenant, &file.customer).await?;
    if customer.is_none() {
        wrong.add("case.customer", "does not exist");
    }
    if let Some((customer, contact)) = contact_key(&file.contact) {
        match store::contact::get(db, &actor.tenant, (customer, contact)).await {
            Ok(_) => {}
            Err(StoreError::NotFound { .. }) => wrong.add("case.contact", "does not exist"),
            Err(error) => return Err(error.into()),
        }
    }
    let id = |name: &String| name.rsplit('/').next().unwrap_or_default().to_owned();
    let ids: Vec<String> = file.assets.iter().map(id).collect();
    let found = store::asset::find_all(db, &actor.tenant, &ids).await?;
    for (i, id) in ids.iter().enumerate() {
        match found.iter().find(|owned| owned.asset.id == *id) {
            None => wrong.add(&format!("case.assets[{i}]"), "does not exist"),
            Some(owned) if owned.customer != file.customer => {
                wrong.add(&format!("case.assets[{i}]"), "belongs to another customer");
            }
            Some(_) => {}
        }
    }
    wrong.finish()?;
    parsed(|_| customer.map(|stored| stored.value))
}

fn contact_key(name: &str) -> Option<(&str, &str)> {
    let rest = name.strip_prefix("customers/")?;
    rest.split_once("/contacts/")
}

pub(crate) async fn update(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    request: &pb::UpdateCaseRequest,
) -> Result<Outcome<pb::Case>, Error> {
    let (id, wire) = parsed(|wrong| {
        let wire = wrong.required("case", request.case.clone())?;
        case_id(&wire.name, "case.name", wrong).map(|id| (id, wire))
    })?;
    let stored = match store::case::get(db, &actor.tenant, &actor.principal, id.as_str()).await {
        Ok(stored) => stored,
        Err(StoreError::NotFound { .. }) if request.allow_missing => {
            let request = pb::CreateCaseRequest {
                case: Some(wire),
                case_id: id.to_string(),
                request_id: String::new(),
            };
            return create(db, timelines, actor, &request).await;
        }
        Err(error) => return Err(error.into()),
    };
    check_etag(&wire.etag, &stored.etag(), &wire.name)?;
    let mut wrong = Violations::new();
    let shown = present(&stored, Vec::new());
    let wire = merged(shown, &wire, request.update_mask.as_ref(), &mut wrong);
    let file = isolated(&mut wrong, "case", |wrong| {
        let file = case(&wire, Some(&stored.value), actor.now, wrong)?;
        if file.customer != stored.value.customer {
            wrong.add("customer", "cannot be changed");
        }
        if file.kind != stored.value.kind {
            wrong.add("kind", "cannot be changed");
        }
        Some(file)
    });
    wrong.finish()?;
    let file = file.unwrap_or_else(|| stored.value.clone());
    check_references(db, actor, &file).await?;
    let revised = stored.revised(file, actor.now);
    save(db, timelines, actor, (revised, Vec::new())).await
}

/// Writes a case with what is new on its timeline, and settles its clocks.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    (stored, new): (Stored<CaseFile>, Vec<Entry>),
) -> Result<Outcome<pb::Case>, Error> {
    store::case::hold(db, &actor.tenant, (&stored.id, Some(stored.revision - 1))).await?;
    store::case::save(db, vec![store::case::row(&actor.tenant, &stored)?]).await?;
    let mut timeline = entry::of_case(db, &actor.tenant, &stored.id).await?;
    let known = timeline.last().map_or(0, |(sequence, _)| *sequence);
    entry::append(db, &actor.tenant, &stored.id, (known, &new)).await?;
    timeline.extend((known + 1..).zip(new));
    let last = timeline.last().map_or(0, |(sequence, _)| *sequence);
    let clocks = clock::of_case(db, &actor.tenant, &stored.id).await?;
    let settled = settle(db, timelines, actor, &stored.id, (clocks, &timeline)).await?;
    sla_timer::plan(db, actor, &stored.id, settled.next).await?;
    let events = sla_timer::tell(db, actor, &stored, (last, &settled.fired)).await?;
    Ok(Outcome { response: present(&stored, settled.shown), events })
}
