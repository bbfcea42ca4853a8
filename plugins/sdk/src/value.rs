//! Values of records, built in one word.

use crate::wire::{Field, Value, value::Kind};

/// A named value.
pub fn field(name: impl Into<String>, value: Value) -> Field {
    Field { name: name.into(), value: Some(value) }
}

/// Text, possibly empty.
pub fn text(text: impl Into<String>) -> Value {
    Value { kind: Some(Kind::Text(text.into())) }
}

/// A whole number.
#[must_use]
pub fn integer(number: i64) -> Value {
    Value { kind: Some(Kind::Integer(number)) }
}

/// A number with decimals; its digits are kept as they are.
pub fn decimal(digits: impl Into<String>) -> Value {
    Value {
        kind: Some(Kind::Decimal(aftercare_api::google::r#type::Decimal { value: digits.into() })),
    }
}

/// An explicit null.
#[must_use]
pub fn null() -> Value {
    Value { kind: None }
}
