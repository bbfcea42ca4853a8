//! Takes what is due and runs it: one attempt, one transaction, one end.

use aftercare_kernel::fault::Class;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

use super::row::{self, End, Held};
use super::{Handler, Next};
use crate::database::StoreError;
use crate::identity::Call;
use crate::status::Error;
use crate::transaction::{Home, Unit};

/// How long a replica may hold a job before another one takes it.
const LEASE: Duration = Duration::from_secs(60);
/// Jobs that one claim takes: few, so that the last of them runs well within the lease.
const BATCH: u64 = 32;
/// How often the server looks.
const LOOK: Duration = Duration::from_secs(1);

/// What a round did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Ran {
    /// Jobs that ended, or are due again later.
    pub done: usize,
    /// Attempts that failed and wait for another.
    pub failed: usize,
    /// Jobs that are given up.
    pub dead: usize,
    /// Attempts that another replica or another plan overtook; they left nothing behind.
    pub lost: usize,
}

impl Ran {
    fn and(self, more: Self) -> Self {
        Self {
            done: self.done + more.done,
            failed: self.failed + more.failed,
            dead: self.dead + more.dead,
            lost: self.lost + more.lost,
        }
    }
}

/// Runs everything that is due at `now`, until nothing is.
///
/// # Errors
/// [`StoreError`] when jobs cannot be taken; what a handler says is kept with its job.
pub async fn run_due(
    home: &Home,
    handlers: &[Arc<dyn Handler>],
    now: Timestamp,
) -> Result<Ran, StoreError> {
    let mut ran = Ran::default();
    while let Some(more) = round(home, handlers, now).await? {
        ran = ran.and(more);
    }
    Ok(ran)
}

/// One claim and what comes of it; none when nothing is due.
async fn round(
    home: &Home,
    handlers: &[Arc<dyn Handler>],
    now: Timestamp,
) -> Result<Option<Ran>, StoreError> {
    let held = take(home, handlers, now).await?;
    let mut ran = Ran::default();
    for job in &held {
        ran = ran.and(attempt(home, handlers, job, now).await?);
    }
    Ok((!held.is_empty()).then_some(ran))
}

/// Runs a service's jobs until told to stop.
pub async fn run(
    home: Home,
    handlers: Vec<Arc<dyn Handler>>,
    mut stop: tokio::sync::watch::Receiver<bool>,
) {
    while !handlers.is_empty() && !*stop.borrow() {
        match round(&home, &handlers, Timestamp::now()).await {
            Ok(Some(_)) => continue,
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(service = home.name, %error, "due jobs could not be taken; they stay due");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = stop.changed() => {}
        }
    }
}

async fn take(
    home: &Home,
    handlers: &[Arc<dyn Handler>],
    now: Timestamp,
) -> Result<Vec<Held>, StoreError> {
    let kinds: Vec<&str> = handlers.iter().map(|handler| handler.kind()).collect();
    let lease_us = i64::try_from(LEASE.as_micros()).unwrap_or(i64::MAX);
    let due = row::due(home.name, &kinds, (now, lease_us), BATCH);
    // an idle look must not take a turn in the writer queue
    let mut any = due.clone();
    any.reset_limit().limit(1);
    if sea_orm::ConnectionTrait::query_one(home.read(), &any).await?.is_none() {
        return Ok(Vec::new());
    }
    let lease = uuid::Uuid::now_v7().to_string();
    let unit = Unit::begin(&home.database).await?;
    let held = row::claim(unit.tx(), home.name, due, (&lease, later(now, LEASE))).await?;
    unit.commit().await?;
    Ok(held)
}

async fn attempt(
    home: &Home,
    handlers: &[Arc<dyn Handler>],
    held: &Held,
    now: Timestamp,
) -> Result<Ran, StoreError> {
    let job = &held.job;
    let Some(handler) = handlers.iter().find(|handler| handler.kind() == job.kind) else {
        return Ok(Ran::default());
    };
    let retry = handler.retry();
    let error = if job.attempt > retry.attempts {
        // each attempt was counted when it was taken, so that a job that kills its process ends as well
        "its last attempt never ended".to_owned()
    } else {
        match act(home, handler.as_ref(), held, now).await {
            Ok(true) => return Ok(Ran { done: 1, ..Ran::default() }),
            Ok(false) => return Ok(Ran { lost: 1, ..Ran::default() }),
            Err(error) => {
                let passing = matches!(
                    error.fault().class(),
                    Class::Conflict | Class::Unavailable | Class::Deadline
                );
                if passing || job.attempt < retry.attempts {
                    let attempts =
                        if passing { job.attempt.saturating_sub(1) } else { job.attempt };
                    let next = later(now, retry.wait(job.attempt));
                    let error = shown(&error);
                    return close(home, held, End::Failed { next, attempts, error }).await;
                }
                shown(&error)
            }
        }
    };
    tracing::error!(job.kind = %job.kind, job.key = %job.key, %error, "a job is dead");
    close(home, held, End::Dead { error }).await
}

/// The handler's writes and the job's end, in one transaction; false when the lease was lost.
async fn act(
    home: &Home,
    handler: &dyn Handler,
    held: &Held,
    now: Timestamp,
) -> Result<bool, Error> {
    let call = Call::service(held.job.tenant.clone(), handler.kind(), now);
    let mut write = home.write(&call, "", &()).await?;
    let end = match handler.run(&call, &mut write, &held.job).await? {
        Next::Done => End::Done,
        // never the instant that runs: it would be due for ever
        Next::At(due) => End::Again(due.max(later(now, Duration::from_micros(1))), None),
        Next::Continue { due, payload } => End::Again(due, Some(payload)),
    };
    // last, so that rows are locked in the order in which an RPC that plans the same job locks them
    if !row::end(write.tx(), home.name, held, &end).await? {
        return Ok(false);
    }
    write.commit(()).await?;
    Ok(true)
}

async fn close(home: &Home, held: &Held, end: End) -> Result<Ran, StoreError> {
    let unit = Unit::begin(&home.database).await?;
    let mine = row::end(unit.tx(), home.name, held, &end).await?;
    unit.commit().await?;
    Ok(match (mine, end) {
        (false, _) => Ran { lost: 1, ..Ran::default() },
        (true, End::Dead { .. }) => Ran { dead: 1, ..Ran::default() },
        (true, End::Failed { .. } | End::Done | End::Again(..)) => {
            Ran { failed: 1, ..Ran::default() }
        }
    })
}

/// Reason and text, without more of a long text than an operator reads.
fn shown(error: &Error) -> String {
    format!("{}: {error}", error.fault().reason()).chars().take(500).collect()
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}
