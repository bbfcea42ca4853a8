//! Which version of which record was taken.

use std::collections::HashMap;

use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::OnConflict,
};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "bridge_record")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub connection: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub stream: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub record_key: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub rule: String,
        pub version: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The versions that were taken, by key and rule.
pub(crate) async fn versions(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (connection, stream): (&str, &str),
    keys: &[String],
) -> Result<HashMap<(String, String), String>, StoreError> {
    use entity::Column;
    let mut found = HashMap::new();
    for chunk in keys.chunks(super::ROWS_A_STATEMENT) {
        let rows = entity::Entity::find()
            .filter(Column::Tenant.eq(tenant.as_str()))
            .filter(Column::Connection.eq(connection))
            .filter(Column::Stream.eq(stream))
            .filter(Column::RecordKey.is_in(chunk))
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(|row| ((row.record_key, row.rule), row.version)));
    }
    Ok(found)
}

pub(crate) async fn save(
    db: &impl ConnectionTrait,
    rows: Vec<entity::Model>,
) -> Result<(), StoreError> {
    use entity::Column;
    for chunk in rows.chunks(super::ROWS_A_STATEMENT) {
        let key =
            [Column::Tenant, Column::Connection, Column::Stream, Column::RecordKey, Column::Rule];
        entity::Entity::insert_many(chunk.iter().cloned().map(IntoActiveModel::into_active_model))
            .on_conflict(OnConflict::columns(key).update_column(Column::Version).to_owned())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}
