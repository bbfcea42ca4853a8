//! Contacts: each sealed under a key of the person, so that destroying the key erases the person.

use super::person_key::{self, PersonKey};
use super::{ROWS_A_STATEMENT, Stored, insert_all, instant, json, micros, parse};
use aftercare_customer_domain::contact::Contact;
use aftercare_customer_domain::resolution::party::domain;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::BTreeMap;

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
        /// Empty: names are personal data and sealed.
        pub display_name: String,
        pub role: String,
        /// Whose key seals the document.
        pub person: String,
        /// That of the company, of the e-mail address; empty for public mail providers, and once the person was erased.
        pub domain: String,
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

/// A contact with the customer that it is of.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub customer: String,
    pub stored: Stored<Contact>,
    /// The key is gone: nothing can be read any more.
    pub erased: bool,
}

/// Opens rows with their persons' keys.
pub(crate) async fn opened(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    rows: Vec<entity::Model>,
) -> Result<Vec<Person>, StoreError> {
    let persons: Vec<String> = rows.iter().map(|row| row.person.clone()).collect();
    let keys = person_key::find_all(db, tenant, &persons).await?;
    let open = |row: entity::Model| {
        let value = match keys.get(&row.person) {
            None => Contact::erased(),
            Some(key) => {
                let text = key.open(&about(tenant, &row.person), &row.doc);
                let text = text.ok_or_else(|| StoreError::corrupt(TABLE, "the seal is broken"))?;
                parse(TABLE, &text)?
            }
        };
        let erased = !keys.contains_key(&row.person);
        let stored = Stored {
            id: row.id,
            value,
            revision: row.revision,
            created: instant(TABLE, row.create_time)?,
            updated: instant(TABLE, row.update_time)?,
        };
        Ok(Person { customer: row.customer, stored, erased })
    };
    rows.into_iter().map(open).collect()
}

/// What a seal is bound to: it opens for no other person.
fn about(tenant: &TenantId, person: &str) -> String {
    format!("{tenant}/{person}")
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
    let row = find_row(db, tenant, (customer, id)).await?;
    let name = || StoreError::NotFound { name: format!("customers/{customer}/contacts/{id}") };
    let mut opened = opened(db, tenant, vec![row]).await?;
    opened.pop().map(|person| person.stored).ok_or_else(name)
}

async fn find_row(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (customer, id): (&str, &str),
) -> Result<entity::Model, StoreError> {
    let row = within(tenant, customer).filter(entity::Column::Id.eq(id)).one(db).await?;
    row.ok_or_else(|| StoreError::NotFound { name: format!("customers/{customer}/contacts/{id}") })
}

/// Those of the ids that exist.
pub(crate) async fn find_all(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[String],
) -> Result<Vec<Person>, StoreError> {
    opened(db, tenant, rows_of(db, tenant, ids).await?).await
}

async fn rows_of(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[String],
) -> Result<Vec<entity::Model>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(ROWS_A_STATEMENT) {
        let wanted = entity::Column::Id.is_in(chunk.iter().map(String::as_str));
        found.extend(within(tenant, "-").filter(wanted).all(db).await?);
    }
    Ok(found)
}

/// Destroys the person's key; answers the key's digest, none if it was destroyed before.
pub(crate) async fn erase(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    key: (&str, &str),
) -> Result<Option<String>, StoreError> {
    let row = find_row(db, tenant, key).await?;
    entity::Entity::update_many()
        .col_expr(entity::Column::Domain, Expr::value(""))
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::Customer.eq(row.customer.as_str()))
        .filter(entity::Column::Id.eq(row.id.as_str()))
        .exec(db)
        .await?;
    person_key::destroy(db, tenant, &row.person).await
}

/// The domains of the contacts' e-mail addresses by customer, the most usual first; of all customers if none are named.
pub(crate) async fn domains(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    customers: Option<&[String]>,
) -> Result<BTreeMap<String, Vec<String>>, StoreError> {
    let all = within(tenant, "-")
        .filter(entity::Column::Domain.ne(""))
        .select_only()
        .columns([entity::Column::Customer, entity::Column::Domain]);
    let mut rows: Vec<(String, String)> = Vec::new();
    match customers {
        None => rows = all.into_tuple().all(db).await?,
        Some(customers) => {
            for chunk in customers.chunks(ROWS_A_STATEMENT) {
                let wanted = entity::Column::Customer.is_in(chunk.iter().map(String::as_str));
                let found = all.clone().filter(wanted).into_tuple().all(db).await?;
                rows.extend::<Vec<(String, String)>>(found);
            }
        }
    }
    let mut counted: BTreeMap<String, BTreeMap<String, u32>> = BTreeMap::new();
    for (customer, domain) in rows {
        *counted.entry(customer).or_default().entry(domain).or_default() += 1;
    }
    let ranked = |domains: BTreeMap<String, u32>| {
        let mut ranked: Vec<(String, u32)> = domains.into_iter().collect();
        // Stable: of equally usual ones the first by name.
        ranked.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        ranked.into_iter().map(|(domain, _)| domain).collect()
    };
    Ok(counted.into_iter().map(|(customer, domains)| (customer, ranked(domains))).collect())
}

pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (customer, id): (&str, &str),
) -> Result<(), StoreError> {
    erase(db, tenant, (customer, id)).await?;
    let key = (tenant.to_string(), customer.to_owned(), id.to_owned());
    entity::Entity::delete_by_id(key).exec(db).await?;
    Ok(())
}

/// Seals contacts, new or changed, each under its person's key, and writes them.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    contacts: &[(&str, &Stored<Contact>)],
) -> Result<(), StoreError> {
    let ids: Vec<String> = contacts.iter().map(|(_, stored)| stored.id.clone()).collect();
    let known: BTreeMap<(String, String), String> = rows_of(db, tenant, &ids)
        .await?
        .into_iter()
        .map(|row| ((row.customer, row.id), row.person))
        .collect();
    let persons: Vec<String> = known.values().cloned().collect();
    let mut keys = person_key::find_all(db, tenant, &persons).await?;
    let mut fresh = Vec::new();
    let mut rows = Vec::with_capacity(contacts.len());
    for (customer, stored) in contacts {
        let person = known.get(&((*customer).to_owned(), stored.id.clone()));
        let person = person.cloned().unwrap_or_else(|| {
            let person = uuid::Uuid::now_v7().to_string();
            fresh.push((person.clone(), stored.updated));
            person
        });
        if fresh.last().is_some_and(|(last, _)| *last == person) {
            keys.insert(person.clone(), PersonKey::fresh());
        }
        let key = keys.get(&person);
        let key = key.ok_or_else(|| StoreError::corrupt(TABLE, "the person was erased"))?;
        let contact = &stored.value;
        let sealed = key.seal(&about(tenant, &person), &json(TABLE, contact)?);
        rows.push(entity::Model {
            tenant: tenant.to_string(),
            customer: (*customer).to_owned(),
            id: stored.id.clone(),
            display_name: String::new(),
            role: contact.role.map(|role| role.to_string()).unwrap_or_default(),
            person,
            domain: contact.email.as_ref().map(|mail| domain(mail.as_str())).unwrap_or_default(),
            revision: stored.revision,
            create_time: micros(stored.created),
            update_time: micros(stored.updated),
            doc: sealed.ok_or_else(|| StoreError::corrupt(TABLE, "cannot be sealed"))?,
        });
    }
    let fresh: Vec<_> = fresh
        .iter()
        .filter_map(|(person, at)| Some((person.as_str(), keys.get(person)?, *at)))
        .collect();
    person_key::insert(db, tenant, &fresh).await?;
    write(db, rows).await
}

/// Writes rows, new or changed, in as few statements as the databases allow.
async fn write(db: &impl ConnectionTrait, rows: Vec<entity::Model>) -> Result<(), StoreError> {
    insert_all::<entity::Entity>(db, &rows, &on_conflict()).await
}

fn on_conflict() -> OnConflict {
    OnConflict::columns([entity::Column::Tenant, entity::Column::Customer, entity::Column::Id])
        .update_columns([
            entity::Column::DisplayName,
            entity::Column::Role,
            entity::Column::Person,
            entity::Column::Domain,
            entity::Column::Revision,
            entity::Column::UpdateTime,
            entity::Column::Doc,
        ])
        .to_owned()
}
