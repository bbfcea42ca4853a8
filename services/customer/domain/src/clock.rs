//! The SLA clock: a pure fold over an append-only log of what happened.

mod escalation;
mod explain;
mod reading;
mod record;
mod stricter;

#[cfg(test)]
mod tests;

pub use escalation::{Firing, due, next_due};
pub use explain::{Explanation, Segment, SegmentReason, business_segments, explain};
pub use reading::{ClockState, Reading, Run, fold};
pub use record::{ClockRecord, Contracted, FiredLevel, Period, PolicyChoice};
pub use stricter::{amended, stricter};

use crate::calendar::{Timeline, TimelineError};
use crate::milestone::{MilestoneTerms, Occurrence, TimeUnit};
use aftercare_kernel::fault::{Class, Fault};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What an entry of the log says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockEntry {
    /// Something happened that may start or stop clocks.
    Happened(Occurrence),
    /// Clocks that know the reason stand still from here.
    Pause(String),
    /// Ends the pause of that reason.
    Resume(String),
    /// The promise is taken back.
    Cancel(String),
}

/// An entry of a clock's append-only log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockEvent {
    /// The place in the log: breaks ties between entries of one instant.
    pub sequence: u64,
    /// When it happened.
    pub at: Timestamp,
    /// When we learnt of it.
    pub recorded: Timestamp,
    /// What it says.
    pub entry: ClockEntry,
}

/// The terms that a clock runs under from some instant on: the first since its start, later ones since a rebase.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    /// From when; ignored for the first.
    pub since: Timestamp,
    /// The promise.
    pub terms: &'a MilestoneTerms,
    /// The calendar version that counts.
    pub timeline: &'a Timeline,
}

/// Why a clock cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    /// Business time has no answer.
    #[error(transparent)]
    Timeline(#[from] TimelineError),
    /// A rebase would turn one unit into another.
    #[error("a clock that counts {from} cannot be rebased to {to}")]
    UnitChanged {
        /// The unit that it counts.
        from: TimeUnit,
        /// The unit of the new terms.
        to: TimeUnit,
    },
    /// A clock without terms.
    #[error("a clock needs terms")]
    NoTerms,
}

impl Fault for ClockError {
    fn class(&self) -> Class {
        match self {
            Self::Timeline(error) => error.class(),
            Self::UnitChanged { .. } => Class::Precondition,
            Self::NoTerms => Class::Internal,
        }
    }
    fn reason(&self) -> &'static str {
        match self {
            Self::Timeline(error) => error.reason(),
            Self::UnitChanged { .. } => "CLOCK_UNIT_CHANGED",
            Self::NoTerms => "CLOCK_WITHOUT_TERMS",
        }
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Timeline(error) => error.metadata(),
            Self::UnitChanged { from, to } => {
                vec![("from", from.to_string()), ("to", to.to_string())]
            }
            Self::NoTerms => Vec::new(),
        }
    }
}
