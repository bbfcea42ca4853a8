//! Where a batch ended in a file.

use aftercare_plugin::{Error, Result, wire::ErrorKind};
use serde::{Deserialize, Serialize};

/// The place after the last record of a batch, and a digest of everything before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cursor {
    /// Version of this form; later versions keep reading it.
    v: u8,
    /// Bytes read.
    pub(crate) offset: u64,
    /// The line that follows, from 1.
    pub(crate) line: u64,
    /// SHA-256 of the bytes read, hexadecimal: tells an appended file from a replaced one.
    pub(crate) prefix: String,
}

impl Cursor {
    pub(crate) fn new(offset: u64, line: u64, prefix: String) -> Self {
        Self { v: 1, offset, line, prefix }
    }

    /// The cursor of a ReadRequest; none at the beginning.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Option<Self>> {
        if bytes.is_empty() {
            return Ok(None);
        }
        match serde_json::from_slice::<Self>(bytes) {
            Ok(cursor) if cursor.v == 1 => Ok(Some(cursor)),
            _ => Err(Error::new(
                ErrorKind::Invalid,
                "CURSOR_FOREIGN",
                "this is no cursor of the csv adapter",
            )),
        }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        // A struct of numbers and text always serialises.
        serde_json::to_vec(self).unwrap_or_default()
    }
}
