//! Jobs: work that is due at a time, kept as rows, taken by one replica under a lease, done once in effect.
//!
//! A service names its handlers in `Module::jobs` and plans work with [`Write::schedule`], in the transaction of what
//! causes it. A job is known by tenant, kind and key: planning the same key again replaces it, so that a timer that moves
//! has one row. When its time has come, [`Handler::run`] gets a [`Write`]; what it writes there, the events that it
//! emits, and the job's own end commit together or not at all. A replica that dies loses its lease and another one starts
//! over; a job that fails waits longer each time and is dead, and seen in [`list`], after its last attempt. The server
//! runs what is due each second; tests call `TestSuite::run_due` with the present that they want.

mod row;
mod run;

use row::Planned;
pub use run::{Ran, run, run_due};

use aftercare_kernel::ids::TenantId;
use jiff::Timestamp;
use std::time::Duration;

use crate::database::StoreError;
use crate::identity::Call;
use crate::status::Error;
use crate::transaction::{Home, Unit, Write};

/// Work to be done at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan<'a> {
    /// Which handler does it.
    pub kind: &'a str,
    /// What it is about, unique in tenant and kind: `cases/k1/clocks/resolution`.
    pub key: &'a str,
    /// When it is due; in the past means at once.
    pub due: Timestamp,
    /// What the handler needs beside the key.
    pub payload: Vec<u8>,
}

/// A job as its handler gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The tenant that it belongs to.
    pub tenant: TenantId,
    /// Which handler does it.
    pub kind: String,
    /// What it is about.
    pub key: String,
    /// When it was due; the call's `now` is when it runs.
    pub due: Timestamp,
    /// As it was planned.
    pub payload: Vec<u8>,
    /// Which attempt this is, from 1.
    pub attempt: u32,
}

/// What becomes of a job that ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// It is over.
    Done,
    /// The same key is due again then, with the same payload and no attempts spent.
    At(Timestamp),
    /// The same key goes on later from where this turn came to: long work in short transactions.
    Continue {
        /// When; the present or earlier means at once.
        due: Timestamp,
        /// Where it goes on.
        payload: Vec<u8>,
    },
}

/// How often a job is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// After so many attempts it is dead. A database that is away or a write race spends none.
    pub attempts: u32,
    /// The wait after the first failure; it doubles with each.
    pub first_wait: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
}

impl Retry {
    /// The wait after the `attempt`-th failure.
    #[must_use]
    pub fn wait(&self, attempt: u32) -> Duration {
        let doubled = 2u32.saturating_pow(attempt.saturating_sub(1));
        self.first_wait.saturating_mul(doubled).min(self.longest_wait)
    }
}

impl Default for Retry {
    fn default() -> Self {
        let hour = Duration::from_secs(3600);
        Self { attempts: 12, first_wait: Duration::from_secs(1), longest_wait: hour }
    }
}

/// Does the jobs of one kind.
#[async_trait::async_trait]
pub trait Handler: Send + Sync {
    /// Stable name: `customer.sla-timer`.
    fn kind(&self) -> &'static str;
    /// How often it is tried.
    fn retry(&self) -> Retry {
        Retry::default()
    }
    /// Does the job. `call.now` is the present; nothing else is.
    ///
    /// # Errors
    /// Then nothing of `write` stays and the job is tried again later.
    async fn run(&self, call: &Call, write: &mut Write, job: &Job) -> Result<Next, Error>;
}

/// Whether a job waits or is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// For its time or its next attempt.
    Waiting,
    /// Every attempt failed; [`revive`] tries again.
    Dead,
}

/// A job as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The job.
    pub job: Job,
    /// Whether it waits or is dead.
    pub state: State,
    /// When it is tried next.
    pub next_attempt: Timestamp,
    /// What went wrong last; empty before.
    pub last_error: String,
}

impl Write {
    /// Plans a job of this write's tenant, or moves it: it is there if and only if the write commits. A handler moves the
    /// job that it runs by [`Next::At`], not by this: planning it here takes the job from itself.
    ///
    /// # Errors
    /// [`StoreError`] as the database says.
    pub async fn schedule(&self, plan: &Plan<'_>) -> Result<(), StoreError> {
        self.schedule_all(std::slice::from_ref(plan)).await
    }

    /// Plans many jobs, each key once.
    ///
    /// # Errors
    /// [`StoreError`] as the database says.
    pub async fn schedule_all(&self, plans: &[Plan<'_>]) -> Result<(), StoreError> {
        schedule(self.tx(), self.source(), self.call().tenant(), plans).await
    }

    /// Plans jobs that are not planned yet; one that waits, runs or is dead stays as it is. For what goes on by itself once
    /// it was planned: moving it would pass over what it has not done yet.
    ///
    /// # Errors
    /// [`StoreError`] as the database says.
    pub async fn schedule_new(&self, plans: &[Plan<'_>]) -> Result<(), StoreError> {
        let plans = (plans, Planned::Kept);
        row::insert(self.tx(), self.source(), self.call().tenant(), plans).await
    }

    /// Takes a job back; one that does not exist is no error.
    ///
    /// # Errors
    /// [`StoreError`] as the database says.
    pub async fn cancel(&self, kind: &str, key: &str) -> Result<(), StoreError> {
        row::delete(self.tx(), self.source(), self.call().tenant(), (kind, key)).await
    }
}

/// Plans jobs of a service in a transaction that is open: what [`Write::schedule_all`] does.
///
/// # Errors
/// [`StoreError`] as the database says.
pub async fn schedule(
    tx: &impl sea_orm::ConnectionTrait,
    service: &str,
    tenant: &TenantId,
    plans: &[Plan<'_>],
) -> Result<(), StoreError> {
    row::insert(tx, service, tenant, (plans, Planned::Moved)).await
}

/// Takes a job back in a transaction that is open: what [`Write::cancel`] does.
///
/// # Errors
/// [`StoreError`] as the database says.
pub async fn cancel(
    tx: &impl sea_orm::ConnectionTrait,
    service: &str,
    tenant: &TenantId,
    key: (&str, &str),
) -> Result<(), StoreError> {
    row::delete(tx, service, tenant, key).await
}

/// A service's jobs of a tenant, the earliest first, at most `limit`.
///
/// # Errors
/// [`StoreError`] as the database says.
pub async fn list(
    home: &Home,
    tenant: &TenantId,
    state: State,
    limit: u64,
) -> Result<Vec<Listed>, StoreError> {
    row::list(home.read(), home.name, tenant, (state, limit)).await
}

/// Gives a dead job its attempts back, due at once; answers whether there was one.
///
/// # Errors
/// [`StoreError`] as the database says.
pub async fn revive(
    home: &Home,
    tenant: &TenantId,
    (kind, key): (&str, &str),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let unit = Unit::begin(&home.database).await?;
    let found = row::revive(unit.tx(), home.name, tenant, (kind, key, now)).await?;
    unit.commit().await?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_the_longest() {
        let retry = Retry::default();
        let waits: Vec<u64> = [1, 2, 3, 12, 13, 40].map(|n| retry.wait(n).as_secs()).to_vec();
        assert_eq!(waits, [1, 2, 4, 2048, 3600, 3600]);
    }
}
