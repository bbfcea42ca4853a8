//! One change of one conflict: load it, check the etag, decide, save, tell.

use super::raise::Raised;
use crate::convert::conflict::present;
use crate::convert::sighting::id_in;
use crate::server::Server;
use crate::store::conflict::{self, Kept};
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_channel_domain::conflict::Mover;
use aftercare_kernel::fault::{Invalid, Violations};
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;

/// Which conflict, as it was read.
pub(super) struct Asked<'a> {
    pub name: &'a str,
    pub etag: &'a str,
}

/// The id in the name.
pub(super) fn id(asked: &Asked<'_>) -> Result<String, Invalid> {
    let mut wrong = Violations::new();
    let id = id_in(asked.name, "conflicts/{conflict}", "name", &mut wrong);
    wrong.finish().map(|()| id.unwrap_or_default())
}

/// Applies `decide` to the conflict and answers it; `decide` answers the events to raise.
pub(super) async fn change<M: prost::Message>(
    server: &Server,
    call: &Call,
    asked: &Asked<'_>,
    (request_id, request): (&str, &M),
    decide: impl FnOnce(&mut Kept) -> Result<Vec<Raised>, Error>,
) -> Result<pb::Conflict, Error> {
    let id = id(asked)?;
    let mut write = server.home.write(call, request_id, request).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let mut kept = conflict::get(write.tx(), call.tenant(), &id).await?;
    if !asked.etag.is_empty() && asked.etag != kept.etag() {
        return Err(StoreError::EtagMismatch { name: kept.name() }.into());
    }
    let events = decide(&mut kept)?;
    conflict::save(write.tx(), call.tenant(), &mut kept, call.now).await?;
    write.emit_all(events).await?;
    write.commit(present(&kept)).await
}

/// Who moves, why and when.
pub(super) fn mover(call: &Call, note: &str) -> Mover {
    Mover { actor: call.caller.principal.clone(), note: note.to_owned(), now: call.now }
}
