//! Why a verb failed, and what the caller can do next.

use std::{fmt, time::Duration};

use crate::wire;

/// The result of a verb.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a verb failed.
#[derive(Debug, Clone, PartialEq)]
pub struct Error(Box<wire::Error>);

impl Error {
    /// An error of the kind; `reason` is stable `UPPER_SNAKE`, `message` is for a person and holds no secret.
    pub fn new(kind: wire::ErrorKind, reason: &str, message: impl fmt::Display) -> Self {
        Self(Box::new(wire::Error {
            kind: kind.into(),
            reason: reason.to_owned(),
            message: message.to_string(),
            ..wire::Error::default()
        }))
    }

    /// Wrong fields of a configuration or request, all of them.
    #[must_use]
    pub fn invalid(fields: Vec<(String, String)>) -> Self {
        let names: Vec<_> = fields.iter().map(|(field, _)| field.as_str()).collect();
        let message = format!("invalid fields: {}", names.join(", "));
        let mut error = Self::new(wire::ErrorKind::Invalid, "INVALID_FIELDS", message);
        error.0.field_errors = fields
            .into_iter()
            .map(|(field, description)| wire::FieldError { field, description })
            .collect();
        error
    }

    /// The adapter does not offer this verb.
    #[must_use]
    pub fn unsupported(verb: &str) -> Self {
        let message = format!("this adapter does not offer {verb}");
        Self::new(wire::ErrorKind::Unsupported, "VERB_UNSUPPORTED", message)
    }

    /// The call was cancelled or its deadline passed.
    #[must_use]
    pub fn cancelled() -> Self {
        Self::new(wire::ErrorKind::Cancelled, "CALL_CANCELLED", "the call was cancelled")
    }

    /// The same error with the time that the system asks us to wait.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.0.retry_delay = prost_types::Duration::try_from(delay).ok();
        self
    }

    /// The message that crosses the border.
    #[must_use]
    pub fn wire(&self) -> &wire::Error {
        &self.0
    }
}

impl From<wire::Error> for Error {
    fn from(error: wire::Error) -> Self {
        Self(Box::new(error))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.reason, self.0.message)
    }
}

impl std::error::Error for Error {}
