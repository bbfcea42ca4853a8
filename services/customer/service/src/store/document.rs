//! Tables whose rows are a document with a few columns to find it by: their entity, and writing them.

use super::insert_all;
use aftercare_platform::database::StoreError;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel, Iterable};

/// Defines `entity` for a table: columns of the key after `tenant`, further texts, further integers.
macro_rules! document {
    ($table:literal, [$($key:ident),*], [$($text:ident),*], [$($integer:ident),*]) => {
        /// The table.
        pub(crate) mod entity {
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                #[sea_orm(primary_key, auto_increment = false)]
                pub tenant: String,
                $(#[sea_orm(primary_key, auto_increment = false)] pub $key: String,)*
                $(pub $text: String,)*
                $(pub $integer: i64,)*
                pub revision: i64,
                pub create_time: i64,
                pub update_time: i64,
                pub doc: String,
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }

        #[allow(dead_code, reason = "a table whose documents hold nothing reads none")]
        const TABLE: &str = $table;
    };
}
pub(crate) use document;

/// Writes rows, new or changed, in as few statements as the databases allow.
pub(crate) async fn upsert<E>(
    db: &impl ConnectionTrait,
    rows: Vec<E::Model>,
) -> Result<(), StoreError>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel> + Clone,
{
    use sea_orm::{IdenStatic, PrimaryKeyToColumn};
    let keys: Vec<E::Column> = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect();
    let is_key = |column: &E::Column| keys.iter().any(|key| key.as_str() == column.as_str());
    let others: Vec<E::Column> = E::Column::iter().filter(|column| !is_key(column)).collect();
    let on_conflict = OnConflict::columns(keys).update_columns(others).to_owned();
    insert_all::<E>(db, &rows, &on_conflict).await
}
