//! Sightings and chains of custody on the wire.

use crate::store::market::MarketFacts;
use crate::store::sighting::{Origin, entity, price};
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_channel_domain::custody::{Chain, StepKind};
use aftercare_channel_domain::gs1::Item;
use aftercare_channel_domain::network::{DistributorId, ProductId};
use aftercare_channel_domain::sighting::{Sighting, SightingKind};
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::{check_id, name_segments};
use aftercare_kernel::region::RegionCode;
use aftercare_platform::database::StoreError;
use aftercare_platform::wire::{amount, instant, money, timestamp};
use jiff::Timestamp;

/// A stored sighting.
pub(crate) fn present(row: &entity::Model) -> Result<pb::Sighting, StoreError> {
    let time = |micros| crate::store::instant("channel_sighting", micros).map(timestamp);
    Ok(pb::Sighting {
        name: format!("sightings/{}", row.id),
        item: row.item.clone(),
        product: row.product.clone(),
        serial: row.serial.clone(),
        kind: word(pb::SightingKind::from_str_name, "SIGHTING_KIND", &row.kind),
        sight_time: Some(time(row.sight_time)?),
        location: row.location.clone(),
        region: row.region.clone(),
        price: price(row)?.map(money),
        source: row.source.clone(),
        item_event: row.item_event.clone(),
        responsible: row.responsible.clone(),
        verdict: word(pb::Verdict::from_str_name, "VERDICT", &row.verdict),
        reasons: crate::store::parse("channel_sighting", &row.reasons)?,
        below_floor: row.below_floor,
        record_time: Some(time(row.record_time)?),
    })
}

/// The number of an enumeration's word; 0 for one that the wire does not know.
pub(crate) fn word<E: Into<i32>>(parse: fn(&str) -> Option<E>, prefix: &str, word: &str) -> i32 {
    parse(&format!("{prefix}_{word}")).map_or(0, Into::into)
}

/// A sighting that came without an event.
pub(crate) fn read(
    wire: &pb::Sighting,
    facts: &MarketFacts,
    now: Timestamp,
    wrong: &mut Violations,
) -> Option<(Sighting, Origin)> {
    let item = item(wire, facts, wrong);
    let kind = match wire.kind().as_str_name().strip_prefix("SIGHTING_KIND_") {
        Some(word) if word != "UNSPECIFIED" => wrong.take("kind", SightingKind::parse(word)),
        _ => wrong.required("kind", None),
    };
    let at = wrong.required("sight_time", wire.sight_time.as_ref());
    let at = at.and_then(|at| wrong.take("sight_time", instant(at)));
    if at.is_some_and(|at| at > now) {
        wrong.add("sight_time", "lies in the future");
    }
    let (location, region) = place(wire, facts, wrong);
    let price = wire.price.as_ref().and_then(|price| wrong.take("price", amount(price)));
    if price.is_some_and(|price| price.amount().is_sign_negative()) {
        wrong.add("price", "must not be negative");
    }
    let id = if wire.name.is_empty() {
        let parts = [item.as_ref().map(ToString::to_string), at.map(|at| at.to_string())];
        let parts = parts.map(Option::unwrap_or_default);
        let place = region.as_ref().map(RegionCode::as_str).unwrap_or_default();
        crate::ident::digest(&[
            &parts[0],
            &parts[1],
            place,
            wire.kind().as_str_name(),
            &wire.source,
        ])
    } else {
        let segments = wrong.take("name", name_segments::<1>("sightings/{sighting}", &wire.name));
        segments.map(|[id]| id.to_owned()).unwrap_or_default()
    };
    let origin = Origin { location, source: wire.source.clone(), item_event: String::new() };
    Some((Sighting { id, item: item?, kind: kind?, at: at?, region, price }, origin))
}

fn item(wire: &pb::Sighting, facts: &MarketFacts, wrong: &mut Violations) -> Option<Item> {
    if !wire.item.is_empty() {
        return wrong.take("item", Item::parse(&wire.item));
    }
    if wire.serial.is_empty() {
        wrong.add("item", "is required, or product and serial");
        return None;
    }
    let gtin = product(&wire.product, "product", facts, wrong)?.1;
    Some(Item::Serial { gtin, serial: wire.serial.clone() })
}

/// A known product by name, with its GTIN.
pub(crate) fn product(
    name: &str,
    field: &str,
    facts: &MarketFacts,
    wrong: &mut Violations,
) -> Option<(ProductId, aftercare_channel_domain::gs1::Gtin)> {
    let [id] = wrong.take(field, name_segments::<1>("products/{product}", name))?;
    let id = wrong.take(field, ProductId::parse(id))?;
    let found = facts.goods.get(&id);
    if found.is_none() {
        wrong.add(field, format!("{name} does not exist"));
    }
    found.map(|product| (id, product.gtin.clone()))
}

/// A known distributor by name.
pub(crate) fn distributor(
    name: &str,
    field: &str,
    facts: &MarketFacts,
    wrong: &mut Violations,
) -> Option<DistributorId> {
    let [id] = wrong.take(field, name_segments::<1>("distributors/{distributor}", name))?;
    let id = wrong.take(field, DistributorId::parse(id))?;
    if !facts.market.distributors.contains_key(&id) {
        wrong.add(field, format!("{name} does not exist"));
        return None;
    }
    Some(id)
}

fn place(
    wire: &pb::Sighting,
    facts: &MarketFacts,
    wrong: &mut Violations,
) -> (String, Option<RegionCode>) {
    if !wire.location.is_empty() {
        let segments = name_segments::<1>("locations/{location}", &wire.location);
        let Some([id]) = wrong.take("location", segments) else { return (String::new(), None) };
        if let Some(place) = facts.places_by_id.get(id) {
            return (wire.location.clone(), Some(place.region.clone()));
        }
        wrong.add("location", format!("{} does not exist", wire.location));
    }
    let region = if wire.region.is_empty() {
        None
    } else {
        wrong.take("region", RegionCode::parse(&wire.region))
    };
    (String::new(), region)
}

/// A chain of custody.
pub(crate) fn custody(item: &str, chain: &Chain) -> pb::Custody {
    let name = |id: &Option<DistributorId>| {
        id.as_ref().map(|id| format!("distributors/{id}")).unwrap_or_default()
    };
    let steps = chain.steps.iter().map(|step| pb::CustodyStep {
        kind: word(pb::CustodyStepKind::from_str_name, "CUSTODY_STEP_KIND", step.kind.as_str()),
        time: Some(timestamp(step.at)),
        from: name(&step.from),
        to: if step.kind == StepKind::Ended { String::new() } else { name(&step.to) },
        via: step.via.clone().unwrap_or_default(),
        evidence: step.evidence.clone(),
    });
    let faults = chain.faults.iter().map(|fault| pb::CustodyFault {
        reason: fault.kind.to_string(),
        description: fault.description.clone(),
        time: Some(timestamp(fault.at)),
    });
    pb::Custody {
        item: item.to_owned(),
        steps: steps.collect(),
        responsible: name(&chain.responsible),
        inside: chain.inside.clone().unwrap_or_default(),
        ended: chain.ended,
        faults: faults.collect(),
    }
}

/// An id that the caller chose in a name.
pub(crate) fn id_in(
    name: &str,
    pattern: &'static str,
    field: &str,
    wrong: &mut Violations,
) -> Option<String> {
    let [id] = wrong.take(field, name_segments::<1>(pattern, name))?;
    wrong.take(field, check_id(id)).map(|()| id.to_owned())
}
