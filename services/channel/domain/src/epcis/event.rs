//! One EPCIS event, and how its fields are read from JSON.

use super::cbv::{BIZ_STEPS, DISPOSITIONS, Vocabulary, bare, known};
use crate::gs1::{Item, canonical_link};
use aftercare_kernel::fault::Violations;
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Namespace prefixes of a document's `@context`.
pub type Prefixes = BTreeMap<String, String>;

/// The type of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// Something happened to objects.
    Object,
    /// Objects were put into, or taken out of, another.
    Aggregation,
    /// Objects were tied to a business transaction.
    Transaction,
    /// Inputs became outputs.
    Transformation,
    /// Objects were tied to an asset or a place.
    Association,
}

impl EventKind {
    /// The EPCIS name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Object => "ObjectEvent",
            Self::Aggregation => "AggregationEvent",
            Self::Transaction => "TransactionEvent",
            Self::Transformation => "TransformationEvent",
            Self::Association => "AssociationEvent",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [
            Self::Object,
            Self::Aggregation,
            Self::Transaction,
            Self::Transformation,
            Self::Association,
        ]
        .into_iter()
        .find(|kind| kind.name() == name)
    }
}

/// The action of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Begins something.
    Add,
    /// Saw something.
    Observe,
    /// Ends something.
    Delete,
}

impl Action {
    /// The EPCIS name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Add => "ADD",
            Self::Observe => "OBSERVE",
            Self::Delete => "DELETE",
        }
    }
}

/// In which role a party stands on either side of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartyKind {
    /// Owns the goods.
    Owning,
    /// Holds them.
    Possessing,
    /// Is a place.
    Location,
    /// Something of the sender's own.
    Other,
}

/// A source or destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Its role.
    pub kind: PartyKind,
    /// Its canonical link, or its URI as it is.
    pub id: String,
}

/// An amount of a class.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantity {
    /// Of what.
    pub class: Item,
    /// How much; none if unknown.
    pub amount: Option<f64>,
    /// UN/CEFACT unit; none for pieces.
    pub unit: Option<String>,
}

/// The sender declares an earlier event with the same id to be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorDeclaration {
    /// When it did.
    pub declared_at: Timestamp,
    /// Why: a bare word of CBV (`did_not_occur`, `incorrect_data`) or a URI.
    pub reason: Option<String>,
    /// The events that hold instead.
    pub corrective_event_ids: Vec<String>,
}

/// An event that was read without a fault.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its id: the sender's, or the GS1 event hash.
    pub id: String,
    /// Its type.
    pub kind: EventKind,
    /// When it happened.
    pub time: Timestamp,
    /// What it does; none for a transformation.
    pub action: Option<Action>,
    /// Business step as a bare word.
    pub biz_step: Option<String>,
    /// Disposition as a bare word.
    pub disposition: Option<String>,
    /// Where it was read: a canonical link or a URI.
    pub read_point: Option<String>,
    /// Where the goods are after it.
    pub biz_location: Option<String>,
    /// The case, pallet or transaction parent.
    pub parent: Option<Item>,
    /// `epcList`, `childEPCs` or `outputEPCList`.
    pub items: Vec<Item>,
    /// `quantityList`, `childQuantityList` or `outputQuantityList`.
    pub quantities: Vec<Quantity>,
    /// From whom.
    pub sources: Vec<Party>,
    /// To whom.
    pub destinations: Vec<Party>,
    /// Whether it withdraws an earlier one.
    pub error: Option<ErrorDeclaration>,
    /// Our own extension fields, by local name.
    pub extensions: BTreeMap<String, String>,
    /// The event as it came.
    pub json: Value,
}

/// Reads an event, noting every fault; none if there was one.
pub(super) fn read(
    json: &Value,
    prefixes: &Prefixes,
    now: Timestamp,
    wrong: &mut Violations,
) -> Option<Event> {
    let Some(map) = json.as_object() else {
        wrong.add("", "must be an object");
        return None;
    };
    let kind = match text(map, "type", wrong) {
        Some(name) => {
            let kind = EventKind::parse(name);
            if kind.is_none() {
                wrong.add("type", "must be ObjectEvent, AggregationEvent, TransactionEvent, TransformationEvent or AssociationEvent");
            }
            kind
        }
        None => {
            wrong.add("type", "is required");
            None
        }
    };
    let time = instant(map, "eventTime", wrong);
    if let Some(time) = time
        && time > now.checked_add(jiff::SignedDuration::from_mins(5)).unwrap_or(now)
    {
        wrong.add("eventTime", "lies in the future");
    }
    offset(map, wrong);
    let error = map.get("errorDeclaration").map(|value| declaration(value, wrong));
    let id =
        text(map, "eventID", wrong).map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned);
    if id.as_ref().is_some_and(|id| id.len() > 500 || !id.contains(':')) {
        wrong.add("eventID", "must be a URI of at most 500 characters");
    }
    let (items_field, quantities_field) = fields(kind);
    let event = Event {
        id: id.unwrap_or_default(),
        kind: kind?,
        time: time?,
        action: action(map, kind, wrong),
        biz_step: term(map, "bizStep", Vocabulary::BizStep, BIZ_STEPS, wrong),
        disposition: term(map, "disposition", Vocabulary::Disposition, DISPOSITIONS, wrong),
        read_point: place(map, "readPoint", wrong),
        biz_location: place(map, "bizLocation", wrong),
        parent: text(map, "parentID", wrong).and_then(|id| wrong.take("parentID", Item::parse(id))),
        items: items(map, items_field, wrong),
        quantities: quantities(map, quantities_field, wrong),
        sources: parties(map, "sourceList", "source", wrong),
        destinations: parties(map, "destinationList", "destination", wrong),
        error: error.flatten(),
        extensions: extensions(map, prefixes, wrong),
        json: json.clone(),
    };
    check(&event, map, wrong);
    Some(event)
}

const fn fields(kind: Option<EventKind>) -> (&'static str, &'static str) {
    match kind {
        Some(EventKind::Aggregation | EventKind::Association) => ("childEPCs", "childQuantityList"),
        Some(EventKind::Transformation) => ("outputEPCList", "outputQuantityList"),
        Some(EventKind::Object | EventKind::Transaction) | None => ("epcList", "quantityList"),
    }
}

/// What no single field can tell.
fn check(event: &Event, map: &Map<String, Value>, wrong: &mut Violations) {
    let nothing = event.items.is_empty() && event.quantities.is_empty();
    match event.kind {
        EventKind::Object if nothing && !map.contains_key("sensorElementList") => {
            wrong.add("epcList", "an ObjectEvent names objects: epcList or quantityList");
        }
        EventKind::Aggregation | EventKind::Association => {
            if event.parent.is_none() && event.action != Some(Action::Observe) {
                wrong.add("parentID", "is required");
            }
            if nothing && event.action != Some(Action::Delete) {
                wrong.add("childEPCs", "something must be put in: childEPCs or childQuantityList");
            }
            if event.parent.as_ref().is_some_and(|parent| event.items.contains(parent)) {
                wrong.add("childEPCs", "a parent cannot be its own child");
            }
        }
        EventKind::Transaction if !map.contains_key("bizTransactionList") => {
            wrong.add("bizTransactionList", "is required");
        }
        EventKind::Transformation => {
            for field in ["inputEPCList", "inputQuantityList"] {
                if field == "inputEPCList" {
                    items(map, field, wrong);
                } else {
                    quantities(map, field, wrong);
                }
            }
        }
        EventKind::Object | EventKind::Transaction => {}
    }
}

fn text<'a>(map: &'a Map<String, Value>, field: &str, wrong: &mut Violations) -> Option<&'a str> {
    match map.get(field) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.trim()),
        Some(_) => {
            wrong.add(field, "must be a string");
            None
        }
    }
}

fn instant(map: &Map<String, Value>, field: &str, wrong: &mut Violations) -> Option<Timestamp> {
    let text = match text(map, field, wrong) {
        Some(text) => text,
        None if map.contains_key(field) => return None,
        None => {
            wrong.add(field, "is required");
            return None;
        }
    };
    match text.parse::<Timestamp>() {
        Ok(time) => Some(time),
        Err(_) => {
            wrong.add(field, "must be a date and time with a zone, like 2025-11-30T10:54:08+08:00");
            None
        }
    }
}

fn offset(map: &Map<String, Value>, wrong: &mut Violations) {
    let Some(text) = text(map, "eventTimeZoneOffset", wrong) else {
        if !map.contains_key("eventTimeZoneOffset") {
            wrong.add("eventTimeZoneOffset", "is required");
        }
        return;
    };
    let sound = match text.as_bytes() {
        [b'+' | b'-', h1, h2, b':', m1, m2] => {
            let digits = [h1, h2, m1, m2].iter().all(|b| b.is_ascii_digit());
            digits && (*h1 == b'0' || (*h1 == b'1' && *h2 <= b'4')) && *m1 <= b'5'
        }
        _ => false,
    };
    if !sound {
        wrong.add("eventTimeZoneOffset", "must be like +08:00, between -14:00 and +14:00");
    }
}

fn action(
    map: &Map<String, Value>,
    kind: Option<EventKind>,
    wrong: &mut Violations,
) -> Option<Action> {
    let given = text(map, "action", wrong);
    if kind == Some(EventKind::Transformation) {
        return None;
    }
    match given {
        Some("ADD") => Some(Action::Add),
        Some("OBSERVE") => Some(Action::Observe),
        Some("DELETE") => Some(Action::Delete),
        Some(_) => {
            wrong.add("action", "must be ADD, OBSERVE or DELETE");
            None
        }
        None => {
            wrong.add("action", "is required");
            None
        }
    }
}

fn term(
    map: &Map<String, Value>,
    field: &str,
    vocabulary: Vocabulary,
    list: &str,
    wrong: &mut Violations,
) -> Option<String> {
    let word = bare(vocabulary, text(map, field, wrong)?);
    if known(list, word) {
        Some(word.to_owned())
    } else {
        wrong.add(field, "is no term of CBV 2.0 and no URI");
        None
    }
}

fn place(map: &Map<String, Value>, field: &str, wrong: &mut Violations) -> Option<String> {
    let value = map.get(field)?;
    let id = value.get("id").and_then(Value::as_str).map(str::trim).unwrap_or_default();
    if id.contains(':') && !id.starts_with("urn:epc:") {
        return Some(canonical_link(id).unwrap_or_else(|| id.to_owned()));
    }
    let link = canonical_link(id);
    if link.is_none() {
        wrong.add(&format!("{field}.id"), "must be an SGLN URN, a Digital Link or another URI");
    }
    link
}

fn list<'a>(map: &'a Map<String, Value>, field: &str, wrong: &mut Violations) -> &'a [Value] {
    match map.get(field) {
        None | Some(Value::Null) => &[],
        Some(Value::Array(values)) => values,
        Some(_) => {
            wrong.add(field, "must be a list");
            &[]
        }
    }
}

fn items(map: &Map<String, Value>, field: &str, wrong: &mut Violations) -> Vec<Item> {
    let mut found = Vec::new();
    for (i, value) in list(map, field, wrong).iter().enumerate() {
        match value.as_str() {
            Some(text) => found.extend(wrong.take(&format!("{field}[{i}]"), Item::parse(text))),
            None => wrong.add(&format!("{field}[{i}]"), "must be a string"),
        }
    }
    found
}

fn quantities(map: &Map<String, Value>, field: &str, wrong: &mut Violations) -> Vec<Quantity> {
    let mut found = Vec::new();
    for (i, value) in list(map, field, wrong).iter().enumerate() {
        wrong.within(&format!("{field}[{i}]"), |wrong| {
            let class = value.get("epcClass").and_then(Value::as_str);
            let Some(class) = wrong.required("epcClass", class) else { return };
            let class = wrong.take("epcClass", Item::parse(class));
            let amount = match value.get("quantity") {
                None => None,
                Some(number) => match number.as_f64().filter(|n| n.is_finite() && *n >= 0.0) {
                    Some(amount) => Some(amount),
                    None => {
                        wrong.add("quantity", "must be a number, not negative");
                        None
                    }
                },
            };
            let unit = value.get("uom").and_then(Value::as_str).map(str::to_owned);
            if unit.as_ref().is_some_and(|unit| !(2..=3).contains(&unit.len())) {
                wrong.add("uom", "must be a UN/CEFACT code of 2 or 3 characters");
            }
            found.extend(class.map(|class| Quantity { class, amount, unit }));
        });
    }
    found
}

fn parties(map: &Map<String, Value>, field: &str, key: &str, wrong: &mut Violations) -> Vec<Party> {
    let mut found = Vec::new();
    for (i, value) in list(map, field, wrong).iter().enumerate() {
        let path = format!("{field}[{i}]");
        let Some(id) = value.get(key).and_then(Value::as_str).map(str::trim) else {
            wrong.add(&format!("{path}.{key}"), "is required");
            continue;
        };
        let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
        let kind = match bare(Vocabulary::SourceDest, kind) {
            "owning_party" => PartyKind::Owning,
            "possessing_party" => PartyKind::Possessing,
            "location" => PartyKind::Location,
            other if other.contains(':') => PartyKind::Other,
            _ => {
                wrong.add(
                    &format!("{path}.type"),
                    "must be owning_party, possessing_party, location or a URI",
                );
                continue;
            }
        };
        match canonical_link(id) {
            Some(id) => found.push(Party { kind, id }),
            None if id.contains(':') && !id.starts_with("urn:epc:") => {
                found.push(Party { kind, id: id.to_owned() });
            }
            None => wrong.add(
                &format!("{path}.{key}"),
                "must be a PGLN or SGLN URN, a Digital Link or another URI",
            ),
        }
    }
    found
}

fn declaration(value: &Value, wrong: &mut Violations) -> Option<ErrorDeclaration> {
    wrong.within("errorDeclaration", |wrong| {
        let Some(map) = value.as_object() else {
            wrong.add("", "must be an object");
            return None;
        };
        let declared_at = instant(map, "declarationTime", wrong);
        let reason = text(map, "reason", wrong);
        let ids = list(map, "correctiveEventIDs", wrong);
        Some(ErrorDeclaration {
            declared_at: declared_at?,
            reason: reason.map(|term| bare(Vocabulary::ErrorReason, term).to_owned()),
            corrective_event_ids: ids.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        })
    })
}

/// Our own extensions by local name; other namespaces stay in the JSON. A prefix that nothing declares is a fault.
fn extensions(
    map: &Map<String, Value>,
    prefixes: &Prefixes,
    wrong: &mut Violations,
) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (key, value) in map {
        if key.starts_with('@') {
            continue;
        }
        let Some((prefix, local)) = key.split_once(':') else { continue };
        match prefixes.get(prefix) {
            None if key.starts_with("http")
                || matches!(prefix, "gs1" | "cbv" | "rdfs" | "epcis") => {}
            None => wrong.add(key, "has a prefix that @context does not declare"),
            Some(namespace) if namespace == super::NAMESPACE => match value {
                Value::String(text) => drop(found.insert(local.to_owned(), text.trim().to_owned())),
                Value::Number(number) => drop(found.insert(local.to_owned(), number.to_string())),
                _ => wrong.add(key, "must be a string"),
            },
            Some(_) => {}
        }
    }
    found
}
