//! Chains in order and out of order, through cases and pallets, with contradictions.

use super::*;
use proptest::prelude::*;

fn at(hour: i64) -> Timestamp {
    Timestamp::from_second(1_750_000_000 + hour * 3600).unwrap()
}

fn who(text: &str) -> DistributorId {
    DistributorId::parse(text).unwrap()
}

fn ship(from: &str, to: &str) -> Move {
    Move::Shipped { from: who(from), to: who(to), returned: false }
}

fn ledger(moves: &[(&str, i64, Move)]) -> Ledger {
    let mut ledger = Ledger::default();
    for (item, hour, action) in moves {
        ledger.add(
            item,
            Movement { at: at(*hour), action: action.clone(), evidence: format!("e{hour}") },
        );
    }
    ledger
}

fn packed(parent: &str) -> Move {
    Move::Packed(parent.to_owned())
}

fn unpacked(parent: &str) -> Move {
    Move::Unpacked(parent.to_owned())
}

fn holder(ledger: &Ledger, item: &str, hour: i64) -> Option<String> {
    ledger.chain(item, at(hour)).responsible.map(|d| d.to_string())
}

#[test]
fn responsibility_follows_shipments_and_returns() {
    let ledger = ledger(&[
        ("i", 1, Move::Commissioned),
        ("i", 2, ship("d0", "d1")),
        ("i", 5, ship("d1", "d2")),
        ("i", 9, Move::Shipped { from: who("d2"), to: who("d0"), returned: true }),
    ]);
    for (hour, expected) in
        [(1, None), (2, Some("d1")), (4, Some("d1")), (5, Some("d2")), (9, Some("d0"))]
    {
        assert_eq!(holder(&ledger, "i", hour).as_deref(), expected, "hour {hour}");
    }
    assert_eq!(ledger.chain("i", at(9)).steps.last().unwrap().kind, StepKind::Returned);
    assert!(ledger.chain("i", at(9)).faults.is_empty());
}

#[test]
fn an_item_moves_with_its_case_and_the_case_with_its_pallet() {
    let ledger = ledger(&[
        ("i", 1, packed("case")),
        ("case", 2, packed("pallet")),
        ("pallet", 3, ship("d0", "d1")),
        ("case", 4, unpacked("pallet")),
        ("pallet", 5, ship("d1", "d9")),
        ("case", 6, ship("d1", "d2")),
        ("i", 7, unpacked("case")),
        ("case", 8, ship("d2", "d9")),
    ]);
    for (hour, expected, inside) in [
        (2, None, Some("pallet")),
        (3, Some("d1"), Some("pallet")),
        (5, Some("d1"), Some("case")),
        (6, Some("d2"), Some("case")),
        (8, Some("d2"), None),
    ] {
        let chain = ledger.chain("i", at(hour));
        assert_eq!(chain.responsible.map(|d| d.to_string()).as_deref(), expected, "hour {hour}");
        assert_eq!(chain.inside.as_deref(), inside, "hour {hour}");
        assert_eq!(chain.faults, [], "hour {hour}");
    }
    assert_eq!(ledger.chain("i", at(3)).steps.last().unwrap().via.as_deref(), Some("pallet"));
}

#[test]
fn emptying_a_case_frees_all_that_was_in_it() {
    let ledger = ledger(&[
        ("i", 1, packed("case")),
        ("case", 2, Move::Emptied),
        ("case", 3, ship("d0", "d1")),
        ("i", 4, packed("other")),
    ]);
    assert_eq!(holder(&ledger, "i", 3), None);
    assert_eq!(ledger.chain("i", at(4)).faults, []);
    assert_eq!(ledger.chain("i", at(4)).inside.as_deref(), Some("other"));
}

#[test]
fn contradictions_are_named() {
    let kinds = |moves: &[(&str, i64, Move)]| -> Vec<FaultKind> {
        ledger(moves).chain("i", at(99)).faults.into_iter().map(|f| f.kind).collect()
    };
    assert_eq!(
        kinds(&[("i", 1, packed("a")), ("a", 2, packed("b")), ("b", 3, packed("i"))]),
        [FaultKind::Cycle]
    );
    assert_eq!(kinds(&[("i", 1, packed("a")), ("i", 2, packed("b"))]), [FaultKind::TwoParents]);
    assert_eq!(
        kinds(&[("i", 1, ship("d0", "d1")), ("i", 2, ship("d5", "d6"))]),
        [FaultKind::WrongShipper]
    );
    assert_eq!(kinds(&[("i", 1, Move::Ended), ("i", 2, ship("d0", "d1"))]), [FaultKind::AfterEnd]);
}

#[test]
fn ended_goods_stay_with_whom_they_were() {
    let ledger =
        ledger(&[("i", 1, ship("d0", "d1")), ("i", 2, Move::Ended), ("i", 3, ship("d1", "d2"))]);
    let chain = ledger.chain("i", at(4));
    assert!(chain.ended);
    assert_eq!(chain.responsible, Some(who("d1")));
}

fn any_move() -> impl Strategy<Value = (String, i64, Move)> {
    let item = "[ipq]";
    let action = prop_oneof![
        Just(Move::Commissioned),
        "[ipq]".prop_map(Move::Packed),
        "[ipq]".prop_map(Move::Unpacked),
        Just(Move::Emptied),
        ("d[0-3]", "d[0-3]", any::<bool>()).prop_map(|(from, to, returned)| Move::Shipped {
            from: who(&from),
            to: who(&to),
            returned
        }),
        Just(Move::Ended),
    ];
    (item, 0i64..30, action)
}

proptest! {
    #[test]
    fn the_order_in_which_events_come_does_not_matter(moves in prop::collection::vec(any_move(), 0..25), by in 0usize..25) {
        let build = |moves: &[(String, i64, Move)]| {
            let borrowed: Vec<_> = moves.iter().map(|(i, h, m)| (i.as_str(), *h, m.clone())).collect();
            ledger(&borrowed)
        };
        let mut turned = moves.clone();
        let by = by % turned.len().max(1);
        turned.rotate_left(by);
        turned.reverse();
        for hour in [0, 10, 29] {
            prop_assert_eq!(build(&moves).chain("i", at(hour)), build(&turned).chain("i", at(hour)));
        }
    }

    #[test]
    fn a_movement_captured_twice_is_one(moves in prop::collection::vec(any_move(), 0..15)) {
        let borrowed: Vec<_> = moves.iter().map(|(i, h, m)| (i.as_str(), *h, m.clone())).collect();
        let twice: Vec<_> = borrowed.iter().chain(&borrowed).cloned().collect();
        prop_assert_eq!(ledger(&borrowed).chain("i", at(30)), ledger(&twice).chain("i", at(30)));
    }

    #[test]
    fn taking_out_undoes_putting_in(depth in 1usize..20, ships in prop::collection::vec(0usize..20, 0..8)) {
        // Nested to any depth and taken out again, an item is where it was, and no later move of a parent reaches it.
        let name = |level: usize| if level == 0 { "i".to_owned() } else { format!("p{level}") };
        let mut ledger = ledger(&[("i", 0, ship("d0", "d1"))]);
        for level in 0..depth {
            let movement = Movement { at: at(1 + level as i64), action: Move::Packed(name(level + 1)), evidence: "p".into() };
            ledger.add(&name(level), movement);
        }
        prop_assert_eq!(ledger.chain("i", at(50)).inside, Some(name(depth)));
        ledger.add("i", Movement { at: at(60), action: Move::Unpacked(name(1)), evidence: "u".into() });
        let before = ledger.chain("i", at(60));
        for (i, level) in ships.iter().enumerate() {
            let movement = Movement { at: at(61 + i as i64), action: ship("d1", "d7"), evidence: format!("s{i}") };
            ledger.add(&name(1 + level % depth), movement);
        }
        let after = ledger.chain("i", at(99));
        prop_assert_eq!(&before, &after);
        prop_assert_eq!(after.inside, None);
        prop_assert_eq!(after.responsible, Some(who("d1")));
    }
}
