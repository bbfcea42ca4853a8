//! Tables and tenant-scoped finders.

pub(crate) mod amendment;
pub(crate) mod catalogue;
pub(crate) mod competitor_price;
pub(crate) mod contract;
pub(crate) mod evidence;
pub(crate) mod failure_model;
pub(crate) mod fx_rate;
pub(crate) mod history;
pub(crate) mod knowledge;
pub(crate) mod migration;
pub(crate) mod policy;
pub(crate) mod price_index;
pub(crate) mod quote;
pub(crate) mod report;
pub(crate) mod segment;
pub(crate) mod spare_pool;
pub(crate) mod work;

use aftercare_platform::database::StoreError;
pub(crate) use aftercare_platform::row::{etag, instant, json, parse};

/// Rows that one statement writes: both databases bound the number of its parameters.
pub(crate) const ROWS_A_STATEMENT: usize = 500;

/// Refuses another version than the caller saw; an empty etag accepts any.
pub(crate) fn check_etag(given: &str, revision: i64, name: &str) -> Result<(), StoreError> {
    if given.is_empty() || given == etag(revision) {
        Ok(())
    } else {
        Err(StoreError::EtagMismatch { name: name.to_owned() })
    }
}
