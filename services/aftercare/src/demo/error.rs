//! Why the demo could not go on.

use std::path::PathBuf;
use tonic::Status;

/// What went wrong, in words that name the step.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The suite refused a call.
    #[error("could not {step}: {code:?}: {message}", code = status.code(), message = status.message())]
    Call {
        /// What was being done.
        step: &'static str,
        /// The answer.
        #[source]
        status: Box<Status>,
    },
    /// A file of the world, or the report, could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The suite could not be reached.
    #[error("could not connect to the suite")]
    Connect(#[from] tonic::transport::Error),
    /// An answer lacks what the story needs.
    #[error("{0}")]
    Missing(String),
}

impl DemoError {
    /// An answer lacks something.
    pub fn missing(what: impl Into<String>) -> Self {
        Self::Missing(what.into())
    }
}

/// Awaits a call and says what it was for when it fails.
pub async fn ask<T>(
    step: &'static str,
    call: impl Future<Output = Result<tonic::Response<T>, Status>>,
) -> Result<T, DemoError> {
    match call.await {
        Ok(response) => Ok(response.into_inner()),
        Err(status) => Err(DemoError::Call { step, status: Box::new(status) }),
    }
}
