//! Entitlements: what customers and machines are owed.

use super::{Stored, insert_all, instant, json, micros, parse};
use aftercare_customer_domain::entitlement::ResponsePromise;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use jiff::civil::Date;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_entitlement")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub customer: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub asset: String,
        pub contract: String,
        pub source: String,
        pub revision: i64,
        pub create_time: i64,
        pub update_time: i64,
        pub doc: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "customer_entitlement";

/// What a customer or a machine is owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entitlement {
    /// Name of the machine; empty if all of the customer's are covered.
    pub asset: String,
    /// `WARRANTY`, `CONTRACT`, `GOODWILL` or `LAW`.
    pub source: String,
    /// `contracts/{contract}`.
    pub contract: String,
    pub start: Option<Date>,
    pub end: Option<Date>,
    pub parts_covered: bool,
    pub labour_covered: bool,
    pub travel_covered: bool,
    /// How soon an engineer is there, if that is promised.
    #[serde(default)]
    pub response: Option<ResponsePromise>,
    /// Under which policy it is owed; none for that of the service standard.
    #[serde(default)]
    pub policy: Option<OwedPolicy>,
}

/// A version of an SLA policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OwedPolicy {
    pub id: String,
    pub version: i64,
}

impl Entitlement {
    /// Whether it covers a day; without a day, whether it is open at both ends.
    pub(crate) fn covers(&self, day: Option<Date>) -> bool {
        let Some(day) = day else { return self.start.is_none() };
        self.start.is_none_or(|start| start <= day) && self.end.is_none_or(|end| day < end)
    }
}

/// The row of an entitlement.
pub(crate) fn row(
    tenant: &TenantId,
    customer: &str,
    stored: &Stored<Entitlement>,
) -> Result<entity::Model, StoreError> {
    let entitlement = &stored.value;
    Ok(entity::Model {
        tenant: tenant.to_string(),
        customer: customer.to_owned(),
        id: stored.id.clone(),
        asset: entitlement.asset.clone(),
        contract: entitlement.contract.clone(),
        source: entitlement.source.clone(),
        revision: stored.revision,
        create_time: micros(stored.created),
        update_time: micros(stored.updated),
        doc: json(TABLE, entitlement)?,
    })
}

impl TryFrom<entity::Model> for Stored<Entitlement> {
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

/// Entitlements of a customer, or of all for `-`.
pub(crate) fn within(tenant: &TenantId, customer: &str) -> sea_orm::Select<entity::Entity> {
    let select = entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()));
    if customer == "-" { select } else { select.filter(entity::Column::Customer.eq(customer)) }
}

/// An entitlement with its customer, of whom `-` says nothing.
pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (customer, id): (&str, &str),
) -> Result<(String, Stored<Entitlement>), StoreError> {
    let row = within(tenant, customer).filter(entity::Column::Id.eq(id)).one(db).await?;
    let name = || StoreError::NotFound { name: format!("customers/{customer}/entitlements/{id}") };
    let row = row.ok_or_else(name)?;
    Ok((row.customer.clone(), Stored::try_from(row)?))
}

/// Entitlements that come from a contract, with the customer of each.
pub(crate) async fn of_contract(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    contract: &str,
) -> Result<Vec<(String, Stored<Entitlement>)>, StoreError> {
    let rows = within(tenant, "-").filter(entity::Column::Contract.eq(contract)).all(db).await?;
    rows.into_iter().map(|row| Ok((row.customer.clone(), Stored::try_from(row)?))).collect()
}

/// Writes rows, new or changed, in as few statements as the databases allow.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    rows: Vec<entity::Model>,
) -> Result<(), StoreError> {
    insert_all::<entity::Entity>(db, &rows, &on_conflict()).await
}

fn on_conflict() -> OnConflict {
    OnConflict::columns([entity::Column::Tenant, entity::Column::Customer, entity::Column::Id])
        .update_columns([
            entity::Column::Asset,
            entity::Column::Contract,
            entity::Column::Source,
            entity::Column::Revision,
            entity::Column::UpdateTime,
            entity::Column::Doc,
        ])
        .to_owned()
}
