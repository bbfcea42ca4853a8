//! Every stretch of a clock, counted or not and why; the sums are exact.

use super::reading::stretches;
use super::{Basis, ClockError, Reading};
use crate::calendar::{Timeline, TimelineError};
use crate::instant::{Elapsed, Nanos, nanos, timestamp};
use crate::milestone::TimeUnit;
use crate::promise::{Pauses, bounds, local};
use aftercare_kernel::words;
use jiff::Timestamp;

words! {
    /// Why a stretch of time counted or did not.
    SegmentReason {
        /// Within business hours.
        Open = "OPEN",
        /// Every instant counts: the unit is clock time or calendar days.
        ClockTime = "CLOCK_TIME",
        /// Outside the hours of an ordinary day.
        OutsideHours = "OUTSIDE_HOURS",
        /// A day of the week without hours.
        WeeklyClosed = "WEEKLY_CLOSED",
        /// A closed date.
        Closure = "CLOSURE",
        /// Outside the hours of an overridden date.
        OverrideClosed = "OVERRIDE_CLOSED",
        /// A break.
        Break = "BREAK",
        /// The clock was paused while it would have counted.
        Paused = "PAUSED",
        /// Within the hours of an overridden date.
        MakeUpDay = "MAKE_UP_DAY",
    }
}

/// A stretch of time with one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// From.
    pub start: Timestamp,
    /// To, exclusive.
    pub end: Timestamp,
    /// Whether it counted.
    pub counted: bool,
    /// Why.
    pub reason: SegmentReason,
    /// The holiday or override by name; empty if there is none.
    pub detail: String,
}

impl Segment {
    /// Its length.
    #[must_use]
    pub fn elapsed(&self) -> Elapsed {
        Elapsed::of_nanos(nanos(self.end) - nanos(self.start))
    }
}

/// All of a run, from its start to its stop or the instant of the reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// In order, without gap.
    pub segments: Vec<Segment>,
    /// The exact sum of the counted segments.
    pub counted: Elapsed,
    /// The exact sum of the others.
    pub not_counted: Elapsed,
}

/// Explains the present run of a reading.
///
/// # Errors
/// [`ClockError`].
pub fn explain(bases: &[Basis<'_>], reading: &Reading) -> Result<Explanation, ClockError> {
    let mut segments = Vec::new();
    if let Some(run) = &reading.run {
        let end = nanos(run.stopped.unwrap_or(reading.at));
        for (from, until, basis) in stretches(bases, nanos(run.started)) {
            let to = until.unwrap_or(end).min(end);
            let unit = basis.terms.target.unit();
            segments.extend(pieces(basis.timeline, unit, from, to, &reading.pauses)?);
        }
    }
    let sum = |counted: bool| {
        let of = segments.iter().filter(|segment| segment.counted == counted);
        Elapsed::of_nanos(of.map(|segment| segment.elapsed().nanos()).sum())
    };
    let (counted, not_counted) = (sum(true), sum(false));
    Ok(Explanation { segments, counted, not_counted })
}

/// The stretches of `[from, to)` on a calendar, for a unit.
///
/// # Errors
/// [`TimelineError::OutOfRange`].
pub fn business_segments(
    timeline: &Timeline,
    unit: TimeUnit,
    from: Timestamp,
    to: Timestamp,
    pauses: &Pauses,
) -> Result<Vec<Segment>, TimelineError> {
    pieces(timeline, unit, nanos(from), nanos(to), pauses)
}

fn pieces(
    timeline: &Timeline,
    unit: TimeUnit,
    from: Nanos,
    to: Nanos,
    pauses: &Pauses,
) -> Result<Vec<Segment>, TimelineError> {
    timeline.within(from)?;
    timeline.within(to)?;
    let mut edges = edges(timeline, unit, from, to, pauses);
    edges.push(to);
    let mut merged: Vec<Segment> = Vec::new();
    for pair in edges.windows(2) {
        let [start, end] = pair else { continue };
        let (counted, reason, detail) = classify(timeline, unit, *start, pauses);
        match merged.last_mut() {
            Some(last)
                if last.reason == reason && last.detail == detail && last.counted == counted =>
            {
                last.end = timestamp(*end);
            }
            _ => merged.push(Segment {
                start: timestamp(*start),
                end: timestamp(*end),
                counted,
                reason,
                detail,
            }),
        }
    }
    Ok(merged)
}

/// Every instant of `[from, to)` at which a reason may change, rising, the first being `from`.
fn edges(
    timeline: &Timeline,
    unit: TimeUnit,
    from: Nanos,
    to: Nanos,
    pauses: &Pauses,
) -> Vec<Nanos> {
    let mut edges = vec![from];
    edges.extend(pauses.edges());
    if unit != TimeUnit::ClockTime {
        edges.extend(timeline.edges(from, to));
        let last = local(timeline, to).0;
        let mut date = local(timeline, from).0;
        while date <= last {
            edges.extend(bounds(timeline, date).map(|(start, _)| start));
            let breaks = timeline.calendar().break_edges(date);
            edges.extend(breaks.filter_map(|moment| timeline.calendar().instant(date, moment)));
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
    }
    edges.retain(|edge| *edge >= from && *edge < to);
    edges.sort_unstable();
    edges.dedup();
    edges
}

fn classify(
    timeline: &Timeline,
    unit: TimeUnit,
    at: Nanos,
    pauses: &Pauses,
) -> (bool, SegmentReason, String) {
    use crate::calendar::DayRule;
    let paused = pauses.end_at(at).is_some();
    let (date, moment) = local(timeline, at);
    let rule = timeline.calendar().rule(date);
    let counts = match unit {
        TimeUnit::ClockTime | TimeUnit::CalendarDays => true,
        TimeUnit::BusinessTime => timeline.open_at(at),
        // Of an open date the whole counts: days are not divisible.
        TimeUnit::BusinessDays => timeline.is_open_date(date),
    };
    if counts && paused {
        return (false, SegmentReason::Paused, String::new());
    }
    if matches!(unit, TimeUnit::ClockTime | TimeUnit::CalendarDays) {
        return (true, SegmentReason::ClockTime, String::new());
    }
    let (reason, detail) = match (rule, counts) {
        (DayRule::Replaced(why), true) => (SegmentReason::MakeUpDay, why),
        (_, true) => (SegmentReason::Open, ""),
        (DayRule::Closed(why), false) => (SegmentReason::Closure, why),
        (rule, false) => match (timeline.calendar().break_at(date, moment), rule) {
            (Some(why), _) => (SegmentReason::Break, why),
            (None, DayRule::Replaced(why)) => (SegmentReason::OverrideClosed, why),
            (None, DayRule::Weekly { any: true }) => (SegmentReason::OutsideHours, ""),
            (None, _) => (SegmentReason::WeeklyClosed, ""),
        },
    };
    (counts, reason, detail.to_owned())
}
