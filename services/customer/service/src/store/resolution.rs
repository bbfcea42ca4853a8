//! Runs of the batch resolution, each with a lease: whoever finds a lease that ended goes on.

use super::document::{document, upsert};
use super::{json, micros, parse};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use jiff::{SignedDuration, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

document!("customer_resolution", [id], [state], [lease_until]);

/// A run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Run {
    pub lower: f64,
    pub upper: f64,
    pub apply: bool,
    pub principal: String,
    pub stage: String,
    pub records: i64,
    pub pairs: i64,
    pub matches: i64,
    pub clusters: i64,
    pub reviews: i64,
    /// Merges that were applied.
    pub merged: i64,
    /// Why it failed.
    pub error: String,
}

pub(crate) const RUNNING: &str = "RUNNING";
pub(crate) const DONE: &str = "DONE";
pub(crate) const FAILED: &str = "FAILED";
pub(crate) const CANCELLED: &str = "CANCELLED";

/// A replica that says nothing for so long is taken for dead.
const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// A stored run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub id: String,
    pub state: String,
    pub lease_until: i64,
    pub run: Run,
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<Found, StoreError> {
    let row = entity::Entity::find_by_id((tenant.to_string(), id.to_owned())).one(db).await?;
    let name = || StoreError::NotFound { name: format!("operations/resolutions/{id}") };
    let row = row.ok_or_else(name)?;
    Ok(Found {
        run: parse(TABLE, &row.doc)?,
        id: row.id,
        state: row.state,
        lease_until: row.lease_until,
    })
}

pub(crate) async fn create(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (id, run, now): (&str, &Run, Timestamp),
) -> Result<(), StoreError> {
    let row = entity::Model {
        tenant: tenant.to_string(),
        id: id.to_owned(),
        state: RUNNING.to_owned(),
        lease_until: micros(Timestamp::now() + LEASE),
        revision: 1,
        create_time: micros(now),
        update_time: micros(now),
        doc: json(TABLE, run)?,
    };
    upsert::<entity::Entity>(db, vec![row]).await
}

/// Says where the run is and renews its lease; false if it was cancelled or taken over.
pub(crate) async fn tell(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (id, run, state): (&str, &Run, &str),
) -> Result<bool, StoreError> {
    let now = Timestamp::now();
    let updated = entity::Entity::update_many()
        .col_expr(entity::Column::State, Expr::value(state))
        .col_expr(entity::Column::Doc, Expr::value(json(TABLE, run)?))
        .col_expr(entity::Column::LeaseUntil, Expr::value(micros(now + LEASE)))
        .col_expr(entity::Column::UpdateTime, Expr::value(micros(now)))
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::Id.eq(id))
        .filter(entity::Column::State.eq(RUNNING))
        .exec(db)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// Takes over a run whose lease ended; false if another did.
pub(crate) async fn claim(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    found: &Found,
) -> Result<bool, StoreError> {
    let claimed = entity::Entity::update_many()
        .col_expr(entity::Column::LeaseUntil, Expr::value(micros(Timestamp::now() + LEASE)))
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::Id.eq(found.id.as_str()))
        .filter(entity::Column::State.eq(RUNNING))
        .filter(entity::Column::LeaseUntil.eq(found.lease_until))
        .exec(db)
        .await?;
    Ok(claimed.rows_affected == 1)
}
