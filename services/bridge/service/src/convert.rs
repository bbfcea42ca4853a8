//! Between the wire, the adapters and the domain.

pub(crate) mod catalogue;
pub(crate) mod entity;
pub(crate) mod json;
pub(crate) mod record;
pub(crate) mod schema;
