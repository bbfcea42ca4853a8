//! How values stand in a row: instants, documents, revisions; and writing many rows.

use crate::database::StoreError;
use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Rows that one statement writes: 1,000 of up to 32 columns are below the 32,766 values that SQLite takes.
pub const ROWS_A_STATEMENT: usize = 1000;

/// An instant as it is stored: microseconds since the epoch.
#[must_use]
pub fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// A stored instant.
///
/// # Errors
/// [`StoreError::Corrupt`] for one that no clock shows.
pub fn instant(table: &'static str, micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|cause| StoreError::corrupt(table, cause))
}

/// A value as the document of a row.
///
/// # Errors
/// [`StoreError::Corrupt`] for a value that JSON cannot hold.
pub fn json<T: Serialize>(table: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|cause| StoreError::corrupt(table, cause))
}

/// The value of a row's document.
///
/// # Errors
/// [`StoreError::Corrupt`] if the document is no such value.
pub fn parse<T: DeserializeOwned>(table: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|cause| StoreError::corrupt(table, cause))
}

/// The etag of a revision.
#[must_use]
pub fn etag(revision: i64) -> String {
    format!("\"{revision}\"")
}

/// Writes rows in as few statements as the databases allow; `on_conflict` says what happens to those that are there.
///
/// # Errors
/// [`StoreError`] if the database refuses.
pub async fn insert_all<E>(
    db: &impl ConnectionTrait,
    rows: &[E::Model],
    on_conflict: &OnConflict,
) -> Result<(), StoreError>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel> + Clone,
{
    for chunk in rows.chunks(ROWS_A_STATEMENT) {
        let rows = chunk.iter().cloned().map(IntoActiveModel::into_active_model);
        E::insert_many(rows).on_conflict(on_conflict.clone()).exec_without_returning(db).await?;
    }
    Ok(())
}
