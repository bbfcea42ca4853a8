//! Keys under which customers that may be one are found.

use super::ROWS_A_STATEMENT;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
};
use std::collections::BTreeSet;

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_match_key")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub match_key: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub customer: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Makes the keys of each customer these and no others.
pub(crate) async fn replace(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    customers: &[(String, BTreeSet<String>)],
) -> Result<(), StoreError> {
    for chunk in customers.chunks(ROWS_A_STATEMENT) {
        entity::Entity::delete_many()
            .filter(entity::Column::Tenant.eq(tenant.as_str()))
            .filter(entity::Column::Customer.is_in(chunk.iter().map(|(id, _)| id.as_str())))
            .exec(db)
            .await?;
    }
    let rows: Vec<entity::Model> = customers
        .iter()
        .flat_map(|(customer, keys)| {
            keys.iter().map(|key| entity::Model {
                tenant: tenant.to_string(),
                match_key: key.clone(),
                customer: customer.clone(),
            })
        })
        .collect();
    for chunk in rows.chunks(ROWS_A_STATEMENT) {
        let rows = chunk.iter().cloned().map(IntoActiveModel::into_active_model);
        let nothing = OnConflict::new().do_nothing().to_owned();
        entity::Entity::insert_many(rows).on_conflict(nothing).exec_without_returning(db).await?;
    }
    Ok(())
}

/// A key of more customers tells nothing.
const COMMON: u64 = 100;

/// Customers that share a key that few share.
pub(crate) async fn sharing(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    keys: &BTreeSet<String>,
) -> Result<BTreeSet<String>, StoreError> {
    let mut found = BTreeSet::new();
    for key in keys {
        let rows = entity::Entity::find()
            .filter(entity::Column::Tenant.eq(tenant.as_str()))
            .filter(entity::Column::MatchKey.eq(key.as_str()))
            .limit(COMMON + 1)
            .all(db)
            .await?;
        if rows.len() as u64 <= COMMON {
            found.extend(rows.into_iter().map(|row| row.customer));
        }
    }
    Ok(found)
}
