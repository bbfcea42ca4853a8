//! A calendar's new version: running clocks that count by it get their timers moved, page by page.

use super::clock::next_of;
use super::{Actor, sla_timer};
use crate::store;
use crate::store::case_part::{clock, entry};
use crate::timelines::Timelines;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::jobs::{self, Handler, Job, Next, Plan};
use aftercare_platform::status::Error;
use aftercare_platform::transaction::Write;
use jiff::Timestamp;
use sea_orm::ConnectionTrait;
use std::sync::Arc;

const KIND: &str = "customer.calendar-amended";
/// Clocks of one turn.
const PAGE: u64 = 500;

/// Moves the timers of the cases whose clocks count by an amended calendar.
///
/// Clocks themselves hold no deadline: they are folded from the log by the newest version whenever they are read. Only
/// when the timer of a case rings has to be computed anew.
pub(crate) struct Amendment {
    pub timelines: Arc<Timelines>,
}

#[async_trait::async_trait]
impl Handler for Amendment {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, call: &Call, write: &mut Write, job: &Job) -> Result<Next, Error> {
        let actor = Actor::of_job(call);
        let db = write.tx();
        let from = String::from_utf8_lossy(&job.payload).into_owned();
        let page = clock::running_after(db, &actor.tenant, (&from, PAGE)).await?;
        let full = page.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
        let last = page.last().map(|(case, _)| case.clone());
        let counts = |record: &aftercare_customer_domain::clock::ClockRecord| {
            record.periods.iter().any(|period| period.terms.calendar == job.key)
        };
        let mut cases: Vec<&String> =
            page.iter().filter(|(_, c)| counts(&c.value)).map(|(case, _)| case).collect();
        cases.dedup();
        let mut moved = Vec::with_capacity(cases.len());
        for case in cases {
            // held, so that nothing happens to the case between its timer's reading and its moving
            store::case::hold(db, &actor.tenant, (case, None)).await?;
            let next = self.next(db, &actor, case).await?;
            moved.extend(next.map(|next| (case.clone(), next)));
        }
        sla_timer::plan_all(db, &actor, &moved).await?;
        match last.filter(|_| full) {
            // the last case of a full page may have more clocks: it is looked at again, as a whole
            Some(last) => Ok(Next::Continue { due: job.due, payload: last.into_bytes() }),
            None => Ok(Next::Done),
        }
    }
}

impl Amendment {
    /// When the next level of any clock of a case becomes true.
    async fn next(
        &self,
        db: &impl ConnectionTrait,
        actor: &Actor,
        case: &str,
    ) -> Result<Option<Timestamp>, Error> {
        let timeline = entry::of_case(db, &actor.tenant, case).await?;
        let mut next: Option<Timestamp> = None;
        for stored in clock::of_case(db, &actor.tenant, case).await? {
            let due = next_of(db, &self.timelines, actor, (stored, &timeline)).await?;
            next = [next, due].into_iter().flatten().min();
        }
        Ok(next)
    }
}

/// Plans the recomputation of whatever counts by a calendar.
pub(crate) async fn plan(
    db: &impl ConnectionTrait,
    actor: &Actor,
    calendar: &str,
) -> Result<(), StoreError> {
    let plan = Plan { kind: KIND, key: calendar, due: actor.now, payload: Vec::new() };
    jobs::schedule(db, crate::NAME, &actor.tenant, &[plan]).await
}
