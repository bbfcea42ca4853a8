//! Connections.

use std::collections::BTreeMap;

use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, Select,
    sea_query::OnConflict,
};
use serde::{Deserialize, Serialize};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "bridge_connection")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub display_name: String,
        pub plugin: String,
        pub doc: String,
        pub revision: i64,
        pub create_time: i64,
        pub update_time: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "bridge_connection";

/// What a connection says beyond its columns.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Details {
    /// JSON of the adapter's configuration.
    pub(crate) configuration: String,
    /// Mapping TOML; empty uses the adapter's default.
    pub(crate) mapping: String,
    /// Whether syncs may run.
    pub(crate) disabled: bool,
    /// The adapter's own state.
    #[serde(default)]
    pub(crate) state: BTreeMap<String, Vec<u8>>,
}

impl entity::Model {
    pub(crate) fn details(&self) -> Result<Details, StoreError> {
        super::parse(TABLE, &self.doc)
    }

    pub(crate) fn set_details(&mut self, details: &Details) -> Result<(), StoreError> {
        self.doc = super::json(TABLE, details)?;
        Ok(())
    }

    pub(crate) fn etag(&self) -> String {
        aftercare_platform::row::etag(self.revision)
    }
}

pub(crate) fn within(tenant: &TenantId) -> Select<entity::Entity> {
    entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()))
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<Option<entity::Model>, StoreError> {
    Ok(within(tenant).filter(entity::Column::Id.eq(id)).one(db).await?)
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<entity::Model, StoreError> {
    let found = find(db, tenant, id).await?;
    found.ok_or_else(|| StoreError::NotFound { name: format!("connections/{id}") })
}

pub(crate) async fn save(db: &impl ConnectionTrait, row: entity::Model) -> Result<(), StoreError> {
    use entity::Column;
    let conflict = OnConflict::columns([Column::Tenant, Column::Id])
        .update_columns([
            Column::DisplayName,
            Column::Plugin,
            Column::Doc,
            Column::Revision,
            Column::UpdateTime,
        ])
        .to_owned();
    let insert = entity::Entity::insert(row.into_active_model()).on_conflict(conflict);
    insert.exec_without_returning(db).await?;
    Ok(())
}

/// Deletes the connection with everything that hangs on it.
pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<(), StoreError> {
    use super::{checkpoint, quarantine, record, sync_run};
    macro_rules! of_connection {
        ($($module:ident),*) => {$(
            $module::entity::Entity::delete_many()
                .filter($module::entity::Column::Tenant.eq(tenant.as_str()))
                .filter($module::entity::Column::Connection.eq(id))
                .exec(db)
                .await?;
        )*};
    }
    of_connection!(checkpoint, quarantine, record, sync_run);
    entity::Entity::delete_by_id((tenant.to_string(), id.to_owned())).exec(db).await?;
    Ok(())
}
