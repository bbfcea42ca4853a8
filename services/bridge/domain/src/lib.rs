//! Manifests, mappings and sync decisions: pure. No plugin is loaded and no service is called here.
#![deny(missing_docs)]
#![forbid(unsafe_code)]

pub mod checkpoint;
pub mod identity;
pub mod manifest;
pub mod mapping;
pub mod quarantine;
pub mod record;
pub mod run;
pub mod schema;
