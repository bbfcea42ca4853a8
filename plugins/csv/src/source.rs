//! The files of a folder as streams.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use aftercare_plugin::{
    Error, Result,
    wire::{ErrorKind, FieldSchema, FieldType, Stream},
};
use encoding_rs::Encoding;

use crate::{
    encoding::{self, Choice},
    json, row,
    settings::{Settings, StreamSettings},
    splitter,
};

/// Only folders below this one may be read, where the operator sets it.
const ROOT_VARIABLE: &str = "CSV_ADAPTER_ROOT";
/// Enough to tell the encoding.
const HEAD_BYTES: u64 = 64 << 10;
/// Larger files are not counted.
const COUNTED_BYTES: u64 = 64 << 20;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// A configured folder.
pub(crate) struct Folder {
    settings: Settings,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Separated values with a header line.
    Separated(u8),
    /// One JSON object a line.
    JsonLines,
}

/// One file, opened when it is read.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) path: PathBuf,
    pub(crate) format: Format,
    pub(crate) empty_is_null: bool,
    choice: Choice,
    settings: StreamSettings,
}

/// What stands before the first record of a file.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    pub(crate) encoding: &'static Encoding,
    /// Field names in the order of the columns; of a JSONL file those of its first good line.
    pub(crate) names: Vec<String>,
    /// Indexes or names of the key.
    pub(crate) key: Vec<String>,
    /// Bytes and lines before the first record.
    pub(crate) offset: u64,
    pub(crate) lines: u64,
}

impl Folder {
    pub(crate) fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// The readable files by name.
    pub(crate) fn files(&self) -> Result<Vec<Source>> {
        let folder = self.path()?;
        let entries = fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))?;
        let mut files = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(&folder, &error))?;
            files.extend(self.source(&entry.path()));
        }
        files.sort_by(|a, b| a.name.cmp(&b.name).then(a.file.cmp(&b.file)));
        if let Some(twice) = files.windows(2).find(|pair| pair[0].name == pair[1].name) {
            let message = format!("{} and {} would be one stream", twice[0].file, twice[1].file);
            return Err(Error::new(ErrorKind::Invalid, "STREAM_AMBIGUOUS", message));
        }
        if let Some(missing) =
            self.settings.streams.keys().find(|name| !files.iter().any(|file| file.name == **name))
        {
            let message = format!("no file of stream {missing:?} in the folder");
            return Err(Error::new(ErrorKind::NotFound, "STREAM_NOT_FOUND", message));
        }
        Ok(files)
    }

    fn path(&self) -> Result<PathBuf> {
        let folder = &self.settings.folder;
        let real = folder.canonicalize().map_err(|error| unreadable(folder, &error))?;
        if let Some(root) = std::env::var_os(ROOT_VARIABLE) {
            let inside = Path::new(&root).canonicalize().is_ok_and(|root| real.starts_with(root));
            if !inside {
                let message = format!("the operator allows folders below {ROOT_VARIABLE} only");
                return Err(Error::new(ErrorKind::Auth, "FOLDER_FORBIDDEN", message));
            }
        }
        Ok(real)
    }

    fn source(&self, path: &Path) -> Option<Source> {
        let (name, file) = (path.file_stem()?.to_str()?, path.file_name()?.to_str()?);
        let settings = self.settings.streams.get(name).cloned().unwrap_or_default();
        let defaults = &self.settings.defaults;
        let delimiter = settings.delimiter.or(defaults.delimiter);
        let format = match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" | "txt" => Format::Separated(delimiter.unwrap_or(b',')),
            "tsv" | "tab" => Format::Separated(settings.delimiter.unwrap_or(b'\t')),
            "jsonl" | "ndjson" => Format::JsonLines,
            _ => return None,
        };
        // A link out of the folder would read what the folder's owner may not see.
        let plain = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file());
        plain.then(|| Source {
            name: name.to_owned(),
            file: file.to_owned(),
            path: path.to_owned(),
            format,
            empty_is_null: self.settings.empty_is_null,
            choice: settings.encoding.or(defaults.encoding).unwrap_or(Choice::Auto),
            settings,
        })
    }
}

impl Source {
    pub(crate) fn open(&self) -> Result<BufReader<File>> {
        let file = File::open(&self.path).map_err(|error| unreadable(&self.path, &error))?;
        Ok(BufReader::with_capacity(1 << 16, file))
    }

    /// The separator, none for JSONL.
    pub(crate) fn delimiter(&self) -> Option<u8> {
        match self.format {
            Format::Separated(delimiter) => Some(delimiter),
            Format::JsonLines => None,
        }
    }

    /// What `discover` says about it.
    pub(crate) fn stream(&self) -> Result<Stream> {
        let header = self.header()?;
        let field = |name: &String| FieldSchema {
            name: name.clone(),
            r#type: match self.format {
                Format::Separated(_) => FieldType::Text.into(),
                Format::JsonLines => FieldType::Unspecified.into(),
            },
            nullable: !header.key.contains(name),
        };
        Ok(Stream {
            name: self.name.clone(),
            fields: header.names.iter().map(field).collect(),
            key_fields: header.key.clone(),
            incremental: true,
            tombstones: false,
            estimated_records: self.lines()?.saturating_sub(header.lines),
        })
    }

    /// Reads encoding and header.
    pub(crate) fn header(&self) -> Result<Header> {
        let mut file = self.open()?;
        let mut head = Vec::new();
        let read = file.by_ref().take(HEAD_BYTES).read_to_end(&mut head);
        read.map_err(|error| unreadable(&self.path, &error))?;
        let bom = if head.starts_with(BOM) { BOM.len() } else { 0 };
        let encoding = if bom > 0 { encoding_rs::UTF_8 } else { self.choice.settle(&head) };
        let mut rest = std::io::Cursor::new(&head[bom..]);
        let (names, offset, lines) = match self.format {
            Format::JsonLines => (json::first_names(&head[bom..], encoding), 0, 0),
            Format::Separated(delimiter) => {
                let piece = splitter::next(&mut rest, Some(delimiter), |_| {})
                    .map_err(|error| unreadable(&self.path, &error))?
                    .filter(|piece| piece.fault.is_none())
                    .ok_or_else(|| self.header_fault("has no readable header line"))?;
                let cells = row::cells(&piece.bytes, delimiter, encoding)
                    .map_err(|_| self.header_fault("has a header in another encoding"))?;
                (self.renamed(&cells)?, piece.bytes.len() as u64, piece.lines)
            }
        };
        let key = self.key(&names)?;
        Ok(Header { encoding, names, key, offset: offset + bom as u64, lines })
    }

    fn renamed(&self, cells: &[String]) -> Result<Vec<String>> {
        let columns = &self.settings.columns;
        let name =
            |cell: &String| columns.get(cell.trim()).cloned().unwrap_or(cell.trim().to_owned());
        let names: Vec<_> = cells.iter().map(name).collect();
        for (i, name) in names.iter().enumerate() {
            if name.is_empty() {
                return Err(self.header_fault(&format!("has no name for column {}", i + 1)));
            }
            if names[..i].contains(name) {
                return Err(self.header_fault(&format!("has two columns {name:?}")));
            }
        }
        Ok(names)
    }

    fn key(&self, names: &[String]) -> Result<Vec<String>> {
        if self.settings.key.is_empty() {
            // Exports of detail lines carry their compound key in a column of its own.
            let named = names.iter().find(|name| *name == "key" || name.ends_with("_key"));
            return Ok(named.or(names.first()).cloned().into_iter().collect());
        }
        if let Some(missing) = self.settings.key.iter().find(|name| !names.contains(name))
            && self.delimiter().is_some()
        {
            return Err(self.header_fault(&format!("has no column {missing:?} for the key")));
        }
        Ok(self.settings.key.clone())
    }

    fn header_fault(&self, what: &str) -> Error {
        Error::new(ErrorKind::Invalid, "HEADER_BROKEN", format!("{} {what}", self.file))
    }

    /// Lines of the file; 0 for a very large one.
    fn lines(&self) -> Result<u64> {
        let size = fs::metadata(&self.path).map_or(0, |metadata| metadata.len());
        if size > COUNTED_BYTES {
            return Ok(0);
        }
        let (mut file, mut lines, mut ended) = (self.open()?, 0, true);
        loop {
            let buffer = file.fill_buf().map_err(|error| unreadable(&self.path, &error))?;
            let (read, Some(last)) = (buffer.len(), buffer.last()) else { break };
            ended = *last == b'\n';
            lines += buffer.iter().filter(|byte| **byte == b'\n').count() as u64;
            file.consume(read);
        }
        Ok(lines + u64::from(!ended))
    }
}

/// The decoded text, for a person, whatever the bytes.
pub(crate) fn readable(bytes: &[u8], encoding: &'static Encoding) -> String {
    encoding::decode(bytes, encoding).unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned())
}

pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    let name =
        path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy());
    let kind = match error.kind() {
        std::io::ErrorKind::NotFound => ErrorKind::NotFound,
        std::io::ErrorKind::PermissionDenied => ErrorKind::Auth,
        _ => ErrorKind::Unavailable,
    };
    Error::new(kind, "FILE_UNREADABLE", format!("{name}: {error}"))
}
