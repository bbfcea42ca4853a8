//! Signals that runs of the detection found.

use super::{instant, json, micros, parse};
use aftercare_kernel::ids::TenantId;
use aftercare_kernel::period::Period;
use aftercare_platform::database::StoreError;
use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "channel_signal")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub kind: String,
        pub distributor: String,
        pub region: String,
        pub product: String,
        /// `conflicts/x`, or empty.
        pub conflict: String,
        pub doc: String,
        pub create_time: i64,
        pub update_time: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "channel_signal";
pub(crate) const OUT_OF_TERRITORY: &str = "OUT_OF_TERRITORY";

/// The numbers of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Numbers {
    pub window: Period,
    pub out: u64,
    pub judged: u64,
    pub alpha: f64,
    pub beta: f64,
    pub p_value: f64,
    pub q_value: f64,
    pub log_odds: f64,
}

/// A signal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Signal {
    pub id: String,
    /// `distributors/x`.
    pub distributor: String,
    pub region: String,
    /// `products/x`.
    pub product: String,
    /// `conflicts/x`, or empty.
    pub conflict: String,
    pub numbers: Numbers,
    pub created: Timestamp,
    pub updated: Timestamp,
}

impl TryFrom<entity::Model> for Signal {
    type Error = StoreError;
    fn try_from(row: entity::Model) -> Result<Self, StoreError> {
        Ok(Self {
            numbers: parse(TABLE, &row.doc)?,
            created: instant(TABLE, row.create_time)?,
            updated: instant(TABLE, row.update_time)?,
            id: row.id,
            distributor: row.distributor,
            region: row.region,
            product: row.product,
            conflict: row.conflict,
        })
    }
}

/// Signals of the tenant.
pub(crate) fn within(tenant: &TenantId) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()))
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<Signal, StoreError> {
    let row = within(tenant).filter(entity::Column::Id.eq(id)).one(db).await?;
    Signal::try_from(row.ok_or_else(|| StoreError::NotFound { name: format!("signals/{id}") })?)
}

/// Those of the ids that are stored.
pub(crate) async fn find_all(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[String],
) -> Result<Vec<Signal>, StoreError> {
    let mut found = Vec::new();
    for chunk in ids.chunks(super::ROWS_A_STATEMENT) {
        let wanted = entity::Column::Id.is_in(chunk.iter().map(String::as_str));
        for row in within(tenant).filter(wanted).all(db).await? {
            found.push(Signal::try_from(row)?);
        }
    }
    Ok(found)
}

/// Writes signals, new or tested again.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    signals: &[Signal],
) -> Result<(), StoreError> {
    let rows = signals.iter().map(|signal| row(tenant, signal)).collect::<Result<Vec<_>, _>>()?;
    let update = [entity::Column::Conflict, entity::Column::Doc, entity::Column::UpdateTime];
    let key = [entity::Column::Tenant, entity::Column::Id];
    let tested = OnConflict::columns(key).update_columns(update).to_owned();
    super::insert_all::<entity::Entity>(db, &rows, &tested).await
}

fn row(tenant: &TenantId, signal: &Signal) -> Result<entity::Model, StoreError> {
    Ok(entity::Model {
        tenant: tenant.to_string(),
        id: signal.id.clone(),
        kind: OUT_OF_TERRITORY.to_owned(),
        distributor: signal.distributor.clone(),
        region: signal.region.clone(),
        product: signal.product.clone(),
        conflict: signal.conflict.clone(),
        doc: json(TABLE, &signal.numbers)?,
        create_time: micros(signal.created),
        update_time: micros(signal.updated),
    })
}
