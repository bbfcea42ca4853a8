//! The daily round: contacts of every customer are planned by themselves, and those of one whose complaint is over.

use super::Actor;
use super::follow_up::calendar;
use super::follow_up_plan::{Rules, keep, of_customer};
use crate::store;
use aftercare_customer_domain::follow_up::next_round;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::jobs::{self, Handler, Job, Next, Plan};
use aftercare_platform::status::Error;
use aftercare_platform::transaction::Write;
use jiff::{Span, Timestamp};
use sea_orm::ConnectionTrait;

/// One job a calendar, due at each midnight of its zone, for the rules that count by it; and one a customer, due once.
const KIND: &str = "customer.follow-ups";
/// Customers of one turn.
const PAGE: u64 = 50;
/// How far ahead contacts are planned: visits want two weeks to be arranged.
const AHEAD_HOURS: i64 = 14 * 24;

/// Plans what is due.
pub(crate) struct DailyRound;

#[async_trait::async_trait]
impl Handler for DailyRound {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, call: &Call, write: &mut Write, job: &Job) -> Result<Next, Error> {
        let (db, actor) = (write.tx(), &Actor::of_job(call));
        if let Some(customer) = job.key.strip_prefix("customers/") {
            let rules = Rules::of(db, actor, |_| true).await?;
            plan_one(db, actor, customer, &rules).await?;
            return Ok(Next::Done);
        }
        let id = job.key.trim_start_matches("calendars/");
        let rules = Rules::of(db, actor, |rule| rule.calendar == id).await?;
        if rules.is_empty() {
            return Ok(Next::Done);
        }
        let after = String::from_utf8_lossy(&job.payload);
        let page = store::customer::active_after(db, &actor.tenant, (&after, PAGE)).await?;
        for customer in &page {
            plan_one(db, actor, customer, &rules).await?;
        }
        let full = page.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
        Ok(match page.last().filter(|_| full) {
            Some(last) => Next::Continue { due: actor.now, payload: last.clone().into_bytes() },
            // After an outage one round is enough: it plans all whose days are not over.
            None => {
                let due = next_round(actor.now, calendar(db, actor, id).await?.zone());
                Next::Continue { due, payload: Vec::new() }
            }
        })
    }
}

async fn plan_one(
    db: &impl ConnectionTrait,
    actor: &Actor,
    customer: &str,
    rules: &Rules,
) -> Result<(), Error> {
    // Held first, so that nobody begins a contact of theirs between its reading and its writing.
    store::customer::hold(db, &actor.tenant, customer).await?;
    let until = actor.now.checked_add(Span::new().hours(AHEAD_HOURS)).unwrap_or(Timestamp::MAX);
    let planned = of_customer(db, actor, customer, (rules, until)).await?;
    keep(db, actor, customer, &planned).await
}

/// Plans the round of a calendar, at once and from then on daily. One that is under way begins anew: nothing is planned twice.
pub(crate) async fn plan_calendar(
    db: &impl ConnectionTrait,
    actor: &Actor,
    calendar: &str,
) -> Result<(), StoreError> {
    schedule(db, actor, &format!("calendars/{calendar}")).await
}

/// After a complaint is over: plans what it held back.
pub(crate) async fn complaint_over(
    db: &impl ConnectionTrait,
    actor: &Actor,
    customer: &str,
) -> Result<(), StoreError> {
    if store::follow_up::waits_for_complaints(db, &actor.tenant, customer).await? {
        schedule(db, actor, &format!("customers/{customer}")).await?;
    }
    Ok(())
}

async fn schedule(db: &impl ConnectionTrait, actor: &Actor, key: &str) -> Result<(), StoreError> {
    let plan = Plan { kind: KIND, key, due: actor.now, payload: Vec::new() };
    jobs::schedule(db, crate::NAME, &actor.tenant, &[plan]).await
}
