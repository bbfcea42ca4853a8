//! Clocks of cases.

use crate::store::{Stored, insert_all, instant, json, micros, parse};
use aftercare_customer_domain::clock::ClockRecord;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_clock")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub case_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub next_due: i64,
        pub revision: i64,
        pub create_time: i64,
        pub update_time: i64,
        pub doc: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "customer_clock";

/// A timer that never rings.
const NEVER: i64 = i64::MAX;

/// The row of a clock; `due` is when its next warning or escalation becomes true.
pub(crate) fn row(
    tenant: &TenantId,
    case: &str,
    stored: &Stored<ClockRecord>,
    due: Option<Timestamp>,
) -> Result<entity::Model, StoreError> {
    Ok(entity::Model {
        tenant: tenant.to_string(),
        case_id: case.to_owned(),
        id: stored.id.clone(),
        next_due: due.map_or(NEVER, micros),
        revision: stored.revision,
        create_time: micros(stored.created),
        update_time: micros(stored.updated),
        doc: json(TABLE, &stored.value)?,
    })
}

impl TryFrom<entity::Model> for Stored<ClockRecord> {
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

pub(crate) async fn of_case(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    case: &str,
) -> Result<Vec<Stored<ClockRecord>>, StoreError> {
    let rows = within(tenant, case).order_by_asc(entity::Column::Id).all(db).await?;
    rows.into_iter().map(Stored::try_from).collect()
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (case, id): (&str, &str),
) -> Result<Stored<ClockRecord>, StoreError> {
    let row = within(tenant, case).filter(entity::Column::Id.eq(id)).one(db).await?;
    let name = || StoreError::NotFound { name: format!("cases/{case}/clocks/{id}") };
    Stored::try_from(row.ok_or_else(name)?)
}

/// Clocks of a case.
pub(crate) fn within(tenant: &TenantId, case: &str) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find()
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::CaseId.eq(case))
}

/// Clocks that may still fire, of cases from an id on: case and clock, in order.
pub(crate) async fn running_after(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (case, limit): (&str, u64),
) -> Result<Vec<(String, Stored<ClockRecord>)>, StoreError> {
    use sea_orm::QuerySelect;
    let rows = entity::Entity::find()
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::CaseId.gte(case))
        .filter(entity::Column::NextDue.lt(NEVER))
        .order_by_asc(entity::Column::CaseId)
        .order_by_asc(entity::Column::Id)
        .limit(limit);
    let of = |row: entity::Model| Ok((row.case_id.clone(), Stored::try_from(row)?));
    rows.all(db).await?.into_iter().map(of).collect()
}

/// Writes rows, new or changed, in as few statements as the databases allow.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    rows: Vec<entity::Model>,
) -> Result<(), StoreError> {
    insert_all::<entity::Entity>(db, &rows, &on_conflict()).await
}

fn on_conflict() -> OnConflict {
    OnConflict::columns([entity::Column::Tenant, entity::Column::CaseId, entity::Column::Id])
        .update_columns([
            entity::Column::NextDue,
            entity::Column::Revision,
            entity::Column::UpdateTime,
            entity::Column::Doc,
        ])
        .to_owned()
}
