//! EPCIS 2.0 documents: what the warehouse and the field report.

use crate::codes::{COMPANY_PREFIX, Gln, digital_link, sgtin_urn};
use crate::dice::Dice;
use crate::distributors::{Distributor, Shop, maker};
use crate::market::{EPCIS_FROM, Market, Seen, Sighting};
use jiff::ToSpan;
use jiff::civil::{DateTime, date};
use serde_json::{Map, Value, json};

/// All documents: file name and text.
pub fn documents(
    network: &[Distributor],
    shops: &[Shop],
    market: &Market,
) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut dice = Dice::new(31);
    for month in 7..=12i8 {
        let events = shipping(&mut dice, network, market, month);
        files.push((format!("epcis/shipments-2025-{month:02}.jsonld"), document(month, &events)));
    }
    for month in 9..=12i8 {
        let events = observing(&mut dice, shops, market, month);
        files.push((format!("epcis/sightings-2025-{month:02}.jsonld"), document(month, &events)));
    }
    files
}

/// A document with one event a line, so that a change is a changed line.
fn document(month: i8, events: &[Value]) -> String {
    let made = date(2025, month, 1).last_of_month().saturating_add(1.days());
    let mut text = String::from(
        "{\n\"@context\": [\"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld\", {\"aftercare\": \"https://aftercare.dev/epcis/\"}],\n",
    );
    text.push_str("\"type\": \"EPCISDocument\",\n\"schemaVersion\": \"2.0\",\n");
    text.push_str(&format!("\"creationDate\": \"{}T00:30:00Z\",\n", made));
    text.push_str("\"epcisBody\": {\"eventList\": [\n");
    for (index, event) in events.iter().enumerate() {
        text.push_str(&event.to_string());
        text.push_str(if index + 1 < events.len() { ",\n" } else { "\n" });
    }
    text.push_str("]}\n}\n");
    text
}

fn shipping(dice: &mut Dice, network: &[Distributor], market: &Market, month: i8) -> Vec<Value> {
    let of_month = market
        .deliveries
        .iter()
        .filter(|delivery| delivery.at.month() == month && delivery.at.date() >= EPCIS_FROM);
    of_month
        .map(|delivery| {
            let to = network[delivery.distributor - 1].party().pgln();
            let epcs: Vec<String> = delivery
                .units
                .iter()
                .map(|unit| sgtin_urn(unit.product.item, &unit.serial))
                .collect();
            let paper = format!("urn:epcglobal:cbv:bt:{}:{}", maker().digits(), delivery.number);
            json!({
                "eventID": format!("urn:uuid:{}", dice.uuid()),
                "type": "ObjectEvent",
                "eventTime": utc(delivery.at),
                "eventTimeZoneOffset": "+08:00",
                "epcList": epcs,
                "action": "OBSERVE",
                "bizStep": "shipping",
                "disposition": "in_transit",
                "readPoint": {"id": Gln::ours(1).sgln()},
                "bizTransactionList": [{"type": "desadv", "bizTransaction": paper}],
                "sourceList": [{"type": "owning_party", "source": maker().pgln()}],
                "destinationList": [{"type": "owning_party", "destination": to}],
            })
        })
        .collect()
}

fn observing(dice: &mut Dice, shops: &[Shop], market: &Market, month: i8) -> Vec<Value> {
    let of_month: Vec<&Sighting> =
        market.sightings.iter().filter(|seen| seen.at.month() == month).collect();
    let mut events: Vec<(DateTime, Value)> = Vec::new();
    for seen in of_month.iter().filter(|seen| seen.seen != Seen::Patrol) {
        events.push((seen.at, single(dice, shops, market, seen)));
    }
    for group in patrols(&of_month) {
        let last = group.iter().map(|seen| seen.at).max().unwrap_or(group[0].at);
        events.push((last, patrol(shops, market, &group, last)));
    }
    events.sort_by_key(|event| event.0);
    events.into_iter().map(|(_, event)| event).collect()
}

fn single(dice: &mut Dice, shops: &[Shop], market: &Market, seen: &Sighting) -> Value {
    let (item, serial) = unit(market, seen);
    let (step, kind) = match seen.seen {
        Seen::Warranty => ("installing", "WARRANTY_REGISTRATION"),
        Seen::Scan => ("other", "SCAN"),
        Seen::Invoice => ("retail_selling", "INVOICE"),
        Seen::Patrol => ("inspecting", "PATROL"),
    };
    let mut event = Map::new();
    event.insert("eventID".into(), json!(format!("urn:uuid:{}", dice.uuid())));
    event.insert("type".into(), json!("ObjectEvent"));
    event.insert("eventTime".into(), json!(utc(seen.at)));
    event.insert("eventTimeZoneOffset".into(), json!("+08:00"));
    event.insert("epcList".into(), json!([sgtin_urn(item, serial)]));
    event.insert("action".into(), json!("OBSERVE"));
    event.insert("bizStep".into(), json!(step));
    let shop = shops.iter().find(|shop| shop.city.region == seen.city.region);
    // A buyer registers from home: the region is known, a GLN is not.
    match shop.filter(|_| seen.seen != Seen::Warranty) {
        Some(shop) => event.insert("readPoint".into(), json!({"id": shop.gln.sgln()})),
        None => event.insert("aftercare:region".into(), json!(seen.city.region)),
    };
    event.insert("aftercare:sightingKind".into(), json!(kind));
    if let Some(price) = seen.price {
        event.insert("aftercare:price".into(), json!(format!("{price:.2}")));
        event.insert("aftercare:currency".into(), json!("CNY"));
    }
    Value::Object(event)
}

/// Patrols: what was seen in one city in one week is one report.
fn patrols<'a>(of_month: &[&'a Sighting]) -> Vec<Vec<&'a Sighting>> {
    let mut groups: Vec<Vec<&Sighting>> = Vec::new();
    for seen in of_month.iter().filter(|seen| seen.seen == Seen::Patrol) {
        let week = seen.at.date().iso_week_date().week();
        let same = |group: &&mut Vec<&Sighting>| {
            let first = group[0];
            first.city.region == seen.city.region && first.at.date().iso_week_date().week() == week
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(seen),
            None => groups.push(vec![seen]),
        }
    }
    groups
}

fn patrol(shops: &[Shop], market: &Market, group: &[&Sighting], at: DateTime) -> Value {
    let links: Vec<String> = group
        .iter()
        .map(|seen| {
            let (item, serial) = unit(market, seen);
            digital_link(item, serial)
        })
        .collect();
    let mut event = json!({
        "type": "ObjectEvent",
        "eventTime": utc(at),
        "eventTimeZoneOffset": "+08:00",
        "epcList": links,
        "action": "OBSERVE",
        "bizStep": "https://ref.gs1.org/cbv/BizStep-inspecting",
        "aftercare:sightingKind": "PATROL",
    });
    let region = group[0].city.region;
    if let Some(shop) = shops.iter().find(|shop| shop.city.region == region) {
        event["readPoint"] = json!({"id": format!("https://id.gs1.org/414/{}", shop.gln.digits())});
    } else {
        event["aftercare:region"] = json!(region);
    }
    event
}

fn unit<'a>(market: &'a Market, seen: &Sighting) -> (u32, &'a str) {
    let unit = &market.deliveries[seen.delivery].units[seen.unit];
    (unit.product.item, &unit.serial)
}

/// China time as UTC text; China has no other offset in these years.
fn utc(at: DateTime) -> String {
    at.saturating_sub(8.hours()).strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}

const _: () = assert!(COMPANY_PREFIX.len() == 7, "EPC URNs above need a seven-digit prefix");
