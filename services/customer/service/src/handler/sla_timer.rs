//! The SLA timer: at-risk warnings and escalations fire by themselves, once for each clock and level, also after an outage.

use super::clock::{Fired, settle};
use super::{Actor, Raised, service_standard};
use crate::convert::case::Entry;
use crate::convert::value::wire_instant;
use crate::convert::word::Word;
use crate::store::case_part::{clock, entry};
use crate::store::{self, Stored};
use crate::timelines::Timelines;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::case::CaseFile;
use aftercare_customer_domain::clock::FiredLevel;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::jobs::{self, Handler, Job, Next, Plan};
use aftercare_platform::status::Error;
use aftercare_platform::transaction::Write;
use jiff::Timestamp;
use sea_orm::ConnectionTrait;
use std::sync::Arc;

/// One job a case: due when the next level of any of its clocks becomes true.
const KIND: &str = "customer.sla-timer";

/// Fires what is due in a case.
pub(crate) struct SlaTimer {
    pub timelines: Arc<Timelines>,
}

#[async_trait::async_trait]
impl Handler for SlaTimer {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, call: &Call, write: &mut Write, job: &Job) -> Result<Next, Error> {
        let actor = Actor::of_job(call);
        let id = job.key.as_str();
        let db = write.tx();
        if !store::case::hold(db, &actor.tenant, (id, None)).await? {
            return Ok(Next::Done);
        }
        let case = store::case::get(db, &actor.tenant, "", id).await?;
        let timeline = entry::of_case(db, &actor.tenant, id).await?;
        let clocks = clock::of_case(db, &actor.tenant, id).await?;
        let settled = settle(db, &self.timelines, &actor, id, (clocks, &timeline)).await?;
        let last = timeline.last().map_or(0, |(sequence, _)| *sequence);
        let events = tell(db, &actor, &case, (last, &settled.fired)).await?;
        let raised = events.into_iter().map(|event| (event.subject, event.event_type, event.data));
        write.emit_all(raised).await?;
        Ok(settled.next.map_or(Next::Done, Next::At))
    }
}

/// Plans the timer of a case, or takes it back.
pub(crate) async fn plan(
    db: &impl ConnectionTrait,
    actor: &Actor,
    case: &str,
    next: Option<Timestamp>,
) -> Result<(), StoreError> {
    match next {
        Some(due) => {
            let plan = Plan { kind: KIND, key: case, due, payload: Vec::new() };
            jobs::schedule(db, crate::NAME, &actor.tenant, &[plan]).await
        }
        None => jobs::cancel(db, crate::NAME, &actor.tenant, (KIND, case)).await,
    }
}

/// Moves the timers of many cases to where their next level is now.
pub(crate) async fn plan_all(
    db: &impl ConnectionTrait,
    actor: &Actor,
    cases: &[(String, Timestamp)],
) -> Result<(), StoreError> {
    let plans: Vec<Plan<'_>> = cases
        .iter()
        .map(|(case, due)| Plan { kind: KIND, key: case, due: *due, payload: Vec::new() })
        .collect();
    jobs::schedule(db, crate::NAME, &actor.tenant, &plans).await
}

/// Puts what fired on the timeline, after the entries that it has, and makes the events.
pub(crate) async fn tell(
    db: &impl ConnectionTrait,
    actor: &Actor,
    case: &Stored<CaseFile>,
    (last, fired): (i64, &[Fired]),
) -> Result<Vec<Raised>, Error> {
    let fired = addressed(db, actor, case, fired).await?;
    let entries: Vec<Entry> =
        fired.iter().map(|(fired, by)| told(actor, fired, by.clone())).collect();
    entry::append(db, &actor.tenant, &case.id, (last, &entries)).await?;
    Ok(fired.iter().map(|(fired, _)| event(case, fired)).collect())
}

/// What fired, with whom it goes to and by which standard: escalations to the entries of the service standard's list in order,
/// before whom the policy names itself.
async fn addressed(
    db: &impl ConnectionTrait,
    actor: &Actor,
    case: &Stored<CaseFile>,
    fired: &[Fired],
) -> Result<Vec<(Fired, String)>, Error> {
    let held = match fired.iter().any(|fired| fired.escalation.is_some()) {
        false => None,
        true => {
            let customer = store::customer::get(db, &actor.tenant, &case.value.customer).await?;
            service_standard::held(db, actor, (&customer.value, actor.now)).await?
        }
    };
    let of = |fired: &Fired| {
        let mut fired = fired.clone();
        let step = fired.escalation.zip(held.as_ref());
        let Some((step, held)) = step else { return (fired, String::new()) };
        let Some(who) = held.standard.told_of(step) else { return (fired, String::new()) };
        fired.firing.notify.retain(|known| known != who);
        fired.firing.notify.insert(0, who.to_owned());
        (fired, format!("escalation {} of serviceStandards/{}: {who}", step + 1, held.id))
    };
    Ok(fired.iter().map(of).collect())
}

fn told(actor: &Actor, fired: &Fired, note: String) -> Entry {
    let Fired { clock, firing, .. } = fired;
    Entry {
        action: None,
        from: None,
        to: None,
        clock_event: None,
        clock: clock.clone(),
        note,
        principal: actor.principal.clone(),
        at: firing.true_time,
        recorded: firing.observe_time,
        fired: Some(FiredLevel {
            level: firing.level.clone(),
            true_time: firing.true_time,
            observe_time: firing.observe_time,
        }),
        notify: firing.notify.clone(),
    }
}

fn event(case: &Stored<CaseFile>, fired: &Fired) -> Raised {
    let event = pb::ClockLevelFired {
        case: format!("cases/{}", case.id),
        customer: format!("customers/{}", case.value.customer),
        clock: format!("cases/{}/clocks/{}", case.id, fired.clock),
        milestone: fired.milestone.number(),
        level: fired.firing.level.clone(),
        notify: fired.firing.notify.clone(),
        true_time: Some(wire_instant(fired.firing.true_time)),
        observe_time: Some(wire_instant(fired.firing.observe_time)),
        deadline: fired.deadline.map(wire_instant),
        owner: case.value.owner.clone(),
    };
    Raised::new(event.clock.clone(), &event)
}
