//! A job is never lost and never done twice in effect: races, crashes, outages, failures.

use super::{home, insert, tally};
use aftercare_kernel::fault::{Class, Fault, Invalid};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::jobs::{self, Handler, Job, Next, Plan, Ran, State, run_due};
use aftercare_platform::status::Error;
use aftercare_platform::testing::{Kind, call};
use aftercare_platform::transaction::{Home, Write};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;

const KIND: &str = "test.tally";

/// Tallies a row for each job; what it is told to do before that is in the payload.
struct Tallier {
    runs: AtomicUsize,
    entered: Semaphore,
    /// Who is told to wait goes on with a permit.
    gate: Semaphore,
}

#[async_trait::async_trait]
impl Handler for Tallier {
    fn kind(&self) -> &'static str {
        KIND
    }
    async fn run(&self, _: &Call, write: &mut Write, job: &Job) -> Result<Next, Error> {
        let run = self.runs.fetch_add(1, Ordering::SeqCst);
        insert(write.tx(), &format!("{}-{run}", job.key)).await.map_err(StoreError::from)?;
        match job.payload.as_slice() {
            b"fail" => Err(Invalid::field("job", "not today").into()),
            b"twice" if run == 0 => Ok(Next::At(after(job.due, 3600))),
            b"three" => Ok(Next::Continue { due: job.due, payload: b"two".to_vec() }),
            b"two" => Ok(Next::Continue { due: job.due, payload: b"one".to_vec() }),
            b"once locked" if run == 0 => Err(Locked.into()),
            b"wait" if run == 0 => {
                self.entered.add_permits(1);
                self.gate.acquire().await.unwrap().forget();
                Ok(Next::Done)
            }
            _ => Ok(Next::Done),
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("another write came first")]
struct Locked;

impl Fault for Locked {
    fn class(&self) -> Class {
        Class::Conflict
    }
    fn reason(&self) -> &'static str {
        "WRITE_RACE"
    }
}

fn tallier() -> Arc<Tallier> {
    let (entered, gate) = (Semaphore::new(0), Semaphore::new(0));
    Arc::new(Tallier { runs: AtomicUsize::new(0), entered, gate })
}

fn handlers(tallier: &Arc<Tallier>) -> Vec<Arc<dyn Handler>> {
    vec![tallier.clone()]
}

fn after(at: Timestamp, seconds: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_secs(seconds)).unwrap()
}

fn noon() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn acme() -> TenantId {
    TenantId::parse("acme").unwrap()
}

async fn plan(home: &Home, key: &str, due: Timestamp, payload: &[u8]) {
    let call = call("acme", &["admin"], due).unwrap();
    let write = home.write(&call, "", &()).await.unwrap();
    let plan = Plan { kind: KIND, key, due, payload: payload.to_vec() };
    write.schedule(&plan).await.unwrap();
    write.commit(()).await.unwrap();
}

async fn due(home: &Home, tallier: &Arc<Tallier>, now: Timestamp) -> Ran {
    run_due(home, &handlers(tallier), now).await.unwrap()
}

fn done(done: usize) -> Ran {
    Ran { done, ..Ran::default() }
}

async fn what_goes_on_by_itself_is_not_moved(kind: Kind) {
    let (home, tallier) = (home(kind).await, tallier());
    for due in [noon(), after(noon(), 3600)] {
        let call = call("acme", &["admin"], noon()).unwrap();
        let write = home.write(&call, "", &()).await.unwrap();
        let plan = |key, due| Plan { kind: KIND, key, due, payload: Vec::new() };
        write.schedule_new(&[plan("a", due), plan("b", after(due, 60))]).await.unwrap();
        write.commit(()).await.unwrap();
    }
    assert_eq!(due(&home, &tallier, noon()).await, done(1));
    assert_eq!(due(&home, &tallier, after(noon(), 60)).await, done(1));
    assert_eq!(due(&home, &tallier, after(noon(), 9999)).await, done(0));
}

async fn a_job_runs_once_when_its_time_has_come(kind: Kind) {
    let (home, tallier) = (home(kind).await, tallier());
    plan(&home, "a", noon(), b"").await;
    plan(&home, "moved", noon(), b"").await;
    plan(&home, "moved", after(noon(), 60), b"").await;
    plan(&home, "gone", noon(), b"").await;
    let call = call("acme", &["admin"], noon()).unwrap();
    let write = home.write(&call, "", &()).await.unwrap();
    write.cancel(KIND, "gone").await.unwrap();
    write.schedule(&Plan { kind: KIND, key: "b", due: noon(), payload: Vec::new() }).await.unwrap();
    drop(write);
    let write = home.write(&call, "", &()).await.unwrap();
    write.cancel(KIND, "gone").await.unwrap();
    write.commit(()).await.unwrap();
    assert_eq!(due(&home, &tallier, after(noon(), -1)).await, done(0));
    assert_eq!(due(&home, &tallier, noon()).await, done(1));
    assert_eq!(due(&home, &tallier, after(noon(), 60)).await, done(1));
    assert_eq!(due(&home, &tallier, after(noon(), 9999)).await, done(0));
    let rows = (tally(&home, "a").await, tally(&home, "moved").await, tally(&home, "gone").await);
    assert_eq!((rows, tally(&home, "b").await), ((1, 1, 0), 0));
}

async fn a_job_can_be_due_again(kind: Kind) {
    let (home, tallier) = (home(kind).await, tallier());
    plan(&home, "a", noon(), b"twice").await;
    assert_eq!(due(&home, &tallier, after(noon(), 5)).await, done(1));
    assert_eq!(due(&home, &tallier, after(noon(), 3599)).await, done(0));
    assert_eq!(due(&home, &tallier, after(noon(), 3600)).await, done(1));
    assert_eq!(tally(&home, "a").await, 2);
}

async fn long_work_goes_on_in_short_turns(kind: Kind) {
    let (home, tallier) = (home(kind).await, tallier());
    plan(&home, "a", noon(), b"three").await;
    assert_eq!(due(&home, &tallier, noon()).await, done(3));
    assert_eq!(tally(&home, "a").await, 3);
}

async fn a_job_that_fails_waits_longer_each_time_and_dies_in_sight(kind: Kind) {
    let (home, tallier) = (home(kind).await, tallier());
    plan(&home, "a", noon(), b"fail").await;
    let mut now = noon();
    for attempt in 1..12u32 {
        let ran = due(&home, &tallier, now).await;
        assert_eq!(ran, Ran { failed: 1, ..Ran::default() }, "attempt {attempt}");
        let wait = i64::from(2u32.pow(attempt - 1));
        assert_eq!(due(&home, &tallier, after(now, wait - 1)).await, done(0));
        now = after(now, wait);
    }
    assert_eq!(due(&home, &tallier, now).await, Ran { dead: 1, ..Ran::default() });
    assert_eq!(due(&home, &tallier, after(now, 999_999)).await, done(0));
    let dead = jobs::list(&home, &acme(), State::Dead, 10).await.unwrap();
    assert_eq!((dead.len(), dead[0].job.key.as_str(), dead[0].job.attempt), (1, "a", 12));
    assert!(dead[0].last_error.starts_with("INVALID_FIELDS"), "{}", dead[0].last_error);
    assert_eq!(tally(&home, "a").await, 0);
    assert!(jobs::revive(&home, &acme(), (KIND, "a"), now).await.unwrap());
    assert!(!jobs::revive(&home, &acme(), (KIND, "a"), now).await.unwrap());
    assert_eq!(due(&home, &tallier, now).await, Ran { failed: 1, ..Ran::default() });
    assert!(jobs::list(&home, &acme(), State::Dead, 10).await.unwrap().is_empty());
}

async fn a_write_race_spends_no_attempt(kind: Kind) {
    let (home, tallier) = (home(kind).await, tallier());
    plan(&home, "a", noon(), b"once locked").await;
    assert_eq!(due(&home, &tallier, noon()).await, Ran { failed: 1, ..Ran::default() });
    let waiting = jobs::list(&home, &acme(), State::Waiting, 10).await.unwrap();
    assert_eq!((waiting[0].job.attempt, waiting[0].next_attempt), (0, after(noon(), 1)));
    assert_eq!(due(&home, &tallier, after(noon(), 1)).await, done(1));
    assert_eq!(tally(&home, "a").await, 1);
}

/// Takes the job at noon and goes away without ending it.
async fn die(home: &Home, tallier: &Arc<Tallier>) {
    let (theirs, list) = (home.clone(), handlers(tallier));
    let dying = tokio::spawn(async move { run_due(&theirs, &list, noon()).await.map(drop) });
    tallier.entered.acquire().await.unwrap().forget();
    dying.abort();
    assert!(dying.await.unwrap_err().is_cancelled());
}

async fn a_replica_that_dies_loses_its_lease_and_not_the_job(kind: Kind) {
    let (home, tallier) = (home(kind).await, tallier());
    plan(&home, "a", noon(), b"wait").await;
    die(&home, &tallier).await;
    assert_eq!(due(&home, &tallier, after(noon(), 59)).await, done(0));
    assert_eq!(due(&home, &tallier, after(noon(), 60)).await, done(1));
    assert_eq!(tally(&home, "a").await, 1);
}

async fn a_clock_that_is_set_back_does_not_stretch_a_lease(kind: Kind) {
    let (home, tallier) = (home(kind).await, tallier());
    plan(&home, "a", after(noon(), -7200), b"wait").await;
    die(&home, &tallier).await;
    assert_eq!(due(&home, &tallier, after(noon(), -3600)).await, done(1));
    assert_eq!(tally(&home, "a").await, 1);
}

async fn two_homes_racing_after_an_outage_do_each_job_once(kind: Kind) {
    let home = home(kind).await;
    for n in 0..150 {
        plan(&home, &format!("r{n:03}-"), after(noon(), -n), b"").await;
    }
    let other = Home::new(home.database.clone(), home.name);
    let (one, two) = (tallier(), tallier());
    let (first, second) = (handlers(&one), handlers(&two));
    let now = after(noon(), 7 * 86400);
    let (a, b) = tokio::join!(run_due(&home, &first, now), run_due(&other, &second, now));
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_eq!((a.done + b.done, a.failed + b.failed, a.lost + b.lost), (150, 0, 0));
    assert_eq!(tally(&home, "r").await, 150);
    assert_eq!(one.runs.load(Ordering::SeqCst) + two.runs.load(Ordering::SeqCst), 150);
}

/// Only a database with several writers lets a slow replica be overtaken.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_replica_that_was_overtaken_leaves_nothing_behind() {
    let (home, tallier) = (home(Kind::Postgres).await, tallier());
    plan(&home, "a", noon(), b"wait").await;
    let (theirs, list) = (home.clone(), handlers(&tallier));
    let slow = tokio::spawn(async move { run_due(&theirs, &list, noon()).await });
    tallier.entered.acquire().await.unwrap().forget();
    assert_eq!(due(&home, &tallier, after(noon(), 60)).await, done(1));
    tallier.gate.add_permits(1);
    assert_eq!(slow.await.unwrap().unwrap(), Ran { lost: 1, ..Ran::default() });
    assert_eq!(tally(&home, "a").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_planned_anew_while_it_runs_runs_again_and_the_old_run_leaves_nothing() {
    let (home, tallier) = (home(Kind::Postgres).await, tallier());
    plan(&home, "a", noon(), b"wait").await;
    let (theirs, list) = (home.clone(), handlers(&tallier));
    let old = tokio::spawn(async move { run_due(&theirs, &list, noon()).await });
    tallier.entered.acquire().await.unwrap().forget();
    plan(&home, "a", after(noon(), 10), b"").await;
    tallier.gate.add_permits(1);
    assert_eq!(old.await.unwrap().unwrap(), Ran { lost: 1, ..Ran::default() });
    assert_eq!(due(&home, &tallier, after(noon(), 10)).await, done(1));
    assert_eq!(tally(&home, "a").await, 1);
}

macro_rules! on_both {
    ($($test:ident => $sqlite:ident, $postgresql:ident;)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $sqlite() { $test(Kind::Sqlite).await; }
        #[tokio::test(flavor = "multi_thread")]
        async fn $postgresql() { $test(Kind::Postgres).await; }
    )*};
}

on_both! {
    a_job_runs_once_when_its_time_has_come => due_on_sqlite, due_on_postgresql;
    what_goes_on_by_itself_is_not_moved => kept_on_sqlite, kept_on_postgresql;
    a_job_can_be_due_again => again_on_sqlite, again_on_postgresql;
    a_job_that_fails_waits_longer_each_time_and_dies_in_sight => failing_on_sqlite, failing_on_postgresql;
    long_work_goes_on_in_short_turns => long_on_sqlite, long_on_postgresql;
    a_write_race_spends_no_attempt => race_on_sqlite, race_on_postgresql;
    a_replica_that_dies_loses_its_lease_and_not_the_job => lease_on_sqlite, lease_on_postgresql;
    a_clock_that_is_set_back_does_not_stretch_a_lease => back_on_sqlite, back_on_postgresql;
    two_homes_racing_after_an_outage_do_each_job_once => replicas_on_sqlite, replicas_on_postgresql;
}
