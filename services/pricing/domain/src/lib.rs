//! Pricing decisions and their mathematics: failure models, aggregate cost, quotes, concessions. Pure: no clock, no database, no wire.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod add_on;
pub mod aggregate;
pub mod agreement;
pub mod approval;
pub mod billing;
pub mod classification;
pub mod concession;
pub mod contract;
pub mod cost;
pub mod counts;
pub mod covariate;
pub mod credibility;
pub mod document;
pub mod drift;
pub mod elementary;
pub mod escalation;
pub mod experience;
pub mod explain;
pub mod failure_model;
pub mod frailty;
pub mod language;
pub mod lattice;
pub mod leakage;
pub mod mean_cumulative;
pub mod monitor;
pub mod next_term;
pub mod panjer;
pub mod policy;
pub mod power_law;
pub mod price;
pub mod quote;
pub mod rate_card;
pub mod region;
pub mod renewal;
pub mod retention;
pub mod segment;
pub mod severity;
pub mod spare_part;
pub mod spectrum;
pub mod terms;
pub mod trend;
pub mod workload;
