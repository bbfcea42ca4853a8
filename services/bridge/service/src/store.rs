//! Tables of the bridge, each read and written within a tenant.

pub(crate) mod checkpoint;
pub(crate) mod connection;
pub mod migration;
pub(crate) mod quarantine;
pub(crate) mod record;
pub(crate) mod sync_run;

use aftercare_platform::database::StoreError;
use serde::{Serialize, de::DeserializeOwned};

/// Rows that one statement writes; below SQLite's limit of bound values.
const ROWS_A_STATEMENT: usize = 500;

fn json<T: Serialize>(table: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::corrupt(table, error))
}

fn parse<T: DeserializeOwned>(table: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::corrupt(table, error))
}
