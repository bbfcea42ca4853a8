//! One step of a case: the move must exist, and its guard must hold.

use super::{CaseAction, CaseError, CaseKind, CaseState};
use aftercare_kernel::money::Money;
use jiff::{SignedDuration, Timestamp};

/// What a tenant demands of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuardPolicy {
    /// Days after an offer before silence is consent.
    pub deemed_after_days: u32,
    /// Days in which a closed case can be opened again.
    pub reopen_window_days: u32,
}

impl Default for GuardPolicy {
    fn default() -> Self {
        Self { deemed_after_days: 14, reopen_window_days: 30 }
    }
}

/// Whether cause and evidence are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// A cause is named.
    pub cause: bool,
    /// Pieces of evidence.
    pub evidence: usize,
}

/// What the customer's consent rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmation {
    /// The customer's own word.
    Evidence,
    /// Silence: when the customer was tried, and when the offer was made.
    Deemed {
        /// Attempts to reach the customer.
        attempts: Vec<Timestamp>,
        /// When the offer was made.
        offered: Timestamp,
    },
}

/// What the customer says afterwards, or that nobody needs to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FollowUp {
    /// 1 to 5.
    Score(u8),
    /// Waived, with a recorded reason.
    Waived,
}

/// A step with what its guard looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<'a> {
    /// A move without a guard of its own.
    Plain(CaseAction),
    /// A proposal needs cause and evidence.
    Propose(Finding),
    /// Approval within a limit, by another than the proposer.
    Approve {
        /// Who approves.
        approver: &'a str,
        /// Who proposed.
        proposer: &'a str,
        /// The value, cumulated per case and customer.
        value: Money,
        /// The approver's limit.
        limit: Option<Money>,
    },
    /// An offer without approval stays within the offerer's own limit.
    Offer {
        /// The value, cumulated per case and customer.
        value: Money,
        /// The limit of who offers.
        limit: Option<Money>,
    },
    /// The customer's consent.
    Confirm(Confirmation),
    /// Every dispatched task is closed.
    Verify {
        /// Tasks that are not.
        open_tasks: usize,
    },
    /// What the customer says.
    Satisfy(FollowUp),
    /// Inside the window.
    Reopen {
        /// When the case was closed.
        closed: Timestamp,
    },
}

impl Step<'_> {
    /// The move.
    #[must_use]
    pub const fn action(&self) -> CaseAction {
        match self {
            Self::Plain(action) => *action,
            Self::Propose(_) => CaseAction::Propose,
            Self::Approve { .. } => CaseAction::Approve,
            Self::Offer { .. } => CaseAction::Offer,
            Self::Confirm(_) => CaseAction::Confirm,
            Self::Verify { .. } => CaseAction::Verify,
            Self::Satisfy(_) => CaseAction::Satisfy,
            Self::Reopen { .. } => CaseAction::Reopen,
        }
    }
}

/// The state after a step.
///
/// # Errors
/// [`CaseError::IllegalMove`] with the moves there are; the error of the guard that does not hold.
pub fn advance(
    kind: CaseKind,
    state: CaseState,
    step: &Step<'_>,
    policy: GuardPolicy,
    now: Timestamp,
) -> Result<CaseState, CaseError> {
    let moves = state.moves(kind);
    let action = step.action();
    let Some((_, next)) = moves.iter().find(|(known, _)| *known == action) else {
        let allowed = moves.iter().map(|(action, _)| *action).collect();
        return Err(CaseError::IllegalMove { state, action, allowed });
    };
    guard(state, step, policy, now)?;
    Ok(*next)
}

fn guard(
    state: CaseState,
    step: &Step<'_>,
    policy: GuardPolicy,
    now: Timestamp,
) -> Result<(), CaseError> {
    let days = |days: u32| SignedDuration::from_hours(24 * i64::from(days));
    match step {
        Step::Plain(_) => Ok(()),
        Step::Propose(finding) if finding.cause && finding.evidence > 0 => Ok(()),
        Step::Propose(_) => Err(CaseError::NoFinding),
        Step::Approve { approver, proposer, .. } if approver == proposer => {
            Err(CaseError::ApproverIsProposer { approver: (*approver).to_owned() })
        }
        Step::Approve { value, limit, .. } => within(*value, *limit),
        // What was approved needs no limit of who tells the customer.
        Step::Offer { .. } if state == CaseState::Approved => Ok(()),
        Step::Offer { value, limit } => within(*value, *limit),
        Step::Confirm(Confirmation::Evidence) => Ok(()),
        Step::Confirm(Confirmation::Deemed { attempts, offered }) => {
            let tried = attempts.iter().filter(|at| *at >= offered && **at <= now).count();
            let waited = now.duration_since(*offered) >= days(policy.deemed_after_days);
            if tried >= 2 && waited {
                Ok(())
            } else {
                Err(CaseError::NotDeemedYet { days: policy.deemed_after_days })
            }
        }
        Step::Verify { open_tasks: 0 } => Ok(()),
        Step::Verify { open_tasks } => Err(CaseError::TasksOpen { open: *open_tasks }),
        Step::Satisfy(FollowUp::Score(score)) if *score < 4 => {
            Err(CaseError::NotSatisfied { score: *score })
        }
        Step::Satisfy(_) => Ok(()),
        Step::Reopen { closed } => {
            let until = *closed + days(policy.reopen_window_days);
            if now <= until { Ok(()) } else { Err(CaseError::WindowPassed { until }) }
        }
    }
}

fn within(value: Money, limit: Option<Money>) -> Result<(), CaseError> {
    let nothing = value.amount().is_zero();
    let enough = limit.is_some_and(|limit| {
        limit.currency() == value.currency() && limit.amount() >= value.amount()
    });
    if nothing || enough { Ok(()) } else { Err(CaseError::AboveLimit { value, limit }) }
}
