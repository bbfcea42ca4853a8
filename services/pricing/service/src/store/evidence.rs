//! Machines and their failures, as the customer service told of them.

use super::{ROWS_A_STATEMENT, json, parse};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use jiff::civil::Date;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Select,
};
use serde::{Deserialize, Serialize};

/// Machines.
pub(crate) mod machine {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pricing_machine")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub name: String,
        pub customer: String,
        pub product: String,
        pub region_code: String,
        pub environment: String,
        pub doc: String,
        pub event_time: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Failures.
pub(crate) mod failure {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pricing_failure")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub asset: String,
        pub product: String,
        pub failure_mode: String,
        pub doc: String,
        pub failure_time: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What is never filtered on of a machine.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct MachineDoc {
    pub commissioned: Option<Date>,
    pub decommissioned: Option<Date>,
    pub duty_hours: Option<f64>,
}

/// What is never filtered on of a failure. Amounts are major units as decimals in text.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct FailureDoc {
    pub age_days: Option<f64>,
    pub labour_hours: Option<f64>,
    pub parts_micros: Option<i64>,
    pub travel_micros: Option<i64>,
    /// Currency of both; empty if there are no amounts.
    pub currency: String,
}

impl machine::Model {
    pub fn document(&self) -> Result<MachineDoc, StoreError> {
        parse("pricing_machine", &self.doc)
    }
}

impl failure::Model {
    pub fn document(&self) -> Result<FailureDoc, StoreError> {
        parse("pricing_failure", &self.doc)
    }
}

pub(crate) fn machine_doc(doc: &MachineDoc) -> Result<String, StoreError> {
    json("pricing_machine", doc)
}

pub(crate) fn failure_doc(doc: &FailureDoc) -> Result<String, StoreError> {
    json("pricing_failure", doc)
}

/// All machines.
pub(crate) fn machines(tenant: &TenantId) -> Select<machine::Entity> {
    machine::Entity::find().filter(machine::Column::Tenant.eq(tenant.as_str()))
}

/// All failures.
pub(crate) fn failures(tenant: &TenantId) -> Select<failure::Entity> {
    failure::Entity::find().filter(failure::Column::Tenant.eq(tenant.as_str()))
}

/// Failures of machines by their ids.
pub(crate) async fn failures_of(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    assets: &[String],
) -> Result<Vec<failure::Model>, StoreError> {
    let mut rows = Vec::new();
    for chunk in assets.chunks(ROWS_A_STATEMENT) {
        rows.extend(failures(tenant).filter(failure::Column::Asset.is_in(chunk)).all(db).await?);
    }
    Ok(rows)
}

/// Event times of machines that are known, by id.
pub(crate) async fn known_machines(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[String],
) -> Result<Vec<(String, i64)>, StoreError> {
    let mut known = Vec::new();
    for chunk in ids.chunks(ROWS_A_STATEMENT) {
        let rows = machines(tenant)
            .filter(machine::Column::Id.is_in(chunk))
            .select_only()
            .columns([machine::Column::Id, machine::Column::EventTime]);
        known.extend(rows.into_tuple::<(String, i64)>().all(db).await?);
    }
    Ok(known)
}

pub(crate) async fn save_machines(
    db: &impl ConnectionTrait,
    rows: Vec<machine::Model>,
) -> Result<(), StoreError> {
    for chunk in rows.chunks(ROWS_A_STATEMENT) {
        let conflict = OnConflict::columns([machine::Column::Tenant, machine::Column::Id])
            .update_columns([
                machine::Column::Name,
                machine::Column::Customer,
                machine::Column::Product,
                machine::Column::RegionCode,
                machine::Column::Environment,
                machine::Column::Doc,
                machine::Column::EventTime,
            ])
            .to_owned();
        let rows = chunk.iter().cloned().map(IntoActiveModel::into_active_model);
        machine::Entity::insert_many(rows).on_conflict(conflict).exec_without_returning(db).await?;
    }
    Ok(())
}

pub(crate) async fn save_failures(
    db: &impl ConnectionTrait,
    rows: Vec<failure::Model>,
) -> Result<(), StoreError> {
    for chunk in rows.chunks(ROWS_A_STATEMENT) {
        let conflict = OnConflict::columns([failure::Column::Tenant, failure::Column::Id])
            .update_columns([
                failure::Column::Asset,
                failure::Column::Product,
                failure::Column::FailureMode,
                failure::Column::Doc,
                failure::Column::FailureTime,
            ])
            .to_owned();
        let rows = chunk.iter().cloned().map(IntoActiveModel::into_active_model);
        failure::Entity::insert_many(rows).on_conflict(conflict).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Forgets machines and failures by id.
pub(crate) async fn forget(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    assets: &[String],
    orders: &[String],
) -> Result<(), StoreError> {
    for chunk in assets.chunks(ROWS_A_STATEMENT) {
        machine::Entity::delete_many()
            .filter(machine::Column::Tenant.eq(tenant.as_str()))
            .filter(machine::Column::Id.is_in(chunk))
            .exec(db)
            .await?;
    }
    for chunk in orders.chunks(ROWS_A_STATEMENT) {
        failure::Entity::delete_many()
            .filter(failure::Column::Tenant.eq(tenant.as_str()))
            .filter(failure::Column::Id.is_in(chunk))
            .exec(db)
            .await?;
    }
    Ok(())
}
