//! `google.protobuf.Struct` as JSON text and back.

use prost_types::{ListValue, Struct, Value, value::Kind};

/// The object as JSON text.
pub(crate) fn text(object: &Struct) -> String {
    object_to(object).to_string()
}

/// The object of a JSON text; none when the text is no object.
pub(crate) fn parsed(text: &str) -> Option<Struct> {
    match serde_json::from_str(text) {
        Ok(serde_json::Value::Object(object)) => Some(object_from(object)),
        _ => None,
    }
}

fn object_to(object: &Struct) -> serde_json::Value {
    object.fields.iter().map(|(name, value)| (name.clone(), value_to(value))).collect()
}

fn value_to(value: &Value) -> serde_json::Value {
    match &value.kind {
        None | Some(Kind::NullValue(_)) => serde_json::Value::Null,
        Some(Kind::BoolValue(value)) => (*value).into(),
        // Whole numbers stay whole: an adapter's setting 3 must not become 3.0.
        #[allow(clippy::cast_possible_truncation)]
        Some(Kind::NumberValue(number)) if number.fract() == 0.0 && number.abs() < 9e15 => {
            (*number as i64).into()
        }
        Some(Kind::NumberValue(number)) => (*number).into(),
        Some(Kind::StringValue(text)) => text.clone().into(),
        Some(Kind::ListValue(list)) => list.values.iter().map(value_to).collect(),
        Some(Kind::StructValue(object)) => object_to(object),
    }
}

fn object_from(object: serde_json::Map<String, serde_json::Value>) -> Struct {
    Struct { fields: object.into_iter().map(|(name, value)| (name, value_from(value))).collect() }
}

fn value_from(value: serde_json::Value) -> Value {
    let kind = match value {
        serde_json::Value::Null => Kind::NullValue(0),
        serde_json::Value::Bool(value) => Kind::BoolValue(value),
        serde_json::Value::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or_default()),
        serde_json::Value::String(text) => Kind::StringValue(text),
        serde_json::Value::Array(items) => {
            Kind::ListValue(ListValue { values: items.into_iter().map(value_from).collect() })
        }
        serde_json::Value::Object(object) => Kind::StructValue(object_from(object)),
    };
    Value { kind: Some(kind) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_survives_and_whole_numbers_stay_whole() {
        let configuration = r#"{"count":3,"list":[1.5,null,true],"nested":{"a":"b"}}"#;
        let again: serde_json::Value =
            serde_json::from_str(&text(&parsed(configuration).unwrap())).unwrap();
        assert_eq!(again, serde_json::from_str::<serde_json::Value>(configuration).unwrap());
        assert!(again["count"].is_i64());
        assert_eq!(parsed("[]"), None);
    }
}
