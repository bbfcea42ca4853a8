//! EPCIS 2.0 events as the domain sees them: parsed once, every fault with its path; then nothing checks again.

mod cbv;
mod document;
mod event;
mod hash;
mod meaning;

pub use cbv::{Vocabulary, bare};
pub use document::{Document, InvalidDocument, MAX_EVENTS, parse_document, parse_event};
pub use event::{Action, ErrorDeclaration, Event, EventKind, Party, PartyKind, Prefixes, Quantity};
pub use hash::{event_hash, pre_hash};
pub use meaning::{Meaning, Seen, meaning};

/// The namespace of our user extensions.
pub const NAMESPACE: &str = "https://aftercare.dev/epcis/";
