//! What is stored of a clock: its terms since when, and which levels fired.

use crate::milestone::{Milestone, MilestoneTerms, Target};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Terms under which a clock runs from an instant on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// From when.
    pub since: Timestamp,
    /// The policy's id.
    pub policy: String,
    /// Its version.
    pub policy_version: i64,
    /// The promise.
    pub terms: MilestoneTerms,
    /// Whose promise it is, if not the policy's own.
    #[serde(default)]
    pub contracted: Option<Contracted>,
    /// Why the policy is this one.
    #[serde(default)]
    pub choice: PolicyChoice,
}

/// Why a case runs under its SLA policy.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum PolicyChoice {
    /// It is the first that matches.
    #[default]
    Matches,
    /// The service standard of that id names it.
    Standard(String),
    /// The entitlement of that id is owed under it.
    Entitlement(String),
}

/// An entitlement's promise that is kept because it is stricter than the policy's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contracted {
    /// The entitlement's id.
    pub entitlement: String,
    /// What the policy promises.
    pub policy_target: Target,
}

/// A level that fired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiredLevel {
    /// Its name.
    pub level: String,
    /// When its condition became true.
    pub true_time: Timestamp,
    /// When that was noticed.
    pub observe_time: Timestamp,
}

/// A clock as it is stored; its state is folded from the case's log whenever it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockRecord {
    /// Terms in order: the first, and one more for each rebase.
    pub periods: Vec<Period>,
    /// The calendar version that gave the verdict, once the clock stopped.
    pub calendar_version: Option<i64>,
    /// Levels that fired.
    pub fired: Vec<FiredLevel>,
}

impl ClockRecord {
    /// What the clock measures; the same in all its periods.
    #[must_use]
    pub fn milestone(&self) -> Milestone {
        self.periods.last().map_or(Milestone::Resolution, |period| period.terms.milestone)
    }
}
