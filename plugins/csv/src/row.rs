//! One line of separated values as a record.

use aftercare_plugin::{
    field, null, text,
    wire::{Field, Value},
};
use encoding_rs::Encoding;

use crate::{encoding, reader::Broken};

/// The cells of a line, decoded.
pub(crate) fn cells(
    bytes: &[u8],
    delimiter: u8,
    encoding: &'static Encoding,
) -> Result<Vec<String>, Broken> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(bytes);
    let mut record = csv::ByteRecord::new();
    reader
        .read_byte_record(&mut record)
        .map_err(|error| Broken::new("ROW_UNREADABLE", error.to_string()))?;
    record
        .iter()
        .enumerate()
        .map(|(i, cell)| {
            encoding::decode(cell, encoding).filter(|cell| !cell.contains('\0')).ok_or_else(|| {
                let message = format!("column {} is no {} text", i + 1, encoding.name());
                Broken::new("BAD_ENCODING", message)
            })
        })
        .collect()
}

/// The fields of a line under the header's names.
pub(crate) fn fields(
    cells: Vec<String>,
    names: &[String],
    empty_is_null: bool,
) -> Result<Vec<Field>, Broken> {
    if cells.len() != names.len() {
        let message = format!("{} columns where the header has {}", cells.len(), names.len());
        return Err(Broken::new("COLUMN_COUNT", message));
    }
    let value = |cell: String| if cell.is_empty() && empty_is_null { null() } else { text(cell) };
    Ok(names.iter().zip(cells).map(|(name, cell)| field(name, value(cell))).collect())
}

/// The external key: the key fields' values joined by '/'.
pub(crate) fn key(fields: &[Field], names: &[String]) -> Result<String, Broken> {
    let mut key = String::new();
    for name in names {
        let value =
            fields.iter().find(|field| &field.name == name).and_then(|field| field.value.as_ref());
        let part = value.and_then(key_text).filter(|part| !part.is_empty());
        let part =
            part.ok_or_else(|| Broken::new("KEY_EMPTY", format!("key field {name:?} is empty")))?;
        if !key.is_empty() {
            key.push('/');
        }
        key.push_str(&part);
    }
    if key.is_empty() {
        Err(Broken::new("KEY_EMPTY", "there is no key field".to_owned()))
    } else {
        Ok(key)
    }
}

fn key_text(value: &Value) -> Option<String> {
    use aftercare_plugin::wire::value::Kind;
    match value.kind.as_ref()? {
        Kind::Text(text) => Some(text.trim().to_owned()),
        Kind::Integer(number) => Some(number.to_string()),
        Kind::Decimal(decimal) => Some(decimal.value.clone()),
        Kind::Boolean(_)
        | Kind::Date(_)
        | Kind::Timestamp(_)
        | Kind::Blob(_)
        | Kind::List(_)
        | Kind::Record(_) => None,
    }
}
