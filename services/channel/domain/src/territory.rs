//! Territories and agreements: who may sell which products where and when; overlaps are found when they are entered.

use crate::network::{DistributorId, ProductId};
use aftercare_kernel::fault::{Class, Fault};
use aftercare_kernel::period::Period;
use aftercare_kernel::region::RegionCode;
use aftercare_kernel::{resource_id, words};
use jiff::civil::Date;
use std::collections::BTreeSet;

resource_id! {
    /// The id of a territory.
    TerritoryId
}
resource_id! {
    /// The id of an agreement.
    AgreementId
}
resource_id! {
    /// The id of an exception.
    ExceptionId
}

/// Products that something holds for; empty for all.
pub type Products = BTreeSet<ProductId>;

/// A distributor's right to sell in a territory for a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// Its id.
    pub id: AgreementId,
    /// Who may sell.
    pub distributor: DistributorId,
    /// In which regions: the territory's.
    pub regions: Vec<RegionCode>,
    /// In which trade channel, if the territory is one.
    pub trade_channel: Option<String>,
    /// Whether nobody else may.
    pub exclusive: bool,
    /// Which products.
    pub products: Products,
    /// When.
    pub period: Period,
}

impl Agreement {
    /// Whether it lets the product be sold in the region on the day.
    #[must_use]
    pub fn covers(&self, product: Option<&ProductId>, region: &RegionCode, day: Date) -> bool {
        self.holds_for(product, day) && self.regions.iter().any(|own| own.contains(region))
    }

    /// Whether it says anything about the product on the day.
    #[must_use]
    pub fn holds_for(&self, product: Option<&ProductId>, day: Date) -> bool {
        self.period.contains(day) && concerns(&self.products, product)
    }
}

/// Whether a set of products holds the product; one that is not known is held by "all" only.
fn concerns(products: &Products, product: Option<&ProductId>) -> bool {
    products.is_empty() || product.is_some_and(|product| products.contains(product))
}

words! {
    /// Why goods may be seen outside their territory.
    ExceptionKind {
        /// An approved project in another region.
        CrossRegionProject = "CROSS_REGION_PROJECT",
        /// Goods on their way through.
        Transit = "TRANSIT",
        /// Neighbouring counties between which customers move.
        BorderBelt = "BORDER_BELT",
    }
}

/// An agreed exception.
#[derive(Debug, Clone, PartialEq)]
pub struct Exception {
    /// Its id.
    pub id: ExceptionId,
    /// Why.
    pub kind: ExceptionKind,
    /// Whose goods; none for everybody's.
    pub distributor: Option<DistributorId>,
    /// Where.
    pub regions: Vec<RegionCode>,
    /// Which products.
    pub products: Products,
    /// When.
    pub period: Period,
    /// Which serials; empty for all.
    pub serials: BTreeSet<String>,
    /// Units that it covers; none for any number.
    pub max_units: Option<u64>,
}

impl Exception {
    /// Whether it covers the distributor's goods there and then.
    #[must_use]
    pub fn covers(
        &self,
        distributor: &DistributorId,
        product: Option<&ProductId>,
        serial: Option<&str>,
        region: &RegionCode,
        day: Date,
    ) -> bool {
        self.period.contains(day)
            && self.distributor.as_ref().is_none_or(|own| own == distributor)
            && concerns(&self.products, product)
            && (self.serials.is_empty()
                || serial.is_some_and(|serial| self.serials.contains(serial)))
            && self.regions.iter().any(|own| own.contains(region))
    }
}

/// Two agreements that cannot both hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "territoryAgreements/{new} overlaps territoryAgreements/{existing} of distributors/{holder} in {region}, and one of them is exclusive"
)]
pub struct TerritoryOverlap {
    /// The one entered.
    pub new: AgreementId,
    /// The one that is there.
    pub existing: AgreementId,
    /// Whose that is.
    pub holder: DistributorId,
    /// The narrower of the two regions that meet.
    pub region: RegionCode,
}

impl Fault for TerritoryOverlap {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        "TERRITORY_OVERLAP"
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        vec![
            ("agreement", format!("territoryAgreements/{}", self.new)),
            ("existing", format!("territoryAgreements/{}", self.existing)),
            ("holder", format!("distributors/{}", self.holder)),
            ("region", self.region.to_string()),
        ]
    }
    fn subject(&self) -> String {
        format!("territoryAgreements/{}", self.existing)
    }
}

/// Refuses an agreement that meets another distributor's for a product, region, trade channel and day, if one is exclusive.
///
/// # Errors
/// [`TerritoryOverlap`] with the first that it meets.
pub fn check_overlap(existing: &[Agreement], new: &Agreement) -> Result<(), TerritoryOverlap> {
    for old in existing {
        let apart = old.id == new.id
            || old.distributor == new.distributor
            || !(old.exclusive || new.exclusive)
            || !old.period.overlaps(&new.period)
            || old.trade_channel != new.trade_channel
            || !share_a_product(&old.products, &new.products);
        if apart {
            continue;
        }
        if let Some(region) = meeting(&old.regions, &new.regions) {
            return Err(TerritoryOverlap {
                new: new.id.clone(),
                existing: old.id.clone(),
                holder: old.distributor.clone(),
                region,
            });
        }
    }
    Ok(())
}

fn share_a_product(a: &Products, b: &Products) -> bool {
    a.is_empty() || b.is_empty() || !a.is_disjoint(b)
}

fn meeting(a: &[RegionCode], b: &[RegionCode]) -> Option<RegionCode> {
    a.iter().find_map(|one| {
        b.iter().find_map(|other| {
            if one.contains(other) {
                Some(other.clone())
            } else {
                other.contains(one).then(|| one.clone())
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn agreement(
        id: &str,
        who: &str,
        region: &str,
        exclusive: bool,
        products: &[&str],
        months: (i8, i8),
    ) -> Agreement {
        Agreement {
            id: AgreementId::parse(id).unwrap(),
            distributor: DistributorId::parse(who).unwrap(),
            regions: vec![RegionCode::parse(region).unwrap()],
            trade_channel: None,
            exclusive,
            products: products.iter().map(|p| ProductId::parse(p).unwrap()).collect(),
            period: Period::new(date(2025, months.0, 1), Some(date(2025, months.1, 1))).unwrap(),
        }
    }

    #[test]
    fn overlaps_are_refused_and_neighbours_are_not() {
        let old = [agreement("a", "d1", "330000", true, &[], (1, 7))];
        for (case, new, refused) in [
            ("same province", agreement("b", "d2", "330000", true, &[], (6, 12)), true),
            ("a city within", agreement("b", "d2", "330100", false, &["p1"], (6, 12)), true),
            ("the country around", agreement("b", "d2", "CN", false, &[], (1, 2)), true),
            ("another province", agreement("b", "d2", "360000", true, &[], (1, 12)), false),
            ("afterwards", agreement("b", "d2", "330000", true, &[], (7, 12)), false),
            ("the same distributor", agreement("b", "d1", "330000", true, &[], (1, 12)), false),
            ("itself, changed", agreement("a", "d1", "330000", true, &[], (2, 12)), false),
        ] {
            assert_eq!(check_overlap(&old, &new).is_err(), refused, "{case}");
        }
    }

    #[test]
    fn different_products_or_shared_rights_do_not_overlap() {
        let old = [agreement("a", "d1", "330000", true, &["p1"], (1, 7))];
        assert!(
            check_overlap(&old, &agreement("b", "d2", "330000", true, &["p2"], (1, 7))).is_ok()
        );
        let shared = [agreement("a", "d1", "330000", false, &[], (1, 7))];
        assert!(
            check_overlap(&shared, &agreement("b", "d2", "330000", false, &[], (1, 7))).is_ok()
        );
        assert!(
            check_overlap(&shared, &agreement("b", "d2", "330000", true, &[], (1, 7))).is_err()
        );
    }

    proptest! {
        #[test]
        fn overlap_does_not_depend_on_who_came_first(
            one in (0usize..4, any::<bool>(), 1i8..6, 0usize..3),
            other in (0usize..4, any::<bool>(), 1i8..6, 0usize..3),
        ) {
            let regions = ["330000", "330100", "360000", "CN"];
            let products: [&[&str]; 3] = [&[], &["p1"], &["p2"]];
            let build = |id: &str, (region, exclusive, start, product): (usize, bool, i8, usize)| {
                agreement(id, id, regions[region], exclusive, products[product], (start, start + 3))
            };
            let (a, b) = (build("a", one), build("b", other));
            prop_assert_eq!(check_overlap(std::slice::from_ref(&a), &b).is_err(), check_overlap(&[b], &a).is_err());
        }
    }
}
