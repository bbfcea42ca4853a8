//! Tables of the bridge, each read and written within a tenant.

pub(crate) mod checkpoint;
pub(crate) mod connection;
pub mod migration;
pub(crate) mod quarantine;
pub(crate) mod record;
pub(crate) mod sync_run;

use aftercare_platform::row::{json, parse};

/// Rows that one statement writes; below SQLite's limit of bound values.
const ROWS_A_STATEMENT: usize = 500;
