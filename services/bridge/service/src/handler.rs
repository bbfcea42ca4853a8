//! The RPCs, one file a resource: parse, load, decide, save, present.

mod connection;
mod lookup;
mod mapping;
mod operation;
mod plugin;
mod quarantine;
mod sync_run;

use aftercare_bridge_domain::run::RunError;
use aftercare_kernel::{fault::Invalid, ids::name_segments};
use jiff::Timestamp;

/// The id of `connections/{connection}`.
fn connection_id(name: &str, field: &str) -> Result<String, Invalid> {
    name_segments::<1>("connections/{connection}", name)
        .map(|[id]| id.to_owned())
        .map_err(|error| Invalid::field(field, error))
}

/// Stored microseconds on the wire; 0 stands for never.
fn time(micros: i64) -> Option<prost_types::Timestamp> {
    let at = Timestamp::from_microsecond(micros).ok().filter(|_| micros != 0);
    at.map(aftercare_platform::wire::timestamp)
}

fn no_run(run: &str) -> RunError {
    RunError::NotFound { run: run.to_owned() }
}
