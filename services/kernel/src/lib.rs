//! Pure types that every domain shares. No I/O, no clock, no randomness, no async.
#![deny(missing_docs)]
#![forbid(unsafe_code)]

pub mod currency;
pub mod fault;
pub mod ids;
pub mod money;
pub mod period;
pub mod region;
pub mod share;
pub mod word;
