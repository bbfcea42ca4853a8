//! When a promise ends: targets in their units, with pauses, on a calendar.

mod nested;

#[cfg(test)]
mod tests;

pub use nested::{Nesting, check_nested};

use crate::calendar::{Timeline, TimelineError};
use crate::instant::{DAY, Elapsed, Nanos, nanos, timestamp};
use crate::milestone::{Target, TimeUnit};
use jiff::Timestamp;
use jiff::civil::Date;

/// Half-open pauses, in order, united; only the last may be without end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pauses(Vec<(Nanos, Nanos)>);

/// The end of a pause that has none yet.
const OPEN: Nanos = Nanos::MAX;

impl Pauses {
    /// From any pauses: overlapping and touching ones become one, empty ones vanish.
    #[must_use]
    pub fn new(pauses: impl IntoIterator<Item = (Timestamp, Option<Timestamp>)>) -> Self {
        let mut raw: Vec<(Nanos, Nanos)> = pauses
            .into_iter()
            .map(|(from, to)| (nanos(from), to.map_or(OPEN, nanos)))
            .filter(|(from, to)| from < to)
            .collect();
        raw.sort_unstable();
        let mut united: Vec<(Nanos, Nanos)> = Vec::with_capacity(raw.len());
        for (from, to) in raw {
            match united.last_mut() {
                Some((_, last)) if from <= *last => *last = (*last).max(to),
                _ => united.push((from, to)),
            }
        }
        Self(united)
    }

    /// The pauses as instants.
    pub fn iter(&self) -> impl Iterator<Item = (Timestamp, Option<Timestamp>)> + '_ {
        self.0.iter().map(|(from, to)| (timestamp(*from), (*to != OPEN).then(|| timestamp(*to))))
    }

    /// The end of the pause that the instant is in.
    pub(crate) fn end_at(&self, at: Nanos) -> Option<Nanos> {
        self.0.iter().find(|(from, to)| *from <= at && at < *to).map(|(_, to)| *to)
    }

    pub(crate) fn edges(&self) -> impl Iterator<Item = Nanos> + '_ {
        self.0.iter().flat_map(|(from, to)| [*from, *to])
    }

    fn cover(&self, from: Nanos, to: Nanos) -> bool {
        self.0.iter().any(|(start, end)| *start <= from && to <= *end)
    }
}

/// The instant at which a target that starts at `from` is used up; none while a pause without end stands in between.
///
/// Pauses count by their overlap with what is counted. Of days, a date counts unless a pause covers all of its open
/// time (business days) or all of it (calendar days), and a deadline within a pause moves to its end.
///
/// # Errors
/// [`TimelineError`].
pub fn deadline(
    timeline: &Timeline,
    target: Target,
    from: Timestamp,
    pauses: &Pauses,
) -> Result<Option<Timestamp>, TimelineError> {
    let from = nanos(from);
    let found = match target {
        Target::ClockTime(span) | Target::BusinessTime(span) => {
            reach(timeline, target.unit(), from, span.nanos(), pauses)?
        }
        Target::BusinessDays(days) => business_days(timeline, from, days, pauses)?,
        Target::CalendarDays(days) => calendar_days(timeline, from, days, pauses)?,
    };
    Ok(found.map(timestamp))
}

/// What counted within `[from, to)`: business or clock time outside the pauses.
///
/// # Errors
/// [`TimelineError::OutOfRange`].
pub fn counted(
    timeline: &Timeline,
    unit: TimeUnit,
    from: Timestamp,
    to: Timestamp,
    pauses: &Pauses,
) -> Result<Elapsed, TimelineError> {
    counted_nanos(timeline, unit, nanos(from), nanos(to), pauses).map(Elapsed::of_nanos)
}

/// Years on the way from start to deadline whose holidays are not known; empty for units without holidays.
#[must_use]
pub fn unknown_years(
    timeline: &Timeline,
    unit: TimeUnit,
    from: Timestamp,
    deadline: Timestamp,
) -> Vec<i16> {
    match unit {
        TimeUnit::ClockTime | TimeUnit::CalendarDays => Vec::new(),
        TimeUnit::BusinessTime | TimeUnit::BusinessDays => {
            let zone = timeline.calendar().zone();
            let (first, last) = (zone.to_datetime(from), zone.to_datetime(deadline));
            timeline.calendar().unknown_years(first.year(), last.year())
        }
    }
}

pub(crate) fn counted_nanos(
    timeline: &Timeline,
    unit: TimeUnit,
    from: Nanos,
    to: Nanos,
    pauses: &Pauses,
) -> Result<Nanos, TimelineError> {
    timeline.within(from)?;
    timeline.within(to)?;
    let mut sum = span(timeline, unit, from, to);
    for (start, end) in &pauses.0 {
        sum -= span(timeline, unit, (*start).max(from), (*end).min(to));
    }
    Ok(sum)
}

/// The smallest instant at which `amount` has counted since `from`.
pub(crate) fn reach(
    timeline: &Timeline,
    unit: TimeUnit,
    from: Nanos,
    amount: Nanos,
    pauses: &Pauses,
) -> Result<Option<Nanos>, TimelineError> {
    let (mut cursor, mut left) = (from, amount);
    for (start, end) in pauses.0.iter().filter(|(_, end)| *end > from) {
        let available = span(timeline, unit, cursor, *start);
        // No work needs an open moment outside the pause, not merely no time before it.
        let found = if left == 0 {
            advance(timeline, unit, cursor, 0)? < *start
        } else {
            available >= left
        };
        if found {
            break;
        }
        if *end == OPEN {
            return Ok(None);
        }
        left -= available;
        cursor = *end;
    }
    advance(timeline, unit, cursor, left).map(Some)
}

fn span(timeline: &Timeline, unit: TimeUnit, from: Nanos, to: Nanos) -> Nanos {
    match unit {
        _ if to <= from => 0,
        TimeUnit::ClockTime => to - from,
        TimeUnit::BusinessTime | TimeUnit::BusinessDays | TimeUnit::CalendarDays => {
            timeline.business_nanos(from, to)
        }
    }
}

fn advance(
    timeline: &Timeline,
    unit: TimeUnit,
    from: Nanos,
    amount: Nanos,
) -> Result<Nanos, TimelineError> {
    match unit {
        TimeUnit::ClockTime => timeline.within(from.saturating_add(amount)),
        TimeUnit::BusinessTime | TimeUnit::BusinessDays | TimeUnit::CalendarDays => {
            timeline.deadline_nanos(from, amount)
        }
    }
}

fn business_days(
    timeline: &Timeline,
    from: Nanos,
    days: u32,
    pauses: &Pauses,
) -> Result<Option<Nanos>, TimelineError> {
    timeline.within(from)?;
    let (date, moment) = local(timeline, from);
    let landed = if days == 0 {
        Some(date)
    } else if pauses.0.is_empty() {
        timeline.nth_open_date(date, days)
    } else {
        let mut left = days;
        let mut landed = None;
        for open in timeline.open_dates_after(date) {
            let Some((start, end)) = bounds(timeline, open) else { break };
            if pauses.0.last().is_some_and(|(pause, end)| *end == OPEN && *pause <= start) {
                return Ok(None);
            }
            if counted_nanos(timeline, TimeUnit::BusinessTime, start, end, pauses)? == 0 {
                continue;
            }
            left -= 1;
            if left == 0 {
                landed = Some(open);
                break;
            }
        }
        landed
    };
    let at = landed.and_then(|date| timeline.calendar().instant(date, moment));
    let at = at.ok_or_else(|| timeline.beyond(from))?.max(from);
    timeline.passable(from, at)?;
    reach(timeline, TimeUnit::BusinessTime, at, 0, pauses)
}

fn calendar_days(
    timeline: &Timeline,
    from: Nanos,
    days: u32,
    pauses: &Pauses,
) -> Result<Option<Nanos>, TimelineError> {
    timeline.within(from)?;
    let (mut date, moment) = local(timeline, from);
    let out = || TimelineError::OutOfRange { at: timestamp(from) };
    let mut left = days;
    if pauses.0.is_empty() {
        let span = jiff::Span::new().try_days(days).map_err(|_| out())?;
        date = date.checked_add(span).map_err(|_| out())?;
        left = 0;
    }
    while left > 0 {
        date = date.tomorrow().map_err(|_| out())?;
        let (start, end) = bounds(timeline, date).ok_or_else(out)?;
        timeline.within(start)?;
        if pauses.0.last().is_some_and(|(pause, end)| *end == OPEN && *pause <= start) {
            return Ok(None);
        }
        if !pauses.cover(start, end) {
            left -= 1;
        }
    }
    let at = timeline.calendar().instant(date, moment).ok_or_else(out)?.max(from);
    match pauses.end_at(at) {
        Some(OPEN) => Ok(None),
        Some(end) => timeline.within(end).map(Some),
        None => timeline.within(at).map(Some),
    }
}

/// First and last instant of a local date.
pub(crate) fn bounds(timeline: &Timeline, date: Date) -> Option<(Nanos, Nanos)> {
    timeline.calendar().instant(date, 0).zip(timeline.calendar().instant(date, DAY))
}

/// Local date and nanoseconds since local midnight.
pub(crate) fn local(timeline: &Timeline, at: Nanos) -> (Date, Nanos) {
    let local = timeline.calendar().zone().to_datetime(timestamp(at));
    let time = local.time();
    let seconds =
        (i64::from(time.hour()) * 60 + i64::from(time.minute())) * 60 + i64::from(time.second());
    (local.date(), seconds * 1_000_000_000 + i64::from(time.subsec_nanosecond()))
}
