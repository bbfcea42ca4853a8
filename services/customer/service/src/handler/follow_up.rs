//! Follow-ups: created, begun with leave, completed, cancelled, explained.

use super::list::{asked, owner, plan};
use super::service_standard::{Held, held as held_standard};
use super::{Actor, Outcome, check_etag, chosen_id, parsed};
use crate::convert::customer::customer_id;
use crate::convert::follow_up::{explained, follow_up_name, outcome, present};
use crate::convert::value::{instant, reference};
use crate::convert::word::{optional, required};
use crate::listing::{Asked, FOLLOW_UPS};
use crate::store::{self, Stored};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::calendar::{Calendar, calendar_of_country};
use aftercare_customer_domain::case::CaseKind;
use aftercare_customer_domain::contact::{Contact, ContactChannel};
use aftercare_customer_domain::customer::Customer;
use aftercare_customer_domain::follow_up::{
    Around, Candidate, Cause, FollowUp, FollowUpKind, FollowUpRule, FollowUpState, ReApproach,
    Reach, SuppressionReason, decide, leave,
};
use aftercare_platform::database::StoreError;
use aftercare_platform::paging::Pager;
use aftercare_platform::status::Error;
use jiff::Timestamp;
use sea_orm::ConnectionTrait;

/// What is known of a customer when a contact is decided.
pub(crate) struct Setting {
    pub customer: Stored<Customer>,
    pub contacts: Vec<(String, Contact)>,
    pub follow_ups: Vec<Stored<FollowUp>>,
    pub complaint: bool,
    /// The service standard that holds for it.
    pub standard: Option<Held>,
}

impl Setting {
    pub async fn of(db: &impl ConnectionTrait, actor: &Actor, id: &str) -> Result<Self, Error> {
        let tenant = &actor.tenant;
        let customer = store::customer::get(db, tenant, id).await?;
        let rows = store::contact::within(tenant, id).all(db).await.map_err(StoreError::from)?;
        let persons = store::contact::opened(db, tenant, rows).await?.into_iter();
        // Who was erased is nobody to reach.
        let contacts = persons
            .filter(|person| !person.erased)
            .map(|person| (person.stored.id, person.stored.value))
            .collect();
        let follow_ups = store::follow_up::of_customer(db, tenant, id).await?;
        let (open, _) = store::case::open(db, tenant, &actor.principal, (id, 1000)).await?;
        let complaint = open.iter().any(|case| case.value.kind == CaseKind::Complaint);
        let standard = held_standard(db, actor, (&customer.value, actor.now)).await?;
        Ok(Self { customer, contacts, follow_ups, complaint, standard })
    }

    fn others(&self, except: &str) -> impl Iterator<Item = &FollowUp> {
        let counts = |state| matches!(state, FollowUpState::Planned | FollowUpState::Done);
        let others = self.follow_ups.iter().filter(move |known| known.id != except);
        others.map(|known| &known.value).filter(move |known| counts(known.state))
    }

    /// When contacts are planned or were made.
    pub fn contacted(&self) -> Vec<Timestamp> {
        self.others("").map(|known| known.begun.unwrap_or(known.due)).collect()
    }

    /// When others than this one were made: one that is only planned does not hold this one back, it is asked itself.
    fn made(&self, except: &str) -> Vec<Timestamp> {
        self.others(except).filter_map(|known| known.begun).collect()
    }

    /// The contact by which this one was made already.
    fn made_already(&self, asked: &Stored<FollowUp>) -> Option<&str> {
        let others = self.follow_ups.iter().filter(|other| other.id != asked.id);
        let mut made = others.filter(|other| asked.value.was_made_by(&other.value));
        made.next().map(|other| other.id.as_str())
    }

    /// What the contact that a new one is about left for it: of a lost deal.
    pub fn left(&self, subject: &str, date: jiff::civil::Date) -> Option<ReApproach> {
        let (_, id) = subject.split_once("/followUps/")?;
        let before = self.follow_ups.iter().find(|known| known.id == id)?;
        before.value.leaves(id, date)
    }

    pub fn around<'a>(
        &'a self,
        (contacted, calendar): (&'a [Timestamp], &'a Calendar),
        now: Timestamp,
    ) -> Around<'a> {
        let (contacts, complaint) = (self.contacts.as_slice(), self.complaint);
        let standard = self.standard.as_ref().map(|held| (held.id.as_str(), &held.standard));
        let owner = self.customer.value.owner.as_str();
        Around { contacts, contacted, complaint, calendar, now, standard, owner }
    }
}

/// The calendar of the customer's country, China's where none is shipped or the country is not known.
pub(crate) fn calendar_id(customer: &Customer) -> String {
    let region = customer.region.as_ref().map(|region| region.as_str());
    // Codes of GB/T 2260 are digits alone.
    let country = |code: &str| match code
        .get(..2)
        .filter(|code| code.bytes().all(|b| b.is_ascii_uppercase()))
    {
        Some(country) => country.to_owned(),
        None => "CN".to_owned(),
    };
    region
        .map(country)
        .and_then(|country| calendar_of_country(&country))
        .unwrap_or_else(|| "china".to_owned())
}

pub(crate) async fn calendar(
    db: &impl ConnectionTrait,
    actor: &Actor,
    id: &str,
) -> Result<Calendar, Error> {
    let version = store::calendar::get(db, &actor.tenant, id, None).await?;
    let checked = Calendar::new(version.spec);
    Ok(checked.map_err(|error| StoreError::corrupt("customer_calendar", error))?)
}

/// The follow-up as it is, read while no other write is about to contact its customer.
async fn held(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (name, etag): (&str, &str),
) -> Result<(String, Stored<FollowUp>), Error> {
    let (customer, _) = parsed(|wrong| follow_up_name(name, "name", wrong))?;
    store::customer::hold(db, &actor.tenant, customer.as_str()).await?;
    load(db, actor, (name, etag)).await
}

async fn load(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (name, etag): (&str, &str),
) -> Result<(String, Stored<FollowUp>), Error> {
    let (customer, id) = parsed(|wrong| follow_up_name(name, "name", wrong))?;
    let key = (customer.as_str(), id.as_str());
    let stored = store::follow_up::get(db, &actor.tenant, key).await?;
    check_etag(etag, &stored.etag(), name)?;
    Ok((customer.to_string(), stored))
}

async fn save(
    db: &impl ConnectionTrait,
    actor: &Actor,
    customer: &str,
    stored: Stored<FollowUp>,
) -> Result<Outcome<pb::FollowUp>, Error> {
    let all = std::slice::from_ref(&stored);
    store::follow_up::save(db, &actor.tenant, customer, all).await?;
    Ok(Outcome::quiet(present(&stored, customer)))
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::GetFollowUpRequest,
) -> Result<pb::FollowUp, Error> {
    let (customer, stored) = load(db, actor, (&request.name, "")).await?;
    Ok(present(&stored, &customer))
}

pub(crate) async fn explain(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::ExplainFollowUpRequest,
) -> Result<pb::FollowUpExplanation, Error> {
    let (customer, stored) = load(db, actor, (&request.name, "")).await?;
    Ok(explained(&stored, &customer))
}

pub(crate) async fn list(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::ListFollowUpsRequest,
) -> Result<pb::ListFollowUpsResponse, Error> {
    let mut customer = String::new();
    let about = (actor, "FollowUpService/ListFollowUps");
    let unique: &[&'static str] = &["customer", "id"];
    let asked = asked!(request, &request.parent);
    let plan = plan(pager, about, (&FOLLOW_UPS, unique), &asked, |wrong| {
        customer = owner(&request.parent, wrong);
    })?;
    let select = store::follow_up::within(&actor.tenant, &customer);
    let (rows, next_page_token) = plan.fetch(select, db).await.map_err(StoreError::from)?;
    let mut follow_ups = Vec::with_capacity(rows.len());
    for row in rows {
        let customer = row.customer.clone();
        follow_ups.push(present(&Stored::try_from(row)?, &customer));
    }
    Ok(pb::ListFollowUpsResponse { follow_ups, next_page_token })
}

/// What a person asks for.
struct Wish {
    kind: FollowUpKind,
    channel: ContactChannel,
    contact: Option<String>,
    due: Timestamp,
}

/// A contact that a person asks for: at the moment asked for, or the first open one after it.
fn wished(
    setting: &Setting,
    calendar: &Calendar,
    wish: &Wish,
    (owner, subject): (&str, &str),
) -> FollowUp {
    let rule = FollowUpRule::plain(wish.kind, wish.channel);
    let base = wish.due.to_zoned(calendar.zone().clone()).date();
    let contacted = setting.contacted();
    let around = setting.around((&contacted, calendar), wish.due);
    let candidate = Candidate { rule: &rule, base, only: wish.contact.as_deref() };
    let cause = Cause { kind: wish.kind, rule: "", owner, subject, base };
    FollowUp::planned(&cause, decide(&candidate, &around))
}

pub(crate) async fn create(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::CreateFollowUpRequest,
) -> Result<Outcome<pb::FollowUp>, Error> {
    let (customer, id, wire, wish) = parsed(|wrong| {
        let customer = customer_id(&request.parent, "parent", wrong);
        let id = chosen_id(&request.follow_up_id, "follow_up_id", wrong);
        let wire = wrong.required("follow_up", request.follow_up.clone())?;
        let wish = wrong.within("follow_up", |wrong| wish(&wire, wrong));
        Some((customer?.to_string(), id, wire, wish?))
    })?;
    store::customer::hold(db, &actor.tenant, &customer).await?;
    let setting = Setting::of(db, actor, &customer).await?;
    if setting.follow_ups.iter().any(|known| known.id == id) {
        let name = format!("customers/{customer}/followUps/{id}");
        return Err(StoreError::AlreadyExists { name }.into());
    }
    let owner = &setting.customer.value.owner;
    parsed(|wrong| {
        let unknown = |id: &String| !setting.contacts.iter().any(|(known, _)| known == id);
        if wish.contact.as_ref().is_some_and(unknown) {
            wrong.add("follow_up.contact", "is not of this customer");
        }
        // One owner: two people who do not know of each other would both call.
        if !wire.owner.is_empty() && !owner.is_empty() && wire.owner != *owner {
            wrong.add("follow_up.owner", format!("must be the customer's own, {owner}"));
        }
        Some(())
    })?;
    let owner = if owner.is_empty() { &wire.owner } else { owner };
    let calendar = calendar(db, actor, &calendar_id(&setting.customer.value)).await?;
    let value = wished(&setting, &calendar, &wish, (owner, &wire.subject));
    save(db, actor, &customer, Stored::new(id, value, actor.now)).await
}

fn wish(wire: &pb::FollowUp, wrong: &mut aftercare_kernel::fault::Violations) -> Option<Wish> {
    let kind = required(wire.kind, "kind", wrong);
    let due = wrong.required("due_time", wire.due_time.as_ref());
    let due = instant(due, "due_time", wrong);
    let channel = optional(wire.channel, "channel", wrong).unwrap_or(ContactChannel::Phone);
    let pattern = "customers/{customer}/contacts/{contact}";
    let contact = reference::<2>(&wire.contact, pattern, "contact", wrong);
    reference::<1>(&wire.owner, "employees/{employee}", "owner", wrong);
    let contact = contact.rsplit('/').next().filter(|id| !id.is_empty()).map(str::to_owned);
    Some(Wish { kind: kind?, channel, contact, due: due? })
}

pub(crate) async fn begin(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::BeginFollowUpRequest,
) -> Result<Outcome<pb::FollowUp>, Error> {
    let (customer, stored) = held(db, actor, (&request.name, &request.etag)).await?;
    stored.value.check_planned("begun")?;
    let setting = Setting::of(db, actor, &customer).await?;
    let mut value = stored.value.clone();
    let channel = value.channel.unwrap_or(ContactChannel::Phone);
    let rule = store::follow_up_rule::find(db, &actor.tenant, &value.rule).await?;
    let by_hand = || FollowUpRule {
        calendar: calendar_id(&setting.customer.value),
        ..FollowUpRule::plain(value.kind, channel)
    };
    let rule = rule.map_or_else(by_hand, |rule| rule.value);
    if let Some(made) = setting.made_already(&stored) {
        value.hold_back(SuppressionReason::Duplicate, &format!("made by {made}"));
        return save(db, actor, &customer, stored.revised(value, actor.now)).await;
    }
    let calendar = calendar(db, actor, &rule.calendar).await?;
    let contacted = setting.made(&stored.id);
    let around = setting.around((&contacted, &calendar), actor.now);
    let reach = Reach { contact: value.contact.clone(), channel };
    match leave((&rule, &reach), &around, &mut value.checks)? {
        None => value.begun = Some(actor.now),
        Some(reason) => {
            (value.state, value.suppressed) = (FollowUpState::Suppressed, Some(reason));
        }
    }
    save(db, actor, &customer, stored.revised(value, actor.now)).await
}

pub(crate) async fn complete(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::CompleteFollowUpRequest,
) -> Result<Outcome<pb::FollowUp>, Error> {
    let (customer, stored) = held(db, actor, (&request.name, &request.etag)).await?;
    let outcome = parsed(|wrong| {
        let wire = wrong.required("outcome", request.outcome.as_ref())?;
        wrong.within("outcome", |wrong| outcome(wire, stored.value.kind, actor.now, wrong))
    })?;
    let mut value = stored.value.clone();
    let next = outcome.next;
    value.complete(outcome)?;
    let done = stored.revised(value, actor.now);
    let answer = save(db, actor, &customer, done.clone()).await?;
    let setting = Setting::of(db, actor, &customer).await?;
    if let Some(next) = next {
        again(db, actor, (&setting, &done), next).await?;
    }
    super::trust::infer(db, actor, &setting).await?;
    Ok(answer)
}

/// The contact that the outcome asks for, as a lost deal is taken up again.
async fn again(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (setting, done): (&Setting, &Stored<FollowUp>),
    next: jiff::civil::Date,
) -> Result<(), Error> {
    let calendar = calendar(db, actor, &calendar_id(&setting.customer.value)).await?;
    let morning = next.at(9, 0, 0, 0).to_zoned(calendar.zone().clone());
    let due = morning.map_or(actor.now, |zoned| zoned.timestamp()).max(actor.now);
    let contact = (!done.value.contact.is_empty()).then(|| done.value.contact.clone());
    let channel = done.value.channel.unwrap_or(ContactChannel::Phone);
    let wish = Wish { kind: done.value.kind, channel, contact, due };
    let value = wished(setting, &calendar, &wish, (&done.value.owner, &done.value.subject))
        .carrying(done.value.leaves(&done.id, next));
    let stored = Stored::new(uuid::Uuid::now_v7().to_string(), value, actor.now);
    let customer = &setting.customer.id;
    Ok(store::follow_up::save(db, &actor.tenant, customer, &[stored]).await?)
}

pub(crate) async fn cancel(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::CancelFollowUpRequest,
) -> Result<Outcome<pb::FollowUp>, Error> {
    parsed(|wrong| {
        let reason = (!request.reason.trim().is_empty()).then_some(());
        wrong.required("reason", reason)
    })?;
    let (customer, stored) = held(db, actor, (&request.name, &request.etag)).await?;
    let mut value = stored.value.clone();
    value.cancel(&request.reason)?;
    save(db, actor, &customer, stored.revised(value, actor.now)).await
}
