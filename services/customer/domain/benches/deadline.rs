//! Deadlines a second on one core, over a day and over ten years, and clocks recomputed after a calendar change.

use aftercare_customer_domain::calendar::{Calendar, Timeline, china};
use aftercare_customer_domain::instant::Elapsed;
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

criterion_group!(benches, deadlines);
criterion_main!(benches);
