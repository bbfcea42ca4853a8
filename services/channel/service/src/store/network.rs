//! Resources of the network: one table for all kinds.

use super::insert_all;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Select};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "channel_network")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub kind: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub display_name: String,
        pub category: String,
        pub parent: String,
        pub code: String,
        pub region: String,
        pub distributor: String,
        pub territory: String,
        pub product: String,
        pub doc: String,
        pub revision: i64,
        pub create_time: i64,
        pub update_time: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) const TABLE: &str = "channel_network";

/// All of a kind (`distributors`, `locations`: the collection's name).
pub(crate) fn within(tenant: &TenantId, kind: &str) -> Select<entity::Entity> {
    entity::Entity::find()
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::Kind.eq(kind))
}

/// Writes rows, new or changed.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    rows: Vec<entity::Model>,
) -> Result<(), StoreError> {
    use entity::Column::{
        Category, Code, DisplayName, Distributor, Doc, Id, Kind, Parent, Product, Region, Revision,
        Tenant, Territory, UpdateTime,
    };
    let changed = [
        DisplayName,
        Category,
        Parent,
        Code,
        Region,
        Distributor,
        Territory,
        Product,
        Doc,
        Revision,
        UpdateTime,
    ];
    let taken = OnConflict::columns([Tenant, Kind, Id]).update_columns(changed).to_owned();
    insert_all::<entity::Entity>(db, &rows, &taken).await
}
