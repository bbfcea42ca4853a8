//! Deadlines a second on one core, over a day and over ten years, and clocks recomputed after a calendar change.

use aftercare_customer_domain::calendar::{Calendar, Closure, Timeline, china};
use aftercare_customer_domain::clock::{Basis, ClockEntry, ClockEvent, fold, next_due};
use aftercare_customer_domain::instant::Elapsed;
use aftercare_customer_domain::milestone::{MilestoneTerms, Occurrence, Target};
use aftercare_customer_domain::sla_policy::default_policies;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::{SignedDuration, Timestamp};
use std::hint::black_box;

const BATCH: u32 = 1024;

fn deadlines(c: &mut Criterion) {
    let Ok(calendar) = Calendar::new(china()) else { return };
    let timeline = Timeline::new(calendar.clone());
    let Ok(base) = "2025-01-01T00:00:00Z".parse::<Timestamp>() else { return };
    // Steps of a prime number of seconds over two years, so that neither caches nor branches see a pattern.
    let starts: Vec<Timestamp> = (0..BATCH)
        .map(|i| base + SignedDuration::from_secs(i64::from(i) * 40_009 % 63_072_000))
        .collect();
    let mut group = c.benchmark_group("deadline");
    group.throughput(Throughput::Elements(u64::from(BATCH)));
    for (name, hours) in [("one day", 8), ("ten years", 20_000)] {
        let work = Elapsed::hours(hours);
        group.bench_function(name, |b| {
            b.iter(|| {
                for start in &starts {
                    let _ = black_box(timeline.deadline(black_box(*start), work));
                }
            });
        });
    }
    group.finish();
    c.bench_function("lay out a calendar", |b| {
        b.iter(|| Timeline::new(black_box(calendar.clone())))
    });
}

/// One million running clocks of default terms, read by an amended calendar, with the timer of each: in memory, one core.
fn recompute(c: &mut Criterion) {
    let mut amended = china();
    amended.closures.extend(
        "2026-03-02".parse().ok().map(|date| Closure { date, reason: "Works outing".to_owned() }),
    );
    let Ok(calendar) = Calendar::new(amended) else { return };
    let timeline = Timeline::new(calendar);
    let policies = default_policies();
    let finding = policies.iter().flat_map(|(_, policy)| &policy.milestones);
    let business = |terms: &&MilestoneTerms| matches!(terms.target, Target::BusinessTime(_));
    let Some(terms) = finding.clone().find(business) else { return };
    let Ok(base) = "2026-02-02T00:00:00Z".parse::<Timestamp>() else { return };
    let now = base + SignedDuration::from_hours(24 * 28);
    let mut group = c.benchmark_group("recompute");
    group.sample_size(10).throughput(Throughput::Elements(1_000_000));
    group.bench_function("one million clocks", |b| {
        b.iter(|| {
            for i in 0..1_000_000i64 {
                let at = base + SignedDuration::from_secs(i * 40_009 % 2_419_200);
                let entry = ClockEntry::Happened(Occurrence::CaseOpened);
                let log = [ClockEvent { sequence: 1, at, recorded: at, entry }];
                let bases = [Basis { since: at, terms, timeline: &timeline }];
                let Ok(reading) = fold(&bases, &log, black_box(now)) else { return };
                let _ = black_box(next_due(&bases, &reading, &[]));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, deadlines, recompute);
criterion_main!(benches);
