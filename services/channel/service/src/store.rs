//! Tables of the channel service: entities, migrations and finders, every one of them within a tenant.

pub(crate) mod conflict;
pub(crate) mod document;
pub(crate) mod event;
pub(crate) mod market;
pub(crate) mod migration;
pub(crate) mod movement;
pub(crate) mod network;
pub(crate) mod shipment;
pub(crate) mod sighting;
pub(crate) mod signal;

use aftercare_platform::database::StoreError;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Rows that one statement writes: 1,000 of 15 columns are below the 32,766 values that SQLite takes.
pub(crate) const ROWS_A_STATEMENT: usize = 1000;

/// An instant as it is stored: microseconds since the epoch.
pub(crate) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

pub(crate) fn instant(table: &'static str, micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|error| StoreError::corrupt(table, error))
}

pub(crate) fn json<T: Serialize>(table: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::corrupt(table, error))
}

pub(crate) fn parse<T: DeserializeOwned>(table: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::corrupt(table, error))
}
