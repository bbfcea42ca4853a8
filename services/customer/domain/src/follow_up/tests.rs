//! The planner by its rules: zones, holidays, caps, do-not-disturb, complaints.

use super::*;
use crate::calendar::{Calendar, china};
use crate::contact::Contact;
use jiff::civil::date;
use proptest::prelude::*;

fn contact(zone: &str) -> Contact {
    Contact {
        display_name: "Wang".to_owned(),
        title: String::new(),
        role: None,
        email: None,
        phone: crate::keys::Phone::parse("+8613800138000").ok(),
        wechat: String::new(),
        language_code: String::new(),
        time_zone: zone.to_owned(),
        birthday: None,
        do_not_disturb: false,
        preferred_channel: None,
        banned_channels: Vec::new(),
        primary: false,
        external_keys: Vec::new(),
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn rule() -> FollowUpRule {
    let mut rule = FollowUpRule::plain(FollowUpKind::ThankYou, ContactChannel::Phone);
    (rule.min_days, rule.max_days) = (2, 3);
    rule
}

fn decided(
    rule: &FollowUpRule,
    base: Date,
    contacts: &[(String, Contact)],
    contacted: &[Timestamp],
) -> Decision {
    let calendar = Calendar::new(china()).unwrap();
    let now = at("2026-01-01T00:00:00Z");
    let around = Around {
        contacts,
        contacted,
        complaint: false,
        calendar: &calendar,
        now,
        standard: None,
        owner: "",
    };
    decide(&Candidate { rule, base, only: None }, &around)
}

#[test]
fn thanks_come_two_days_after_delivery_at_nine_in_the_contacts_zone() {
    for (zone, due) in [
        ("", "2026-03-06T09:00:00+08"),
        ("Asia/Shanghai", "2026-03-06T09:00:00+08"),
        ("Europe/Berlin", "2026-03-06T09:00:00+01"),
    ] {
        let found = decided(&rule(), date(2026, 3, 4), &[("w".to_owned(), contact(zone))], &[]);
        assert_eq!((found.due, found.suppressed), (at(due), None), "{zone}");
    }
}

#[test]
fn holidays_move_a_contact_and_a_window_of_holidays_suppresses_it() {
    let people = [("w".to_owned(), contact(""))];
    // The Spring Festival of 2026 is from 15 to 23 February; Saturday 14 is a make-up working day.
    let mut wide = rule();
    wide.max_days = 14;
    let found = decided(&wide, date(2026, 2, 13), &people, &[]);
    assert_eq!(found.due, at("2026-02-24T09:00:00+08"));
    let found = decided(&rule(), date(2026, 2, 13), &people, &[]);
    assert_eq!(found.suppressed, Some(SuppressionReason::QuietHours));
    let found = decided(&rule(), date(2026, 2, 12), &people, &[]);
    assert_eq!((found.due, found.suppressed), (at("2026-02-14T09:00:00+08"), None));
    // No notice for 2031 is known: the date may move.
    assert!(decided(&rule(), date(2031, 3, 4), &people, &[]).provisional);
}

#[test]
fn who_wants_no_contact_is_left_alone_unless_it_asked() {
    let mut quiet = contact("");
    quiet.do_not_disturb = true;
    let people = [("a".to_owned(), quiet)];
    let found = decided(&rule(), date(2026, 3, 4), &people, &[]);
    assert_eq!((found.suppressed, found.reach), (Some(SuppressionReason::DoNotDisturb), None));
    let mut asked = rule();
    asked.kind = FollowUpKind::CaseFollowUp;
    assert_eq!(decided(&asked, date(2026, 3, 4), &people, &[]).suppressed, None);
    let found = decided(&rule(), date(2026, 3, 4), &[], &[]);
    assert_eq!(found.suppressed, Some(SuppressionReason::NoContact));
}

#[test]
fn the_way_is_the_persons_own_and_never_a_banned_one() {
    let mut choosy = contact("");
    choosy.wechat = "wang".to_owned();
    choosy.preferred_channel = Some(ContactChannel::Wechat);
    let found = decided(&rule(), date(2026, 3, 4), &[("w".to_owned(), choosy.clone())], &[]);
    assert_eq!(found.reach.unwrap().channel, ContactChannel::Wechat);
    choosy.preferred_channel = None;
    choosy.banned_channels =
        vec![ContactChannel::Phone, ContactChannel::Wechat, ContactChannel::Sms];
    let found = decided(&rule(), date(2026, 3, 4), &[("w".to_owned(), choosy)], &[]);
    assert_eq!(found.suppressed, Some(SuppressionReason::ChannelBanned));
    assert!(found.checks.iter().any(|check| check.check == "channel" && !check.passed));
}

#[test]
fn the_cap_moves_a_contact_on_and_then_suppresses_it() {
    let people = [("w".to_owned(), contact(""))];
    let before = [at("2026-03-03T09:00:00+08"), at("2026-03-05T09:00:00+08")];
    let found = decided(&rule(), date(2026, 3, 4), &people, &before);
    assert_eq!(found.suppressed, Some(SuppressionReason::FrequencyCap));
    let mut wide = rule();
    wide.max_days = 10;
    // Seven days after the first of the two.
    let found = decided(&wide, date(2026, 3, 4), &people, &before);
    assert_eq!((found.due, found.suppressed), (at("2026-03-10T09:00:00+08"), None));
}

#[test]
fn leave_is_given_in_the_day_there_and_taken_by_do_not_disturb() {
    let calendar = Calendar::new(china()).unwrap();
    let reach = Reach { contact: "w".to_owned(), channel: ContactChannel::Phone };
    let asked = |people: &[(String, Contact)], now: &str, complaint| {
        let around = Around {
            contacts: people,
            contacted: &[],
            complaint,
            calendar: &calendar,
            now: at(now),
            standard: None,
            owner: "",
        };
        leave((&rule(), &reach), &around, &mut Vec::new())
    };
    let mut people = [("w".to_owned(), contact("Europe/Berlin"))];
    assert_eq!(asked(&people, "2026-03-06T10:00:00+01", false), Ok(None));
    assert!(matches!(
        asked(&people, "2026-03-06T08:59:00+01", false),
        Err(FollowUpError::QuietNow { .. })
    ));
    assert!(asked(&people, "2026-02-17T10:00:00+01", false).is_err());
    let open = Ok(Some(SuppressionReason::OpenComplaint));
    assert_eq!(asked(&people, "2026-03-06T10:00:00+01", true), open);
    // The number was taken away, or the way forbidden, since the contact was planned.
    let banned = Ok(Some(SuppressionReason::ChannelBanned));
    let phone = people[0].1.phone.take();
    assert_eq!(asked(&people, "2026-03-06T10:00:00+01", false), banned);
    people[0].1.phone = phone;
    people[0].1.banned_channels = vec![ContactChannel::Phone];
    assert_eq!(asked(&people, "2026-03-06T10:00:00+01", false), banned);
    people[0].1.banned_channels.clear();
    people[0].1.do_not_disturb = true;
    let disturbed = Ok(Some(SuppressionReason::DoNotDisturb));
    assert_eq!(asked(&people, "2026-03-06T10:00:00+01", false), disturbed);
    let gone = Ok(Some(SuppressionReason::NoContact));
    assert_eq!(asked(&[], "2026-03-06T10:00:00+01", false), gone);
}

#[test]
fn cadences_are_whole_days_and_months() {
    for (text, iso) in [("P1M", "P1M"), ("P6M", "P6M"), ("P1Y", "P12M"), ("P2W", "P14D")] {
        assert_eq!(Cadence::parse(text).unwrap().iso(), iso);
    }
    for text in ["", "P0D", "PT5H", "P1DT1H", "-P1M", "P11Y", "monthly"] {
        assert!(Cadence::parse(text).is_err(), "{text}");
    }
    let monthly = Cadence::parse("P1M").unwrap();
    assert_eq!(monthly.after(date(2026, 1, 31)), Some(date(2026, 2, 28)));
}

#[test]
fn what_was_held_back_is_planned_while_its_days_last_and_says_both() {
    let people = [("w".to_owned(), contact(""))];
    let base = date(2026, 3, 4);
    let calendar = Calendar::new(china()).unwrap();
    let decide_at = |now: &str, complaint| {
        let around = Around {
            contacts: &people,
            contacted: &[],
            complaint,
            calendar: &calendar,
            now: at(now),
            standard: None,
            owner: "",
        };
        decide(&Candidate { rule: &rule(), base, only: None }, &around)
    };
    let kind = FollowUpKind::ThankYou;
    let cause = Cause { kind, rule: "thanks", owner: "", subject: "customers/c1/assets/a", base };
    let held = FollowUp::planned(&cause, decide_at("2026-03-04T12:00:00+08", true));
    assert_eq!(held.suppressed, Some(SuppressionReason::OpenComplaint));
    for (today, asked) in
        [(date(2026, 3, 5), true), (date(2026, 3, 7), true), (date(2026, 3, 8), false)]
    {
        assert_eq!(held.may_be_asked_again(3, today), asked, "{today}");
    }
    let now = "2026-03-06T10:00:00+08";
    assert_eq!(held.asked_again(decide_at(now, true), at(now)), None);
    let again = held.asked_again(decide_at(now, false), at(now)).unwrap();
    assert_eq!((again.state, again.due, again.suppressed), (FollowUpState::Planned, at(now), None));
    let complaints: Vec<bool> =
        again.checks.iter().filter(|c| c.check == "complaint").map(|c| c.passed).collect();
    assert_eq!(complaints, [false, true]);
    assert!(!again.may_be_asked_again(3, date(2026, 3, 6)), "it is planned");
    assert!(again.is_of("thanks", "customers/c1/assets/a", base));
    assert!(!again.is_of("thanks", "customers/c1/assets/b", base));
}

#[test]
fn the_round_begins_with_the_date_of_the_zone() {
    for (now, zone, next) in [
        ("2026-02-24T12:00:00+08", "Asia/Shanghai", "2026-02-25T00:00:00+08"),
        ("2026-02-25T00:00:00+08", "Asia/Shanghai", "2026-02-26T00:00:00+08"),
        ("2026-02-24T23:30:00Z", "Europe/Berlin", "2026-02-26T00:00:00+01"),
        // Midnight does not exist there that night.
        ("2026-09-05T12:00:00-04", "America/Santiago", "2026-09-06T01:00:00-03"),
    ] {
        let zone = jiff::tz::TimeZone::get(zone).unwrap();
        assert_eq!(next_round(at(now), &zone), at(next), "{now}");
    }
}

#[test]
fn shipped_rules_are_sound_and_wait_for_somebody_to_use_them() {
    let closed = china();
    for (id, rule) in shipped_rules() {
        let mut wrong = aftercare_kernel::fault::Violations::new();
        rule.check(&mut wrong);
        assert!(wrong.finish().is_ok(), "{id}");
        assert!(!rule.enabled, "{id}");
        let known = closed.closures.iter().any(|closed| closed.reason == rule.festival);
        assert!(rule.festival.is_empty() || known, "{id}: {}", rule.festival);
    }
}

#[test]
fn a_greeting_moves_from_closed_days_to_the_next_open_one_in_the_contacts_zone() {
    let birthday =
        FollowUpRule { trigger: FollowUpTrigger::Birthday, min_days: 0, max_days: 3, ..rule() };
    // The Spring Festival of 2026 is closed from 15 to 23 February, and ends with a working Tuesday.
    for (base, zone, due) in [
        (date(2026, 2, 10), "Asia/Shanghai", "2026-02-10T09:00:00+08"),
        (date(2026, 2, 17), "Asia/Shanghai", "2026-02-24T09:00:00+08"),
        (date(2026, 2, 17), "Europe/Berlin", "2026-02-24T09:00:00+01"),
        // Within its days it does not move.
        (date(2026, 2, 21), "Asia/Shanghai", "2026-02-24T09:00:00+08"),
    ] {
        let found = decided(&birthday, base, &[("w".to_owned(), contact(zone))], &[]);
        assert_eq!((found.due, found.suppressed), (at(due), None), "{base} {zone}");
    }
    let thanks = FollowUpRule { trigger: FollowUpTrigger::Delivered, ..birthday };
    let found = decided(&thanks, date(2026, 2, 17), &[("w".to_owned(), contact(""))], &[]);
    assert_eq!(found.suppressed, Some(SuppressionReason::QuietHours));
}

proptest! {
    #[test]
    fn a_planned_contact_is_open_awake_and_within_its_days(offset in 0i32..330, min in 0u16..10, more in 0u16..20, hour in 6i8..12) {
        let mut rule = rule();
        (rule.min_days, rule.max_days) = (min, min + more);
        rule.earliest = Time::constant(0, 0, 0, 0).with().hour(hour).build().unwrap();
        let base = date(2026, 1, 2).checked_add(jiff::Span::new().days(offset)).unwrap();
        let found = decided(&rule, base, &[("w".to_owned(), contact("Asia/Tokyo"))], &[]);
        if found.suppressed.is_none() {
            let local = found.due.to_zoned(jiff::tz::TimeZone::get("Asia/Tokyo").unwrap());
            let days = local.date().since(base).unwrap().get_days();
            prop_assert!(rule.earliest <= local.time() && local.time() < rule.latest);
            prop_assert!((i32::from(min)..=i32::from(min + more)).contains(&days));
        }
    }
}

#[test]
fn only_the_channels_of_the_standard_are_used() {
    use ContactChannel::{Email, Letter, Phone, Visit, Wechat};
    let both = Contact { email: crate::keys::Email::parse("wang@example.com").ok(), ..contact("") };
    for (usual, allowed, banned, found) in [
        (Phone, vec![], vec![], Some(Phone)),
        (Phone, vec![Email, Letter], vec![], Some(Email)),
        (Visit, vec![Email, Letter], vec![], Some(Email)),
        (Phone, vec![Email, Letter], vec![Email], Some(Letter)),
        (Phone, vec![Wechat], vec![], None),
        // Nobody is visited because there is no other way.
        (Phone, vec![Phone, Visit], vec![Phone], None),
        (Visit, vec![Phone, Visit], vec![Phone], Some(Visit)),
    ] {
        let contact = Contact { banned_channels: banned, ..both.clone() };
        assert_eq!(way(&contact, usual, &allowed), found, "{usual} {allowed:?}");
    }
}
