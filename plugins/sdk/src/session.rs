//! The host's side, typed: describe a plugin, configure an instance, call its verbs. Bridge and conformance kit use it.

use aftercare_plugin_abi::{
    Failure, Verb,
    host::{Instance, Plugin, Services},
    layout,
};
use prost::Message;

use crate::{Error, Result, wire};

/// The manifest of a plugin.
///
/// # Errors
/// The plugin's own, or `MALFORMED_ANSWER` when it answers no manifest.
pub fn describe(plugin: &Plugin) -> Result<wire::Manifest> {
    decoded(&plugin.describe().map_err(error)?)
}

/// A configured instance of a plugin.
pub struct Session(Instance);

impl Session {
    /// Configures an instance.
    ///
    /// # Errors
    /// The plugin's own, which names every wrong field.
    pub fn open(
        plugin: &Plugin,
        services: &dyn Services,
        request: &wire::ConfigureRequest,
    ) -> Result<(Self, wire::ConfigureResponse)> {
        let (instance, response) =
            plugin.configure(services, &request.encode_to_vec()).map_err(error)?;
        Ok((Self(instance), decoded(&response)?))
    }

    /// Whether the system answers.
    ///
    /// # Errors
    /// The plugin's own.
    pub fn check(&self, services: &dyn Services) -> Result<wire::CheckResponse> {
        self.call(Verb::Check, services, &wire::CheckRequest {})
    }

    /// The streams.
    ///
    /// # Errors
    /// The plugin's own.
    pub fn discover(&self, services: &dyn Services) -> Result<wire::DiscoverResponse> {
        self.call(Verb::Discover, services, &wire::DiscoverRequest {})
    }

    /// The next batch of a stream.
    ///
    /// # Errors
    /// The plugin's own.
    pub fn read(
        &self,
        services: &dyn Services,
        request: &wire::ReadRequest,
    ) -> Result<wire::Batch> {
        self.call(Verb::Read, services, request)
    }

    /// Single records by key.
    ///
    /// # Errors
    /// The plugin's own.
    pub fn lookup(
        &self,
        services: &dyn Services,
        request: &wire::LookupRequest,
    ) -> Result<wire::LookupResponse> {
        self.call(Verb::Lookup, services, request)
    }

    /// Any verb with raw bytes, as a malformed request needs it.
    ///
    /// # Errors
    /// The plugin's own.
    pub fn raw(&self, verb: Verb, services: &dyn Services, request: &[u8]) -> Result<Vec<u8>> {
        self.0.call(verb, services, request).map_err(error)
    }

    fn call<R: Message + Default>(
        &self,
        verb: Verb,
        services: &dyn Services,
        request: &impl Message,
    ) -> Result<R> {
        decoded(&self.raw(verb, services, &request.encode_to_vec())?)
    }
}

fn decoded<R: Message + Default>(bytes: &[u8]) -> Result<R> {
    R::decode(bytes).map_err(|source| {
        let message = format!("the plugin's answer is no such message: {source}");
        Error::new(wire::ErrorKind::Internal, "MALFORMED_ANSWER", message)
    })
}

fn error(failure: Failure) -> Error {
    match wire::Error::decode(failure.error.as_slice()) {
        Ok(error) if !error.reason.is_empty() => error.into(),
        _ if failure.status == layout::PANIC => {
            Error::new(wire::ErrorKind::Internal, "PLUGIN_PANICKED", "the plugin panicked")
        }
        _ => Error::new(
            wire::ErrorKind::Internal,
            "PLUGIN_FAILED",
            format!("the plugin answered status {} without an error", failure.status),
        ),
    }
}
