//! The state of a clock at an instant, folded from its log.

use super::{Basis, ClockEntry, ClockError, ClockEvent};
use crate::calendar::TimelineError;
use crate::instant::{Elapsed, Nanos, nanos, timestamp};
use crate::milestone::{MilestoneTerms, Occurrence, Target};
use crate::promise::{self, Pauses};
use aftercare_kernel::words;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

words! {
    /// Where a clock stands.
    ClockState {
        /// Its start event has not come.
        NotStarted = "NOT_STARTED",
        /// Counts, and the deadline is ahead.
        Running = "RUNNING",
        /// Stands still; not breached.
        Paused = "PAUSED",
        /// Stopped in time.
        Met = "MET",
        /// The deadline has passed, the stop event has not come.
        BreachedRunning = "BREACHED_RUNNING",
        /// Stopped after the deadline.
        MetLate = "MET_LATE",
        /// No longer promised.
        Cancelled = "CANCELLED",
    }
}

/// One run of a clock, from a start event to its stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// When it started.
    pub started: Timestamp,
    /// When the promise ends; none while a pause without end stands before it.
    pub deadline: Option<Timestamp>,
    /// When it stopped.
    pub stopped: Option<Timestamp>,
    /// Whether it stopped because the promise was taken back.
    pub cancelled: bool,
}

/// A clock as it stands at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Where it stands.
    pub state: ClockState,
    /// The present run; none before the start event.
    pub run: Option<Run>,
    /// Earlier runs of a clock that restarts, oldest first, each with its own deadline.
    pub earlier: Vec<Run>,
    /// Counted time up to the instant or the stop; none for days.
    pub counted: Option<Elapsed>,
    /// Counted time left, negative once it is over; none for days.
    pub remaining: Option<SignedDuration>,
    /// Years on the way whose holidays are not known: the deadline is provisional if there are any.
    pub unknown_years: Vec<i16>,
    /// Pauses known to the clock.
    pub pauses: Pauses,
    /// The instant of the reading.
    pub at: Timestamp,
}

/// Reads a clock at `now` from its log, whatever the order in which entries arrived.
///
/// Entries that happen after `now` are not looked at. A breach stands: neither a later pause nor a later rebase undoes
/// it; an entry that happened before the deadline but was learnt of later does count.
///
/// # Errors
/// [`ClockError`].
pub fn fold(
    bases: &[Basis<'_>],
    log: &[ClockEvent],
    now: Timestamp,
) -> Result<Reading, ClockError> {
    let newest = bases.last().ok_or(ClockError::NoTerms)?;
    if let Some(other) = bases.iter().find(|b| b.terms.target.unit() != newest.terms.target.unit())
    {
        let (from, to) = (other.terms.target.unit(), newest.terms.target.unit());
        return Err(ClockError::UnitChanged { from, to });
    }
    let mut seen: Vec<&ClockEvent> = log.iter().filter(|event| event.at <= now).collect();
    seen.sort_by_key(|event| (event.at, event.sequence));
    let pauses = pauses(newest.terms, &seen);
    let mut runs = runs(newest.terms, &seen);
    for run in &mut runs {
        run.deadline = reach(bases, run.started, &pauses, Amount::Target)?;
    }
    let run = runs.pop();
    let mut reading = Reading {
        state: state(run.as_ref(), &pauses, now),
        run,
        earlier: runs,
        counted: None,
        remaining: None,
        unknown_years: Vec::new(),
        pauses,
        at: now,
    };
    measure(bases, &mut reading)?;
    Ok(reading)
}

/// How much has to count for an instant to be reached.
#[derive(Debug, Clone, Copy)]
pub(super) enum Amount {
    /// The whole target.
    Target,
    /// So many percent of it.
    Percent(u16),
    /// The target less or more a span, in time.
    Offset(Nanos),
}

impl Amount {
    fn of(self, target: Nanos) -> Nanos {
        match self {
            Self::Target => target,
            // Rounded up: a warning at 80 percent is never before 80 percent.
            Self::Percent(percent) => {
                let exact = i128::from(target) * i128::from(percent);
                Nanos::try_from((exact + 99) / 100).unwrap_or(Nanos::MAX)
            }
            Self::Offset(offset) => target.saturating_add(offset).max(0),
        }
    }
}

/// The instant at which the amount has counted since `started`, over all bases; none while a pause stands before it.
pub(super) fn reach(
    bases: &[Basis<'_>],
    started: Timestamp,
    pauses: &Pauses,
    amount: Amount,
) -> Result<Option<Timestamp>, TimelineError> {
    let start = nanos(started);
    let mut done: Nanos = 0;
    let mut found = None;
    for (from, until, basis) in stretches(bases, start) {
        let target = basis.terms.target;
        found = match target {
            Target::ClockTime(span) | Target::BusinessTime(span) => {
                let left = (amount.of(span.nanos()) - done).max(0);
                let found = if left == 0 && done > 0 {
                    Some(from)
                } else {
                    promise::reach(basis.timeline, target.unit(), from, left, pauses)?
                };
                done += promise::counted_nanos(
                    basis.timeline,
                    target.unit(),
                    from,
                    until.unwrap_or(from),
                    pauses,
                )?;
                found
            }
            Target::BusinessDays(_) | Target::CalendarDays(_) => {
                let end = promise::deadline(basis.timeline, target, started, pauses)?;
                end.map(|end| share_of_days(start, nanos(end), amount).max(from))
            }
        };
        if let (Some(at), Some(until)) = (found, until)
            && at <= until
        {
            return Ok(Some(timestamp(at)));
        }
    }
    Ok(found.map(timestamp))
}

/// Days are not divisible: a part of them is a part of the elapsed time to the deadline.
fn share_of_days(start: Nanos, end: Nanos, amount: Amount) -> Nanos {
    match amount {
        Amount::Target | Amount::Percent(_) => start.saturating_add(amount.of(end - start)),
        Amount::Offset(offset) => end.saturating_add(offset).max(start),
    }
}

/// The stretches of a run under each basis: from, until (none for the last), basis.
pub(super) fn stretches<'a>(
    bases: &'a [Basis<'a>],
    start: Nanos,
) -> impl Iterator<Item = (Nanos, Option<Nanos>, &'a Basis<'a>)> {
    bases.iter().enumerate().filter_map(move |(i, basis)| {
        let from = if i == 0 { start } else { nanos(basis.since).max(start) };
        let until = bases.get(i + 1).map(|next| nanos(next.since).max(start));
        // A rebase before the start leaves nothing to the terms before it.
        (until != Some(from)).then_some((from, until, basis))
    })
}

fn runs(terms: &MilestoneTerms, seen: &[&ClockEvent]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let start = |at| Run { started: at, deadline: None, stopped: None, cancelled: false };
    for event in seen {
        let startable = may_start(terms, &runs);
        let open = runs.last_mut().filter(|run| run.stopped.is_none());
        match (&event.entry, open) {
            (ClockEntry::Happened(what), Some(run)) if terms.stops.contains(what) => {
                run.stopped = Some(event.at);
                if terms.restarts_on_stop(*what) {
                    runs.push(start(event.at));
                }
            }
            (ClockEntry::Happened(what), None) if *what == terms.start && startable => {
                runs.push(start(event.at));
            }
            (ClockEntry::Cancel(_), Some(run)) => {
                run.stopped = Some(event.at);
                run.cancelled = true;
            }
            _ => {}
        }
    }
    runs
}

/// A clock runs once, but for those that restart, and those that start when a case is reopened.
fn may_start(terms: &MilestoneTerms, runs: &[Run]) -> bool {
    let again = terms.restarts_on_start() || terms.start == Occurrence::Reopened;
    runs.last().is_none_or(|run| again && !run.cancelled)
}

/// For each reason, from its first pause to its next resume; repeated pauses and stray resumes change nothing.
fn pauses(terms: &MilestoneTerms, seen: &[&ClockEvent]) -> Pauses {
    let mut open: BTreeMap<&str, Timestamp> = BTreeMap::new();
    let mut found = Vec::new();
    for event in seen {
        match &event.entry {
            ClockEntry::Pause(reason) if terms.pause_reasons.contains(reason) => {
                open.entry(reason).or_insert(event.at);
            }
            ClockEntry::Resume(reason) => {
                found.extend(open.remove(reason.as_str()).map(|from| (from, Some(event.at))));
            }
            _ => {}
        }
    }
    found.extend(open.into_values().map(|from| (from, None)));
    Pauses::new(found)
}

fn state(run: Option<&Run>, pauses: &Pauses, now: Timestamp) -> ClockState {
    let Some(run) = run else { return ClockState::NotStarted };
    let late = |at: Timestamp| run.deadline.is_some_and(|deadline| at > deadline);
    match run.stopped {
        Some(_) if run.cancelled => ClockState::Cancelled,
        Some(at) if late(at) => ClockState::MetLate,
        Some(_) => ClockState::Met,
        None if late(now) => ClockState::BreachedRunning,
        None if pauses.end_at(nanos(now)).is_some() => ClockState::Paused,
        None => ClockState::Running,
    }
}

fn measure(bases: &[Basis<'_>], reading: &mut Reading) -> Result<(), ClockError> {
    let (Some(run), Some(newest)) = (&reading.run, bases.last()) else { return Ok(()) };
    if let Some(deadline) = run.deadline {
        let unit = newest.terms.target.unit();
        reading.unknown_years =
            promise::unknown_years(newest.timeline, unit, run.started, deadline);
    }
    let Some(target) = newest.terms.target.span() else { return Ok(()) };
    let end = nanos(run.stopped.unwrap_or(reading.at));
    let mut sum = 0;
    for (from, until, basis) in stretches(bases, nanos(run.started)) {
        let to = until.unwrap_or(end).min(end);
        if from < to {
            let unit = basis.terms.target.unit();
            sum += promise::counted_nanos(basis.timeline, unit, from, to, &reading.pauses)?;
        }
    }
    reading.counted = Some(Elapsed::of_nanos(sum));
    reading.remaining = Some(SignedDuration::from_nanos(target.nanos() - sum));
    Ok(())
}
