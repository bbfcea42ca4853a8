//! Parses `order_by` (AIP-132): fields separated by commas, each with `desc` or `asc` after it or neither.

use super::OrderField;
use super::keyset::Key;
use crate::filter::excerpt;

/// Why a text is no order of this list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum OrderError {
    #[error("unknown field {field}; the list can be ordered by {known}")]
    UnknownField { field: String, known: String },
    #[error("{field} may be followed by asc or desc, not {found}")]
    Direction { field: &'static str, found: String },
    #[error("{field} appears twice")]
    Twice { field: &'static str },
    #[error("has an empty part between commas")]
    EmptyPart,
}

/// Every column of the order: those asked for, then the unique ones, so that no two rows tie.
pub(super) fn parse(
    text: &str,
    orders: &[OrderField],
    unique: &[&'static str],
) -> Result<Vec<Key>, OrderError> {
    let mut keys: Vec<Key> = Vec::new();
    if !text.trim().is_empty() {
        for part in text.split(',') {
            let key = parse_part(part, orders)?;
            if let Some(twice) = orders.iter().find(|order| order.column == key.column)
                && keys.iter().any(|earlier| earlier.column == key.column)
            {
                return Err(OrderError::Twice { field: twice.name });
            }
            keys.push(key);
        }
    }
    // In the direction of the last field, so that one index serves the order read either way.
    let descending = keys.last().is_some_and(|key| key.descending);
    for column in unique {
        if !keys.iter().any(|key| key.column == *column) {
            keys.push(Key { column, kind: None, descending });
        }
    }
    Ok(keys)
}

fn parse_part(part: &str, orders: &[OrderField]) -> Result<Key, OrderError> {
    let mut words = part.split_whitespace();
    let name = words.next().ok_or(OrderError::EmptyPart)?;
    let field = orders.iter().find(|order| order.name == name).ok_or_else(|| {
        let known: Vec<_> = orders.iter().map(|order| order.name).collect();
        OrderError::UnknownField { field: excerpt(name), known: known.join(", ") }
    })?;
    let descending = match (words.next(), words.next()) {
        (None | Some("asc"), None) => false,
        (Some("desc"), None) => true,
        (Some(found), None) | (_, Some(found)) => {
            return Err(OrderError::Direction { field: field.name, found: excerpt(found) });
        }
    };
    Ok(Key { column: field.column, kind: Some(field.kind), descending })
}
