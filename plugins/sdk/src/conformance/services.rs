//! A host that remembers everything a plugin said.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use aftercare_plugin_abi::host::Services;

/// Host services for checks: gives one secret value for every name, keeps state in memory, remembers every message.
#[derive(Default)]
pub struct Recorder {
    said: Mutex<Vec<u8>>,
    state: Mutex<BTreeMap<String, Vec<u8>>>,
    cancelled: AtomicBool,
    late: AtomicBool,
}

impl Recorder {
    /// Cancels the calls that follow and the one at hand.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
    }

    /// Lets the deadline of the calls that follow be over.
    pub fn pass_deadline(&self) {
        self.late.store(true, Ordering::SeqCst);
    }

    /// Every log, metric and progress message so far, serialised, one after another.
    pub fn said(&self) -> Vec<u8> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn remember(&self, bytes: &[u8]) {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
    }
}

impl Services for Recorder {
    fn log(&self, record: &[u8]) {
        self.remember(record);
    }
    fn metric(&self, measurement: &[u8]) {
        self.remember(measurement);
    }
    fn progress(&self, progress: &[u8]) {
        self.remember(progress);
    }
    fn remaining_micros(&self) -> i64 {
        if self.late.load(Ordering::SeqCst) { 0 } else { i64::MAX }
    }
    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }
    fn secret(&self, _name: &str) -> Option<Vec<u8>> {
        Some(super::SECRET.as_bytes().to_vec())
    }
    fn traceparent(&self) -> String {
        String::new()
    }
    fn state_get(&self, key: &str) -> Option<Vec<u8>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }
    fn state_put(&self, key: &str, value: &[u8]) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.insert(key.to_owned(), value.to_owned());
        true
    }
    fn state_delete(&self, key: &str) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).remove(key).is_some()
    }
}
