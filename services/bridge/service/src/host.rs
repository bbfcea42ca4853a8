//! Plugins in this process: loading, calling, and what they may ask of us.

pub(crate) mod instance;
pub(crate) mod library;
pub(crate) mod registry;
pub(crate) mod vtable;
