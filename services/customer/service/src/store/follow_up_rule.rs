//! Rules of follow-ups.

use super::document::{document, upsert};
use super::{Stored, instant, json, micros, parse};
use aftercare_customer_domain::follow_up::FollowUpRule;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

document!("customer_follow_up_rule", [id], [display_name, kind, enabled], []);

impl TryFrom<entity::Model> for Stored<FollowUpRule> {
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

/// Rules of the tenant.
pub(crate) fn within(tenant: &TenantId) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()))
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<Option<Stored<FollowUpRule>>, StoreError> {
    let row = within(tenant).filter(entity::Column::Id.eq(id)).one(db).await?;
    row.map(Stored::try_from).transpose()
}

/// Every rule that is in use, by id.
pub(crate) async fn enabled(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
) -> Result<Vec<Stored<FollowUpRule>>, StoreError> {
    use sea_orm::QueryOrder;
    let rows =
        within(tenant).filter(entity::Column::Enabled.eq("true")).order_by_asc(entity::Column::Id);
    rows.all(db).await?.into_iter().map(Stored::try_from).collect()
}

/// Writes a rule, new or changed.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    stored: &Stored<FollowUpRule>,
) -> Result<(), StoreError> {
    let rule = &stored.value;
    let row = entity::Model {
        tenant: tenant.to_string(),
        id: stored.id.clone(),
        display_name: rule.display_name.clone(),
        kind: rule.kind.to_string(),
        enabled: rule.enabled.to_string(),
        revision: stored.revision,
        create_time: micros(stored.created),
        update_time: micros(stored.updated),
        doc: json(TABLE, rule)?,
    };
    upsert::<entity::Entity>(db, vec![row]).await
}
