//! How fresh a connection is. Live lookups and write-back are named in the API and not built yet.

use aftercare_api::aftercare::bridge::v1 as pb;
use aftercare_platform::{identity::Call, module::answer, status::Error};
use tonic::{Request, Response, Status};

use super::{connection_id, time};
use crate::{
    Bridge,
    store::{checkpoint, connection},
};

#[tonic::async_trait]
impl pb::lookup_service_server::LookupService for Bridge {
    async fn get_freshness(
        &self,
        request: Request<pb::GetFreshnessRequest>,
    ) -> Result<Response<pb::GetFreshnessResponse>, Status> {
        answer(request, |call, message| get(self, call, message)).await
    }
}

#[tonic::async_trait]
impl pb::write_back_service_server::WriteBackService for Bridge {}

async fn get(
    bridge: &Bridge,
    call: Call,
    request: pb::GetFreshnessRequest,
) -> Result<pb::GetFreshnessResponse, Error> {
    let id = connection_id(&request.connection, "connection")?;
    let db = bridge.home.read();
    connection::get(db, call.tenant(), &id).await?;
    let rows = checkpoint::all(db, call.tenant(), &id).await?;
    let streams = rows.into_iter().map(|row| pb::StreamFreshness {
        stream: row.stream,
        last_batch_time: time(row.update_time),
        last_complete_time: time(row.complete_time),
    });
    Ok(pb::GetFreshnessResponse { streams: streams.collect() })
}
