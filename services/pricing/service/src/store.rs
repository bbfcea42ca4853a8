//! Tables and tenant-scoped finders.

pub(crate) mod amendment;
pub(crate) mod catalogue;
pub(crate) mod competitor_price;
pub(crate) mod contract;
pub(crate) mod evidence;
pub(crate) mod failure_model;
pub(crate) mod migration;
pub(crate) mod policy;
pub(crate) mod quote;
pub(crate) mod report;
pub(crate) mod segment;
pub(crate) mod spare_pool;
pub(crate) mod work;

use aftercare_platform::database::StoreError;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Rows that one statement writes: both databases bound the number of its parameters.
pub(crate) const ROWS_A_STATEMENT: usize = 500;

pub(crate) fn json<T: Serialize>(table: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|cause| StoreError::corrupt(table, cause))
}

pub(crate) fn parse<T: DeserializeOwned>(table: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|cause| StoreError::corrupt(table, cause))
}

pub(crate) fn instant(table: &'static str, micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|cause| StoreError::corrupt(table, cause))
}

/// Refuses another version than the caller saw; an empty etag accepts any.
pub(crate) fn check_etag(given: &str, revision: i64, name: &str) -> Result<(), StoreError> {
    if given.is_empty() || given == etag(revision) {
        Ok(())
    } else {
        Err(StoreError::EtagMismatch { name: name.to_owned() })
    }
}

/// The etag of a revision.
pub(crate) fn etag(revision: i64) -> String {
    format!("\"{revision}\"")
}
