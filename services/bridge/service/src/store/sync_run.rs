//! Sync runs.

use aftercare_bridge_domain::{checkpoint::StreamState, run::State};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Select,
    sea_query::OnConflict,
};
use serde::{Deserialize, Serialize};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "bridge_sync_run")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub connection: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub mode: String,
        pub state: String,
        pub doc: String,
        pub revision: i64,
        pub create_time: i64,
        pub end_time: i64,
        pub lease_until: i64,
        pub cancel_requested: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "bridge_sync_run";

/// What a run says beyond its columns.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Details {
    /// The streams in the order in which they run.
    pub(crate) streams: Vec<StreamState>,
    /// Why it failed: gRPC code and message.
    pub(crate) error: Option<(i32, String)>,
}

impl entity::Model {
    pub(crate) fn details(&self) -> Result<Details, StoreError> {
        super::parse(TABLE, &self.doc)
    }

    pub(crate) fn set_details(&mut self, details: &Details) -> Result<(), StoreError> {
        self.doc = super::json(TABLE, details)?;
        Ok(())
    }

    /// The state; a run whose process went away has failed.
    pub(crate) fn state(&self, now_micros: i64) -> Result<State, StoreError> {
        let state = super::parse(TABLE, &format!("\"{}\"", self.state))?;
        Ok(if state == State::Running && self.lease_until < now_micros {
            State::Failed
        } else {
            state
        })
    }

    pub(crate) fn set_state(&mut self, state: State) -> Result<(), StoreError> {
        self.state = super::json(TABLE, &state)?.trim_matches('"').to_owned();
        Ok(())
    }

    pub(crate) fn name(&self) -> String {
        format!("connections/{}/syncRuns/{}", self.connection, self.id)
    }
}

pub(crate) fn within(tenant: &TenantId, connection: &str) -> Select<entity::Entity> {
    entity::Entity::find()
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::Connection.eq(connection))
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    connection: &str,
    id: &str,
) -> Result<Option<entity::Model>, StoreError> {
    Ok(within(tenant, connection).filter(entity::Column::Id.eq(id)).one(db).await?)
}

/// The run that was asked for last.
pub(crate) async fn last(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    connection: &str,
) -> Result<Option<entity::Model>, StoreError> {
    // Ids are UUIDv7: the newest is the greatest.
    Ok(within(tenant, connection).order_by_desc(entity::Column::Id).one(db).await?)
}

pub(crate) async fn save(db: &impl ConnectionTrait, row: entity::Model) -> Result<(), StoreError> {
    use entity::Column;
    // `cancel_requested` is left alone: it is set by others while the run saves.
    let conflict = OnConflict::columns([Column::Tenant, Column::Connection, Column::Id])
        .update_columns([
            Column::State,
            Column::Doc,
            Column::Revision,
            Column::EndTime,
            Column::LeaseUntil,
        ])
        .to_owned();
    let insert = entity::Entity::insert(row.into_active_model()).on_conflict(conflict);
    insert.exec_without_returning(db).await?;
    Ok(())
}

/// Asks a run to stop, or takes the request back.
pub(crate) async fn request_cancel(
    db: &impl ConnectionTrait,
    row: &entity::Model,
    requested: bool,
) -> Result<(), StoreError> {
    use sea_orm::sea_query::Expr;
    entity::Entity::update_many()
        .col_expr(entity::Column::CancelRequested, Expr::value(i64::from(requested)))
        .filter(entity::Column::Tenant.eq(row.tenant.as_str()))
        .filter(entity::Column::Connection.eq(row.connection.as_str()))
        .filter(entity::Column::Id.eq(row.id.as_str()))
        .exec(db)
        .await?;
    Ok(())
}
