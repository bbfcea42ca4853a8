//! Documents, plain shipments and sightings: once, whole, in any order, and taken back.

use crate::market::{Channel, document, seen, sgtin, shipping};
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_platform::testing::Kind;
use serde_json::json;
use tonic::Code;
use tonic_types::StatusExt;

async fn verdicts(channel: &Channel) -> Vec<(String, pb::Verdict, String)> {
    let list = pb::ListSightingsRequest { page_size: 1000, ..Default::default() };
    let found = channel.detection().list_sightings(list).await.unwrap().into_inner().sightings;
    found.into_iter().map(|s| (s.serial.clone(), s.verdict(), s.responsible)).collect()
}

async fn a_document_with_a_wrong_event_stores_nothing_and_says_where(kind: Kind) {
    let channel = Channel::with_market(kind).await;
    let mut wrong = seen(&sgtin("A2"), "360100", "2025-11-02T10:00:00Z");
    wrong["eventTime"] = json!("yesterday");
    let mut stranger = shipping(&[sgtin("A1")], 0, 1, "2025-10-01T10:00:00Z");
    stranger["destinationList"][0]["destination"] = json!("urn:epc:id:pgln:9529999.00000");
    let good = seen(&sgtin("A1"), "360100", "2025-11-02T10:00:00Z");
    let status =
        channel.capture().capture_document(document(vec![good.clone(), wrong])).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let details = status.get_error_details();
    assert_eq!(
        details.bad_request().unwrap().field_violations[0].field,
        "epcisBody.eventList[1].eventTime"
    );
    assert_eq!(details.error_info().unwrap().reason, "EPCIS_DOCUMENT_INVALID");
    let status =
        channel.capture().capture_document(document(vec![good, stranger])).await.unwrap_err();
    let field = status.get_error_details().bad_request().unwrap().field_violations[0].field.clone();
    assert_eq!(field, "epcisBody.eventList[1].destinationList");
    let events =
        channel.capture().list_item_events(pb::ListItemEventsRequest::default()).await.unwrap();
    assert!(events.into_inner().item_events.is_empty());
}

async fn the_same_event_sent_twice_is_stored_once(kind: Kind) {
    let channel = Channel::with_market(kind).await;
    let ship = shipping(&[sgtin("A1"), sgtin("A2")], 0, 1, "2025-10-01T10:00:00Z");
    let spelled = json!({"type": "ObjectEvent", "epcList": ["https://shop.example/01/09521234202011/21/A2?x", sgtin("A1")],
        "bizStep": "https://ref.gs1.org/cbv/BizStep-shipping", "action": "OBSERVE", "disposition": "in_transit",
        "eventTimeZoneOffset": "+08:00", "eventTime": "2025-10-01T18:00:00.000+08:00",
        "destinationList": ship["destinationList"], "sourceList": ship["sourceList"]});
    let both = channel
        .capture()
        .capture_document(document(vec![ship.clone(), spelled]))
        .await
        .unwrap()
        .into_inner();
    assert_eq!((both.events, both.stored, both.duplicates, both.shipments), (2, 1, 1, 1));
    assert_eq!(both.event_ids[0], both.event_ids[1]);
    let again =
        channel.capture().capture_document(document(vec![ship])).await.unwrap().into_inner();
    assert_eq!((again.stored, again.duplicates, again.shipments), (0, 1, 0));
    let item = sgtin("A1");
    let chain = channel
        .custody()
        .get_custody(pb::GetCustodyRequest { item, as_of: None })
        .await
        .unwrap()
        .into_inner();
    assert_eq!((chain.steps.len(), chain.responsible.as_str()), (1, "distributors/d1"));
}

async fn a_late_shipment_judges_earlier_sightings_again(kind: Kind) {
    let channel = Channel::with_market(kind).await;
    let case = "urn:epc:id:sscc:9521234.0000000012".to_owned();
    let seen = vec![
        seen(&sgtin("A1"), "360100", "2025-11-02T10:00:00Z"),
        seen(&sgtin("A2"), "330106", "2025-11-02T10:00:00Z"),
    ];
    let first = channel.capture().capture_document(document(seen)).await.unwrap().into_inner();
    assert_eq!((first.sightings, first.rejudged), (2, 0));
    assert!(
        verdicts(&channel)
            .await
            .iter()
            .all(|(_, verdict, _)| *verdict == pb::Verdict::UnknownCustody)
    );
    let packed = json!({"type": "AggregationEvent", "eventTime": "2025-09-30T10:00:00Z", "eventTimeZoneOffset": "+08:00", "action": "ADD",
        "parentID": case, "childEPCs": [sgtin("A1"), sgtin("A2")], "bizStep": "packing"});
    channel.capture().capture_document(document(vec![packed])).await.unwrap();
    let late = document(vec![shipping(&[case], 0, 1, "2025-10-01T10:00:00Z")]);
    let late = channel.capture().capture_document(late).await.unwrap().into_inner();
    assert_eq!((late.shipments, late.rejudged), (1, 2));
    let expected = [("A1", pb::Verdict::OutOfTerritory), ("A2", pb::Verdict::InTerritory)];
    let mut found = verdicts(&channel).await;
    found.sort_by(|a, b| a.0.cmp(&b.0));
    for ((serial, verdict, responsible), (of, is)) in found.iter().zip(expected) {
        assert_eq!((serial.as_str(), *verdict, responsible.as_str()), (of, is, "distributors/d1"));
    }
}

async fn a_declared_error_takes_back_what_followed(kind: Kind) {
    let channel = Channel::with_market(kind).await;
    let mut ship = shipping(&[sgtin("A1")], 0, 1, "2025-10-01T10:00:00Z");
    ship["eventID"] = json!("urn:uuid:ship-1");
    let sighting = seen(&sgtin("A1"), "360100", "2025-11-02T10:00:00Z");
    channel.capture().capture_document(document(vec![ship.clone(), sighting])).await.unwrap();
    assert_eq!(verdicts(&channel).await[0].1, pb::Verdict::OutOfTerritory);
    ship["errorDeclaration"] =
        json!({"declarationTime": "2025-11-05T10:00:00Z", "reason": "did_not_occur"});
    let taken = channel
        .capture()
        .capture_document(document(vec![ship.clone()]))
        .await
        .unwrap()
        .into_inner();
    assert_eq!((taken.withdrawn, taken.rejudged, taken.stored), (1, 1, 0));
    assert_eq!(verdicts(&channel).await[0].1, pb::Verdict::UnknownCustody);
    let again =
        channel.capture().capture_document(document(vec![ship])).await.unwrap().into_inner();
    assert_eq!((again.withdrawn, again.duplicates), (0, 1));
}

fn plain(id: &str, serials: &[&str], to: &str) -> pb::Shipment {
    pb::Shipment {
        name: format!("shipments/{id}"),
        shipper: "distributors/d0".to_owned(),
        consignee: format!("distributors/{to}"),
        ship_time: Some(prost_types::Timestamp { seconds: 1_759_300_000, nanos: 0 }),
        lines: vec![pb::ShipmentLine {
            product: "products/p1".to_owned(),
            serials: serials.iter().map(|s| (*s).to_owned()).collect(),
            quantity: 1,
            ..Default::default()
        }],
        ..Default::default()
    }
}

async fn plain_shipments_are_stored_once_and_corrected(kind: Kind) {
    let channel = Channel::with_market(kind).await;
    let send = async |shipments: Vec<pb::Shipment>| {
        let request = pb::BatchRecordShipmentsRequest { shipments, ..Default::default() };
        channel.capture().batch_record_shipments(request).await.map(tonic::Response::into_inner)
    };
    let stored =
        send(vec![plain("l1", &["A1", ""], "d1"), plain("l2", &["A2"], "d1")]).await.unwrap();
    assert_eq!(stored.stored, 2);
    assert_eq!(send(vec![plain("l1", &["A1", ""], "d1")]).await.unwrap().stored, 0);
    let sighting = pb::Sighting {
        product: "products/p1".to_owned(),
        serial: "A1".to_owned(),
        kind: pb::SightingKind::Patrol.into(),
        sight_time: Some(prost_types::Timestamp { seconds: 1_762_000_000, nanos: 0 }),
        location: "locations/shop".to_owned(),
        ..Default::default()
    };
    let request = pb::BatchRecordSightingsRequest {
        sightings: vec![sighting.clone(), sighting],
        ..Default::default()
    };
    let seen = channel.capture().batch_record_sightings(request).await.unwrap().into_inner();
    assert_eq!((seen.stored, seen.sightings.len()), (1, 2));
    assert_eq!(
        (seen.sightings[0].verdict(), seen.sightings[0].region.as_str()),
        (pb::Verdict::OutOfTerritory, "360100")
    );
    let corrected = send(vec![plain("l1", &["A1"], "d2")]).await.unwrap();
    assert_eq!((corrected.stored, corrected.rejudged), (1, 1));
    assert_eq!(verdicts(&channel).await[0].1, pb::Verdict::InTerritory);
    let mut wrong = plain("l3", &[], "nobody");
    wrong.lines[0].quantity = -1;
    wrong.lines[0].first_serial = "A0000000001".to_owned();
    wrong.lines[0].last_serial = "A1000000000".to_owned();
    let status = send(vec![plain("l4", &["A4"], "d1"), wrong]).await.unwrap_err();
    let details = status.get_error_details();
    let mut fields: Vec<_> =
        details.bad_request().unwrap().field_violations.iter().map(|v| v.field.as_str()).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "shipments[1].consignee",
            "shipments[1].lines[0].last_serial",
            "shipments[1].lines[0].quantity"
        ]
    );
}

async fn another_tenant_sees_nothing_of_it(kind: Kind) {
    let mut channel = Channel::with_market(kind).await;
    let ship = shipping(&[sgtin("A1")], 0, 1, "2025-10-01T10:00:00Z");
    channel.capture().capture_document(document(vec![ship])).await.unwrap();
    channel.call.caller.tenant = aftercare_kernel::ids::TenantId::parse("rival").unwrap();
    let item = sgtin("A1");
    let status = channel
        .custody()
        .get_custody(pb::GetCustodyRequest { item, as_of: None })
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}

macro_rules! on_both {
    ($($test:ident)+) => {
        mod sqlite { $(#[tokio::test] async fn $test() { super::$test(super::Kind::Sqlite).await })+ }
        mod postgres { $(#[tokio::test] async fn $test() { super::$test(super::Kind::Postgres).await })+ }
    };
}
on_both!(
    a_document_with_a_wrong_event_stores_nothing_and_says_where
    the_same_event_sent_twice_is_stored_once
    a_late_shipment_judges_earlier_sightings_again
    a_declared_error_takes_back_what_followed
    plain_shipments_are_stored_once_and_corrected
    another_tenant_sees_nothing_of_it
);
