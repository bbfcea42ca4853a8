//! Cases: the complaint's states, what may be done in each, and the guards of every step.

mod authority;
mod delegation;
mod file;
mod guidance;
mod step;
mod task;
mod wording;

#[cfg(test)]
mod tests;

pub use authority::{AuthorityLimit, Elasticity, Granted, authority, default_limits};
pub use delegation::{Delegation, DelegationError, Standing, standing};
pub use file::{
    Aftermath, AppliedStandard, CaseFile, CaseId, Consent, Evidence, Investigation, Proposal,
    Remedy, Task, total,
};
pub use guidance::{RemedyFacts, RemedyRule, Suggested, default_rules, suggest};
pub use step::{Confirmation, Finding, FollowUp, GuardPolicy, Step, advance};
pub use task::{MANY_BOUNCES, TaskAction, TaskState, advance_task, told_of_bounce};
pub use wording::{
    KnowledgeArticle, ReplyTemplate, Situation, VARIABLES, check_template, check_text,
    default_templates, fill, likeness, speaks,
};

use aftercare_kernel::fault::{Class, Fault};
use aftercare_kernel::money::Money;
use aftercare_kernel::words;
use jiff::Timestamp;

words! {
    /// What kind a case is.
    CaseKind {
        /// The customer wants something done.
        Request = "REQUEST",
        /// The customer wants to know something.
        Inquiry = "INQUIRY",
        /// The customer is not satisfied.
        Complaint = "COMPLAINT",
        /// Goods come back.
        Return = "RETURN",
        /// We call goods back.
        Recall = "RECALL",
    }
}

words! {
    /// What a complaint is about.
    ComplaintCategory {
        /// The product.
        ProductQuality = "PRODUCT_QUALITY",
        /// Time of delivery.
        LateDelivery = "LATE_DELIVERY",
        /// Our people; hidden from the accused and their line.
        StaffConduct = "STAFF_CONDUCT",
        /// Other goods than ordered.
        WrongGoods = "WRONG_GOODS",
        /// The price.
        Price = "PRICE",
        /// Another dealer.
        ChannelConflict = "CHANNEL_CONFLICT",
        /// Something else.
        Other = "OTHER",
    }
}

words! {
    /// How much a case presses.
    CasePriority {
        /// Can wait.
        Low = "LOW",
        /// As promised.
        Normal = "NORMAL",
        /// Before others.
        High = "HIGH",
        /// A machine stands.
        Urgent = "URGENT",
    }
}

words! {
    /// Where a case stands.
    CaseState {
        /// Recorded.
        Registered = "REGISTERED",
        /// The customer knows that we have it.
        Acknowledged = "ACKNOWLEDGED",
        /// Being looked into.
        Investigating = "INVESTIGATING",
        /// Cause and evidence are recorded.
        Analysed = "ANALYSED",
        /// A remedy is proposed within our house.
        Proposed = "PROPOSED",
        /// Waits for somebody with a high enough limit.
        PendingApproval = "PENDING_APPROVAL",
        /// Approved.
        Approved = "APPROVED",
        /// Sent back by the approver.
        Returned = "RETURNED",
        /// Offered to the customer.
        Offered = "OFFERED",
        /// The customer agreed.
        Confirmed = "CONFIRMED",
        /// The customer declined.
        Rejected = "REJECTED",
        /// Tasks are with departments.
        Dispatched = "DISPATCHED",
        /// Being carried out.
        Executing = "EXECUTING",
        /// Done, being checked.
        Verifying = "VERIFYING",
        /// The customer is content, or that was waived.
        Satisfied = "SATISFIED",
        /// Over.
        Closed = "CLOSED",
        /// Repeats another case.
        Duplicate = "DUPLICATE",
        /// Taken back by the customer.
        Withdrawn = "WITHDRAWN",
        /// Opened again within the window.
        Reopened = "REOPENED",
    }
}

words! {
    /// What can be done to a case.
    CaseAction {
        /// Tell the customer that we have it.
        Acknowledge = "ACKNOWLEDGE",
        /// Begin or resume looking into it.
        Investigate = "INVESTIGATE",
        /// Record cause and evidence.
        RecordFinding = "RECORD_FINDING",
        /// Propose a remedy.
        Propose = "PROPOSE",
        /// Ask for approval.
        Submit = "SUBMIT",
        /// Approve the proposal.
        Approve = "APPROVE",
        /// Send the proposal back.
        ReturnProposal = "RETURN_PROPOSAL",
        /// Offer it to the customer.
        Offer = "OFFER",
        /// Record the customer's consent.
        Confirm = "CONFIRM",
        /// Record the customer's refusal.
        Reject = "REJECT",
        /// Give tasks to departments.
        Dispatch = "DISPATCH",
        /// Begin to carry it out.
        Execute = "EXECUTE",
        /// All tasks are closed; check the result.
        Verify = "VERIFY",
        /// Record the follow-up score or waiver.
        Satisfy = "SATISFY",
        /// Close it.
        Close = "CLOSE",
        /// Open it again.
        Reopen = "REOPEN",
        /// It repeats another case.
        MarkDuplicate = "MARK_DUPLICATE",
        /// The customer takes it back.
        Withdraw = "WITHDRAW",
    }
}

impl CaseState {
    /// Whether nothing more is to be done, unless it is opened again.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Closed | Self::Duplicate | Self::Withdrawn)
    }

    /// The moves out of the state, each with the state that it leads to.
    ///
    /// Complaints, returns and recalls go the whole way; requests and inquiries may be carried out and closed without
    /// finding, proposal and follow-up.
    #[must_use]
    pub fn moves(self, kind: CaseKind) -> Vec<(CaseAction, Self)> {
        use CaseAction as A;
        let mut moves = match self {
            Self::Registered => vec![(A::Acknowledge, Self::Acknowledged)],
            Self::Acknowledged | Self::Rejected | Self::Reopened => {
                vec![(A::Investigate, Self::Investigating)]
            }
            Self::Investigating => vec![(A::RecordFinding, Self::Analysed)],
            Self::Analysed | Self::Returned => vec![(A::Propose, Self::Proposed)],
            Self::Proposed => vec![(A::Submit, Self::PendingApproval), (A::Offer, Self::Offered)],
            Self::PendingApproval => {
                vec![(A::Approve, Self::Approved), (A::ReturnProposal, Self::Returned)]
            }
            Self::Approved => vec![(A::Offer, Self::Offered)],
            Self::Offered => vec![(A::Confirm, Self::Confirmed), (A::Reject, Self::Rejected)],
            Self::Confirmed => vec![(A::Dispatch, Self::Dispatched)],
            Self::Dispatched => vec![(A::Execute, Self::Executing)],
            Self::Executing => vec![(A::Verify, Self::Verifying)],
            Self::Verifying => vec![(A::Satisfy, Self::Satisfied)],
            Self::Satisfied => vec![(A::Close, Self::Closed)],
            Self::Closed => vec![(A::Reopen, Self::Reopened)],
            Self::Duplicate | Self::Withdrawn => Vec::new(),
        };
        if matches!(kind, CaseKind::Request | CaseKind::Inquiry) {
            match self {
                Self::Acknowledged | Self::Reopened => moves.push((A::Execute, Self::Executing)),
                Self::Verifying => moves.push((A::Close, Self::Closed)),
                _ => {}
            }
        }
        if matches!(self, Self::Registered | Self::Acknowledged | Self::Investigating) {
            moves.push((A::MarkDuplicate, Self::Duplicate));
        }
        if self < Self::Dispatched || self == Self::Reopened {
            moves.push((A::Withdraw, Self::Withdrawn));
        }
        moves
    }
}

/// Why a step cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaseError {
    /// The state does not know the move.
    #[error("{action} is not possible in state {state}; possible: {}", list(.allowed))]
    IllegalMove {
        /// The present state.
        state: CaseState,
        /// What was asked for.
        action: CaseAction,
        /// What is possible.
        allowed: Vec<CaseAction>,
    },
    /// A proposal without a finding.
    #[error("a proposal needs a recorded cause and evidence")]
    NoFinding,
    /// Nobody approves what he proposed.
    #[error("{approver} proposed this and cannot approve it")]
    ApproverIsProposer {
        /// Who tried.
        approver: String,
    },
    /// The limit is below the value, cumulated per case and customer.
    #[error("the value {value} is above the limit {}", .limit.map_or_else(|| "none".to_owned(), |l| l.to_string()))]
    AboveLimit {
        /// What would be granted, cumulated.
        value: Money,
        /// The limit of who tried.
        limit: Option<Money>,
    },
    /// Silence that does not count as consent yet.
    #[error(
        "consent can be deemed {days} days after the offer and with two attempts to reach the customer"
    )]
    NotDeemedYet {
        /// Days that must pass.
        days: u32,
    },
    /// The customer is not content.
    #[error("a score of {score} is below 4 of 5: a waiver or another remedy is needed")]
    NotSatisfied {
        /// What the customer said.
        score: u8,
    },
    /// Tasks that are not closed.
    #[error("{open} dispatched tasks are not closed")]
    TasksOpen {
        /// How many.
        open: usize,
    },
    /// The window for opening a case again is over.
    #[error("the case could be reopened until {until}")]
    WindowPassed {
        /// When it closed.
        until: Timestamp,
    },
    /// The state of a task does not know the move.
    #[error("{action} is not possible in task state {state}; possible: {}", words_of(.allowed))]
    IllegalTaskMove {
        /// The present state.
        state: TaskState,
        /// What was asked for.
        action: TaskAction,
        /// What is possible.
        allowed: Vec<TaskAction>,
    },
}

fn list(actions: &[CaseAction]) -> String {
    let words: Vec<_> = actions.iter().map(|action| action.as_str()).collect();
    words.join(", ")
}

fn words_of(actions: &[TaskAction]) -> String {
    let words: Vec<_> = actions.iter().map(|action| action.as_str()).collect();
    words.join(", ")
}

impl Fault for CaseError {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        match self {
            Self::IllegalMove { .. } => "ILLEGAL_CASE_MOVE",
            Self::NoFinding => "NO_FINDING",
            Self::ApproverIsProposer { .. } => "APPROVER_IS_PROPOSER",
            Self::AboveLimit { .. } => "ABOVE_AUTHORITY_LIMIT",
            Self::NotDeemedYet { .. } => "CONSENT_NOT_DEEMED",
            Self::NotSatisfied { .. } => "CUSTOMER_NOT_SATISFIED",
            Self::TasksOpen { .. } => "TASKS_OPEN",
            Self::WindowPassed { .. } => "REOPEN_WINDOW_PASSED",
            Self::IllegalTaskMove { .. } => "ILLEGAL_TASK_MOVE",
        }
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::IllegalMove { state, action, allowed } => vec![
                ("state", state.to_string()),
                ("action", action.to_string()),
                ("allowed", list(allowed)),
            ],
            Self::NoFinding => Vec::new(),
            Self::ApproverIsProposer { approver } => vec![("approver", approver.clone())],
            Self::AboveLimit { value, limit } => {
                let limit = limit.map_or_else(|| "none".to_owned(), |limit| limit.to_string());
                vec![("value", value.to_string()), ("limit", limit)]
            }
            Self::NotDeemedYet { days } => vec![("days", days.to_string())],
            Self::NotSatisfied { score } => vec![("score", score.to_string())],
            Self::TasksOpen { open } => vec![("open", open.to_string())],
            Self::WindowPassed { until } => vec![("until", until.to_string())],
            Self::IllegalTaskMove { state, action, allowed } => vec![
                ("state", state.to_string()),
                ("action", action.to_string()),
                ("allowed", words_of(allowed)),
            ],
        }
    }
}
