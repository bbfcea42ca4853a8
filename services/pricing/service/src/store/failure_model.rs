//! Fitted failure models; never changed.

use super::{json, parse};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use aftercare_pricing_domain::failure_model::FailureModel;
use jiff::civil::Date;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Select,
};
use serde::{Deserialize, Serialize};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pricing_failure_model")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub family: String,
        pub doc: String,
        pub version: i64,
        pub create_time: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "pricing_failure_model";

/// A model with what it was fitted on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct StoredModel {
    /// First day of observation; none is each machine's commissioning.
    pub start: Option<Date>,
    /// The day after the last.
    pub end: Date,
    pub currency: String,
    pub model: FailureModel,
}

impl entity::Model {
    pub fn stored(&self) -> Result<StoredModel, StoreError> {
        parse(TABLE, &self.doc)
    }
}

pub(crate) fn doc(stored: &StoredModel) -> Result<String, StoreError> {
    json(TABLE, stored)
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
    row.ok_or_else(|| StoreError::NotFound { name: format!("failureModels/{id}") })
}

/// The newest model of a family.
pub(crate) async fn latest(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    family: &str,
) -> Result<Option<entity::Model>, StoreError> {
    as_of(db, tenant, family, i64::MAX).await
}

/// The newest model of a family at a time.
pub(crate) async fn as_of(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    family: &str,
    at: i64,
) -> Result<Option<entity::Model>, StoreError> {
    let select = all(tenant)
        .filter(entity::Column::Family.eq(family))
        .filter(entity::Column::CreateTime.lte(at))
        .order_by_desc(entity::Column::Version);
    Ok(select.one(db).await?)
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    row: entity::Model,
) -> Result<(), StoreError> {
    let name = format!("failureModels/{}", row.id);
    entity::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await
        .map_err(|error| StoreError::unique(error, || name))?;
    Ok(())
}
