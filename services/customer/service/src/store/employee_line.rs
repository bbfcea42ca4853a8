//! Who stands above whom, so that a query can leave out what somebody's people are accused of.

use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::ROWS_A_STATEMENT;

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_employee_line")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub above: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub employee: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Replaces all lines of a tenant by these pairs (above, employee).
pub(crate) async fn replace(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    pairs: &[(String, String)],
) -> Result<(), StoreError> {
    let old = entity::Entity::delete_many().filter(entity::Column::Tenant.eq(tenant.as_str()));
    old.exec(db).await?;
    for chunk in pairs.chunks(ROWS_A_STATEMENT) {
        let rows = chunk.iter().map(|(above, employee)| {
            let (above, employee) = (above.clone(), format!("employees/{employee}"));
            entity::Model { tenant: tenant.to_string(), above, employee }.into_active_model()
        });
        entity::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Names of everybody below a person, as a query within another.
pub(crate) fn below(tenant: &TenantId, above: &str) -> SelectStatement {
    Query::select()
        .column("employee")
        .from("customer_employee_line")
        .and_where(Expr::col("tenant").eq(tenant.as_str()))
        .and_where(Expr::col("above").eq(above))
        .to_owned()
}
