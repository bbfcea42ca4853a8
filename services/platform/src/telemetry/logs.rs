//! Log lines, and the subscriber that writes them and feeds spans to the tracing pipeline.

use super::{LogFormat, TelemetryError};
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::trace::Tracer;
use std::fmt;
use std::io::IsTerminal;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::{EnvFilter, Targets};
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{FmtContext, MakeWriter};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

pub(super) fn filter(directives: &str) -> Result<EnvFilter, TelemetryError> {
    EnvFilter::builder()
        .parse(directives)
        .map_err(|cause| TelemetryError::LogFilter { filter: directives.to_owned(), cause })
}

/// Log lines through `filter` to `writer`, spans to the tracer.
pub(super) fn subscriber<W>(
    format: LogFormat,
    filter: EnvFilter,
    tracer: Option<Tracer>,
    writer: W,
) -> impl Subscriber + for<'s> LookupSpan<'s> + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    let lines: Box<dyn Layer<_> + Send + Sync> = match format {
        LogFormat::Text => Box::new(lines.with_ansi(std::io::stderr().is_terminal())),
        LogFormat::Json => Box::new(
            lines.json().with_current_span(false).with_span_list(true).map_event_format(Correlated),
        ),
    };
    let spans = tracer.map(|tracer| {
        tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(exported())
    });
    // The spans' layer is the inner one: a trace is current before a line is written.
    tracing_subscriber::registry().with(spans).with(lines.with_filter(filter))
}

/// What becomes a trace. The exporter's own calls must not, or each export would cause the next.
fn exported() -> Targets {
    let mut targets = Targets::new().with_default(tracing::Level::INFO);
    for own in ["opentelemetry", "h2", "hyper", "tonic", "tower"] {
        targets = targets.with_target(own, tracing::level_filters::LevelFilter::OFF);
    }
    targets
}

/// Adds the ids of the current trace and span to a JSON line.
struct Correlated<F>(F);

impl<S, N, F> FormatEvent<S, N> for Correlated<F>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    N: for<'w> FormatFields<'w> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let trace = Context::current();
        let span = trace.span();
        let ids = span.span_context();
        if !ids.is_valid() {
            return self.0.format_event(context, writer, event);
        }
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        match line.trim_end().strip_suffix('}') {
            Some(open) => writeln!(
                writer,
                r#"{open},"trace_id":"{}","span_id":"{}"}}"#,
                ids.trace_id(),
                ids.span_id()
            ),
            None => writer.write_str(&line),
        }
    }
}
