//! Runs a sync: batch by batch, each saved with its checkpoint, so that a stop anywhere can be resumed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aftercare_bridge_domain::{
    checkpoint::StreamState,
    identity,
    mapping::Mapping,
    record::{Position, Record},
    run::State,
};
use aftercare_kernel::fault::Class;
use aftercare_platform::{database::StoreError, identity::Call, status::Error};
use aftercare_plugin::wire::{Batch, ReadRequest, RecordFault};
use jiff::Timestamp;

use super::batch::{Processed, Refused, Step, Way, process};
use crate::{
    Bridge,
    convert::record::{position, record},
    host::instance::{AdapterError, Instance, Opening},
    store::{checkpoint, connection, quarantine, record as record_store, sync_run},
};

/// Records of one batch.
const BATCH_RECORDS: u32 = 500;
/// A run that saved nothing for this long has gone with its process.
pub(crate) const LEASE_MICROS: i64 = 120_000_000;
/// Refused records of a stream that are tried once more at its end.
const MAX_SECOND_TRIES: usize = 10_000;
/// Tries to read from a system that is away, before the last one.
const READ_TRIES: u32 = 4;
/// The pause before the second try; doubled before each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// A run that was accepted.
pub(crate) struct Job {
    pub(crate) bridge: Bridge,
    pub(crate) call: Call,
    pub(crate) connection: connection::entity::Model,
    pub(crate) run: sync_run::entity::Model,
    pub(crate) mapping: Arc<Mapping>,
    pub(crate) digest: String,
    pub(crate) cancelled: Arc<AtomicBool>,
}

enum Stop {
    Cancelled,
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Job {
    /// Runs to the end and saves how it ended.
    pub(crate) async fn execute(mut self) {
        let name = self.run.name();
        let ended = self.streams().await;
        let saved = self.finish(ended).await;
        if let Err(error) = saved {
            tracing::error!(sync_run = name, %error, "the end of a run could not be saved");
        }
        self.bridge.running.end(self.call.tenant().as_str(), &name);
    }

    async fn finish(&mut self, ended: Result<(), Stop>) -> Result<(), Error> {
        let mut details = self.run.details()?;
        let state = match ended {
            Ok(()) => State::finished(&details.streams),
            Err(Stop::Cancelled) => State::Cancelled,
            Err(Stop::Failed(error)) => {
                let code = match error.fault().class() {
                    Class::Invalid => tonic::Code::InvalidArgument,
                    Class::Unavailable => tonic::Code::Unavailable,
                    Class::Deadline => tonic::Code::DeadlineExceeded,
                    Class::Internal => tonic::Code::Internal,
                    _ => tonic::Code::FailedPrecondition,
                };
                tracing::warn!(sync_run = self.run.name(), %error, "a sync failed");
                details.error = Some((code as i32, error.to_string()));
                State::Failed
            }
        };
        self.run.set_details(&details)?;
        self.run.set_state(state)?;
        self.run.end_time = Timestamp::now().as_microsecond();
        self.run.revision += 1;
        let write = self.bridge.home.write(&self.call, "", &()).await?;
        sync_run::save(write.tx(), self.run.clone()).await?;
        write.commit(()).await
    }

    async fn streams(&mut self) -> Result<(), Stop> {
        let plugin = self.bridge.registry.get(&self.connection.plugin)?.current;
        let details = self.connection.details()?;
        let opening = Opening {
            connection: format!("connections/{}", self.connection.id),
            configuration: details.configuration,
            state: details.state,
            traceparent: aftercare_platform::trace_context::current_traceparent()
                .unwrap_or_default(),
            cancelled: self.cancelled.clone(),
            ..Opening::default()
        };
        let (instance, _) = Instance::open(plugin, opening).await?;
        let offered = instance.discover().await?.streams;
        let mut states = self.run.details()?.streams;
        for state in &mut states {
            let found = offered.iter().find(|stream| stream.name == state.stream);
            state.estimated = found.map_or(0, |stream| stream.estimated_records);
        }
        for i in 0..states.len() {
            if !states[i].done {
                self.stream(&instance, &mut states, i).await?;
            }
        }
        Ok(())
    }

    async fn stream(
        &mut self,
        instance: &Instance,
        states: &mut [StreamState],
        i: usize,
    ) -> Result<(), Stop> {
        let whole = states[i].cursor.is_empty();
        let mut again: Vec<Record> = Vec::new();
        loop {
            if self.stopping().await? {
                return Err(Stop::Cancelled);
            }
            let batch = read(instance, &states[i]).await?;
            let records = batch.records.into_iter().map(record).collect();
            let mut processed = self.process(&states[i].stream, records).await?;
            let refused = processed.refused.iter().filter(|refused| refused.step == Step::Write);
            again.extend(refused.map(|refused| refused.record.clone()).take(MAX_SECOND_TRIES));
            processed.refused.extend(batch.faults.into_iter().map(unreadable));
            let state = &mut states[i];
            state.read += processed.written + processed.unchanged + processed.skipped;
            state.read += processed.refused.len() as u64;
            state.written += processed.written;
            state.unchanged += processed.unchanged;
            state.skipped += processed.skipped;
            state.quarantined += processed.refused.len() as u64;
            state.cursor = batch.cursor;
            state.done = batch.end && again.is_empty();
            self.save(instance, states, i, processed, whole).await?;
            if batch.end {
                break;
            }
        }
        if again.is_empty() {
            return Ok(());
        }
        // Records may refer to later ones of their stream: by now all of them have been seen.
        let processed = self.process(&states[i].stream, again).await?;
        let state = &mut states[i];
        state.written += processed.written;
        state.quarantined = state.quarantined.saturating_sub(processed.accepted.len() as u64);
        state.done = true;
        self.save(instance, states, i, processed, whole).await
    }

    async fn process(&self, stream: &str, records: Vec<Record>) -> Result<Processed, Stop> {
        let way = Way {
            bridge: &self.bridge,
            call: &self.call,
            connection: &self.connection.id,
            stream,
            mapping: &self.mapping,
            digest: &self.digest,
        };
        Ok(process(&way, records).await?)
    }

    /// Whether somebody asked this run to stop, here or at another replica.
    async fn stopping(&self) -> Result<bool, Stop> {
        if self.cancelled.load(Ordering::Acquire) {
            return Ok(true);
        }
        let db = self.bridge.home.read();
        let (tenant, connection) = (self.call.tenant(), self.connection.id.as_str());
        let row = sync_run::find(db, tenant, connection, &self.run.id).await?;
        // A run whose connection was deleted has nothing to do any more.
        Ok(row.is_none_or(|row| row.cancel_requested != 0))
    }

    /// Saves a batch with its checkpoint: what was taken, what was refused, how far the run is.
    async fn save(
        &mut self,
        instance: &Instance,
        states: &[StreamState],
        i: usize,
        processed: Processed,
        whole: bool,
    ) -> Result<(), Stop> {
        let state = &states[i];
        let (tenant, connection) = (self.call.tenant().clone(), self.connection.id.clone());
        let now = Timestamp::now().as_microsecond();
        let place =
            Place { tenant: tenant.as_str(), connection: &connection, stream: &state.stream };
        let rows = refused_rows(&place, &self.run.id, &processed.refused, now)?;
        let accepted: Vec<String> = processed
            .accepted
            .iter()
            .map(|key| identity::quarantine_id(&connection, &state.stream, key, "", 0).to_string())
            .collect();
        let mut run = self.run.clone();
        let mut details = run.details()?;
        details.streams = states.to_vec();
        run.set_details(&details)?;
        run.revision += 1;
        run.lease_until = now + LEASE_MICROS;
        let write = self.bridge.home.write(&self.call, "", &()).await?;
        let tx = write.tx();
        record_store::save(tx, processed.versions).await?;
        quarantine::save(tx, rows).await?;
        quarantine::remove(tx, &tenant, &connection, &accepted).await?;
        if state.done && whole {
            quarantine::remove_stale(tx, &tenant, (&connection, &state.stream), &run.id).await?;
        }
        checkpoint::save(tx, checkpoint_row(&place, state, now)).await?;
        if let Some(values) = instance.take_changed_state() {
            let mut row = connection::get(tx, &tenant, &connection).await?;
            let mut details = row.details()?;
            details.state = values;
            row.set_details(&details)?;
            connection::save(tx, row).await?;
        }
        sync_run::save(tx, run.clone()).await?;
        write.commit(()).await?;
        self.run = run;
        self.bridge.running.tell();
        Ok(())
    }
}

/// Whose rows.
pub(crate) struct Place<'a> {
    pub(crate) tenant: &'a str,
    pub(crate) connection: &'a str,
    pub(crate) stream: &'a str,
}

/// The quarantine rows of refused records.
pub(crate) fn refused_rows(
    place: &Place<'_>,
    run: &str,
    refused: &[Refused],
    now: i64,
) -> Result<Vec<quarantine::entity::Model>, StoreError> {
    let mut rows: Vec<quarantine::entity::Model> = Vec::with_capacity(refused.len());
    for one in refused {
        let Position { source, line } = &one.record.position;
        let key = &one.record.key;
        let id =
            identity::quarantine_id(place.connection, place.stream, key, source, *line).to_string();
        let details = quarantine::Details {
            position: one.record.position.clone(),
            message: one.message.clone(),
            faults: one.faults.clone(),
            record: (one.step != Step::Read).then(|| one.record.clone()),
            raw: one.raw.clone(),
        };
        // One statement must not meet the same row twice: the later record of a key stands.
        rows.retain(|row| row.id != id);
        rows.push(quarantine::entity::Model {
            tenant: place.tenant.to_owned(),
            connection: place.connection.to_owned(),
            id,
            stream: place.stream.to_owned(),
            record_key: key.clone(),
            step: one.step.as_str().to_owned(),
            reason: one.reason.clone(),
            sync_run: run.to_owned(),
            doc: quarantine::doc(&details)?,
            create_time: now,
        });
    }
    Ok(rows)
}

fn checkpoint_row(place: &Place<'_>, state: &StreamState, now: i64) -> checkpoint::entity::Model {
    checkpoint::entity::Model {
        tenant: place.tenant.to_owned(),
        connection: place.connection.to_owned(),
        stream: place.stream.to_owned(),
        position: hex::encode(&state.cursor),
        update_time: now,
        complete_time: if state.done { now } else { 0 },
    }
}

async fn read(instance: &Instance, state: &StreamState) -> Result<Batch, Stop> {
    let request = ReadRequest {
        stream: state.stream.clone(),
        cursor: state.cursor.clone(),
        max_records: BATCH_RECORDS,
    };
    let mut pause = FIRST_PAUSE;
    for _ in 0..READ_TRIES {
        match instance.read(request.clone()).await {
            Err(error) if error.passing() => tokio::time::sleep(pause).await,
            Err(error) => return Err(stopped(error)),
            Ok(batch) => return Ok(batch),
        }
        pause *= 2;
    }
    instance.read(request).await.map_err(stopped)
}

fn stopped(error: AdapterError) -> Stop {
    if error.cancelled() { Stop::Cancelled } else { Stop::Failed(error.into()) }
}

/// A record that the adapter could not read.
fn unreadable(fault: RecordFault) -> Refused {
    let raw = String::from_utf8_lossy(&fault.raw).into_owned();
    let record = Record {
        key: fault.key,
        version: String::new(),
        tombstone: false,
        fields: Vec::new(),
        position: position(fault.position),
    };
    let (reason, message) = (fault.reason, fault.message);
    Refused { record, step: Step::Read, reason, message, faults: Vec::new(), raw }
}
