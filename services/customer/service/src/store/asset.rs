//! Assets.

use super::{ROWS_A_STATEMENT, Stored, insert_all, instant, json, micros, parse};
use aftercare_customer_domain::asset::Asset;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_asset")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub customer: String,
        pub product: String,
        pub serial_number: String,
        pub lot: String,
        pub region_code: String,
        pub state: String,
        pub commission_date: String,
        pub revision: i64,
        pub create_time: i64,
        pub update_time: i64,
        pub doc: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "customer_asset";

/// An asset with the id of its present owner.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Owned {
    pub customer: String,
    pub asset: Stored<Asset>,
}

/// The row of an asset.
pub(crate) fn row(tenant: &TenantId, owned: &Owned) -> Result<entity::Model, StoreError> {
    let asset = &owned.asset.value;
    Ok(entity::Model {
        tenant: tenant.to_string(),
        id: owned.asset.id.clone(),
        customer: owned.customer.clone(),
        product: asset.product.clone(),
        serial_number: asset.serial_number.clone(),
        lot: asset.lot.clone(),
        region_code: asset.region.as_ref().map(ToString::to_string).unwrap_or_default(),
        state: asset.state().to_string(),
        commission_date: asset.commissioned.map(|date| date.to_string()).unwrap_or_default(),
        revision: owned.asset.revision,
        create_time: micros(owned.asset.created),
        update_time: micros(owned.asset.updated),
        doc: json(TABLE, asset)?,
    })
}

impl TryFrom<entity::Model> for Stored<Asset> {
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

impl TryFrom<entity::Model> for Owned {
    type Error = StoreError;
    fn try_from(row: entity::Model) -> Result<Self, StoreError> {
        Ok(Self { customer: row.customer.clone(), asset: Stored::try_from(row)? })
    }
}

/// Assets of a customer, or of all for `-`.
pub(crate) fn within(tenant: &TenantId, customer: &str) -> sea_orm::Select<entity::Entity> {
    let select = entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()));
    if customer == "-" { select } else { select.filter(entity::Column::Customer.eq(customer)) }
}

/// The asset under the owner that its name says, or under any for `-`.
pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (customer, id): (&str, &str),
) -> Result<Owned, StoreError> {
    let row = within(tenant, customer).filter(entity::Column::Id.eq(id)).one(db).await?;
    let name = || StoreError::NotFound { name: format!("customers/{customer}/assets/{id}") };
    Owned::try_from(row.ok_or_else(name)?)
}

/// Those of the ids that exist.
pub(crate) async fn find_all(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[String],
) -> Result<Vec<Owned>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(ROWS_A_STATEMENT) {
        let wanted = entity::Column::Id.is_in(chunk.iter().map(String::as_str));
        for row in within(tenant, "-").filter(wanted).all(db).await? {
            found.push(Owned::try_from(row)?);
        }
    }
    Ok(found)
}

/// Assets after `after` by id, those that the filter takes; as many as a walk reads at once.
pub(crate) async fn walk(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    filter: Option<&sea_orm::Condition>,
    after: &str,
) -> Result<Vec<Owned>, StoreError> {
    use sea_orm::{QueryOrder, QuerySelect};
    let mut select = within(tenant, "-").filter(entity::Column::Id.gt(after));
    if let Some(filter) = filter {
        select = select.filter(filter.clone());
    }
    let rows = select.order_by_asc(entity::Column::Id).limit(ROWS_A_STATEMENT as u64);
    rows.all(db).await?.into_iter().map(Owned::try_from).collect()
}

/// Who sold machines to a customer.
pub(crate) async fn distributors(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    customer: &str,
) -> Result<std::collections::BTreeSet<String>, StoreError> {
    let mut found = std::collections::BTreeSet::new();
    for row in within(tenant, customer).all(db).await? {
        let owned = Owned::try_from(row)?;
        found.insert(owned.asset.value.distributor);
    }
    Ok(found)
}

/// How many a customer has.
pub(crate) async fn count(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    customer: &str,
) -> Result<u64, StoreError> {
    use sea_orm::PaginatorTrait;
    Ok(within(tenant, customer).count(db).await?)
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
    insert_all::<entity::Entity>(db, &rows, &on_conflict()).await
}

fn on_conflict() -> OnConflict {
    OnConflict::columns([entity::Column::Tenant, entity::Column::Id])
        .update_columns([
            entity::Column::Customer,
            entity::Column::Product,
            entity::Column::SerialNumber,
            entity::Column::Lot,
            entity::Column::RegionCode,
            entity::Column::State,
            entity::Column::CommissionDate,
            entity::Column::Revision,
            entity::Column::UpdateTime,
            entity::Column::Doc,
        ])
        .to_owned()
}
