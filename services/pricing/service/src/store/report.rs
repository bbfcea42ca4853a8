//! Reports as they were made: they never change.

use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use prost::Message;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, Select};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pricing_report")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub start_date: String,
        pub end_date: String,
        pub create_time: i64,
        /// The report as a protobuf message.
        pub body: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

impl TryFrom<entity::Model> for pb::ProfitabilityReport {
    type Error = StoreError;
    fn try_from(row: entity::Model) -> Result<Self, StoreError> {
        Self::decode(row.body.as_slice())
            .map_err(|cause| StoreError::corrupt("pricing_report", cause))
    }
}

pub(crate) fn all(tenant: &TenantId) -> Select<entity::Entity> {
    entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()))
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<pb::ProfitabilityReport, StoreError> {
    let row = all(tenant).filter(entity::Column::Id.eq(id)).one(db).await?;
    let missing = || StoreError::NotFound { name: format!("profitabilityReports/{id}") };
    row.ok_or_else(missing)?.try_into()
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    row: entity::Model,
) -> Result<(), StoreError> {
    let name = format!("profitabilityReports/{}", row.id);
    entity::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await
        .map_err(|error| StoreError::unique(error, || name))?;
    Ok(())
}
