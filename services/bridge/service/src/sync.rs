//! Syncs: read from the adapter, map, write to the services, save.

mod batch;
mod codec;
pub(crate) mod engine;
pub(crate) mod running;
mod writer;

pub(crate) use batch::{Processed, Way, process};
