//! Pools of spare parts.

use super::{json, parse};
use aftercare_kernel::ids::TenantId;
use aftercare_kernel::money::Money;
use aftercare_platform::database::StoreError;
use aftercare_pricing_domain::spare_part::pool::{Basis, Framework, Kind};
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
    #[serde(default = "sum")]
    pub basis: Basis,
    /// Last days of the closed years, if they were named.
    #[serde(default)]
    pub year_ends: Vec<Date>,
    #[serde(default)]
    pub framework: Option<Framework>,
    #[serde(default)]
    pub adjustments: Vec<AdjustmentDoc>,
}

/// What pools were capped by before they said it.
const fn sum() -> Basis {
    Basis::Sum
}

/// A change of a pool's value as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AdjustmentDoc {
    pub kind: Kind,
    pub day: Date,
    pub amount: Money,
    pub reason: String,
    pub create_time: i64,
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

/// Writes a pool over what it was; a write that came first is a mismatch.
pub(crate) async fn update(
    db: &impl ConnectionTrait,
    before: &entity::Model,
    doc: &PoolDoc,
) -> Result<entity::Model, StoreError> {
    let after = entity::Model { doc: json(TABLE, doc)?, ..before.clone() };
    let done = entity::Entity::update_many()
        .col_expr(entity::Column::Doc, after.doc.clone().into())
        .filter(entity::Column::Tenant.eq(&before.tenant))
        .filter(entity::Column::Id.eq(&before.id))
        .filter(entity::Column::Doc.eq(&before.doc))
        .exec(db)
        .await?;
    if done.rows_affected == 1 {
        Ok(after)
    } else {
        Err(StoreError::EtagMismatch { name: format!("sparePools/{}", before.id) })
    }
}
