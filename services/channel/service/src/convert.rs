//! Proto to domain and back, nothing else.

pub(crate) mod conflict;
pub(crate) mod network;
pub(crate) mod sanction;
pub(crate) mod shipment;
pub(crate) mod sighting;
pub(crate) mod signal;
