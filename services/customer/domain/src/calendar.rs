//! Calendars: which local hours of which dates are business time.

mod china;
mod ical;
mod index;
mod library;
mod timeline;

#[cfg(test)]
mod tests;

pub use china::{china, round_the_clock};
pub use ical::import as import_ical;
pub use library::{CountryCalendar, calendar_of_country, countries};
pub use timeline::{Timeline, TimelineError};

use crate::instant::{DAY, Nanos, nanos};
use aftercare_kernel::fault::{Invalid, Violations};
use jiff::{civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A half-open interval of one local date, in nanoseconds since local midnight; 24:00 may be its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LocalInterval {
    /// The first moment.
    pub start: i64,
    /// The first moment after it.
    pub end: i64,
}

impl LocalInterval {
    /// From hours and minutes; 24:00 is the end of the day.
    #[must_use]
    pub const fn hm(start: (u8, u8), end: (u8, u8)) -> Self {
        const MINUTE: i64 = 60_000_000_000;
        Self {
            start: (start.0 as i64 * 60 + start.1 as i64) * MINUTE,
            end: (end.0 as i64 * 60 + end.1 as i64) * MINUTE,
        }
    }

    fn fault(self) -> Option<&'static str> {
        if self.start < 0 || self.end > DAY {
            Some("must lie within 00:00 and 24:00")
        } else if self.start >= self.end {
            Some("must end after it starts")
        } else {
            None
        }
    }
}

/// An open interval of every week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeeklyInterval {
    /// 1 for Monday to 7 for Sunday.
    pub day: u8,
    /// When it is open.
    pub interval: LocalInterval,
}

/// Hours of one date in place of those of the week; make-up working days are overrides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DateOverride {
    /// The date.
    pub date: Date,
    /// Its open intervals; none means closed.
    pub intervals: Vec<LocalInterval>,
    /// Why.
    pub reason: String,
}

/// A closed date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    /// The date.
    pub date: Date,
    /// Why.
    pub reason: String,
}

/// A part of one date that is taken out of its open intervals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarBreak {
    /// The date.
    pub date: Date,
    /// What is taken out.
    pub interval: LocalInterval,
    /// Why.
    pub reason: String,
}

/// A year whose holidays are known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct YearCoverage {
    /// The year.
    pub year: i16,
    /// The document that says so.
    pub source: String,
}

/// A calendar as it is configured and stored; [`Calendar::new`] checks it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CalendarSpec {
    /// IANA zone.
    pub time_zone: String,
    /// Open intervals of an ordinary week.
    pub weekly: Vec<WeeklyInterval>,
    /// Dates with other hours.
    pub overrides: Vec<DateOverride>,
    /// Closed dates.
    pub closures: Vec<Closure>,
    /// What is taken out of dates.
    pub breaks: Vec<CalendarBreak>,
    /// Years whose holidays are known.
    pub coverage: Vec<YearCoverage>,
    /// Observes no holidays, so that no year is unknown.
    pub no_holidays: bool,
}

/// A checked calendar.
#[derive(Debug, Clone)]
pub struct Calendar {
    zone: TimeZone,
    week: [Vec<LocalInterval>; 7],
    dates: BTreeMap<Date, DatePlan>,
    spec: CalendarSpec,
}

#[derive(Debug, Clone, Default)]
struct DatePlan {
    closure: Option<String>,
    replaced: Option<(Vec<LocalInterval>, String)>,
    breaks: Vec<(LocalInterval, String)>,
}

/// What decides the hours of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DayRule<'a> {
    Closed(&'a str),
    Replaced(&'a str),
    Weekly { any: bool },
}

impl Calendar {
    /// Checks a calendar; names every fault by its field.
    ///
    /// # Errors
    /// [`Invalid`]: an unknown zone, an interval that is empty, outside its day or overlaps another, a date that is
    /// given twice, or a date that is both closed and a make-up day.
    pub fn new(spec: CalendarSpec) -> Result<Self, Invalid> {
        let mut wrong = Violations::new();
        let zone = wrong
            .take("time_zone", TimeZone::get(&spec.time_zone).map_err(|_| "is no IANA time zone"));
        let week = check_week(&spec, &mut wrong);
        let dates = check_dates(&spec, &mut wrong);
        for (i, year) in spec.coverage.iter().enumerate() {
            if !(1900..=2200).contains(&year.year) {
                wrong.add(&format!("coverage[{i}].year"), "must be between 1900 and 2200");
            }
        }
        wrong.finish()?;
        let zone = zone.unwrap_or(TimeZone::UTC);
        Ok(Self { zone, week, dates, spec })
    }

    /// The calendar as configured.
    #[must_use]
    pub const fn spec(&self) -> &CalendarSpec {
        &self.spec
    }

    /// The zone in which the intervals are local.
    #[must_use]
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Years within `first..=last` whose holidays are not known.
    #[must_use]
    pub fn unknown_years(&self, first: i16, last: i16) -> Vec<i16> {
        if self.spec.no_holidays {
            return Vec::new();
        }
        (first..=last).filter(|year| !self.spec.coverage.iter().any(|c| c.year == *year)).collect()
    }

    /// Whether the local date has any open hours.
    #[must_use]
    pub fn is_open(&self, date: Date) -> bool {
        let mut open = Vec::new();
        self.open_instants(date, &mut open);
        !open.is_empty()
    }

    pub(crate) fn rule(&self, date: Date) -> DayRule<'_> {
        let plan = self.dates.get(&date);
        if let Some(reason) = plan.and_then(|plan| plan.closure.as_deref()) {
            return DayRule::Closed(reason);
        }
        if let Some((_, reason)) = plan.and_then(|plan| plan.replaced.as_ref()) {
            return DayRule::Replaced(reason);
        }
        DayRule::Weekly { any: !self.weekly(date).is_empty() }
    }

    /// Why the local moment is within a break, if it is.
    pub(crate) fn break_at(&self, date: Date, moment: Nanos) -> Option<&str> {
        let breaks = &self.dates.get(&date)?.breaks;
        let found = breaks.iter().find(|(b, _)| b.start <= moment && moment < b.end)?;
        Some(&found.1)
    }

    /// Starts and ends of the date's breaks, local.
    pub(crate) fn break_edges(&self, date: Date) -> impl Iterator<Item = Nanos> + '_ {
        let breaks = self.dates.get(&date).map(|plan| plan.breaks.as_slice()).unwrap_or_default();
        breaks.iter().flat_map(|(b, _)| [b.start, b.end])
    }

    /// The instant of a local moment: in a gap shifted forward by the gap, in an overlap the first.
    pub(crate) fn instant(&self, date: Date, moment: Nanos) -> Option<Nanos> {
        let (date, moment) =
            if moment >= DAY { (date.tomorrow().ok()?, moment - DAY) } else { (date, moment) };
        let local = date
            .to_datetime(jiff::civil::Time::midnight())
            .checked_add(jiff::SignedDuration::from_nanos(moment))
            .ok()?;
        self.zone.to_ambiguous_timestamp(local).compatible().ok().map(nanos)
    }

    /// Open instants of a local date, in order; a date that the zone skipped has none.
    pub(crate) fn open_instants(&self, date: Date, out: &mut Vec<(Nanos, Nanos)>) {
        let plan = self.dates.get(&date);
        let hours = match self.rule(date) {
            DayRule::Closed(_) => return,
            DayRule::Replaced(_) => plan.and_then(|p| p.replaced.as_ref()).map(|r| r.0.as_slice()),
            DayRule::Weekly { .. } => Some(self.weekly(date)),
        };
        let hours = hours.unwrap_or_default();
        if hours.is_empty() {
            return;
        }
        let Some((from, to)) = self.instant(date, 0).zip(self.instant(date, DAY)) else { return };
        let breaks = plan.map(|plan| plan.breaks.as_slice()).unwrap_or_default();
        for open in hours {
            let mut start = open.start;
            for (taken, _) in
                breaks.iter().filter(|(b, _)| b.end > open.start && b.start < open.end)
            {
                self.push(date, start, taken.start.min(open.end), (from, to), out);
                start = start.max(taken.end);
            }
            self.push(date, start, open.end, (from, to), out);
        }
    }

    fn push(
        &self,
        date: Date,
        start: Nanos,
        end: Nanos,
        day: (Nanos, Nanos),
        out: &mut Vec<(Nanos, Nanos)>,
    ) {
        if start >= end {
            return;
        }
        let Some((start, end)) = self.instant(date, start).zip(self.instant(date, end)) else {
            return;
        };
        let (start, end) = (start.max(day.0), end.min(day.1));
        if start < end {
            out.push((start, end));
        }
    }

    fn weekly(&self, date: Date) -> &[LocalInterval] {
        let day = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
        self.week.get(day).map(Vec::as_slice).unwrap_or_default()
    }
}

fn check_week(spec: &CalendarSpec, wrong: &mut Violations) -> [Vec<LocalInterval>; 7] {
    let mut week: [Vec<LocalInterval>; 7] = Default::default();
    for (i, weekly) in spec.weekly.iter().enumerate() {
        let day = usize::from(weekly.day).checked_sub(1).and_then(|day| week.get_mut(day));
        match (day, weekly.interval.fault()) {
            (None, _) => wrong.add(&format!("weekly[{i}].day"), "must be a day of the week"),
            (_, Some(fault)) => wrong.add(&format!("weekly[{i}].end"), fault),
            (Some(day), None) if overlaps(day, weekly.interval) => {
                wrong.add(&format!("weekly[{i}]"), "overlaps another interval of the day");
            }
            (Some(day), None) => day.push(weekly.interval),
        }
    }
    week.iter_mut().for_each(|day| day.sort());
    week
}

fn check_dates(spec: &CalendarSpec, wrong: &mut Violations) -> BTreeMap<Date, DatePlan> {
    let mut dates: BTreeMap<Date, DatePlan> = BTreeMap::new();
    for (i, closure) in spec.closures.iter().enumerate() {
        let plan = dates.entry(closure.date).or_default();
        if plan.closure.replace(closure.reason.clone()).is_some() {
            wrong.add(&format!("closures[{i}].date"), "is closed twice");
        }
    }
    for (i, replaced) in spec.overrides.iter().enumerate() {
        let mut hours = Vec::new();
        for (j, interval) in replaced.intervals.iter().enumerate() {
            if let Some(fault) = interval.fault() {
                wrong.add(&format!("overrides[{i}].intervals[{j}]"), fault);
            } else if overlaps(&hours, *interval) {
                wrong.add(&format!("overrides[{i}].intervals[{j}]"), "overlaps another interval");
            } else {
                hours.push(*interval);
            }
        }
        hours.sort();
        let plan = dates.entry(replaced.date).or_default();
        if plan.closure.is_some() {
            wrong
                .add(&format!("overrides[{i}].date"), "is also closed: a date is one or the other");
        }
        if plan.replaced.replace((hours, replaced.reason.clone())).is_some() {
            wrong.add(&format!("overrides[{i}].date"), "is overridden twice");
        }
    }
    for (i, taken) in spec.breaks.iter().enumerate() {
        if let Some(fault) = taken.interval.fault() {
            wrong.add(&format!("breaks[{i}].interval"), fault);
            continue;
        }
        let plan = dates.entry(taken.date).or_default();
        plan.breaks.push((taken.interval, taken.reason.clone()));
        plan.breaks.sort();
    }
    dates
}

fn overlaps(hours: &[LocalInterval], new: LocalInterval) -> bool {
    hours.iter().any(|open| open.start < new.end && new.start < open.end)
}
