//! Live answers of external systems, and how fresh a connection is. Write-back is named in the API and not built yet.

use std::time::Duration;

use aftercare_api::aftercare::bridge::v1 as pb;
use aftercare_bridge_domain::run::RunError;
use aftercare_kernel::{
    fault::{Class, Fault, Violations},
    ids::name_segments,
};
use aftercare_platform::{gate::timeout, identity::Call, module::answer, status::Error};
use aftercare_plugin::wire::{Capability, LookupRequest};
use jiff::SignedDuration;
use tonic::{Request, Response, Status};

use super::{connection::opening, connection_id};
use crate::{
    Bridge,
    host::instance::{AdapterError, Instance},
    live::{Place, Seen},
    store::{checkpoint, connection},
};

/// Keys of one request.
const MAX_KEYS: usize = 100;
/// How long a system has if the caller does not say.
const USUAL_TIME: Duration = Duration::from_secs(10);
/// How long it has at most.
const LONGEST_TIME: Duration = Duration::from_secs(60);

#[tonic::async_trait]
impl pb::lookup_service_server::LookupService for Bridge {
    async fn lookup_records(
        &self,
        request: Request<pb::LookupRecordsRequest>,
    ) -> Result<Response<pb::LookupRecordsResponse>, Status> {
        let time = timeout(&request.metadata().clone().into_headers()).unwrap_or(USUAL_TIME);
        answer(request, |call, message| look_up(self, call, message, time.min(LONGEST_TIME))).await
    }

    async fn get_freshness(
        &self,
        request: Request<pb::GetFreshnessRequest>,
    ) -> Result<Response<pb::GetFreshnessResponse>, Status> {
        answer(request, |call, message| freshness(self, call, message)).await
    }
}

#[tonic::async_trait]
impl pb::write_back_service_server::WriteBackService for Bridge {}

/// What was asked for, parsed: the connection's id and the age that is good enough.
fn parse(request: &pb::LookupRecordsRequest) -> Result<(String, SignedDuration), Error> {
    let mut wrong = Violations::new();
    let id = name_segments::<1>("connections/{connection}", &request.connection);
    let id = wrong.take("connection", id).map(|[id]| id.to_owned());
    if request.stream.is_empty() {
        wrong.add("stream", "is required");
    }
    if request.keys.is_empty() || request.keys.len() > MAX_KEYS {
        wrong.add("keys", format!("needs 1 to {MAX_KEYS}"));
    }
    for (i, key) in request.keys.iter().enumerate() {
        if key.is_empty() {
            wrong.add(&format!("keys[{i}]"), "must not be empty");
        }
        if request.keys.iter().take(i).any(|other| other == key) {
            wrong.add(&format!("keys[{i}]"), "is given twice");
        }
    }
    let age = Duration::try_from(request.max_age.unwrap_or_default());
    let age = age.ok().and_then(|age| SignedDuration::try_from(age).ok());
    let age = wrong.take("max_age", age.ok_or("must be a duration that is not negative"));
    wrong.finish()?;
    Ok((id.unwrap_or_default(), age.unwrap_or_default()))
}

async fn look_up(
    bridge: &Bridge,
    call: Call,
    request: pb::LookupRecordsRequest,
    time: Duration,
) -> Result<pb::LookupRecordsResponse, Error> {
    let (id, max_age) = parse(&request)?;
    let row = connection::get(bridge.home.read(), call.tenant(), &id).await?;
    if row.details()?.disabled {
        return Err(RunError::Disabled { connection: request.connection }.into());
    }
    let plugin = bridge.registry.get(&row.plugin)?.current;
    if !plugin.manifest.capabilities.contains(&Capability::Lookup.into()) {
        return Err(LookupUnsupported { plugin: format!("plugins/{}", row.plugin) }.into());
    }
    let place = Place {
        tenant: call.tenant().to_string(),
        connection: id,
        revision: row.revision,
        stream: request.stream.clone(),
    };
    let gate = bridge.live.gate(&place, plugin.manifest.max_concurrent_calls);
    let opening = opening(&row)?;
    let ask = async |keys: Vec<String>| {
        let request = LookupRequest { stream: request.stream.clone(), keys };
        // The permit goes with the call: an adapter that hangs uses up its own permits and nobody else's.
        let asked = async {
            let Ok(held) = gate.acquire_owned().await else { return Err(AdapterError::late(time)) };
            Instance::lookup(plugin, opening, (request, time), held).await
        };
        match tokio::time::timeout(time, asked).await {
            Ok(answer) => answer.map(|found| found.records),
            Err(_) => Err(AdapterError::late(time)),
        }
    };
    let seen = bridge.live.fetch((&place, &request.keys), (call.now, max_age), ask).await?;
    Ok(pb::LookupRecordsResponse { records: seen.into_iter().filter_map(looked_up).collect() })
}

fn looked_up(seen: Seen) -> Option<pb::LookedUpRecord> {
    let observe_time = Some(aftercare_platform::wire::timestamp(seen.at));
    seen.record.map(|record| pb::LookedUpRecord { record: Some(record), observe_time })
}

/// The adapter does not look up single records.
#[derive(Debug, thiserror::Error)]
#[error("{plugin} does not look up single records")]
struct LookupUnsupported {
    plugin: String,
}

impl Fault for LookupUnsupported {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        "LOOKUP_UNSUPPORTED"
    }
    fn subject(&self) -> String {
        self.plugin.clone()
    }
}

async fn freshness(
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
        last_batch_time: super::time(row.update_time),
        last_complete_time: super::time(row.complete_time),
    });
    Ok(pb::GetFreshnessResponse { streams: streams.collect() })
}
