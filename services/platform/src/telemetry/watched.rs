//! An exporter that says so in the log when the collector stops taking what it sends, and when it takes
//! it again: once each time, not at every attempt.

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// An exporter and whether its last attempt failed.
#[derive(Debug)]
pub(super) struct Watched<E> {
    exporter: E,
    signal: &'static str,
    failing: AtomicBool,
}

impl<E> Watched<E> {
    /// `signal` is what it carries, for the log.
    pub(super) const fn new(exporter: E, signal: &'static str) -> Self {
        Self { exporter, signal, failing: AtomicBool::new(false) }
    }

    fn noted(&self, result: OTelSdkResult) -> OTelSdkResult {
        let failed_before = self.failing.swap(result.is_err(), Ordering::Relaxed);
        match &result {
            Err(cause) if !failed_before => {
                tracing::warn!(signal = self.signal, %cause, "the collector cannot be reached");
            }
            Ok(()) if failed_before => {
                tracing::info!(signal = self.signal, "the collector is reached again");
            }
            Ok(()) | Err(_) => {}
        }
        result
    }
}

impl<E: SpanExporter> SpanExporter for Watched<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.noted(self.exporter.export(batch).await)
    }
    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }
    fn shutdown(&self) -> OTelSdkResult {
        self.exporter.shutdown()
    }
    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }
    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl<E: PushMetricExporter> PushMetricExporter for Watched<E> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        self.noted(self.exporter.export(metrics).await)
    }
    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }
    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }
    fn temporality(&self) -> Temporality {
        self.exporter.temporality()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::tests::Lines;
    use opentelemetry_sdk::error::OTelSdkError;

    #[derive(Debug)]
    struct Flaky(std::sync::Mutex<Vec<bool>>);

    impl SpanExporter for Flaky {
        async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
            let reached = self.0.lock().unwrap().remove(0);
            if reached { Ok(()) } else { Err(OTelSdkError::InternalFailure("away".to_owned())) }
        }
    }

    #[tokio::test]
    async fn each_loss_and_return_of_the_collector_is_logged_once() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .without_time()
            .with_target(false)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let attempts = vec![true, false, false, true, true, false];
        let exporter = Watched::new(Flaky(attempts.clone().into()), "traces");
        for reached in attempts {
            assert_eq!(SpanExporter::export(&exporter, Vec::new()).await.is_ok(), reached);
        }
        let lost = " WARN the collector cannot be reached signal=\"traces\" \
                    cause=Operation failed: away\n";
        let back = " INFO the collector is reached again signal=\"traces\"\n";
        assert_eq!(lines.text(), format!("{lost}{back}{lost}"));
    }
}
