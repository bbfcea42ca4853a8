//! Amendments of contracts, by the day from which they hold.

use super::{json, parse};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use aftercare_pricing_domain::agreement::Amendment;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Select,
};
use std::collections::BTreeMap;

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pricing_amendment")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub contract: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub effective_date: String,
        pub doc: String,
        pub create_time: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "pricing_amendment";

/// An amendment as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredAmendment {
    /// Id of the contract.
    pub contract: String,
    pub id: String,
    pub amendment: Amendment,
    pub create_time: i64,
}

impl StoredAmendment {
    pub fn name(&self) -> String {
        format!("contracts/{}/amendments/{}", self.contract, self.id)
    }
}

impl TryFrom<entity::Model> for StoredAmendment {
    type Error = StoreError;
    fn try_from(row: entity::Model) -> Result<Self, StoreError> {
        Ok(Self {
            amendment: parse(TABLE, &row.doc)?,
            contract: row.contract,
            id: row.id,
            create_time: row.create_time,
        })
    }
}

/// Amendments of one contract.
pub(crate) fn all(tenant: &TenantId, contract: &str) -> Select<entity::Entity> {
    entity::Entity::find()
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::Contract.eq(contract))
}

/// Amendments of one contract, by the day from which they hold.
pub(crate) async fn of(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    contract: &str,
) -> Result<Vec<Amendment>, StoreError> {
    Ok(of_many(db, tenant, &[contract.to_owned()]).await?.remove(contract).unwrap_or_default())
}

/// Amendments of contracts by their ids, each list by the day from which they hold.
pub(crate) async fn of_many(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    contracts: &[String],
) -> Result<BTreeMap<String, Vec<Amendment>>, StoreError> {
    let mut found: BTreeMap<String, Vec<Amendment>> = BTreeMap::new();
    for chunk in contracts.chunks(super::ROWS_A_STATEMENT) {
        let rows = entity::Entity::find()
            .filter(entity::Column::Tenant.eq(tenant.as_str()))
            .filter(entity::Column::Contract.is_in(chunk))
            .order_by_asc(entity::Column::EffectiveDate)
            .order_by_asc(entity::Column::CreateTime)
            .order_by_asc(entity::Column::Id)
            .all(db)
            .await?;
        for row in rows {
            let stored = StoredAmendment::try_from(row)?;
            found.entry(stored.contract).or_default().push(stored.amendment);
        }
    }
    Ok(found)
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    stored: &StoredAmendment,
) -> Result<(), StoreError> {
    let row = entity::Model {
        tenant: tenant.to_string(),
        contract: stored.contract.clone(),
        id: stored.id.clone(),
        effective_date: stored.amendment.change.effective.to_string(),
        doc: json(TABLE, &stored.amendment)?,
        create_time: stored.create_time,
    };
    entity::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await
        .map_err(|error| StoreError::unique(error, || stored.name()))?;
    Ok(())
}
