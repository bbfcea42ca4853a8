//! Surveys.

use super::document::{document, upsert};
use super::{Stored, instant, json, micros, parse};
use aftercare_customer_domain::survey::Survey;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

document!("customer_survey", [id], [display_name, state], []);

impl TryFrom<entity::Model> for Stored<Survey> {
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

/// Surveys of the tenant.
pub(crate) fn within(tenant: &TenantId) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()))
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<Option<Stored<Survey>>, StoreError> {
    let row = within(tenant).filter(entity::Column::Id.eq(id)).one(db).await?;
    row.map(Stored::try_from).transpose()
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<Stored<Survey>, StoreError> {
    let name = || StoreError::NotFound { name: format!("surveys/{id}") };
    find(db, tenant, id).await?.ok_or_else(name)
}

/// Writes a survey, new or changed.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    stored: &Stored<Survey>,
) -> Result<(), StoreError> {
    let row = entity::Model {
        tenant: tenant.to_string(),
        id: stored.id.clone(),
        display_name: stored.value.display_name.clone(),
        state: stored.value.state.to_string(),
        revision: stored.revision,
        create_time: micros(stored.created),
        update_time: micros(stored.updated),
        doc: json(TABLE, &stored.value)?,
    };
    upsert::<entity::Entity>(db, vec![row]).await
}
