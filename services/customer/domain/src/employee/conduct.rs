//! Upheld conduct complaints: the first warns, the second penalises, the third leads to a review of the employment.

use crate::case::{CaseFile, Evidence};
use aftercare_kernel::fault::{Class, Fault};
use aftercare_kernel::words;
use serde::{Deserialize, Serialize};

words! {
    /// What follows from an upheld conduct complaint.
    ConductStep {
        /// The first.
        Warning = "WARNING",
        /// The second.
        Penalty = "PENALTY",
        /// The third and every one after it.
        DismissalReview = "DISMISSAL_REVIEW",
    }
}

/// An upheld conduct complaint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConductRecord {
    /// `cases/{case}`.
    pub case: String,
    /// What follows.
    pub step: ConductStep,
    /// What shows it.
    pub evidence: Vec<Evidence>,
    /// What the person says, in the order in which it was said.
    pub reply: String,
}

/// Why nothing can be recorded of somebody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConductError {
    /// The case is no conduct complaint against this person.
    #[error("{case} is no conduct complaint against {employee}")]
    NotAccused {
        /// The case.
        case: String,
        /// The person.
        employee: String,
    },
    /// Nothing was found out yet.
    #[error("{case} has no finding: a complaint that was not looked into is not upheld")]
    NotUpheld {
        /// The case.
        case: String,
    },
    /// The case was recorded before.
    #[error("{case} was recorded before as {record}")]
    Recorded {
        /// The case.
        case: String,
        /// The record's name.
        record: String,
    },
}

impl Fault for ConductError {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        match self {
            Self::NotAccused { .. } => "NOT_ACCUSED",
            Self::NotUpheld { .. } => "CONDUCT_NOT_UPHELD",
            Self::Recorded { .. } => "CONDUCT_RECORDED",
        }
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NotAccused { case, employee } => {
                vec![("case", case.clone()), ("employee", employee.clone())]
            }
            Self::NotUpheld { case } => vec![("case", case.clone())],
            Self::Recorded { case, record } => {
                vec![("case", case.clone()), ("record", record.clone())]
            }
        }
    }
    fn subject(&self) -> String {
        match self {
            Self::NotAccused { case, .. }
            | Self::NotUpheld { case }
            | Self::Recorded { case, .. } => case.clone(),
        }
    }
}

/// What follows from one more upheld complaint against a person.
///
/// # Errors
/// [`ConductError`] when the case is not against the person, was not found out, or was recorded before.
pub fn next_step(
    employee: &str,
    (name, case): (&str, &CaseFile),
    before: &[(String, ConductRecord)],
) -> Result<ConductStep, ConductError> {
    let case_name = name.to_owned();
    if case.accused != employee {
        return Err(ConductError::NotAccused { case: case_name, employee: employee.to_owned() });
    }
    if !case.investigation.as_ref().is_some_and(|found| found.finding().cause) {
        return Err(ConductError::NotUpheld { case: case_name });
    }
    if let Some((record, _)) = before.iter().find(|(_, record)| record.case == name) {
        return Err(ConductError::Recorded { case: case_name, record: record.clone() });
    }
    Ok(match before.len() {
        0 => ConductStep::Warning,
        1 => ConductStep::Penalty,
        _ => ConductStep::DismissalReview,
    })
}
