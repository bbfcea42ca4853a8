//! The gRPC services: each method opens the call, runs its handler, and answers.

mod capture;
mod conflict;
mod network;
mod not_built;
mod policy;
mod territory;

use aftercare_platform::paging::Pager;
use aftercare_platform::transaction::Home;
use jiff::tz::TimeZone;

/// What every method of the service stands on.
#[derive(Clone)]
pub(crate) struct Server {
    pub home: Home,
    pub pager: Pager,
    /// The maker's clock, by which civil dates of agreements and windows are meant.
    pub zone: TimeZone,
}
