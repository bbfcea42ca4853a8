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

/// Bounces from which on somebody above is told.
pub const MANY_BOUNCES: u32 = 3;

/// Whom to tell that a task was bounced once more: nobody before it was [`MANY_BOUNCES`] times, then one level higher each
/// time, and the highest from there on.
#[must_use]
pub fn told_of_bounce(bounces: u32, escalation: &[String]) -> Option<&str> {
    let level = usize::try_from(bounces.checked_sub(MANY_BOUNCES)?).ok()?;
    escalation.get(level).or(escalation.last()).map(String::as_str)
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

#[cfg(test)]
mod tests {
    use super::told_of_bounce;

    #[test]
    fn the_third_bounce_and_each_after_it_is_told_one_level_higher() {
        let levels = ["supervisor".to_owned(), "manager".to_owned()];
        let told = [0, 1, 2, 3, 4, 5, 9].map(|bounces| told_of_bounce(bounces, &levels));
        let (supervisor, manager) = (Some("supervisor"), Some("manager"));
        assert_eq!(told, [None, None, None, supervisor, manager, manager, manager]);
        assert_eq!(told_of_bounce(3, &[]), None);
    }
}
