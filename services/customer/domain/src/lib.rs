//! Customers, grading, cases and the SLA clock: pure decisions. No I/O, no clock, no randomness.
#![deny(missing_docs)]
#![forbid(unsafe_code)]

pub mod asset;
pub mod calendar;
pub mod campaign;
pub mod case;
pub mod clock;
pub mod contact;
pub mod customer;
pub mod employee;
pub mod entitlement;
pub mod follow_up;
pub mod grade;
pub mod instant;
pub mod keys;
pub mod milestone;
pub mod profit;
pub mod promise;
pub mod quality;
pub mod resolution;
pub mod service_standard;
pub mod site;
pub mod sla_policy;
pub mod statistics;
pub mod survey;
pub mod work_order;
