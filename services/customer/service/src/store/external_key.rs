//! Keys of customers in other systems: a key belongs to one customer only.

use super::ROWS_A_STATEMENT;
use aftercare_customer_domain::customer::ExternalKey;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};
use std::collections::BTreeMap;

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_external_key")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub system: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub external_key: String,
        pub customer: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The customer with a key.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    key: &ExternalKey,
) -> Result<Option<String>, StoreError> {
    let key = (tenant.to_string(), key.system.clone(), key.key.clone());
    Ok(entity::Entity::find_by_id(key).one(db).await?.map(|row| row.customer))
}

/// Makes the keys of each customer these and no others.
///
/// A key that another customer has is `ALREADY_EXISTS` with that customer's name.
pub(crate) async fn replace(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    customers: &[(String, Vec<ExternalKey>)],
) -> Result<(), StoreError> {
    let ids = || customers.iter().map(|(id, _)| id.as_str());
    let mut wanted: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for (customer, keys) in customers {
        for key in keys {
            if let Some(other) = wanted.insert((&key.system, &key.key), customer)
                && other != customer
            {
                return Err(taken(other));
            }
        }
    }
    let ids: Vec<&str> = ids().collect();
    for chunk in ids.chunks(ROWS_A_STATEMENT) {
        let of_these = entity::Column::Customer.is_in(chunk.iter().copied());
        entity::Entity::delete_many()
            .filter(entity::Column::Tenant.eq(tenant.as_str()))
            .filter(of_these)
            .exec(db)
            .await?;
    }
    let keys: Vec<_> = wanted.keys().map(|(_, key)| *key).collect();
    for chunk in keys.chunks(ROWS_A_STATEMENT) {
        let rows = entity::Entity::find()
            .filter(entity::Column::Tenant.eq(tenant.as_str()))
            .filter(entity::Column::ExternalKey.is_in(chunk.iter().copied()));
        for row in rows.all(db).await? {
            if wanted.contains_key(&(row.system.as_str(), row.external_key.as_str())) {
                return Err(taken(&row.customer));
            }
        }
    }
    let rows: Vec<_> = wanted
        .into_iter()
        .map(|((system, key), customer)| entity::Model {
            tenant: tenant.to_string(),
            system: system.to_owned(),
            external_key: key.to_owned(),
            customer: customer.to_owned(),
        })
        .collect();
    for chunk in rows.chunks(ROWS_A_STATEMENT) {
        let rows = chunk.iter().cloned().map(IntoActiveModel::into_active_model);
        entity::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

fn taken(customer: &str) -> StoreError {
    StoreError::AlreadyExists { name: format!("customers/{customer} with this external key") }
}
