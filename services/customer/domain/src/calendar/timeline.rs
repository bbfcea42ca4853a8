//! A calendar laid out as open intervals of instants with prefix sums: counting and deadlines without walking days.

use super::{Calendar, index::Buckets};
use crate::instant::{DAY, Elapsed, Nanos, YEAR, nanos, timestamp};
use aftercare_kernel::fault::{Class, Fault};
use jiff::{Timestamp, civil::Date};

/// Why business time has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimelineError {
    /// The calendar has no open moment within five years of where counting got to.
    #[error("the calendar has no open time within five years of {after}")]
    NoOpenTime {
        /// Where counting got to.
        after: Timestamp,
    },
    /// The instant is not within the years that calendars cover.
    #[error("{at} is outside the years {FIRST_YEAR} to {LAST_YEAR}")]
    OutOfRange {
        /// The instant asked for, or where counting got to.
        at: Timestamp,
    },
}

impl Fault for TimelineError {
    fn class(&self) -> Class {
        match self {
            Self::NoOpenTime { .. } => Class::Precondition,
            Self::OutOfRange { .. } => Class::Invalid,
        }
    }
    fn reason(&self) -> &'static str {
        match self {
            Self::NoOpenTime { .. } => "NO_OPEN_TIME",
            Self::OutOfRange { .. } => "TIME_OUT_OF_RANGE",
        }
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NoOpenTime { after } => vec![("after", after.to_string())],
            Self::OutOfRange { at } => vec![("at", at.to_string())],
        }
    }
}

const FIRST_YEAR: i16 = 2000;
const LAST_YEAR: i16 = 2099;
const HORIZON: Nanos = 5 * YEAR;

/// A calendar version, ready to count with. Building one walks 100 years once; keep it for as long as the version.
#[derive(Debug, Clone)]
pub struct Timeline {
    calendar: Calendar,
    starts: Vec<Nanos>,
    ends: Vec<Nanos>,
    /// Open time before interval `i`; one longer than the intervals, the last is all.
    before: Vec<Nanos>,
    by_end: Buckets,
    by_sum: Buckets,
    /// Open local dates, as days since the epoch.
    open_dates: Vec<i32>,
    /// Intervals after which there is nothing for longer than the horizon.
    barriers: Vec<usize>,
    window: (Nanos, Nanos),
}

impl Timeline {
    /// Lays the calendar out.
    #[must_use]
    pub fn new(calendar: Calendar) -> Self {
        let (mut raw, mut open_dates) = (Vec::new(), Vec::new());
        let mut date = Date::constant(FIRST_YEAR, 1, 1);
        while date.year() <= LAST_YEAR {
            let known = raw.len();
            calendar.open_instants(date, &mut raw);
            if raw.len() > known {
                open_dates.push(day_number(date));
            }
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        let (starts, ends) = united(raw);
        let mut before = Vec::with_capacity(starts.len() + 1);
        let mut sum = 0;
        for (start, end) in starts.iter().zip(&ends) {
            before.push(sum);
            sum += end - start;
        }
        before.push(sum);
        let window = (
            calendar.instant(Date::constant(FIRST_YEAR, 1, 1), 0).unwrap_or(0),
            calendar.instant(Date::constant(LAST_YEAR, 12, 31), DAY).unwrap_or(0),
        );
        let following = starts.iter().skip(1).copied().chain([window.1]);
        let barriers = ends
            .iter()
            .zip(following)
            .enumerate()
            .filter(|(_, (end, next))| *next - **end > HORIZON)
            .map(|(i, _)| i)
            .collect();
        let by_end = Buckets::over(&ends);
        let by_sum = Buckets::over(&before);
        Self { calendar, starts, ends, before, by_end, by_sum, open_dates, barriers, window }
    }

    /// The calendar laid out.
    #[must_use]
    pub const fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// Business time within `[from, to)`; nothing if `to` is not after `from`.
    ///
    /// # Errors
    /// [`TimelineError::OutOfRange`].
    pub fn business(&self, from: Timestamp, to: Timestamp) -> Result<Elapsed, TimelineError> {
        let (from, to) = (self.within(nanos(from))?, self.within(nanos(to))?);
        Ok(Elapsed::of_nanos(self.measure(to) - self.measure(from)))
    }

    /// The smallest instant `x` with `business(from, x) = work`; for no work the next open moment.
    ///
    /// # Errors
    /// [`TimelineError::NoOpenTime`] if the calendar is closed for more than five years before the work is done;
    /// [`TimelineError::OutOfRange`].
    pub fn deadline(&self, from: Timestamp, work: Elapsed) -> Result<Timestamp, TimelineError> {
        self.deadline_nanos(nanos(from), work.nanos()).map(timestamp)
    }

    /// Whether the instant is business time.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.open_at(nanos(at))
    }

    /// The instant itself if it is open, else the next opening.
    ///
    /// # Errors
    /// As [`Timeline::deadline`].
    pub fn next_open(&self, from: Timestamp) -> Result<Timestamp, TimelineError> {
        self.deadline_nanos(nanos(from), 0).map(timestamp)
    }

    pub(crate) fn deadline_nanos(&self, from: Nanos, work: Nanos) -> Result<Nanos, TimelineError> {
        self.within(from)?;
        let at = self.by_end.first_above(&self.ends, from);
        let first = self.starts.get(at).copied();
        if first.is_none_or(|start| start - from > HORIZON) {
            return Err(self.beyond(from));
        }
        if work <= 0 {
            return Ok(first.unwrap_or(from).max(from));
        }
        let want = self.measure_at(at, from).saturating_add(work);
        // The first interval whose sum of open time reaches what is wanted.
        let last = self.by_sum.first_above(&self.before, want - 1).saturating_sub(1);
        let landed = self.starts.get(last).zip(self.before.get(last));
        let barrier = self.barriers.iter().find(|barrier| **barrier >= at && **barrier < last);
        match (landed, barrier) {
            (Some((start, before)), None) => Ok(start + (want - before)),
            (_, Some(barrier)) => Err(TimelineError::NoOpenTime {
                after: timestamp(self.ends.get(*barrier).copied().unwrap_or(from)),
            }),
            (None, None) => Err(self.beyond(self.ends.last().copied().unwrap_or(from))),
        }
    }

    /// The largest instant `t` with `business(t, until) = work`; none if there is not so much open time before.
    pub(crate) fn rewind_nanos(&self, until: Nanos, work: Nanos) -> Option<Nanos> {
        let want = self.measure(until).checked_sub(work).filter(|want| *want >= 0)?;
        // The last interval that has open time at or after the wanted sum begins at it or before.
        let at = self.by_sum.first_above(&self.before, want).checked_sub(1)?;
        Some(self.starts.get(at)? + (want - self.before.get(at)?))
    }

    pub(crate) fn business_nanos(&self, from: Nanos, to: Nanos) -> Nanos {
        (self.measure(to) - self.measure(from)).max(0)
    }

    pub(crate) fn open_at(&self, at: Nanos) -> bool {
        let i = self.by_end.first_above(&self.ends, at);
        self.starts.get(i).is_some_and(|start| *start <= at)
    }

    /// Openings and closings within `[from, to)`.
    pub(crate) fn edges(&self, from: Nanos, to: Nanos) -> impl Iterator<Item = Nanos> + '_ {
        let at = self.by_end.first_above(&self.ends, from);
        let intervals = self.starts.iter().zip(&self.ends).skip(at);
        intervals
            .take_while(move |(start, _)| **start < to)
            .flat_map(|(start, end)| [*start, *end])
            .filter(move |edge| *edge >= from && *edge < to)
    }

    /// Open local dates after `date`, in order.
    pub(crate) fn open_dates_after(&self, date: Date) -> impl Iterator<Item = Date> + '_ {
        let day = day_number(date);
        let at = self.open_dates.partition_point(|open| *open <= day);
        self.open_dates.get(at..).unwrap_or_default().iter().filter_map(|day| date_of(*day))
    }

    /// The `n`-th open local date after `date`; none beyond the years covered.
    pub(crate) fn nth_open_date(&self, date: Date, n: u32) -> Option<Date> {
        let day = day_number(date);
        let at = self.open_dates.partition_point(|open| *open <= day);
        let place = at.checked_add(usize::try_from(n).ok()?)?.checked_sub(1)?;
        self.open_dates.get(place).copied().and_then(date_of)
    }

    pub(crate) fn is_open_date(&self, date: Date) -> bool {
        self.open_dates.binary_search(&day_number(date)).is_ok()
    }

    pub(crate) fn within(&self, at: Nanos) -> Result<Nanos, TimelineError> {
        if at >= self.window.0 && at < self.window.1 {
            Ok(at)
        } else {
            Err(TimelineError::OutOfRange { at: timestamp(at) })
        }
    }

    pub(crate) fn beyond(&self, after: Nanos) -> TimelineError {
        if self.window.1 - after > HORIZON {
            TimelineError::NoOpenTime { after: timestamp(after) }
        } else {
            TimelineError::OutOfRange { at: timestamp(after) }
        }
    }

    /// Whether time can pass from `from` to `to` without a closed stretch beyond the horizon.
    pub(crate) fn passable(&self, from: Nanos, to: Nanos) -> Result<(), TimelineError> {
        let at = self.by_end.first_above(&self.ends, from);
        let barrier = self.barriers.iter().find(|barrier| **barrier >= at);
        match barrier.and_then(|barrier| self.ends.get(*barrier)) {
            Some(end) if *end < to => Err(TimelineError::NoOpenTime { after: timestamp(*end) }),
            _ => Ok(()),
        }
    }

    /// Open time from the beginning of the window to `at`.
    fn measure(&self, at: Nanos) -> Nanos {
        self.measure_at(self.by_end.first_above(&self.ends, at), at)
    }

    fn measure_at(&self, interval: usize, at: Nanos) -> Nanos {
        let start = self.starts.get(interval).copied().unwrap_or(at);
        let before = self.before.get(interval).copied().unwrap_or(0);
        before + (at - start).max(0)
    }
}

/// Overlapping and touching intervals as one: local hours can meet when the zone shifts.
fn united(mut raw: Vec<(Nanos, Nanos)>) -> (Vec<Nanos>, Vec<Nanos>) {
    raw.sort_unstable();
    let (mut starts, mut ends) = (Vec::with_capacity(raw.len()), Vec::<Nanos>::new());
    for (start, end) in raw {
        match ends.last_mut() {
            Some(last) if start <= *last => *last = (*last).max(end),
            _ => {
                starts.push(start);
                ends.push(end);
            }
        }
    }
    (starts, ends)
}

fn day_number(date: Date) -> i32 {
    (date - Date::constant(1970, 1, 1)).get_days()
}

fn date_of(day: i32) -> Option<Date> {
    Date::constant(1970, 1, 1).checked_add(jiff::Span::new().try_days(day).ok()?).ok()
}
