//! Campaigns by the rules: order of serials, digest of the list, approvals, bounds of the closure rate.

use super::*;
use std::cmp::Ordering;

fn campaign() -> Campaign {
    Campaign {
        display_name: "Oil seal".to_owned(),
        kind: CampaignKind::Retrofit,
        reason: "leaks".to_owned(),
        scope: CampaignScope { lots: vec!["L7".to_owned()], ..Default::default() },
        scope_sha256: String::new(),
        asset_count: 0,
        state: CampaignState::Draft,
        approvers: Vec::new(),
        close_reason: String::new(),
        custody_known: false,
    }
}

fn list(ids: &[&str]) -> Vec<(String, String)> {
    ids.iter().map(|id| ((*id).to_owned(), id.to_uppercase())).collect()
}

#[test]
fn serials_are_ordered_as_people_count() {
    for (a, b, expected) in [
        ("ZJ-2019-9", "ZJ-2019-10", Ordering::Less),
        ("zj-2019-00045", "ZJ-2019-00045", Ordering::Equal),
        ("ZJ-2019-045", "ZJ-2019-0045", Ordering::Less),
        ("A9", "B1", Ordering::Less),
        ("A1", "A1B", Ordering::Less),
        ("99999999999999999999999999", "100000000000000000000000000", Ordering::Less),
    ] {
        assert_eq!(compare_serials(a, b), expected, "{a} {b}");
        assert_eq!(compare_serials(b, a), expected.reverse(), "{b} {a}");
    }
}

#[test]
fn the_digest_is_that_of_the_sorted_lines() {
    // sha256sum of "a\tA\nb\tB\n".
    let expected = hex::encode(<sha2::Sha256 as sha2::Digest>::digest("a\tA\nb\tB\n"));
    assert_eq!(digest(&list(&["b", "a"])), expected);
    assert_ne!(digest(&list(&["a"])), expected);
}

#[test]
fn a_campaign_needs_two_persons_who_read_the_same_list() {
    let mut one = campaign();
    assert_eq!(one.freeze(&[]), Err(CampaignError::NoMachine));
    one.freeze(&list(&["a", "b"])).unwrap();
    let frozen = one.scope_sha256.clone();
    assert!(matches!(one.approve("li", "other"), Err(CampaignError::OtherList { .. })));
    one.approve("li", &frozen).unwrap();
    assert_eq!(one.approve("li", &frozen), Err(CampaignError::SamePerson("li".to_owned())));
    assert_eq!(one.state, CampaignState::Scoped);
    // A new list takes the approvals back.
    one.freeze(&list(&["a"])).unwrap();
    assert!(one.approvers.is_empty());
    let frozen = one.scope_sha256.clone();
    one.approve("li", &frozen).unwrap();
    one.approve("wang", &frozen).unwrap();
    assert_eq!(one.state, CampaignState::Approved);
    assert!(one.freeze(&list(&["a"])).is_err() && one.rewrite(campaign()).is_err());
    assert!(one.check_record(CampaignItemState::Notified).is_err());
    one.notify(true).unwrap();
    assert!(one.check_record(CampaignItemState::Done).is_err());
    one.execute().unwrap();
    assert_eq!(one.close(1, " "), Err(CampaignError::ItemsOpen(1)));
    one.close(1, "the owner refuses").unwrap();
    assert!(one.close(0, "").is_err());
}

#[test]
fn rates_have_the_bounds_of_what_is_not_known() {
    use CampaignItemState::{Done, Notified, Scrapped, Unreachable};
    let item = |state| CampaignItem {
        customer: "c1".to_owned(),
        serial_number: String::new(),
        state,
        work_order: String::new(),
        note: String::new(),
        chain: Vec::new(),
    };
    let states = [Done, Done, Done, Notified, Unreachable, Unreachable, Scrapped];
    let items: Vec<_> = states.map(item).into();
    let found = progress(&items);
    assert!(
        (found.closure_rate - 0.75).abs() < 1e-12 && (found.closure_upper - 0.75).abs() < 1e-12
    );
    assert!((found.closure_lower - 0.5).abs() < 1e-12);
    assert_eq!(found.counts["UNREACHABLE"], 2);
    assert!((progress([]).closure_rate - 1.0).abs() < 1e-12);
    let mut done = item(Done);
    assert!(done.record(Notified, "").is_err());
    let mut lost = item(Unreachable);
    lost.record(Notified, "found again").unwrap();
    assert_eq!((lost.state, lost.note.as_str()), (Notified, "found again"));
}
