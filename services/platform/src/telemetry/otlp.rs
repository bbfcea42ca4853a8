//! The pipelines that carry traces and metrics to a collector by OTLP over gRPC.

use super::TelemetryError;
use super::watched::Watched;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{MetricExporter, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::{SdkTracerProvider, Tracer};

/// Both pipelines; `OTEL_*` environment variables of the SDK tune their batches and intervals.
pub(super) fn pipelines(
    service_name: &str,
    endpoint: &str,
) -> Result<(SdkTracerProvider, SdkMeterProvider), TelemetryError> {
    check_endpoint(endpoint)?;
    // The exporter would panic later.
    tokio::runtime::Handle::try_current().map_err(|_| TelemetryError::NoRuntime)?;
    let spans = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()
        .map_err(TelemetryError::Exporter)?;
    let metrics = MetricExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()
        .map_err(TelemetryError::Exporter)?;
    let resource = Resource::builder().with_service_name(service_name.to_owned()).build();
    let traces = SdkTracerProvider::builder()
        .with_resource(resource.clone())
        .with_batch_exporter(Watched::new(spans, "traces"))
        .build();
    let metrics = SdkMeterProvider::builder()
        .with_resource(resource)
        .with_periodic_exporter(Watched::new(metrics, "metrics"))
        .build();
    Ok((traces, metrics))
}

/// The tracer of all our spans.
pub(super) fn tracer(traces: &SdkTracerProvider) -> Tracer {
    traces.tracer("aftercare")
}

/// Without a scheme the exporter would take the endpoint for https, which it is not built for.
fn check_endpoint(endpoint: &str) -> Result<(), TelemetryError> {
    let uri = endpoint.parse::<http::Uri>().ok();
    let plain = uri.is_some_and(|uri| uri.scheme_str() == Some("http") && uri.host().is_some());
    if plain { Ok(()) } else { Err(TelemetryError::Endpoint { endpoint: endpoint.to_owned() }) }
}
