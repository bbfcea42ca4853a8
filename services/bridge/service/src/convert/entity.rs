//! Mapped entities to messages of the services, guided by the descriptors.

use aftercare_bridge_domain::mapping::Mapped;
use aftercare_platform::wire;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};
use rust_decimal::{Decimal, prelude::ToPrimitive};

/// A mapped value that the field cannot hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unfit {
    /// Path of the field.
    pub(crate) field: String,
    /// What is wrong.
    pub(crate) description: String,
}

/// The message with the mapped fields.
pub(crate) fn message(
    descriptor: &MessageDescriptor,
    fields: &[(String, Mapped)],
) -> Result<DynamicMessage, Vec<Unfit>> {
    let (mut message, mut unfit) = (DynamicMessage::new(descriptor.clone()), Vec::new());
    for (name, mapped) in fields {
        let Some(field) = descriptor.get_field_by_name(name) else {
            unfit.push(Unfit { field: name.clone(), description: "is no field".to_owned() });
            continue;
        };
        match value(&field, mapped) {
            Ok(value) => message.set_field(&field, value),
            Err(inner) => unfit.extend(inner.into_iter().map(|unfit| within(name, unfit))),
        }
    }
    if unfit.is_empty() { Ok(message) } else { Err(unfit) }
}

fn within(name: &str, unfit: Unfit) -> Unfit {
    let field =
        if unfit.field.is_empty() { name.to_owned() } else { format!("{name}.{}", unfit.field) };
    Unfit { field, ..unfit }
}

fn value(field: &FieldDescriptor, mapped: &Mapped) -> Result<Value, Vec<Unfit>> {
    match mapped {
        Mapped::List(items) => {
            let values: Result<Vec<_>, _> = items.iter().map(|item| single(field, item)).collect();
            values.map(Value::List)
        }
        one if field.is_list() => Ok(Value::List(vec![single(field, one)?])),
        one => single(field, one),
    }
}

fn single(field: &FieldDescriptor, mapped: &Mapped) -> Result<Value, Vec<Unfit>> {
    let unfit = |description: &str| {
        vec![Unfit { field: String::new(), description: description.to_owned() }]
    };
    let nested = match field.kind() {
        Kind::Message(descriptor) => Some(descriptor),
        _ => None,
    };
    match (mapped, nested) {
        (Mapped::Text(text), None) => Ok(Value::String(text.clone())),
        (Mapped::Boolean(value), None) => Ok(Value::Bool(*value)),
        (Mapped::Integer(number), None) => {
            integer(&field.kind(), *number).ok_or_else(|| unfit("is out of range"))
        }
        (Mapped::Number(number), None) => Ok(match field.kind() {
            // The target is a float: what it cannot hold was never meant.
            #[allow(clippy::cast_possible_truncation)]
            Kind::Float => Value::F32(*number as f32),
            _ => Value::F64(*number),
        }),
        (Mapped::Enumeration(_, number), None) => Ok(Value::EnumNumber(*number)),
        (Mapped::Message(fields), Some(descriptor)) => {
            message(&descriptor, fields).map(Value::Message)
        }
        (Mapped::Decimal(number), Some(descriptor)) => {
            Ok(transcoded(descriptor, &wire::decimal(*number)))
        }
        (Mapped::Date(date), Some(descriptor)) => Ok(transcoded(descriptor, &wire::date(*date))),
        (Mapped::Instant(at), Some(descriptor)) => {
            Ok(transcoded(descriptor, &wire::timestamp(*at)))
        }
        (Mapped::Duration(length), Some(descriptor)) => {
            let (seconds, nanos) = (length.as_secs(), length.subsec_nanos());
            Ok(transcoded(descriptor, &prost_types::Duration { seconds, nanos }))
        }
        (Mapped::Money { amount, currency }, Some(descriptor)) => money(*amount, currency)
            .map(|money| transcoded(descriptor, &money))
            .ok_or_else(|| unfit("has more than nine decimals or is too large")),
        _ => Err(unfit("does not fit the field")),
    }
}

fn integer(kind: &Kind, number: i64) -> Option<Value> {
    match kind {
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => i32::try_from(number).ok().map(Value::I32),
        Kind::Uint32 | Kind::Fixed32 => u32::try_from(number).ok().map(Value::U32),
        Kind::Uint64 | Kind::Fixed64 => u64::try_from(number).ok().map(Value::U64),
        _ => Some(Value::I64(number)),
    }
}

fn money(amount: Decimal, currency: &str) -> Option<aftercare_api::google::r#type::Money> {
    let units = amount.trunc();
    let nanos = (amount - units).checked_mul(Decimal::from(1_000_000_000))?;
    if !nanos.fract().is_zero() {
        return None;
    }
    Some(aftercare_api::google::r#type::Money {
        currency_code: currency.to_owned(),
        units: units.to_i64()?,
        nanos: nanos.to_i32()?,
    })
}

/// A message of a generated type as a dynamic one; empty when the types are not the same, which no descriptor allows.
fn transcoded(descriptor: MessageDescriptor, message: &impl prost::Message) -> Value {
    let bytes = message.encode_to_vec();
    let decoded = DynamicMessage::decode(descriptor.clone(), bytes.as_slice());
    Value::Message(decoded.unwrap_or_else(|_| DynamicMessage::new(descriptor)))
}

/// The mapped fields as JSON for a person: decimals, dates and instants as text.
pub(crate) fn shown(fields: &[(String, Mapped)]) -> prost_types::Struct {
    let fields = fields.iter().map(|(name, mapped)| (name.clone(), shown_value(mapped)));
    prost_types::Struct { fields: fields.collect() }
}

fn shown_value(mapped: &Mapped) -> prost_types::Value {
    use prost_types::value::Kind as Json;
    let kind = match mapped {
        Mapped::Text(text) => Json::StringValue(text.clone()),
        Mapped::Boolean(value) => Json::BoolValue(*value),
        // 64-bit numbers do not survive JSON's doubles; protobuf's own JSON writes them as text, too.
        Mapped::Integer(number) => Json::StringValue(number.to_string()),
        Mapped::Number(number) => Json::NumberValue(*number),
        Mapped::Decimal(number) => Json::StringValue(number.to_string()),
        Mapped::Money { amount, currency } => Json::StructValue(shown(&[
            ("amount".to_owned(), Mapped::Decimal(*amount)),
            ("currency".to_owned(), Mapped::Text(currency.clone())),
        ])),
        Mapped::Date(date) => Json::StringValue(date.to_string()),
        Mapped::Instant(at) => Json::StringValue(at.to_string()),
        Mapped::Duration(length) => Json::StringValue(length.to_string()),
        Mapped::Enumeration(name, _) => Json::StringValue(name.clone()),
        Mapped::Message(fields) => Json::StructValue(shown(fields)),
        Mapped::List(items) => Json::ListValue(prost_types::ListValue {
            values: items.iter().map(shown_value).collect(),
        }),
    };
    prost_types::Value { kind: Some(kind) }
}
