//! Cases.

use super::{Stored, insert_all, instant, json, micros, parse};
use aftercare_customer_domain::case::{CaseFile, CaseState};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_case")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub customer: String,
        pub customer_name: String,
        pub kind: String,
        pub category: String,
        pub state: String,
        pub priority: String,
        pub accused: String,
        pub revision: i64,
        pub create_time: i64,
        pub update_time: i64,
        pub doc: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "customer_case";

/// The row of a case.
pub(crate) fn row(
    tenant: &TenantId,
    stored: &Stored<CaseFile>,
) -> Result<entity::Model, StoreError> {
    let file = &stored.value;
    Ok(entity::Model {
        tenant: tenant.to_string(),
        id: stored.id.clone(),
        customer: file.customer.clone(),
        customer_name: format!("customers/{}", file.customer),
        kind: file.kind.to_string(),
        category: file.category.map(|category| category.to_string()).unwrap_or_default(),
        state: file.state.to_string(),
        priority: file.priority.to_string(),
        accused: file.accused.clone(),
        revision: stored.revision,
        create_time: micros(stored.created),
        update_time: micros(stored.updated),
        doc: json(TABLE, file)?,
    })
}

impl TryFrom<entity::Model> for Stored<CaseFile> {
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

/// Cases of the tenant that the principal may see: never those in which it is the accused, or stands in the accused's
/// line. Nobody (empty) is accused of nothing.
pub(crate) fn within(tenant: &TenantId, principal: &str) -> sea_orm::Select<entity::Entity> {
    let cases = entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()));
    let Some(id) = Some(principal.trim_start_matches("employees/")).filter(|id| !id.is_empty())
    else {
        return cases;
    };
    cases
        .filter(entity::Column::Accused.ne(format!("employees/{id}")))
        .filter(entity::Column::Accused.not_in_subquery(super::employee_line::below(tenant, id)))
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    principal: &str,
    id: &str,
) -> Result<Stored<CaseFile>, StoreError> {
    let row = within(tenant, principal).filter(entity::Column::Id.eq(id)).one(db).await?;
    let name = || StoreError::NotFound { name: format!("cases/{id}") };
    Stored::try_from(row.ok_or_else(name)?)
}

/// Those of the ids that are cases of the customer, open or over, which the principal may see.
pub(crate) async fn of_these(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    principal: &str,
    (customer, ids): (&str, &[String]),
) -> Result<Vec<String>, StoreError> {
    use sea_orm::QuerySelect;
    let found = within(tenant, principal)
        .filter(entity::Column::Customer.eq(customer))
        .filter(entity::Column::Id.is_in(ids.iter().map(String::as_str)))
        .select_only()
        .column(entity::Column::Id);
    Ok(found.into_tuple().all(db).await?)
}

/// Holds a case's row until the transaction ends, so that one writer at a time reads and extends its timeline; fails if
/// it is no longer the revision that was read.
pub(crate) async fn hold(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (id, revision): (&str, Option<i64>),
) -> Result<bool, StoreError> {
    use sea_orm::QuerySelect;
    // SQLite has one writer and knows no row locks; the builder leaves the clause out there
    let row = within(tenant, "").filter(entity::Column::Id.eq(id)).lock_exclusive();
    let Some(row) = row.one(db).await? else { return Ok(false) };
    if revision.is_some_and(|revision| revision != row.revision) {
        let text = format!("cases/{id} was changed by another write");
        return Err(StoreError::WriteRace(sea_orm::DbErr::Custom(text)));
    }
    Ok(true)
}

/// Cases of a customer that are not over, newest first, and how many there are.
pub(crate) async fn open(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    principal: &str,
    (customer, limit): (&str, u64),
) -> Result<(Vec<Stored<CaseFile>>, u64), StoreError> {
    use sea_orm::{PaginatorTrait, QueryOrder, QuerySelect};
    let over = CaseState::ALL.iter().filter(|state| state.is_over()).map(|state| state.as_str());
    let open = within(tenant, principal)
        .filter(entity::Column::Customer.eq(customer))
        .filter(entity::Column::State.is_not_in(over));
    let count = open.clone().count(db).await?;
    let rows = open.order_by_desc(entity::Column::CreateTime).limit(limit).all(db).await?;
    Ok((rows.into_iter().map(Stored::try_from).collect::<Result<_, _>>()?, count))
}

/// Writes rows, new or changed, in as few statements as the databases allow.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    rows: Vec<entity::Model>,
) -> Result<(), StoreError> {
    insert_all::<entity::Entity>(db, &rows, &on_conflict()).await
}

fn on_conflict() -> OnConflict {
    OnConflict::columns([entity::Column::Tenant, entity::Column::Id])
        .update_columns([
            entity::Column::Customer,
            entity::Column::CustomerName,
            entity::Column::Kind,
            entity::Column::Category,
            entity::Column::State,
            entity::Column::Priority,
            entity::Column::Accused,
            entity::Column::Revision,
            entity::Column::UpdateTime,
            entity::Column::Doc,
        ])
        .to_owned()
}
