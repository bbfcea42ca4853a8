//! Plain shipments on the wire, and the items that their lines name.

use super::sighting::{distributor, id_in, product};
use crate::store::market::MarketFacts;
use crate::store::shipment::{Line, Shipment, entity, read as stored};
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_channel_domain::gs1::{Item, Sscc};
use aftercare_kernel::fault::Violations;
use aftercare_platform::database::StoreError;
use aftercare_platform::wire::{instant, timestamp};
use jiff::Timestamp;

/// A shipment with its id.
pub(crate) struct Read {
    pub id: String,
    pub shipment: Shipment,
}

/// Units of one range: a longer one is a slip of the finger, or a lot.
const MAX_RANGE: u64 = 10_000;

/// A shipment, parsed.
pub(crate) fn read(
    wire: &pb::Shipment,
    facts: &MarketFacts,
    now: Timestamp,
    wrong: &mut Violations,
) -> Option<Read> {
    let id = id_in(&wire.name, "shipments/{shipment}", "name", wrong);
    let shipper = distributor(&wire.shipper, "shipper", facts, wrong);
    let consignee = distributor(&wire.consignee, "consignee", facts, wrong);
    if shipper.is_some() && shipper == consignee {
        wrong.add("consignee", "must be another distributor than the shipper");
    }
    let at = wrong.required("ship_time", wire.ship_time.as_ref());
    let at = at.and_then(|at| wrong.take("ship_time", instant(at)));
    if at.is_some_and(|at| at > now) {
        wrong.add("ship_time", "lies in the future");
    }
    if wire.lines.is_empty() {
        wrong.add("lines", "at least one is required");
    }
    let mut lines = Vec::with_capacity(wire.lines.len());
    for (i, wire) in wire.lines.iter().enumerate() {
        lines.extend(wrong.within(&format!("lines[{i}]"), |wrong| line(wire, facts, wrong)));
    }
    let shipment = Shipment {
        shipper: shipper?,
        consignee: consignee?,
        at: at?,
        lines,
        returned: wire.returned,
        document: wire.document.clone(),
    };
    Some(Read { id: id?, shipment })
}

fn line(wire: &pb::ShipmentLine, facts: &MarketFacts, wrong: &mut Violations) -> Option<Line> {
    let (product, _) = product(&wire.product, "product", facts, wrong)?;
    let serials: Vec<String> =
        wire.serials.iter().filter(|serial| !serial.is_empty()).cloned().collect();
    for (i, serial) in serials.iter().enumerate() {
        if serial.len() > 20 || !serial.bytes().all(|b| b.is_ascii_graphic()) {
            wrong.add(&format!("serials[{i}]"), "must be 1 to 20 printable ASCII characters");
        }
    }
    if wire.quantity < 0 {
        wrong.add("quantity", "must not be negative");
    }
    if !wire.lot.is_empty() && wire.quantity == 0 {
        wrong.add("quantity", "is required for a lot");
    }
    if !wire.sscc.is_empty() {
        wrong.take("sscc", Sscc::parse(&wire.sscc));
    }
    let ranged = !wire.first_serial.is_empty() || !wire.last_serial.is_empty();
    if ranged && let Err(what) = range(&wire.first_serial, &wire.last_serial) {
        wrong.add("last_serial", what);
    }
    if serials.is_empty() && !ranged && wire.lot.is_empty() && wire.sscc.is_empty() {
        wrong.add("serials", "something must say the units: serials, a range, a lot or an SSCC");
    }
    Some(Line {
        product,
        serials,
        first_serial: wire.first_serial.clone(),
        last_serial: wire.last_serial.clone(),
        lot: wire.lot.clone(),
        sscc: wire.sscc.clone(),
        quantity: wire.quantity,
    })
}

/// The serials from the first to the last: the same text before a number of the same width.
fn range(first: &str, last: &str) -> Result<Vec<String>, String> {
    let digits = first.bytes().rev().take_while(u8::is_ascii_digit).count().min(18);
    let (head, tail) = first.split_at(first.len() - digits);
    let end = last.strip_prefix(head).filter(|end| end.len() == digits);
    let (Ok(from), Some(Ok(to))) = (tail.parse::<u64>(), end.map(str::parse::<u64>)) else {
        return Err(
            "must begin like first_serial and end with a number of the same width".to_owned()
        );
    };
    if to < from {
        return Err("must not lie before first_serial".to_owned());
    }
    let units = to - from + 1;
    if units > MAX_RANGE {
        return Err(format!(
            "the range has {units} units; at most {MAX_RANGE}: ship more by lot or SSCC"
        ));
    }
    Ok((from..=to).map(|n| format!("{head}{n:0digits$}")).collect())
}

/// The items of a shipment with their GTINs.
pub(crate) fn items(shipment: &Shipment, facts: &MarketFacts) -> Vec<(String, String)> {
    let mut found = std::collections::BTreeSet::new();
    for line in &shipment.lines {
        let Some(product) = facts.goods.get(&line.product) else { continue };
        let gtin = &product.gtin;
        let ranged = range(&line.first_serial, &line.last_serial).unwrap_or_default();
        for serial in line.serials.iter().chain(&ranged) {
            let item = Item::Serial { gtin: gtin.clone(), serial: serial.clone() };
            found.insert((item.to_string(), gtin.to_string()));
        }
        if !line.lot.is_empty() {
            let item = Item::Lot { gtin: gtin.clone(), lot: line.lot.clone() };
            found.insert((item.to_string(), gtin.to_string()));
        }
        if let Ok(sscc) = Sscc::parse(&line.sscc) {
            found.insert((Item::Logistic(sscc).to_string(), String::new()));
        }
    }
    found.into_iter().collect()
}

/// A stored shipment.
pub(crate) fn present(row: &entity::Model) -> Result<pb::Shipment, StoreError> {
    let (shipment, recorded) = stored(row)?;
    let lines = shipment.lines.into_iter().map(|line| pb::ShipmentLine {
        product: format!("products/{}", line.product),
        serials: line.serials,
        first_serial: line.first_serial,
        last_serial: line.last_serial,
        lot: line.lot,
        sscc: line.sscc,
        quantity: line.quantity,
    });
    Ok(pb::Shipment {
        name: format!("shipments/{}", row.id),
        shipper: row.shipper.clone(),
        consignee: row.consignee.clone(),
        ship_time: Some(timestamp(shipment.at)),
        lines: lines.collect(),
        returned: shipment.returned,
        document: shipment.document,
        record_time: Some(timestamp(recorded)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_expanded_or_refused_with_a_reason() {
        assert_eq!(range("25A008", "25A011").unwrap(), ["25A008", "25A009", "25A010", "25A011"]);
        for (first, last, what) in [
            ("25A1", "25B2", "begin like"),
            ("25A1", "25A12", "same width"),
            ("A", "A", "begin like"),
            ("A9", "A1", "before"),
            ("A0000000001", "A1000000000", "1000000000 units"),
            ("", "A1", "begin like"),
        ] {
            let error = range(first, last).unwrap_err();
            assert!(error.contains(what), "{first} {last}: {error}");
        }
    }
}
