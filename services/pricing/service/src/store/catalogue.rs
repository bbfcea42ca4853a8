//! Service products, equipment, parts and rate cards: one table, told apart by kind.

use super::ROWS_A_STATEMENT;
use super::history::Versioned;
use crate::convert::catalogue::Resource;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, Select};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DeriveEntityModel)]
    #[sea_orm(table_name = "pricing_catalogue")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub kind: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub display_name: String,
        pub family: String,
        pub make: String,
        pub part_class: String,
        pub region_code: String,
        pub revision: i64,
        pub create_time: i64,
        pub update_time: i64,
        /// The resource as a protobuf message, without its output fields.
        #[serde(with = "crate::store::history::bytes")]
        pub body: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) const TABLE: &str = "pricing_catalogue";

impl Versioned for entity::Model {
    fn tenant(&self) -> &str {
        &self.tenant
    }
    fn kind(&self) -> &str {
        &self.kind
    }
    fn id(&self) -> String {
        self.id.clone()
    }
    fn scope(&self) -> String {
        self.id.clone()
    }
    fn since(&self) -> i64 {
        self.update_time
    }
    fn born(&self) -> i64 {
        self.create_time
    }
}

/// A kind as names begin.
pub(crate) fn collection(kind: &str) -> &'static str {
    match kind {
        pb::Product::KIND => "products",
        pb::RateCard::KIND => "rateCards",
        pb::ServiceProduct::KIND => "serviceProducts",
        _ => "parts",
    }
}

/// Everything of a kind.
pub(crate) fn of_kind(tenant: &TenantId, kind: &str) -> Select<entity::Entity> {
    entity::Entity::find()
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::Kind.eq(kind))
}

/// Rows by id; missing ones are left out.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    kind: &str,
    ids: &[String],
) -> Result<Vec<entity::Model>, StoreError> {
    let mut rows = Vec::new();
    for chunk in ids.chunks(ROWS_A_STATEMENT) {
        let select = of_kind(tenant, kind).filter(entity::Column::Id.is_in(chunk));
        rows.extend(select.all(db).await?);
    }
    Ok(rows)
}

/// Writes rows, new or changed.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    rows: &[entity::Model],
) -> Result<(), StoreError> {
    for chunk in rows.chunks(ROWS_A_STATEMENT) {
        let rows = chunk.iter().cloned().map(IntoActiveModel::into_active_model);
        let key = [entity::Column::Tenant, entity::Column::Kind, entity::Column::Id];
        let conflict = OnConflict::columns(key)
            .update_columns([
                entity::Column::DisplayName,
                entity::Column::Family,
                entity::Column::Make,
                entity::Column::PartClass,
                entity::Column::RegionCode,
                entity::Column::Revision,
                entity::Column::UpdateTime,
                entity::Column::Body,
            ])
            .to_owned();
        entity::Entity::insert_many(rows).on_conflict(conflict).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Deletes a row.
pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    row: entity::Model,
) -> Result<(), StoreError> {
    entity::Entity::delete_by_id((row.tenant, row.kind, row.id)).exec(db).await?;
    Ok(())
}
