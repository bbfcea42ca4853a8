//! Logs to standard error; traces and metrics by OTLP over gRPC where a collector is configured.

mod logs;
mod metrics;
mod otlp;
mod watched;

use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use serde::{Deserialize, Serialize};
use tracing_subscriber::util::SubscriberInitExt;

pub use metrics::{OutboxMetrics, RpcMetrics};
pub(crate) use metrics::{code_name, is_server_error};

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, with `trace_id` and `span_id` inside a trace.
    Json,
}

/// What is logged, and where traces and metrics go.
#[derive(Debug, Clone)]
pub struct TelemetrySettings {
    /// `service.name` of the resource.
    pub service_name: String,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Directives as of `tracing_subscriber::EnvFilter`: `info,sqlx=warn`.
    pub log_filter: String,
    /// The collector's gRPC endpoint, `http://host:4317`; none keeps traces and metrics off.
    pub otlp_endpoint: Option<String>,
}

/// Why telemetry could not be set up or ended.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The log filter has a directive that cannot be read.
    #[error("log filter {filter:?} cannot be read")]
    LogFilter {
        /// As configured.
        filter: String,
        /// What is wrong with it.
        #[source]
        cause: tracing_subscriber::filter::ParseError,
    },
    /// The endpoint is not of the form that the exporter takes.
    #[error("OTLP endpoint {endpoint:?} must have the form http://host:port")]
    Endpoint {
        /// As configured.
        endpoint: String,
    },
    /// Exporters live on a Tokio runtime.
    #[error("the OTLP exporter needs a running Tokio runtime")]
    NoRuntime,
    /// The exporter refused its configuration.
    #[error("the OTLP exporter cannot be set up")]
    Exporter(#[source] opentelemetry_otlp::ExporterBuildError),
    /// Something else took the process's logs first.
    #[error("telemetry is set up already")]
    AlreadySet(#[source] tracing_subscriber::util::TryInitError),
    /// The last traces or metrics did not reach the collector.
    #[error("the last traces or metrics were not delivered")]
    Flush(#[source] OTelSdkError),
}

/// Keeps the pipelines alive; [`Telemetry::shutdown`] sends what they still hold.
#[derive(Debug)]
#[must_use = "traces and metrics stop when this is dropped"]
pub struct Telemetry {
    pipelines: Option<(SdkTracerProvider, SdkMeterProvider)>,
}

/// Sets up the logs, traces and metrics of this process; once, before anything records a metric.
///
/// # Errors
/// [`TelemetryError`], naming the setting that is wrong.
pub fn init(settings: &TelemetrySettings) -> Result<Telemetry, TelemetryError> {
    let filter = logs::filter(&settings.log_filter)?;
    let pipelines = match &settings.otlp_endpoint {
        Some(endpoint) => Some(otlp::pipelines(&settings.service_name, endpoint)?),
        None => None,
    };
    let tracer = pipelines.as_ref().map(|(traces, _)| otlp::tracer(traces));
    logs::subscriber(settings.log_format, filter, tracer, std::io::stderr)
        .try_init()
        .map_err(TelemetryError::AlreadySet)?;
    if let Some((traces, metrics)) = &pipelines {
        opentelemetry::global::set_tracer_provider(traces.clone());
        opentelemetry::global::set_meter_provider(metrics.clone());
    }
    Ok(Telemetry { pipelines })
}

impl Telemetry {
    /// Sends what is left and ends the pipelines; waits at most some seconds for the collector.
    ///
    /// # Errors
    /// [`TelemetryError::Flush`] if the collector did not take it.
    pub async fn shutdown(self) -> Result<(), TelemetryError> {
        let Some((traces, metrics)) = self.pipelines else {
            return Ok(());
        };
        // Both block until the exporter, which runs on this runtime, is done.
        let ended = tokio::task::spawn_blocking(move || {
            // A shutdown alone does not tell whether the last spans arrived.
            let flushed = traces.force_flush();
            let (traces, metrics) = (traces.shutdown(), metrics.shutdown());
            flushed.and(traces).and(metrics)
        });
        match ended.await {
            Ok(result) => result.map_err(TelemetryError::Flush),
            Err(cause) => {
                let cause = OTelSdkError::InternalFailure(cause.to_string());
                Err(TelemetryError::Flush(cause))
            }
        }
    }
}

#[cfg(test)]
mod tests;
