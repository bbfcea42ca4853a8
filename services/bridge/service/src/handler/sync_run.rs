//! Sync runs: begun, read, watched, cancelled.

use std::{sync::Arc, time::Duration};

use aftercare_api::{aftercare::bridge::v1 as pb, google::longrunning::Operation};
use aftercare_bridge_domain::{
    checkpoint::{Mode, StreamState, begin},
    identity,
    mapping::Mapping,
    run::{RunError, State},
};
use aftercare_kernel::{fault::Invalid, ids::name_segments};
use aftercare_platform::{
    database::StoreError,
    identity::Call,
    module::{answer, call_of},
    paging::{OrderField, OrderKind, PageLimits, PageRequest},
    status::{Error, to_status},
};
use jiff::Timestamp;
use tonic::{Request, Response, Status};
use tracing::Instrument;

use super::{connection::mapping_text, connection_id, no_run, operation, quarantine, time};
use crate::{
    Bridge,
    convert::catalogue,
    store::{
        checkpoint, connection,
        sync_run::{self as store, Details, entity::Model},
    },
    sync::engine::{Job, LEASE_MICROS},
};

const ORDERS: &[OrderField] = &[OrderField { name: "name", column: "id", kind: OrderKind::Text }];
/// Runs of other replicas are looked at this often.
const LOOK_EVERY: Duration = Duration::from_secs(1);

type Watch = tonic::codegen::BoxStream<pb::SyncRun>;

#[tonic::async_trait]
impl pb::sync_service_server::SyncService for Bridge {
    async fn run_sync(
        &self,
        request: Request<pb::RunSyncRequest>,
    ) -> Result<Response<Operation>, Status> {
        answer(request, |call, message| run(self, call, message)).await
    }

    async fn get_sync_run(
        &self,
        request: Request<pb::GetSyncRunRequest>,
    ) -> Result<Response<pb::SyncRun>, Status> {
        answer(
            request,
            |call, message| async move { present(&load(self, &call, &message.name).await?) },
        )
        .await
    }

    async fn list_sync_runs(
        &self,
        request: Request<pb::ListSyncRunsRequest>,
    ) -> Result<Response<pb::ListSyncRunsResponse>, Status> {
        answer(request, |call, message| list(self, call, message)).await
    }

    async fn watch_sync_run(
        &self,
        request: Request<pb::WatchSyncRunRequest>,
    ) -> Result<Response<Watch>, Status> {
        let call = call_of(&request)?;
        let message = request.into_inner();
        // A name that does not exist is told before the stream begins.
        load(self, &call, &message.name).await.map_err(|error| to_status(&error))?;
        Ok(Response::new(watch(self.clone(), call, message)))
    }

    async fn cancel_sync_run(
        &self,
        request: Request<pb::CancelSyncRunRequest>,
    ) -> Result<Response<pb::SyncRun>, Status> {
        answer(request, |call, message| cancel(self, call, message)).await
    }

    async fn list_quarantined_records(
        &self,
        request: Request<pb::ListQuarantinedRecordsRequest>,
    ) -> Result<Response<pb::ListQuarantinedRecordsResponse>, Status> {
        answer(request, |call, message| quarantine::list(self, call, message)).await
    }

    async fn replay_quarantined_records(
        &self,
        request: Request<pb::ReplayQuarantinedRecordsRequest>,
    ) -> Result<Response<pb::ReplayQuarantinedRecordsResponse>, Status> {
        answer(request, |call, message| quarantine::replay(self, call, message)).await
    }
}

/// The run of that name.
pub(super) async fn load(bridge: &Bridge, call: &Call, name: &str) -> Result<Model, Error> {
    let pattern = "connections/{connection}/syncRuns/{sync_run}";
    let [connection, id] =
        name_segments::<2>(pattern, name).map_err(|error| Invalid::field("name", error))?;
    let found = store::find(bridge.home.read(), call.tenant(), connection, id).await?;
    Ok(found.ok_or_else(|| no_run(name))?)
}

async fn run(bridge: &Bridge, call: Call, request: pb::RunSyncRequest) -> Result<Operation, Error> {
    let id = connection_id(&request.parent, "parent")?;
    let mode = match pb::SyncMode::try_from(request.mode) {
        Ok(pb::SyncMode::Unspecified | pb::SyncMode::Full) => Mode::Full,
        Ok(pb::SyncMode::Incremental) => Mode::Incremental,
        Err(_) => return Err(Invalid::field("mode", "is no mode").into()),
    };
    let write = bridge.home.write(&call, &request.request_id, &request).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let connection = connection::get(write.tx(), call.tenant(), &id).await?;
    if connection.details()?.disabled {
        return Err(RunError::Disabled { connection: request.parent }.into());
    }
    let (text, _) = mapping_text(bridge, &connection)?;
    let mapping = Arc::new(Mapping::compile(&text, catalogue::entity)?);
    let last = store::last(write.tx(), call.tenant(), &id).await?;
    let now = Timestamp::now().as_microsecond();
    let state = last.as_ref().map(|last| last.state(now)).transpose()?;
    if let (Some(last), Some(State::Running)) = (&last, state) {
        return Err(RunError::Running { run: last.name() }.into());
    }
    let mut row = if request.resume {
        let resumable = last.filter(|_| state.is_some_and(State::resumable));
        resumable.ok_or_else(|| RunError::NothingToResume { connection: request.parent.clone() })?
    } else {
        let checkpoints = checkpoint::all(write.tx(), call.tenant(), &id).await?;
        let streams = streams(&mapping, &request.streams)?;
        let saved = |stream: &str| {
            let row = checkpoints.iter().find(|row| row.stream == stream);
            row.and_then(|row| row.cursor().ok())
        };
        fresh(&call, &id, mode, begin(mode, &streams, saved, None))?
    };
    row.set_state(State::Running)?;
    row.end_time = 0;
    row.revision += 1;
    row.lease_until = now + LEASE_MICROS;
    let details = Details { error: None, ..row.details()? };
    row.set_details(&details)?;
    store::save(write.tx(), row.clone()).await?;
    store::request_cancel(write.tx(), &row, false).await?;
    let operation = write.commit(operation::present(&row)?).await?;
    let cancelled = bridge.running.begin(call.tenant().as_str(), &row.name());
    let digest = identity::digest(&text);
    let span = tracing::info_span!("sync", sync_run = row.name());
    let job =
        Job { bridge: bridge.clone(), call, connection, run: row, mapping, digest, cancelled };
    tokio::spawn(job.execute().instrument(span));
    Ok(operation)
}

fn streams(mapping: &Mapping, asked: &[String]) -> Result<Vec<String>, RunError> {
    let known = mapping.streams();
    if let Some(unknown) = asked.iter().find(|stream| !known.contains(&stream.as_str())) {
        return Err(RunError::StreamNotMapped { stream: unknown.clone() });
    }
    let wanted = known
        .into_iter()
        .filter(|stream| asked.is_empty() || asked.iter().any(|name| name == stream));
    Ok(wanted.map(str::to_owned).collect())
}

fn fresh(
    call: &Call,
    connection: &str,
    mode: Mode,
    streams: Vec<StreamState>,
) -> Result<Model, StoreError> {
    let mut row = Model {
        tenant: call.tenant().to_string(),
        connection: connection.to_owned(),
        id: uuid::Uuid::now_v7().to_string(),
        mode: match mode {
            Mode::Full => "FULL".to_owned(),
            Mode::Incremental => "INCREMENTAL".to_owned(),
        },
        state: String::new(),
        doc: String::new(),
        revision: 0,
        create_time: call.now.as_microsecond(),
        end_time: 0,
        lease_until: 0,
        cancel_requested: 0,
    };
    row.set_details(&Details { streams, error: None })?;
    Ok(row)
}

async fn list(
    bridge: &Bridge,
    call: Call,
    request: pb::ListSyncRunsRequest,
) -> Result<pb::ListSyncRunsResponse, Error> {
    let id = connection_id(&request.parent, "parent")?;
    connection::get(bridge.home.read(), call.tenant(), &id).await?;
    let asked = PageRequest {
        tenant: call.tenant(),
        method: &call.method,
        page_size: request.page_size,
        page_token: &request.page_token,
        filter: "",
        // Ids are UUIDv7: the newest is the greatest.
        order_by: "name desc",
        parent: &request.parent,
    };
    let plan = bridge.pager.plan(&asked, &[], ORDERS, &["id"], PageLimits::default())?;
    let fetched = plan.fetch(store::within(call.tenant(), &id), bridge.home.read()).await;
    let (rows, next_page_token) = fetched.map_err(StoreError::from)?;
    let sync_runs = rows.iter().map(present).collect::<Result<_, _>>()?;
    Ok(pb::ListSyncRunsResponse { sync_runs, next_page_token })
}

async fn cancel(
    bridge: &Bridge,
    call: Call,
    request: pb::CancelSyncRunRequest,
) -> Result<pb::SyncRun, Error> {
    let row = load(bridge, &call, &request.name).await?;
    let write = bridge.home.write(&call, &request.request_id, &request).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    store::request_cancel(write.tx(), &row, true).await?;
    let response = write.commit(present(&row)?).await?;
    bridge.running.cancel(call.tenant().as_str(), &request.name);
    Ok(response)
}

/// The run now and after every change, until it ends.
fn watch(bridge: Bridge, call: Call, request: pb::WatchSyncRunRequest) -> Watch {
    let moved = bridge.running.listen();
    let start = (Some((bridge, call, request.name, moved)), request.after_revision);
    Box::pin(futures::stream::unfold(start, |(alive, mut seen)| async move {
        let (bridge, call, name, mut moved) = alive?;
        loop {
            moved.mark_unchanged();
            let run = match load(&bridge, &call, &name).await.and_then(|row| present(&row)) {
                Ok(run) => run,
                Err(error) => return Some((Err(to_status(&error)), (None, seen))),
            };
            let ended = run.state() != pb::SyncState::Running;
            if run.revision > seen || ended {
                seen = seen.max(run.revision);
                let alive = (!ended).then_some((bridge, call, name, moved));
                return Some((Ok(run), (alive, seen)));
            }
            // A timeout is as good as a message: either way the row is read again.
            let _ = tokio::time::timeout(LOOK_EVERY, moved.changed()).await;
        }
    }))
}

pub(super) fn present(row: &Model) -> Result<pb::SyncRun, Error> {
    let details = row.details()?;
    let state = match row.state(Timestamp::now().as_microsecond())? {
        State::Running => pb::SyncState::Running,
        State::Succeeded => pb::SyncState::Succeeded,
        State::SucceededWithQuarantine => pb::SyncState::SucceededWithQuarantine,
        State::Failed => pb::SyncState::Failed,
        State::Cancelled => pb::SyncState::Cancelled,
    };
    let mode = if row.mode == "FULL" { pb::SyncMode::Full } else { pb::SyncMode::Incremental };
    Ok(pb::SyncRun {
        name: row.name(),
        mode: mode.into(),
        state: state.into(),
        streams: details.streams.iter().map(progress).collect(),
        error: details.error.map(|(code, message)| aftercare_api::google::rpc::Status {
            code,
            message,
            details: Vec::new(),
        }),
        create_time: time(row.create_time),
        end_time: time(row.end_time),
        revision: row.revision,
    })
}

fn progress(state: &StreamState) -> pb::StreamProgress {
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    pb::StreamProgress {
        stream: state.stream.clone(),
        read: count(state.read),
        written: count(state.written),
        unchanged: count(state.unchanged),
        quarantined: count(state.quarantined),
        skipped: count(state.skipped),
        estimated: count(state.estimated),
        done: state.done,
    }
}
