//! What stands before every RPC, over the network and in process: identity, permission, deadline, trace, metrics.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tonic::{Code, Status};
use tracing::Instrument;

use crate::identity::{Authenticator, Call};
use crate::permission::Permissions;
use crate::status::WireError;
use crate::telemetry::RpcMetrics;
use crate::trace_context;

/// Who is let in, and to what.
pub struct Gate {
    authenticator: Authenticator,
    permissions: Permissions,
    metrics: RpcMetrics,
}

impl Gate {
    /// A gate with the shipped permission table or another one.
    #[must_use]
    pub fn new(authenticator: Authenticator, permissions: Permissions) -> Self {
        Self { authenticator, permissions, metrics: RpcMetrics::new() }
    }

    /// The permission table.
    #[must_use]
    pub const fn permissions(&self) -> &Permissions {
        &self.permissions
    }

    fn admit(&self, request: &Request) -> Result<Call, WireError> {
        let path = request.uri().path();
        // a link puts the call of the service that it serves here; the network cannot
        let (caller, now) = match request.extensions().get::<Call>() {
            Some(call) => (call.caller.clone(), call.now),
            None => self.authenticator.authenticate(request.headers())?,
        };
        let permission = self
            .permissions
            .needed(path)
            .ok_or_else(|| WireError::NotBuilt { method: path.to_owned() })?;
        if !self.permissions.hold(&caller.roles, permission) {
            return Err(WireError::PermissionDenied { permission: permission.to_owned() });
        }
        Ok(Call { caller, now, method: path.to_owned() })
    }
}

/// The middleware: every RPC passes here exactly once.
pub async fn pass(State(gate): State<Arc<Gate>>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let span = trace_context::server_span(&path, request.headers());
    let started = Instant::now();
    let deadline = timeout(request.headers());
    let gate_of_call = gate.clone();
    let response = async move {
        match gate_of_call.admit(&request) {
            Err(refusal) => Status::from(refusal).into_http(),
            Ok(call) => {
                let method = call.method.clone();
                request.extensions_mut().insert(call);
                within(deadline, next.run(request), method).await
            }
        }
    }
    .instrument(span.clone())
    .await;
    let code = code_of(&response);
    trace_context::record_code(&span, code);
    let (service, method) = match code {
        Code::Unimplemented => ("_OTHER", "_OTHER"),
        _ => path.split_once('/').unwrap_or(("_OTHER", "_OTHER")),
    };
    gate.metrics.record(service, method, code, started.elapsed().as_secs_f64());
    response
}

async fn within(
    deadline: Option<Duration>,
    answer: impl Future<Output = Response>,
    method: String,
) -> Response {
    let response = match deadline {
        None => answer.await,
        Some(limit) => match tokio::time::timeout(limit, answer).await {
            Ok(response) => response,
            Err(_) => return Status::from(WireError::DeadlineExceeded).into_http(),
        },
    };
    // a generated stub answers bare: give it the details that every error of ours has
    let bare = !response.headers().contains_key("grpc-status-details-bin");
    if bare && code_of(&response) == Code::Unimplemented {
        return Status::from(WireError::NotBuilt { method }).into_http();
    }
    response
}

fn code_of(response: &Response) -> Code {
    response
        .headers()
        .get("grpc-status")
        .map_or(Code::Ok, |value| Code::from_bytes(value.as_bytes()))
}

/// How long the caller waits, by `grpc-timeout`: up to eight digits and a unit.
#[must_use]
pub fn timeout(headers: &http::HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(count * 3600)),
        "M" => Some(Duration::from_secs(count * 60)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}
