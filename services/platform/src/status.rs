//! From a classed error to a gRPC status with `google.rpc` details: the only place that builds one.

use aftercare_kernel::fault::{Class, Fault, FieldViolation};
use std::collections::HashMap;
use std::time::Duration;
use tonic::{Code, Response, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// `ErrorInfo.domain` of every error that we raise.
pub const ERROR_DOMAIN: &str = "aftercare.dev";

/// Any classed error on its way out of a handler.
#[derive(Debug)]
pub struct Error(Box<dyn Fault>);

impl<F: Fault> From<F> for Error {
    fn from(fault: F) -> Self {
        Self(Box::new(fault))
    }
}

impl Error {
    /// The classed error inside.
    #[must_use]
    pub fn fault(&self) -> &dyn Fault {
        self.0.as_ref()
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Wire errors that no domain raises.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// No valid identity came with the call.
    #[error("the call carries no valid identity: {0}")]
    Unauthenticated(&'static str),
    /// The caller's roles do not hold the permission that the RPC needs.
    #[error("the caller's roles do not hold {permission}")]
    PermissionDenied {
        /// The permission that was needed.
        permission: String,
    },
    /// The RPC is in the API and not built yet.
    #[error("{method} is not built yet")]
    NotBuilt {
        /// The full method path.
        method: String,
    },
    /// The caller's deadline passed.
    #[error("the deadline passed")]
    DeadlineExceeded,
}

impl From<WireError> for Status {
    fn from(error: WireError) -> Self {
        let (code, reason, metadata) = match &error {
            WireError::Unauthenticated(_) => {
                (Code::Unauthenticated, "UNAUTHENTICATED", HashMap::new())
            }
            WireError::PermissionDenied { permission } => (
                Code::PermissionDenied,
                "PERMISSION_DENIED",
                HashMap::from([("permission".to_owned(), permission.clone())]),
            ),
            WireError::NotBuilt { method } => (
                Code::Unimplemented,
                "METHOD_NOT_BUILT",
                HashMap::from([("method".to_owned(), method.clone())]),
            ),
            WireError::DeadlineExceeded => {
                (Code::DeadlineExceeded, "DEADLINE_EXCEEDED", HashMap::new())
            }
        };
        let details = ErrorDetails::with_error_info(reason, ERROR_DOMAIN, metadata);
        Self::with_error_details(code, error.to_string(), details)
    }
}

/// The status that a client sees for a classed error.
///
/// An internal error is logged here, once, with its cause; the client learns only that it happened.
#[must_use]
pub fn to_status(error: &Error) -> Status {
    let fault = error.fault();
    let class = fault.class();
    let metadata: HashMap<String, String> =
        fault.metadata().into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let mut details = ErrorDetails::with_error_info(fault.reason(), ERROR_DOMAIN, metadata);
    let message = fault.to_string();
    let code = match class {
        Class::Invalid => {
            for FieldViolation { field, description } in fault.violations() {
                details.add_bad_request_violation(field, description);
            }
            Code::InvalidArgument
        }
        Class::NotFound => {
            add_resource_info(&mut details, fault);
            Code::NotFound
        }
        Class::AlreadyExists => {
            add_resource_info(&mut details, fault);
            Code::AlreadyExists
        }
        Class::Precondition => {
            details.add_precondition_failure_violation(
                fault.reason(),
                fault.subject(),
                message.clone(),
            );
            Code::FailedPrecondition
        }
        Class::Conflict => Code::Aborted,
        Class::Exhausted => {
            details.add_quota_failure_violation(fault.subject(), message.clone());
            details.set_retry_info(Some(Duration::from_secs(1)));
            Code::ResourceExhausted
        }
        Class::Unavailable => {
            details.set_retry_info(Some(Duration::from_secs(1)));
            Code::Unavailable
        }
        Class::Deadline => Code::DeadlineExceeded,
        Class::Unimplemented => Code::Unimplemented,
        Class::Internal => {
            tracing::error!(error.reason = fault.reason(), error.cause = %causes(fault), "internal error");
            return Status::with_error_details(Code::Internal, "internal error", details);
        }
    };
    Status::with_error_details(code, message, details)
}

fn add_resource_info(details: &mut ErrorDetails, fault: &dyn Fault) {
    let subject = fault.subject();
    let kind = subject.rsplit('/').nth(1).unwrap_or_default().to_owned();
    details.set_resource_info(kind, subject, "", fault.to_string());
}

fn causes(fault: &dyn Fault) -> String {
    let mut text = fault.to_string();
    let mut source = fault.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// A handler's result as tonic wants it.
///
/// # Errors
/// The status of the classed error.
pub fn respond<T>(result: Result<T, Error>) -> Result<Response<T>, Status> {
    result.map(Response::new).map_err(|error| to_status(&error))
}

/// The classed error of a status that another service of ours answered with, kept as it was.
#[derive(Debug, Clone)]
pub struct RemoteFault(Status);

impl RemoteFault {
    /// Wraps the status of a call through a [`crate::link::Link`].
    #[must_use]
    pub const fn new(status: Status) -> Self {
        Self(status)
    }

    /// Every field that the other service refused.
    #[must_use]
    pub fn field_violations(&self) -> Vec<FieldViolation> {
        self.0
            .get_details_bad_request()
            .map(|bad| {
                bad.field_violations
                    .into_iter()
                    .map(|v| FieldViolation { field: v.field, description: v.description })
                    .collect()
            })
            .unwrap_or_default()
    }

    /// The status as it came.
    #[must_use]
    pub const fn status(&self) -> &Status {
        &self.0
    }
}

impl std::fmt::Display for RemoteFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.message())
    }
}

impl std::error::Error for RemoteFault {}

impl Fault for RemoteFault {
    fn class(&self) -> Class {
        match self.0.code() {
            Code::InvalidArgument | Code::OutOfRange => Class::Invalid,
            Code::NotFound => Class::NotFound,
            Code::AlreadyExists => Class::AlreadyExists,
            Code::FailedPrecondition => Class::Precondition,
            Code::Aborted => Class::Conflict,
            Code::ResourceExhausted => Class::Exhausted,
            Code::Unavailable | Code::Cancelled => Class::Unavailable,
            Code::DeadlineExceeded => Class::Deadline,
            Code::Unimplemented => Class::Unimplemented,
            Code::Ok
            | Code::Unknown
            | Code::PermissionDenied
            | Code::Unauthenticated
            | Code::Internal
            | Code::DataLoss => Class::Internal,
        }
    }
    fn reason(&self) -> &'static str {
        "REMOTE_CALL_FAILED"
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        let reason = self.0.get_details_error_info().map(|info| info.reason).unwrap_or_default();
        vec![("remote_reason", reason)]
    }
    fn violations(&self) -> Vec<FieldViolation> {
        self.field_violations()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aftercare_kernel::fault::Violations;

    #[test]
    fn an_invalid_request_names_every_field_and_its_reason() {
        let mut wrong = Violations::new();
        wrong.add("a", "bad");
        wrong.add("b", "worse");
        let status = to_status(&Error::from(wrong.finish().unwrap_err()));
        assert_eq!(status.code(), Code::InvalidArgument);
        let bad = status.get_details_bad_request().unwrap();
        assert_eq!(bad.field_violations.len(), 2);
        assert_eq!(status.get_details_error_info().unwrap().reason, "INVALID_FIELDS");
    }

    #[test]
    fn an_internal_error_never_shows_its_cause() {
        #[derive(Debug, thiserror::Error)]
        #[error("password=hunter2")]
        struct Leak;
        impl Fault for Leak {
            fn class(&self) -> Class {
                Class::Internal
            }
            fn reason(&self) -> &'static str {
                "INTERNAL"
            }
        }
        let status = to_status(&Error::from(Leak));
        assert_eq!(status.message(), "internal error");
        assert!(!String::from_utf8_lossy(status.details()).contains("hunter2"));
    }
}
