//! Finished work and the parts that it took, as the customer service told of them.

use super::{ROWS_A_STATEMENT, json, parse};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use aftercare_pricing_domain::overtime::Overtime;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use serde::{Deserialize, Serialize};

/// Finished work.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pricing_work")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        /// `REPAIR`, `PREVENTIVE`, ...
        pub kind: String,
        /// Name of the machine.
        pub asset: String,
        /// Name of the contract; empty if the order named none.
        pub contract: String,
        pub product: String,
        pub region_code: String,
        pub doc: String,
        pub complete_time: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Parts used.
pub(crate) mod part_use {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pricing_part_use")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub work: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub part: String,
        pub quantity_micros: i64,
        pub complete_time: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) use part_use::Model as PartUse;

const TABLE: &str = "pricing_work";

/// What is never filtered on of finished work. Amounts are micro-units of one currency.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct WorkDoc {
    pub labour_hours: Option<f64>,
    pub labour_micros: Option<i64>,
    pub parts_micros: Option<i64>,
    pub travel_micros: Option<i64>,
    /// Empty if there are no amounts.
    pub currency: String,
    /// Whether its amounts were in several currencies, and are therefore unknown.
    pub mixed_currencies: bool,
    pub failure_mode: String,
    pub cause: String,
    pub under_warranty: bool,
    /// Name of who did it; empty when not said.
    #[serde(default)]
    pub engineer: String,
    /// Hours outside business hours; none if nobody told when it was done.
    #[serde(default)]
    pub overtime: Option<Overtime>,
}

pub(crate) fn document(doc: &WorkDoc) -> Result<String, StoreError> {
    json(TABLE, doc)
}

impl entity::Model {
    pub fn document(&self) -> Result<WorkDoc, StoreError> {
        parse(TABLE, &self.doc)
    }
}

/// Keeps finished work over what was known of it.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    rows: Vec<entity::Model>,
    parts: Vec<PartUse>,
) -> Result<(), StoreError> {
    for chunk in rows.chunks(ROWS_A_STATEMENT) {
        let ids = chunk.iter().map(|row| row.id.as_str());
        part_use::Entity::delete_many()
            .filter(part_use::Column::Tenant.eq(tenant.as_str()))
            .filter(part_use::Column::Work.is_in(ids))
            .exec(db)
            .await?;
        let conflict = OnConflict::columns([entity::Column::Tenant, entity::Column::Id])
            .update_columns([
                entity::Column::Kind,
                entity::Column::Asset,
                entity::Column::Contract,
                entity::Column::Product,
                entity::Column::RegionCode,
                entity::Column::Doc,
                entity::Column::CompleteTime,
            ])
            .to_owned();
        let rows = chunk.iter().cloned().map(IntoActiveModel::into_active_model);
        entity::Entity::insert_many(rows).on_conflict(conflict).exec_without_returning(db).await?;
    }
    for chunk in parts.chunks(ROWS_A_STATEMENT) {
        let rows = chunk.iter().cloned().map(IntoActiveModel::into_active_model);
        part_use::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Uses of a part in a half-open time, by time.
pub(crate) async fn uses_of(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    part: &str,
    (from, to): (i64, i64),
) -> Result<Vec<PartUse>, StoreError> {
    let rows = part_use::Entity::find()
        .filter(part_use::Column::Tenant.eq(tenant.as_str()))
        .filter(part_use::Column::Part.eq(part))
        .filter(part_use::Column::CompleteTime.gte(from))
        .filter(part_use::Column::CompleteTime.lt(to))
        .order_by_asc(part_use::Column::CompleteTime)
        .all(db)
        .await?;
    Ok(rows)
}

/// Work that names a contract, or was done on one of these machines and names none, in a half-open time.
pub(crate) async fn of_contract(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (contract, assets): (&str, &[String]),
    (from, to): (i64, i64),
) -> Result<Vec<entity::Model>, StoreError> {
    let mut rows = Vec::new();
    let within = |which: Condition| {
        entity::Entity::find()
            .filter(entity::Column::Tenant.eq(tenant.as_str()))
            .filter(which)
            .filter(entity::Column::CompleteTime.gte(from))
            .filter(entity::Column::CompleteTime.lt(to))
    };
    let named = Condition::all().add(entity::Column::Contract.eq(contract));
    rows.extend(within(named).all(db).await?);
    for chunk in assets.chunks(ROWS_A_STATEMENT) {
        let which = Condition::all()
            .add(entity::Column::Contract.eq(""))
            .add(entity::Column::Asset.is_in(chunk));
        rows.extend(within(which).all(db).await?);
    }
    rows.sort_by(|a, b| (a.complete_time, &a.id).cmp(&(b.complete_time, &b.id)));
    Ok(rows)
}

/// All work in a half-open time.
pub(crate) async fn within(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (from, to): (i64, i64),
) -> Result<Vec<entity::Model>, StoreError> {
    let rows = entity::Entity::find()
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::CompleteTime.gte(from))
        .filter(entity::Column::CompleteTime.lt(to))
        .all(db)
        .await?;
    Ok(rows)
}
