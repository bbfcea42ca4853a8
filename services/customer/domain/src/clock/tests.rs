//! What clocks do with the log: states, pauses, lateness, rebases, amendments, escalations, explanations.

use super::*;
use crate::calendar::{Calendar, china, round_the_clock};
use crate::instant::Elapsed;
use crate::milestone::{EscalationLevel, Milestone, Target, Trigger};
use jiff::SignedDuration;
use proptest::prelude::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn hours(hours: u16) -> Elapsed {
    Elapsed::hours(hours)
}

fn china_timeline() -> Timeline {
    Timeline::new(Calendar::new(china()).unwrap())
}

fn terms(target: Target) -> MilestoneTerms {
    MilestoneTerms {
        milestone: Milestone::Investigation,
        start: Occurrence::CaseOpened,
        stops: vec![Occurrence::Investigated],
        pause_reasons: vec!["awaiting_customer".to_owned(), "awaiting_sample".to_owned()],
        calendar: "china".to_owned(),
        target,
        internal: None,
        levels: vec![
            level("manager", Trigger::TimeOver(hours(4))),
            level("at_risk", Trigger::PercentElapsed(80)),
            level("supervisor", Trigger::PercentElapsed(100)),
        ],
    }
}

fn level(name: &str, trigger: Trigger) -> EscalationLevel {
    EscalationLevel { level: name.to_owned(), trigger, notify: vec![name.to_owned()] }
}

fn log(entries: &[(&str, ClockEntry)]) -> Vec<ClockEvent> {
    (1u64..)
        .zip(entries)
        .map(|(sequence, (time, entry))| ClockEvent {
            sequence,
            at: at(time),
            recorded: at(time),
            entry: entry.clone(),
        })
        .collect()
}

fn opened() -> ClockEntry {
    ClockEntry::Happened(Occurrence::CaseOpened)
}

fn found() -> ClockEntry {
    ClockEntry::Happened(Occurrence::Investigated)
}

fn pause(reason: &str) -> ClockEntry {
    ClockEntry::Pause(reason.to_owned())
}

fn resume(reason: &str) -> ClockEntry {
    ClockEntry::Resume(reason.to_owned())
}

fn read(target: Target, log: &[ClockEvent], now: &str) -> Reading {
    let (terms, timeline) = (terms(target), china_timeline());
    let bases = [Basis { since: at(now), terms: &terms, timeline: &timeline }];
    fold(&bases, log, at(now)).unwrap()
}

fn deadline(reading: &Reading) -> Option<Timestamp> {
    reading.run.as_ref().and_then(|run| run.deadline)
}

const EIGHT: Target = Target::BusinessTime(Elapsed::hours(8));

#[test]
fn a_clock_goes_through_its_states() {
    let open = log(&[("2025-01-27T10:00:00+08", opened())]);
    // 2 + 5 hours on Monday 27 January, the eighth after the Spring Festival, on Wednesday 5 February.
    let end = Some(at("2025-02-05T10:00:00+08"));
    for (now, state) in [
        ("2025-01-27T09:00:00+08", ClockState::NotStarted),
        ("2025-01-27T11:00:00+08", ClockState::Running),
        ("2025-02-05T10:00:00+08", ClockState::Running),
        ("2025-02-05T10:00:00.000000001+08", ClockState::BreachedRunning),
    ] {
        let reading = read(EIGHT, &open, now);
        assert_eq!(reading.state, state, "{now}");
        assert!(reading.run.is_none() || deadline(&reading) == end);
    }
    for (stop, state) in [
        ("2025-02-05T10:00:00+08", ClockState::Met),
        ("2025-02-05T10:00:00.000000001+08", ClockState::MetLate),
    ] {
        let stopped = log(&[("2025-01-27T10:00:00+08", opened()), (stop, found())]);
        assert_eq!(read(EIGHT, &stopped, "2025-03-01T00:00:00+08").state, state, "{stop}");
    }
    let cancelled = log(&[
        ("2025-01-27T10:00:00+08", opened()),
        ("2025-01-27T11:00:00+08", ClockEntry::Cancel("withdrawn".to_owned())),
    ]);
    assert_eq!(read(EIGHT, &cancelled, "2025-03-01T00:00:00+08").state, ClockState::Cancelled);
}

#[test]
fn only_the_business_time_of_a_pause_counts_and_reasons_unite() {
    let paused = log(&[
        ("2025-03-03T09:00:00+08", opened()),
        ("2025-03-03T11:00:00+08", pause("awaiting_customer")),
        ("2025-03-03T11:30:00+08", pause("awaiting_sample")),
        ("2025-03-03T11:30:00+08", pause("awaiting_customer")),
        ("2025-03-03T11:45:00+08", pause("coffee")),
        // Lunch is no business time: from 11:00 to 14:00 two hours of it are.
        ("2025-03-03T12:30:00+08", resume("awaiting_customer")),
        ("2025-03-03T14:00:00+08", resume("awaiting_sample")),
        ("2025-03-03T15:00:00+08", resume("awaiting_sample")),
    ]);
    assert_eq!(read(EIGHT, &paused, "2025-03-03T13:00:00+08").state, ClockState::Paused);
    let open_pause = read(EIGHT, &paused, "2025-03-03T13:00:00+08");
    assert_eq!(deadline(&open_pause), None);
    let reading = read(EIGHT, &paused, "2025-03-03T18:00:00+08");
    assert_eq!(reading.counted, Some(hours(6)));
    assert_eq!(deadline(&reading), Some(at("2025-03-04T11:00:00+08")));
    assert_eq!(reading.remaining, Some(SignedDuration::from_hours(2)));
}

#[test]
fn entries_that_arrive_late_or_twice_or_out_of_order_recompute_from_the_log() {
    let mut entries = log(&[
        ("2025-03-03T09:00:00+08", opened()),
        ("2025-03-03T10:00:00+08", pause("awaiting_customer")),
        ("2025-03-03T11:00:00+08", resume("awaiting_customer")),
        ("2025-03-04T09:30:00+08", found()),
    ]);
    let straight = read(EIGHT, &entries, "2025-03-10T00:00:00+08");
    assert_eq!(straight.state, ClockState::Met);
    entries.reverse();
    entries.extend(entries.clone());
    assert_eq!(read(EIGHT, &entries, "2025-03-10T00:00:00+08"), straight);
    let stray = log(&[
        ("2025-03-03T09:00:00+08", opened()),
        ("2025-03-03T09:30:00+08", resume("awaiting_customer")),
    ]);
    assert_eq!(
        deadline(&read(EIGHT, &stray, "2025-03-03T12:00:00+08")),
        Some(at("2025-03-03T18:00:00+08"))
    );
}

#[test]
fn a_pause_after_the_breach_does_not_undo_it() {
    let paused = log(&[
        ("2025-03-03T09:00:00+08", opened()),
        ("2025-03-03T18:00:00+08", pause("awaiting_customer")),
    ]);
    // The target is used up exactly at close, when the pause begins: the promise has ended.
    let reading = read(EIGHT, &paused, "2025-03-04T08:00:00+08");
    assert_eq!(reading.state, ClockState::BreachedRunning);
    assert_eq!(deadline(&reading), Some(at("2025-03-03T18:00:00+08")));
}

#[test]
fn units_are_never_mixed_up() {
    // Friday 24 January 2025, 16:00: Sunday 26 and Monday 27 work, then the Spring Festival.
    let open = log(&[("2025-01-24T16:00:00+08", opened())]);
    for (target, end) in [
        (Target::ClockTime(hours(24)), "2025-01-25T16:00:00+08"),
        (Target::BusinessTime(hours(24)), "2025-02-05T16:00:00+08"),
        (Target::BusinessDays(1), "2025-01-26T16:00:00+08"),
        (Target::BusinessDays(2), "2025-01-27T16:00:00+08"),
        (Target::BusinessDays(3), "2025-02-05T16:00:00+08"),
        (Target::CalendarDays(3), "2025-01-27T16:00:00+08"),
        (Target::CalendarDays(30), "2025-02-23T16:00:00+08"),
    ] {
        let reading = read(target, &open, "2025-01-24T16:00:00+08");
        assert_eq!(deadline(&reading), Some(at(end)), "{target:?}");
    }
    let (kept, other) = (terms(EIGHT), terms(Target::ClockTime(hours(8))));
    let timeline = china_timeline();
    let since = at("2025-01-25T00:00:00+08");
    let bases = [&kept, &other].map(|terms| Basis { since, terms, timeline: &timeline });
    assert!(matches!(fold(&bases, &open, since), Err(ClockError::UnitChanged { .. })));
}

#[test]
fn deadlines_that_leave_the_known_years_are_provisional() {
    let open = log(&[("2026-12-31T16:00:00+08", opened())]);
    let reading = read(EIGHT, &open, "2026-12-31T16:00:00+08");
    assert_eq!(reading.unknown_years, [2027]);
    let clock = read(Target::ClockTime(hours(24)), &open, "2026-12-31T16:00:00+08");
    assert!(clock.unknown_years.is_empty());
}

#[test]
fn a_rebase_keeps_what_counted_and_never_undoes_a_breach() {
    let (four, eight) = (terms(Target::BusinessTime(hours(4))), terms(EIGHT));
    let timeline = china_timeline();
    let open = log(&[("2025-03-03T09:00:00+08", opened())]);
    let rebased = |from: &MilestoneTerms, to: &MilestoneTerms, since: &str, now: &str| {
        let bases = [
            Basis { since: at(since), terms: from, timeline: &timeline },
            Basis { since: at(since), terms: to, timeline: &timeline },
        ];
        fold(&bases, &open, at(now)).unwrap()
    };
    let longer = rebased(&four, &eight, "2025-03-03T11:00:00+08", "2025-03-03T12:00:00+08");
    assert_eq!(deadline(&longer), Some(at("2025-03-03T18:00:00+08")));
    assert_eq!(longer.counted, Some(hours(3)));
    // Six hours had counted: a promise of four is over at the rebase, not before it.
    let shorter = rebased(&eight, &four, "2025-03-03T16:00:00+08", "2025-03-03T16:30:00+08");
    assert_eq!(deadline(&shorter), Some(at("2025-03-03T16:00:00+08")));
    let breached = rebased(&four, &eight, "2025-03-03T15:00:00+08", "2025-03-03T16:00:00+08");
    assert_eq!(breached.state, ClockState::BreachedRunning);
    assert_eq!(deadline(&breached), Some(at("2025-03-03T14:00:00+08")));
}

#[test]
fn an_amended_calendar_recomputes_running_clocks_only() {
    let terms = terms(EIGHT);
    let before = china_timeline();
    let mut spec = china();
    spec.closures.push(crate::calendar::Closure {
        date: jiff::civil::date(2025, 3, 4),
        reason: "typhoon".to_owned(),
    });
    let after = Timeline::new(Calendar::new(spec).unwrap());
    let basis = |timeline| [Basis { since: at("2025-03-03T14:00:00+08"), terms: &terms, timeline }];
    let now = at("2025-03-03T17:00:00+08");
    let running = log(&[("2025-03-03T14:00:00+08", opened())]);
    let reading = fold(&basis(&before), &running, now).unwrap();
    assert_eq!(deadline(&reading), Some(at("2025-03-04T14:00:00+08")));
    let new = amended(&reading, &basis(&after), &running, now).unwrap().unwrap();
    assert_eq!(deadline(&new), Some(at("2025-03-05T14:00:00+08")));
    let stopped = log(&[("2025-03-03T14:00:00+08", opened()), ("2025-03-03T15:00:00+08", found())]);
    let met = fold(&basis(&before), &stopped, now).unwrap();
    assert_eq!(amended(&met, &basis(&after), &stopped, now), Ok(None));
}

#[test]
fn a_change_of_grade_keeps_the_stricter_promise() {
    let (four, eight) = (terms(Target::BusinessTime(hours(4))), terms(EIGHT));
    let timeline = china_timeline();
    let now = at("2025-03-03T10:00:00+08");
    let open = log(&[("2025-03-03T09:00:00+08", opened())]);
    let basis = |terms| Basis { since: now, terms, timeline: &timeline };
    assert_eq!(stricter(&[basis(&eight)], basis(&four), &open, now), Ok(true));
    assert_eq!(stricter(&[basis(&four)], basis(&eight), &open, now), Ok(false));
}

#[test]
fn levels_fire_once_in_order_with_true_and_observed_time() {
    let (terms, timeline) = (terms(EIGHT), china_timeline());
    let fire = |log: &[ClockEvent], fired: &[String], now: &str| {
        let bases = [Basis { since: at(now), terms: &terms, timeline: &timeline }];
        let reading = fold(&bases, log, at(now)).unwrap();
        let next = next_due(&bases, &reading, fired).unwrap();
        let due = due(&bases, &reading, fired, at(now)).unwrap();
        (due.into_iter().map(|f| (f.level, f.true_time)).collect::<Vec<_>>(), next)
    };
    let open = log(&[("2025-03-03T09:00:00+08", opened())]);
    let risk = ("at_risk".to_owned(), at("2025-03-03T16:24:00+08"));
    let breach = ("supervisor".to_owned(), at("2025-03-03T18:00:00+08"));
    let over = ("manager".to_owned(), at("2025-03-04T14:00:00+08"));
    assert_eq!(fire(&open, &[], "2025-03-03T16:00:00+08"), (vec![], Some(risk.1)));
    assert_eq!(fire(&open, &[], "2025-03-03T16:24:00+08"), (vec![risk.clone()], Some(risk.1)));
    let fired = vec!["at_risk".to_owned()];
    assert_eq!(fire(&open, &fired, "2025-03-03T17:00:00+08"), (vec![], Some(breach.1)));
    // After an outage all that is due comes at once, in the order in which it became true.
    let all = vec![risk.clone(), breach.clone(), over];
    assert_eq!(fire(&open, &[], "2025-03-09T00:00:00+08").0, all);
    // A clock that stopped at its deadline never reached the breach.
    let stopped = log(&[("2025-03-03T09:00:00+08", opened()), ("2025-03-03T18:00:00+08", found())]);
    assert_eq!(
        fire(&stopped, &[], "2025-03-09T00:00:00+08"),
        (vec![risk], Some(at("2025-03-03T16:24:00+08")))
    );
}

#[test]
fn replies_restart_with_each_message_and_updates_with_each_update() {
    let timeline = china_timeline();
    let mut reply = terms(Target::BusinessTime(hours(4)));
    reply.milestone = Milestone::NextReply;
    (reply.start, reply.stops) = (Occurrence::CustomerMessage, vec![Occurrence::Replied]);
    let message = ClockEntry::Happened(Occurrence::CustomerMessage);
    let entries = log(&[
        ("2025-03-03T09:00:00+08", message.clone()),
        ("2025-03-03T10:00:00+08", message.clone()),
        ("2025-03-03T15:00:00+08", ClockEntry::Happened(Occurrence::Replied)),
        ("2025-03-04T09:00:00+08", message),
    ]);
    let now = at("2025-03-04T10:00:00+08");
    let basis = [Basis { since: now, terms: &reply, timeline: &timeline }];
    let reading = fold(&basis, &entries, now).unwrap();
    assert_eq!((reading.state, reading.earlier.len()), (ClockState::Running, 1));
    assert_eq!(deadline(&reading), Some(at("2025-03-04T14:00:00+08")));
    // The first message was answered after five hours of four.
    assert!(reading.earlier[0].stopped > reading.earlier[0].deadline);

    let mut update = terms(Target::CalendarDays(7));
    update.milestone = Milestone::PeriodicUpdate;
    update.stops = vec![Occurrence::Updated, Occurrence::Closed];
    let entries = log(&[
        ("2025-03-03T09:00:00+08", opened()),
        ("2025-03-05T09:00:00+08", ClockEntry::Happened(Occurrence::Updated)),
    ]);
    let basis = [Basis { since: now, terms: &update, timeline: &timeline }];
    let reading = fold(&basis, &entries, at("2025-03-06T09:00:00+08")).unwrap();
    assert_eq!(deadline(&reading), Some(at("2025-03-12T09:00:00+08")));
}

#[test]
fn an_explanation_names_every_stretch_with_its_reason() {
    let (terms, timeline) = (terms(EIGHT), china_timeline());
    let entries = log(&[
        ("2025-01-25T20:00:00+08", opened()),
        ("2025-01-26T17:00:00+08", pause("awaiting_customer")),
        ("2025-01-27T09:30:00+08", resume("awaiting_customer")),
        ("2025-01-28T10:00:00+08", found()),
    ]);
    let now = at("2025-02-01T00:00:00+08");
    let bases = [Basis { since: now, terms: &terms, timeline: &timeline }];
    let reading = fold(&bases, &entries, now).unwrap();
    let explanation = explain(&bases, &reading).unwrap();
    let got: Vec<_> = explanation.segments.iter().map(|s| (s.start, s.counted, s.reason)).collect();
    use SegmentReason::*;
    let expected = [
        ("2025-01-25T20:00:00+08", false, WeeklyClosed),
        ("2025-01-26T00:00:00+08", false, OverrideClosed),
        ("2025-01-26T09:00:00+08", true, MakeUpDay),
        ("2025-01-26T12:00:00+08", false, OverrideClosed),
        ("2025-01-26T13:00:00+08", true, MakeUpDay),
        ("2025-01-26T17:00:00+08", false, Paused),
        ("2025-01-26T18:00:00+08", false, OverrideClosed),
        ("2025-01-27T00:00:00+08", false, OutsideHours),
        ("2025-01-27T09:00:00+08", false, Paused),
        ("2025-01-27T09:30:00+08", true, Open),
        ("2025-01-27T12:00:00+08", false, OutsideHours),
        ("2025-01-27T13:00:00+08", true, Open),
        ("2025-01-27T18:00:00+08", false, OutsideHours),
        ("2025-01-28T00:00:00+08", false, Closure),
    ];
    assert_eq!(got, expected.map(|(start, counted, reason)| (at(start), counted, reason)));
    assert_eq!(explanation.segments.last().unwrap().detail, "春节 Spring Festival");
    assert_eq!(Some(explanation.counted), reading.counted);
    assert_eq!(reading.counted.unwrap().get(), SignedDuration::from_mins(7 * 60 + 7 * 60 + 30));
}

fn entries() -> impl Strategy<Value = Vec<ClockEvent>> {
    let kind = prop::sample::select(vec![
        pause("awaiting_customer"),
        resume("awaiting_customer"),
        pause("awaiting_sample"),
        resume("awaiting_sample"),
        found(),
    ]);
    prop::collection::btree_map(1i64..4_000_000, kind, 0..8).prop_map(|entries| {
        let base = at("2025-01-20T00:00:00+08");
        let opened = ClockEvent { sequence: 0, at: base, recorded: base, entry: opened() };
        let rest = (1u64..).zip(entries).map(|(sequence, (second, entry))| {
            let at = base + SignedDuration::from_secs(second);
            ClockEvent { sequence, at, recorded: at, entry }
        });
        std::iter::once(opened).chain(rest).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn explanations_add_up_exactly_and_the_order_of_arrival_does_not_matter(
        entries in entries(), shift in 0usize..8, hours in 1u16..200, nanos in 0i64..5_000_000_000_000_000,
        unit in 0u8..4,
    ) {
        let target = match unit {
            0 => Target::BusinessTime(Elapsed::hours(hours)),
            1 => Target::ClockTime(Elapsed::hours(hours)),
            2 => Target::BusinessDays(u32::from(hours) / 8),
            _ => Target::CalendarDays(u32::from(hours) / 8),
        };
        let (terms, timeline) = (terms(target), china_timeline());
        let now = at("2025-01-20T00:00:00+08") + SignedDuration::from_nanos(nanos);
        let bases = [Basis { since: now, terms: &terms, timeline: &timeline }];
        let reading = fold(&bases, &entries, now).unwrap();
        let explanation = explain(&bases, &reading).unwrap();
        let run = reading.run.clone().unwrap();
        let end = run.stopped.unwrap_or(now);
        let whole = Elapsed::new(end.duration_since(run.started)).unwrap();
        prop_assert_eq!(explanation.counted.get() + explanation.not_counted.get(), whole.get());
        for pair in explanation.segments.windows(2) {
            prop_assert_eq!(pair[0].end, pair[1].start);
        }
        if let Some(counted) = reading.counted {
            prop_assert_eq!(counted, explanation.counted);
            // The deadline has passed exactly when more than the target has counted before it.
            if let (Some(deadline), None) = (run.deadline, run.stopped) {
                let used = target.span().unwrap();
                prop_assert!(now <= deadline || counted >= used);
                prop_assert!(now > deadline || counted <= used);
            }
        }
        let mut shuffled = entries.clone();
        shuffled.rotate_left(shift % entries.len());
        prop_assert_eq!(fold(&bases, &shuffled, now).unwrap(), reading);
    }
}

#[test]
fn a_clock_that_runs_round_the_clock_counts_every_hour() {
    let timeline = Timeline::new(Calendar::new(round_the_clock("Asia/Shanghai")).unwrap());
    let terms = terms(Target::BusinessTime(hours(24)));
    let now = at("2025-10-01T09:00:00+08");
    let bases = [Basis { since: now, terms: &terms, timeline: &timeline }];
    let reading = fold(&bases, &log(&[("2025-10-01T09:00:00+08", opened())]), now).unwrap();
    assert_eq!(deadline(&reading), Some(at("2025-10-02T09:00:00+08")));
    assert!(reading.unknown_years.is_empty());
}
