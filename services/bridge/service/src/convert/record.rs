//! Adapter records to domain records.

use aftercare_bridge_domain::record::{Position, Record, Value};
use aftercare_platform::wire::{civil_date, instant};
use aftercare_plugin::wire::{self, value::Kind};

/// A record as the domain knows it.
pub(crate) fn record(found: wire::Record) -> Record {
    Record {
        key: found.key,
        version: found.version,
        tombstone: found.tombstone,
        fields: fields(found.fields),
        position: position(found.position),
    }
}

/// Where it stands.
pub(crate) fn position(found: Option<wire::SourcePosition>) -> Position {
    found.map(|at| Position { source: at.source, line: at.line }).unwrap_or_default()
}

fn fields(found: Vec<wire::Field>) -> Vec<(String, Value)> {
    found.into_iter().map(|field| (field.name, value(field.value))).collect()
}

fn value(found: Option<wire::Value>) -> Value {
    match found.and_then(|value| value.kind) {
        None => Value::Null,
        Some(Kind::Text(text)) => Value::Text(text),
        Some(Kind::Boolean(value)) => Value::Boolean(value),
        Some(Kind::Integer(number)) => Value::Integer(number),
        Some(Kind::Decimal(decimal)) => Value::Decimal(decimal.value),
        // A date or instant that does not exist stays visible, so that the mapping can refuse it by name.
        Some(Kind::Date(date)) => civil_date(&date).map_or_else(
            |_| Value::Text(format!("{}-{}-{}", date.year, date.month, date.day)),
            Value::Date,
        ),
        Some(Kind::Timestamp(at)) => {
            instant(&at).map_or_else(|_| Value::Text(format!("{}s", at.seconds)), Value::Instant)
        }
        Some(Kind::Blob(bytes)) => Value::Blob(bytes),
        Some(Kind::List(list)) => {
            Value::List(list.values.into_iter().map(|item| value(Some(item))).collect())
        }
        Some(Kind::Record(record)) => Value::Record(fields(record.fields)),
    }
}
