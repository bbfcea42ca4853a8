//! What is recorded of a case: the file itself, its proposals and its tasks.

use super::{CaseKind, CasePriority, CaseState, ComplaintCategory, Finding, TaskState};
use crate::customer::{ExternalKey, Fit, external_keys, name};
use crate::grade::Grade;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::money::{Money, MoneyError};
use aftercare_kernel::resource_id;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

resource_id! {
    /// The id of a case.
    CaseId
}

/// A piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What it is.
    pub title: String,
    /// Where it is kept.
    pub uri: String,
    /// Its digest.
    pub sha256: String,
    /// What it says.
    pub note: String,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Investigation {
    /// The cause.
    pub cause: String,
    /// What shows it.
    pub evidence: Vec<Evidence>,
    /// Work orders that it rests on.
    pub work_orders: Vec<String>,
    /// Our part of the fault, 0..=1.
    pub our_fault_share: Option<Decimal>,
    /// When it was recorded.
    pub recorded: Timestamp,
    /// Who recorded it.
    pub principal: String,
}

impl Investigation {
    /// What the guard of a proposal looks at.
    #[must_use]
    pub fn finding(&self) -> Finding {
        Finding { cause: !self.cause.trim().is_empty(), evidence: self.evidence.len() }
    }

    /// Notes what is wrong with it.
    pub fn check(&self, wrong: &mut Violations) {
        if self.cause.trim().is_empty() {
            wrong.add("cause", "is required");
        }
        if self.evidence.is_empty() {
            wrong.add("evidence", "needs at least one piece");
        }
        for (i, piece) in self.evidence.iter().enumerate() {
            if piece.title.trim().is_empty() {
                wrong.add(&format!("evidence[{i}].title"), "is required");
            }
            let digest = piece.sha256.bytes().all(|b| b.is_ascii_hexdigit());
            if !piece.sha256.is_empty() && (!digest || piece.sha256.len() != 64) {
                wrong.add(&format!("evidence[{i}].sha256"), "must be 64 hexadecimal digits");
            }
        }
        let unit = Decimal::ZERO..=Decimal::ONE;
        if self.our_fault_share.is_some_and(|share| !unit.contains(&share)) {
            wrong.add("our_fault_share", "must be between 0 and 1");
        }
    }
}

/// How the customer's consent is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// The customer's own word; none if consent was deemed.
    pub evidence: Option<Evidence>,
    /// When the customer was tried, if consent was deemed.
    pub attempts: Vec<Timestamp>,
    /// When it was recorded.
    pub recorded: Timestamp,
}

/// What the customer said afterwards, or who waived asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aftermath {
    /// 1 to 5.
    pub score: Option<u8>,
    /// Why no score is needed.
    pub waiver_reason: String,
    /// Who waived it.
    pub waived_by: String,
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseFile {
    /// The customer's id.
    pub customer: String,
    /// What kind.
    pub kind: CaseKind,
    /// What a complaint is about.
    pub category: Option<ComplaintCategory>,
    /// What a request is about.
    pub topic: String,
    /// How much it presses.
    pub priority: CasePriority,
    /// One line.
    pub subject: String,
    /// What the customer says.
    pub description: String,
    /// Who reported it.
    pub contact: String,
    /// How it came in.
    pub channel: String,
    /// Names of the machines concerned.
    pub assets: Vec<String>,
    /// `contracts/{contract}`.
    pub contract: String,
    /// `conflicts/{conflict}`.
    pub conflict: String,
    /// Conduct complaints only.
    pub accused: String,
    /// Who handles it.
    pub owner: String,
    /// When the customer reported it.
    pub reported: Timestamp,
    /// Where it stands.
    pub state: CaseState,
    /// The finding.
    pub investigation: Option<Investigation>,
    /// The id of the proposal that the customer confirmed.
    pub accepted_proposal: String,
    /// The customer's consent.
    pub consent: Option<Consent>,
    /// What the customer said afterwards.
    pub aftermath: Option<Aftermath>,
    /// The case that it repeats.
    pub duplicate_of: String,
    /// The closed case that it continues.
    pub previous_case: String,
    /// When it was closed.
    pub closed: Option<Timestamp>,
    /// Keys in other systems.
    pub external_keys: Vec<ExternalKey>,
    /// Under which service standard it was opened.
    #[serde(default)]
    pub standard: Option<AppliedStandard>,
}

/// The service standard that a case was opened under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedStandard {
    /// Its id.
    pub standard: String,
    /// The customer's grade on the day of the report.
    pub grade: Option<Grade>,
    /// Its fit then.
    pub fit: Fit,
    /// Why this one.
    pub reason: String,
}

impl CaseFile {
    /// Notes what is wrong with the parts that types cannot tell.
    pub fn check(&self, wrong: &mut Violations) {
        name(&self.subject, "subject", wrong);
        let complaint = self.kind == CaseKind::Complaint;
        if complaint && self.category.is_none() {
            wrong.add("category", "is required for complaints");
        }
        if !complaint && self.category.is_some() {
            wrong.add("category", "is for complaints only");
        }
        if !self.accused.is_empty() && self.category != Some(ComplaintCategory::StaffConduct) {
            wrong.add("accused_employee", "is for conduct complaints only");
        }
        external_keys(&self.external_keys, wrong);
    }
}

/// One thing that the customer gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    /// The kind, as a word of the glossary.
    pub kind: String,
    /// What it costs us.
    pub value: Money,
    /// In words.
    pub description: String,
}

/// What we propose to do for the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// What the customer gets.
    pub remedies: Vec<Remedy>,
    /// Why this is right.
    pub reason: String,
    /// All of it.
    pub value: Money,
    /// With what the case was granted already.
    pub case_value: Money,
    /// With what the customer was granted in 90 days.
    pub customer_value: Money,
    /// Where it stands, as a word of the glossary.
    pub state: String,
    /// Who proposed it.
    pub proposer: String,
    /// Who approved or returned it.
    pub approver: String,
    /// What the approver said.
    pub decision_reason: String,
    /// When it was offered.
    pub offered: Option<Timestamp>,
}

/// The value of remedies together.
///
/// # Errors
/// [`MoneyError::MixedCurrency`].
pub fn total(remedies: &[Remedy]) -> Result<Option<Money>, MoneyError> {
    let mut values = remedies.iter().map(|remedy| remedy.value);
    let Some(first) = values.next() else { return Ok(None) };
    values.try_fold(first, Money::checked_add).map(Some)
}

/// Work for a department.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Whose work.
    pub department: String,
    /// What to do.
    pub description: String,
    /// Who does it.
    pub assignee: String,
    /// Until when.
    pub due: Option<Timestamp>,
    /// Where it stands.
    pub state: TaskState,
    /// How often it was refused.
    pub bounces: u32,
    /// What was done.
    pub result: String,
}
