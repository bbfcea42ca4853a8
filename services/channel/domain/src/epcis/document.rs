//! EPCIS documents: JSON-LD in, events out; one wrong event refuses the whole document and every fault has its path.

use super::event::{Event, Prefixes, read};
use super::hash::event_hash;
use aftercare_kernel::fault::{Class, Fault, FieldViolation, Violations};
use jiff::Timestamp;
use serde_json::Value;

/// Most events of one document.
pub const MAX_EVENTS: usize = 10_000;

/// A document without a fault.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its events, in its order.
    pub events: Vec<Event>,
}

/// A document with at least one fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the document has {total} faults and nothing of it is stored; the first: {first}")]
pub struct InvalidDocument {
    /// The first faults by path, so many as a status can carry.
    pub faults: Vec<FieldViolation>,
    /// All faults found.
    pub total: usize,
    first: String,
}

/// Faults that travel in one status: gRPC clients take 16 KiB of trailers.
const CARRIED: usize = 60;

impl InvalidDocument {
    fn new(mut faults: Vec<FieldViolation>) -> Self {
        let total = faults.len();
        faults.truncate(CARRIED);
        let first =
            faults.first().map(|f| format!("{} {}", f.field, f.description)).unwrap_or_default();
        Self { faults, total, first }
    }
}

impl Fault for InvalidDocument {
    fn class(&self) -> Class {
        Class::Invalid
    }
    fn reason(&self) -> &'static str {
        "EPCIS_DOCUMENT_INVALID"
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        vec![("faults", self.total.to_string())]
    }
    fn violations(&self) -> Vec<FieldViolation> {
        self.faults.clone()
    }
}

/// Reads an EPCIS 2.0 JSON-LD document. Events without an id get the GS1 event hash.
///
/// # Errors
/// [`InvalidDocument`] names every fault with its path (`epcisBody.eventList[3].eventTime`).
pub fn parse_document(bytes: &[u8], now: Timestamp) -> Result<Document, InvalidDocument> {
    let json: Value = match serde_json::from_slice(bytes) {
        Ok(json) => json,
        Err(error) => {
            let fault = FieldViolation {
                field: String::new(),
                description: format!("is no JSON: {error}"),
            };
            return Err(InvalidDocument::new(vec![fault]));
        }
    };
    let mut wrong = Violations::new();
    head(&json, &mut wrong);
    let prefixes = prefixes(json.get("@context"));
    let body = json.get("epcisBody");
    let list = match (body.and_then(|b| b.get("eventList")), body.and_then(|b| b.get("event"))) {
        (Some(Value::Array(list)), _) => {
            list.iter().enumerate().map(|(i, e)| (format!("epcisBody.eventList[{i}]"), e)).collect()
        }
        (None, Some(event)) => vec![("epcisBody.event".to_owned(), event)],
        _ => {
            wrong.add("epcisBody.eventList", "must be a list of events");
            Vec::new()
        }
    };
    if list.len() > MAX_EVENTS {
        wrong.add(
            "epcisBody.eventList",
            format!("has {} events; at most {MAX_EVENTS} fit one document", list.len()),
        );
        return Err(refuse(wrong));
    }
    let mut events = Vec::with_capacity(list.len());
    for (path, json) in list {
        events.extend(wrong.within(&path, |wrong| one(json, &prefixes, now, wrong)));
    }
    if wrong.is_empty() { Ok(Document { events }) } else { Err(refuse(wrong)) }
}

/// Reads one event that comes alone, as on a stream; `path` names it in faults.
///
/// # Errors
/// [`InvalidDocument`].
pub fn parse_event(bytes: &[u8], path: &str, now: Timestamp) -> Result<Event, InvalidDocument> {
    let json: Value = serde_json::from_slice(bytes).map_err(|error| {
        let description = format!("is no JSON: {error}");
        InvalidDocument::new(vec![FieldViolation { field: path.to_owned(), description }])
    })?;
    let mut wrong = Violations::new();
    let mut known = prefixes(json.get("@context"));
    known.entry("aftercare".to_owned()).or_insert_with(|| super::NAMESPACE.to_owned());
    let event = wrong.within(path, |wrong| one(&json, &known, now, wrong));
    match event {
        Some(event) if wrong.is_empty() => Ok(event),
        _ => Err(refuse(wrong)),
    }
}

fn refuse(wrong: Violations) -> InvalidDocument {
    InvalidDocument::new(wrong.finish().err().map(|e| e.fields().to_vec()).unwrap_or_default())
}

fn one(json: &Value, outer: &Prefixes, now: Timestamp, wrong: &mut Violations) -> Option<Event> {
    let mut known = outer.clone();
    known.extend(prefixes(json.get("@context")));
    let mut event = read(json, &known, now, wrong)?;
    if event.id.is_empty() {
        event.id = event_hash(json, &known);
    }
    Some(event)
}

fn head(json: &Value, wrong: &mut Violations) {
    if json.get("type").and_then(Value::as_str) != Some("EPCISDocument") {
        wrong.add("type", "must be EPCISDocument");
    }
    let version = match json.get("schemaVersion") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    if version != "2" && !version.starts_with("2.") {
        wrong.add("schemaVersion", "must be 2.0");
    }
    let created = json.get("creationDate").and_then(Value::as_str);
    if created.is_none_or(|text| text.parse::<Timestamp>().is_err()) {
        wrong.add("creationDate", "must be a date and time with a zone");
    }
}

fn prefixes(context: Option<&Value>) -> Prefixes {
    let mut found = Prefixes::new();
    let entries = match context {
        Some(Value::Array(entries)) => entries.as_slice(),
        Some(single) => std::slice::from_ref(single),
        None => &[],
    };
    for (prefix, namespace) in entries.iter().filter_map(Value::as_object).flatten() {
        if let Some(namespace) = namespace.as_str().filter(|_| !prefix.starts_with('@')) {
            found.insert(prefix.clone(), namespace.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests;
