//! The gRPC services: each method enters its handler.

mod catalogue;
mod contract;
mod failure_model;
mod fx_rate;
mod price_index;
mod quote;
mod report;
mod segment;
mod spare_part;

use aftercare_platform::paging::Pager;
use aftercare_platform::transaction::Home;
use aftercare_pricing_domain::spectrum::SpectrumCache;
use std::sync::{Arc, Mutex, PoisonError};

/// What every method of the service stands on.
#[derive(Clone)]
pub(crate) struct Server {
    pub home: Home,
    pub pager: Pager,
    /// Severity spectra of quotes before; only speed depends on it.
    pub spectra: Arc<Mutex<SpectrumCache>>,
}

impl Server {
    /// Runs mathematics beside the runtime's threads, with the spectra that are known.
    ///
    /// # Errors
    /// `INTERNAL` if the thread was lost.
    pub async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut SpectrumCache) -> T + Send + 'static,
    ) -> Result<T, Lost> {
        let spectra = Arc::clone(&self.spectra);
        tokio::task::spawn_blocking(move || {
            // A panic elsewhere leaves a cache that is merely incomplete.
            let mut cache = spectra.lock().unwrap_or_else(PoisonError::into_inner);
            work(&mut cache)
        })
        .await
        .map_err(|_| Lost)
    }
}

/// A computation ended without an answer.
#[derive(Debug, thiserror::Error)]
#[error("internal error")]
pub(crate) struct Lost;

impl aftercare_kernel::fault::Fault for Lost {
    fn class(&self) -> aftercare_kernel::fault::Class {
        aftercare_kernel::fault::Class::Internal
    }
    fn reason(&self) -> &'static str {
        "COMPUTATION_LOST"
    }
}
