//! Chapter 1: the ERP's export comes in through an adapter plugin; what is wrong goes to quarantine, the rest is taken.

use super::error::{DemoError, ask};
use super::story::Story;
use super::terminal;
use super::words::{grouped, id};
use aftercare_api::aftercare::bridge::v1::{
    Connection, CreateConnectionRequest, GetSyncRunRequest, ListQuarantinedRecordsRequest,
    LoadPluginRequest, Plugin, QuarantinedRecord, RunSyncMetadata, RunSyncRequest, StreamProgress,
    SyncMode, SyncRun, SyncState, WatchSyncRunRequest,
};
use prost::Message;
use prost_types::value::Kind;
use prost_types::{Struct, Value};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The connection of the story.
const CONNECTION: &str = "connections/erp";

/// What came in.
pub struct Intake {
    /// The adapter as it describes itself.
    pub plugin: Plugin,
    /// Counts by stream.
    pub run: SyncRun,
    /// What was refused, with reasons.
    pub quarantine: Vec<QuarantinedRecord>,
    /// How long it took.
    pub took: Duration,
}

impl Intake {
    /// Records that services took.
    pub fn written(&self) -> i64 {
        self.run.streams.iter().map(|stream| stream.written).sum()
    }
}

/// Loads the adapter, connects the folder, syncs it, reads the quarantine.
pub async fn tell(story: &Story) -> Result<Intake, DemoError> {
    terminal::chapter(1, "The ERP export comes in");
    terminal::say(
        "The bridge loads an adapter from its shared library while it runs, and brings the export into the services \
         through their public API: what a person would have to type is what the system knows.",
    );
    let file = story.plugin_file()?;
    let load = LoadPluginRequest { file, request_id: story.request_id() };
    let plugin = ask("load the csv adapter", story.plugins().load_plugin(load)).await?;
    connect(story, &plugin).await?;
    let begun = Instant::now();
    let run = sync(story).await?;
    let took = begun.elapsed();
    let request = ListQuarantinedRecordsRequest {
        parent: CONNECTION.to_owned(),
        page_size: 1_000,
        ..ListQuarantinedRecordsRequest::default()
    };
    let quarantine = ask("read the quarantine", story.syncs().list_quarantined_records(request))
        .await?
        .quarantined_records;
    let intake = Intake { plugin, run, quarantine, took };
    print(&intake);
    Ok(intake)
}

/// Starts a full sync and follows it to its end.
async fn sync(story: &Story) -> Result<SyncRun, DemoError> {
    let request = RunSyncRequest {
        parent: CONNECTION.to_owned(),
        mode: SyncMode::Full.into(),
        request_id: story.request_id(),
        ..RunSyncRequest::default()
    };
    let operation = ask("start the sync", story.syncs().run_sync(request)).await?;
    let metadata = operation.metadata.unwrap_or_default();
    let run = RunSyncMetadata::decode(metadata.value.as_slice())
        .map_err(|_| DemoError::missing("the sync's operation has no metadata"))?
        .sync_run;
    follow(story, &run).await
}

async fn connect(story: &Story, plugin: &Plugin) -> Result<(), DemoError> {
    let folder = story.world().join("erp").display().to_string();
    let value = Value { kind: Some(Kind::StringValue(folder)) };
    let fields = BTreeMap::from([("folder".to_owned(), value)]);
    let request = CreateConnectionRequest {
        connection_id: "erp".to_owned(),
        connection: Some(Connection {
            display_name: "ERP export".to_owned(),
            plugin: plugin.name.clone(),
            configuration: Some(Struct { fields }),
            ..Connection::default()
        }),
        request_id: story.request_id(),
        ..CreateConnectionRequest::default()
    };
    ask("connect the ERP's folder", story.connections().create_connection(request)).await?;
    Ok(())
}

/// Shows the run's progress until it ends.
async fn follow(story: &Story, name: &str) -> Result<SyncRun, DemoError> {
    let watch = WatchSyncRunRequest { name: name.to_owned(), after_revision: 0 };
    let mut updates = ask("watch the sync", story.syncs().watch_sync_run(watch)).await?;
    let bar = terminal::progress(0, "reading the export");
    loop {
        let update = updates.message().await;
        let update = update.map_err(|status| DemoError::Call {
            step: "watch the sync",
            status: Box::new(status),
        })?;
        let Some(run) = update else { break };
        let read: i64 = run.streams.iter().map(|stream| stream.read).sum();
        let known: i64 = run.streams.iter().map(|s| s.estimated.max(s.read)).sum();
        bar.set_length(u64::try_from(known).unwrap_or(0));
        bar.set_position(u64::try_from(read).unwrap_or(0));
        if let Some(stream) = run.streams.iter().find(|stream| !stream.done) {
            bar.set_message(stream.stream.clone());
        }
    }
    bar.finish_and_clear();
    let get = GetSyncRunRequest { name: name.to_owned() };
    let run = ask("read the sync run", story.syncs().get_sync_run(get)).await?;
    match run.state() {
        SyncState::Succeeded | SyncState::SucceededWithQuarantine => Ok(run),
        SyncState::Unspecified | SyncState::Running | SyncState::Failed | SyncState::Cancelled => {
            let why = run.error.map(|error| error.message).unwrap_or_default();
            Err(DemoError::missing(format!("the sync did not succeed: {why}")))
        }
    }
}

fn print(intake: &Intake) {
    terminal::table(&STREAMS, &[1, 2, 3, 4], &stream_rows(&intake.run.streams));
    terminal::say(&summary(intake));
    if !intake.quarantine.is_empty() {
        terminal::table(&QUARANTINE, &[1], &quarantine_rows(&intake.quarantine));
    }
}

/// What the chapter comes to, in one sentence.
pub fn summary(intake: &Intake) -> String {
    let seconds = intake.took.as_secs_f64().max(0.001);
    let adapter = intake.plugin.manifest.as_ref();
    format!(
        "Through the adapter {} (ABI {}) {} records came in within {:.1} s ({} a second). In quarantine: {}, each with its line and reason; nothing \
         else waits for them.",
        adapter.map_or_else(
            || id(&intake.plugin.name).to_owned(),
            |manifest| format!("{} {}", manifest.name, manifest.version)
        ),
        intake.plugin.abi_version,
        grouped(intake.written()),
        seconds,
        grouped((intake.written() as f64 / seconds).round() as i64),
        intake.quarantine.len()
    )
}

/// Columns of the table of streams.
pub const STREAMS: [&str; 5] = ["stream", "read", "taken", "unchanged", "quarantined"];

/// Its rows.
pub fn stream_rows(streams: &[StreamProgress]) -> Vec<Vec<String>> {
    streams
        .iter()
        .map(|stream| {
            let counts = [stream.read, stream.written, stream.unchanged, stream.quarantined];
            std::iter::once(stream.stream.clone()).chain(counts.map(grouped)).collect()
        })
        .collect()
}

/// Columns of the table of quarantined records.
pub const QUARANTINE: [&str; 5] = ["file", "line", "key", "reason", "what is wrong"];

/// Its rows.
pub fn quarantine_rows(records: &[QuarantinedRecord]) -> Vec<Vec<String>> {
    records
        .iter()
        .map(|record| {
            let faults: Vec<String> = record
                .faults
                .iter()
                .map(|fault| format!("{} {}", fault.field, fault.description))
                .collect();
            let what = if faults.is_empty() { record.message.clone() } else { faults.join("; ") };
            let key = if record.key.is_empty() { "–".to_owned() } else { record.key.clone() };
            vec![record.source.clone(), record.line.to_string(), key, record.reason.clone(), what]
        })
        .collect()
}
