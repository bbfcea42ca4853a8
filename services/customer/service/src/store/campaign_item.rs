//! Machines on the lists of campaigns.

use super::document::{document, upsert};
use super::{ROWS_A_STATEMENT, Stored, instant, json, micros, parse};
use aftercare_customer_domain::campaign::CampaignItem;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

document!(
    "customer_campaign_item",
    [campaign, asset],
    [customer, customer_name, serial_number, state],
    []
);

/// The stored id is that of the machine.
impl TryFrom<entity::Model> for Stored<CampaignItem> {
    type Error = StoreError;
    fn try_from(row: entity::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.asset,
            value: parse(TABLE, &row.doc)?,
            revision: row.revision,
            created: instant(TABLE, row.create_time)?,
            updated: instant(TABLE, row.update_time)?,
        })
    }
}

/// Machines of a campaign.
pub(crate) fn within(tenant: &TenantId, campaign: &str) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find()
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::Campaign.eq(campaign))
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (campaign, asset): (&str, &str),
) -> Result<Stored<CampaignItem>, StoreError> {
    let row = within(tenant, campaign).filter(entity::Column::Asset.eq(asset)).one(db).await?;
    let name = || StoreError::NotFound { name: format!("campaigns/{campaign}/items/{asset}") };
    Stored::try_from(row.ok_or_else(name)?)
}

/// Every machine of a campaign, by id.
pub(crate) async fn all(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    campaign: &str,
) -> Result<Vec<Stored<CampaignItem>>, StoreError> {
    use sea_orm::QueryOrder;
    let rows = within(tenant, campaign).order_by_asc(entity::Column::Asset).all(db).await?;
    rows.into_iter().map(Stored::try_from).collect()
}

/// Takes the list away, before it is frozen anew.
pub(crate) async fn clear(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    campaign: &str,
) -> Result<(), StoreError> {
    entity::Entity::delete_many()
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::Campaign.eq(campaign))
        .exec(db)
        .await?;
    Ok(())
}

/// Machines on any list that went from one owner to another.
pub(crate) async fn move_owner(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    assets: &[String],
    (from, to): (&str, &str),
) -> Result<(), StoreError> {
    for chunk in assets.chunks(ROWS_A_STATEMENT) {
        let rows = entity::Entity::find()
            .filter(entity::Column::Tenant.eq(tenant.as_str()))
            .filter(entity::Column::Customer.eq(from))
            .filter(entity::Column::Asset.is_in(chunk.iter().map(String::as_str)));
        let mut moved = Vec::new();
        for found in rows.all(db).await? {
            let campaign = found.campaign.clone();
            let mut stored: Stored<CampaignItem> = Stored::try_from(found)?;
            to.clone_into(&mut stored.value.customer);
            stored.revision += 1;
            moved.push(row(tenant, &campaign, &stored)?);
        }
        upsert::<entity::Entity>(db, moved).await?;
    }
    Ok(())
}

fn row(
    tenant: &TenantId,
    campaign: &str,
    stored: &Stored<CampaignItem>,
) -> Result<entity::Model, StoreError> {
    let item = &stored.value;
    Ok(entity::Model {
        tenant: tenant.to_string(),
        campaign: campaign.to_owned(),
        asset: stored.id.clone(),
        customer: item.customer.clone(),
        customer_name: format!("customers/{}", item.customer),
        serial_number: item.serial_number.clone(),
        state: item.state.to_string(),
        revision: stored.revision,
        create_time: micros(stored.created),
        update_time: micros(stored.updated),
        doc: json(TABLE, item)?,
    })
}

/// Writes machines, new or changed, in as few statements as the databases allow.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    campaign: &str,
    items: &[Stored<CampaignItem>],
) -> Result<(), StoreError> {
    let rows: Result<Vec<_>, _> = items.iter().map(|item| row(tenant, campaign, item)).collect();
    upsert::<entity::Entity>(db, rows?).await
}
