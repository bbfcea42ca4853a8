//! The states of a sync run.

use aftercare_kernel::fault::{Class, Fault};
use serde::{Deserialize, Serialize};

use crate::checkpoint::StreamState;

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Reads and writes.
    Running,
    /// Everything was read and taken.
    Succeeded,
    /// Everything was read, some records are in quarantine.
    SucceededWithQuarantine,
    /// Ended by an error.
    Failed,
    /// Ended by a person.
    Cancelled,
}

impl State {
    /// The state of a run that read all its streams to their end.
    #[must_use]
    pub fn finished(streams: &[StreamState]) -> Self {
        if streams.iter().any(|stream| stream.quarantined > 0) {
            Self::SucceededWithQuarantine
        } else {
            Self::Succeeded
        }
    }

    /// Whether nothing happens any more.
    #[must_use]
    pub fn ended(self) -> bool {
        match self {
            Self::Running => false,
            Self::Succeeded | Self::SucceededWithQuarantine | Self::Failed | Self::Cancelled => {
                true
            }
        }
    }

    /// Whether a new run may go on where this one stopped.
    #[must_use]
    pub fn resumable(self) -> bool {
        match self {
            Self::Failed | Self::Cancelled => true,
            Self::Running | Self::Succeeded | Self::SucceededWithQuarantine => false,
        }
    }
}

/// Why a run is not begun or not found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// Another run of the connection has not ended.
    #[error("{run} is still running")]
    Running {
        /// The other run.
        run: String,
    },
    /// There is no failed or cancelled last run.
    #[error("the last run of {connection} did not stop early: there is nothing to resume")]
    NothingToResume {
        /// The connection.
        connection: String,
    },
    /// The connection is disabled.
    #[error("{connection} is disabled")]
    Disabled {
        /// The connection.
        connection: String,
    },
    /// No such run.
    #[error("{run} does not exist")]
    NotFound {
        /// The run.
        run: String,
    },
    /// The mapping has no rule for a stream that was asked for.
    #[error("the mapping has no rule for stream {stream}")]
    StreamNotMapped {
        /// The stream.
        stream: String,
    },
}

impl Fault for RunError {
    fn class(&self) -> Class {
        match self {
            Self::Running { .. }
            | Self::NothingToResume { .. }
            | Self::Disabled { .. }
            | Self::StreamNotMapped { .. } => Class::Precondition,
            Self::NotFound { .. } => Class::NotFound,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Running { .. } => "SYNC_RUNNING",
            Self::NothingToResume { .. } => "SYNC_NOTHING_TO_RESUME",
            Self::Disabled { .. } => "CONNECTION_DISABLED",
            Self::NotFound { .. } => "SYNC_RUN_NOT_FOUND",
            Self::StreamNotMapped { .. } => "STREAM_NOT_MAPPED",
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Running { run } | Self::NotFound { run } => vec![("sync_run", run.clone())],
            Self::NothingToResume { connection } | Self::Disabled { connection } => {
                vec![("connection", connection.clone())]
            }
            Self::StreamNotMapped { stream } => vec![("stream", stream.clone())],
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::Running { run } | Self::NotFound { run } => run.clone(),
            Self::NothingToResume { connection } | Self::Disabled { connection } => {
                connection.clone()
            }
            Self::StreamNotMapped { stream } => stream.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_with_quarantined_records_says_so() {
        let clean = StreamState { done: true, ..StreamState::default() };
        let dirty = StreamState { quarantined: 1, ..clean.clone() };
        assert_eq!(State::finished(std::slice::from_ref(&clean)), State::Succeeded);
        assert_eq!(State::finished(&[clean, dirty]), State::SucceededWithQuarantine);
    }
}
