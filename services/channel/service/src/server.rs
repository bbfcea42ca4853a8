//! The gRPC services: each method opens the call, runs its handler, and answers.

mod network;
mod not_built;

use aftercare_platform::paging::Pager;
use aftercare_platform::transaction::Home;

/// What every method of the service stands on.
#[derive(Clone)]
pub(crate) struct Server {
    pub home: Home,
    pub pager: Pager,
}
