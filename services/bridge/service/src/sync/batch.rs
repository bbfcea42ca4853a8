//! One batch of records: mapped, written, and accounted for record by record.

use std::collections::{HashMap, HashSet};

use aftercare_bridge_domain::{
    identity,
    mapping::{Entity, Fault, Mapping, Outcome, Rule},
    record::Record,
};
use aftercare_platform::{database::StoreError, identity::Call, status::Error};
use prost_reflect::{DynamicMessage, Value};

use super::writer::{self, Item};
use crate::{
    Bridge,
    convert::{
        catalogue::{self, Target},
        entity,
    },
    store,
};

/// Which step refused a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Read,
    Map,
    Write,
}

impl Step {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "READ",
            Self::Map => "MAP",
            Self::Write => "WRITE",
        }
    }
}

/// A record that did not get in.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    pub(crate) record: Record,
    pub(crate) step: Step,
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) faults: Vec<Fault>,
    /// Raw text of a record that could not be read.
    pub(crate) raw: String,
}

/// What became of a batch.
#[derive(Default)]
pub(crate) struct Processed {
    pub(crate) written: u64,
    pub(crate) unchanged: u64,
    pub(crate) skipped: u64,
    /// Versions to remember.
    pub(crate) versions: Vec<store::record::entity::Model>,
    /// Keys of records that are no longer refused.
    pub(crate) accepted: Vec<String>,
    pub(crate) refused: Vec<Refused>,
}

/// What a batch is mapped and written with.
pub(crate) struct Way<'a> {
    pub(crate) bridge: &'a Bridge,
    pub(crate) call: &'a Call,
    pub(crate) connection: &'a str,
    pub(crate) stream: &'a str,
    pub(crate) mapping: &'a Mapping,
    /// Digest of the mapping document.
    pub(crate) digest: &'a str,
}

/// Per record: what the rules did.
#[derive(Default, Clone)]
struct Fate {
    written: Vec<(usize, String)>,
    unchanged: bool,
    refused: Option<(Step, String, String, Vec<Fault>)>,
}

/// Maps and writes records of one stream in their order.
///
/// # Errors
/// When a service is away or broken; then nothing may be saved for this batch, and doing it again is harmless.
pub(crate) async fn process(way: &Way<'_>, records: Vec<Record>) -> Result<Processed, Error> {
    let keys: Vec<String> = records.iter().map(|record| record.key.clone()).collect();
    let db = way.bridge.home.read();
    let known =
        store::record::versions(db, way.call.tenant(), (way.connection, way.stream), &keys).await?;
    let mut fates = vec![Fate::default(); records.len()];
    for (place, rule) in way.mapping.rules(way.stream) {
        apply(way, place, rule, &records, &known, &mut fates).await?;
    }
    Ok(account(way, records, fates))
}

async fn apply(
    way: &Way<'_>,
    place: usize,
    rule: &Rule,
    records: &[Record],
    known: &HashMap<(String, String), String>,
    fates: &mut [Fate],
) -> Result<(), Error> {
    let target = catalogue::find(&rule.entity)
        .ok_or_else(|| StoreError::corrupt("mapping", format!("no entity {}", rule.entity)))?;
    let mut group = Group::default();
    for (i, record) in records.iter().enumerate() {
        let fate = &mut fates[i];
        if record.tombstone || fate.refused.is_some() {
            continue;
        }
        let version = format!("{}:{}", record.version, way.digest);
        let slot = (record.key.clone(), place.to_string());
        if known.get(&slot) == Some(&version) {
            fate.unchanged = true;
            continue;
        }
        let faults = match rule.map(record) {
            Outcome::Skipped => continue,
            Outcome::Faulty(faults) => faults,
            Outcome::Entity(mapped) => match element(way, record, rule, target, &mapped) {
                Err(faults) => faults,
                Ok(element) => {
                    // Two records of one name must not meet in a batch: the later one comes after it.
                    if !group.names.insert(mapped.name.clone()) {
                        flush(way, rule, target, &mut group, fates, place).await?;
                        group.names.insert(mapped.name);
                    }
                    let id = identity::write_id(
                        way.connection,
                        way.stream,
                        &record.key,
                        &format!("{}#{place}", record.version),
                        way.digest,
                    );
                    group.items.push(Item { record: i, id, element });
                    group.versions.insert(i, version);
                    continue;
                }
            },
        };
        let message =
            faults.first().map_or_else(String::new, |f| format!("{} {}", f.field, f.description));
        fates[i].refused = Some((Step::Map, "MAPPING_FAULT".to_owned(), message, faults));
    }
    flush(way, rule, target, &mut group, fates, place).await
}

#[derive(Default)]
struct Group {
    items: Vec<Item>,
    names: HashSet<String>,
    versions: HashMap<usize, String>,
}

async fn flush(
    way: &Way<'_>,
    rule: &Rule,
    target: &Target,
    group: &mut Group,
    fates: &mut [Fate],
    place: usize,
) -> Result<(), Error> {
    let group = std::mem::take(group);
    if group.items.is_empty() {
        return Ok(());
    }
    let links = &way.bridge.links;
    let (taken, refused) =
        writer::write(links, way.call, &rule.entity, target, group.items).await?;
    for i in taken {
        if let Some(version) = group.versions.get(&i) {
            fates[i].written.push((place, version.clone()));
        }
    }
    for refusal in refused {
        fates[refusal.record].refused =
            Some((Step::Write, refusal.reason, refusal.message, refusal.faults));
    }
    Ok(())
}

fn account(way: &Way<'_>, records: Vec<Record>, fates: Vec<Fate>) -> Processed {
    let mut processed = Processed::default();
    for (record, fate) in records.into_iter().zip(fates) {
        for (place, version) in &fate.written {
            processed.versions.push(store::record::entity::Model {
                tenant: way.call.tenant().to_string(),
                connection: way.connection.to_owned(),
                stream: way.stream.to_owned(),
                record_key: record.key.clone(),
                rule: place.to_string(),
                version: version.clone(),
            });
        }
        if let Some((step, reason, message, faults)) = fate.refused {
            let raw = String::new();
            processed.refused.push(Refused { record, step, reason, message, faults, raw });
            continue;
        }
        match (fate.written.is_empty(), fate.unchanged) {
            (false, _) => processed.written += 1,
            (true, true) => processed.unchanged += 1,
            (true, false) => processed.skipped += 1,
        }
        processed.accepted.push(record.key);
    }
    processed
}

/// The element of the batch request for a mapped entity.
fn element(
    way: &Way<'_>,
    record: &Record,
    rule: &Rule,
    target: &Target,
    mapped: &Entity,
) -> Result<DynamicMessage, Vec<Fault>> {
    let unfit = |found: Vec<entity::Unfit>| {
        found
            .into_iter()
            .map(|unfit| Fault { field: unfit.field, description: unfit.description })
            .collect::<Vec<_>>()
    };
    let mut resource: DynamicMessage =
        entity::message(&target.resource, &mapped.fields).map_err(unfit)?;
    resource.set_field_by_name("name", Value::String(mapped.name.clone()));
    let mut paths: Vec<String> = rule.written().map(str::to_owned).collect();
    paths.extend(external_key(way, record, target, &mut resource));
    let Some(request) = &target.request else { return Ok(resource) };
    let mut update = DynamicMessage::new(request.clone());
    // AIP-134: field 1 of an update request is the resource.
    update.set_field_by_number(1, Value::Message(resource));
    if let Some(field) = request.get_field_by_name("update_mask")
        && let prost_reflect::Kind::Message(mask) = field.kind()
    {
        let mut message = DynamicMessage::new(mask);
        let paths = paths.into_iter().map(Value::String).collect();
        message.set_field_by_name("paths", Value::List(paths));
        update.set_field(&field, Value::Message(message));
    }
    update.set_field_by_name("allow_missing", Value::Bool(true));
    Ok(update)
}

/// Notes where the resource comes from, if it has room for that; answers the field that was written.
fn external_key(
    way: &Way<'_>,
    record: &Record,
    target: &Target,
    resource: &mut DynamicMessage,
) -> Option<String> {
    let field = ["external_keys", "external_key"]
        .iter()
        .find_map(|name| target.resource.get_field_by_name(name))?;
    if resource.has_field(&field) {
        return None;
    }
    let prost_reflect::Kind::Message(descriptor) = field.kind() else { return None };
    let mut key = DynamicMessage::new(descriptor);
    key.set_field_by_name("system", Value::String(format!("connections/{}", way.connection)));
    key.set_field_by_name("key", Value::String(record.key.clone()));
    let key = Value::Message(key);
    resource.set_field(&field, if field.is_list() { Value::List(vec![key]) } else { key });
    Some(field.name().to_owned())
}
