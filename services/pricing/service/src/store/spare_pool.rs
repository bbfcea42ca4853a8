//! Pools of spare parts.

use super::{json, parse};
use aftercare_kernel::ids::TenantId;
use aftercare_kernel::money::Money;
use aftercare_platform::database::StoreError;
use jiff::civil::Date;
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, Select};
use serde::{Deserialize, Serialize};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pricing_spare_pool")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub doc: String,
        pub create_time: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "pricing_spare_pool";

/// A pool as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PoolDoc {
    pub display_name: String,
    pub cost: Money,
    pub life_months: u32,
    pub residual: Money,
    pub purchased: Date,
    pub monthly_purchases: Money,
    pub cap_share: Decimal,
    pub cost_of_sales: Vec<Money>,
    pub inventory: Option<Money>,
}

impl entity::Model {
    pub fn document(&self) -> Result<PoolDoc, StoreError> {
        parse(TABLE, &self.doc)
    }
}

pub(crate) fn all(tenant: &TenantId) -> Select<entity::Entity> {
    entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()))
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<entity::Model, StoreError> {
    let row = all(tenant).filter(entity::Column::Id.eq(id)).one(db).await?;
    row.ok_or_else(|| StoreError::NotFound { name: format!("sparePools/{id}") })
}

/// The row of a new pool.
pub(crate) fn row(
    tenant: &TenantId,
    id: String,
    doc: &PoolDoc,
    create_time: i64,
) -> Result<entity::Model, StoreError> {
    Ok(entity::Model { tenant: tenant.to_string(), id, doc: json(TABLE, doc)?, create_time })
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    row: entity::Model,
) -> Result<(), StoreError> {
    let name = format!("sparePools/{}", row.id);
    entity::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await
        .map_err(|error| StoreError::unique(error, || name))?;
    Ok(())
}
