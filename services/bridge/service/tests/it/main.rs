//! The bridge over gRPC with the real csv adapter loaded, on SQLite and PostgreSQL.
// Helpers of tests may panic as tests may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod connection;
mod lookup;
mod plugin;
mod suite;
mod sync;
mod view360;
