//! Prices of competitors that somebody saw.

use super::{json, parse};
use aftercare_kernel::ids::TenantId;
use aftercare_kernel::money::Money;
use aftercare_platform::database::StoreError;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, Select};
use serde::{Deserialize, Serialize};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pricing_competitor_price")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub competitor: String,
        pub service_product: String,
        pub region_code: String,
        pub observation_date: String,
        pub doc: String,
        pub create_time: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "pricing_competitor_price";

/// What is never filtered on of an observation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PriceDoc {
    pub annual_price: Money,
    pub source: String,
}

pub(crate) fn document(doc: &PriceDoc) -> Result<String, StoreError> {
    json(TABLE, doc)
}

impl entity::Model {
    pub fn document(&self) -> Result<PriceDoc, StoreError> {
        parse(TABLE, &self.doc)
    }
}

pub(crate) fn all(tenant: &TenantId) -> Select<entity::Entity> {
    entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()))
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    row: entity::Model,
) -> Result<(), StoreError> {
    let name = format!("competitorPrices/{}", row.id);
    entity::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await
        .map_err(|error| StoreError::unique(error, || name))?;
    Ok(())
}
