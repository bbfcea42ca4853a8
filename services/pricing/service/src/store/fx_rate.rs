//! Exchange rates: entered, never changed.

use aftercare_kernel::currency::Currency;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use aftercare_pricing_domain::fx::FxRate;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, Select};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pricing_fx_rate")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub from_currency: String,
        pub to_currency: String,
        /// A decimal in its own digits.
        pub rate: String,
        pub source: String,
        pub rate_date: String,
        pub create_time: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "pricing_fx_rate";

impl TryFrom<&entity::Model> for FxRate {
    type Error = StoreError;
    fn try_from(row: &entity::Model) -> Result<Self, StoreError> {
        let currency =
            |code: &str| Currency::parse(code).map_err(|cause| StoreError::corrupt(TABLE, cause));
        Ok(Self {
            name: format!("fxRates/{}", row.id),
            from: currency(&row.from_currency)?,
            to: currency(&row.to_currency)?,
            rate: row.rate.parse().map_err(|cause| StoreError::corrupt(TABLE, cause))?,
            source: row.source.clone(),
            date: row.rate_date.parse().map_err(|cause| StoreError::corrupt(TABLE, cause))?,
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
    let name = format!("fxRates/{}", row.id);
    entity::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await
        .map_err(|error| StoreError::unique(error, || name))?;
    Ok(())
}
