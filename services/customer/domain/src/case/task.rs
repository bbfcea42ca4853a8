//! Tasks given to departments.

use super::CaseError;
use aftercare_kernel::words;

words! {
    /// Where a task stands.
    TaskState {
        /// Given to the department.
        Open = "OPEN",
        /// The department does it.
        Accepted = "ACCEPTED",
        /// The department says it is not theirs.
        Bounced = "BOUNCED",
        /// Done.
        Done = "DONE",
        /// Checked.
        Verified = "VERIFIED",
        /// Has to be done again.
        Rework = "REWORK",
        /// No longer needed.
        Cancelled = "CANCELLED",
    }
}

words! {
    /// What can be done to a task.
    TaskAction {
        /// The department takes it.
        Accept = "ACCEPT",
        /// The department refuses it.
        Bounce = "BOUNCE",
        /// It is done.
        Complete = "COMPLETE",
        /// It was checked.
        Verify = "VERIFY",
        /// It has to be done again.
        Rework = "REWORK",
    }
}

impl TaskState {
    /// Whether nothing more is to be done.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Verified | Self::Cancelled)
    }

    const fn moves(self) -> &'static [(TaskAction, Self)] {
        match self {
            Self::Open => {
                &[(TaskAction::Accept, Self::Accepted), (TaskAction::Bounce, Self::Bounced)]
            }
            Self::Bounced | Self::Rework => &[(TaskAction::Accept, Self::Accepted)],
            Self::Accepted => {
                &[(TaskAction::Complete, Self::Done), (TaskAction::Bounce, Self::Bounced)]
            }
            Self::Done => {
                &[(TaskAction::Verify, Self::Verified), (TaskAction::Rework, Self::Rework)]
            }
            Self::Verified | Self::Cancelled => &[],
        }
    }
}

/// The state after an action.
///
/// # Errors
/// [`CaseError::IllegalTaskMove`] with the moves there are.
pub fn advance_task(state: TaskState, action: TaskAction) -> Result<TaskState, CaseError> {
    let moves = state.moves();
    let found = moves.iter().find(|(known, _)| *known == action).map(|(_, next)| *next);
    found.ok_or_else(|| {
        let allowed = moves.iter().map(|(action, _)| *action).collect();
        CaseError::IllegalTaskMove { state, action, allowed }
    })
}
