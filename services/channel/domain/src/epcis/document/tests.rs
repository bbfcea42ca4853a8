//! Documents: what is read, and where faults are said to be.

use super::super::{Meaning, meaning};
use super::*;
use proptest::prelude::*;
use serde_json::json;

fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn event() -> Value {
    json!({"type": "ObjectEvent", "eventTime": "2025-11-30T18:54:08+08:00", "eventTimeZoneOffset": "+08:00",
        "epcList": ["urn:epc:id:sgtin:9521234.020201.25A1"], "action": "OBSERVE", "bizStep": "installing",
        "aftercare:region": "360100"})
}

fn document(events: Vec<Value>) -> Vec<u8> {
    json!({"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"aftercare": "https://aftercare.dev/epcis/"}],
        "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2025-12-01T00:00:00Z",
        "epcisBody": {"eventList": events}})
    .to_string()
    .into_bytes()
}

fn faults(bytes: &[u8]) -> Vec<String> {
    parse_document(bytes, now()).unwrap_err().faults.into_iter().map(|f| f.field).collect()
}

#[test]
fn a_sound_document_is_read_and_an_event_without_id_gets_its_hash() {
    let read = parse_document(&document(vec![event()]), now()).unwrap();
    assert_eq!(read.events.len(), 1);
    assert!(
        read.events[0].id.starts_with("ni:///sha-256;")
            && read.events[0].id.ends_with("?ver=CBV2.0")
    );
    let mut wrong = Violations::new();
    let Meaning::Sighting(seen) = meaning(&read.events[0], &mut wrong) else {
        panic!("no sighting")
    };
    assert_eq!(seen.region.unwrap().as_str(), "360100");
}

#[test]
fn every_fault_is_named_with_its_path_at_once() {
    let mut time = event();
    time["eventTime"] = json!("2025-11-30 18:54");
    time["eventTimeZoneOffset"] = json!("8");
    let mut key = event();
    key["epcList"] = json!([
        "urn:epc:id:sgtin:9521234.020201.25A1",
        "https://id.gs1.org/01/09521234202012/21/1"
    ]);
    key["action"] = json!("SEE");
    let mut prefix = event();
    prefix["other:field"] = json!("x");
    prefix["bizStep"] = json!("teleporting");
    let mut amount = event();
    amount["quantityList"] =
        json!([{"epcClass": "urn:epc:class:lgtin:9521234.020301.L7", "quantity": -1}]);
    assert_eq!(
        faults(&document(vec![event(), time, key, prefix, amount, json!(7)])),
        [
            "epcisBody.eventList[1].eventTime",
            "epcisBody.eventList[1].eventTimeZoneOffset",
            "epcisBody.eventList[2].action",
            "epcisBody.eventList[2].epcList[1]",
            "epcisBody.eventList[3].bizStep",
            "epcisBody.eventList[3].other:field",
            "epcisBody.eventList[4].quantityList[0].quantity",
            "epcisBody.eventList[5]",
        ]
    );
}

#[test]
fn what_no_single_field_can_tell_is_checked_too() {
    let mut future = event();
    future["eventTime"] = json!("2026-01-01T00:06:00Z");
    let nothing = json!({"type": "ObjectEvent", "eventTime": "2025-11-30T18:54:08+08:00", "eventTimeZoneOffset": "+08:00", "action": "OBSERVE"});
    let itself = json!({"type": "AggregationEvent", "eventTime": "2025-11-30T18:54:08+08:00", "eventTimeZoneOffset": "+08:00",
        "parentID": "urn:epc:id:sscc:9521234.0000000012", "childEPCs": ["urn:epc:id:sscc:9521234.0000000012"], "action": "ADD"});
    assert_eq!(
        faults(&document(vec![future, nothing, itself])),
        [
            "epcisBody.eventList[0].eventTime",
            "epcisBody.eventList[1].epcList",
            "epcisBody.eventList[2].childEPCs",
        ]
    );
    assert_eq!(faults(b"{"), [""]);
    assert_eq!(faults(b"{}"), ["type", "schemaVersion", "creationDate", "epcisBody.eventList"]);
}

#[test]
fn a_document_of_thousands_of_faults_says_how_many_there_are() {
    let refused = parse_document(&document(vec![json!({}); 2000]), now()).unwrap_err();
    assert_eq!(refused.faults.len(), CARRIED);
    assert!(refused.total >= 6000);
}

#[test]
fn events_mean_what_the_conventions_say() {
    let gln = |n: u8| format!("urn:epc:id:pgln:952500{n}.00000");
    let ship = |disposition: &str| {
        json!({"type": "ObjectEvent", "eventTime": "2025-11-30T18:54:08+08:00", "eventTimeZoneOffset": "+08:00",
        "epcList": ["urn:epc:id:sgtin:9521234.020201.25A1"], "action": "OBSERVE", "bizStep": "shipping", "disposition": disposition,
        "sourceList": [{"type": "owning_party", "source": gln(1)}], "destinationList": [{"type": "owning_party", "destination": gln(2)}]})
    };
    let mut receiving = event();
    receiving["bizStep"] = json!("receiving");
    let mut birth = event();
    birth["action"] = json!("ADD");
    birth["bizStep"] = json!("commissioning");
    let read = parse_document(
        &document(vec![ship("in_transit"), ship("returned"), receiving, birth]),
        now(),
    )
    .unwrap();
    let mut wrong = Violations::new();
    let found: Vec<Meaning> = read.events.iter().map(|event| meaning(event, &mut wrong)).collect();
    let shipment = |returned| Meaning::Shipment {
        from: "9525001000008".to_owned(),
        to: "9525002000007".to_owned(),
        returned,
    };
    assert_eq!(found, [shipment(false), shipment(true), Meaning::History, Meaning::Commissioned]);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_document(&bytes, now());
    }

    #[test]
    fn no_value_in_any_field_panics(field in "(type|eventTime|eventTimeZoneOffset|epcList|action|bizStep|readPoint|sourceList|quantityList|errorDeclaration|aftercare:region|eventID|parentID|sensorElementList)", number in any::<f64>(), text in ".{0,20}", shape in 0..5) {
        let mut wrong = event();
        wrong[field] = match shape {
            0 => json!(text),
            1 => json!(number),
            2 => json!([text, number]),
            3 => json!({"id": text, "type": number}),
            _ => json!([{"epcClass": text, "quantity": number, "source": text, "type": text}]),
        };
        let _ = parse_document(&document(vec![wrong]), now());
    }
}
