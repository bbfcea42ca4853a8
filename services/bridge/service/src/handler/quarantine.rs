//! Records that did not get in: listed, and tried again.

use std::collections::BTreeMap;

use aftercare_api::aftercare::bridge::v1 as pb;
use aftercare_bridge_domain::{identity, mapping::Mapping, record::Record};
use aftercare_kernel::{fault::Violations, ids::name_segments};
use aftercare_platform::{
    database::StoreError,
    filter::{FieldKind, FilterField},
    identity::Call,
    paging::{OrderField, OrderKind, PageLimits, PageRequest},
    status::Error,
};

use super::{connection::mapping_text, connection_id, time};
use crate::{
    Bridge,
    convert::catalogue,
    store::{
        connection,
        quarantine::{self as store, entity::Model},
        record as record_store,
    },
    sync::{
        Processed, Way,
        engine::{Place, refused_rows},
        process,
    },
};

const FILTERS: &[FilterField] = &[
    FilterField { name: "stream", column: "stream", kind: FieldKind::Text },
    FilterField { name: "key", column: "record_key", kind: FieldKind::Text },
    FilterField { name: "reason", column: "reason", kind: FieldKind::Text },
];
const ORDERS: &[OrderField] =
    &[OrderField { name: "create_time", column: "create_time", kind: OrderKind::Integer }];
/// Records of one replay.
const MAX_REPLAY: usize = 1_000;

pub(super) async fn list(
    bridge: &Bridge,
    call: Call,
    request: pb::ListQuarantinedRecordsRequest,
) -> Result<pb::ListQuarantinedRecordsResponse, Error> {
    let id = connection_id(&request.parent, "parent")?;
    connection::get(bridge.home.read(), call.tenant(), &id).await?;
    let asked = PageRequest {
        tenant: call.tenant(),
        method: &call.method,
        page_size: request.page_size,
        page_token: &request.page_token,
        filter: &request.filter,
        order_by: "create_time",
        parent: &request.parent,
    };
    let plan = bridge.pager.plan(&asked, FILTERS, ORDERS, &["id"], PageLimits::default())?;
    let fetched = plan.fetch(store::within(call.tenant(), &id), bridge.home.read()).await;
    let (rows, next_page_token) = fetched.map_err(StoreError::from)?;
    let quarantined_records = rows.iter().map(present).collect::<Result<_, _>>()?;
    Ok(pb::ListQuarantinedRecordsResponse { quarantined_records, next_page_token })
}

pub(super) async fn replay(
    bridge: &Bridge,
    call: Call,
    request: pb::ReplayQuarantinedRecordsRequest,
) -> Result<pb::ReplayQuarantinedRecordsResponse, Error> {
    let connection_id = connection_id(&request.parent, "parent")?;
    let ids = ids(&connection_id, &request.names)?;
    let db = bridge.home.read();
    let connection = connection::get(db, call.tenant(), &connection_id).await?;
    let (text, _) = mapping_text(bridge, &connection)?;
    let mapping = Mapping::compile(&text, catalogue::entity)?;
    let digest = identity::digest(&text);
    let rows = store::some(db, call.tenant(), &connection_id, &ids, MAX_REPLAY as u64).await?;
    let mut streams: BTreeMap<String, Vec<Record>> = BTreeMap::new();
    for row in &rows {
        if let Some(record) = row.details()?.record {
            streams.entry(row.stream.clone()).or_default().push(record);
        }
    }
    let mut replayed = 0;
    for (stream, records) in streams {
        let (connection, stream) = (connection_id.as_str(), stream.as_str());
        let way =
            Way { bridge, call: &call, connection, stream, mapping: &mapping, digest: &digest };
        let processed = process(&way, records).await?;
        replayed += i32::try_from(processed.accepted.len()).unwrap_or(i32::MAX);
        settle(bridge, &call, connection, stream, processed, &rows).await?;
    }
    let met: Vec<String> = rows.into_iter().map(|row| row.id).collect();
    let still = match met.is_empty() {
        true => Vec::new(),
        false => store::some(db, call.tenant(), &connection_id, &met, MAX_REPLAY as u64).await?,
    };
    let still_quarantined = still.iter().map(present).collect::<Result<_, _>>()?;
    Ok(pb::ReplayQuarantinedRecordsResponse { replayed, still_quarantined })
}

/// Saves what became of replayed records. Writes have ids of their own, so that a repeat changes nothing.
async fn settle(
    bridge: &Bridge,
    call: &Call,
    connection: &str,
    stream: &str,
    processed: Processed,
    rows: &[Model],
) -> Result<(), Error> {
    let place = Place { tenant: call.tenant().as_str(), connection, stream };
    let run = rows.first().map(|row| row.sync_run.clone()).unwrap_or_default();
    let mut refused = refused_rows(&place, &run, &processed.refused, call.now.as_microsecond())?;
    for row in &mut refused {
        let before = rows.iter().find(|before| before.id == row.id);
        row.sync_run = before.map_or_else(String::new, |before| before.sync_run.clone());
    }
    let accepted = processed.accepted.iter();
    let accepted: Vec<String> = accepted
        .map(|key| identity::quarantine_id(connection, stream, key, "", 0).to_string())
        .collect();
    let write = bridge.home.write(call, "", &()).await?;
    record_store::save(write.tx(), processed.versions).await?;
    store::save(write.tx(), refused).await?;
    store::remove(write.tx(), call.tenant(), connection, &accepted).await?;
    write.commit(()).await
}

fn ids(connection: &str, names: &[String]) -> Result<Vec<String>, Error> {
    let mut wrong = Violations::new();
    if names.len() > MAX_REPLAY {
        wrong.add("names", format!("must be at most {MAX_REPLAY}"));
    }
    let mut ids = Vec::new();
    for (i, name) in names.iter().enumerate() {
        let pattern = "connections/{connection}/quarantinedRecords/{quarantined_record}";
        match name_segments::<2>(pattern, name) {
            Ok([parent, id]) if parent == connection => ids.push(id.to_owned()),
            Ok(_) => wrong.add(&format!("names[{i}]"), "is of another connection"),
            Err(error) => wrong.add(&format!("names[{i}]"), error),
        }
    }
    wrong.finish()?;
    Ok(ids)
}

fn present(row: &Model) -> Result<pb::QuarantinedRecord, Error> {
    let details = row.details()?;
    let step = match row.step.as_str() {
        "READ" => pb::QuarantineStep::Read,
        "MAP" => pb::QuarantineStep::Map,
        _ => pb::QuarantineStep::Write,
    };
    let content = match &details.record {
        None => details.raw,
        Some(record) => serde_json::to_string(&record.fields)
            .map_err(|error| StoreError::corrupt("bridge_quarantine", error))?,
    };
    let faults = details
        .faults
        .into_iter()
        .map(|fault| pb::QuarantineFault { field: fault.field, description: fault.description });
    Ok(pb::QuarantinedRecord {
        name: format!("connections/{}/quarantinedRecords/{}", row.connection, row.id),
        stream: row.stream.clone(),
        key: row.record_key.clone(),
        source: details.position.source,
        line: i64::try_from(details.position.line).unwrap_or(i64::MAX),
        step: step.into(),
        reason: row.reason.clone(),
        message: details.message,
        faults: faults.collect(),
        content,
        sync_run: format!("connections/{}/syncRuns/{}", row.connection, row.sync_run),
        create_time: time(row.create_time),
    })
}
