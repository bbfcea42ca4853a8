//! The gRPC services: each method opens the call, runs its handler, and answers.

mod not_built;

use aftercare_platform::link::Links;
use aftercare_platform::paging::Pager;
use aftercare_platform::transaction::Home;

/// What every method of the service stands on.
#[derive(Clone)]
pub(crate) struct Server {
    pub home: Home,
    pub pager: Pager,
    pub links: Links,
}
