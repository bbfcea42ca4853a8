//! Follow-ups.

use super::document::{document, upsert};
use super::{Stored, insert_all, instant, json, micros, parse};
use aftercare_customer_domain::follow_up::{FollowUp, FollowUpState, SuppressionReason};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

document!("customer_follow_up", [customer, id], [kind, state], [due_time]);

impl TryFrom<entity::Model> for Stored<FollowUp> {
    type Error = StoreError;
    fn try_from(row: entity::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            value: parse(TABLE, &row.doc)?,
            revision: row.revision,
            created: instant(TABLE, row.create_time)?,
            updated: instant(TABLE, row.update_time)?,
        })
    }
}

/// Follow-ups of a customer, or of all for `-`.
pub(crate) fn within(tenant: &TenantId, customer: &str) -> sea_orm::Select<entity::Entity> {
    let select = entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()));
    if customer == "-" { select } else { select.filter(entity::Column::Customer.eq(customer)) }
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (customer, id): (&str, &str),
) -> Result<Stored<FollowUp>, StoreError> {
    let row = within(tenant, customer).filter(entity::Column::Id.eq(id)).one(db).await?;
    let name = || StoreError::NotFound { name: format!("customers/{customer}/followUps/{id}") };
    Stored::try_from(row.ok_or_else(name)?)
}

/// Every follow-up of a customer.
pub(crate) async fn of_customer(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    customer: &str,
) -> Result<Vec<Stored<FollowUp>>, StoreError> {
    within(tenant, customer).all(db).await?.into_iter().map(Stored::try_from).collect()
}

/// Whether a contact of a customer was held back by an open complaint.
pub(crate) async fn waits_for_complaints(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    customer: &str,
) -> Result<bool, StoreError> {
    let suppressed = FollowUpState::Suppressed.as_str();
    let held = within(tenant, customer).filter(entity::Column::State.eq(suppressed));
    for row in held.all(db).await? {
        let stored: Stored<FollowUp> = Stored::try_from(row)?;
        if stored.value.suppressed == Some(SuppressionReason::OpenComplaint) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The rows of follow-ups of a customer.
fn rows(
    tenant: &TenantId,
    customer: &str,
    all: &[Stored<FollowUp>],
) -> Result<Vec<entity::Model>, StoreError> {
    let row = |stored: &Stored<FollowUp>| {
        Ok(entity::Model {
            tenant: tenant.to_string(),
            customer: customer.to_owned(),
            id: stored.id.clone(),
            kind: stored.value.kind.to_string(),
            state: stored.value.state.to_string(),
            due_time: micros(stored.value.due),
            revision: stored.revision,
            create_time: micros(stored.created),
            update_time: micros(stored.updated),
            doc: json(TABLE, &stored.value)?,
        })
    };
    all.iter().map(row).collect()
}

/// Adds what was planned; what another planner added meanwhile stays as it is.
pub(crate) async fn add(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    customer: &str,
    all: &[Stored<FollowUp>],
) -> Result<(), StoreError> {
    let nothing = OnConflict::new().do_nothing().to_owned();
    insert_all::<entity::Entity>(db, &rows(tenant, customer, all)?, &nothing).await
}

/// Planned follow-ups of a customer, the next first.
pub(crate) async fn next(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (customer, limit): (&str, u64),
) -> Result<Vec<Stored<FollowUp>>, StoreError> {
    use sea_orm::{QueryOrder, QuerySelect};
    let planned = within(tenant, customer)
        .filter(entity::Column::State.eq(FollowUpState::Planned.as_str()))
        .order_by_asc(entity::Column::DueTime)
        .order_by_asc(entity::Column::Id);
    planned.limit(limit).all(db).await?.into_iter().map(Stored::try_from).collect()
}

/// Writes follow-ups of a customer, new or changed.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    customer: &str,
    all: &[Stored<FollowUp>],
) -> Result<(), StoreError> {
    upsert::<entity::Entity>(db, rows(tenant, customer, all)?).await
}
