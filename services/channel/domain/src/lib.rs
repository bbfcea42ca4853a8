//! Custody, territories, EPCIS events, detection and conflicts: pure decisions. No clock, no database, no wire.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod compensation;
pub mod conflict;
pub mod custody;
pub mod epcis;
pub mod gs1;
pub mod network;
pub mod pattern;
pub mod rebate;
pub mod sanction;
pub mod scale;
pub mod sighting;
pub mod territory;
pub mod verdict;
