//! Captured EPCIS events.

use super::{ROWS_A_STATEMENT, insert_all, instant, micros};
use aftercare_channel_domain::epcis::Event;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect};
use std::collections::BTreeMap;

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "channel_event")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub event_id: String,
        pub kind: String,
        pub action: String,
        pub biz_step: String,
        pub event_time: i64,
        pub record_time: i64,
        /// 0 while the event stands.
        pub withdraw_time: i64,
        pub doc: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "channel_event";

/// The id under which an event is stored: event ids are URIs, which resource names cannot hold.
pub(crate) fn id_of(event_id: &str) -> String {
    crate::ident::digest(&[event_id])
}

/// The row of an event; one that withdraws another is itself the withdrawn one.
pub(crate) fn row(tenant: &TenantId, event: &Event, now: Timestamp) -> entity::Model {
    entity::Model {
        tenant: tenant.to_string(),
        id: id_of(&event.id),
        event_id: event.id.clone(),
        kind: event.kind.name().to_owned(),
        action: event.action.map(|action| action.name().to_owned()).unwrap_or_default(),
        biz_step: event.biz_step.clone().unwrap_or_default(),
        event_time: micros(event.time),
        record_time: micros(now),
        withdraw_time: event.error.as_ref().map_or(0, |error| micros(error.declared_at)),
        doc: event.json.to_string(),
    }
}

/// When the event was withdrawn.
pub(crate) fn withdrawn(row: &entity::Model) -> Result<Option<Timestamp>, StoreError> {
    if row.withdraw_time == 0 { Ok(None) } else { instant(TABLE, row.withdraw_time).map(Some) }
}

/// Events of the tenant.
pub(crate) fn within(tenant: &TenantId) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()))
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<entity::Model, StoreError> {
    let row = within(tenant).filter(entity::Column::Id.eq(id)).one(db).await?;
    row.ok_or_else(|| StoreError::NotFound { name: format!("itemEvents/{id}") })
}

/// Those of the ids that are stored, with the time of their withdrawal or 0.
pub(crate) async fn existing(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[String],
) -> Result<BTreeMap<String, i64>, StoreError> {
    let mut found = BTreeMap::new();
    for chunk in ids.chunks(ROWS_A_STATEMENT) {
        let rows: Vec<(String, i64)> = within(tenant)
            .filter(entity::Column::Id.is_in(chunk.iter().map(String::as_str)))
            .select_only()
            .columns([entity::Column::Id, entity::Column::WithdrawTime])
            .into_tuple()
            .all(db)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    rows: Vec<entity::Model>,
) -> Result<(), StoreError> {
    let mut kept = OnConflict::columns([entity::Column::Tenant, entity::Column::Id]);
    insert_all::<entity::Entity>(db, &rows, kept.do_nothing()).await
}

/// Notes that an event was declared wrong.
pub(crate) async fn withdraw(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    entity::Entity::update_many()
        .col_expr(entity::Column::WithdrawTime, Expr::value(micros(at)))
        .filter(entity::Column::Tenant.eq(tenant.as_str()).and(entity::Column::Id.eq(id)))
        .exec(db)
        .await?;
    Ok(())
}
