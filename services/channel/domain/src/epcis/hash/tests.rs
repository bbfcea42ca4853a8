//! Known answers of GS1's reference implementation (in `known.json`), and what must not change a hash.

use super::*;
use proptest::prelude::*;

fn known() -> (Prefixes, Vec<Value>) {
    let file: Value = serde_json::from_str(include_str!("known.json")).unwrap();
    let context = file["context"].as_object().unwrap();
    let prefixes =
        context.iter().map(|(k, v)| (k.clone(), v.as_str().unwrap().to_owned())).collect();
    (prefixes, file["cases"].as_array().unwrap().clone())
}

#[test]
fn hashes_are_those_of_the_reference_implementation() {
    let (prefixes, cases) = known();
    assert_eq!(cases.len(), 9);
    for case in cases {
        assert_eq!(pre_hash(&case["event"], &prefixes), case["pre_hash"].as_str().unwrap());
        assert_eq!(event_hash(&case["event"], &prefixes), case["hash"].as_str().unwrap());
    }
}

#[test]
fn urns_and_links_bare_words_and_uris_hash_alike() {
    let (prefixes, _) = known();
    let bare: Value = serde_json::json!({
        "type": "ObjectEvent", "eventTime": "2025-11-30T18:54:08+08:00", "eventTimeZoneOffset": "+08:00",
        "epcList": ["urn:epc:id:sgtin:9521234.020201.25A1"], "action": "OBSERVE", "bizStep": "inspecting",
        "readPoint": {"id": "urn:epc:id:sgln:9521234.00001.0"}, "aftercare:price": "12.50"});
    let spelled: Value = serde_json::json!({
        "aftercare:price": 12.5, "type": "ObjectEvent", "eventTime": "2025-11-30T10:54:08.000Z", "eventTimeZoneOffset": "+08:00",
        "epcList": ["https://shop.example/01/09521234202011/21/25A1?a=b"], "action": "OBSERVE", "eventID": "urn:uuid:1",
        "bizStep": "https://ref.gs1.org/cbv/BizStep-inspecting", "readPoint": {"id": "https://id.gs1.org/414/9521234000013"}});
    assert_eq!(pre_hash(&bare, &prefixes), pre_hash(&spelled, &prefixes));
}

#[test]
fn numbers_lose_only_what_says_nothing() {
    for (text, canonical) in [
        ("1.0", "1"),
        ("+0.34340", "0.3434"),
        ("-0.0", "0"),
        ("1e3", "1000"),
        ("0.00001", "1e-05"),
        ("430200", "430200"),
    ] {
        assert_eq!(number(text).as_deref(), Some(canonical), "{text}");
    }
    for text in ["", "A1", "nan", "inf", "+08:00", "1_0"] {
        assert_eq!(number(text), None, "{text}");
    }
}

/// The same JSON with the keys of every object in another order, and spaces around strings.
fn shuffled(value: &Value, turn: usize) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> =
                map.iter().map(|(k, v)| (k.clone(), shuffled(v, turn))).collect();
            let by = turn % entries.len().max(1);
            entries.rotate_left(by);
            if turn % 2 == 1 {
                entries.reverse();
            }
            Value::Object(entries.into_iter().collect())
        }
        Value::Array(values) => {
            let mut values: Vec<_> = values.iter().map(|v| shuffled(v, turn)).collect();
            let by = turn % values.len().max(1);
            values.rotate_left(by);
            Value::Array(values)
        }
        Value::String(text) => Value::String(format!(" {text}\n")),
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn the_order_of_keys_and_lists_and_white_space_do_not_matter(case in 0usize..9, turn in 0usize..50) {
        let (prefixes, cases) = known();
        let event = &cases[case]["event"];
        let mut other = shuffled(event, turn);
        other["type"] = event["type"].clone();
        prop_assert_eq!(event_hash(event, &prefixes), event_hash(&other, &prefixes));
    }

    #[test]
    fn another_serial_is_another_event(serial in "[A-Z0-9]{1,20}") {
        let (prefixes, cases) = known();
        let mut other = cases[6]["event"].clone();
        other["epcList"][0] = Value::String(format!("urn:epc:id:sgtin:9521234.020202.{serial}"));
        let same = serial == "25A003014";
        prop_assert_eq!(event_hash(&other, &prefixes) == cases[6]["hash"].as_str().unwrap(), same);
    }
}
