//! Known answers computed independently (a day table of the State Council's notices and the IANA zones, stepped minute
//! by minute outside this code), a naive reference, and the invariants of business time.

use super::*;
use crate::instant::{Elapsed, SECOND};
use jiff::{SignedDuration, Timestamp, civil::date};
use proptest::prelude::*;

const MINUTE: i64 = 60 * SECOND;

type Hm = (u8, u8);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn minutes(minutes: i64) -> Elapsed {
    Elapsed::new(SignedDuration::from_mins(minutes)).unwrap()
}

fn weekly(zone: &str, days: std::ops::RangeInclusive<u8>, hours: &[(Hm, Hm)]) -> CalendarSpec {
    let weekly = days.flat_map(|day| {
        hours.iter().map(move |(start, end)| WeeklyInterval {
            day,
            interval: LocalInterval::hm(*start, *end),
        })
    });
    CalendarSpec { time_zone: zone.to_owned(), weekly: weekly.collect(), ..Default::default() }
}

fn timeline(spec: CalendarSpec) -> Timeline {
    Timeline::new(Calendar::new(spec).unwrap())
}

fn spec(name: &str) -> CalendarSpec {
    match name {
        "china" => china(),
        "office-ny" => weekly("America/New_York", 1..=5, &[((9, 0), (17, 0))]),
        "office-berlin" => weekly("Europe/Berlin", 1..=5, &[((9, 0), (17, 0))]),
        "all-ny" => round_the_clock("America/New_York"),
        "all-berlin" => round_the_clock("Europe/Berlin"),
        "night-ny" => weekly("America/New_York", 1..=7, &[((0, 0), (6, 0)), ((22, 0), (24, 0))]),
        _ => weekly("Europe/Berlin", 1..=7, &[((0, 0), (6, 0)), ((22, 0), (24, 0))]),
    }
}

#[test]
fn deadlines_agree_with_an_independent_calculation() {
    for (calendar, from, work, expected) in [
        // Spring Festival 2025: closed 28 January to 4 February, work on Sunday 26 January and Saturday 8 February.
        ("china", "2025-01-27T17:00:00+08", 120, "2025-02-05T10:00:00+08"),
        ("china", "2025-01-24T17:30:00+08", 60, "2025-01-26T09:30:00+08"),
        ("china", "2025-01-25T10:00:00+08", 480, "2025-01-26T18:00:00+08"),
        ("china", "2025-02-07T16:00:00+08", 600, "2025-02-08T18:00:00+08"),
        ("china", "2025-01-27T10:00:00+08", 420, "2025-01-27T18:00:00+08"),
        // National Day 2025: closed 1 to 8 October.
        ("china", "2025-09-30T17:59:30+08", 1, "2025-10-09T09:00:30+08"),
        // Spring Festival 2026: closed 15 to 23 February, work on Saturdays 14 and 28 February.
        ("china", "2026-02-13T15:00:00+08", 1440, "2026-02-25T15:00:00+08"),
        ("china", "2026-02-14T17:00:00+08", 240, "2026-02-24T12:00:00+08"),
        ("china", "2026-02-27T12:30:00+08", 960, "2026-03-02T12:00:00+08"),
        // New Year 2026: closed 1 to 3 January, work on Sunday 4 January.
        ("china", "2025-12-31T17:00:00+08", 120, "2026-01-04T10:00:00+08"),
        ("china", "2025-01-02T09:00:00+08", 116_640, "2025-12-24T18:00:00+08"),
        // Mid-Autumn 2026: closed 25 to 27 September, work on Sunday 20 September.
        ("china", "2026-09-19T11:00:00+08", 2880, "2026-09-28T18:00:00+08"),
        // Daylight saving begins on 9 March 2025 in New York and ends on 26 October 2025 in Berlin.
        ("office-ny", "2025-03-07T21:00:00Z", 120, "2025-03-10T14:00:00Z"),
        ("office-berlin", "2025-10-24T14:30:00Z", 960, "2025-10-28T15:30:00Z"),
        ("all-ny", "2025-03-08T17:00:00Z", 1440, "2025-03-09T17:00:00Z"),
        ("all-berlin", "2025-10-25T10:00:00Z", 1440, "2025-10-26T10:00:00Z"),
        ("night-ny", "2025-03-09T04:00:00Z", 480, "2025-03-10T04:00:00Z"),
        ("night-ny", "2025-11-02T03:00:00Z", 480, "2025-11-02T11:00:00Z"),
        ("night-berlin", "2025-03-29T21:00:00Z", 420, "2025-03-30T04:00:00Z"),
    ] {
        let timeline = timeline(spec(calendar));
        let deadline = timeline.deadline(at(from), minutes(work)).unwrap();
        assert_eq!(deadline, at(expected), "{calendar} {from} + {work} min");
        assert_eq!(timeline.business(at(from), deadline).unwrap(), minutes(work));
    }
}

#[test]
fn the_shipped_years_have_the_days_of_the_notices() {
    let china = Calendar::new(china()).unwrap();
    let count = |year: i16, open: bool| {
        let days = date(year, 1, 1).series(jiff::Span::new().days(1));
        let mut found = Vec::new();
        days.take_while(|day| day.year() == year)
            .filter(|day| {
                found.clear();
                china.open_instants(*day, &mut found);
                found.is_empty() != open
            })
            .count()
    };
    // Working days of the year: 248 in both, from the day tables of the notices.
    assert_eq!((count(2025, true), count(2025, false)), (248, 117));
    assert_eq!((count(2026, true), count(2026, false)), (248, 117));
    // Weekdays less statutory holidays; in 2020 the extended Spring Festival took two days more, and of 2006 the notices
    // moved one day into 2005 and took two from 2007.
    let older = [2006, 2020, 2023, 2024].map(|year| count(year, true));
    assert_eq!(older, [251, 249, 249, 251]);
    assert_eq!(china.unknown_years(2003, 2027), [2003, 2027]);
}

#[test]
fn no_work_from_closed_time_is_the_next_opening_and_close_stays_at_close() {
    let china = timeline(china());
    let friday_close = at("2025-03-07T18:00:00+08");
    assert_eq!(china.next_open(friday_close).unwrap(), at("2025-03-10T09:00:00+08"));
    assert_eq!(
        china.next_open(at("2025-03-07T17:59:59+08")).unwrap(),
        at("2025-03-07T17:59:59+08")
    );
    assert_eq!(china.deadline(at("2025-03-07T16:00:00+08"), minutes(120)).unwrap(), friday_close);
    assert!(!china.is_open(friday_close));
}

#[test]
fn local_times_in_a_gap_move_forward_and_in_an_overlap_are_the_first() {
    // 02:30 does not exist on 30 March 2025 in Berlin: the interval begins at 03:30 summer time, 01:30 UTC.
    let gap = timeline(weekly("Europe/Berlin", 1..=7, &[((2, 30), (5, 0))]));
    assert_eq!(gap.next_open(at("2025-03-29T12:00:00Z")).unwrap(), at("2025-03-30T01:30:00Z"));
    // 02:30 comes twice on 26 October 2025: the interval ends at the first, 00:30 UTC, and begins again at 02:45 first.
    let overlap = timeline(weekly("Europe/Berlin", 1..=7, &[((0, 0), (2, 30)), ((2, 45), (4, 0))]));
    let day = overlap.business(at("2025-10-25T22:00:00Z"), at("2025-10-26T22:59:00Z")).unwrap();
    assert_eq!(
        overlap.business(at("2025-10-25T22:00:00Z"), at("2025-10-26T00:30:00Z")).unwrap(),
        minutes(150)
    );
    assert!(!overlap.is_open(at("2025-10-26T00:40:00Z")));
    assert!(overlap.is_open(at("2025-10-26T00:45:00Z")));
    // The second interval holds the repeated hour: 75 minutes and 60 more.
    assert_eq!(day, minutes(150 + 135));
}

#[test]
fn a_date_that_the_zone_skipped_has_no_hours() {
    // Samoa had no 30 December 2011.
    let samoa = timeline(round_the_clock("Pacific/Apia"));
    let (from, to) = (at("2011-12-29T10:00:00Z"), at("2011-12-31T10:00:00Z"));
    assert_eq!(samoa.business(from, to).unwrap(), minutes(2 * 1440));
    assert!(!samoa.is_open_date(date(2011, 12, 30)));
}

#[test]
fn breaks_subtract_and_24_00_is_the_end_of_the_day() {
    let mut spec = weekly("Asia/Shanghai", 1..=7, &[((20, 0), (24, 0))]);
    spec.breaks = vec![CalendarBreak {
        date: date(2025, 6, 10),
        interval: LocalInterval::hm((21, 0), (22, 30)),
        reason: "stock-taking".to_owned(),
    }];
    let evening = timeline(spec);
    let (from, to) = (at("2025-06-10T00:00:00+08"), at("2025-06-11T00:00:00+08"));
    assert_eq!(evening.business(from, to).unwrap(), minutes(150));
    assert_eq!(evening.deadline(from, minutes(61)).unwrap(), at("2025-06-10T22:31:00+08"));
    assert_eq!(evening.deadline(from, minutes(150)).unwrap(), to);
}

#[test]
fn a_calendar_that_never_opens_again_is_an_error_not_a_loop() {
    let never = timeline(CalendarSpec { time_zone: "UTC".to_owned(), ..Default::default() });
    let from = at("2026-01-01T00:00:00Z");
    assert!(matches!(never.deadline(from, minutes(1)), Err(TimelineError::NoOpenTime { .. })));
    assert!(matches!(never.next_open(from), Err(TimelineError::NoOpenTime { .. })));
    let once = |year| DateOverride {
        date: date(year, 1, 5),
        intervals: vec![LocalInterval::hm((9, 0), (10, 0))],
        reason: String::new(),
    };
    let rare = timeline(CalendarSpec {
        time_zone: "UTC".to_owned(),
        overrides: vec![once(2026), once(2030), once(2036)],
        ..Default::default()
    });
    assert_eq!(rare.deadline(from, minutes(120)).unwrap(), at("2030-01-05T10:00:00Z"));
    assert_eq!(
        rare.deadline(from, minutes(121)),
        Err(TimelineError::NoOpenTime { after: at("2030-01-05T10:00:00Z") })
    );
    let late = at("2099-12-31T00:00:00Z");
    let all = timeline(round_the_clock("UTC"));
    assert!(matches!(all.deadline(late, minutes(10_000)), Err(TimelineError::OutOfRange { .. })));
}

#[test]
fn configuration_errors_are_named_all_at_once() {
    let hours = |start, end| LocalInterval::hm(start, end);
    let wrong = CalendarSpec {
        time_zone: "Asia/Hangzhou".to_owned(),
        weekly: vec![
            WeeklyInterval { day: 8, interval: hours((9, 0), (10, 0)) },
            WeeklyInterval { day: 1, interval: hours((10, 0), (10, 0)) },
            WeeklyInterval { day: 2, interval: hours((9, 0), (12, 0)) },
            WeeklyInterval { day: 2, interval: hours((11, 0), (13, 0)) },
        ],
        closures: vec![Closure { date: date(2025, 10, 1), reason: String::new() }; 2],
        overrides: vec![DateOverride {
            date: date(2025, 10, 1),
            intervals: vec![hours((9, 0), (25, 0))],
            reason: String::new(),
        }],
        ..Default::default()
    };
    let error = Calendar::new(wrong).unwrap_err();
    let fields: Vec<_> = error.fields().iter().map(|field| field.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "time_zone",
            "weekly[0].day",
            "weekly[1].end",
            "weekly[3]",
            "closures[1].date",
            "overrides[0].intervals[0]",
            "overrides[0].date"
        ]
    );
}

/// Counts minute by minute by looking at the wall clock: slow, and nothing like the prefix sums.
fn naive(calendar: &Calendar, from: Timestamp, to: Timestamp) -> i64 {
    let mut open = 0;
    let mut at = from;
    while at < to {
        let local = calendar.zone().to_datetime(at);
        let minute = (i64::from(local.hour()) * 60 + i64::from(local.minute())) * MINUTE;
        let spec = calendar.spec();
        let closed = spec.closures.iter().any(|closure| closure.date == local.date());
        let hours: Vec<LocalInterval> =
            match spec.overrides.iter().find(|replaced| replaced.date == local.date()) {
                Some(replaced) => replaced.intervals.clone(),
                None => {
                    let day = u8::try_from(local.weekday().to_monday_one_offset()).unwrap();
                    let of_day = spec.weekly.iter().filter(|weekly| weekly.day == day);
                    of_day.map(|weekly| weekly.interval).collect()
                }
            };
        let within = |interval: &LocalInterval| interval.start <= minute && minute < interval.end;
        let taken = spec.breaks.iter().any(|b| b.date == local.date() && within(&b.interval));
        if !closed && !taken && hours.iter().any(within) {
            open += 1;
        }
        at += SignedDuration::from_mins(1);
    }
    open
}

/// Hours that avoid 00:01 to 04:00, where zones shift: there the wall clock alone does not tell.
fn day_hours() -> impl Strategy<Value = Vec<LocalInterval>> {
    prop::collection::btree_set((4i64 * 60)..=(24 * 60), 0..6).prop_map(|edges| {
        let edges: Vec<i64> = edges.into_iter().collect();
        edges
            .chunks_exact(2)
            .map(|pair| LocalInterval { start: pair[0] * MINUTE, end: pair[1] * MINUTE })
            .collect()
    })
}

fn calendars() -> impl Strategy<Value = Calendar> {
    let zones = prop::sample::select(vec![
        "Asia/Shanghai",
        "America/New_York",
        "Europe/Berlin",
        "Asia/Kolkata",
    ]);
    let week = prop::collection::vec(day_hours(), 7);
    let dated = prop::collection::btree_map(0i32..60, (0u8..3, day_hours()), 0..8);
    (zones, week, dated).prop_map(|(zone, week, dated)| {
        let mut spec = CalendarSpec { time_zone: zone.to_owned(), ..Default::default() };
        for (day, hours) in (1u8..).zip(week) {
            spec.weekly.extend(hours.into_iter().map(|interval| WeeklyInterval { day, interval }));
        }
        spec.weekly.push(WeeklyInterval { day: 3, interval: LocalInterval::hm((0, 0), (0, 1)) });
        for (offset, (kind, hours)) in dated {
            let date = date(2025, 3, 1) + jiff::Span::new().days(offset);
            let reason = String::new();
            match kind {
                0 => spec.closures.push(Closure { date, reason }),
                1 => spec.overrides.push(DateOverride { date, intervals: hours, reason }),
                _ => spec.breaks.extend(hours.into_iter().map(|interval| CalendarBreak {
                    date,
                    interval,
                    reason: String::new(),
                })),
            }
        }
        Calendar::new(spec).unwrap()
    })
}

fn instants() -> impl Strategy<Value = Timestamp> {
    (0i64..60 * 1440).prop_map(|m| at("2025-03-01T00:00:00Z") + SignedDuration::from_mins(m))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn counting_agrees_with_stepping_minute_by_minute(
        calendar in calendars(), from in instants(), length in 0i64..14 * 1440,
    ) {
        let to = from + SignedDuration::from_mins(length);
        let expected = minutes(naive(&calendar, from, to));
        prop_assert_eq!(Timeline::new(calendar).business(from, to).unwrap(), expected);
    }

    #[test]
    fn a_deadline_is_the_smallest_instant_with_the_work_done_and_additive(
        calendar in calendars(), from in instants(),
        probes in prop::collection::vec((1i64..5_000_000_000_000_000, 1i64..1_000_000_000_000_000), 8),
    ) {
        let timeline = Timeline::new(calendar);
        let mut previous = None;
        for (a, b) in probes {
            let (first, both) = (Elapsed::of_nanos(a), Elapsed::of_nanos(a + b));
            let x = timeline.deadline(from, first).unwrap();
            prop_assert_eq!(timeline.business(from, x).unwrap(), first);
            let before = x - SignedDuration::from_nanos(1);
            prop_assert!(timeline.business(from, before).unwrap() < first);
            let y = timeline.deadline(x, Elapsed::of_nanos(b)).unwrap();
            prop_assert_eq!(timeline.deadline(from, both).unwrap(), y);
            prop_assert!(y > x);
            let later = timeline.deadline(from + SignedDuration::from_secs(3601), first).unwrap();
            prop_assert!(later >= x);
            let rewound = timeline.rewind_nanos(crate::instant::nanos(x), a).unwrap();
            prop_assert!(rewound >= crate::instant::nanos(from));
            let again = timeline.business_nanos(rewound, crate::instant::nanos(x));
            prop_assert_eq!(again, a);
            if let Some((work, end)) = previous {
                prop_assert_eq!(first.cmp(&work), x.cmp(&end));
            }
            previous = Some((first, x));
        }
    }
}
