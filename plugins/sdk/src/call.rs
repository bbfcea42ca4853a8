//! The call at hand and the host's services.

use std::time::Duration;

use aftercare_plugin_abi::guest::CallHandle;
use prost::Message;

use crate::{Error, Result, wire};

/// The call at hand: log, progress, clock, deadline, secrets and state of the connection.
pub struct Call<'a>(&'a CallHandle<'a>);

impl<'a> Call<'a> {
    pub(crate) fn new(handle: &'a CallHandle<'a>) -> Self {
        Self(handle)
    }

    /// Logs what happened; values go into `fields`, not into the message. Never log a secret.
    pub fn log(&self, level: wire::LogLevel, message: &str, fields: Vec<wire::Field>) {
        let record = wire::LogRecord { level: level.into(), message: message.to_owned(), fields };
        self.0.log(&record.encode_to_vec());
    }

    /// Reports one measurement, `unit` in UCUM.
    pub fn metric(&self, name: &str, kind: wire::MeasurementKind, value: f64, unit: &str) {
        let measurement = wire::Measurement {
            name: name.to_owned(),
            kind: kind.into(),
            value,
            unit: unit.to_owned(),
        };
        self.0.metric(&measurement.encode_to_vec());
    }

    /// Reports how far the call has come; `total` 0 when unknown.
    pub fn progress(&self, done: u64, total: u64, message: &str) {
        let progress = wire::Progress { done, total, message: message.to_owned() };
        self.0.progress(&progress.encode_to_vec());
    }

    /// Microseconds since 1970-01-01T00:00:00Z by the host's clock.
    #[must_use]
    pub fn now_micros(&self) -> i64 {
        self.0.now_micros()
    }

    /// Time until the deadline; none when there is no deadline.
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        match self.0.remaining_micros() {
            i64::MAX => None,
            micros => Some(Duration::from_micros(u64::try_from(micros).unwrap_or(0))),
        }
    }

    /// To be asked in every loop: ends the call once it is cancelled or past its deadline.
    ///
    /// # Errors
    /// [`Error::cancelled`].
    pub fn proceed(&self) -> Result<()> {
        let late = self.remaining().is_some_and(|left| left.is_zero());
        if late || self.0.cancelled() { Err(Error::cancelled()) } else { Ok(()) }
    }

    /// A secret of the connection, if the operator stored it.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<String> {
        String::from_utf8(self.0.secret(name)?).ok()
    }

    /// The W3C traceparent of the call, to be sent along to the system.
    #[must_use]
    pub fn traceparent(&self) -> Option<String> {
        String::from_utf8(self.0.traceparent()?).ok().filter(|text| !text.is_empty())
    }

    /// A value of the connection's state.
    #[must_use]
    pub fn state(&self, key: &str) -> Option<Vec<u8>> {
        self.0.state_get(key)
    }

    /// Stores a value of at most 64 KiB that survives restarts; whether the host took it.
    #[must_use]
    pub fn put_state(&self, key: &str, value: &[u8]) -> bool {
        self.0.state_put(key, value)
    }

    /// Deletes a value of the state; whether the host did.
    #[must_use]
    pub fn delete_state(&self, key: &str) -> bool {
        self.0.state_delete(key)
    }
}
