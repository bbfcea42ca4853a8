//! The RPCs: parse, load, decide, save, present.

pub(crate) mod distributor;
