//! repr(C) mirror of `plugins/include/aftercare_plugin.h`, ABI v1, and the two sides' pointer handling. No dependency.
//!
//! `layout` is the header word for word; `guest` turns a safe trait into the exported table; `host` turns the table
//! into safe calls. Everything that touches a pointer is in this crate, so that plugins and SDK need none.
#![deny(missing_docs)]

pub mod buffer;
pub mod guest;
pub mod host;
pub mod layout;

pub use layout::{ABI_MAGIC, ABI_MAJOR, ABI_MINOR, Header, HostTable, PluginTable, Slice};

/// The exported symbol.
pub const SYMBOL: &str = "aftercare_plugin_v1";

/// The bytes with which a verb answers, or with which it fails.
pub type Answer = Result<Vec<u8>, Failure>;

/// A failed verb: its status and the serialised `aftercare.adapter.v1.Error`, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// One of the header's statuses other than `AC_OK`.
    pub status: i32,
    /// Serialised `aftercare.adapter.v1.Error`; empty when there is none.
    pub error: Vec<u8>,
}

/// The verbs that take an instance and a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// `CheckRequest` to `CheckResponse`.
    Check,
    /// `DiscoverRequest` to `DiscoverResponse`.
    Discover,
    /// `ReadRequest` to `Batch`.
    Read,
    /// `LookupRequest` to `LookupResponse`.
    Lookup,
    /// `WriteRequest` to `WriteResponse`.
    Write,
    /// `DecodeWebhookRequest` to `DecodeWebhookResponse`.
    DecodeWebhook,
}

impl Verb {
    /// Every verb, in the order of the header.
    pub const ALL: [Self; 6] =
        [Self::Check, Self::Discover, Self::Read, Self::Lookup, Self::Write, Self::DecodeWebhook];
}
