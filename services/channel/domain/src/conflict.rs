//! The conflict as a state machine: from suspicion to decision and back to a calm market, with its guards.

use aftercare_kernel::fault::{Class, Fault};
use aftercare_kernel::{resource_id, words};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

resource_id! {
    /// The id of a conflict.
    ConflictId
}

words! {
    /// How far a conflict has come.
    ConflictState {
        /// Opened by signals or a complaint.
        Suspected = "SUSPECTED",
        /// People look into it.
        Investigating = "INVESTIGATING",
        /// There was nothing to it.
        Dismissed = "DISMISSED",
        /// Proven.
        Confirmed = "CONFIRMED",
        /// Sanctions and compensation are decided.
        Decided = "DECIDED",
        /// They are carried out.
        Executing = "EXECUTING",
        /// The market is watched.
        Restoring = "RESTORING",
        /// Done.
        Closed = "CLOSED",
        /// New facts after it was over.
        Reopened = "REOPENED",
    }
}

impl ConflictState {
    /// The states that may follow.
    #[must_use]
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Suspected | Self::Reopened => &[Self::Investigating, Self::Dismissed],
            Self::Investigating => &[Self::Confirmed, Self::Dismissed],
            Self::Confirmed => &[Self::Decided],
            Self::Decided => &[Self::Executing],
            Self::Executing => &[Self::Restoring],
            Self::Restoring => &[Self::Closed, Self::Reopened],
            Self::Dismissed | Self::Closed => &[Self::Reopened],
        }
    }

    /// Whether new signals are added to the conflict rather than open another.
    #[must_use]
    pub const fn is_gathering(self) -> bool {
        matches!(self, Self::Suspected | Self::Investigating | Self::Reopened)
    }

    /// Whether it was proven at some time, so that it counts as a repetition for the next.
    #[must_use]
    pub const fn is_proven(self) -> bool {
        matches!(
            self,
            Self::Confirmed | Self::Decided | Self::Executing | Self::Restoring | Self::Closed
        )
    }
}

/// How the accused is heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hearing {
    /// When an answer is due.
    pub due: Timestamp,
    /// What it answered.
    pub statement: Option<String>,
    /// When it answered.
    pub stated_at: Option<Timestamp>,
}

impl Hearing {
    /// Whether it answered or let the time pass.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.statement.is_some() || now >= self.due
    }
}

/// A move that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictMove {
    /// From where.
    pub from: ConflictState,
    /// To where.
    pub to: ConflictState,
    /// Who.
    pub actor: String,
    /// Why.
    pub note: String,
    /// When.
    pub at: Timestamp,
}

/// Why a conflict does not move.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConflictError {
    /// Not from this state.
    #[error("conflicts/{id} is {state}; from there it goes to {}", listed(.state.next()))]
    IllegalMove {
        /// Which conflict.
        id: ConflictId,
        /// Where it is.
        state: ConflictState,
        /// Where it should have gone.
        to: ConflictState,
    },
    /// The accused was not heard yet.
    #[error("the accused of conflicts/{id} has not answered and may do so until {due}")]
    NotHeard {
        /// Which conflict.
        id: ConflictId,
        /// Until when.
        due: Timestamp,
    },
    /// A statement that nobody asked for, or a second one.
    #[error("conflicts/{id} asks the accused for no statement now")]
    NoHearing {
        /// Which conflict.
        id: ConflictId,
    },
    /// The due time of a statement lies in the past.
    #[error("the due time of a statement must lie in the future")]
    DueInPast {
        /// Which conflict.
        id: ConflictId,
    },
    /// Something that the state does not allow, short of a move.
    #[error("conflicts/{id} is {state}: {what} is not possible any more, or not yet")]
    WrongState {
        /// Which conflict.
        id: ConflictId,
        /// Where it is.
        state: ConflictState,
        /// What was tried.
        what: &'static str,
    },
    /// Nothing was measured.
    #[error("the scale of conflicts/{id} has not been measured")]
    NotMeasured {
        /// Which conflict.
        id: ConflictId,
    },
    /// A hold that only one person stands for.
    #[error("a supply hold needs the approval of a second person; {first} is the first")]
    SecondPerson {
        /// Which conflict.
        id: ConflictId,
        /// Who decided first.
        first: String,
    },
}

impl ConflictError {
    const fn id(&self) -> &ConflictId {
        match self {
            Self::IllegalMove { id, .. }
            | Self::NotHeard { id, .. }
            | Self::NoHearing { id }
            | Self::DueInPast { id }
            | Self::WrongState { id, .. }
            | Self::NotMeasured { id }
            | Self::SecondPerson { id, .. } => id,
        }
    }
}

impl Fault for ConflictError {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        match self {
            Self::IllegalMove { .. } => "CONFLICT_ILLEGAL_MOVE",
            Self::NotHeard { .. } => "CONFLICT_ACCUSED_NOT_HEARD",
            Self::NoHearing { .. } => "CONFLICT_NO_HEARING",
            Self::DueInPast { .. } => "CONFLICT_DUE_IN_PAST",
            Self::WrongState { .. } => "CONFLICT_WRONG_STATE",
            Self::NotMeasured { .. } => "CONFLICT_NOT_MEASURED",
            Self::SecondPerson { .. } => "CONFLICT_SECOND_PERSON_NEEDED",
        }
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        let mut found = vec![("conflict", format!("conflicts/{}", self.id()))];
        match self {
            Self::IllegalMove { state, to, .. } => {
                found.push(("state", state.to_string()));
                found.push(("to", to.to_string()));
                found.push(("allowed", listed(state.next())));
            }
            Self::NotHeard { due, .. } => found.push(("due_time", due.to_string())),
            Self::WrongState { state, what, .. } => {
                found.push(("state", state.to_string()));
                found.push(("what", (*what).to_owned()));
            }
            Self::SecondPerson { first, .. } => found.push(("first", first.clone())),
            Self::NoHearing { .. } | Self::DueInPast { .. } | Self::NotMeasured { .. } => {}
        }
        found
    }
    fn subject(&self) -> String {
        format!("conflicts/{}", self.id())
    }
}

fn listed(states: &[ConflictState]) -> String {
    states.iter().map(|state| state.as_str()).collect::<Vec<_>>().join(", ")
}

/// What guards look at, and what moves change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Which conflict.
    pub id: ConflictId,
    /// Where it is.
    pub state: ConflictState,
    /// How the accused is heard.
    pub hearing: Option<Hearing>,
    /// Every move so far.
    pub history: Vec<ConflictMove>,
}

/// Who moves, why and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mover {
    /// Who.
    pub actor: String,
    /// Why.
    pub note: String,
    /// When.
    pub now: Timestamp,
}

impl Progress {
    /// Begins the investigation and asks the accused for a statement.
    ///
    /// # Errors
    /// [`ConflictError::IllegalMove`], [`ConflictError::DueInPast`].
    pub fn investigate(&mut self, due: Timestamp, mover: &Mover) -> Result<(), ConflictError> {
        self.allowed(ConflictState::Investigating)?;
        if due <= mover.now {
            return Err(ConflictError::DueInPast { id: self.id.clone() });
        }
        self.hearing = Some(Hearing { due, statement: None, stated_at: None });
        self.go(ConflictState::Investigating, mover)
    }

    /// Keeps what the accused answered.
    ///
    /// # Errors
    /// [`ConflictError::NoHearing`] outside the investigation, or if it has answered.
    pub fn record_statement(
        &mut self,
        statement: String,
        now: Timestamp,
    ) -> Result<(), ConflictError> {
        let open = self.state == ConflictState::Investigating;
        match self.hearing.as_mut().filter(|hearing| open && hearing.statement.is_none()) {
            Some(hearing) => {
                hearing.statement = Some(statement);
                hearing.stated_at = Some(now);
                Ok(())
            }
            None => Err(ConflictError::NoHearing { id: self.id.clone() }),
        }
    }

    /// Holds it proven, once the accused was heard.
    ///
    /// # Errors
    /// [`ConflictError::IllegalMove`], [`ConflictError::NotHeard`].
    pub fn confirm(&mut self, mover: &Mover) -> Result<(), ConflictError> {
        self.allowed(ConflictState::Confirmed)?;
        match &self.hearing {
            Some(hearing) if hearing.is_over(mover.now) => self.go(ConflictState::Confirmed, mover),
            Some(hearing) => Err(ConflictError::NotHeard { id: self.id.clone(), due: hearing.due }),
            None => Err(ConflictError::NoHearing { id: self.id.clone() }),
        }
    }

    /// Makes any other move that the state allows.
    ///
    /// # Errors
    /// [`ConflictError::IllegalMove`].
    pub fn go(&mut self, to: ConflictState, mover: &Mover) -> Result<(), ConflictError> {
        self.allowed(to)?;
        self.history.push(ConflictMove {
            from: self.state,
            to,
            actor: mover.actor.clone(),
            note: mover.note.clone(),
            at: mover.now,
        });
        self.state = to;
        Ok(())
    }

    /// Whether the state may follow.
    ///
    /// # Errors
    /// [`ConflictError::IllegalMove`].
    pub fn allowed(&self, to: ConflictState) -> Result<(), ConflictError> {
        if self.state.next().contains(&to) {
            Ok(())
        } else {
            Err(ConflictError::IllegalMove { id: self.id.clone(), state: self.state, to })
        }
    }
}

#[cfg(test)]
mod tests;
