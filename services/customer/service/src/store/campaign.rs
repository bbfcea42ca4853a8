//! Campaigns.

use super::document::{document, upsert};
use super::{Stored, instant, json, micros, parse};
use aftercare_customer_domain::campaign::Campaign;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

document!("customer_campaign", [id], [display_name, kind, state], []);

impl TryFrom<entity::Model> for Stored<Campaign> {
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

/// Campaigns of the tenant.
pub(crate) fn within(tenant: &TenantId) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()))
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<Option<Stored<Campaign>>, StoreError> {
    let row = within(tenant).filter(entity::Column::Id.eq(id)).one(db).await?;
    row.map(Stored::try_from).transpose()
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<Stored<Campaign>, StoreError> {
    let name = || StoreError::NotFound { name: format!("campaigns/{id}") };
    find(db, tenant, id).await?.ok_or_else(name)
}

/// Holds a campaign's row until the transaction ends: its list, approvals and machines change one write at a time.
pub(crate) async fn hold(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<(), StoreError> {
    use sea_orm::QuerySelect;
    // SQLite has one writer and knows no row locks; the builder leaves the clause out there
    within(tenant).filter(entity::Column::Id.eq(id)).lock_exclusive().one(db).await?;
    Ok(())
}

/// Writes a campaign, new or changed.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    stored: &Stored<Campaign>,
) -> Result<(), StoreError> {
    let campaign = &stored.value;
    let row = entity::Model {
        tenant: tenant.to_string(),
        id: stored.id.clone(),
        display_name: campaign.display_name.clone(),
        kind: campaign.kind.to_string(),
        state: campaign.state.to_string(),
        revision: stored.revision,
        create_time: micros(stored.created),
        update_time: micros(stored.updated),
        doc: json(TABLE, campaign)?,
    };
    upsert::<entity::Entity>(db, vec![row]).await
}
