//! The clocks of a case: started with it, folded from its timeline whenever they are read, explained.

use super::calendar::shown as shown_calendar;
use super::service_standard::Held;
use super::{Actor, Outcome, parsed};
use crate::convert::case::{Entry, case_id};
use crate::convert::clock::{event, explanation, present};
use crate::convert::proposal::child_name;
use crate::convert::value::instant;
use crate::store::case_part::{clock, entry};
use crate::store::entitlement::Entitlement;
use crate::store::sla_policy;
use crate::store::{self, Stored};
use crate::timelines::Timelines;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::calendar::Timeline;
use aftercare_customer_domain::case::CaseFile;
use aftercare_customer_domain::clock::{
    Basis, ClockEntry, ClockEvent, ClockRecord, ClockState, FiredLevel, Firing, Period,
    PolicyChoice, Reading, due, explain as explain_reading, fold, next_due,
};
use aftercare_customer_domain::customer::Customer;
use aftercare_customer_domain::milestone::Milestone;
use aftercare_customer_domain::sla_policy::{CaseFacts, select};
use aftercare_platform::status::Error;
use jiff::Timestamp;
use sea_orm::ConnectionTrait;
use std::collections::{HashMap, hash_map};
use std::sync::Arc;

/// A clock with the calendars that it counts by.
pub(crate) struct LaidOut {
    pub stored: Stored<ClockRecord>,
    timelines: Vec<Arc<Timeline>>,
    calendar_version: i64,
}

/// Calendars that were asked for, so that clocks of one case that count by the same ask once.
type Known = HashMap<(String, Option<i64>), (i64, Arc<Timeline>)>;

impl LaidOut {
    async fn new(
        db: &impl ConnectionTrait,
        timelines: &Timelines,
        actor: &Actor,
        (stored, known): (Stored<ClockRecord>, &mut Known),
    ) -> Result<Self, Error> {
        let mut found = Vec::with_capacity(stored.value.periods.len());
        let mut calendar_version = 0;
        for period in &stored.value.periods {
            let (id, wanted) = (period.terms.calendar.clone(), stored.value.calendar_version);
            let (version, timeline) = match known.entry((id, wanted)) {
                hash_map::Entry::Occupied(known) => known.get().clone(),
                hash_map::Entry::Vacant(new) => {
                    let id = &period.terms.calendar;
                    new.insert(timelines.get(db, &actor.tenant, id, wanted).await?).clone()
                }
            };
            found.push(timeline);
            calendar_version = version;
        }
        Ok(Self { stored, timelines: found, calendar_version })
    }

    fn bases(&self) -> Vec<Basis<'_>> {
        let periods = self.stored.value.periods.iter().zip(&self.timelines);
        periods
            .map(|(period, timeline)| Basis { since: period.since, terms: &period.terms, timeline })
            .collect()
    }

    fn read(&self, log: &[ClockEvent], now: Timestamp) -> Result<Reading, Error> {
        Ok(fold(&self.bases(), log, now)?)
    }

    fn shown(&self, case: &str, reading: &Reading) -> pb::Clock {
        let name = format!("cases/{case}/clocks/{}", self.stored.id);
        present(name, &self.stored.value, self.calendar_version, reading)
    }
}

/// The log of one clock out of a case's timeline.
pub(crate) fn log(timeline: &[(i64, Entry)], clock: &str) -> Vec<ClockEvent> {
    let concerns = |entry: &&(i64, Entry)| entry.1.clock.is_empty() || entry.1.clock == clock;
    timeline
        .iter()
        .filter(concerns)
        .filter_map(|(sequence, entry)| {
            let sequence = u64::try_from(*sequence).unwrap_or(0);
            entry.clock_event.clone().map(|event| ClockEvent { sequence, ..event })
        })
        .collect()
}

/// What is known of a case when its policy is chosen.
fn facts<'a>(
    (customer, file): (&'a Customer, &'a CaseFile),
    assets: &'a [store::asset::Owned],
    now: Timestamp,
) -> CaseFacts<'a> {
    CaseFacts {
        kind: file.kind,
        category: file.category,
        grade: customer.grade,
        fit: customer.fit_at(now),
        priority: file.priority,
        products: assets.iter().map(|owned| owned.asset.value.product.as_str()).collect(),
        region: customer.region.as_ref(),
        channel: &file.channel,
        topic: &file.topic,
    }
}

/// The policy of a case: of those that match it the version that an entitlement is owed under, else that of the service
/// standard, else the first in their order.
async fn policy(
    db: &impl ConnectionTrait,
    actor: &Actor,
    facts: &CaseFacts<'_>,
    (standard, owed): (Option<&Held>, &[Stored<Entitlement>]),
) -> Result<Option<(sla_policy::Version, PolicyChoice)>, Error> {
    for (id, owed) in owed.iter().filter_map(|own| Some((&own.id, own.value.policy.as_ref()?))) {
        let version = (owed.id.as_str(), owed.version);
        let found = sla_policy::find(db, &actor.tenant, version).await?;
        if let Some(found) = found.filter(|found| found.policy.matches(facts)) {
            return Ok(Some((found, PolicyChoice::Entitlement(id.clone()))));
        }
    }
    let policies = sla_policy::all(db, &actor.tenant).await?;
    let named = |id: &str| {
        policies.iter().find(|known| known.id == id && known.policy.matches(facts)).cloned()
    };
    if let Some(held) = standard
        && let Some(found) = named(&held.standard.sla_policy)
    {
        return Ok(Some((found, PolicyChoice::Standard(held.id.clone()))));
    }
    let known = policies.iter().map(|version| (version.id.as_str(), &version.policy));
    let first = select(known, facts).and_then(|(id, _)| named(id));
    Ok(first.map(|found| (found, PolicyChoice::Matches)))
}

/// The clocks that a case gets. Grade and fit are the present ones, standard and entitlements those of the day of the report.
pub(crate) async fn start(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (customer, file): (&Customer, &CaseFile),
    known: (Option<&Held>, &[Stored<Entitlement>]),
) -> Result<Vec<Stored<ClockRecord>>, Error> {
    let ids: Vec<String> =
        file.assets.iter().filter_map(|name| name.rsplit('/').next().map(str::to_owned)).collect();
    let assets = store::asset::find_all(db, &actor.tenant, &ids).await?;
    let facts = facts((customer, file), &assets, actor.now);
    let Some((found, choice)) = policy(db, actor, &facts, known).await? else {
        return Ok(Vec::new());
    };
    let clock = |terms: &aftercare_customer_domain::milestone::MilestoneTerms| {
        let period = Period {
            since: file.reported,
            policy: found.id.clone(),
            policy_version: found.version,
            terms: terms.clone(),
            contracted: None,
            choice: choice.clone(),
        };
        let record =
            ClockRecord { periods: vec![period], calendar_version: None, fired: Vec::new() };
        let id = terms.milestone.as_str().to_ascii_lowercase().replace('_', "-");
        Stored::new(id, record, actor.now)
    };
    Ok(found.policy.milestones.iter().map(clock).collect())
}

/// A level of a clock that fired, with what a timer and an event say of it.
#[derive(Clone)]
pub(crate) struct Fired {
    pub clock: String,
    pub milestone: Milestone,
    pub deadline: Option<Timestamp>,
    pub firing: Firing,
    /// Which escalation it is, from 0; none for a warning.
    pub escalation: Option<usize>,
}

/// Clocks after something happened or time went by.
pub(crate) struct Settled {
    pub shown: Vec<pb::Clock>,
    /// By true time.
    pub fired: Vec<Fired>,
    /// When the next level becomes true unless something happens before.
    pub next: Option<Timestamp>,
}

/// Settles clocks: levels that are due fire, and a clock that stopped keeps its calendar.
pub(crate) async fn settle(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    case: &str,
    (clocks, timeline): (Vec<Stored<ClockRecord>>, &[(i64, Entry)]),
) -> Result<Settled, Error> {
    let mut settled = Settled { shown: Vec::new(), fired: Vec::new(), next: None };
    let mut rows = Vec::with_capacity(clocks.len());
    let mut known = Known::new();
    for stored in clocks {
        let mut laid_out = LaidOut::new(db, timelines, actor, (stored, &mut known)).await?;
        let log = log(timeline, &laid_out.stored.id);
        let reading = laid_out.read(&log, actor.now)?;
        let mut record = laid_out.stored.value.clone();
        for firing in due(&laid_out.bases(), &reading, &names(&record), actor.now)? {
            record.fired.push(FiredLevel {
                level: firing.level.clone(),
                true_time: firing.true_time,
                observe_time: firing.observe_time,
            });
            settled.fired.push(Fired {
                clock: laid_out.stored.id.clone(),
                milestone: record.milestone(),
                deadline: reading.run.as_ref().and_then(|run| run.deadline),
                escalation: record
                    .periods
                    .last()
                    .and_then(|period| period.terms.escalation(&firing.level)),
                firing,
            });
        }
        let stopped =
            matches!(reading.state, ClockState::Met | ClockState::MetLate | ClockState::Cancelled);
        record.calendar_version = stopped.then_some(laid_out.calendar_version);
        let next = next_due(&laid_out.bases(), &reading, &names(&record))?;
        settled.next = [settled.next, next].into_iter().flatten().min();
        let revised = laid_out.stored.revised(record, actor.now);
        rows.push(clock::row(&actor.tenant, case, &revised, next)?);
        laid_out.stored = revised;
        settled.shown.push(laid_out.shown(case, &reading));
    }
    clock::save(db, rows).await?;
    settled.fired.sort_by_key(|fired| fired.firing.true_time);
    Ok(settled)
}

fn names(record: &ClockRecord) -> Vec<String> {
    record.fired.iter().map(|fired| fired.level.clone()).collect()
}

/// When the next level of a running clock becomes true, by the calendars and terms that hold now.
pub(crate) async fn next_of(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    (stored, timeline): (Stored<ClockRecord>, &[(i64, Entry)]),
) -> Result<Option<Timestamp>, Error> {
    let laid_out = LaidOut::new(db, timelines, actor, (stored, &mut Known::new())).await?;
    let reading = laid_out.read(&log(timeline, &laid_out.stored.id), actor.now)?;
    Ok(next_due(&laid_out.bases(), &reading, &names(&laid_out.stored.value))?)
}

/// The clocks of a case as they stand.
pub(crate) async fn of_case(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    case: &str,
) -> Result<Vec<pb::Clock>, Error> {
    let timeline = entry::of_case(db, &actor.tenant, case).await?;
    let mut shown = Vec::new();
    let mut known = Known::new();
    for stored in clock::of_case(db, &actor.tenant, case).await? {
        let laid_out = LaidOut::new(db, timelines, actor, (stored, &mut known)).await?;
        let reading = laid_out.read(&log(&timeline, &laid_out.stored.id), actor.now)?;
        shown.push(laid_out.shown(case, &reading));
    }
    Ok(shown)
}

pub(crate) async fn explain(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    request: &pb::ExplainClockRequest,
) -> Result<pb::ClockExplanation, Error> {
    let ((case, id), at) = parsed(|wrong| {
        let name = child_name(&request.name, "cases/{case}/clocks/{clock}", wrong);
        let at = instant(request.read_time.as_ref(), "read_time", wrong).unwrap_or(actor.now);
        name.map(|name| (name, at))
    })?;
    store::case::get(db, &actor.tenant, &actor.principal, case.as_str()).await?;
    let stored = clock::get(db, &actor.tenant, (case.as_str(), &id)).await?;
    let timeline = entry::of_case(db, &actor.tenant, case.as_str()).await?;
    let laid_out = LaidOut::new(db, timelines, actor, (stored, &mut Known::new())).await?;
    let log = log(&timeline, &id);
    let reading = laid_out.read(&log, at)?;
    let explained = explain_reading(&laid_out.bases(), &reading)?;
    let shown = laid_out.shown(case.as_str(), &reading);
    let mut calendar = pb::Calendar::default();
    if let Some(period) = laid_out.stored.value.periods.last() {
        let version = Some(laid_out.calendar_version);
        let id = &period.terms.calendar;
        calendar = shown_calendar(&store::calendar::get(db, &actor.tenant, id, version).await?);
        narrow(&mut calendar, &reading, at);
    }
    let period = laid_out.stored.value.periods.last();
    Ok(explanation((shown, period), &explained, &log, calendar))
}

/// Leaves out dates of other years than the clock ran in.
fn narrow(calendar: &mut pb::Calendar, reading: &Reading, at: Timestamp) {
    let year = |at: Timestamp| i32::from(at.to_zoned(jiff::tz::TimeZone::UTC).year());
    let Some(run) = &reading.run else { return };
    let last = [run.deadline, run.stopped, Some(at)].into_iter().flatten().max().unwrap_or(at);
    let years = year(run.started) - 1..=year(last) + 1;
    let within = |date: Option<&aftercare_api::google::r#type::Date>| {
        date.is_some_and(|date| years.contains(&date.year))
    };
    calendar.closures.retain(|closure| within(closure.date.as_ref()));
    calendar.overrides.retain(|replaced| within(replaced.date.as_ref()));
    calendar.breaks.retain(|taken| within(taken.date.as_ref()));
}

pub(crate) async fn record(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    request: &pb::RecordClockEventRequest,
) -> Result<Outcome<pb::Case>, Error> {
    let (id, (at, said), only) = parsed(|wrong| {
        let id = case_id(&request.name, "name", wrong);
        let event = event(request.event.as_ref(), actor.now, wrong);
        let only = match request.clock.as_str() {
            "" => Some(String::new()),
            name => wrong
                .take(
                    "clock",
                    aftercare_kernel::ids::name_segments("cases/{case}/clocks/{clock}", name),
                )
                .map(|[_, clock]| clock.to_owned()),
        };
        let id = id.filter(|id| {
            let own =
                request.clock.is_empty() || request.clock.starts_with(&format!("cases/{id}/"));
            if !own {
                wrong.add("clock", "is of another case");
            }
            own
        });
        let only = only?;
        id.zip(event).map(|(id, event)| (id, event, only))
    })?;
    let stored = store::case::get(db, &actor.tenant, &actor.principal, id.as_str()).await?;
    super::check_etag(&request.etag, &stored.etag(), &request.name)?;
    if !only.is_empty() {
        clock::get(db, &actor.tenant, (id.as_str(), &only)).await?;
    }
    let entry = entry_of(actor, at, Some(said), only);
    let revised = stored.revised(stored.value.clone(), actor.now);
    super::case::save(db, timelines, actor, (revised, vec![entry])).await
}

/// An entry that says only what happened to the clocks.
pub(crate) fn entry_of(
    actor: &Actor,
    at: Timestamp,
    said: Option<ClockEntry>,
    clock: String,
) -> Entry {
    Entry {
        action: None,
        from: None,
        to: None,
        clock_event: said.map(|entry| ClockEvent { sequence: 0, at, recorded: actor.now, entry }),
        clock,
        note: String::new(),
        principal: actor.principal.clone(),
        at,
        recorded: actor.now,
        fired: None,
        notify: Vec::new(),
    }
}
