//! Sync runs as long-running operations.

use aftercare_api::{
    aftercare::bridge::v1 as pb,
    google::longrunning::{
        GetOperationRequest, Operation, operation, operations_server::Operations,
    },
};
use aftercare_kernel::fault::Invalid;
use aftercare_platform::{identity::Call, module::answer, status::Error};
use prost::Name;
use tonic::{Request, Response, Status};

use super::sync_run;
use crate::{Bridge, store::sync_run::entity::Model};

/// The operation of a run is named after it.
const PREFIX: &str = "operations/";

#[tonic::async_trait]
impl Operations for Bridge {
    async fn get_operation(
        &self,
        request: Request<GetOperationRequest>,
    ) -> Result<Response<Operation>, Status> {
        answer(request, |call, message| get(self, call, message)).await
    }
}

async fn get(
    bridge: &Bridge,
    call: Call,
    request: GetOperationRequest,
) -> Result<Operation, Error> {
    let name = request.name.strip_prefix(PREFIX);
    let name =
        name.ok_or_else(|| Invalid::field("name", "must have the form operations/{sync run}"))?;
    present(&sync_run::load(bridge, &call, name).await?)
}

/// The operation of a run.
pub(super) fn present(row: &Model) -> Result<Operation, Error> {
    let run = sync_run::present(row)?;
    let metadata = pb::RunSyncMetadata { sync_run: run.name.clone(), streams: run.streams.clone() };
    let done = run.state() != pb::SyncState::Running;
    let name = format!("{PREFIX}{}", run.name);
    let result = match (&run.error, done) {
        (_, false) => None,
        (Some(error), true) => Some(operation::Result::Error(error.clone())),
        (None, true) => Some(operation::Result::Response(any(&run))),
    };
    Ok(Operation { name, metadata: Some(any(&metadata)), done, result })
}

fn any<M: Name>(message: &M) -> prost_types::Any {
    prost_types::Any {
        type_url: format!("type.googleapis.com/{}", M::full_name()),
        value: message.encode_to_vec(),
    }
}
