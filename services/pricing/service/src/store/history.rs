//! Versions that are no more: what a row said until it was changed or deleted, with the time in which pricing knew it.

use super::{ROWS_A_STATEMENT, json, parse};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pricing_history")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub kind: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        /// When pricing ceased to know it so.
        #[sea_orm(primary_key, auto_increment = false)]
        pub until_time: i64,
        /// When pricing came to know it so.
        pub since_time: i64,
        /// What rows of a kind are looked up by.
        pub scope: String,
        /// The row.
        pub doc: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "pricing_history";

/// A row whose former versions are kept.
pub(crate) trait Versioned: Serialize + DeserializeOwned {
    fn tenant(&self) -> &str;
    fn kind(&self) -> &str;
    fn id(&self) -> String;
    /// What rows of its kind are looked up by.
    fn scope(&self) -> String;
    /// When pricing came to know this version; 0 if that is not on record.
    fn since(&self) -> i64;
    /// When pricing came to know the first version, as far as this one says.
    fn born(&self) -> i64;
}

/// Keeps versions that are about to be changed or deleted.
pub(crate) async fn keep<R: Versioned>(
    db: &impl ConnectionTrait,
    versions: &[R],
    now: i64,
) -> Result<(), StoreError> {
    // A version that came and went at one instant was never known.
    let known: Vec<&R> = versions.iter().filter(|row| row.since() < now).collect();
    let key = [
        entity::Column::Tenant,
        entity::Column::Kind,
        entity::Column::Id,
        entity::Column::UntilTime,
    ];
    let conflict = OnConflict::columns(key)
        .update_columns([entity::Column::SinceTime, entity::Column::Scope, entity::Column::Doc])
        .to_owned();
    for chunk in known.chunks(ROWS_A_STATEMENT) {
        let rows = chunk.iter().map(|row| {
            Ok(entity::Model {
                tenant: row.tenant().to_owned(),
                kind: row.kind().to_owned(),
                id: row.id(),
                until_time: now,
                since_time: row.since(),
                scope: row.scope(),
                doc: json(TABLE, row)?,
            }
            .into_active_model())
        });
        let rows = rows.collect::<Result<Vec<_>, StoreError>>()?;
        entity::Entity::insert_many(rows)
            .on_conflict(conflict.clone())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Versions of a kind that were known at a time and are no more; of some scopes, or of all.
pub(crate) async fn former<R: Versioned>(
    db: &impl ConnectionTrait,
    (tenant, kind): (&TenantId, &str),
    scopes: Option<&[String]>,
    at: i64,
) -> Result<Vec<R>, StoreError> {
    let select = || {
        entity::Entity::find()
            .filter(entity::Column::Tenant.eq(tenant.as_str()))
            .filter(entity::Column::Kind.eq(kind))
            .filter(entity::Column::SinceTime.lte(at))
            .filter(entity::Column::UntilTime.gt(at))
    };
    let mut rows = Vec::new();
    match scopes {
        None => rows.extend(select().all(db).await?),
        Some(scopes) => {
            for chunk in scopes.chunks(ROWS_A_STATEMENT) {
                let within = entity::Column::Scope.is_in(chunk);
                rows.extend(select().filter(within).all(db).await?);
            }
        }
    }
    rows.iter().map(|row| parse(TABLE, &row.doc)).collect()
}

/// Bytes as text, for rows that hold a message.
pub(crate) mod bytes {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::encode(bytes))
    }

    pub(crate) fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<Vec<u8>, D::Error> {
        hex::decode(String::deserialize(from)?).map_err(D::Error::custom)
    }
}
