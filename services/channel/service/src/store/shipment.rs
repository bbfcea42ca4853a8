//! Plain shipments, as they were sent.

use super::{ROWS_A_STATEMENT, insert_all, instant, json, micros, parse};
use aftercare_channel_domain::network::{DistributorId, ProductId};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "channel_shipment")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub shipper: String,
        pub consignee: String,
        pub digest: String,
        pub doc: String,
        pub ship_time: i64,
        pub record_time: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "channel_shipment";

/// One kind of goods of a shipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    pub product: ProductId,
    pub serials: Vec<String>,
    pub first_serial: String,
    pub last_serial: String,
    pub lot: String,
    pub sscc: String,
    pub quantity: i64,
}

/// A plain shipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shipment {
    pub shipper: DistributorId,
    pub consignee: DistributorId,
    pub at: Timestamp,
    pub lines: Vec<Line>,
    pub returned: bool,
    pub document: String,
}

/// The row of a shipment.
pub(crate) fn row(
    tenant: &TenantId,
    id: &str,
    shipment: &Shipment,
    now: Timestamp,
) -> Result<entity::Model, StoreError> {
    let doc = json(TABLE, shipment)?;
    Ok(entity::Model {
        tenant: tenant.to_string(),
        id: id.to_owned(),
        shipper: format!("distributors/{}", shipment.shipper),
        consignee: format!("distributors/{}", shipment.consignee),
        digest: crate::ident::digest(&[&doc]),
        doc,
        ship_time: micros(shipment.at),
        record_time: micros(now),
    })
}

/// The shipment of a row, and when it was stored.
pub(crate) fn read(row: &entity::Model) -> Result<(Shipment, Timestamp), StoreError> {
    Ok((parse(TABLE, &row.doc)?, instant(TABLE, row.record_time)?))
}

/// Shipments of the tenant.
pub(crate) fn within(tenant: &TenantId) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()))
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<entity::Model, StoreError> {
    let row = within(tenant).filter(entity::Column::Id.eq(id)).one(db).await?;
    row.ok_or_else(|| StoreError::NotFound { name: format!("shipments/{id}") })
}

/// Digests of those of the ids that are stored.
pub(crate) async fn digests(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[String],
) -> Result<BTreeMap<String, String>, StoreError> {
    let mut found = BTreeMap::new();
    for chunk in ids.chunks(ROWS_A_STATEMENT) {
        let rows: Vec<(String, String)> = within(tenant)
            .filter(entity::Column::Id.is_in(chunk.iter().map(String::as_str)))
            .select_only()
            .columns([entity::Column::Id, entity::Column::Digest])
            .into_tuple()
            .all(db)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// Writes shipments, new or corrected.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    rows: Vec<entity::Model>,
) -> Result<(), StoreError> {
    let update = [
        entity::Column::Shipper,
        entity::Column::Consignee,
        entity::Column::Digest,
        entity::Column::Doc,
        entity::Column::ShipTime,
    ];
    let key = [entity::Column::Tenant, entity::Column::Id];
    let corrected = OnConflict::columns(key).update_columns(update).to_owned();
    insert_all::<entity::Entity>(db, &rows, &corrected).await
}
