//! Customers.

use super::{ROWS_A_STATEMENT, Stored, insert_all, instant, json, micros, parse};
use aftercare_customer_domain::customer::{Customer, CustomerState};
use aftercare_customer_domain::grade::Grade;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_customer")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub display_name: String,
        pub grade: String,
        pub region_code: String,
        pub industry: String,
        pub state: String,
        pub parent: String,
        pub uscc: String,
        pub vat_id: String,
        pub duns: String,
        pub revision: i64,
        pub create_time: i64,
        pub update_time: i64,
        pub doc: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "customer_customer";

/// The row of a customer.
pub(crate) fn row(
    tenant: &TenantId,
    stored: &Stored<Customer>,
) -> Result<entity::Model, StoreError> {
    let customer = &stored.value;
    let text = |value: Option<String>| value.unwrap_or_default();
    Ok(entity::Model {
        tenant: tenant.to_string(),
        id: stored.id.clone(),
        display_name: customer.display_name.clone(),
        grade: text(customer.grade.map(|grade| grade.to_string())),
        region_code: text(customer.region.as_ref().map(ToString::to_string)),
        industry: customer.industry.clone(),
        state: customer.state.to_string(),
        parent: text(customer.parent.as_ref().map(ToString::to_string)),
        uscc: text(customer.uscc.as_ref().map(ToString::to_string)),
        vat_id: text(customer.vat_id.as_ref().map(ToString::to_string)),
        duns: text(customer.duns.as_ref().map(ToString::to_string)),
        revision: stored.revision,
        create_time: micros(stored.created),
        update_time: micros(stored.updated),
        doc: json(TABLE, customer)?,
    })
}

impl TryFrom<entity::Model> for Stored<Customer> {
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

/// Customers of the tenant.
pub(crate) fn within(tenant: &TenantId) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()))
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<Option<Stored<Customer>>, StoreError> {
    let row = within(tenant).filter(entity::Column::Id.eq(id)).one(db).await?;
    row.map(Stored::try_from).transpose()
}

/// The customer, or an error with its name.
pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<Stored<Customer>, StoreError> {
    let found = find(db, tenant, id).await?;
    found.ok_or_else(|| StoreError::NotFound { name: format!("customers/{id}") })
}

/// Holds a customer's row until the transaction ends: what is granted to it is weighed by one at a time.
pub(crate) async fn hold(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<(), StoreError> {
    use sea_orm::QuerySelect;
    within(tenant).filter(entity::Column::Id.eq(id)).lock_exclusive().one(db).await?;
    Ok(())
}

/// Ids of customers in use after an id, in order.
pub(crate) async fn active_after(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (after, limit): (&str, u64),
) -> Result<Vec<String>, StoreError> {
    use aftercare_customer_domain::customer::CustomerState;
    use sea_orm::{QueryOrder, QuerySelect};
    let ids = within(tenant)
        .filter(entity::Column::State.eq(CustomerState::Active.as_str()))
        .filter(entity::Column::Id.gt(after))
        .order_by_asc(entity::Column::Id)
        .limit(limit)
        .select_only()
        .column(entity::Column::Id);
    Ok(ids.into_tuple().all(db).await?)
}

/// Those of the ids that exist.
pub(crate) async fn find_all(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[String],
) -> Result<Vec<Stored<Customer>>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(ROWS_A_STATEMENT) {
        let rows =
            within(tenant).filter(entity::Column::Id.is_in(chunk.iter().map(String::as_str)));
        for row in rows.all(db).await? {
            found.push(Stored::try_from(row)?);
        }
    }
    Ok(found)
}

/// Ids and grades of the customers in use that the filter takes.
pub(crate) async fn grades(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    filter: Option<sea_orm::Condition>,
) -> Result<Vec<(String, Option<Grade>)>, StoreError> {
    use sea_orm::QuerySelect;
    let mut select =
        within(tenant).filter(entity::Column::State.eq(CustomerState::Active.as_str()));
    if let Some(filter) = filter {
        select = select.filter(filter);
    }
    let columns = select.select_only().column(entity::Column::Id).column(entity::Column::Grade);
    let rows: Vec<(String, String)> = columns.into_tuple().all(db).await?;
    Ok(rows.into_iter().map(|(id, grade)| (id, Grade::parse(&grade).ok())).collect())
}

/// Customers directly below another.
pub(crate) async fn children(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
    limit: u64,
) -> Result<Vec<Stored<Customer>>, StoreError> {
    use sea_orm::{QueryOrder, QuerySelect};
    let rows =
        within(tenant).filter(entity::Column::Parent.eq(id)).order_by_asc(entity::Column::Id);
    rows.limit(limit).all(db).await?.into_iter().map(Stored::try_from).collect()
}

pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<(), StoreError> {
    let key = (tenant.to_string(), id.to_owned());
    entity::Entity::delete_by_id(key).exec(db).await?;
    Ok(())
}

/// Writes rows, new or changed, in as few statements as the databases allow.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    rows: Vec<entity::Model>,
) -> Result<(), StoreError> {
    insert_all::<entity::Entity>(db, &rows, &on_conflict()).await?;
    super::past::keep(db, &rows).await
}

fn on_conflict() -> OnConflict {
    OnConflict::columns([entity::Column::Tenant, entity::Column::Id])
        .update_columns([
            entity::Column::DisplayName,
            entity::Column::Grade,
            entity::Column::RegionCode,
            entity::Column::Industry,
            entity::Column::State,
            entity::Column::Parent,
            entity::Column::Uscc,
            entity::Column::VatId,
            entity::Column::Duns,
            entity::Column::Revision,
            entity::Column::UpdateTime,
            entity::Column::Doc,
        ])
        .to_owned()
}
