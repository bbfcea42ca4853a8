//! Days with pauses, and promises that must nest.

use super::*;
use crate::calendar::{Calendar, CalendarSpec, china, round_the_clock};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn timeline(spec: CalendarSpec) -> Timeline {
    Timeline::new(Calendar::new(spec).unwrap())
}

#[test]
fn business_days_agree_with_an_independent_calculation() {
    let china = timeline(china());
    for (from, days, expected) in [
        ("2025-01-24T10:00:00+08", 1, "2025-01-26T10:00:00+08"),
        ("2025-01-26T10:00:00+08", 2, "2025-02-05T10:00:00+08"),
        ("2025-01-27T20:00:00+08", 1, "2025-02-06T09:00:00+08"),
        ("2026-02-13T12:30:00+08", 3, "2026-02-25T13:00:00+08"),
        ("2025-09-30T09:15:00+08", 3, "2025-10-11T09:15:00+08"),
        ("2026-02-14T10:00:00+08", 10, "2026-03-06T10:00:00+08"),
        ("2025-01-28T10:00:00+08", 0, "2025-02-05T09:00:00+08"),
    ] {
        let end = deadline(&china, Target::BusinessDays(days), at(from), &Pauses::default());
        assert_eq!(end.unwrap(), Some(at(expected)), "{from} + {days}");
    }
}

#[test]
fn a_date_counts_unless_a_pause_covers_all_of_it() {
    let china = timeline(china());
    let pause = |from: &str, to: Option<&str>| Pauses::new([(at(from), to.map(at))]);
    let whole = pause("2025-03-04T08:00:00+08", Some("2025-03-04T18:00:00+08"));
    let part = pause("2025-03-04T08:00:00+08", Some("2025-03-04T17:59:00+08"));
    let endless = pause("2025-03-04T08:00:00+08", None);
    let from = at("2025-03-03T10:00:00+08");
    for (target, pauses, expected) in [
        (Target::BusinessDays(2), &whole, Some("2025-03-06T10:00:00+08")),
        (Target::BusinessDays(2), &part, Some("2025-03-05T10:00:00+08")),
        (Target::BusinessDays(1), &part, Some("2025-03-04T17:59:00+08")),
        (Target::BusinessDays(2), &endless, None),
        (Target::CalendarDays(2), &whole, Some("2025-03-05T10:00:00+08")),
        (Target::CalendarDays(1), &whole, Some("2025-03-04T18:00:00+08")),
        (Target::CalendarDays(1), &endless, None),
    ] {
        let end = deadline(&china, target, from, pauses).unwrap();
        assert_eq!(end, expected.map(at), "{target:?} {pauses:?}");
    }
}

#[test]
fn local_days_keep_the_wall_clock_over_a_change_of_offset() {
    let berlin = timeline(round_the_clock("Europe/Berlin"));
    let from = at("2025-03-29T01:30:00Z");
    let end = |days| deadline(&berlin, Target::CalendarDays(days), from, &Pauses::default());
    // 02:30 on 30 March does not exist and becomes 03:30 summer time; the day after it is 02:30 again.
    assert_eq!(end(1).unwrap(), Some(at("2025-03-30T01:30:00Z")));
    assert_eq!(end(2).unwrap(), Some(at("2025-03-31T00:30:00Z")));
}

#[test]
fn promises_that_do_not_nest_are_found_when_configured() {
    let (china, all) = (timeline(china()), timeline(round_the_clock("Asia/Shanghai")));
    let year = (at("2025-01-01T00:00:00+08"), at("2026-01-01T00:00:00+08"));
    let hours = |h| Target::BusinessTime(Elapsed::hours(h));
    let check = |external, internal| check_nested(external, internal, year.0, year.1).unwrap();
    assert_eq!(check((&china, hours(8)), (&china, hours(8))), Nesting::Nested);
    assert_eq!(check((&china, hours(8)), (&all, hours(8))), Nesting::Nested);
    // Eight hours of the department's business time can take eight days over the Spring Festival.
    let found = check((&all, hours(48)), (&china, hours(8)));
    let Nesting::Conflict { start, internal, external } = found else { panic!("{found:?}") };
    assert!(internal > external);
    let none = Pauses::default();
    assert_eq!(deadline(&china, hours(8), start, &none).unwrap(), Some(internal));
    assert_eq!(deadline(&all, hours(48), start, &none).unwrap(), Some(external));
    // From the last close before the 2025 Spring Festival to its first full day: 192 + 15 + 9 hours, at most 216.
    assert_eq!(check((&all, hours(216)), (&china, hours(8))), Nesting::Nested);
    assert!(matches!(check((&all, hours(215)), (&china, hours(8))), Nesting::Conflict { .. }));
    assert!(matches!(
        check((&china, Target::BusinessDays(1)), (&all, Target::CalendarDays(2))),
        Nesting::Conflict { .. }
    ));
    assert_eq!(
        check((&china, Target::BusinessDays(1)), (&all, Target::CalendarDays(1))),
        Nesting::Nested
    );
}
