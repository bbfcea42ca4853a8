//! What a tenant configures: small documents by collection, some of which are shipped and can be changed or taken out.

use super::{Stored, instant, json, micros, parse};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_setting")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub collection: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub parent: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub doc: String,
        pub revision: i64,
        pub create_time: i64,
        pub update_time: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "customer_setting";

/// A document that is kept here.
pub(crate) trait Setting: Serialize + DeserializeOwned + Clone + Send + Sync {
    /// The collection as in resource names: `authorityLimits`.
    const COLLECTION: &'static str;
    /// The collection above it, for documents with a parent: `employees`.
    const PARENTS: &'static str = "";
    /// What every tenant begins with.
    fn shipped() -> Vec<(&'static str, Self)> {
        Vec::new()
    }
}

/// The resource name of a document.
pub(crate) fn name<T: Setting>(parent: &str, id: &str) -> String {
    match T::PARENTS {
        "" => format!("{}/{id}", T::COLLECTION),
        parents => format!("{parents}/{parent}/{}/{id}", T::COLLECTION),
    }
}

/// Rows of a collection, those that were taken out among them.
fn within<T: Setting>(tenant: &TenantId) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find()
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::Collection.eq(T::COLLECTION))
}

/// Every document of the collection by parent and id, the shipped ones unless they were changed or taken out.
pub(crate) async fn all<T: Setting>(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
) -> Result<Vec<(String, Stored<T>)>, StoreError> {
    let shipped = |(id, value): (&str, T)| {
        let (created, updated) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
        let stored = Stored { id: id.to_owned(), value, revision: 1, created, updated };
        ((String::new(), id.to_owned()), stored)
    };
    let mut found: BTreeMap<(String, String), Stored<T>> =
        T::shipped().into_iter().map(shipped).collect();
    let rows = within::<T>(tenant).order_by_asc(entity::Column::Id).all(db).await?;
    for row in rows {
        let key = (row.parent.clone(), row.id.clone());
        match of_row(row)? {
            Some(stored) => found.insert(key, stored),
            None => found.remove(&key),
        };
    }
    Ok(found.into_iter().map(|((parent, _), stored)| (parent, stored)).collect())
}

/// A document; none if there is none of that name or it was taken out.
pub(crate) async fn find<T: Setting>(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (parent, id): (&str, &str),
) -> Result<Option<Stored<T>>, StoreError> {
    let select = within::<T>(tenant)
        .filter(entity::Column::Parent.eq(parent))
        .filter(entity::Column::Id.eq(id));
    if let Some(row) = select.one(db).await? {
        return of_row(row);
    }
    let shipped = T::shipped().into_iter().find(|(known, _)| parent.is_empty() && *known == id);
    Ok(shipped.map(|(id, value)| Stored::new(id, value, Timestamp::UNIX_EPOCH)))
}

pub(crate) async fn get<T: Setting>(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (parent, id): (&str, &str),
) -> Result<Stored<T>, StoreError> {
    let found = find(db, tenant, (parent, id)).await?;
    found.ok_or_else(|| StoreError::NotFound { name: name::<T>(parent, id) })
}

/// Writes a document, new or changed.
pub(crate) async fn save<T: Setting>(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (parent, stored): (&str, &Stored<T>),
) -> Result<(), StoreError> {
    let doc = json(TABLE, &stored.value)?;
    put::<T>(db, tenant, (parent, stored), doc).await
}

/// Takes a document out; its name stays taken, so that a shipped one does not come back by itself.
pub(crate) async fn delete<T: Setting>(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (parent, stored): (&str, &Stored<T>),
) -> Result<(), StoreError> {
    put::<T>(db, tenant, (parent, stored), String::new()).await
}

async fn put<T: Setting>(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (parent, stored): (&str, &Stored<T>),
    doc: String,
) -> Result<(), StoreError> {
    let row = entity::Model {
        tenant: tenant.to_string(),
        collection: T::COLLECTION.to_owned(),
        parent: parent.to_owned(),
        id: stored.id.clone(),
        doc,
        revision: stored.revision,
        create_time: micros(stored.created),
        update_time: micros(stored.updated),
    };
    let key = [
        entity::Column::Tenant,
        entity::Column::Collection,
        entity::Column::Parent,
        entity::Column::Id,
    ];
    let replace = OnConflict::columns(key)
        .update_columns([entity::Column::Doc, entity::Column::Revision, entity::Column::UpdateTime])
        .to_owned();
    let insert = entity::Entity::insert(row.into_active_model()).on_conflict(replace);
    insert.exec_without_returning(db).await?;
    Ok(())
}

fn of_row<T: Setting>(row: entity::Model) -> Result<Option<Stored<T>>, StoreError> {
    if row.doc.is_empty() {
        return Ok(None);
    }
    Ok(Some(Stored {
        id: row.id,
        value: parse(TABLE, &row.doc)?,
        revision: row.revision,
        created: instant(TABLE, row.create_time)?,
        updated: instant(TABLE, row.update_time)?,
    }))
}
