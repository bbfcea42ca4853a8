//! The verbs over one configured folder.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use aftercare_plugin::{
    Adapter, Call, Error, Result,
    wire::{
        Batch, Capability, CheckResponse, ConfigureRequest, ConfigureResponse, DiscoverResponse,
        ErrorKind, LookupRequest, LookupResponse, Manifest, ReadRequest,
    },
};

use crate::{
    cursor::Cursor,
    index::Indexes,
    reader::{BATCH, Reader},
    settings::Settings,
    source::{Folder, Source},
};

/// A folder of files, one stream each.
pub struct CsvAdapter {
    folder: Folder,
    // Readers that stand where the last batch of their stream ended, so that going on costs nothing.
    waiting: Mutex<HashMap<String, Reader>>,
    indexes: Indexes,
}

impl Adapter for CsvAdapter {
    fn manifest() -> Manifest {
        Manifest {
            name: "csv".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            title: "CSV, TSV and JSONL files in a folder".to_owned(),
            description:
                "Reads every file of a folder as a stream: comma, tab or other separators, \
                          UTF-8 or GB18030, one JSON object a line."
                    .to_owned(),
            vendor: "Aftercare".to_owned(),
            license: "Apache-2.0".to_owned(),
            capabilities: vec![Capability::Read.into(), Capability::Lookup.into()],
            configuration_schema: include_str!("configuration.schema.json").to_owned(),
            secrets: Vec::new(),
            max_concurrent_calls: 8,
            max_batch_records: BATCH,
            default_mapping: include_str!("mapping.toml").to_owned(),
        }
    }

    fn configure(_call: &Call<'_>, request: ConfigureRequest) -> Result<(Self, ConfigureResponse)> {
        let settings = Settings::parse(&request.configuration)?;
        let adapter = Self {
            folder: Folder::new(settings),
            waiting: Mutex::default(),
            indexes: Indexes::default(),
        };
        Ok((adapter, ConfigureResponse::default()))
    }

    fn check(&self, _call: &Call<'_>) -> Result<CheckResponse> {
        let files = self.folder.files()?.len();
        Ok(CheckResponse { system: format!("folder with {files} files") })
    }

    fn discover(&self, call: &Call<'_>) -> Result<DiscoverResponse> {
        let mut streams = Vec::new();
        for file in self.folder.files()? {
            call.proceed()?;
            streams.push(file.stream()?);
        }
        Ok(DiscoverResponse { streams })
    }

    fn read(&self, call: &Call<'_>, request: ReadRequest) -> Result<Batch> {
        call.proceed()?;
        let cursor = Cursor::parse(&request.cursor)?;
        let mut reader = self.reader(call, &request.stream, cursor)?;
        let batch = reader.batch(call, request.max_records)?;
        self.lock().insert(request.stream, reader);
        Ok(batch)
    }

    fn lookup(&self, call: &Call<'_>, request: LookupRequest) -> Result<LookupResponse> {
        if request.keys.len() > MAX_KEYS {
            let message = format!("at most {MAX_KEYS} keys in one lookup");
            return Err(Error::new(ErrorKind::Invalid, "TOO_MANY_KEYS", message));
        }
        let records = self.indexes.find(call, &self.file(&request.stream)?, &request.keys)?;
        Ok(LookupResponse { records })
    }
}

/// Keys of one lookup.
const MAX_KEYS: usize = 100;

impl CsvAdapter {
    /// The reader that waits at the cursor, or a fresh one that is brought there.
    fn reader(&self, call: &Call<'_>, stream: &str, cursor: Option<Cursor>) -> Result<Reader> {
        let waiting = self.lock().remove(stream);
        if let (Some(reader), Some(cursor)) = (waiting, &cursor)
            && reader.cursor() == *cursor
        {
            return Ok(reader);
        }
        Reader::open(call, self.file(stream)?, cursor)
    }

    /// The file of a stream.
    fn file(&self, stream: &str) -> Result<Source> {
        let files = self.folder.files()?;
        files.into_iter().find(|file| file.name == stream).ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                "STREAM_NOT_FOUND",
                format!("no file for stream {stream:?}"),
            )
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Reader>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
