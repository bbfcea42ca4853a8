//! Where the records of a file stand by key, so that a lookup does not read the file through.
//!
//! An index is of one version of a file and is made by the first lookup that sees it. It keeps a hash and a place of each
//! record, 24 bytes, and no content: what a lookup answers is read from the file.

use std::{
    collections::HashMap,
    fs,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, PoisonError, TryLockError},
    time::{Duration, SystemTime},
};

use aftercare_plugin::{
    Call, Result,
    wire::{MeasurementKind, Record},
};

use crate::{
    reader::{BATCH, Reader},
    source::{Source, unreadable},
};

/// Records that all indexes together hold at most: 48 MiB. A file of more is read through.
const MOST_RECORDS: usize = 2 << 20;
/// A file that was written so short before could be written again within one tick of its clock: its index is not kept.
const SETTLED: Duration = Duration::from_secs(2);

/// What tells one version of a file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version {
    size: u64,
    modified: SystemTime,
    file: u64,
}

impl Version {
    fn of(source: &Source) -> Result<Self> {
        let read = || -> std::io::Result<Self> {
            let metadata = fs::symlink_metadata(&source.path)?;
            #[cfg(unix)]
            let file = std::os::unix::fs::MetadataExt::ino(&metadata);
            #[cfg(not(unix))]
            let file = 0;
            Ok(Self { size: metadata.len(), modified: metadata.modified()?, file })
        };
        read().map_err(|error| unreadable(&source.path, &error))
    }

    fn is_settled(self, now: SystemTime) -> bool {
        now.duration_since(self.modified).is_ok_and(|age| age > SETTLED)
    }
}

/// A record's place: hash of its key, offset, line.
type Place = (u64, u64, u64);

/// The places of one version of a file, by hash; of a key that stands there more than once the last one.
struct Index {
    version: Version,
    places: Vec<Place>,
}

/// A stream's index, made by one lookup while the others of the stream wait for it.
type Slot = Arc<Mutex<Option<Arc<Index>>>>;

/// The indexes of a folder's files.
#[derive(Default)]
pub(crate) struct Indexes {
    hasher: RandomState,
    slots: Mutex<HashMap<String, Slot>>,
}

impl Indexes {
    /// The records of the keys that there are, in their order; of a key that stands there more than once the last line holds,
    /// as in a sync.
    pub(crate) fn find(
        &self,
        call: &Call<'_>,
        source: &Source,
        keys: &[String],
    ) -> Result<Vec<Record>> {
        if let Some(index) = self.of(call, source)?
            && let Some(records) = self.read(call, (source, &index), keys)?
            && Version::of(source)? == index.version
        {
            return Ok(records);
        }
        // Too large, or it changed while it was read.
        through(call, source, keys)
    }

    /// The index of the file as it is now; none if it is too large for one.
    fn of(&self, call: &Call<'_>, source: &Source) -> Result<Option<Arc<Index>>> {
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry(source.name.clone()).or_default())
        };
        let mut slot = loop {
            match slot.try_lock() {
                Ok(slot) => break slot,
                Err(TryLockError::Poisoned(poisoned)) => break poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => {
                    call.proceed()?;
                    std::thread::sleep(Duration::from_millis(2));
                }
            }
        };
        let version = Version::of(source)?;
        if let Some(index) = slot.as_ref().filter(|index| index.version == version) {
            return Ok(Some(Arc::clone(index)));
        }
        *slot = None;
        let began = SystemTime::now();
        let Some(places) = self.places(call, source)? else { return Ok(None) };
        let index = Arc::new(Index { version, places });
        if version.is_settled(began) {
            self.make_room(source, index.places.len());
            *slot = Some(Arc::clone(&index));
        }
        Ok(Some(index))
    }

    /// Reads the file through; none if it has too many records.
    fn places(&self, call: &Call<'_>, source: &Source) -> Result<Option<Vec<Place>>> {
        let mut reader = Reader::open(call, source.clone(), None)?;
        let mut places: Vec<Place> = Vec::new();
        loop {
            call.proceed()?;
            let batch = reader.batch(call, BATCH)?;
            for record in batch.records {
                let Some(position) = record.position else { continue };
                places.push((self.hasher.hash_one(&record.key), position.offset, position.line));
            }
            if places.len() > MOST_RECORDS {
                return Ok(None);
            }
            if batch.end {
                break;
            }
        }
        scanned(call, places.len());
        // The last of equal hashes is the last line of its key, and is the one that stays.
        places.sort_unstable_by_key(|(hash, offset, _)| (*hash, std::cmp::Reverse(*offset)));
        places.dedup_by_key(|place| place.0);
        places.shrink_to_fit();
        Ok(Some(places))
    }

    /// Drops indexes of other streams until there is room for one of so many records; one that is being made is not counted,
    /// it makes room itself when it is done.
    fn make_room(&self, source: &Source, records: usize) {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let others = slots.iter().filter(|(name, _)| **name != source.name);
        let mut held = 0;
        for (_, slot) in others {
            let Ok(mut slot) = slot.try_lock() else { continue };
            let size = slot.as_ref().map_or(0, |index| index.places.len());
            if held + size + records > MOST_RECORDS {
                *slot = None;
            } else {
                held += size;
            }
        }
    }

    /// The records at their places; none if one of them is not of the key that was looked for.
    fn read(
        &self,
        call: &Call<'_>,
        (source, index): (&Source, &Index),
        keys: &[String],
    ) -> Result<Option<Vec<Record>>> {
        let mut reader = Reader::open(call, source.clone(), None)?;
        let mut records = Vec::with_capacity(keys.len());
        for key in keys {
            call.proceed()?;
            let hash = self.hasher.hash_one(key);
            let Ok(at) = index.places.binary_search_by_key(&hash, |place| place.0) else {
                continue;
            };
            let Some((_, offset, line)) = index.places.get(at) else { continue };
            match reader.record_at(call, *offset, *line)? {
                Some(record) if record.key == *key => records.push(record),
                _ => return Ok(None),
            }
        }
        Ok(Some(records))
    }
}

/// Reads the file through for a lookup.
fn through(call: &Call<'_>, source: &Source, keys: &[String]) -> Result<Vec<Record>> {
    let mut reader = Reader::open(call, source.clone(), None)?;
    let mut found: HashMap<String, Record> = HashMap::new();
    let mut read = 0;
    loop {
        call.proceed()?;
        let batch = reader.batch(call, BATCH)?;
        read += batch.records.len();
        let wanted = |record: &Record| keys.contains(&record.key);
        for record in batch.records.into_iter().filter(wanted) {
            found.insert(record.key.clone(), record);
        }
        if batch.end {
            break;
        }
    }
    scanned(call, read);
    Ok(keys.iter().filter_map(|key| found.remove(key)).collect())
}

/// Tells how many records a lookup read through.
#[expect(clippy::cast_precision_loss, reason = "a count of records is far below 2^53")]
fn scanned(call: &Call<'_>, records: usize) {
    call.metric("csv.lookup.scanned", MeasurementKind::Counter, records as f64, "{record}");
}
