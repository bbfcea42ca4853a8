//! Prices of competitors that somebody saw.

use super::{json, parse};
use aftercare_kernel::ids::TenantId;
use aftercare_kernel::money::Money;
use aftercare_platform::database::StoreError;
use aftercare_pricing_domain::competitor::CompetitorPrice;
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

impl entity::Model {
    /// As a quote shows it.
    pub fn observation(&self) -> Result<CompetitorPrice, StoreError> {
        let doc = self.document()?;
        let seen = self.observation_date.parse();
        Ok(CompetitorPrice {
            name: format!("competitorPrices/{}", self.id),
            competitor: self.competitor.clone(),
            service_product: self.service_product.clone(),
            region_code: self.region_code.clone(),
            annual_price: doc.annual_price,
            source: doc.source,
            observation_date: seen.map_err(|cause| StoreError::corrupt(TABLE, cause))?,
        })
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
