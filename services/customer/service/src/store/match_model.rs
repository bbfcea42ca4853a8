//! What the last batch learned: one row a tenant.

use super::document::{document, upsert};
use super::{json, micros, parse};
use aftercare_customer_domain::resolution::lookup::Learned;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use jiff::Timestamp;
use sea_orm::{ConnectionTrait, EntityTrait};

document!("customer_match_model", [id], [], []);

/// There is one specification of customers; another one gets another id.
const ID: &str = "customers-1";

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
) -> Result<Option<Learned>, StoreError> {
    let row = entity::Entity::find_by_id((tenant.to_string(), ID.to_owned())).one(db).await?;
    row.map(|row| parse(TABLE, &row.doc)).transpose()
}

pub(crate) async fn save(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (learned, now): (&Learned, Timestamp),
) -> Result<(), StoreError> {
    let row = entity::Model {
        tenant: tenant.to_string(),
        id: ID.to_owned(),
        revision: 1,
        create_time: micros(now),
        update_time: micros(now),
        doc: json(TABLE, learned)?,
    };
    upsert::<entity::Entity>(db, vec![row]).await
}
