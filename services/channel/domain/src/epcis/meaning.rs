//! What an event means to us: a shipment, nesting, birth or end, a sighting, or history only.

use super::event::{Action, Event, EventKind, PartyKind};
use crate::gs1::Item;
use crate::sighting::SightingKind;
use aftercare_kernel::currency::Currency;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::money::Money;
use aftercare_kernel::region::RegionCode;
use rust_decimal::Decimal;
use std::str::FromStr;

/// What an event means.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// Goods changed hands.
    Shipment {
        /// Party GLN, 13 digits, of the sender.
        from: String,
        /// Of the receiver.
        to: String,
        /// Whether they went back.
        returned: bool,
    },
    /// Items were put into a parent.
    Packed(Item),
    /// Items were taken out of a parent; all of them, if none is named.
    Unpacked(Item),
    /// Items came into being.
    Commissioned,
    /// Items ceased to be on sale.
    Ended,
    /// Items were seen.
    Sighting(Seen),
    /// Kept, and nothing follows from it.
    History,
}

/// How items were seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// In which way.
    pub kind: SightingKind,
    /// The region that the event itself names.
    pub region: Option<RegionCode>,
    /// The unit price.
    pub price: Option<Money>,
}

/// What an event means. Notes extension fields that cannot be read.
pub fn meaning(event: &Event, wrong: &mut Violations) -> Meaning {
    let step = event.biz_step.as_deref();
    match (event.kind, event.action, step) {
        (
            EventKind::Object | EventKind::Transaction,
            Some(Action::Observe | Action::Add),
            Some("shipping"),
        ) => shipment(event).unwrap_or(Meaning::History),
        (EventKind::Aggregation, Some(action), _) => match (&event.parent, action) {
            (Some(parent), Action::Add) => Meaning::Packed(parent.clone()),
            (Some(parent), Action::Delete) => Meaning::Unpacked(parent.clone()),
            _ => Meaning::History,
        },
        (EventKind::Object, Some(Action::Add), Some("commissioning")) => Meaning::Commissioned,
        (
            EventKind::Object,
            Some(Action::Delete),
            Some("decommissioning" | "destroying" | "killing"),
        ) => Meaning::Ended,
        (EventKind::Object, Some(Action::Observe), step) if is_sighting(step) => {
            Meaning::Sighting(seen(event, step, wrong))
        }
        _ => Meaning::History,
    }
}

fn shipment(event: &Event) -> Option<Meaning> {
    let owner = |parties: &[super::Party]| {
        let party = parties.iter().find(|party| party.kind == PartyKind::Owning)?;
        let path = party.id.strip_prefix("https://id.gs1.org/")?;
        let gln = path.strip_prefix("417/").or_else(|| path.strip_prefix("414/"))?;
        gln.split('/').next().map(str::to_owned)
    };
    let returned = event.disposition.as_deref() == Some("returned");
    Some(Meaning::Shipment {
        from: owner(&event.sources)?,
        to: owner(&event.destinations)?,
        returned,
    })
}

fn is_sighting(step: Option<&str>) -> bool {
    match step {
        None => true,
        Some(step) => matches!(
            step,
            "installing"
                | "retail_selling"
                | "inspecting"
                | "repairing"
                | "replacing"
                | "stocking"
                | "cycle_counting"
                | "stock_taking"
                | "holding"
                | "sampling"
                | "dispensing"
                | "other"
        ),
    }
}

fn seen(event: &Event, step: Option<&str>, wrong: &mut Violations) -> Seen {
    let by_step = match step {
        Some("installing") => SightingKind::WarrantyRegistration,
        Some("retail_selling") => SightingKind::Invoice,
        Some(
            "inspecting" | "stocking" | "cycle_counting" | "stock_taking" | "holding" | "sampling",
        ) => SightingKind::Patrol,
        Some("repairing" | "replacing") => SightingKind::ServiceCall,
        _ => SightingKind::Scan,
    };
    let named = event.extensions.get("sightingKind");
    let kind = named.map(|name| wrong.take("aftercare:sightingKind", SightingKind::parse(name)));
    let region = event.extensions.get("region");
    let region = region.and_then(|text| wrong.take("aftercare:region", RegionCode::parse(text)));
    Seen { kind: kind.flatten().unwrap_or(by_step), region, price: price(event, wrong) }
}

fn price(event: &Event, wrong: &mut Violations) -> Option<Money> {
    let amount = event.extensions.get("price")?;
    let amount = wrong.take("aftercare:price", Decimal::from_str(amount))?;
    let currency = wrong.required("aftercare:currency", event.extensions.get("currency"))?;
    let currency = wrong.take("aftercare:currency", Currency::parse(currency))?;
    let price = wrong.take("aftercare:price", Money::new(amount, currency))?;
    if amount.is_sign_negative() {
        wrong.add("aftercare:price", "must not be negative");
    }
    Some(price)
}
