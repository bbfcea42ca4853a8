//! Reads one file batch by batch from a cursor.

use std::{
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
};

use aftercare_plugin::{
    Call, Result,
    wire::{Batch, Field, LogLevel, Record, RecordFault, SourcePosition, value::Kind},
};
use sha2::{Digest, Sha256};

use crate::{
    cursor::Cursor,
    json, row,
    source::{Format, Header, Source, readable, unreadable},
    splitter,
};

/// Records that are read at a time.
pub(crate) const BATCH: u32 = 1_000;
/// How much of a broken record is kept.
const RAW_BYTES: usize = 4_096;
/// Between two looks at cancellation.
const CHECK_EVERY: u64 = 100;

/// Why a record could not be read.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) reason: &'static str,
    pub(crate) message: String,
}

impl Broken {
    pub(crate) fn new(reason: &'static str, message: String) -> Self {
        Self { reason, message }
    }
}

/// An open file that stands between two records.
pub(crate) struct Reader {
    source: Source,
    header: Header,
    file: BufReader<File>,
    offset: u64,
    line: u64,
    read: Sha256,
}

impl Reader {
    /// Opens the file at the cursor. A file that is no longer what was read before it is read from its beginning.
    pub(crate) fn open(call: &Call<'_>, source: Source, cursor: Option<Cursor>) -> Result<Self> {
        let header = source.header()?;
        let file = source.open()?;
        let mut reader = Self { source, header, file, offset: 0, line: 1, read: Sha256::new() };
        if let Some(cursor) = cursor
            && cursor.offset > 0
        {
            if reader.skip(call, cursor.offset)?
                && hex::encode(reader.read.clone().finalize()) == cursor.prefix
            {
                reader.line = cursor.line;
                return Ok(reader);
            }
            call.log(
                LogLevel::Warn,
                "the file was replaced since the last run; reading it from its beginning",
                Vec::new(),
            );
            reader.file = reader.source.open()?;
            reader.read = Sha256::new();
        }
        let (offset, lines) = (reader.header.offset, reader.header.lines);
        reader.offset = 0;
        reader.skip(call, offset)?;
        reader.line = lines + 1;
        Ok(reader)
    }

    /// Where it stands.
    pub(crate) fn cursor(&self) -> Cursor {
        Cursor::new(self.offset, self.line, hex::encode(self.read.clone().finalize()))
    }

    /// At most `limit` records and faults.
    pub(crate) fn batch(&mut self, call: &Call<'_>, limit: u32) -> Result<Batch> {
        let mut batch = Batch::default();
        while batch.records.len() + batch.faults.len() < limit.clamp(1, 1_000) as usize {
            if self.line.is_multiple_of(CHECK_EVERY) {
                call.proceed()?;
            }
            let digest = &mut self.read;
            let piece = splitter::next(&mut self.file, self.source.delimiter(), |bytes| {
                digest.update(bytes)
            })
            .map_err(|error| unreadable(&self.source.path, &error))?;
            let Some(piece) = piece else {
                batch.end = true;
                break;
            };
            let position = SourcePosition {
                source: self.source.file.clone(),
                line: self.line,
                offset: self.offset,
            };
            self.offset += piece.length;
            self.line += piece.lines;
            if piece.bytes.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match self.record(&piece) {
                Ok(record) => batch.records.push(Record { position: Some(position), ..record }),
                Err(broken) => batch.faults.push(self.fault(&piece.bytes, position, broken)),
            }
        }
        batch.cursor = self.cursor().to_bytes();
        Ok(batch)
    }

    /// The record that stands there; none if nothing that can be read does. From then on it is no reader for batches: what
    /// it passed over is not in its cursor.
    pub(crate) fn record_at(
        &mut self,
        call: &Call<'_>,
        offset: u64,
        line: u64,
    ) -> Result<Option<Record>> {
        let sought = self.file.seek(SeekFrom::Start(offset));
        sought.map_err(|error| unreadable(&self.source.path, &error))?;
        (self.offset, self.line) = (offset, line);
        Ok(self.batch(call, 1)?.records.pop())
    }

    fn record(&self, piece: &splitter::Piece) -> std::result::Result<Record, Broken> {
        if let Some(fault) = piece.fault {
            return Err(Broken::new(fault.reason(), fault.message().to_owned()));
        }
        let fields = match self.source.format {
            Format::Separated(delimiter) => {
                let cells = row::cells(&piece.bytes, delimiter, self.header.encoding)?;
                row::fields(cells, &self.header.names, self.source.empty_is_null)?
            }
            Format::JsonLines => json::fields(&piece.bytes, self.header.encoding)?,
        };
        let key = row::key(&fields, &self.header.key)?;
        Ok(Record { key, version: version(&fields), fields, ..Record::default() })
    }

    fn fault(&self, bytes: &[u8], position: SourcePosition, broken: Broken) -> RecordFault {
        let raw = readable(&bytes[..bytes.len().min(RAW_BYTES)], self.header.encoding).into_bytes();
        RecordFault {
            position: Some(position),
            reason: broken.reason.to_owned(),
            message: broken.message,
            raw: raw[..raw.len().min(RAW_BYTES)].to_vec(),
            key: String::new(),
        }
    }

    /// Reads past `bytes`, digesting them; false when the file is shorter.
    fn skip(&mut self, call: &Call<'_>, bytes: u64) -> Result<bool> {
        let mut buffer = vec![0; 1 << 16];
        let mut left = bytes;
        while left > 0 {
            call.proceed()?;
            let want = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            let read = self
                .file
                .read(&mut buffer[..want])
                .map_err(|error| unreadable(&self.source.path, &error))?;
            if read == 0 {
                return Ok(false);
            }
            self.read.update(&buffer[..read]);
            self.offset += read as u64;
            left -= read as u64;
        }
        Ok(true)
    }
}

/// A digest of names and values: the same exactly while the content is the same.
fn version(fields: &[Field]) -> String {
    let mut digest = Sha256::new();
    for field in fields {
        digest.update((field.name.len() as u64).to_le_bytes());
        digest.update(&field.name);
        let value = match field.value.as_ref().and_then(|value| value.kind.as_ref()) {
            None => "null".to_owned(),
            Some(Kind::Text(text)) => format!("text {text}"),
            Some(other) => format!("{other:?}"),
        };
        digest.update((value.len() as u64).to_le_bytes());
        digest.update(value);
    }
    hex::encode(&digest.finalize()[..16])
}
