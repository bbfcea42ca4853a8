//! Contacts.

use super::{ROWS_A_STATEMENT, Stored, instant, json, micros, parse};
use aftercare_customer_domain::contact::Contact;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_contact")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub customer: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub display_name: String,
        pub role: String,
        pub revision: i64,
        pub create_time: i64,
        pub update_time: i64,
        pub doc: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "customer_contact";

/// The row of a contact.
pub(crate) fn row(
    tenant: &TenantId,
    customer: &str,
    stored: &Stored<Contact>,
) -> Result<entity::Model, StoreError> {
    let contact = &stored.value;
    Ok(entity::Model {
        tenant: tenant.to_string(),
        customer: customer.to_owned(),
        id: stored.id.clone(),
        display_name: contact.display_name.clone(),
        role: contact.role.map(|role| role.to_string()).unwrap_or_default(),
        revision: stored.revision,
        create_time: micros(stored.created),
        update_time: micros(stored.updated),
        doc: json(TABLE, contact)?,
    })
}

impl TryFrom<entity::Model> for Stored<Contact> {
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

/// Contacts of a customer, or of all for `-`.
pub(crate) fn within(tenant: &TenantId, customer: &str) -> sea_orm::Select<entity::Entity> {
    let select = entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()));
    if customer == "-" { select } else { select.filter(entity::Column::Customer.eq(customer)) }
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (customer, id): (&str, &str),
) -> Result<Stored<Contact>, StoreError> {
    let row = within(tenant, customer).filter(entity::Column::Id.eq(id)).one(db).await?;
    let name = || StoreError::NotFound { name: format!("customers/{customer}/contacts/{id}") };
    Stored::try_from(row.ok_or_else(name)?)
}

/// Those of the ids that exist, with the customer of each.
pub(crate) async fn find_all(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[String],
) -> Result<Vec<(String, Stored<Contact>)>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(ROWS_A_STATEMENT) {
        let wanted = entity::Column::Id.is_in(chunk.iter().map(String::as_str));
        for row in within(tenant, "-").filter(wanted).all(db).await? {
            found.push((row.customer.clone(), Stored::try_from(row)?));
        }
    }
    Ok(found)
}

pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (customer, id): (&str, &str),
) -> Result<(), StoreError> {
    let key = (tenant.to_string(), customer.to_owned(), id.to_owned());
    entity::Entity::delete_by_id(key).exec(db).await?;
    Ok(())
}

/// Writes rows, new or changed, in as few statements as the databases allow.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    rows: Vec<entity::Model>,
) -> Result<(), StoreError> {
    for chunk in rows.chunks(ROWS_A_STATEMENT) {
        let rows = chunk.iter().cloned().map(IntoActiveModel::into_active_model);
        entity::Entity::insert_many(rows)
            .on_conflict(on_conflict())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

fn on_conflict() -> OnConflict {
    OnConflict::columns([entity::Column::Tenant, entity::Column::Customer, entity::Column::Id])
        .update_columns([
            entity::Column::DisplayName,
            entity::Column::Role,
            entity::Column::Revision,
            entity::Column::UpdateTime,
            entity::Column::Doc,
        ])
        .to_owned()
}
