//! What becomes of running clocks when what they rest on changes: a policy's new version, a grade, a calendar.

use super::clock::{settle, start};
use super::contract_promise::owed;
use super::service_standard::held;
use super::{Actor, Outcome, Raised, check_etag, parsed, sla_timer};
use crate::convert::case::Entry;
use crate::listing::{Asked, CASES, LIMITS};
use crate::store::case_part::{clock, entry};
use crate::store::{self, Stored};
use crate::timelines::Timelines;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::google::longrunning as lro;
use aftercare_customer_domain::case::{CaseFile, CaseState};
use aftercare_customer_domain::clock::{
    Basis, ClockError, ClockRecord, Period, PolicyChoice, fold,
};
use aftercare_customer_domain::customer::Customer;
use aftercare_customer_domain::milestone::Milestone;
use aftercare_kernel::fault::{Invalid, Violations};
use aftercare_kernel::ids::name_segments;
use aftercare_platform::paging::Pager;
use aftercare_platform::status::Error;
use jiff::Timestamp;
use prost::{Message, Name};
use sea_orm::ConnectionTrait;

/// Cases that one call rebases: they are changed in one transaction.
const MOST_CASES: usize = 10_000;

/// Moves the running clocks of a policy to its newest version. What was counted stays counted.
pub(crate) async fn rebase(
    db: &impl ConnectionTrait,
    (pager, timelines): (&Pager, &Timelines),
    actor: &Actor,
    request: &pb::RebaseClocksRequest,
) -> Result<Outcome<lro::Operation>, Error> {
    let id = parsed(|wrong| {
        let [id] = wrong.take("name", name_segments("slaPolicies/{sla_policy}", &request.name))?;
        Some(id.to_owned())
    })?;
    let policies = store::sla_policy::all(db, &actor.tenant).await?;
    let newest = policies.into_iter().find(|version| version.id == id);
    let newest = newest.ok_or_else(|| aftercare_platform::database::StoreError::NotFound {
        name: request.name.clone(),
    })?;
    check_etag(&request.etag, &store::etag(newest.version), &request.name)?;
    let mut clocks = 0;
    let mut events = Vec::new();
    for case in open_cases(db, (pager, actor), &request.filter).await? {
        let offered = |record: &ClockRecord| {
            let last = record.periods.last()?;
            let old = last.policy == id && last.policy_version < newest.version;
            let offered = newest.policy.milestones.iter();
            let terms = offered.clone().find(|t| t.milestone == last.terms.milestone)?.clone();
            let (policy, policy_version) = (id.clone(), newest.version);
            let (since, choice) = (actor.now, last.choice.clone());
            let period = Period { since, policy, policy_version, terms, contracted: None, choice };
            old.then_some(period)
        };
        let kept = contracted(db, timelines, actor, (&case, &offered)).await?;
        let moved =
            |record: &ClockRecord| offered(record).filter(|_| !kept.contains(&record.milestone()));
        let (moved, fired) = change(db, timelines, actor, &case, moved).await?;
        clocks += moved;
        events.extend(fired);
    }
    let progress = pb::RebaseClocksProgress { done: clocks, total: clocks };
    let response = done(&pb::RebaseClocksResponse { clocks }, &progress);
    Ok(Outcome { response, events })
}

/// Cases that are not over and that the filter wants, those hidden from the caller among them: a rebase shows nothing.
async fn open_cases(
    db: &impl ConnectionTrait,
    (pager, actor): (&Pager, &Actor),
    filter: &str,
) -> Result<Vec<Stored<CaseFile>>, Error> {
    use sea_orm::{ColumnTrait, QueryFilter};
    let mut cases: Vec<Stored<CaseFile>> = Vec::new();
    let mut page_token = String::new();
    loop {
        let mut wrong = Violations::new();
        let asked =
            Asked { page_size: 1000, page_token: &page_token, filter, order_by: "", parent: "" };
        let request = asked.by(actor, "StandardService/RebaseClocks");
        let (fields, orders) = (&CASES.fields, &CASES.orders);
        let plan = pager.plan_into(&mut wrong, &request, fields, orders, &["id"], LIMITS);
        wrong.finish()?;
        let plan = plan.ok_or_else(|| Invalid::field("filter", "cannot be used"))?;
        let over = CaseState::ALL.iter().filter(|s| s.is_over()).map(|s| s.as_str());
        let select = store::case::within(&actor.tenant, "")
            .filter(store::case::entity::Column::State.is_not_in(over));
        let (rows, next) =
            plan.fetch(select, db).await.map_err(aftercare_platform::database::StoreError::from)?;
        for row in rows {
            cases.push(Stored::try_from(row)?);
        }
        if cases.len() > MOST_CASES {
            let text = format!("matches more than {MOST_CASES} cases; narrow it");
            return Err(Invalid::field("filter", text).into());
        }
        if next.is_empty() {
            return Ok(cases);
        }
        page_token = next;
    }
}

/// Gives running clocks of a case the terms that `offered` has for them; answers how many, and what fired by them.
async fn change(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    case: &Stored<CaseFile>,
    offered: impl Fn(&ClockRecord) -> Option<Period>,
) -> Result<(i64, Vec<Raised>), Error> {
    store::case::hold(db, &actor.tenant, (&case.id, Some(case.revision))).await?;
    let mut clocks = clock::of_case(db, &actor.tenant, &case.id).await?;
    let mut names = Vec::new();
    for stored in &mut clocks {
        if stored.value.calendar_version.is_some() {
            continue;
        }
        let Some(period) = offered(&stored.value) else { continue };
        let last = stored.value.periods.last();
        let unit = |period: &Period| period.terms.target.unit();
        if let Some(from) = last.map(unit).filter(|from| *from != unit(&period)) {
            return Err(ClockError::UnitChanged { from, to: unit(&period) }.into());
        }
        names.push(format!("{} {} v{}", stored.id, period.policy, period.policy_version));
        stored.value.periods.push(period);
    }
    if names.is_empty() {
        return Ok((0, Vec::new()));
    }
    let timeline = entry::of_case(db, &actor.tenant, &case.id).await?;
    let last = timeline.last().map_or(0, |(sequence, _)| *sequence);
    let note = format!("clocks rebased: {}", names.join(", "));
    let said = Entry { note, ..super::clock::entry_of(actor, actor.now, None, String::new()) };
    entry::append(db, &actor.tenant, &case.id, (last, &[said])).await?;
    let settled = settle(db, timelines, actor, &case.id, (clocks, &timeline)).await?;
    sla_timer::plan(db, actor, &case.id, settled.next).await?;
    let events = sla_timer::tell(db, actor, case, (last + 1, &settled.fired)).await?;
    Ok((i64::try_from(names.len()).unwrap_or(i64::MAX), events))
}

/// An operation that ended when it was answered.
fn done<R: Message + Name, M: Message + Name>(response: &R, progress: &M) -> lro::Operation {
    fn any<T: Message + Name>(message: &T) -> prost_types::Any {
        prost_types::Any { type_url: T::type_url(), value: message.encode_to_vec() }
    }
    lro::Operation {
        name: format!("operations/{}", uuid::Uuid::now_v7()),
        metadata: Some(any(progress)),
        done: true,
        result: Some(lro::operation::Result::Response(any(response))),
    }
}

/// After a change of grade or fit: open cases of the customer get those promises of the new one that are stricter.
pub(crate) async fn regraded(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    (id, customer): (&str, &Customer),
) -> Result<Vec<Raised>, Error> {
    let mut events = Vec::new();
    let (cases, _) = store::case::open(db, &actor.tenant, "", (id, 1000)).await?;
    let standard = held(db, actor, (customer, actor.now)).await?;
    for case in cases {
        let of = (customer, &case.value);
        let owed = owed(db, actor, of).await?;
        let offered = start(db, actor, of, (standard.as_ref(), &owed)).await?;
        let timeline = entry::of_case(db, &actor.tenant, &case.id).await?;
        let mut better = Vec::new();
        for stored in clock::of_case(db, &actor.tenant, &case.id).await? {
            let milestone = stored.value.milestone();
            let offer = offered.iter().find(|offer| offer.value.milestone() == milestone);
            let Some(period) = offer.and_then(|offer| offer.value.periods.last()) else { continue };
            if is_stricter(db, timelines, actor, (&stored, period, &timeline)).await? {
                better.push((stored.id.clone(), Period { since: actor.now, ..period.clone() }));
            }
        }
        let new = |record: &ClockRecord| {
            let milestone = record.milestone();
            let found = better.iter().find(|(_, period)| period.terms.milestone == milestone);
            found.map(|(_, period)| period.clone())
        };
        events.extend(change(db, timelines, actor, &case, new).await?.1);
    }
    Ok(events)
}

/// Clocks of a case that run by a contract's promise, or by the policy version that it is owed under, and would end no earlier
/// by what is offered: they keep it.
async fn contracted(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    (case, offered): (&Stored<CaseFile>, &impl Fn(&ClockRecord) -> Option<Period>),
) -> Result<Vec<Milestone>, Error> {
    let mut kept = Vec::new();
    for stored in clock::of_case(db, &actor.tenant, &case.id).await? {
        let own = stored.value.periods.last().is_some_and(|period| {
            period.contracted.is_some() || matches!(period.choice, PolicyChoice::Entitlement(_))
        });
        let Some(period) = offered(&stored.value).filter(|_| own) else { continue };
        let timeline = entry::of_case(db, &actor.tenant, &case.id).await?;
        if !is_stricter(db, timelines, actor, (&stored, &period, &timeline)).await? {
            kept.push(stored.value.milestone());
        }
    }
    Ok(kept)
}

/// Whether other terms end a running clock earlier; terms in another unit are never taken over.
async fn is_stricter(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    (stored, period, timeline): (&Stored<ClockRecord>, &Period, &[(i64, Entry)]),
) -> Result<bool, Error> {
    let Some(last) = stored.value.periods.last() else { return Ok(false) };
    let same = last.terms == period.terms || last.terms.target.unit() != period.terms.target.unit();
    if same || stored.value.calendar_version.is_some() {
        return Ok(false);
    }
    let mut laid_out = Vec::with_capacity(stored.value.periods.len());
    for known in &stored.value.periods {
        laid_out.push(timelines.get(db, &actor.tenant, &known.terms.calendar, None).await?.1);
    }
    let kept: Vec<Basis<'_>> = stored
        .value
        .periods
        .iter()
        .zip(&laid_out)
        .map(|(known, timeline)| Basis { since: known.since, terms: &known.terms, timeline })
        .collect();
    let (_, calendar) = timelines.get(db, &actor.tenant, &period.terms.calendar, None).await?;
    let log = super::clock::log(timeline, &stored.id);
    let offer = Basis { since: actor.now, terms: &period.terms, timeline: &calendar };
    // with the terms from now on, as they would be: counted time is kept
    let mut both = kept.clone();
    both.push(offer);
    let ends = |bases: &[Basis<'_>]| -> Result<Option<Timestamp>, Error> {
        Ok(fold(bases, &log, actor.now)?.run.and_then(|run| run.deadline))
    };
    Ok(match (ends(&kept)?, ends(&both)?) {
        (Some(now), Some(then)) => then < now,
        (None, Some(_)) => true,
        (_, None) => false,
    })
}
