//! The typed trait over the ABI's bytes.

use aftercare_plugin_abi::{
    Answer, Failure, Verb,
    guest::{CallHandle, Guest},
    layout,
};
use prost::Message;

use crate::{Adapter, Call, Error, Result, wire};

/// An adapter as the ABI crate sees it.
pub struct Exported<A>(A);

impl<A: Adapter> Guest for Exported<A> {
    fn describe() -> Vec<u8> {
        A::manifest().encode_to_vec()
    }

    fn configure(
        call: &CallHandle<'_>,
        request: &[u8],
    ) -> std::result::Result<(Self, Vec<u8>), Failure> {
        let configured =
            decoded(request).and_then(|request| A::configure(&Call::new(call), request));
        let (adapter, response) = configured.map_err(failure)?;
        Ok((Self(adapter), response.encode_to_vec()))
    }

    fn call(&self, verb: Verb, call: &CallHandle<'_>, request: &[u8]) -> Answer {
        let (adapter, call) = (&self.0, &Call::new(call));
        let answer = match verb {
            Verb::Check => answer(request, |_: wire::CheckRequest| adapter.check(call)),
            Verb::Discover => answer(request, |_: wire::DiscoverRequest| adapter.discover(call)),
            Verb::Read => answer(request, |request| adapter.read(call, request)),
            Verb::Lookup => answer(request, |request| adapter.lookup(call, request)),
            Verb::Write => answer(request, |request| adapter.write(call, request)),
            Verb::DecodeWebhook => answer(request, |request| adapter.decode_webhook(call, request)),
        };
        answer.map_err(failure)
    }

    fn panicked(message: &str) -> Vec<u8> {
        let error = Error::new(wire::ErrorKind::Internal, "PLUGIN_PANICKED", message);
        error.wire().encode_to_vec()
    }
}

fn answer<Q: Message + Default, R: Message>(
    request: &[u8],
    verb: impl FnOnce(Q) -> Result<R>,
) -> Result<Vec<u8>> {
    verb(decoded(request)?).map(|response| response.encode_to_vec())
}

fn decoded<Q: Message + Default>(request: &[u8]) -> Result<Q> {
    Q::decode(request).map_err(|error| {
        Error::new(
            wire::ErrorKind::Invalid,
            "MALFORMED_REQUEST",
            format!("no such message: {error}"),
        )
    })
}

fn failure(error: Error) -> Failure {
    Failure { status: layout::ERROR, error: error.wire().encode_to_vec() }
}
