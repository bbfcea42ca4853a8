//! The timeline of a case: append only, and the log that its clocks are folded from.

use crate::convert::case::Entry;
use crate::store::case_part::feed;
use crate::store::{json, micros, parse};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_case_entry")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub case_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        pub create_time: i64,
        pub doc: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "customer_case_entry";

/// The timeline in order: place and entry.
pub(crate) async fn of_case(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    case: &str,
) -> Result<Vec<(i64, Entry)>, StoreError> {
    let rows = within(tenant, case).order_by_asc(entity::Column::Version).all(db).await?;
    rows.into_iter().map(of_row).collect()
}

pub(crate) fn within(tenant: &TenantId, case: &str) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find()
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::CaseId.eq(case))
}

/// Place and entry of a row.
pub(crate) fn of_row(row: entity::Model) -> Result<(i64, Entry), StoreError> {
    Ok((row.version, parse(TABLE, &row.doc)?))
}

/// Appends entries after the last of `known`; two writers at once collide on the key.
pub(crate) async fn append(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    case: &str,
    (known, entries): (i64, &[Entry]),
) -> Result<(), StoreError> {
    let mut rows = Vec::with_capacity(entries.len());
    let mut fed = Vec::with_capacity(entries.len());
    for (version, entry) in (known + 1..).zip(entries) {
        let row = entity::Model {
            tenant: tenant.to_string(),
            case_id: case.to_owned(),
            version,
            create_time: micros(entry.recorded),
            doc: json(TABLE, entry)?,
        };
        rows.push(row.into_active_model());
        fed.push((case.to_owned(), version));
    }
    if !rows.is_empty() {
        entity::Entity::insert_many(rows).exec_without_returning(db).await?;
        feed::append(db, tenant, fed).await?;
    }
    Ok(())
}
