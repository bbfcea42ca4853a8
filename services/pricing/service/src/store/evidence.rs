//! Machines and their failures, as the customer service told of them.

use super::history::Versioned;
use super::{ROWS_A_STATEMENT, json, parse};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use aftercare_pricing_domain::overtime::Overtime;
use jiff::civil::Date;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, Select};
use serde::{Deserialize, Serialize};

/// Machines.
pub(crate) mod machine {
    use sea_orm::entity::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DeriveEntityModel)]
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
        /// When pricing came to know this; 0 before that was kept.
        pub record_time: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Failures.
pub(crate) mod failure {
    use sea_orm::entity::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DeriveEntityModel)]
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
        /// When pricing came to know this; 0 before that was kept.
        pub record_time: i64,
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
    /// Hours outside business hours; none if nobody told when it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overtime: Option<Overtime>,
}

impl machine::Model {
    /// Known since now, or since the version before if it says the same.
    pub fn recorded(self, before: Option<&Self>, now: i64) -> Self {
        let same = before.filter(|own| {
            Self { event_time: own.event_time, record_time: own.record_time, ..self.clone() }
                == **own
        });
        Self { record_time: same.map_or(now, |own| own.record_time), ..self }
    }

    pub fn document(&self) -> Result<MachineDoc, StoreError> {
        parse("pricing_machine", &self.doc)
    }
}

impl failure::Model {
    /// Known since now, or since the version before if it says the same.
    pub fn recorded(self, before: Option<&Self>, now: i64) -> Self {
        let same =
            before.filter(|own| Self { record_time: own.record_time, ..self.clone() } == **own);
        Self { record_time: same.map_or(now, |own| own.record_time), ..self }
    }

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

/// Kinds of former versions.
pub(crate) const MACHINE: &str = "machine";
pub(crate) const FAILURE: &str = "failure";

macro_rules! versioned {
    ($module:ident, $kind:expr, $scope:ident) => {
        impl Versioned for $module::Model {
            fn tenant(&self) -> &str {
                &self.tenant
            }
            fn kind(&self) -> &str {
                $kind
            }
            fn id(&self) -> String {
                self.id.clone()
            }
            fn scope(&self) -> String {
                self.$scope.clone()
            }
            fn since(&self) -> i64 {
                self.record_time
            }
            fn born(&self) -> i64 {
                self.record_time
            }
        }
    };
}
versioned!(machine, MACHINE, customer);
versioned!(failure, FAILURE, asset);

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

/// Machines by their ids; missing ones are left out.
pub(crate) async fn machines_by_id(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[String],
) -> Result<Vec<machine::Model>, StoreError> {
    let mut rows = Vec::new();
    for chunk in ids.chunks(ROWS_A_STATEMENT) {
        rows.extend(machines(tenant).filter(machine::Column::Id.is_in(chunk)).all(db).await?);
    }
    Ok(rows)
}

/// Failures by their ids; missing ones are left out.
pub(crate) async fn failures_by_id(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[String],
) -> Result<Vec<failure::Model>, StoreError> {
    let mut rows = Vec::new();
    for chunk in ids.chunks(ROWS_A_STATEMENT) {
        rows.extend(failures(tenant).filter(failure::Column::Id.is_in(chunk)).all(db).await?);
    }
    Ok(rows)
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
                machine::Column::RecordTime,
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
                failure::Column::RecordTime,
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
