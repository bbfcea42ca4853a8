//! The writable fields of a message, as the mapping knows them.

use aftercare_bridge_domain::schema::{Kind, Schema};
use prost_reflect::{
    Cardinality, DynamicMessage, ExtensionDescriptor, FieldDescriptor, Kind as Wire,
    MessageDescriptor,
};

/// `google.api.FieldBehavior.OUTPUT_ONLY`.
const OUTPUT_ONLY: i32 = 3;
/// Messages nest no deeper in a mapping.
const MAX_DEPTH: usize = 4;

/// The fields of `message` that a mapping may write: all but the name, the etag and what is output only.
pub(crate) fn schema(message: &MessageDescriptor) -> Schema {
    let behaviour = message.parent_pool().get_extension_by_name("google.api.field_behavior");
    let mut schema = writable(message, behaviour.as_ref(), 0);
    schema.fields.retain(|(name, _)| !matches!(name.as_str(), "name" | "etag"));
    schema
}

fn writable(
    message: &MessageDescriptor,
    behaviour: Option<&ExtensionDescriptor>,
    depth: usize,
) -> Schema {
    let fields =
        message.fields().filter(|field| !output_only(field, behaviour)).filter_map(|field| {
            let kind = single(&field, behaviour, depth)?;
            let kind = match field.cardinality() {
                Cardinality::Repeated => Kind::List(Box::new(kind)),
                Cardinality::Optional | Cardinality::Required => kind,
            };
            Some((field.name().to_owned(), kind))
        });
    Schema { fields: fields.collect() }
}

fn output_only(field: &FieldDescriptor, behaviour: Option<&ExtensionDescriptor>) -> bool {
    let Some(behaviour) = behaviour else { return false };
    let options: DynamicMessage = field.options();
    let values = options.get_extension(behaviour);
    values.as_list().is_some_and(|values| {
        values.iter().any(|value| value.as_enum_number() == Some(OUTPUT_ONLY))
    })
}

fn single(
    field: &FieldDescriptor,
    behaviour: Option<&ExtensionDescriptor>,
    depth: usize,
) -> Option<Kind> {
    let bounds = |min: i64, max: i64| Some(Kind::Integer { min, max });
    match field.kind() {
        Wire::String => Some(Kind::Text),
        Wire::Bool => Some(Kind::Boolean),
        Wire::Int32 | Wire::Sint32 | Wire::Sfixed32 => bounds(i32::MIN.into(), i32::MAX.into()),
        Wire::Int64 | Wire::Sint64 | Wire::Sfixed64 => bounds(i64::MIN, i64::MAX),
        Wire::Uint32 | Wire::Fixed32 => bounds(0, u32::MAX.into()),
        Wire::Uint64 | Wire::Fixed64 => bounds(0, i64::MAX),
        Wire::Float | Wire::Double => Some(Kind::Number),
        Wire::Bytes => None,
        Wire::Enum(descriptor) => {
            let named: Vec<_> = descriptor
                .values()
                .filter(|value| value.number() != 0)
                .map(|value| (value.name().to_owned(), value.number()))
                .collect();
            let zero = descriptor.default_value();
            let prefix = zero.name().trim_end_matches("UNSPECIFIED").to_owned();
            Some(Kind::Enumeration { prefix, values: named })
        }
        Wire::Message(message) => match message.full_name() {
            "google.type.Money" => Some(Kind::Money),
            "google.type.Decimal" => Some(Kind::Decimal),
            "google.type.Date" => Some(Kind::Date),
            "google.protobuf.Timestamp" => Some(Kind::Instant),
            "google.protobuf.Duration" => Some(Kind::Duration),
            name if name.starts_with("google.protobuf.") => None,
            _ if field.is_map() || depth >= MAX_DEPTH => None,
            _ => Some(Kind::Message(writable(&message, behaviour, depth + 1))),
        },
    }
}
