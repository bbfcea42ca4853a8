//! What a tenant's first policy believes of exclusions and of levers.

use super::Segment;
use crate::concession::Lever;
use crate::terms::Exclusion;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// Share of failures that each exclusion takes out.
pub(super) fn exclusions() -> BTreeMap<Exclusion, Decimal> {
    [
        (Exclusion::NaturalDisaster, 5),
        (Exclusion::Fire, 3),
        (Exclusion::Flood, 5),
        (Exclusion::Misuse, 30),
        (Exclusion::IntentionalDamage, 2),
        (Exclusion::ThirdPartyRepair, 15),
        (Exclusion::PowerOff, 30),
    ]
    .into_iter()
    .map(|(exclusion, thousandths)| (exclusion, Decimal::new(thousandths, 3)))
    .collect()
}

/// Points by lever in the order of [`Lever::ALL`].
pub(super) fn weights() -> BTreeMap<Segment, BTreeMap<Lever, Decimal>> {
    [
        (Segment::Unknown, [10, 10, 6, 5, 6, 3, 4, 5, 3, 4, 2, 5]),
        (Segment::RiskAverse, [15, 18, 8, 10, 10, 4, 2, 5, 3, 6, 1, 9]),
        (Segment::BasicNeeds, [5, 6, 5, 3, 3, 3, 7, 6, 6, 2, 4, 2]),
        (Segment::HandHolder, [10, 8, 4, 4, 8, 4, 2, 4, 3, 15, 1, 6]),
    ]
    .into_iter()
    .map(|(segment, points)| {
        let weights =
            Lever::ALL.into_iter().zip(points).map(|(lever, p)| (lever, Decimal::from(p)));
        (segment, weights.collect())
    })
    .collect()
}
