//! Messages as JSON documents (the protobuf JSON mapping): readable in the table, and as tolerant of new fields as the wire.

use aftercare_platform::database::StoreError;
use prost_reflect::{
    DescriptorPool, DeserializeOptions, DynamicMessage, ReflectMessage as _, SerializeOptions,
};
use std::sync::LazyLock;

static POOL: LazyLock<Option<DescriptorPool>> =
    LazyLock::new(|| DescriptorPool::decode(aftercare_api::FILE_DESCRIPTOR_SET).ok());

fn empty<M: prost::Message + prost::Name>(
    table: &'static str,
) -> Result<DynamicMessage, StoreError> {
    let descriptor = POOL.as_ref().and_then(|pool| pool.get_message_by_name(&M::full_name()));
    let descriptor = descriptor.ok_or_else(|| StoreError::corrupt(table, "no such message"))?;
    Ok(DynamicMessage::new(descriptor))
}

pub(crate) fn write<M: prost::Message + prost::Name>(
    table: &'static str,
    message: &M,
) -> Result<String, StoreError> {
    let mut dynamic = empty::<M>(table)?;
    dynamic.transcode_from(message).map_err(|error| StoreError::corrupt(table, error))?;
    let mut out = Vec::new();
    let mut json = serde_json::Serializer::new(&mut out);
    dynamic
        .serialize_with_options(&mut json, &SerializeOptions::new())
        .map_err(|error| StoreError::corrupt(table, error))?;
    String::from_utf8(out).map_err(|error| StoreError::corrupt(table, error))
}

pub(crate) fn read<M: prost::Message + prost::Name + Default>(
    table: &'static str,
    text: &str,
) -> Result<M, StoreError> {
    let descriptor = empty::<M>(table)?.descriptor();
    let mut json = serde_json::Deserializer::from_str(text);
    let options = DeserializeOptions::new().deny_unknown_fields(false);
    let dynamic = DynamicMessage::deserialize_with_options(descriptor, &mut json, &options)
        .map_err(|error| StoreError::corrupt(table, error))?;
    dynamic.transcode_to().map_err(|error| StoreError::corrupt(table, error))
}
