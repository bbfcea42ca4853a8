//! Versions of the grade policy; a tenant without any has the shipped one as version 1.

use super::{instant, json, micros, parse};
use aftercare_customer_domain::grade::{GradePolicy, default_policy};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use jiff::Timestamp;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use serde::{Deserialize, Serialize};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_grade_policy")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        pub create_time: i64,
        pub doc: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "customer_grade_policy";

/// A version of the policy.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Version {
    pub version: i64,
    pub policy: GradePolicy,
    pub comment: String,
    pub created: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct Doc {
    policy: GradePolicy,
    comment: String,
}

/// Every version, oldest first; the shipped one is there before any.
pub(crate) async fn versions(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
) -> Result<Vec<Version>, StoreError> {
    let rows = entity::Entity::find()
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .order_by_asc(entity::Column::Version)
        .all(db)
        .await?;
    let comment = "shipped default".to_owned();
    let mut versions =
        vec![Version { version: 1, policy: default_policy(), comment, created: None }];
    for row in rows {
        let Doc { policy, comment } = parse(TABLE, &row.doc)?;
        let created = Some(instant(TABLE, row.create_time)?);
        versions.push(Version { version: row.version, policy, comment, created });
    }
    Ok(versions)
}

/// A version, or the newest.
pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    version: Option<i64>,
) -> Result<(Version, i64), StoreError> {
    let versions = versions(db, tenant).await?;
    let newest = versions.last().map_or(1, |newest| newest.version);
    let wanted = version.unwrap_or(newest);
    let name = || StoreError::NotFound { name: format!("gradePolicies/{wanted}") };
    let found = versions.into_iter().find(|known| known.version == wanted);
    Ok((found.ok_or_else(name)?, newest))
}

/// Adds a version; two writers at once collide on the key.
pub(crate) async fn add(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    version: &Version,
    now: Timestamp,
) -> Result<(), StoreError> {
    let doc = Doc { policy: version.policy.clone(), comment: version.comment.clone() };
    let row = entity::Model {
        tenant: tenant.to_string(),
        version: version.version,
        create_time: micros(now),
        doc: json(TABLE, &doc)?,
    };
    let name = || "gradePolicies/current".to_owned();
    let insert = entity::Entity::insert(row.into_active_model());
    insert.exec_without_returning(db).await.map_err(|error| StoreError::unique(error, name))?;
    Ok(())
}
