//! Events of goods, for those who listen: (subject, type, serialised message).

use super::judge::Judged;
use crate::convert::sighting;
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_channel_domain::custody::Move;
use aftercare_platform::status::Error;
use aftercare_platform::wire::timestamp;
use jiff::Timestamp;
use prost::{Message, Name};

/// An event for the outbox.
pub(crate) type Raised = (String, String, Vec<u8>);

/// An event about a subject.
pub(crate) fn raised<M: Message + Name>(subject: &str, event: &M) -> Raised {
    (subject.to_owned(), M::full_name(), event.encode_to_vec())
}

/// Goods changed hands.
pub(crate) fn shipment(
    subject: &str,
    evidence: &str,
    action: &Move,
    at: Timestamp,
    units: usize,
) -> Raised {
    let mut event = pb::ShipmentRecorded {
        evidence: evidence.to_owned(),
        ship_time: Some(timestamp(at)),
        units: super::capture::count(units),
        ..Default::default()
    };
    if let Move::Shipped { from, to, returned } = action {
        event.shipper = format!("distributors/{from}");
        event.consignee = format!("distributors/{to}");
        event.returned = *returned;
    }
    raised(subject, &event)
}

/// Goods were seen, or a sighting means something else now.
pub(crate) fn sightings(judged: &Judged) -> Result<Vec<Raised>, Error> {
    let mut events = Vec::with_capacity(judged.new.len() + judged.changed.len());
    for row in judged.new.iter().chain(&judged.changed) {
        let event = pb::SightingRecorded { sighting: Some(sighting::present(row)?) };
        events.push(raised(&format!("sightings/{}", row.id), &event));
    }
    Ok(events)
}
