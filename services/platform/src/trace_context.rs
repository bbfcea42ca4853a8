//! W3C trace context: from and into gRPC metadata, and as text for events.
//!
//! Where no tracing pipeline runs there is no current trace, and nothing is written.

use crate::telemetry::{code_name, is_server_error};
use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use std::collections::HashMap;
use tonic::Code;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

const TRACEPARENT: &str = "traceparent";

/// The caller's trace context; empty if there is none or it is malformed.
#[must_use]
pub fn extract(headers: &HeaderMap) -> Context {
    if headers.get_all(TRACEPARENT).iter().count() > 1 {
        // The specification allows one alone; two tell nothing.
        return Context::new();
    }
    TraceContextPropagator::new().extract_with_context(&Context::new(), &Incoming(headers))
}

/// Writes the context into the metadata of a call.
pub fn inject(context: &Context, headers: &mut HeaderMap) {
    TraceContextPropagator::new().inject_context(context, &mut Outgoing(headers));
}

/// Writes the context of the current span into the metadata of a call.
pub fn inject_current(headers: &mut HeaderMap) {
    inject(&Span::current().context(), headers);
}

/// The current span's context as a `traceparent`, to be kept with an event; none outside a trace.
#[must_use]
pub fn current_traceparent() -> Option<String> {
    to_traceparent(&Span::current().context())
}

/// The context as a `traceparent`; none if it has no valid span.
#[must_use]
pub fn to_traceparent(context: &Context) -> Option<String> {
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(context, &mut carrier);
    carrier.remove(TRACEPARENT)
}

/// The context that a `traceparent` names; empty if it is malformed.
#[must_use]
pub fn from_traceparent(text: &str) -> Context {
    let carrier = HashMap::from([(TRACEPARENT.to_owned(), text.to_owned())]);
    TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier)
}

/// The trace id of the current span, for error logs; none outside a trace.
#[must_use]
pub fn current_trace_id() -> Option<String> {
    let context = Span::current().context();
    let span = context.span();
    let context = span.span_context();
    context.is_valid().then(|| context.trace_id().to_string())
}

/// The span of an incoming call, below the caller's. `method` is `package.Service/Method`; when the call
/// ends, [`record_code`] completes it.
#[must_use]
pub fn server_span(method: &str, headers: &HeaderMap) -> Span {
    let span = tracing::info_span!(
        "rpc",
        otel.name = method,
        otel.kind = "server",
        rpc.system.name = "grpc",
        rpc.method = method,
        rpc.response.status_code = tracing::field::Empty,
        error.type = tracing::field::Empty,
        otel.status_code = tracing::field::Empty,
    );
    continue_trace(&span, extract(headers));
    span
}

/// Notes in the span of an incoming call how it ended. What is the client's fault is no error here.
pub fn record_code(span: &Span, code: Code) {
    let name = code_name(code);
    span.record("rpc.response.status_code", name);
    if is_server_error(code) {
        span.record("error.type", name);
        span.record("otel.status_code", "ERROR");
    }
}

/// The span of handling an event, below the span in which the event happened.
#[must_use]
pub fn consumer_span(event_type: &str, traceparent: Option<&str>) -> Span {
    let span = tracing::info_span!(
        "event",
        otel.name = format_args!("process {event_type}"),
        otel.kind = "consumer",
        messaging.operation.type = "process",
        messaging.destination.name = event_type,
    );
    if let Some(text) = traceparent {
        continue_trace(&span, from_traceparent(text));
    }
    span
}

fn continue_trace(span: &Span, parent: Context) {
    if parent.span().span_context().is_valid() {
        // Fails where no tracing pipeline runs or the span is filtered out: then there is no trace.
        let _ = span.set_parent(parent);
    }
}

struct Incoming<'a>(&'a HeaderMap);

impl Extractor for Incoming<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }
    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

struct Outgoing<'a>(&'a mut HeaderMap);

impl Injector for Outgoing<'_> {
    fn set(&mut self, key: &str, value: String) {
        if value.is_empty() {
            return;
        }
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::trace::TracerProvider;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use proptest::prelude::*;
    use tracing_subscriber::layer::SubscriberExt;

    /// The example of the W3C recommendation, section 3.2.3.
    const EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn headers(traceparents: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for text in traceparents {
            headers.append(TRACEPARENT, HeaderValue::from_static(text));
        }
        headers
    }

    fn traced(run: impl FnOnce()) {
        let provider = SdkTracerProvider::builder().build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), run);
    }

    #[test]
    fn a_context_survives_metadata_and_text() {
        let context = extract(&headers(&[EXAMPLE]));
        assert_eq!(to_traceparent(&context).as_deref(), Some(EXAMPLE));
        assert_eq!(to_traceparent(&from_traceparent(EXAMPLE)).as_deref(), Some(EXAMPLE));
        let mut sent = HeaderMap::new();
        inject(&context, &mut sent);
        assert_eq!(sent, headers(&[EXAMPLE]), "and no empty tracestate");
    }

    #[test]
    fn the_state_of_other_vendors_is_passed_on() {
        let mut received = headers(&[EXAMPLE]);
        received.insert("tracestate", HeaderValue::from_static("congo=t61rcWkgMzE"));
        let mut sent = HeaderMap::new();
        inject(&extract(&received), &mut sent);
        assert_eq!(sent, received);
    }

    #[test]
    fn what_is_no_trace_context_is_no_parent() {
        for wrong in [
            &[][..],
            &[""],
            &["00-00000000000000000000000000000000-00f067aa0ba902b7-01"],
            &["00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"],
            &["ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"],
            &["00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"],
            &[EXAMPLE, EXAMPLE],
        ] {
            assert_eq!(to_traceparent(&extract(&headers(wrong))), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_call_and_the_events_it_causes_stay_in_the_callers_trace() {
        traced(|| {
            let call =
                server_span("aftercare.customer.v1.CaseService/GetCase", &headers(&[EXAMPLE]));
            let event = call.in_scope(current_traceparent).unwrap();
            let consumer = consumer_span("CaseOpened", Some(&event));
            let onward = consumer.in_scope(|| {
                let mut onward = HeaderMap::new();
                inject_current(&mut onward);
                onward
            });
            let trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
            assert!(event.contains(trace_id) && !event.contains("00f067aa0ba902b7"), "{event}");
            let onward = onward.get(TRACEPARENT).unwrap().to_str().unwrap();
            assert!(onward.contains(trace_id) && onward != event, "{onward}");
            assert_eq!(consumer.in_scope(current_trace_id).as_deref(), Some(trace_id));
        });
    }

    #[test]
    fn a_call_without_a_trace_begins_one() {
        traced(|| {
            let call = server_span("s/m", &HeaderMap::new());
            assert!(call.in_scope(current_traceparent).is_some());
        });
    }

    #[test]
    fn without_a_pipeline_there_is_no_trace() {
        let call = server_span("s/m", &headers(&[EXAMPLE]));
        assert_eq!(call.in_scope(current_traceparent), None);
        assert_eq!(current_trace_id(), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,60}|[0-9a-f+-]{0,60}") {
            let _ = to_traceparent(&from_traceparent(&text));
        }
    }
}
