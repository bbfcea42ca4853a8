//! SLA deadlines in business time, against a Python package that computes the same ones.

use std::time::Instant;

use aftercare_customer_domain::{
    calendar::{Calendar, CalendarSpec, LocalInterval, Timeline, WeeklyInterval},
    instant::Elapsed,
};
use anyhow::{Result, anyhow, ensure};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::{Plan, python, report::Measurement};

const HOURS: u16 = 80;
// A prime number of seconds over the week, so that starts fall on open and closed times alike.
const STEP: i64 = 40_009;

#[derive(Deserialize)]
struct Baseline {
    per_second: f64,
    sum: i64,
}

/// Deadlines a second of one core; both sides answer the same starts and must give the same deadlines.
pub fn measure(plan: &Plan) -> Result<Measurement> {
    let starts = if plan.short { 500 } else { 5_000 };
    let baseline = baseline(plan, starts)?;
    let timeline = timeline()?;
    let base: Timestamp = "2025-01-01T00:00:00Z".parse()?;
    let starts: Vec<Timestamp> =
        (0..starts).map(|number| base + SignedDuration::from_secs(number * STEP)).collect();
    let rounds = if plan.short { 20 } else { 1_000 };
    let (begun, mut sum) = (Instant::now(), 0);
    for _ in 0..rounds {
        sum = 0_i64;
        for start in &starts {
            let deadline =
                timeline.deadline(std::hint::black_box(*start), Elapsed::hours(HOURS))?;
            sum += deadline.as_second();
        }
    }
    let per_second = (rounds * starts.len()) as f64 / begun.elapsed().as_secs_f64();
    ensure!(
        sum == baseline.sum,
        "deadlines differ: ours sum to {sum}, Python's to {}",
        baseline.sum
    );
    let name =
        format!("deadlines {HOURS} open hours ahead, one core, against Python's businesstimedelta");
    Ok(Measurement::rate(name, "1/s", per_second, baseline.per_second, 200.0))
}

/// What the package can express too: a working week with a lunch break, no holidays, no make-up days.
fn timeline() -> Result<Timeline> {
    let hours = [LocalInterval::hm((9, 0), (12, 0)), LocalInterval::hm((13, 0), (18, 0))];
    let weekly = (1..=5).flat_map(|day| hours.map(|interval| WeeklyInterval { day, interval }));
    let spec = CalendarSpec {
        time_zone: "UTC".to_owned(),
        weekly: weekly.collect(),
        no_holidays: true,
        ..Default::default()
    };
    Ok(Timeline::new(Calendar::new(spec).map_err(|error| anyhow!("{error}"))?))
}

fn baseline(plan: &Plan, starts: i64) -> Result<Baseline> {
    let arguments = [starts.to_string(), STEP.to_string(), HOURS.to_string()];
    python::run(plan, "deadlines.py", &arguments.each_ref().map(String::as_str))
}
