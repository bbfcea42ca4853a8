//! Grades that were given: one a customer and period.

use super::{json, micros, parse};
use crate::convert::grade::GradeRecord;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_grade")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub customer: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub period: String,
        pub grade: String,
        pub raw: String,
        pub sequence: i64,
        pub revision: i64,
        pub create_time: i64,
        pub update_time: i64,
        pub doc: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "customer_grade";

/// Writes the grade of its period, in place of an earlier one of the same period.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    customer: &str,
    (sequence, record): (i64, &GradeRecord),
) -> Result<(), StoreError> {
    let row = entity::Model {
        tenant: tenant.to_string(),
        customer: customer.to_owned(),
        period: record.period.clone(),
        grade: record.grade.to_string(),
        raw: record.raw.to_string(),
        sequence,
        revision: 1,
        create_time: micros(record.at),
        update_time: micros(record.at),
        doc: json(TABLE, record)?,
    };
    let key = [entity::Column::Tenant, entity::Column::Customer, entity::Column::Period];
    let replace = OnConflict::columns(key)
        .update_columns([
            entity::Column::Grade,
            entity::Column::Raw,
            entity::Column::UpdateTime,
            entity::Column::Doc,
        ])
        .to_owned();
    let insert = entity::Entity::insert(row.into_active_model()).on_conflict(replace);
    insert.exec_without_returning(db).await?;
    Ok(())
}

/// Grades of a customer, newest period first.
pub(crate) async fn history(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    customer: &str,
    limit: u64,
) -> Result<Vec<GradeRecord>, StoreError> {
    let rows = within(tenant, customer).order_by_desc(entity::Column::Sequence).limit(limit);
    rows.all(db).await?.into_iter().map(|row| of_row(&row)).collect()
}

pub(crate) fn within(tenant: &TenantId, customer: &str) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find()
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::Customer.eq(customer))
}

pub(crate) fn of_row(row: &entity::Model) -> Result<GradeRecord, StoreError> {
    parse(TABLE, &row.doc)
}
