//! What the host does for a plugin during a call: log, deadline, cancellation, secrets, state.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use aftercare_plugin::wire::{Field, LogLevel, LogRecord, value::Kind};
use aftercare_plugin_abi::host::Services;
use prost::Message;

/// Keys of a connection's state are at most this long.
const MAX_STATE_KEY_BYTES: usize = 255;
/// Values of a connection's state are at most this long.
const MAX_STATE_VALUE_BYTES: usize = 64 << 10;

/// Host services of one connection's session.
pub(crate) struct ConnectionServices {
    connection: String,
    secrets: BTreeMap<String, String>,
    traceparent: String,
    state: Mutex<State>,
    cancelled: Arc<AtomicBool>,
    started: Instant,
    /// Microseconds after `started`; -1 for none.
    deadline: AtomicI64,
}

#[derive(Default)]
struct State {
    values: BTreeMap<String, Vec<u8>>,
    changed: bool,
}

impl ConnectionServices {
    pub(crate) fn new(
        connection: &str,
        secrets: BTreeMap<String, String>,
        state: BTreeMap<String, Vec<u8>>,
        traceparent: String,
        cancelled: Arc<AtomicBool>,
    ) -> Self {
        Self {
            connection: connection.to_owned(),
            secrets,
            traceparent,
            state: Mutex::new(State { values: state, changed: false }),
            cancelled,
            started: Instant::now(),
            deadline: AtomicI64::new(-1),
        }
    }

    /// Gives the next call this much time.
    pub(crate) fn allow(&self, time: Duration) {
        let end = self.started.elapsed().saturating_add(time).as_micros();
        self.deadline.store(i64::try_from(end).unwrap_or(i64::MAX), Ordering::Release);
    }

    /// The state, if the plugin changed it since the last call of this.
    pub(crate) fn take_changed_state(&self) -> Option<BTreeMap<String, Vec<u8>>> {
        let mut state = self.lock();
        std::mem::take(&mut state.changed).then(|| state.values.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The text without what is a secret of the connection.
    fn scrubbed(&self, text: &str) -> String {
        let secrets = self.secrets.values().filter(|secret| secret.len() >= 4);
        secrets.fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "***"))
    }
}

impl Services for ConnectionServices {
    fn log(&self, record: &[u8]) {
        let Ok(record) = LogRecord::decode(record) else { return };
        let message = self.scrubbed(&record.message);
        let fields = self.scrubbed(&shown(&record.fields));
        let connection = self.connection.as_str();
        match record.level() {
            LogLevel::Debug => tracing::debug!(connection, fields, "plugin: {message}"),
            LogLevel::Info | LogLevel::Unspecified => {
                tracing::info!(connection, fields, "plugin: {message}");
            }
            LogLevel::Warn => tracing::warn!(connection, fields, "plugin: {message}"),
            LogLevel::Error => tracing::error!(connection, fields, "plugin: {message}"),
        }
    }

    fn metric(&self, measurement: &[u8]) {
        use aftercare_plugin::wire::Measurement;
        if let Ok(found) = Measurement::decode(measurement) {
            tracing::debug!(
                connection = self.connection,
                name = found.name,
                value = found.value,
                unit = found.unit,
                "plugin measurement"
            );
        }
    }

    fn progress(&self, progress: &[u8]) {
        use aftercare_plugin::wire::Progress;
        if let Ok(found) = Progress::decode(progress) {
            tracing::debug!(
                connection = self.connection,
                done = found.done,
                total = found.total,
                "plugin progress"
            );
        }
    }

    fn remaining_micros(&self) -> i64 {
        let deadline = self.deadline.load(Ordering::Acquire);
        if deadline < 0 {
            return i64::MAX;
        }
        let elapsed = i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX);
        (deadline - elapsed).max(0)
    }

    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    fn secret(&self, name: &str) -> Option<Vec<u8>> {
        self.secrets.get(name).map(|secret| secret.as_bytes().to_vec())
    }

    fn traceparent(&self) -> String {
        self.traceparent.clone()
    }

    fn state_get(&self, key: &str) -> Option<Vec<u8>> {
        self.lock().values.get(key).cloned()
    }

    fn state_put(&self, key: &str, value: &[u8]) -> bool {
        if key.len() > MAX_STATE_KEY_BYTES || value.len() > MAX_STATE_VALUE_BYTES {
            return false;
        }
        let mut state = self.lock();
        state.values.insert(key.to_owned(), value.to_vec());
        state.changed = true;
        true
    }

    fn state_delete(&self, key: &str) -> bool {
        let mut state = self.lock();
        let gone = state.values.remove(key).is_some();
        state.changed |= gone;
        gone
    }
}

fn shown(fields: &[Field]) -> String {
    let shown = fields.iter().map(|field| {
        let value = match field.value.as_ref().and_then(|value| value.kind.as_ref()) {
            Some(Kind::Text(text)) => text.clone(),
            Some(Kind::Integer(number)) => number.to_string(),
            other => format!("{other:?}"),
        };
        format!("{}={value}", field.name)
    });
    shown.collect::<Vec<_>>().join(" ")
}
