//! Reviews of fits: one a customer, of its last HARMFUL time.

use super::document::{document, upsert};
use super::{Stored, instant, json, micros, parse};
use aftercare_customer_domain::customer::FitReview;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

document!("customer_fit_review", [id], [state], [expire_time]);

impl TryFrom<entity::Model> for Stored<FitReview> {
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

/// Reviews of the tenant; their id is the customer's.
pub(crate) fn within(tenant: &TenantId) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()))
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    customer: &str,
) -> Result<Option<Stored<FitReview>>, StoreError> {
    let row = within(tenant).filter(entity::Column::Id.eq(customer)).one(db).await?;
    row.map(Stored::try_from).transpose()
}

/// Writes a review, new or changed.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    stored: &Stored<FitReview>,
) -> Result<(), StoreError> {
    let row = entity::Model {
        tenant: tenant.to_string(),
        id: stored.id.clone(),
        state: stored.value.state.to_string(),
        expire_time: micros(stored.value.expires),
        revision: stored.revision,
        create_time: micros(stored.created),
        update_time: micros(stored.updated),
        doc: json(TABLE, &stored.value)?,
    };
    upsert::<entity::Entity>(db, vec![row]).await
}
