//! What an adapter does.

use crate::{Call, Error, Result, wire};

/// One kind of external system. An instance is one configured connection.
pub trait Adapter: Send + Sync + Sized + 'static {
    /// Name, version, capabilities, configuration schema. The same at every call.
    fn manifest() -> wire::Manifest;

    /// Makes an instance. Checks the configuration and nothing else: no traffic.
    ///
    /// # Errors
    /// [`Error::invalid`] names every wrong field.
    fn configure(
        call: &Call<'_>,
        request: wire::ConfigureRequest,
    ) -> Result<(Self, wire::ConfigureResponse)>;

    /// Whether the system answers with this configuration and these secrets.
    ///
    /// # Errors
    /// Of the kind that says what to do next.
    fn check(&self, call: &Call<'_>) -> Result<wire::CheckResponse>;

    /// The streams that the system offers, in a stable order.
    ///
    /// # Errors
    /// Of the kind that says what to do next.
    fn discover(&self, call: &Call<'_>) -> Result<wire::DiscoverResponse>;

    /// The next batch after a cursor. Needs `CAPABILITY_READ`.
    ///
    /// # Errors
    /// Of the kind that says what to do next. A record that cannot be read is a fault in the batch, not an error.
    fn read(&self, call: &Call<'_>, request: wire::ReadRequest) -> Result<wire::Batch> {
        let _ = (call, request);
        Err(Error::unsupported("read"))
    }

    /// Single records by key, live. Needs `CAPABILITY_LOOKUP`.
    ///
    /// # Errors
    /// Of the kind that says what to do next.
    fn lookup(
        &self,
        call: &Call<'_>,
        request: wire::LookupRequest,
    ) -> Result<wire::LookupResponse> {
        let _ = (call, request);
        Err(Error::unsupported("lookup"))
    }

    /// Writes records and commands. Needs `CAPABILITY_WRITE`.
    ///
    /// # Errors
    /// When nothing was written; what failed for one item stands in its result.
    fn write(&self, call: &Call<'_>, request: wire::WriteRequest) -> Result<wire::WriteResponse> {
        let _ = (call, request);
        Err(Error::unsupported("write"))
    }

    /// Verifies and decodes a webhook. Needs `CAPABILITY_WEBHOOK`.
    ///
    /// # Errors
    /// Kind `AUTH` for a wrong signature.
    fn decode_webhook(
        &self,
        call: &Call<'_>,
        request: wire::DecodeWebhookRequest,
    ) -> Result<wire::DecodeWebhookResponse> {
        let _ = (call, request);
        Err(Error::unsupported("decode_webhook"))
    }
}
