//! A collector of OTLP over gRPC for tests. It decodes by field numbers of its own, taken from the
//! published protocol, so that it does not share the exporter's idea of them.

use http_body_util::{BodyExt, Full};
use prost::Message;
use prost::bytes::Bytes;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use tonic::body::Body;

/// What came in, by the path of the call.
#[derive(Clone)]
pub(super) struct Collector {
    pub(super) endpoint: String,
    calls: Arc<Mutex<Vec<(String, Bytes)>>>,
}

/// A span as the collector saw it.
pub(super) struct ReceivedSpan {
    pub(super) service_name: String,
    pub(super) name: String,
    pub(super) trace_id: String,
    pub(super) parent_span_id: String,
    pub(super) kind: i32,
    pub(super) status_code: String,
    pub(super) is_error: bool,
}

impl Collector {
    pub(super) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let collector = Self { endpoint, calls: Arc::default() };
        let calls = collector.calls.clone();
        let service = tower::service_fn(move |request: http::Request<Body>| {
            let calls = calls.clone();
            async move {
                let path = request.uri().path().to_owned();
                let body = request.into_body().collect().await.unwrap().to_bytes();
                // After the flag and the length of the one message.
                calls.lock().unwrap().push((path, body.slice(5..)));
                Ok::<_, Infallible>(empty_answer())
            }
        });
        let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
        tokio::spawn(tonic::transport::Server::builder().serve_with_incoming(service, incoming));
        collector
    }

    pub(super) fn spans(&self) -> Vec<ReceivedSpan> {
        let mut spans = Vec::new();
        for export in self.received::<TraceExport>("trace.v1.TraceService/Export") {
            for resource_spans in export.resource_spans {
                let resource = resource_spans.resource.unwrap();
                let service_name = attribute(&resource.attributes, "service.name");
                let scopes = resource_spans.scope_spans.into_iter();
                spans.extend(scopes.flat_map(|scope| scope.spans).map(|span| ReceivedSpan {
                    service_name: service_name.clone(),
                    name: span.name,
                    trace_id: hex::encode(span.trace_id),
                    parent_span_id: hex::encode(span.parent_span_id),
                    kind: span.kind,
                    status_code: attribute(&span.attributes, "rpc.response.status_code"),
                    is_error: span.status.is_some_and(|status| status.code == 2),
                }));
            }
        }
        spans
    }

    /// Each data point as one line, sorted.
    pub(super) fn metrics(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for export in self.received::<MetricsExport>("metrics.v1.MetricsService/Export") {
            let resources = export.resource_metrics.into_iter();
            for metric in resources.flat_map(|r| r.scope_metrics).flat_map(|scope| scope.metrics) {
                lines.extend(metric.lines());
            }
        }
        lines.sort();
        lines
    }

    fn received<M: Message + Default>(&self, method: &str) -> Vec<M> {
        let path = format!("/opentelemetry.proto.collector.{method}");
        let calls = self.calls.lock().unwrap();
        let calls = calls.iter().filter(|(called, _)| *called == path);
        calls.map(|(_, message)| M::decode(message.clone()).unwrap()).collect()
    }
}

fn empty_answer() -> http::Response<Body> {
    let mut trailers = http::HeaderMap::new();
    trailers.insert("grpc-status", http::HeaderValue::from_static("0"));
    let message = Full::new(Bytes::from_static(&[0; 5]));
    let body = message.with_trailers(async move { Some(Ok(trailers)) });
    http::Response::builder()
        .header("content-type", "application/grpc")
        .body(Body::new(body))
        .unwrap()
}

#[derive(Clone, PartialEq, Message)]
struct TraceExport {
    #[prost(message, repeated, tag = "1")]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct Resource {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<Attribute>,
}

fn attribute(attributes: &[Attribute], key: &str) -> String {
    let found = attributes.iter().find(|attribute| attribute.key == key);
    found.and_then(|attribute| attribute.value.as_ref()).unwrap().text.clone()
}

#[derive(Clone, PartialEq, Message)]
struct Attribute {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    value: Option<AttributeText>,
}

#[derive(Clone, PartialEq, Message)]
struct AttributeText {
    #[prost(string, tag = "1")]
    text: String,
}

#[derive(Clone, PartialEq, Message)]
struct ScopeSpans {
    #[prost(message, repeated, tag = "2")]
    spans: Vec<Span>,
}

#[derive(Clone, PartialEq, Message)]
struct Span {
    #[prost(bytes = "vec", tag = "1")]
    trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    parent_span_id: Vec<u8>,
    #[prost(string, tag = "5")]
    name: String,
    #[prost(int32, tag = "6")]
    kind: i32,
    #[prost(message, repeated, tag = "9")]
    attributes: Vec<Attribute>,
    #[prost(message, optional, tag = "15")]
    status: Option<SpanStatus>,
}

#[derive(Clone, PartialEq, Message)]
struct SpanStatus {
    #[prost(int32, tag = "3")]
    code: i32,
}

#[derive(Clone, PartialEq, Message)]
struct MetricsExport {
    #[prost(message, repeated, tag = "1")]
    resource_metrics: Vec<ResourceMetrics>,
}

#[derive(Clone, PartialEq, Message)]
struct ResourceMetrics {
    #[prost(message, repeated, tag = "2")]
    scope_metrics: Vec<ScopeMetrics>,
}

#[derive(Clone, PartialEq, Message)]
struct ScopeMetrics {
    #[prost(message, repeated, tag = "2")]
    metrics: Vec<Metric>,
}

#[derive(Clone, PartialEq, Message)]
struct Metric {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "3")]
    unit: String,
    #[prost(message, optional, tag = "5")]
    gauge: Option<Numbers>,
    #[prost(message, optional, tag = "7")]
    sum: Option<Numbers>,
    #[prost(message, optional, tag = "9")]
    histogram: Option<Histogram>,
}

#[derive(Clone, PartialEq, Message)]
struct Numbers {
    #[prost(message, repeated, tag = "1")]
    points: Vec<NumberPoint>,
}

#[derive(Clone, PartialEq, Message)]
struct NumberPoint {
    #[prost(double, optional, tag = "4")]
    double: Option<f64>,
    #[prost(sfixed64, optional, tag = "6")]
    integer: Option<i64>,
    #[prost(message, repeated, tag = "7")]
    attributes: Vec<Attribute>,
}

#[derive(Clone, PartialEq, Message)]
struct Histogram {
    #[prost(message, repeated, tag = "1")]
    points: Vec<HistogramPoint>,
}

#[derive(Clone, PartialEq, Message)]
struct HistogramPoint {
    #[prost(fixed64, tag = "4")]
    count: u64,
    #[prost(double, optional, tag = "5")]
    sum: Option<f64>,
    #[prost(message, repeated, tag = "9")]
    attributes: Vec<Attribute>,
}

impl Metric {
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for point in self.gauge.iter().chain(&self.sum).flat_map(|numbers| &numbers.points) {
            let value = point.double.map(|v| v.to_string());
            let value = value.or(point.integer.map(|v| v.to_string())).unwrap();
            lines.push(format!("{}{} {value}", self.name, labels(&point.attributes)));
        }
        for point in self.histogram.iter().flat_map(|histogram| &histogram.points) {
            let (count, sum, unit) = (point.count, point.sum.unwrap(), &self.unit);
            let labels = labels(&point.attributes);
            lines.push(format!("{}{labels} {count} in {sum} {unit}", self.name));
        }
        lines
    }
}

fn labels(attributes: &[Attribute]) -> String {
    let text = |attribute: &Attribute| {
        format!("{}={}", attribute.key, attribute.value.as_ref().unwrap().text)
    };
    let mut labels: Vec<_> = attributes.iter().map(text).collect();
    labels.sort();
    format!("{{{}}}", labels.join(","))
}
