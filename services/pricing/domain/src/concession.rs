//! What a lower price takes: an exact search over every allowed combination of term changes.

use serde::{Deserialize, Serialize};

/// A term that may change in exchange for a lower price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lever {
    /// A longer response time.
    ResponseTime,
    /// Less of the parts' cost.
    Coverage,
    /// A deductible per event.
    Deductible,
    /// A cap per event.
    Cap,
    /// Fewer hours of the week.
    AfterHours,
    /// Exclusions.
    Exclusions,
    /// More years, with automatic renewal.
    Term,
    /// A yearly escalation of the fee.
    Escalation,
    /// The whole fee in advance.
    Prepayment,
    /// Routine inspections by the customer.
    Inspections,
    /// Automatic renewal of the same length.
    AutomaticRenewal,
    /// No credits for late responses.
    ResponseCredit,
}

impl Lever {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::ResponseTime,
        Self::Coverage,
        Self::Deductible,
        Self::Cap,
        Self::AfterHours,
        Self::Exclusions,
        Self::Term,
        Self::Escalation,
        Self::Prepayment,
        Self::Inspections,
        Self::AutomaticRenewal,
        Self::ResponseCredit,
    ];
}

mod choices;
pub use choices::{Choice, IndexOffer, choices};
mod search;
pub use search::{Concession, Found, Made, Target, find};
