//! Pricing policies, one row a version.

use super::{json, parse};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use aftercare_pricing_domain::policy::PricingPolicy;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pricing_policy")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        pub update_time: i64,
        pub doc: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "pricing_policy";

/// The policy in force with the time of its last change; the seeded one before any change.
pub(crate) async fn current(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
) -> Result<(PricingPolicy, Option<i64>), StoreError> {
    as_of(db, tenant, i64::MAX).await
}

/// The policy that was in force at a time, with the time of its last change till then.
pub(crate) async fn as_of(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    at: i64,
) -> Result<(PricingPolicy, Option<i64>), StoreError> {
    let row = entity::Entity::find()
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::UpdateTime.lte(at))
        .order_by_desc(entity::Column::Version)
        .one(db)
        .await?;
    match row {
        None => Ok((PricingPolicy::seeded(), None)),
        Some(row) => Ok((parse(TABLE, &row.doc)?, Some(row.update_time))),
    }
}

/// Keeps a new version.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    policy: &PricingPolicy,
    now: i64,
) -> Result<(), StoreError> {
    let row = entity::Model {
        tenant: tenant.to_string(),
        version: i64::from(policy.version),
        update_time: now,
        doc: json(TABLE, policy)?,
    };
    let name = || "pricingPolicy".to_owned();
    entity::Entity::insert(row.into_active_model()).exec_without_returning(db).await.map_err(
        |error| match StoreError::unique(error, name) {
            StoreError::AlreadyExists { name } => StoreError::EtagMismatch { name },
            other => other,
        },
    )?;
    Ok(())
}
