//! A service as the process sees it: its routes, tables, consumers; and how a handler is entered.

use std::sync::Arc;
use tonic::service::Routes;
use tonic::{Request, Response, Status};

use crate::identity::Call;
use crate::jobs;
use crate::link::Links;
use crate::outbox::Consumer;
use crate::paging::Pager;
use crate::status::{self, Error, WireError};
use crate::transaction::Home;

/// What a service is given when it is put together.
#[derive(Clone)]
pub struct Context {
    /// Where its rows live.
    pub home: Home,
    /// Page tokens.
    pub pager: Pager,
    /// The other services.
    pub links: Links,
}

/// A service, put together.
pub struct Module {
    /// `customer`, `pricing`, `channel`, `bridge`.
    pub name: &'static str,
    /// Full names of its gRPC services: for health, reflection and the permission check.
    pub services: Vec<&'static str>,
    /// Its gRPC services.
    pub routes: Routes,
    /// What it listens to.
    pub consumers: Vec<Arc<dyn Consumer>>,
    /// What it does when its time has come, one handler a kind of job.
    pub jobs: Vec<Arc<dyn jobs::Handler>>,
    /// Where its rows and its outbox live.
    pub home: Home,
}

/// Enters a handler: takes the call from the request, and turns its result into a response.
///
/// # Errors
/// The status of the handler's classed error.
pub async fn answer<Q, R, F>(
    request: Request<Q>,
    handle: impl FnOnce(Call, Q) -> F,
) -> Result<Response<R>, Status>
where
    F: Future<Output = Result<R, Error>>,
{
    let call = call_of(&request)?;
    status::respond(handle(call, request.into_inner()).await)
}

/// The call that the gate admitted.
///
/// # Errors
/// `UNAUTHENTICATED` when a request came past the gate.
pub fn call_of<Q>(request: &Request<Q>) -> Result<Call, Status> {
    request
        .extensions()
        .get::<Call>()
        .cloned()
        .ok_or_else(|| WireError::Unauthenticated("the call passed no gate").into())
}
