//! External records as adapters give them.

use std::borrow::Cow;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// One value of an external record. Absent (`Null`) differs from empty text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// The system gave an explicit null.
    Null,
    /// Text, possibly empty.
    Text(String),
    /// Yes or no.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with decimals, its digits as given.
    Decimal(String),
    /// A civil date.
    Date(Date),
    /// An instant.
    Instant(Timestamp),
    /// Raw bytes.
    Blob(Vec<u8>),
    /// Several values.
    List(Vec<Value>),
    /// A nested record.
    Record(Vec<(String, Value)>),
}

impl Value {
    /// The value as text, if it is one value and not blank.
    #[must_use]
    pub fn as_text(&self) -> Option<Cow<'_, str>> {
        let text: Cow<'_, str> = match self {
            Self::Text(text) => text.trim().into(),
            Self::Boolean(value) => value.to_string().into(),
            Self::Integer(number) => number.to_string().into(),
            Self::Decimal(digits) => digits.as_str().into(),
            Self::Date(date) => date.to_string().into(),
            Self::Instant(instant) => instant.to_string().into(),
            Self::Null | Self::Blob(_) | Self::List(_) | Self::Record(_) => return None,
        };
        (!text.is_empty()).then_some(text)
    }
}

/// Where a record stands in its source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// File name, table or URL path.
    pub source: String,
    /// Line of a text file, from 1; 0 when there are no lines.
    pub line: u64,
}

/// One external record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// External key, unique in its stream.
    pub key: String,
    /// Changes exactly when the content changes.
    pub version: String,
    /// Whether the record was deleted.
    pub tombstone: bool,
    /// Fields in the order of the system.
    pub fields: Vec<(String, Value)>,
    /// Where it stands.
    pub position: Position,
}

impl Record {
    /// The value at a path: a field name, or names of nested records with dots between.
    #[must_use]
    pub fn value(&self, path: &str) -> Option<&Value> {
        find(&self.fields, path)
    }

    /// The text at a path; none when it is absent, null or blank.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<Cow<'_, str>> {
        self.value(path)?.as_text()
    }
}

fn find<'a>(fields: &'a [(String, Value)], path: &str) -> Option<&'a Value> {
    // A system's own names may hold dots, so the whole path is tried before its parts.
    if let Some((_, value)) = fields.iter().find(|(name, _)| name == path) {
        return Some(value);
    }
    path.match_indices('.').find_map(|(dot, _)| {
        let (head, tail) = (&path[..dot], &path[dot + 1..]);
        match fields.iter().find(|(name, _)| name == head) {
            Some((_, Value::Record(inner))) => find(inner, tail),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_finds_names_with_dots_and_nested_records() {
        let inner = Value::Record(vec![("city".to_owned(), Value::Text(" 杭州 ".to_owned()))]);
        let record = Record {
            key: "1".to_owned(),
            version: "1".to_owned(),
            tombstone: false,
            fields: vec![("a.b".to_owned(), Value::Integer(7)), ("address".to_owned(), inner)],
            position: Position::default(),
        };
        assert_eq!(record.text("a.b").as_deref(), Some("7"));
        assert_eq!(record.text("address.city").as_deref(), Some("杭州"));
        assert_eq!(record.text("address"), None);
        assert_eq!(record.text("address.street"), None);
    }
}
