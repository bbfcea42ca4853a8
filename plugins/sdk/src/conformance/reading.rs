//! Checks of discover and read.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use prost::Message;

use super::{Recorder, SECRET, Subject, configuration::expect_kind, manifest, open};
use crate::{
    session::Session,
    wire::{Batch, Capability, ErrorKind, LookupRequest, ReadRequest, Stream},
};

/// A stream that needs more batches than this is read no further.
const MAX_BATCHES: usize = 200;

pub(super) fn discover_is_stable(subject: &Subject<'_>) -> Result<(), String> {
    if streams(subject)? == streams(subject)? {
        Ok(())
    } else {
        Err("two instances discover different streams; sort them".to_owned())
    }
}

pub(super) fn streams_are_well_formed(subject: &Subject<'_>) -> Result<(), String> {
    let (streams, mut names) = (streams(subject)?, BTreeSet::new());
    for stream in &streams {
        if stream.name.is_empty() || !names.insert(&stream.name) {
            return Err(format!("stream {:?} is unnamed or named twice", stream.name));
        }
        let missing = stream
            .key_fields
            .iter()
            .find(|key| !stream.fields.iter().any(|field| &field.name == *key));
        if let Some(key) = missing {
            return Err(format!("{}: key field {key:?} is not among the fields", stream.name));
        }
    }
    if streams.is_empty() { Err("no stream; configure at least one".to_owned()) } else { Ok(()) }
}

pub(super) fn records_have_key_and_version(subject: &Subject<'_>) -> Result<(), String> {
    each_stream(subject, |session, services, stream| {
        for batch in batches(session, services, stream, 1_000)? {
            for record in batch.records {
                if record.key.is_empty() || record.version.is_empty() {
                    return Err(format!("{stream}: a record lacks key or version: {record:?}"));
                }
            }
            for fault in batch.faults {
                if fault.reason.is_empty() || fault.message.is_empty() || fault.position.is_none() {
                    return Err(format!("{stream}: a fault lacks reason, message or position"));
                }
            }
        }
        Ok(())
    })
}

pub(super) fn batch_limit_is_kept(subject: &Subject<'_>) -> Result<(), String> {
    each_stream(subject, |session, services, stream| {
        for limit in [1, 7] {
            for batch in batches(session, services, stream, limit)? {
                let size = batch.records.len() + batch.faults.len();
                if size > limit as usize {
                    return Err(format!("{stream}: {size} records though {limit} were asked for"));
                }
            }
        }
        Ok(())
    })
}

pub(super) fn resume_at_every_border(subject: &Subject<'_>) -> Result<(), String> {
    let services = Recorder::default();
    for stream in read_streams(subject)? {
        let whole = seen(&batches(&open(subject, &services)?, &services, &stream, 1_000)?);
        // A fresh instance for every batch is what a killed and restarted bridge does.
        let (mut pieces, mut cursor) = (Vec::new(), Vec::new());
        for _ in 0..MAX_BATCHES {
            let session = open(subject, &services)?;
            let batch = next(&session, &services, &stream, &cursor, 3)?;
            cursor.clone_from(&batch.cursor);
            let end = batch.end;
            pieces.push(batch);
            if end {
                break;
            }
        }
        let pieces = seen(&pieces);
        if !whole.begins_with(&pieces) {
            return Err(format!(
                "{stream}: resumed reading gives other records than reading in one go; put all state into the cursor"
            ));
        }
    }
    Ok(())
}

pub(super) fn end_stays_the_end(subject: &Subject<'_>) -> Result<(), String> {
    each_stream(subject, |session, services, stream| {
        let Some(last) = batches(session, services, stream, 1_000)?.pop() else { return Ok(()) };
        if !last.end {
            return Ok(());
        }
        let after = next(session, services, stream, &last.cursor, 10)?;
        if after.records.is_empty() && after.faults.is_empty() && after.end {
            Ok(())
        } else {
            Err(format!("{stream}: reading after the end gives records though nothing changed"))
        }
    })
}

pub(super) fn unknown_stream_is_refused(subject: &Subject<'_>) -> Result<(), String> {
    let services = Recorder::default();
    if read_streams(subject)?.is_empty() {
        return Ok(());
    }
    let request = ReadRequest {
        stream: "no such stream".to_owned(),
        max_records: 1,
        ..ReadRequest::default()
    };
    match open(subject, &services)?.read(&services, &request) {
        Ok(_) => Err("an unknown stream was read; answer kind NOT_FOUND".to_owned()),
        Err(error) => expect_kind(&error, ErrorKind::NotFound, "unknown stream"),
    }
}

pub(super) fn foreign_cursor_is_refused(subject: &Subject<'_>) -> Result<(), String> {
    each_stream(subject, |session, services, stream| {
        for cursor in [&b"\xff\xfe\x00"[..], b"{}", b"not a cursor of this adapter"] {
            match session.read(services, &read_request(stream, cursor, 1)) {
                Ok(_) => return Err(format!("{stream}: cursor {cursor:02x?} was taken")),
                Err(error) => expect_kind(&error, ErrorKind::Invalid, "foreign cursor")?,
            }
        }
        Ok(())
    })
}

pub(super) fn cancelled_call_ends(subject: &Subject<'_>) -> Result<(), String> {
    ends(subject, Recorder::cancel)
}

pub(super) fn passed_deadline_ends_the_call(subject: &Subject<'_>) -> Result<(), String> {
    ends(subject, Recorder::pass_deadline)
}

fn ends(subject: &Subject<'_>, how: fn(&Recorder)) -> Result<(), String> {
    for stream in read_streams(subject)? {
        let services = Recorder::default();
        let session = open(subject, &services)?;
        how(&services);
        let start = Instant::now();
        let answer = session.read(&services, &read_request(&stream, &[], 1_000));
        if start.elapsed() > Duration::from_secs(1) {
            return Err(format!(
                "{stream}: took {:?}; ask Call::proceed in every loop",
                start.elapsed()
            ));
        }
        match answer {
            Ok(_) => {
                return Err(format!("{stream}: read went on; ask Call::proceed in every loop"));
            }
            Err(error) => expect_kind(&error, ErrorKind::Cancelled, "cancelled read")?,
        }
    }
    Ok(())
}

pub(super) fn calls_from_threads_agree(subject: &Subject<'_>) -> Result<(), String> {
    let threads = manifest(subject)?.max_concurrent_calls.clamp(1, 8);
    each_stream(subject, |session, services, stream| {
        let alone = seen(&batches(session, services, stream, 50)?);
        let together: Vec<_> = std::thread::scope(|scope| {
            let running: Vec<_> = (0..threads)
                .map(|_| {
                    scope.spawn(|| batches(session, services, stream, 50).map(|all| seen(&all)))
                })
                .collect();
            running.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
        });
        for result in together {
            match result {
                Ok(Ok(records)) if records == alone => {}
                Ok(Ok(_)) => {
                    return Err(format!(
                        "{stream}: concurrent reads disagree; lower max_concurrent_calls or lock"
                    ));
                }
                Ok(Err(error)) => return Err(error),
                Err(_) => return Err(format!("{stream}: a reading thread died")),
            }
        }
        Ok(())
    })
}

/// Keys that are looked up.
const LOOKED_UP: usize = 3;

pub(super) fn lookup_finds_what_was_read(subject: &Subject<'_>) -> Result<(), String> {
    if !manifest(subject)?.capabilities.contains(&Capability::Lookup.into()) {
        return Ok(());
    }
    each_stream(subject, |session, services, stream| {
        let read = batches(session, services, stream, 1_000)?;
        if !read.last().is_some_and(|batch| batch.end) {
            return Ok(());
        }
        // Of a key that came more than once the last record holds.
        let mut last = BTreeMap::new();
        for record in read.into_iter().flat_map(|batch| batch.records) {
            last.insert(record.key.clone(), record);
        }
        last.retain(|_, record| !record.tombstone);
        let mut keys: Vec<String> = last.keys().take(LOOKED_UP).cloned().collect();
        keys.reverse();
        keys.insert(keys.len() / 2, "no such key".to_owned());
        let request = LookupRequest { stream: stream.to_owned(), keys: keys.clone() };
        let answer = session.lookup(services, &request);
        let found = answer.map_err(|error| format!("{stream}: lookup failed: {error}"))?.records;
        let found: Vec<_> = found.iter().map(|record| (&record.key, &record.version)).collect();
        let expected: Vec<_> = keys.iter().filter_map(|key| last.get(key)).collect();
        let expected: Vec<_> =
            expected.iter().map(|record| (&record.key, &record.version)).collect();
        if found == expected {
            Ok(())
        } else {
            Err(format!(
                "{stream}: lookup gives {found:?}, not {expected:?}; answer in the order of the keys, unknown ones left out"
            ))
        }
    })
}

pub(super) fn secrets_turn_up_nowhere(subject: &Subject<'_>) -> Result<(), String> {
    let leaks =
        |bytes: &[u8]| bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
    each_stream(subject, |session, services, stream| {
        for batch in batches(session, services, stream, 1_000)? {
            if leaks(&batch.encode_to_vec()) {
                return Err(format!("{stream}: a secret stands in a record"));
            }
        }
        if leaks(&services.said()) {
            Err("a secret stands in a log line".to_owned())
        } else {
            Ok(())
        }
    })
}

fn streams(subject: &Subject<'_>) -> Result<Vec<Stream>, String> {
    let services = Recorder::default();
    let answer = open(subject, &services)?.discover(&services);
    Ok(answer.map_err(|error| format!("discover failed: {error}"))?.streams)
}

/// The names of the streams, none for an adapter that does not read.
fn read_streams(subject: &Subject<'_>) -> Result<Vec<String>, String> {
    if !manifest(subject)?.capabilities.contains(&Capability::Read.into()) {
        return Ok(Vec::new());
    }
    Ok(streams(subject)?.into_iter().map(|stream| stream.name).collect())
}

fn each_stream(
    subject: &Subject<'_>,
    check: impl Fn(&Session, &Recorder, &str) -> Result<(), String>,
) -> Result<(), String> {
    let services = Recorder::default();
    let session = open(subject, &services)?;
    read_streams(subject)?.iter().try_for_each(|stream| check(&session, &services, stream))
}

fn read_request(stream: &str, cursor: &[u8], max_records: u32) -> ReadRequest {
    ReadRequest { stream: stream.to_owned(), cursor: cursor.to_owned(), max_records }
}

fn next(
    session: &Session,
    services: &Recorder,
    stream: &str,
    cursor: &[u8],
    limit: u32,
) -> Result<Batch, String> {
    session
        .read(services, &read_request(stream, cursor, limit))
        .map_err(|error| format!("{stream}: read failed: {error}"))
}

fn batches(
    session: &Session,
    services: &Recorder,
    stream: &str,
    limit: u32,
) -> Result<Vec<Batch>, String> {
    let (mut all, mut cursor) = (Vec::new(), Vec::new());
    for _ in 0..MAX_BATCHES {
        let batch = next(session, services, stream, &cursor, limit)?;
        cursor.clone_from(&batch.cursor);
        let end = batch.end;
        all.push(batch);
        if end {
            break;
        }
    }
    Ok(all)
}

/// What was read, without the borders of the batches.
#[derive(PartialEq)]
struct Seen {
    /// Key and version of each record.
    records: Vec<String>,
    /// Position of each fault.
    faults: Vec<String>,
}

impl Seen {
    /// Whether `self` begins with what `part` holds.
    fn begins_with(&self, part: &Self) -> bool {
        self.records.starts_with(&part.records) && self.faults.starts_with(&part.faults)
    }
}

fn seen(batches: &[Batch]) -> Seen {
    let records = batches.iter().flat_map(|batch| &batch.records);
    let faults = batches.iter().flat_map(|batch| &batch.faults);
    Seen {
        records: records.map(|record| format!("{} {}", record.key, record.version)).collect(),
        faults: faults.map(|fault| format!("{:?}", fault.position)).collect(),
    }
}
