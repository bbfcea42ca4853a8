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

pub(crate) use aftercare_platform::row::{
    ROWS_A_STATEMENT, etag, insert_all, instant, json, micros, parse,
};
