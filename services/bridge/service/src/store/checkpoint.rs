//! Where the streams of a connection stand.

use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    sea_query::OnConflict,
};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "bridge_checkpoint")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub connection: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub stream: String,
        pub position: String,
        pub update_time: i64,
        pub complete_time: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "bridge_checkpoint";

impl entity::Model {
    /// The adapter's cursor.
    pub(crate) fn cursor(&self) -> Result<Vec<u8>, StoreError> {
        hex::decode(&self.position).map_err(|error| StoreError::corrupt(TABLE, error))
    }
}

/// The checkpoints of a connection, by stream.
pub(crate) async fn all(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    connection: &str,
) -> Result<Vec<entity::Model>, StoreError> {
    let select = entity::Entity::find()
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::Connection.eq(connection))
        .order_by_asc(entity::Column::Stream);
    Ok(select.all(db).await?)
}

/// Saves a checkpoint; `complete_time` 0 keeps the time at which the stream was last read to its end.
pub(crate) async fn save(db: &impl ConnectionTrait, row: entity::Model) -> Result<(), StoreError> {
    use entity::Column;
    let mut conflict = OnConflict::columns([Column::Tenant, Column::Connection, Column::Stream]);
    conflict.update_columns([Column::Position, Column::UpdateTime]);
    if row.complete_time > 0 {
        conflict.update_column(Column::CompleteTime);
    }
    let insert = entity::Entity::insert(row.into_active_model()).on_conflict(conflict);
    insert.exec_without_returning(db).await?;
    Ok(())
}
