//! Sites.

use super::document::{document, upsert};
use super::{Stored, instant, json, micros, parse};
use aftercare_customer_domain::site::Site;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

document!("customer_site", [customer, id], [display_name, region_code, gln], []);

impl TryFrom<entity::Model> for Stored<Site> {
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

/// Sites of a customer, or of all for `-`.
pub(crate) fn within(tenant: &TenantId, customer: &str) -> sea_orm::Select<entity::Entity> {
    let select = entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()));
    if customer == "-" { select } else { select.filter(entity::Column::Customer.eq(customer)) }
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (customer, id): (&str, &str),
) -> Result<Option<Stored<Site>>, StoreError> {
    let row = within(tenant, customer).filter(entity::Column::Id.eq(id)).one(db).await?;
    row.map(Stored::try_from).transpose()
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    key: (&str, &str),
) -> Result<Stored<Site>, StoreError> {
    let name = || StoreError::NotFound { name: format!("customers/{}/sites/{}", key.0, key.1) };
    find(db, tenant, key).await?.ok_or_else(name)
}

pub(crate) async fn save(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (customer, stored): (&str, &Stored<Site>),
) -> Result<(), StoreError> {
    let site = &stored.value;
    let row = entity::Model {
        tenant: tenant.to_string(),
        customer: customer.to_owned(),
        id: stored.id.clone(),
        display_name: site.display_name.clone(),
        region_code: site.region.as_ref().map(ToString::to_string).unwrap_or_default(),
        gln: site.gln.as_ref().map(ToString::to_string).unwrap_or_default(),
        revision: stored.revision,
        create_time: micros(stored.created),
        update_time: micros(stored.updated),
        doc: json(TABLE, site)?,
    };
    upsert::<entity::Entity>(db, vec![row]).await
}

pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (customer, id): (&str, &str),
) -> Result<(), StoreError> {
    let key = (tenant.to_string(), customer.to_owned(), id.to_owned());
    entity::Entity::delete_by_id(key).exec(db).await?;
    Ok(())
}
