//! The runs of this process: how to stop one, and how to hear that one has moved on.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::watch;

/// Runs of this process by tenant and name.
pub(crate) struct Running {
    flags: Mutex<HashMap<(String, String), Arc<AtomicBool>>>,
    moved: watch::Sender<u64>,
}

impl Default for Running {
    fn default() -> Self {
        Self { flags: Mutex::default(), moved: watch::Sender::new(0) }
    }
}

impl Running {
    /// Registers a run; the flag becomes true when it shall stop.
    pub(crate) fn begin(&self, tenant: &str, run: &str) -> Arc<AtomicBool> {
        let flag = Arc::new(AtomicBool::new(false));
        self.lock().insert((tenant.to_owned(), run.to_owned()), flag.clone());
        flag
    }

    /// Asks a run of this process to stop.
    pub(crate) fn cancel(&self, tenant: &str, run: &str) {
        if let Some(flag) = self.lock().get(&(tenant.to_owned(), run.to_owned())) {
            flag.store(true, Ordering::Release);
        }
    }

    /// Forgets a run that has ended.
    pub(crate) fn end(&self, tenant: &str, run: &str) {
        self.lock().remove(&(tenant.to_owned(), run.to_owned()));
        self.tell();
    }

    /// Some run has saved a batch.
    pub(crate) fn tell(&self) {
        self.moved.send_modify(|count| *count += 1);
    }

    /// Hears whenever some run of this process has moved on.
    pub(crate) fn listen(&self) -> watch::Receiver<u64> {
        self.moved.subscribe()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(String, String), Arc<AtomicBool>>> {
        self.flags.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
