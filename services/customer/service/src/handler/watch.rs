//! `WatchCases`: cases as they change. Resumable, and limited to what the caller may see.

use super::clock::of_case;
use super::{Actor, parsed};
use crate::convert::case::{present, present_entry};
use crate::listing::{Asked, CASES, LIMITS};
use crate::server::Server;
use crate::store::case_part::{entry, feed};
use crate::store::{self, Stored};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_kernel::fault::{Invalid, Violations};
use aftercare_platform::database::StoreError;
use aftercare_platform::paging::Plan;
use aftercare_platform::status::Error;
use jiff::{SignedDuration, Timestamp};
use sea_orm::{ColumnTrait, QueryFilter};
use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

/// Entries that are read at once.
const BATCH: u64 = 200;
/// How often the feed is looked at.
const LOOK: Duration = Duration::from_millis(250);
/// A write that takes longer than this between its first statement and its commit may be missed. The feed is in the order
/// in which entries were made, and a slow write becomes visible behind faster ones, so that this much is read again.
const OVERLAP: SignedDuration = SignedDuration::from_secs(15);
/// Positions that are remembered within the overlap.
const REMEMBERED: usize = 20_000;

/// A watch under way.
pub(crate) struct Watch {
    server: Server,
    actor: Actor,
    filter: String,
    /// When the watch began: clocks are read at the call's present and on from there.
    began: Instant,
    /// Everything before it was seen.
    from: String,
    /// What was seen after it.
    seen: BTreeSet<String>,
    ready: VecDeque<pb::WatchCasesResponse>,
}

impl Watch {
    /// Begins at a resume token, or now.
    pub fn begin(
        server: Server,
        actor: Actor,
        request: &pb::WatchCasesRequest,
    ) -> Result<Self, Error> {
        let position = parsed(|wrong| match request.resume_token.as_str() {
            "" => Some(position_at(Timestamp::now())),
            token => wrong.take("resume_token", parse_token(token)),
        })?;
        let mut watch = Self {
            server,
            actor,
            filter: request.filter.clone(),
            began: Instant::now(),
            from: position.clone(),
            seen: BTreeSet::new(),
            ready: VecDeque::new(),
        };
        if !request.resume_token.is_empty() {
            watch.seen.insert(position);
        }
        watch.plan()?;
        Ok(watch)
    }

    /// The filter as a plan over cases; wrong ones are refused when the watch begins.
    fn plan(&self) -> Result<Plan, Error> {
        let mut wrong = Violations::new();
        let asked = Asked {
            page_size: 1000,
            page_token: "",
            filter: &self.filter,
            order_by: "",
            parent: "",
        };
        let request = asked.by(&self.actor, "CaseService/WatchCases");
        let pager = &self.server.pager;
        let plan =
            pager.plan_into(&mut wrong, &request, &CASES.fields, &CASES.orders, &["id"], LIMITS);
        wrong.finish()?;
        plan.ok_or_else(|| Invalid::field("filter", "cannot be used").into())
    }

    /// The next change; waits until there is one.
    pub async fn next(&mut self) -> Result<pb::WatchCasesResponse, Error> {
        loop {
            if let Some(change) = self.ready.pop_front() {
                return Ok(change);
            }
            if !self.read().await? {
                tokio::time::sleep(LOOK).await;
            }
        }
    }

    /// Reads what is new; false if nothing is.
    async fn read(&mut self) -> Result<bool, Error> {
        let tenant = self.actor.tenant.clone();
        let db = self.server.home.read();
        let mut fresh = Vec::new();
        let mut after = overlapped(&self.from);
        loop {
            let rows = feed::after(db, &tenant, (&after, BATCH)).await?;
            let last = rows.last().map(|row| row.position.clone());
            let full = rows.len() == usize::try_from(BATCH).unwrap_or(usize::MAX);
            // what is older than the overlap of the first position was there when the watch began
            let known = |position: &str| self.seen.contains(position);
            fresh.extend(rows.into_iter().filter(|row| !known(&row.position)));
            match last {
                Some(last) if full && fresh.is_empty() => after = last,
                _ => break,
            }
        }
        if self.seen.is_empty() {
            // the first look: what came before the watch is not for it
            let begin = self.from.clone();
            let old = fresh.iter().filter(|row| row.position <= begin);
            self.seen.extend(old.map(|row| row.position.clone()));
            self.seen.insert(begin.clone());
            fresh.retain(|row| row.position > begin);
        }
        if fresh.is_empty() {
            return Ok(false);
        }
        self.admit(fresh).await?;
        Ok(true)
    }

    /// Makes changes ready, of cases that the filter wants and the caller may see.
    async fn admit(&mut self, fresh: Vec<feed::entity::Model>) -> Result<(), Error> {
        let db = self.server.home.read();
        let tenant = self.actor.tenant.clone();
        let ids: BTreeSet<String> = fresh.iter().map(|row| row.case_id.clone()).collect();
        let column = store::case::entity::Column::Id;
        let select = store::case::within(&tenant, &self.actor.principal).filter(column.is_in(ids));
        let (rows, _) = self.plan()?.fetch(select, db).await.map_err(StoreError::from)?;
        let cases: Vec<Stored<_>> =
            rows.into_iter().map(Stored::try_from).collect::<Result<_, _>>()?;
        for row in fresh {
            self.seen.insert(row.position.clone());
            if row.position > self.from {
                self.from.clone_from(&row.position);
            }
            let Some(case) = cases.iter().find(|case| case.id == row.case_id) else { continue };
            let timeline = entry::of_case(db, &tenant, &case.id).await?;
            let Some((at, said)) = timeline.into_iter().find(|(at, _)| *at == row.version) else {
                continue;
            };
            let now = self.actor.now.checked_add(self.began.elapsed()).unwrap_or(self.actor.now);
            let actor = Actor { now, ..self.actor.clone() };
            let clocks = of_case(db, &self.server.timelines, &actor, &case.id).await?;
            self.ready.push_back(pb::WatchCasesResponse {
                case: Some(present(case, clocks)),
                entry: Some(present_entry(&case.id, at, &said)),
                resume_token: self.from.clone(),
            });
        }
        let horizon = overlapped(&self.from);
        self.seen = self.seen.split_off(&horizon);
        while self.seen.len() > REMEMBERED {
            self.seen.pop_first();
        }
        Ok(())
    }
}

/// The first position that an entry of this instant can have: a UUIDv7 begins with its milliseconds.
fn position_at(at: Timestamp) -> String {
    format!("{:012x}{:020}", at.as_millisecond().max(0), 0)
}

fn parse_token(token: &str) -> Result<String, &'static str> {
    let sound = token.len() == 32 && token.bytes().all(|b| b.is_ascii_hexdigit());
    if sound { Ok(token.to_ascii_lowercase()) } else { Err("is not one of this method") }
}

/// The position that lies the overlap before another.
fn overlapped(position: &str) -> String {
    let millis = position.get(..12).and_then(|hex| i64::from_str_radix(hex, 16).ok()).unwrap_or(0);
    let at = Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH);
    position_at(at.checked_sub(OVERLAP).unwrap_or(Timestamp::UNIX_EPOCH))
}
