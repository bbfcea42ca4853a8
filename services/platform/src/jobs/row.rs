//! The table of jobs: planned, claimed, ended.

use aftercare_kernel::ids::TenantId;
use jiff::Timestamp;
use sea_orm::sea_query::{
    Cond, Expr, ExprTrait, LockBehavior, LockType, OnConflict, Order, Query, SelectStatement,
};
use sea_orm::{ConnectionTrait, QueryResult};

use super::{Job, Listed, Plan, State};
use crate::database::StoreError;
use crate::row::instant;

const TABLE: &str = "platform_job";
const WAITING: &str = "WAITING";
const DEAD: &str = "DEAD";
/// Rows that one statement holds: below SQLite's limit of bound values.
const ROWS_A_STATEMENT: usize = 500;
const COLUMNS: [&str; 12] = [
    "tenant",
    "service",
    "kind",
    "job_key",
    "due_time",
    "next_attempt_time",
    "payload",
    "state",
    "attempts",
    "lease",
    "lease_end_time",
    "last_error",
];
const KEY: [&str; 4] = ["tenant", "service", "kind", "job_key"];

/// A job that this replica holds until its lease ends.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub job: Job,
    /// Empty again as soon as anybody plans the job anew.
    pub lease: String,
}

/// What becomes of a job that is planned already when its key is planned again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Planned {
    /// The new plan replaces it.
    Moved,
    /// It stays as it is.
    Kept,
}

pub(super) async fn insert(
    tx: &impl ConnectionTrait,
    service: &str,
    tenant: &TenantId,
    (plans, planned): (&[Plan<'_>], Planned),
) -> Result<(), StoreError> {
    let mut conflict = OnConflict::columns(KEY);
    match planned {
        // the lease goes too: who runs the old plan finds it gone and leaves nothing behind
        Planned::Moved => conflict.update_columns(COLUMNS[4..].to_vec()),
        Planned::Kept => conflict.do_nothing(),
    };
    for chunk in plans.chunks(ROWS_A_STATEMENT) {
        let mut insert = Query::insert()
            .into_table(TABLE)
            .columns(COLUMNS)
            .on_conflict(conflict.clone())
            .to_owned();
        for plan in chunk {
            let due = plan.due.as_microsecond();
            insert.values_panic([
                tenant.as_str().into(),
                service.into(),
                plan.kind.into(),
                plan.key.into(),
                due.into(),
                due.into(),
                plan.payload.clone().into(),
                WAITING.into(),
                0.into(),
                "".into(),
                0i64.into(),
                "".into(),
            ]);
        }
        tx.execute(&insert).await?;
    }
    Ok(())
}

pub(super) async fn delete(
    tx: &impl ConnectionTrait,
    service: &str,
    tenant: &TenantId,
    key: (&str, &str),
) -> Result<(), StoreError> {
    let delete =
        Query::delete().from_table(TABLE).cond_where(named(service, tenant, key)).to_owned();
    tx.execute(&delete).await?;
    Ok(())
}

/// Jobs whose time has come and that nobody holds. A lease that ends later than a fresh one would was given by a clock
/// that has since been set back.
pub(super) fn due(
    service: &str,
    kinds: &[&str],
    (now, lease_us): (Timestamp, i64),
    limit: u64,
) -> SelectStatement {
    let now = now.as_microsecond();
    let free = Cond::any()
        .add(Expr::col("lease_end_time").lte(now))
        .add(Expr::col("lease_end_time").gt(now.saturating_add(lease_us)));
    Query::select()
        .columns(COLUMNS)
        .from(TABLE)
        .and_where(Expr::col("service").eq(service))
        .and_where(Expr::col("state").eq(WAITING))
        .and_where(Expr::col("next_attempt_time").lte(now))
        .and_where(Expr::col("kind").is_in(kinds.iter().copied()))
        .cond_where(free)
        .order_by("next_attempt_time", Order::Asc)
        .order_by("job_key", Order::Asc)
        .limit(limit)
        .to_owned()
}

/// Takes due jobs under a lease; what another replica is taking at this moment is passed over.
pub(super) async fn claim(
    tx: &impl ConnectionTrait,
    service: &str,
    mut due: SelectStatement,
    (lease, lease_end): (&str, Timestamp),
) -> Result<Vec<Held>, StoreError> {
    due.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    let rows = tx.query_all(&due).await?;
    let mut held = Vec::with_capacity(rows.len());
    for row in &rows {
        let mut job = job(row)?;
        let update = Query::update()
            .table(TABLE)
            .value("attempts", Expr::col("attempts").add(1))
            .value("lease", lease)
            .value("lease_end_time", lease_end.as_microsecond())
            .cond_where(named(service, &job.tenant, (&job.kind, &job.key)))
            .to_owned();
        tx.execute(&update).await?;
        job.attempt += 1;
        held.push(Held { job, lease: lease.to_owned() });
    }
    Ok(held)
}

/// What becomes of a held job.
pub(super) enum End {
    Done,
    Again(Timestamp, Option<Vec<u8>>),
    Failed { next: Timestamp, attempts: u32, error: String },
    Dead { error: String },
}

/// Ends a turn; false when the lease was lost, and then the caller's transaction must not commit.
pub(super) async fn end(
    tx: &impl ConnectionTrait,
    service: &str,
    held: &Held,
    end: &End,
) -> Result<bool, StoreError> {
    let job = &held.job;
    let mine = named(service, &job.tenant, (&job.kind, &job.key))
        .add(Expr::col("lease").eq(held.lease.as_str()));
    let mut update =
        Query::update().table(TABLE).value("lease", "").value("lease_end_time", 0i64).to_owned();
    match end {
        End::Done => {
            let delete = Query::delete().from_table(TABLE).cond_where(mine).to_owned();
            return Ok(tx.execute(&delete).await?.rows_affected() == 1);
        }
        End::Again(due, payload) => {
            if let Some(payload) = payload {
                update.value("payload", payload.clone());
            }
            update.values([
                ("due_time", due.as_microsecond().into()),
                ("next_attempt_time", due.as_microsecond().into()),
                ("attempts", 0.into()),
                ("last_error", "".into()),
            ]);
        }
        End::Failed { next, attempts, error } => {
            update.values([
                ("next_attempt_time", next.as_microsecond().into()),
                ("attempts", i32::try_from(*attempts).unwrap_or(i32::MAX).into()),
                ("last_error", error.as_str().into()),
            ]);
        }
        End::Dead { error } => {
            update.values([("state", DEAD.into()), ("last_error", error.as_str().into())]);
        }
    }
    update.cond_where(mine);
    Ok(tx.execute(&update).await?.rows_affected() == 1)
}

pub(super) async fn list(
    db: &impl ConnectionTrait,
    service: &str,
    tenant: &TenantId,
    (state, limit): (State, u64),
) -> Result<Vec<Listed>, StoreError> {
    let word = match state {
        State::Waiting => WAITING,
        State::Dead => DEAD,
    };
    let select = Query::select()
        .columns(COLUMNS)
        .from(TABLE)
        .and_where(Expr::col("tenant").eq(tenant.as_str()))
        .and_where(Expr::col("service").eq(service))
        .and_where(Expr::col("state").eq(word))
        .order_by("next_attempt_time", Order::Asc)
        .order_by("kind", Order::Asc)
        .order_by("job_key", Order::Asc)
        .limit(limit)
        .to_owned();
    let listed = |row: &QueryResult| {
        let next_attempt = instant(TABLE, row.try_get("", "next_attempt_time")?)?;
        Ok(Listed {
            job: job(row)?,
            state,
            next_attempt,
            last_error: row.try_get("", "last_error")?,
        })
    };
    db.query_all(&select).await?.iter().map(listed).collect()
}

pub(super) async fn revive(
    tx: &impl ConnectionTrait,
    service: &str,
    tenant: &TenantId,
    (kind, key, now): (&str, &str, Timestamp),
) -> Result<bool, StoreError> {
    let update = Query::update()
        .table(TABLE)
        .value("state", WAITING)
        .value("attempts", 0)
        .value("next_attempt_time", now.as_microsecond())
        .cond_where(named(service, tenant, (kind, key)).add(Expr::col("state").eq(DEAD)))
        .to_owned();
    Ok(tx.execute(&update).await?.rows_affected() == 1)
}

fn named(service: &str, tenant: &TenantId, (kind, key): (&str, &str)) -> Cond {
    Cond::all()
        .add(Expr::col("tenant").eq(tenant.as_str()))
        .add(Expr::col("service").eq(service))
        .add(Expr::col("kind").eq(kind))
        .add(Expr::col("job_key").eq(key))
}

fn job(row: &QueryResult) -> Result<Job, StoreError> {
    let tenant: String = row.try_get("", "tenant")?;
    let attempts: i32 = row.try_get("", "attempts")?;
    Ok(Job {
        tenant: TenantId::parse(&tenant).map_err(|cause| StoreError::corrupt(TABLE, cause))?,
        kind: row.try_get("", "kind")?,
        key: row.try_get("", "job_key")?,
        due: instant(TABLE, row.try_get("", "due_time")?)?,
        payload: row.try_get("", "payload")?,
        attempt: u32::try_from(attempts).unwrap_or(0),
    })
}
