//! The feed of case changes: one row for each entry of a timeline, in about the order in which they were written.

use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_case_feed")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub position: String,
        pub case_id: String,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Notes entries: case and place on its timeline.
pub(crate) async fn append(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    entries: Vec<(String, i64)>,
) -> Result<(), StoreError> {
    let rows = entries.into_iter().map(|(case_id, version)| {
        let position = uuid::Uuid::now_v7().simple().to_string();
        entity::Model { tenant: tenant.to_string(), position, case_id, version }.into_active_model()
    });
    entity::Entity::insert_many(rows).exec_without_returning(db).await?;
    Ok(())
}

/// Entries after a position, oldest first.
pub(crate) async fn after(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (position, limit): (&str, u64),
) -> Result<Vec<entity::Model>, StoreError> {
    let select = entity::Entity::find()
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::Position.gt(position))
        .order_by_asc(entity::Column::Position)
        .limit(limit);
    Ok(select.all(db).await?)
}
