//! Contracts: their quote, period and state.

use super::{json, parse};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use aftercare_pricing_domain::agreement::Agreement;
use aftercare_pricing_domain::contract::ContractState;
use jiff::civil::Date;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Select,
};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pricing_contract")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub customer: String,
        pub state: String,
        pub quote: String,
        pub start_date: String,
        pub end_date: String,
        pub end_reason: String,
        pub revision: i64,
        pub create_time: i64,
        pub update_time: i64,
        pub doc: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "pricing_contract";

/// A contract as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredContract {
    pub id: String,
    pub customer: String,
    pub state: ContractState,
    /// Id of the quote.
    pub quote: String,
    pub start: Date,
    pub end: Date,
    pub end_reason: String,
    pub revision: i64,
    pub create_time: i64,
    pub update_time: i64,
    pub agreement: Agreement,
}

impl StoredContract {
    pub fn name(&self) -> String {
        format!("contracts/{}", self.id)
    }

    fn row(&self, tenant: &TenantId) -> Result<entity::Model, StoreError> {
        Ok(entity::Model {
            tenant: tenant.to_string(),
            id: self.id.clone(),
            customer: self.customer.clone(),
            state: json(TABLE, &self.state)?.trim_matches('"').to_owned(),
            quote: self.quote.clone(),
            start_date: self.start.to_string(),
            end_date: self.end.to_string(),
            end_reason: self.end_reason.clone(),
            revision: self.revision,
            create_time: self.create_time,
            update_time: self.update_time,
            doc: json(TABLE, &self.agreement)?,
        })
    }
}

impl TryFrom<entity::Model> for StoredContract {
    type Error = StoreError;
    fn try_from(row: entity::Model) -> Result<Self, StoreError> {
        let day = |text: &str| {
            text.parse().map_err(|cause: jiff::Error| StoreError::corrupt(TABLE, cause))
        };
        Ok(Self {
            state: parse(TABLE, &format!("\"{}\"", row.state))?,
            start: day(&row.start_date)?,
            end: day(&row.end_date)?,
            id: row.id,
            customer: row.customer,
            quote: row.quote,
            end_reason: row.end_reason,
            revision: row.revision,
            create_time: row.create_time,
            update_time: row.update_time,
            agreement: parse(TABLE, &row.doc)?,
        })
    }
}

pub(crate) fn all(tenant: &TenantId) -> Select<entity::Entity> {
    entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()))
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<StoredContract, StoreError> {
    let row = all(tenant).filter(entity::Column::Id.eq(id)).one(db).await?;
    row.ok_or_else(|| StoreError::NotFound { name: format!("contracts/{id}") })?.try_into()
}

/// Contracts of a customer that share a day with a period and are not over.
pub(crate) async fn overlapping(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    customer: &str,
    (start, end): (Date, Date),
) -> Result<Vec<StoredContract>, StoreError> {
    let rows = all(tenant)
        .filter(entity::Column::Customer.eq(customer))
        .filter(entity::Column::State.is_in(["ACCEPTED", "ACTIVE", "SUSPENDED"]))
        .filter(entity::Column::StartDate.lt(end.to_string()))
        .filter(entity::Column::EndDate.gt(start.to_string()))
        .all(db)
        .await?;
    rows.into_iter().map(StoredContract::try_from).collect()
}

/// Contracts that are not over and end on a day or before, those that ended first before the others.
pub(crate) async fn due(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    day: Date,
    most: u64,
) -> Result<Vec<StoredContract>, StoreError> {
    let rows = all(tenant)
        .filter(entity::Column::State.is_in(["ACCEPTED", "ACTIVE", "SUSPENDED"]))
        .filter(entity::Column::EndDate.lte(day.to_string()))
        .order_by_asc(entity::Column::EndDate)
        .order_by_asc(entity::Column::Id)
        .limit(most)
        .all(db)
        .await?;
    rows.into_iter().map(StoredContract::try_from).collect()
}

/// The contract that an accepted quote became.
pub(crate) async fn of_quote(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    quote: &str,
) -> Result<Option<StoredContract>, StoreError> {
    let select = all(tenant)
        .filter(entity::Column::Quote.eq(quote))
        .filter(entity::Column::State.eq("ACCEPTED"));
    select.one(db).await?.map(StoredContract::try_from).transpose()
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    contract: &StoredContract,
) -> Result<(), StoreError> {
    entity::Entity::insert(contract.row(tenant)?.into_active_model())
        .exec_without_returning(db)
        .await
        .map_err(|error| StoreError::unique(error, || contract.name()))?;
    Ok(())
}

/// Writes a contract over the revision before; a write that came first is a mismatch.
pub(crate) async fn update(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    contract: &StoredContract,
) -> Result<(), StoreError> {
    let row = contract.row(tenant)?;
    let done = entity::Entity::update_many()
        .col_expr(entity::Column::State, row.state.into())
        .col_expr(entity::Column::EndReason, row.end_reason.into())
        .col_expr(entity::Column::EndDate, row.end_date.into())
        .col_expr(entity::Column::Doc, row.doc.into())
        .col_expr(entity::Column::Revision, row.revision.into())
        .col_expr(entity::Column::UpdateTime, row.update_time.into())
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::Id.eq(&contract.id))
        .filter(entity::Column::Revision.eq(contract.revision - 1))
        .exec(db)
        .await?;
    if done.rows_affected == 1 {
        Ok(())
    } else {
        Err(StoreError::EtagMismatch { name: contract.name() })
    }
}
