//! Work orders.

use super::{ROWS_A_STATEMENT, Stored, insert_all, instant, json, micros, parse};
use aftercare_customer_domain::work_order::{WorkOrder, WorkOrderKind, WorkOrderState};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_work_order")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub asset: String,
        pub customer: String,
        pub asset_name: String,
        pub customer_name: String,
        pub failure_mode: String,
        pub kind: String,
        pub state: String,
        pub complete_time: i64,
        pub revision: i64,
        pub create_time: i64,
        pub update_time: i64,
        pub doc: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "customer_work_order";

/// A work order with the ids of its machine and of the machine's owner at the time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Placed {
    pub asset: String,
    pub customer: String,
    pub order: Stored<WorkOrder>,
}

/// The row of a work order; one that is not completed has completion time 0.
pub(crate) fn row(tenant: &TenantId, placed: &Placed) -> Result<entity::Model, StoreError> {
    let order = &placed.order.value;
    Ok(entity::Model {
        tenant: tenant.to_string(),
        id: placed.order.id.clone(),
        asset: placed.asset.clone(),
        customer: placed.customer.clone(),
        asset_name: format!("customers/{}/assets/{}", placed.customer, placed.asset),
        customer_name: format!("customers/{}", placed.customer),
        failure_mode: order.failure_mode.clone(),
        kind: order.kind.to_string(),
        state: order.state().to_string(),
        complete_time: order.completed.map_or(0, micros),
        revision: placed.order.revision,
        create_time: micros(placed.order.created),
        update_time: micros(placed.order.updated),
        doc: json(TABLE, order)?,
    })
}

impl TryFrom<entity::Model> for Stored<WorkOrder> {
    type Error = StoreError;
    fn try_from(row: entity::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            value: parse(TABLE, &row.doc)?,
            revision: row.revision,
            created: instant(TABLE, row.create_time)?,
            updated: instant(TABLE, row.update_time)?,
        })
    }
}

impl TryFrom<entity::Model> for Placed {
    type Error = StoreError;
    fn try_from(row: entity::Model) -> Result<Self, StoreError> {
        let (asset, customer) = (row.asset.clone(), row.customer.clone());
        Ok(Self { asset, customer, order: Stored::try_from(row)? })
    }
}

/// Work orders of the tenant.
pub(crate) fn within(tenant: &TenantId) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()))
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<Placed, StoreError> {
    let row = within(tenant).filter(entity::Column::Id.eq(id)).one(db).await?;
    let name = || StoreError::NotFound { name: format!("workOrders/{id}") };
    Placed::try_from(row.ok_or_else(name)?)
}

/// Those of the ids that exist.
pub(crate) async fn find_all(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[String],
) -> Result<Vec<Placed>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(ROWS_A_STATEMENT) {
        let wanted = entity::Column::Id.is_in(chunk.iter().map(String::as_str));
        for row in within(tenant).filter(wanted).all(db).await? {
            found.push(Placed::try_from(row)?);
        }
    }
    Ok(found)
}

/// The latest of a customer.
pub(crate) async fn recent(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    customer: &str,
    limit: u64,
) -> Result<Vec<Placed>, StoreError> {
    use sea_orm::{QueryOrder, QuerySelect};
    let rows = within(tenant)
        .filter(entity::Column::Customer.eq(customer))
        .order_by_desc(entity::Column::CompleteTime)
        .order_by_asc(entity::Column::Id);
    rows.limit(limit).all(db).await?.into_iter().map(Placed::try_from).collect()
}

/// Completed repairs after `after` by id, those that the filter takes; as many as a walk reads at once.
pub(crate) async fn repairs(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    filter: Option<&sea_orm::Condition>,
    after: &str,
) -> Result<Vec<Placed>, StoreError> {
    use sea_orm::{QueryOrder, QuerySelect};
    let mut select = done(tenant).filter(entity::Column::Id.gt(after));
    if let Some(filter) = filter {
        select = select.filter(filter.clone());
    }
    let rows = select.order_by_asc(entity::Column::Id).limit(ROWS_A_STATEMENT as u64);
    rows.all(db).await?.into_iter().map(Placed::try_from).collect()
}

/// The completed repair that was completed first.
pub(crate) async fn first_repair(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
) -> Result<Option<Placed>, StoreError> {
    use sea_orm::QueryOrder;
    let row = done(tenant).order_by_asc(entity::Column::CompleteTime).one(db).await?;
    row.map(Placed::try_from).transpose()
}

fn done(tenant: &TenantId) -> sea_orm::Select<entity::Entity> {
    let states = [WorkOrderState::Completed, WorkOrderState::Verified].map(WorkOrderState::as_str);
    within(tenant)
        .filter(entity::Column::Kind.eq(WorkOrderKind::Repair.as_str()))
        .filter(entity::Column::State.is_in(states))
}

/// Work orders of a customer that were completed in a time.
pub(crate) async fn completed(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    customer: &str,
    (from, to): (jiff::Timestamp, jiff::Timestamp),
) -> Result<Vec<Placed>, StoreError> {
    let rows = within(tenant)
        .filter(entity::Column::Customer.eq(customer))
        .filter(entity::Column::State.ne(WorkOrderState::Cancelled.as_str()))
        .filter(entity::Column::CompleteTime.gte(micros(from)))
        .filter(entity::Column::CompleteTime.lt(micros(to)))
        .filter(entity::Column::CompleteTime.ne(0));
    rows.all(db).await?.into_iter().map(Placed::try_from).collect()
}

/// Writes rows, new or changed, in as few statements as the databases allow.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    rows: Vec<entity::Model>,
) -> Result<(), StoreError> {
    insert_all::<entity::Entity>(db, &rows, &on_conflict()).await
}

fn on_conflict() -> OnConflict {
    OnConflict::columns([entity::Column::Tenant, entity::Column::Id])
        .update_columns([
            entity::Column::Asset,
            entity::Column::Customer,
            entity::Column::AssetName,
            entity::Column::CustomerName,
            entity::Column::FailureMode,
            entity::Column::Kind,
            entity::Column::State,
            entity::Column::CompleteTime,
            entity::Column::Revision,
            entity::Column::UpdateTime,
            entity::Column::Doc,
        ])
        .to_owned()
}
