//! One JSON object a line. Numbers keep their digits, fields their order.

use std::fmt;

use aftercare_plugin::{
    decimal, integer,
    wire::{Field, ListValue, RecordValue, Value, value::Kind},
};
use encoding_rs::Encoding;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{encoding, reader::Broken};

/// Deeper objects are refused.
const MAX_DEPTH: usize = 32;

/// The fields of a line.
pub(crate) fn fields(bytes: &[u8], encoding: &'static Encoding) -> Result<Vec<Field>, Broken> {
    let text = encoding::decode(bytes, encoding).ok_or_else(|| {
        Broken::new("BAD_ENCODING", format!("the line is no {} text", encoding.name()))
    })?;
    object(text.trim(), 0)
}

/// The field names of the first good line.
pub(crate) fn first_names(head: &[u8], encoding: &'static Encoding) -> Vec<String> {
    let good = head.split(|byte| *byte == b'\n').find_map(|line| fields(line, encoding).ok());
    good.unwrap_or_default().into_iter().map(|field| field.name).collect()
}

fn object(text: &str, depth: usize) -> Result<Vec<Field>, Broken> {
    if depth > MAX_DEPTH {
        return Err(Broken::new("JSON_TOO_DEEP", format!("objects nest deeper than {MAX_DEPTH}")));
    }
    let members: Members<'_> = serde_json::from_str(text)
        .map_err(|error| Broken::new("JSON_BROKEN", error.to_string()))?;
    members
        .0
        .into_iter()
        .map(|(name, raw)| Ok(Field { name, value: Some(value(raw.get(), depth)?) }))
        .collect()
}

fn value(text: &str, depth: usize) -> Result<Value, Broken> {
    let broken = |error: serde_json::Error| Broken::new("JSON_BROKEN", error.to_string());
    let kind = match text.as_bytes().first() {
        Some(b'n') => None,
        Some(b't') => Some(Kind::Boolean(true)),
        Some(b'f') => Some(Kind::Boolean(false)),
        Some(b'"') => Some(Kind::Text(serde_json::from_str(text).map_err(broken)?)),
        Some(b'{') => Some(Kind::Record(RecordValue { fields: object(text, depth + 1)? })),
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text).map_err(broken)?;
            let depth = depth + 1;
            if depth > MAX_DEPTH {
                return Err(Broken::new(
                    "JSON_TOO_DEEP",
                    format!("lists nest deeper than {MAX_DEPTH}"),
                ));
            }
            let values: Result<_, _> =
                items.into_iter().map(|item| value(item.get(), depth)).collect();
            Some(Kind::List(ListValue { values: values? }))
        }
        _ => return Ok(number(text)),
    };
    Ok(Value { kind })
}

fn number(text: &str) -> Value {
    match text.parse() {
        Ok(number) => integer(number),
        Err(_) => decimal(text),
    }
}

/// An object's members in their order.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::UTF_8;

    use super::*;

    #[test]
    fn numbers_keep_their_digits_and_null_differs_from_empty() {
        let line = r#"{"a": 0.10000000000000000001, "b": null, "c": "", "d": [1, {"e": true}]}"#;
        let fields = fields(line.as_bytes(), UTF_8).unwrap();
        let kind = |i: usize| fields[i].value.as_ref().unwrap().kind.clone();
        assert!(matches!(kind(0), Some(Kind::Decimal(d)) if d.value == "0.10000000000000000001"));
        assert_eq!(kind(1), None);
        assert_eq!(kind(2), Some(Kind::Text(String::new())));
        assert!(matches!(kind(3), Some(Kind::List(list)) if list.values.len() == 2));
    }

    #[test]
    fn what_is_no_object_is_refused_with_a_reason() {
        let deep = format!("{}1{}", "{\"a\":".repeat(40), "}".repeat(40));
        for (line, reason) in
            [("[1]", "JSON_BROKEN"), ("{\"a\":", "JSON_BROKEN"), (deep.as_str(), "JSON_TOO_DEEP")]
        {
            assert_eq!(fields(line.as_bytes(), UTF_8).unwrap_err().reason, reason, "{line}");
        }
    }
}
