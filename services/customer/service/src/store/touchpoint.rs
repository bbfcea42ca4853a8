//! Touchpoints of the journey.

use super::document::{document, upsert};
use super::{Stored, instant, json, micros, parse};
use aftercare_customer_domain::survey::Touchpoint;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

document!("customer_touchpoint", [id], [display_name, stage], []);

impl TryFrom<entity::Model> for Stored<Touchpoint> {
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

/// Touchpoints of the tenant.
pub(crate) fn within(tenant: &TenantId) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()))
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<Option<Stored<Touchpoint>>, StoreError> {
    let row = within(tenant).filter(entity::Column::Id.eq(id)).one(db).await?;
    row.map(Stored::try_from).transpose()
}

pub(crate) async fn all(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
) -> Result<Vec<Stored<Touchpoint>>, StoreError> {
    within(tenant).all(db).await?.into_iter().map(Stored::try_from).collect()
}

/// Writes a touchpoint, new or changed.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    stored: &Stored<Touchpoint>,
) -> Result<(), StoreError> {
    let row = entity::Model {
        tenant: tenant.to_string(),
        id: stored.id.clone(),
        display_name: stored.value.display_name.clone(),
        stage: stored.value.stage.to_string(),
        revision: stored.revision,
        create_time: micros(stored.created),
        update_time: micros(stored.updated),
        doc: json(TABLE, &stored.value)?,
    };
    upsert::<entity::Entity>(db, vec![row]).await
}
