//! Customers as they were: every version with the instant from which it held.

use super::{ROWS_A_STATEMENT, Stored, instant, json, micros, parse};
use aftercare_customer_domain::customer::Customer;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use serde::{Deserialize, Serialize};

/// The table; `version` is the instant in microseconds.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_customer_past")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        pub doc: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "customer_customer_past";

/// A version; without a value the customer was deleted.
#[derive(Serialize, Deserialize)]
struct Version {
    revision: i64,
    create_time: i64,
    value: Option<Customer>,
}

/// Keeps what the rows say from now on; one version for each instant.
pub(crate) async fn keep(
    db: &impl ConnectionTrait,
    rows: &[super::customer::entity::Model],
) -> Result<(), StoreError> {
    let version = |row: &super::customer::entity::Model| {
        let (revision, create_time) = (row.revision, row.create_time);
        let value = Some(parse(TABLE, &row.doc)?);
        let doc = json(TABLE, &Version { revision, create_time, value })?;
        let (tenant, id) = (row.tenant.clone(), row.id.clone());
        Ok(entity::Model { tenant, id, version: row.update_time, doc })
    };
    let versions: Result<Vec<_>, StoreError> = rows.iter().map(version).collect();
    save(db, versions?).await
}

/// Keeps that the customer is gone from now on.
pub(crate) async fn end(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (id, now): (&str, Timestamp),
) -> Result<(), StoreError> {
    let doc = json(TABLE, &Version { revision: 0, create_time: micros(now), value: None })?;
    let (tenant, id) = (tenant.to_string(), id.to_owned());
    save(db, vec![entity::Model { tenant, id, version: micros(now), doc }]).await
}

async fn save(db: &impl ConnectionTrait, rows: Vec<entity::Model>) -> Result<(), StoreError> {
    for chunk in rows.chunks(ROWS_A_STATEMENT) {
        let rows = chunk.iter().cloned().map(IntoActiveModel::into_active_model);
        let key = [entity::Column::Tenant, entity::Column::Id, entity::Column::Version];
        let replace = OnConflict::columns(key).update_column(entity::Column::Doc).to_owned();
        entity::Entity::insert_many(rows).on_conflict(replace).exec_without_returning(db).await?;
    }
    Ok(())
}

/// The customer as it was at an instant.
pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (id, at): (&str, Timestamp),
) -> Result<Stored<Customer>, StoreError> {
    let row = entity::Entity::find()
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::Id.eq(id))
        .filter(entity::Column::Version.lte(micros(at)))
        .order_by_desc(entity::Column::Version)
        .one(db)
        .await?;
    let missing = || StoreError::NotFound { name: format!("customers/{id} at {at}") };
    let row = row.ok_or_else(missing)?;
    let version: Version = parse(TABLE, &row.doc)?;
    Ok(Stored {
        id: row.id,
        value: version.value.ok_or_else(missing)?,
        revision: version.revision,
        created: instant(TABLE, version.create_time)?,
        updated: instant(TABLE, row.version)?,
    })
}
