//! Records that did not get in.

use aftercare_bridge_domain::{
    mapping::Fault,
    record::{Position, Record},
};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Select, sea_query::OnConflict,
};
use serde::{Deserialize, Serialize};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "bridge_quarantine")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub connection: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub stream: String,
        pub record_key: String,
        pub step: String,
        pub reason: String,
        pub sync_run: String,
        pub doc: String,
        pub create_time: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "bridge_quarantine";

/// What is kept of a refused record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Details {
    /// Where it stands.
    pub(crate) position: Position,
    /// What is wrong, for a person.
    pub(crate) message: String,
    /// The wrong fields.
    pub(crate) faults: Vec<Fault>,
    /// The record; none when it could not be read.
    pub(crate) record: Option<Record>,
    /// Raw text of a record that could not be read.
    pub(crate) raw: String,
}

impl entity::Model {
    pub(crate) fn details(&self) -> Result<Details, StoreError> {
        super::parse(TABLE, &self.doc)
    }
}

/// The document of a row.
pub(crate) fn doc(details: &Details) -> Result<String, StoreError> {
    super::json(TABLE, details)
}

pub(crate) fn within(tenant: &TenantId, connection: &str) -> Select<entity::Entity> {
    entity::Entity::find()
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::Connection.eq(connection))
}

/// The records of these ids, or the oldest ones.
pub(crate) async fn some(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    connection: &str,
    ids: &[String],
    limit: u64,
) -> Result<Vec<entity::Model>, StoreError> {
    let mut select = within(tenant, connection);
    if !ids.is_empty() {
        select = select.filter(entity::Column::Id.is_in(ids));
    }
    let select = select.order_by_asc(entity::Column::CreateTime).order_by_asc(entity::Column::Id);
    Ok(select.limit(limit).all(db).await?)
}

pub(crate) async fn save(
    db: &impl ConnectionTrait,
    rows: Vec<entity::Model>,
) -> Result<(), StoreError> {
    use entity::Column;
    for chunk in rows.chunks(super::ROWS_A_STATEMENT) {
        let conflict = OnConflict::columns([Column::Tenant, Column::Connection, Column::Id])
            .update_columns([Column::Step, Column::Reason, Column::SyncRun, Column::Doc])
            .to_owned();
        entity::Entity::insert_many(chunk.iter().cloned().map(IntoActiveModel::into_active_model))
            .on_conflict(conflict)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Takes records out of the quarantine.
pub(crate) async fn remove(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    connection: &str,
    ids: &[String],
) -> Result<(), StoreError> {
    use entity::Column;
    for chunk in ids.chunks(super::ROWS_A_STATEMENT) {
        entity::Entity::delete_many()
            .filter(Column::Tenant.eq(tenant.as_str()))
            .filter(Column::Connection.eq(connection))
            .filter(Column::Id.is_in(chunk))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Takes out what a complete run of the stream did not meet again.
pub(crate) async fn remove_stale(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (connection, stream): (&str, &str),
    run: &str,
) -> Result<(), StoreError> {
    use entity::Column;
    entity::Entity::delete_many()
        .filter(Column::Tenant.eq(tenant.as_str()))
        .filter(Column::Connection.eq(connection))
        .filter(Column::Stream.eq(stream))
        .filter(Column::SyncRun.ne(run))
        .exec(db)
        .await?;
    Ok(())
}
