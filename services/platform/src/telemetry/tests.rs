//! What is logged and exported, and which settings are refused.

mod collector;

use super::*;
use collector::Collector;
use http::HeaderMap;
use opentelemetry::metrics::MeterProvider;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tonic::Code;

#[derive(Clone, Default)]
pub(super) struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn logged(
    format: LogFormat,
    traces: Option<&SdkTracerProvider>,
    filter: &str,
    run: impl FnOnce(),
) -> String {
    let lines = Lines::default();
    let writer = lines.clone();
    let filter = logs::filter(filter).unwrap();
    let tracer = traces.map(otlp::tracer);
    let subscriber = logs::subscriber(format, filter, tracer, move || writer.clone());
    tracing::subscriber::with_default(subscriber, run);
    lines.text()
}

fn settings(log_filter: &str, otlp_endpoint: Option<&str>) -> TelemetrySettings {
    TelemetrySettings {
        service_name: "test".to_owned(),
        log_format: LogFormat::Text,
        log_filter: log_filter.to_owned(),
        otlp_endpoint: otlp_endpoint.map(ToOwned::to_owned),
    }
}

#[test]
fn a_json_line_within_a_trace_names_it() {
    let traces = SdkTracerProvider::builder().build();
    let mut trace_id = None;
    let text = logged(LogFormat::Json, Some(&traces), "info", || {
        let call = crate::trace_context::server_span("s/Get", &HeaderMap::new());
        call.in_scope(|| {
            trace_id = crate::trace_context::current_trace_id();
            tracing::info!(lines = 3, note = "a \"}\" inside", "priced");
        });
    });
    let line: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(line["fields"]["lines"], 3);
    assert_eq!(line["fields"]["note"], "a \"}\" inside");
    assert_eq!(line["spans"][0]["rpc.method"], "s/Get");
    assert_eq!(line["trace_id"].as_str(), trace_id.as_deref());
    assert_eq!(line["span_id"].as_str().map(str::len), Some(16));
}

#[test]
fn a_json_line_outside_a_trace_names_none() {
    let text = logged(LogFormat::Json, None, "info", || tracing::info!("ready"));
    let line: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(line["fields"]["message"], "ready");
    assert!(line.get("trace_id").is_none());
}

#[test]
fn the_filter_chooses_lines_by_target_and_level() {
    let text = logged(LogFormat::Text, None, "info,quiet=warn", || {
        tracing::info!("shown");
        tracing::debug!("too fine");
        tracing::info!(target: "quiet", "too quiet");
    });
    assert!(text.contains("shown") && !text.contains("too"), "{text}");
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let error = init(&settings("info,[", None)).unwrap_err();
    assert_eq!(error.to_string(), "log filter \"info,[\" cannot be read");
    for endpoint in ["localhost:4317", "https://collector:4317", "http://", "/", ""] {
        let error = init(&settings("info", Some(endpoint))).unwrap_err();
        assert!(matches!(error, TelemetryError::Endpoint { .. }), "{endpoint}: {error}");
    }
    let error = init(&settings("info", Some("http://localhost:4317"))).unwrap_err();
    assert!(matches!(error, TelemetryError::NoRuntime), "{error}");
}

/// On one thread, where a shutdown that blocked it would wait for itself.
#[tokio::test]
async fn a_collector_receives_spans_and_metrics_until_the_last() {
    let collector = Collector::start().await;
    let (traces, metrics) = otlp::pipelines("aftercare-test", &collector.endpoint).unwrap();
    logged(LogFormat::Text, Some(&traces), "info", || {
        let mut headers = HeaderMap::new();
        let caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        headers.insert("traceparent", caller.parse().unwrap());
        let call = crate::trace_context::server_span("p.S/Get", &headers);
        call.in_scope(|| tracing::info_span!(target: "h2", "own traffic").in_scope(|| ()));
        crate::trace_context::record_code(&call, Code::Internal);
        let missing = crate::trace_context::server_span("p.S/Get", &headers);
        crate::trace_context::record_code(&missing, Code::NotFound);
    });
    let meter = metrics.meter("test");
    RpcMetrics::on(&meter).record("p.S", "Get", Code::Internal, 0.002);
    RpcMetrics::on(&meter).record("p.S", "Get", Code::NotFound, 0.5);
    let outbox = OutboxMetrics::on(&meter, "customer");
    outbox.observe(7, 1.5);
    outbox.sent("local", "CaseOpened", 3, None);
    Telemetry { pipelines: Some((traces, metrics)) }.shutdown().await.unwrap();

    let spans = collector.spans();
    let names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["p.S/Get"; 2], "the exporter's own traffic is no trace");
    let ended: Vec<_> = spans.iter().map(|s| (s.status_code.as_str(), s.is_error)).collect();
    assert_eq!(ended, [("NOT_FOUND", false), ("INTERNAL", true)]);
    let span = &spans[0];
    assert_eq!(span.service_name, "aftercare-test");
    assert_eq!(span.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(span.parent_span_id, "00f067aa0ba902b7");
    assert_eq!(span.kind, 2, "SPAN_KIND_SERVER");
    assert_eq!(
        collector.metrics(),
        [
            "aftercare.outbox.oldest.age{aftercare.service=customer} 1.5",
            "aftercare.outbox.waiting{aftercare.service=customer} 7",
            "messaging.client.sent.messages{aftercare.service=customer,\
             messaging.destination.name=CaseOpened,messaging.operation.name=publish,\
             messaging.system=local} 3",
            "rpc.server.call.duration{error.type=INTERNAL,rpc.method=p.S/Get,\
             rpc.response.status_code=INTERNAL,rpc.system.name=grpc} 1 in 0.002 s",
            "rpc.server.call.duration{rpc.method=p.S/Get,rpc.response.status_code=NOT_FOUND,\
             rpc.system.name=grpc} 1 in 0.5 s",
        ]
    );
}

#[tokio::test]
async fn a_collector_that_is_away_delays_the_end_but_does_not_prevent_it() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (traces, metrics) = otlp::pipelines("test", &format!("http://{nobody}")).unwrap();
    logged(LogFormat::Text, Some(&traces), "info", || {
        tracing::info_span!("lost").in_scope(|| ());
    });
    let ended = Telemetry { pipelines: Some((traces, metrics)) }.shutdown();
    let ended = tokio::time::timeout(std::time::Duration::from_secs(30), ended).await.unwrap();
    assert!(matches!(ended, Err(TelemetryError::Flush(_))), "{ended:?}");
}

#[tokio::test]
async fn without_a_collector_there_is_nothing_to_end() {
    assert!(Telemetry { pipelines: None }.shutdown().await.is_ok());
}
