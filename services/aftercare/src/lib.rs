//! The aftercare binary's parts: which services run together on which database, and the demo.
#![forbid(unsafe_code)]

pub mod compose;
pub mod demo;
pub mod page_key;
