//! Verdicts as a table, and as a function of nothing else.

use super::*;
use crate::custody::{Move, Movement};
use crate::gs1::Gtin;
use crate::sighting::SightingKind;
use crate::territory::{AgreementId, ExceptionKind};
use aftercare_kernel::currency::Currency;
use jiff::Timestamp;
use jiff::civil::date;
use proptest::prelude::*;
use rust_decimal::Decimal;

const GTIN: &str = "09521234202011";

fn who(text: &str) -> DistributorId {
    DistributorId::parse(text).unwrap()
}

fn region(text: &str) -> RegionCode {
    RegionCode::parse(text).unwrap()
}

fn item(serial: &str) -> Item {
    Item::Serial { gtin: Gtin::parse(GTIN).unwrap(), serial: serial.to_owned() }
}

fn hour(hours: i64) -> Timestamp {
    Timestamp::from_second(1_760_000_000 + hours * 3600).unwrap()
}

fn sighting(id: &str, serial: &str, place: Option<&str>, hours: i64) -> Sighting {
    let kind = SightingKind::Scan;
    Sighting {
        id: id.into(),
        item: item(serial),
        kind,
        at: hour(hours),
        region: place.map(region),
        price: None,
    }
}

fn cny(amount: i64) -> Money {
    Money::new(Decimal::from(amount), Currency::CNY).unwrap()
}

fn market() -> Market {
    let year = Period::new(date(2025, 1, 1), Some(date(2026, 1, 1))).unwrap();
    let p1 = ProductId::parse("p1").unwrap();
    let distributor = |id: &str, kind, parent: Option<&str>| Distributor {
        id: who(id),
        kind,
        parent: parent.map(who),
        gln: None,
        region: None,
    };
    let agreement = |id: &str, holder: &str, place: &str| Agreement {
        id: AgreementId::parse(id).unwrap(),
        distributor: who(holder),
        regions: vec![region(place)],
        trade_channel: None,
        exclusive: true,
        products: [].into(),
        period: year,
    };
    Market {
        zone: TimeZone::get("Asia/Shanghai").unwrap(),
        distributors: [
            distributor("d0", DistributorKind::Manufacturer, None),
            distributor("d1", DistributorKind::GeneralAgent, Some("d0")),
            distributor("d11", DistributorKind::SubDealer, Some("d1")),
            distributor("d2", DistributorKind::GeneralAgent, Some("d0")),
            distributor("d3", DistributorKind::GeneralAgent, Some("d0")),
        ]
        .map(|d| (d.id.clone(), d))
        .into(),
        products: [(GTIN.to_owned(), p1.clone())].into(),
        agreements: [
            (who("d1"), vec![agreement("t1", "d1", "330000")]),
            (who("d2"), vec![agreement("t2", "d2", "360000")]),
        ]
        .into(),
        exceptions: vec![Exception {
            id: ExceptionId::parse("x1").unwrap(),
            kind: ExceptionKind::CrossRegionProject,
            distributor: Some(who("d1")),
            regions: vec![region("340000")],
            products: [].into(),
            period: year,
            serials: [].into(),
            max_units: Some(40),
        }],
        floors: [(
            p1.clone(),
            vec![
                PricePolicy { product: p1.clone(), regions: vec![], period: year, floor: cny(100) },
                PricePolicy {
                    product: p1,
                    regions: vec![region("360000")],
                    period: year,
                    floor: cny(80),
                },
            ],
        )]
        .into(),
    }
}

fn ledger() -> Ledger {
    let mut ledger = Ledger::default();
    let mut add = |serial: &str, hours: i64, action: Move| {
        let evidence = "e".to_owned();
        ledger.add(&item(serial).to_string(), Movement { at: hour(hours), action, evidence });
    };
    let ship =
        |from: &str, to: &str| Move::Shipped { from: who(from), to: who(to), returned: false };
    add("a", 0, ship("d0", "d1"));
    add("sub", 0, ship("d0", "d1"));
    add("sub", 1, ship("d1", "d11"));
    add("back", 0, ship("d0", "d1"));
    add("back", 1, Move::Shipped { from: who("d1"), to: who("d0"), returned: true });
    add("born", 0, Move::Commissioned);
    add("dead", 0, ship("d0", "d1"));
    add("dead", 1, Move::Ended);
    add("free", 0, ship("d0", "d3"));
    ledger
}

#[test]
fn each_case_has_its_verdict() {
    for (serial, place, expected) in [
        ("a", Some("330106"), Verdict::InTerritory),
        ("a", Some("360100"), Verdict::OutOfTerritory),
        ("a", Some("340100"), Verdict::Excepted),
        ("a", None, Verdict::UnknownPlace),
        ("nobody", Some("330106"), Verdict::UnknownCustody),
        ("sub", Some("330106"), Verdict::InTerritory),
        ("sub", Some("360100"), Verdict::OutOfTerritory),
        ("back", Some("330106"), Verdict::BrokenChain),
        ("born", Some("330106"), Verdict::BrokenChain),
        ("dead", Some("330106"), Verdict::BrokenChain),
        ("free", Some("330106"), Verdict::NoAgreement),
    ] {
        let judged = judge_item(&[sighting("s", serial, place, 10)], &ledger(), &market());
        assert_eq!(judged[0].verdict, expected, "{serial} in {place:?}: {:?}", judged[0].reasons);
    }
}

#[test]
fn a_lot_that_went_to_several_distributors_is_nobodys() {
    let lot = Item::Lot { gtin: Gtin::parse(GTIN).unwrap(), lot: "L7".to_owned() };
    let mut ledger = Ledger::default();
    let mut ship = |hours: i64, to: &str| {
        let action = Move::Shipped { from: who("d0"), to: who(to), returned: false };
        ledger.add(
            &lot.to_string(),
            Movement { at: hour(hours), action, evidence: format!("e{hours}") },
        );
        let seen = Sighting { item: lot.clone(), ..sighting("s", "a", Some("330106"), 10) };
        judge_item(&[seen], &ledger, &market())[0].verdict
    };
    assert_eq!(ship(1, "d1"), Verdict::InTerritory);
    assert_eq!(ship(2, "d1"), Verdict::InTerritory);
    assert_eq!(ship(3, "d2"), Verdict::UnknownCustody);
}

#[test]
fn the_sub_dealer_answers_for_what_it_sells_on() {
    let judged = judge_item(&[sighting("s", "sub", Some("360100"), 10)], &ledger(), &market());
    assert_eq!(judged[0].responsible, Some(who("d11")));
}

#[test]
fn custody_counts_as_it_was_when_the_goods_were_seen() {
    let judged = judge_item(&[sighting("s", "back", Some("330106"), 0)], &ledger(), &market());
    assert_eq!(judged[0].verdict, Verdict::InTerritory);
}

#[test]
fn one_serial_in_two_provinces_at_once_is_a_copy() {
    let far = [sighting("s1", "a", Some("330106"), 10), sighting("s2", "a", Some("360100"), 12)];
    let verdicts = |sightings: &[Sighting]| -> Vec<Verdict> {
        judge_item(sightings, &ledger(), &market()).into_iter().map(|j| j.verdict).collect()
    };
    assert_eq!(verdicts(&far), [Verdict::DuplicateSerial; 2]);
    let later = [sighting("s1", "a", Some("330106"), 10), sighting("s2", "a", Some("360100"), 40)];
    assert_eq!(verdicts(&later), [Verdict::InTerritory, Verdict::OutOfTerritory]);
    let registered = later.map(|s| Sighting { kind: SightingKind::WarrantyRegistration, ..s });
    assert_eq!(verdicts(&registered), [Verdict::DuplicateSerial; 2]);
}

#[test]
fn the_floor_of_the_narrowest_region_decides() {
    let below = |place: &str, amount: i64| {
        let seen = Sighting { price: Some(cny(amount)), ..sighting("s", "a", Some(place), 10) };
        judge_item(&[seen], &ledger(), &market())[0].below_floor
    };
    assert!(below("330106", 99));
    assert!(!below("330106", 100));
    assert!(!below("360100", 90));
    assert!(below("360100", 79));
}

#[test]
fn the_day_is_the_makers() {
    // 2025-12-31 23:00 UTC is 2026-01-01 in Shanghai, when no agreement holds any more.
    let mut seen = sighting("s", "a", Some("330106"), 10);
    seen.at = "2025-12-31T23:00:00Z".parse().unwrap();
    assert_eq!(judge_item(&[seen], &ledger(), &market())[0].verdict, Verdict::NoAgreement);
}

proptest! {
    #[test]
    fn verdicts_do_not_depend_on_the_order_of_sightings(
        seen in prop::collection::vec((0usize..6, 0usize..4, 0i64..60), 1..8), by in 0usize..8,
    ) {
        let serials = ["a", "sub", "back", "dead", "free", "nobody"];
        let places = [Some("330106"), Some("360100"), Some("340100"), None];
        let serial = serials[seen[0].0];
        let sightings: Vec<Sighting> = seen.iter().enumerate()
            .map(|(i, (_, place, hours))| sighting(&format!("s{i}"), serial, places[*place], *hours)).collect();
        let mut turned = sightings.clone();
        turned.rotate_left(by % sightings.len());
        let verdicts = |sightings: &[Sighting]| -> BTreeMap<String, Verdict> {
            judge_item(sightings, &ledger(), &market()).into_iter().zip(sightings).map(|(j, s)| (s.id.clone(), j.verdict)).collect()
        };
        prop_assert_eq!(verdicts(&sightings), verdicts(&turned));
        prop_assert_eq!(verdicts(&sightings), verdicts(&sightings));
    }
}
