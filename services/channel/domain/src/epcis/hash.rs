//! The GS1 event hash (CBV 2.0, section 8.9): one event has one id, in whatever order and spelling it is written.
//!
//! Where the section's prose and GS1's reference implementation (epcis_event_hash_generator 1.9.3) differ, the
//! implementation decides, because others compute with it: the type of a business transaction, source or destination
//! stands before its id, and these three lists stand among the extensions, sorted with them. Unlike it we do not let the
//! order of JSON keys within those lists change the hash, and write booleans as XML does (`true`).

use super::cbv::Vocabulary;
use super::event::Prefixes;
use crate::gs1::canonical_link;
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// `ni:///sha-256;<hash>?ver=CBV2.0` of an event.
#[must_use]
pub fn event_hash(event: &Value, prefixes: &Prefixes) -> String {
    format!("ni:///sha-256;{}?ver=CBV2.0", hex::encode(Sha256::digest(pre_hash(event, prefixes))))
}

/// The string that is hashed.
#[must_use]
pub fn pre_hash(event: &Value, prefixes: &Prefixes) -> String {
    let Some(map) = event.as_object() else { return String::new() };
    let writer = Writer { prefixes };
    let mut out =
        format!("eventType={}", map.get("type").and_then(Value::as_str).unwrap_or_default());
    for field in FIELDS {
        out.push_str(&writer.standard(map, field));
    }
    out.push_str(&sensor_elements(&writer, map));
    let mut rest: Vec<String> = Vec::new();
    for (list, key, vocabulary) in TYPED {
        rest.push(writer.typed_list(map, list, key, vocabulary));
    }
    for (key, value) in map {
        let standard = FIELDS.contains(&key.as_str())
            || TYPED.iter().any(|(list, ..)| list == key)
            || IGNORED.contains(&key.as_str())
            || key.starts_with('@');
        if !standard {
            rest.extend(writer.generic(key, value));
        }
    }
    rest.sort();
    out.push_str(&rest.concat());
    out
}

const FIELDS: [&str; 19] = [
    "eventTime",
    "eventTimeZoneOffset",
    "certificationInfo",
    "parentID",
    "epcList",
    "inputEPCList",
    "childEPCs",
    "quantityList",
    "childQuantityList",
    "inputQuantityList",
    "outputEPCList",
    "outputQuantityList",
    "action",
    "transformationID",
    "bizStep",
    "disposition",
    "persistentDisposition",
    "readPoint",
    "bizLocation",
];

const TYPED: [(&str, &str, Vocabulary); 3] = [
    ("bizTransactionList", "bizTransaction", Vocabulary::BizTransaction),
    ("destinationList", "destination", Vocabulary::SourceDest),
    ("sourceList", "source", Vocabulary::SourceDest),
];

const IGNORED: [&str; 7] = [
    "type",
    "eventID",
    "recordTime",
    "errorDeclaration",
    "sensorElementList",
    "rdfs:comment",
    "comment",
];

const METADATA: [&str; 8] = [
    "time",
    "startTime",
    "endTime",
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "bizRules",
];

const REPORT: [&str; 23] = [
    "type",
    "exception",
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "time",
    "microorganism",
    "chemicalSubstance",
    "value",
    "component",
    "stringValue",
    "booleanValue",
    "hexBinaryValue",
    "uriValue",
    "minValue",
    "maxValue",
    "meanValue",
    "sDev",
    "percRank",
    "percValue",
    "uom",
    "coordinateReferenceSystem",
];

struct Writer<'a> {
    prefixes: &'a Prefixes,
}

impl Writer<'_> {
    fn standard(&self, map: &Map<String, Value>, field: &str) -> String {
        let Some(value) = map.get(field) else { return String::new() };
        match field {
            "eventTime" => {
                scalar(value).map(|t| format!("{field}={}", instant(&t))).unwrap_or_default()
            }
            "bizStep" => self.term(field, value, Vocabulary::BizStep),
            "disposition" => self.term(field, value, Vocabulary::Disposition),
            "persistentDisposition" => {
                let parts = ["set", "unset"].map(|key| {
                    let terms = self.sorted(values(value.get(key)), |v| {
                        self.term(key, v, Vocabulary::Disposition)
                    });
                    terms.concat()
                });
                nested(field, &parts.concat())
            }
            "epcList" | "inputEPCList" | "childEPCs" | "outputEPCList" => {
                nested(field, &self.sorted(values(Some(value)), |v| self.pair("epc", v)).concat())
            }
            "quantityList" | "childQuantityList" | "inputQuantityList" | "outputQuantityList" => {
                let elements = self.sorted(values(Some(value)), |element| {
                    let keys = ["epcClass", "quantity", "uom"];
                    nested("quantityElement", &keys.map(|key| self.optional(element, key)).concat())
                });
                nested(field, &elements.concat())
            }
            "readPoint" | "bizLocation" => nested(
                field,
                &format!("{}{}", self.optional(value, "id"), self.beside(value, &["id"])),
            ),
            _ => self.sorted(values(Some(value)), |v| self.pair(field, v)).concat(),
        }
    }

    fn typed_list(
        &self,
        map: &Map<String, Value>,
        list: &str,
        key: &str,
        vocabulary: Vocabulary,
    ) -> String {
        let entries = self.sorted(values(map.get(list)), |entry| {
            let kind =
                entry.get("type").map(|v| self.term("type", v, vocabulary)).unwrap_or_default();
            format!("{kind}{}", self.optional(entry, key))
        });
        nested(list, &entries.concat())
    }

    /// Extensions of an element, sorted.
    fn beside(&self, value: &Value, standard: &[&str]) -> String {
        let Some(map) = value.as_object() else { return String::new() };
        let extensions =
            map.iter().filter(|(key, _)| key.contains(':') && !standard.contains(&key.as_str()));
        let mut found: Vec<String> =
            extensions.flat_map(|(key, value)| self.generic(key, value)).collect();
        found.sort();
        found.concat()
    }

    /// An extension or another unknown field: one string for each element.
    fn generic(&self, key: &str, value: &Value) -> Vec<String> {
        let name = self.expanded(key);
        let one = |value: &Value| match value {
            Value::Object(map) => {
                let own = map
                    .get("#text")
                    .and_then(scalar)
                    .map(|text| format!("={}", self.canonical(&text)));
                let inner = map.iter().filter(|(key, _)| *key != "#text" && !key.starts_with('@'));
                let mut parts: Vec<String> =
                    inner.flat_map(|(key, value)| self.generic(key, value)).collect();
                parts.sort();
                format!("{name}{}{}", own.unwrap_or_default(), parts.concat())
            }
            other => match scalar(other) {
                Some(text) if !text.is_empty() => format!("{name}={}", self.canonical(&text)),
                Some(_) => name.clone(),
                None => String::new(),
            },
        };
        values(Some(value)).iter().map(one).filter(|text| !text.is_empty()).collect()
    }

    fn expanded(&self, key: &str) -> String {
        match key.split_once(':') {
            Some((prefix, local)) => match self.prefixes.get(prefix) {
                Some(namespace) => format!("{{{namespace}}}{local}"),
                None => key.to_owned(),
            },
            None => key.to_owned(),
        }
    }

    fn sorted(&self, values: &[Value], write: impl Fn(&Value) -> String) -> Vec<String> {
        let mut found: Vec<String> =
            values.iter().map(write).filter(|text| !text.is_empty()).collect();
        found.sort();
        found
    }

    fn optional(&self, element: &Value, key: &str) -> String {
        element.get(key).map(|value| self.pair(key, value)).unwrap_or_default()
    }

    fn pair(&self, key: &str, value: &Value) -> String {
        match scalar(value) {
            Some(text) if !text.is_empty() => format!("{key}={}", self.canonical(&text)),
            _ => String::new(),
        }
    }

    fn term(&self, key: &str, value: &Value, vocabulary: Vocabulary) -> String {
        match scalar(value) {
            Some(text) if !text.is_empty() => format!("{key}={}", vocabulary.expand(&text)),
            _ => String::new(),
        }
    }

    fn canonical(&self, text: &str) -> String {
        if let Some(link) = canonical_link(text) {
            return link;
        }
        for vocabulary in [
            Vocabulary::BizStep,
            Vocabulary::Disposition,
            Vocabulary::BizTransaction,
            Vocabulary::SourceDest,
            Vocabulary::ErrorReason,
        ] {
            let word = super::cbv::bare(vocabulary, text);
            if word != text {
                return vocabulary.expand(word);
            }
        }
        if let Some((prefix, local)) = text.split_once(':')
            && let Some(namespace) = self.prefixes.get(prefix)
        {
            return format!("{namespace}{local}");
        }
        number(text).unwrap_or_else(|| text.to_owned())
    }
}

/// Sensor elements have their own order; they stand between `bizLocation` and the rest.
fn sensor_elements(writer: &Writer<'_>, map: &Map<String, Value>) -> String {
    let elements = writer.sorted(values(map.get("sensorElementList")), |element| {
        let metadata = element.get("sensorMetadata").map(|value| {
            let fields = METADATA.map(|key| sensor_field(writer, value, key)).concat();
            nested("sensorMetadata", &format!("{fields}{}", writer.beside(value, &[])))
        });
        let reports = writer.sorted(values(element.get("sensorReport")), |value| {
            let fields = REPORT.map(|key| sensor_field(writer, value, key)).concat();
            nested("sensorReport", &format!("{fields}{}", writer.beside(value, &[])))
        });
        let inner = format!(
            "{}{}{}",
            metadata.unwrap_or_default(),
            reports.concat(),
            writer.beside(element, &[])
        );
        nested("sensorElement", &inner)
    });
    nested("sensorElementList", &elements.concat())
}

fn sensor_field(writer: &Writer<'_>, value: &Value, key: &str) -> String {
    let Some(found) = value.get(key) else { return String::new() };
    match key {
        "type" | "exception" => writer.term(key, found, Vocabulary::Measurement),
        "component" => writer.term(key, found, Vocabulary::Component),
        "time" | "startTime" | "endTime" => {
            scalar(found).map(|text| format!("{key}={}", instant(&text))).unwrap_or_default()
        }
        _ => writer.pair(key, found),
    }
}

fn nested(name: &str, inner: &str) -> String {
    if inner.is_empty() { String::new() } else { format!("{name}{inner}") }
}

fn values(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(values)) => values,
        Some(Value::Null) | None => &[],
        Some(single) => std::slice::from_ref(single),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// UTC with milliseconds; what is no time stays as it is.
fn instant(text: &str) -> String {
    let round = TimestampRound::new().smallest(Unit::Millisecond).mode(RoundMode::HalfEven);
    match text.parse::<Timestamp>().and_then(|time| time.round(round)) {
        Ok(time) => format!("{time:.3}"),
        Err(_) => text.to_owned(),
    }
}

/// A number without signs and zeros that say nothing; small ones as Python writes them, as the reference does.
fn number(text: &str) -> Option<String> {
    let plausible =
        text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'+' | b'-' | b'e' | b'E'));
    let value: f64 = text.parse().ok().filter(|v: &f64| plausible && v.is_finite())?;
    if value == 0.0 {
        return Some("0".to_owned());
    }
    if value.fract() == 0.0 {
        return Some(format!("{value:.0}"));
    }
    if value.abs() >= 1e-4 {
        return Some(value.to_string());
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once("e-")?;
    Some(format!("{mantissa}e-{exponent:0>2}"))
}

#[cfg(test)]
mod tests;
