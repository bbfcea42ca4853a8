//! What every service process stands on, one module a subject; each is used by all services in the same way.
#![forbid(unsafe_code)]

pub mod audit;
pub mod config;
pub mod database;
pub mod field_mask;
pub mod filter;
pub mod gate;
pub mod idempotency;
pub mod identity;
pub mod jobs;
pub mod link;
pub mod migrate;
pub mod module;
pub mod outbox;
pub mod paging;
pub mod permission;
pub mod row;
pub mod server;
pub mod status;
pub mod telemetry;
pub mod testing;
pub mod trace_context;
pub mod transaction;
pub mod wire;
