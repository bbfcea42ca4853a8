//! EPCIS documents: all events of one or none, each once; what they say of custody and sightings follows at once.

use super::judge::{Judged, judge};
use super::raise::{self, Raised};
use crate::server::Server;
use crate::store::market::MarketFacts;
use crate::store::sighting::Origin;
use crate::store::{event, market, movement, sighting};
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_channel_domain::custody::{Move, Movement};
use aftercare_channel_domain::epcis::{Event, Meaning, Seen, meaning, parse_document};
use aftercare_channel_domain::gs1::Item;
use aftercare_channel_domain::network::DistributorId;
use aftercare_channel_domain::sighting::Sighting;
use aftercare_kernel::fault::{Invalid, Violations};
use aftercare_kernel::ids::TenantId;
use aftercare_kernel::region::RegionCode;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What one event leads to.
#[derive(Debug, Default)]
struct Consequences {
    movements: Vec<movement::entity::Model>,
    sightings: Vec<sighting::entity::Model>,
    shipments: Vec<Raised>,
}

pub(crate) async fn document(
    server: &Server,
    call: Call,
    request: pb::CaptureDocumentRequest,
) -> Result<pb::CaptureDocumentResponse, Error> {
    let events = parse_document(&request.document, call.now)?.events;
    let facts = market::load(server.home.read(), call.tenant(), server.zone.clone()).await?;
    let read = Reader { tenant: call.tenant(), facts: &facts, now: call.now };
    let meanings = read.meanings(&events)?;
    let mut response = pb::CaptureDocumentResponse {
        events: count(events.len()),
        event_ids: events.iter().map(|event| event.id.clone()).collect(),
        ..Default::default()
    };
    if request.validate_only {
        return Ok(response);
    }
    let mut write = server.home.write(&call, &request.request_id, &request).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let ids: Vec<String> = events.iter().map(|event| event::id_of(&event.id)).collect();
    let mut known = event::existing(write.tx(), call.tenant(), &ids).await?;
    let mut rows = Vec::new();
    let mut consequences = Consequences::default();
    let mut withdrawn = Vec::new();
    for ((event, id), meaning) in events.iter().zip(&ids).zip(&meanings) {
        match (known.get(id), &event.error) {
            (Some(0), Some(error)) => {
                event::withdraw(write.tx(), call.tenant(), id, error.declared_at).await?;
                known.insert(id.clone(), 1);
                withdrawn.push((id.clone(), event.id.clone()));
            }
            (Some(_), _) => response.duplicates += 1,
            (None, error) => {
                let row = event::row(call.tenant(), event, call.now);
                known.insert(id.clone(), row.withdraw_time);
                rows.push(row);
                if error.is_none() {
                    read.follow(event, id, meaning, &mut consequences);
                }
            }
        }
    }
    // An event and its withdrawal may stand in one document: what it led to must not be stored.
    consequences.forget(&withdrawn);
    response.stored = count(rows.len());
    response.withdrawn = count(withdrawn.len());
    response.shipments = count(consequences.shipments.len());
    let tx = write.tx();
    event::insert(tx, rows).await?;
    let judged = consequences.apply(&read, tx, &withdrawn).await?;
    response.sightings = count(judged.new.len());
    response.rejudged = count(judged.changed.len());
    write.emit_all(consequences.shipments.into_iter().chain(raise::sightings(&judged)?)).await?;
    write.commit(response).await
}

impl Consequences {
    fn forget(&mut self, withdrawn: &[(String, String)]) {
        for (id, event_id) in withdrawn {
            let name = format!("itemEvents/{id}");
            self.movements.retain(|row| row.evidence != *event_id);
            self.sightings.retain(|row| row.item_event != name);
            self.shipments.retain(|(subject, ..)| *subject != name);
        }
    }

    /// Stores movements and sightings, takes back what withdrawn events said, and judges what that touches.
    async fn apply(
        &mut self,
        read: &Reader<'_>,
        tx: &impl sea_orm::ConnectionTrait,
        withdrawn: &[(String, String)],
    ) -> Result<Judged, Error> {
        let (names, event_ids): (Vec<String>, Vec<String>) = withdrawn
            .iter()
            .map(|(id, event_id)| (format!("itemEvents/{id}"), event_id.clone()))
            .unzip();
        let mut moved: BTreeSet<String> =
            self.movements.iter().map(|row| row.item.clone()).collect();
        moved.extend(movement::remove(tx, read.tenant, &event_ids).await?);
        moved.extend(sighting::remove_of_events(tx, read.tenant, &names).await?);
        movement::insert(tx, std::mem::take(&mut self.movements)).await?;
        let sightings = std::mem::take(&mut self.sightings);
        Ok(judge(tx, read.tenant, read.facts, sightings, moved).await?)
    }
}

/// Reads events by what is known of the market.
struct Reader<'a> {
    tenant: &'a TenantId,
    facts: &'a MarketFacts,
    now: Timestamp,
}

/// What an event means, with its parties as distributors.
enum Known {
    Shipment { from: DistributorId, to: DistributorId, returned: bool },
    Other(Meaning),
}

impl Reader<'_> {
    /// What the events mean; every extension that cannot be read and every party that is not known, at once.
    fn meanings(&self, events: &[Event]) -> Result<Vec<Known>, Invalid> {
        let mut wrong = Violations::new();
        let mut found = Vec::with_capacity(events.len());
        for (i, event) in events.iter().enumerate() {
            let known = wrong
                .within(&format!("epcisBody.eventList[{i}]"), |wrong| self.known(event, wrong));
            found.extend(known);
        }
        wrong.finish().map(|()| found)
    }

    fn known(&self, event: &Event, wrong: &mut Violations) -> Option<Known> {
        let (from, to, returned) = match meaning(event, wrong) {
            Meaning::Shipment { from, to, returned } => (from, to, returned),
            other => return Some(Known::Other(other)),
        };
        let mut party = |gln: &str, field: &str| {
            let found = self.facts.parties.get(gln).cloned();
            if found.is_none() {
                wrong.add(field, format!("names party {gln}, which is no distributor"));
            }
            found
        };
        let from = party(&from, "sourceList");
        let to = party(&to, "destinationList");
        Some(Known::Shipment { from: from?, to: to?, returned })
    }

    /// Notes what follows from an event.
    fn follow(&self, event: &Event, id: &str, meaning: &Known, out: &mut Consequences) {
        match meaning {
            Known::Shipment { from, to, returned } => {
                let action =
                    Move::Shipped { from: from.clone(), to: to.clone(), returned: *returned };
                out.shipments.push(raise::shipment(
                    &format!("itemEvents/{id}"),
                    &event.id,
                    &action,
                    event.time,
                    event.items.len() + event.quantities.len(),
                ));
                self.move_all(event, &action, out);
            }
            Known::Other(Meaning::Packed(parent)) => {
                self.move_all(event, &Move::Packed(parent.to_string()), out)
            }
            Known::Other(Meaning::Unpacked(parent)) if event.items.is_empty() => {
                out.movements.push(self.movement(parent, &Move::Emptied, event));
            }
            Known::Other(Meaning::Unpacked(parent)) => {
                self.move_all(event, &Move::Unpacked(parent.to_string()), out);
            }
            Known::Other(Meaning::Commissioned) => self.move_all(event, &Move::Commissioned, out),
            Known::Other(Meaning::Ended) => self.move_all(event, &Move::Ended, out),
            Known::Other(Meaning::Sighting(seen)) => self.see_all(event, id, seen, out),
            Known::Other(Meaning::History | Meaning::Shipment { .. }) => {}
        }
    }

    fn move_all(&self, event: &Event, action: &Move, out: &mut Consequences) {
        let classes = event.quantities.iter().map(|quantity| &quantity.class);
        let items: BTreeSet<&Item> = event.items.iter().chain(classes).collect();
        out.movements.extend(items.into_iter().map(|item| self.movement(item, action, event)));
    }

    fn movement(&self, item: &Item, action: &Move, event: &Event) -> movement::entity::Model {
        let movement =
            Movement { at: event.time, action: action.clone(), evidence: event.id.clone() };
        let gtin = item.gtin().map(ToString::to_string).unwrap_or_default();
        movement::row(self.tenant, &item.to_string(), &gtin, &movement)
    }

    fn see_all(&self, event: &Event, id: &str, seen: &Seen, out: &mut Consequences) {
        let (location, region) = self.place(event, seen);
        let origin =
            Origin { location, source: String::new(), item_event: format!("itemEvents/{id}") };
        let classes = event.quantities.iter().map(|quantity| &quantity.class);
        let items: BTreeSet<&Item> = event.items.iter().chain(classes).collect();
        for item in items {
            let sighting = Sighting {
                id: crate::ident::digest(&[&event.id, &item.to_string()]),
                item: item.clone(),
                kind: seen.kind,
                at: event.time,
                region: region.clone(),
                price: seen.price,
            };
            out.sightings.push(sighting::row(self.tenant, &sighting, &origin, self.now));
        }
    }

    /// Where it was: a known GLN wins over the region that the event names.
    fn place(&self, event: &Event, seen: &Seen) -> (String, Option<RegionCode>) {
        let points = [&event.read_point, &event.biz_location];
        let known =
            points.into_iter().flatten().find_map(|link| self.facts.places.get(gln_of(link)?));
        match known {
            Some(place) => (format!("locations/{}", place.id), Some(place.region.clone())),
            None => (String::new(), seen.region.clone()),
        }
    }
}

/// The GLN of a canonical link to a place.
fn gln_of(link: &str) -> Option<&str> {
    link.strip_prefix("https://id.gs1.org/414/")?.split('/').next()
}

pub(super) fn count(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
