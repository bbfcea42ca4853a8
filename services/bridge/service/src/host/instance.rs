//! A configured adapter, called off the async threads.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aftercare_kernel::fault::{Class, Fault, FieldViolation};
use aftercare_plugin::{
    Error as PluginFailure, Result as PluginResult,
    session::Session,
    wire::{
        Batch, CheckResponse, ConfigureRequest, ConfigureResponse, DiscoverResponse, ErrorKind,
        LookupRequest, LookupResponse, ReadRequest,
    },
};

use super::{library::Loaded, vtable::ConnectionServices};

/// What one call of a verb may take.
const CALL_TIME: Duration = Duration::from_secs(60);

/// How an adapter failed, as callers of the bridge see it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the adapter answered {reason}: {message}")]
pub(crate) struct AdapterError {
    kind: ErrorKind,
    late: bool,
    pub(crate) reason: String,
    message: String,
    fields: Vec<FieldViolation>,
}

impl AdapterError {
    /// With the wrong fields of the configuration under this path.
    pub(crate) fn under(mut self, path: &str) -> Self {
        for violation in &mut self.fields {
            violation.field = match violation.field.as_str() {
                "" => path.to_owned(),
                field => format!("{path}.{field}"),
            };
        }
        self
    }

    /// Whether a later call may succeed.
    pub(crate) fn passing(&self) -> bool {
        matches!(self.kind, ErrorKind::RateLimited | ErrorKind::Unavailable)
    }

    /// What an adapter that did not answer in time did.
    pub(crate) fn late(time: Duration) -> Self {
        let message = format!("no answer within {} ms", time.as_millis());
        let (kind, reason) = (ErrorKind::Unavailable, "ANSWER_LATE".to_owned());
        Self { kind, late: true, reason, message, fields: Vec::new() }
    }

    /// Whether the call was cancelled.
    pub(crate) fn cancelled(&self) -> bool {
        self.kind == ErrorKind::Cancelled
    }
}

impl From<PluginFailure> for AdapterError {
    fn from(error: PluginFailure) -> Self {
        let wire = error.wire();
        let fields = wire.field_errors.iter().map(|fault| FieldViolation {
            field: fault.field.clone(),
            description: fault.description.clone(),
        });
        Self {
            kind: wire.kind(),
            late: false,
            reason: wire.reason.clone(),
            message: wire.message.clone(),
            fields: fields.collect(),
        }
    }
}

impl Fault for AdapterError {
    fn class(&self) -> Class {
        match self.kind {
            _ if self.late => Class::Deadline,
            ErrorKind::Invalid => Class::Invalid,
            ErrorKind::NotFound | ErrorKind::Auth | ErrorKind::Unsupported => Class::Precondition,
            ErrorKind::RateLimited | ErrorKind::Unavailable | ErrorKind::Cancelled => {
                Class::Unavailable
            }
            ErrorKind::Internal | ErrorKind::Unspecified => Class::Precondition,
        }
    }

    fn reason(&self) -> &'static str {
        "ADAPTER_FAILED"
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        vec![("adapter_reason", self.reason.clone()), ("adapter_message", self.message.clone())]
    }

    fn violations(&self) -> Vec<FieldViolation> {
        self.fields.clone()
    }
}

/// What a session is opened with.
#[derive(Default)]
pub(crate) struct Opening {
    pub(crate) connection: String,
    pub(crate) configuration: String,
    pub(crate) secrets: BTreeMap<String, String>,
    pub(crate) state: BTreeMap<String, Vec<u8>>,
    pub(crate) traceparent: String,
    pub(crate) cancelled: Arc<AtomicBool>,
}

/// An open session. Calls are made one after another; the plugin's version stays mapped while it lives.
pub(crate) struct Instance {
    session: Arc<Session>,
    services: Arc<ConnectionServices>,
    // Keeps the version that was current when the session was opened.
    _plugin: Arc<Loaded>,
}

impl Instance {
    /// Configures an instance of the adapter.
    pub(crate) async fn open(
        plugin: Arc<Loaded>,
        opening: Opening,
    ) -> Result<(Self, ConfigureResponse), AdapterError> {
        let Opening { connection, configuration, secrets, state, traceparent, cancelled } = opening;
        let services =
            Arc::new(ConnectionServices::new(&connection, secrets, state, traceparent, cancelled));
        let (loaded, host) = (plugin.clone(), services.clone());
        services.allow(CALL_TIME);
        let opened = blocking(move || {
            let request = ConfigureRequest { connection, configuration };
            Session::open(&loaded.plugin, &*host, &request)
        });
        let (session, response) = opened.await?;
        Ok((Self { session: Arc::new(session), services, _plugin: plugin }, response))
    }

    pub(crate) async fn check(&self) -> Result<CheckResponse, AdapterError> {
        self.call(|session, services| session.check(services)).await
    }

    pub(crate) async fn discover(&self) -> Result<DiscoverResponse, AdapterError> {
        self.call(|session, services| session.discover(services)).await
    }

    pub(crate) async fn read(&self, request: ReadRequest) -> Result<Batch, AdapterError> {
        self.call(move |session, services| session.read(services, &request)).await
    }

    /// Asks for single records, in a session of its own, within `time`. Once nobody waits for the answer the adapter is told
    /// to stop; `held` is dropped when it does, so that one that hangs keeps what it holds.
    pub(crate) async fn lookup(
        plugin: Arc<Loaded>,
        opening: Opening,
        (request, time): (LookupRequest, Duration),
        held: impl Send + 'static,
    ) -> Result<LookupResponse, AdapterError> {
        let Opening { connection, configuration, secrets, state, traceparent, cancelled } = opening;
        let _stop = Stop(cancelled.clone());
        let services = ConnectionServices::new(&connection, secrets, state, traceparent, cancelled);
        services.allow(time);
        blocking(move || {
            let _held = held;
            let request_to_open = ConfigureRequest { connection, configuration };
            let (session, _) = Session::open(&plugin.plugin, &services, &request_to_open)?;
            session.lookup(&services, &request)
        })
        .await
    }

    /// The connection's state, if the plugin changed it.
    pub(crate) fn take_changed_state(&self) -> Option<BTreeMap<String, Vec<u8>>> {
        self.services.take_changed_state()
    }

    async fn call<T: Send + 'static>(
        &self,
        verb: impl FnOnce(&Session, &ConnectionServices) -> PluginResult<T> + Send + 'static,
    ) -> Result<T, AdapterError> {
        let (session, services) = (self.session.clone(), self.services.clone());
        services.allow(CALL_TIME);
        blocking(move || verb(&session, &services)).await
    }
}

/// Tells the adapter to stop when it is dropped.
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

async fn blocking<T: Send + 'static>(
    call: impl FnOnce() -> PluginResult<T> + Send + 'static,
) -> Result<T, AdapterError> {
    let answer = tokio::task::spawn_blocking(call).await.unwrap_or_else(|error| {
        let message = format!("the call ended abnormally: {error}");
        Err(PluginFailure::new(ErrorKind::Internal, "PLUGIN_CRASHED", message))
    });
    answer.map_err(AdapterError::from)
}
