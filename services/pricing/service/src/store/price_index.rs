//! Index values as their publishers gave them, by month.

use super::history::Versioned;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use aftercare_pricing_domain::escalation::Series;
use jiff::civil::Date;
use rust_decimal::Decimal;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, Select};
use std::collections::BTreeMap;

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DeriveEntityModel)]
    #[sea_orm(table_name = "pricing_price_index")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub price_index: String,
        /// `2026-03`.
        #[sea_orm(primary_key, auto_increment = false)]
        pub month: String,
        pub source: String,
        pub value_micros: i64,
        pub create_time: i64,
        /// 0 if it never was.
        pub correct_time: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "pricing_price_index";

impl entity::Model {
    /// The first day of its month.
    pub fn first_day(&self) -> Result<Date, StoreError> {
        format!("{}-01", self.month).parse().map_err(|cause| StoreError::corrupt(TABLE, cause))
    }

    pub fn value(&self) -> Decimal {
        Decimal::new(self.value_micros, 6)
    }
}

/// Kind of former values.
pub(crate) const KIND: &str = "price_index";

impl Versioned for entity::Model {
    fn tenant(&self) -> &str {
        &self.tenant
    }
    fn kind(&self) -> &str {
        KIND
    }
    fn id(&self) -> String {
        format!("{}/{}", self.price_index, self.month)
    }
    fn scope(&self) -> String {
        self.price_index.clone()
    }
    fn since(&self) -> i64 {
        self.create_time.max(self.correct_time)
    }
    fn born(&self) -> i64 {
        self.create_time
    }
}

pub(crate) fn all(tenant: &TenantId) -> Select<entity::Entity> {
    entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()))
}

/// Every value of some indexes.
pub(crate) async fn of_indexes(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    indexes: Vec<String>,
) -> Result<BTreeMap<String, Series>, StoreError> {
    let mut found: BTreeMap<String, Series> = BTreeMap::new();
    for chunk in indexes.chunks(super::ROWS_A_STATEMENT) {
        let of = entity::Column::PriceIndex.is_in(chunk);
        for row in all(tenant).filter(of).all(db).await? {
            let (month, value) = (row.first_day()?, row.value());
            found.entry(row.price_index).or_default().insert(month, value);
        }
    }
    Ok(found)
}

/// Writes values, new or in place of those that are there.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    rows: Vec<entity::Model>,
) -> Result<(), StoreError> {
    let key = [entity::Column::Tenant, entity::Column::PriceIndex, entity::Column::Month];
    let conflict = OnConflict::columns(key)
        .update_columns([
            entity::Column::Source,
            entity::Column::ValueMicros,
            entity::Column::CorrectTime,
        ])
        .to_owned();
    for chunk in rows.chunks(super::ROWS_A_STATEMENT) {
        let rows = chunk.iter().cloned().map(IntoActiveModel::into_active_model);
        entity::Entity::insert_many::<entity::ActiveModel, _>(rows)
            .on_conflict(conflict.clone())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}
