//! Customers, grading, cases and the SLA clock: pure decisions. No I/O, no clock, no randomness.
#![deny(missing_docs)]
#![forbid(unsafe_code)]

pub mod calendar;
pub mod clock;
pub mod instant;
pub mod milestone;
pub mod promise;
pub mod word;
