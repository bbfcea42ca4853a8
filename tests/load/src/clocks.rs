//! Running SLA clocks after a calendar change: each read anew, with the moment of its next timer, against a limit.

use std::{hint::black_box, time::Instant};

use aftercare_customer_domain::{
    calendar::{Calendar, Closure, Timeline, china},
    clock::{Basis, ClockEntry, ClockEvent, fold, next_due},
    milestone::{Occurrence, Target},
    sla_policy::default_policies,
};
use anyhow::{Context, Result, anyhow};
use jiff::{SignedDuration, Timestamp};

use crate::{Plan, report::Measurement};

/// Seconds of a million on one core, in memory.
pub fn measure(plan: &Plan) -> Result<Measurement> {
    let clocks: i64 = if plan.short { 10_000 } else { 1_000_000 };
    let mut amended = china();
    amended
        .closures
        .push(Closure { date: "2026-03-02".parse()?, reason: "Works outing".to_owned() });
    let timeline = Timeline::new(Calendar::new(amended).map_err(|error| anyhow!("{error}"))?);
    let policies = default_policies();
    let terms = policies
        .iter()
        .flat_map(|(_, policy)| &policy.milestones)
        .find(|terms| matches!(terms.target, Target::BusinessTime(_)))
        .context("no default promise in business time")?;
    let base: Timestamp = "2026-02-02T00:00:00Z".parse()?;
    let now = base + SignedDuration::from_hours(24 * 28);
    let start = Instant::now();
    for number in 0..clocks {
        let at = base + SignedDuration::from_secs(number * 40_009 % 2_419_200);
        let entry = ClockEntry::Happened(Occurrence::CaseOpened);
        let log = [ClockEvent { sequence: 1, at, recorded: at, entry }];
        let bases = [Basis { since: at, terms, timeline: &timeline }];
        let reading = fold(&bases, &log, black_box(now))?;
        black_box(next_due(&bases, &reading, &[])?);
    }
    let name =
        format!("{clocks} running clocks by an amended calendar, one core, against the limit");
    let limit = 2.0 * clocks as f64 / 1e6;
    Ok(Measurement::cost(name, "s", start.elapsed().as_secs_f64(), limit, 1.0))
}
