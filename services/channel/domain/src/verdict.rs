//! What a sighting means: a pure function of custody, territories, prices and exceptions at that time.

use crate::custody::{Chain, FaultKind, Ledger};
use crate::gs1::Item;
use crate::network::{Distributor, DistributorId, DistributorKind, ProductId};
use crate::sighting::Sighting;
use crate::territory::{Agreement, Exception, ExceptionId};
use aftercare_kernel::money::Money;
use aftercare_kernel::period::Period;
use aftercare_kernel::region::RegionCode;
use aftercare_kernel::words;
use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};

words! {
    /// What one sighting means.
    Verdict {
        /// Its distributor may sell there.
        InTerritory = "IN_TERRITORY",
        /// It may not.
        OutOfTerritory = "OUT_OF_TERRITORY",
        /// It may not, but an exception covers the case.
        Excepted = "EXCEPTED",
        /// Nobody is known to answer for it.
        UnknownCustody = "UNKNOWN_CUSTODY",
        /// Ended, returned or never shipped goods, or a chain that contradicts itself.
        BrokenChain = "BROKEN_CHAIN",
        /// One serial in two places.
        DuplicateSerial = "DUPLICATE_SERIAL",
        /// The place is not known.
        UnknownPlace = "UNKNOWN_PLACE",
        /// Nothing says where its distributor may sell the product.
        NoAgreement = "NO_AGREEMENT",
    }
}

impl Verdict {
    /// Whether the sighting says where a distributor's goods are: what shares are taken of.
    #[must_use]
    pub const fn is_judged(self) -> bool {
        matches!(self, Self::InTerritory | Self::OutOfTerritory | Self::Excepted)
    }
}

/// A price floor.
#[derive(Debug, Clone, PartialEq)]
pub struct PricePolicy {
    /// Of which product.
    pub product: ProductId,
    /// Where; empty for everywhere.
    pub regions: Vec<RegionCode>,
    /// When.
    pub period: Period,
    /// The floor per unit.
    pub floor: Money,
}

/// Everything that verdicts depend on beside the goods themselves.
#[derive(Debug, Clone)]
pub struct Market {
    /// Whose clock civil dates are by: the maker's.
    pub zone: TimeZone,
    /// The network.
    pub distributors: BTreeMap<DistributorId, Distributor>,
    /// Products by GTIN.
    pub products: BTreeMap<String, ProductId>,
    /// Agreements by distributor.
    pub agreements: BTreeMap<DistributorId, Vec<Agreement>>,
    /// Exceptions.
    pub exceptions: Vec<Exception>,
    /// Price floors by product.
    pub floors: BTreeMap<ProductId, Vec<PricePolicy>>,
}

/// A verdict with its grounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What it means.
    pub verdict: Verdict,
    /// Who answers for the goods.
    pub responsible: Option<DistributorId>,
    /// Which product it is, if it is known.
    pub product: Option<ProductId>,
    /// Why, the deciding reason first.
    pub reasons: Vec<String>,
    /// Whether the price was under the floor.
    pub below_floor: bool,
    /// The exception that covers it.
    pub exception: Option<ExceptionId>,
}

/// One serial is not in two provinces within this time.
pub const TRAVEL: SignedDuration = SignedDuration::from_hours(3);

/// Judges all sightings of one item together, because each can be another's duplicate. Answers in their order.
#[must_use]
pub fn judge_item(sightings: &[Sighting], ledger: &Ledger, market: &Market) -> Vec<Judgement> {
    let judge = |(i, sighting): (usize, &Sighting)| {
        let chain = ledger.chain(&sighting.item.to_string(), sighting.at);
        let twin = sightings
            .iter()
            .enumerate()
            .find(|(j, other)| *j != i && contradicts(sighting, other))
            .map(|(_, other)| other);
        judge(sighting, &chain, twin, market)
    };
    sightings.iter().enumerate().map(judge).collect()
}

/// Whether one unit cannot have been seen both times.
fn contradicts(a: &Sighting, b: &Sighting) -> bool {
    let (Some(here), Some(there)) = (&a.region, &b.region) else { return false };
    if !matches!(a.item, Item::Serial { .. })
        || a.item != b.item
        || here.province() == there.province()
    {
        return false;
    }
    (a.kind.is_end_use() && b.kind.is_end_use()) || a.at.duration_since(b.at).abs() <= TRAVEL
}

fn judge(
    sighting: &Sighting,
    chain: &Chain,
    twin: Option<&Sighting>,
    market: &Market,
) -> Judgement {
    let product = sighting.item.gtin().and_then(|gtin| market.products.get(gtin.as_str())).cloned();
    let day = sighting.at.to_zoned(market.zone.clone()).date();
    let floor = market.floor(product.as_ref(), sighting.region.as_ref(), day);
    let below = sighting.price.zip(floor).filter(|(price, floor)| {
        price.currency() == floor.currency() && price.amount() < floor.amount()
    });
    let mut judgement = Judgement {
        verdict: Verdict::UnknownCustody,
        responsible: chain.responsible.clone(),
        product,
        reasons: Vec::new(),
        below_floor: below.is_some(),
        exception: None,
    };
    let (verdict, reason) = decide(sighting, chain, twin, day, market, &mut judgement);
    judgement.verdict = verdict;
    judgement.reasons.push(reason);
    if let Some((price, floor)) = below {
        judgement.reasons.push(format!("the price {price} is under the floor of {floor}"));
    }
    let serial = matches!(sighting.item, Item::Serial { .. });
    let wrong_shipper =
        chain.faults.iter().filter(|fault| serial && fault.kind == FaultKind::WrongShipper);
    judgement.reasons.extend(wrong_shipper.map(|fault| fault.description.clone()));
    judgement
}

fn decide(
    sighting: &Sighting,
    chain: &Chain,
    twin: Option<&Sighting>,
    day: Date,
    market: &Market,
    judgement: &mut Judgement,
) -> (Verdict, String) {
    let Some(region) = &sighting.region else {
        return (
            Verdict::UnknownPlace,
            "neither a known location nor a region says where it was".to_owned(),
        );
    };
    if chain.steps.is_empty() {
        let reason = format!("nothing is known of {} before {}", sighting.item, sighting.at);
        return (Verdict::UnknownCustody, reason);
    }
    if let Some(twin) = twin {
        let place = twin.region.as_ref().map(ToString::to_string).unwrap_or_default();
        let reason =
            format!("the same serial was seen in {place} at {} (sightings/{})", twin.at, twin.id);
        return (Verdict::DuplicateSerial, reason);
    }
    if let Some(reason) = shared_lot(&sighting.item, chain) {
        return (Verdict::UnknownCustody, reason);
    }
    if let Some(reason) = broken(chain, market) {
        return (Verdict::BrokenChain, reason);
    }
    let Some(responsible) = &chain.responsible else {
        return (Verdict::BrokenChain, "it was never shipped to anybody".to_owned());
    };
    let product = judgement.product.as_ref();
    let agreements = market.rights(responsible, product, day);
    if agreements.is_empty() {
        let reason =
            format!("no agreement of distributors/{responsible} holds for the product on {day}");
        return (Verdict::NoAgreement, reason);
    }
    if let Some(agreement) = agreements.iter().find(|a| a.covers(product, region, day)) {
        let reason = format!(
            "territoryAgreements/{} lets distributors/{responsible} sell in {region}",
            agreement.id
        );
        return (Verdict::InTerritory, reason);
    }
    let serial = sighting.item.serial();
    let exception =
        market.exceptions.iter().find(|e| e.covers(responsible, product, serial, region, day));
    if let Some(exception) = exception {
        judgement.exception = Some(exception.id.clone());
        let reason = format!("territoryExceptions/{} ({}) covers it", exception.id, exception.kind);
        return (Verdict::Excepted, reason);
    }
    let reason = format!(
        "distributors/{responsible} answers for it and may not sell in {region}; its territory is {}",
        listed(&agreements)
    );
    (Verdict::OutOfTerritory, reason)
}

/// Units of one lot that went to several distributors cannot be told apart.
fn shared_lot(item: &Item, chain: &Chain) -> Option<String> {
    if matches!(item, Item::Serial { .. } | Item::Logistic(_)) {
        return None;
    }
    let holders: BTreeSet<String> =
        chain.steps.iter().filter_map(|step| step.to.as_ref()).map(ToString::to_string).collect();
    let listed = holders.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    (holders.len() > 1).then(|| {
        format!("units of {item} went to {listed}: who answers for this one cannot be told")
    })
}

fn broken(chain: &Chain, market: &Market) -> Option<String> {
    let contradiction = chain.faults.iter().find(|fault| {
        matches!(fault.kind, FaultKind::Cycle | FaultKind::TwoParents | FaultKind::AfterEnd)
    });
    if let Some(fault) = contradiction {
        return Some(format!("{}: {}", fault.kind, fault.description));
    }
    if chain.ended {
        return Some("it was decommissioned or destroyed before".to_owned());
    }
    let holder = market.distributors.get(chain.responsible.as_ref()?)?;
    (holder.kind == DistributorKind::Manufacturer).then(|| {
        format!("it is with distributors/{}, the maker: returned, or never shipped", holder.id)
    })
}

fn listed(agreements: &[&Agreement]) -> String {
    let mut regions: Vec<&str> =
        agreements.iter().flat_map(|a| &a.regions).map(RegionCode::as_str).collect();
    regions.sort_unstable();
    regions.dedup();
    regions.join(", ")
}

impl Market {
    /// The agreements by which a distributor sells a product on a day: its own, or those of the nearest ancestor that has any.
    #[must_use]
    pub fn rights(
        &self,
        distributor: &DistributorId,
        product: Option<&ProductId>,
        day: Date,
    ) -> Vec<&Agreement> {
        let mut at = Some(distributor);
        for _ in 0..=self.distributors.len() {
            let Some(id) = at else { break };
            let own: Vec<&Agreement> = self
                .agreements
                .get(id)
                .into_iter()
                .flatten()
                .filter(|agreement| agreement.holds_for(product, day))
                .collect();
            if !own.is_empty() {
                return own;
            }
            at = self.distributors.get(id).and_then(|d| d.parent.as_ref());
        }
        Vec::new()
    }

    /// The distributor that alone may sell the product in the region on the day.
    #[must_use]
    pub fn exclusive_holder(
        &self,
        product: Option<&ProductId>,
        region: &RegionCode,
        day: Date,
    ) -> Option<&DistributorId> {
        self.agreements
            .values()
            .flatten()
            .find(|agreement| agreement.exclusive && agreement.covers(product, region, day))
            .map(|agreement| &agreement.distributor)
    }

    /// The floor of the narrowest region that holds the place.
    fn floor(
        &self,
        product: Option<&ProductId>,
        region: Option<&RegionCode>,
        day: Date,
    ) -> Option<Money> {
        let policies = self.floors.get(product?)?;
        let narrowness = |policy: &PricePolicy| {
            if policy.regions.is_empty() {
                return Some(0);
            }
            let holds = |own: &&RegionCode| region.is_some_and(|region| own.contains(region));
            policy.regions.iter().filter(holds).map(depth).max()
        };
        policies
            .iter()
            .filter(|policy| policy.period.contains(day))
            .filter_map(|policy| narrowness(policy).map(|depth| (depth, policy.floor)))
            .max_by_key(|(depth, _)| *depth)
            .map(|(_, floor)| floor)
    }
}

fn depth(region: &RegionCode) -> usize {
    let mut depth = 1;
    let mut at = region.parent();
    while let Some(up) = at {
        depth += 1;
        at = up.parent();
    }
    depth
}

#[cfg(test)]
mod tests;
