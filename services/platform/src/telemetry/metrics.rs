//! The instruments that every service records: calls by the RPC conventions, and the outbox.
//!
//! Made after [`super::init`]; without a metrics pipeline they record nothing at hardly any cost.

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter};
use tonic::Code;

/// Upper bounds in seconds. Finer at the low end than the conventions advise, because an unary read
/// here takes well under a millisecond.
const DURATIONS: [f64; 17] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5,
    1.0, 2.5, 5.0, 10.0,
];

/// Calls served: rate, errors and duration, as OpenTelemetry's RPC conventions name them (1.45).
#[derive(Debug, Clone)]
pub struct RpcMetrics {
    duration: Histogram<f64>,
}

impl Default for RpcMetrics {
    fn default() -> Self {
        Self::new()
    }
}

impl RpcMetrics {
    /// On the process's metrics pipeline.
    #[must_use]
    pub fn new() -> Self {
        Self::on(&opentelemetry::global::meter("aftercare"))
    }

    pub(super) fn on(meter: &Meter) -> Self {
        let duration = meter
            .f64_histogram("rpc.server.call.duration")
            .with_unit("s")
            .with_description("Duration of calls served")
            .with_boundaries(DURATIONS.to_vec())
            .build();
        Self { duration }
    }

    /// One call that ended. `service` is qualified by its package; a call to a method that does not
    /// exist is recorded as service and method `_OTHER`, so that a client cannot make names up.
    pub fn record(&self, service: &str, method: &str, code: Code, seconds: f64) {
        let name = if (service, method) == ("_OTHER", "_OTHER") {
            "_OTHER".to_owned()
        } else {
            format!("{service}/{method}")
        };
        let mut attributes = vec![
            KeyValue::new("rpc.system.name", "grpc"),
            KeyValue::new("rpc.method", name),
            KeyValue::new("rpc.response.status_code", code_name(code)),
        ];
        if is_server_error(code) {
            attributes.push(KeyValue::new("error.type", code_name(code)));
        }
        self.duration.record(seconds, &attributes);
    }
}

/// The events of one service that wait to be published, and those that were.
#[derive(Debug, Clone)]
pub struct OutboxMetrics {
    waiting: Gauge<u64>,
    oldest: Gauge<f64>,
    sent: Counter<u64>,
    service: KeyValue,
}

impl OutboxMetrics {
    /// On the process's metrics pipeline, for the outbox of `service`.
    #[must_use]
    pub fn new(service: &'static str) -> Self {
        Self::on(&opentelemetry::global::meter("aftercare"), service)
    }

    pub(super) fn on(meter: &Meter, service: &'static str) -> Self {
        Self {
            waiting: meter
                .u64_gauge("aftercare.outbox.waiting")
                .with_unit("{event}")
                .with_description("Events that wait to be published")
                .build(),
            oldest: meter
                .f64_gauge("aftercare.outbox.oldest.age")
                .with_unit("s")
                .with_description("Age of the oldest event that waits; 0 when none does")
                .build(),
            sent: meter
                .u64_counter("messaging.client.sent.messages")
                .with_unit("{message}")
                .with_description("Events handed to the carrier")
                .build(),
            service: KeyValue::new("aftercare.service", service),
        }
    }

    /// What the outbox holds now.
    pub fn observe(&self, waiting: u64, oldest_age_seconds: f64) {
        let attributes = std::slice::from_ref(&self.service);
        self.waiting.record(waiting, attributes);
        self.oldest.record(oldest_age_seconds, attributes);
    }

    /// Events of one type that were handed to the carrier (`local`, `nats`). `failure` is why not, as a
    /// short stable word.
    pub fn sent(
        &self,
        carrier: &'static str,
        event_type: &str,
        events: u64,
        failure: Option<&'static str>,
    ) {
        let mut attributes = vec![
            self.service.clone(),
            KeyValue::new("messaging.system", carrier),
            KeyValue::new("messaging.operation.name", "publish"),
            KeyValue::new("messaging.destination.name", event_type.to_owned()),
        ];
        attributes.extend(failure.map(|why| KeyValue::new("error.type", why)));
        self.sent.add(events, &attributes);
    }
}

/// Codes that tell of the server's fault, as the conventions list them.
pub(crate) const fn is_server_error(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    )
}

/// The code as the conventions write it.
pub(crate) const fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
