//! Calendars and stretches of business time.

use super::value::{date, wire_date, wire_instant, wire_span};
use super::word::Word;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::google::r#type as google;
use aftercare_customer_domain::calendar::{
    CalendarBreak, CalendarSpec, Closure, DateOverride, LocalInterval, WeeklyInterval, YearCoverage,
};
use aftercare_customer_domain::clock::Segment;
use aftercare_kernel::fault::Violations;

const HOUR: i64 = 3_600_000_000_000;

/// A calendar's configuration; what it says is checked by `Calendar::new`.
pub(crate) fn spec(wire: &pb::Calendar, wrong: &mut Violations) -> CalendarSpec {
    let mut spec = CalendarSpec {
        time_zone: wire.time_zone.clone(),
        no_holidays: wire.no_holidays,
        ..Default::default()
    };
    for (i, weekly) in wire.weekly.iter().enumerate() {
        let found =
            interval(weekly.start.as_ref(), weekly.end.as_ref(), &format!("weekly[{i}]"), wrong);
        let day = u8::try_from(weekly.day).unwrap_or(0);
        spec.weekly.extend(found.map(|interval| WeeklyInterval { day, interval }));
    }
    for (i, wire) in wire.overrides.iter().enumerate() {
        let field = format!("overrides[{i}]");
        let date = needed(wire.date.as_ref(), &format!("{field}.date"), wrong);
        let local = |(j, local): (usize, &pb::LocalInterval)| {
            let field = format!("{field}.intervals[{j}]");
            interval(local.start.as_ref(), local.end.as_ref(), &field, wrong)
        };
        let intervals = wire.intervals.iter().enumerate().filter_map(local).collect();
        let reason = wire.reason.clone();
        spec.overrides.extend(date.map(|date| DateOverride { date, intervals, reason }));
    }
    for (i, wire) in wire.closures.iter().enumerate() {
        let date = needed(wire.date.as_ref(), &format!("closures[{i}].date"), wrong);
        let reason = wire.reason.clone();
        spec.closures.extend(date.map(|date| Closure { date, reason }));
    }
    for (i, wire) in wire.breaks.iter().enumerate() {
        let date = needed(wire.date.as_ref(), &format!("breaks[{i}].date"), wrong);
        let field = format!("breaks[{i}].interval");
        let found = wire
            .interval
            .as_ref()
            .and_then(|local| interval(local.start.as_ref(), local.end.as_ref(), &field, wrong));
        let found = wrong.required(&field, found);
        let reason = wire.reason.clone();
        spec.breaks.extend(date.zip(found).map(|(date, interval)| CalendarBreak {
            date,
            interval,
            reason,
        }));
    }
    spec.coverage = wire
        .coverage
        .iter()
        .map(|year| YearCoverage {
            year: i16::try_from(year.year).unwrap_or(0),
            source: year.source.clone(),
        })
        .collect();
    spec
}

fn needed(
    wire: Option<&google::Date>,
    field: &str,
    wrong: &mut Violations,
) -> Option<jiff::civil::Date> {
    if wire.is_none() {
        return wrong.required(field, None);
    }
    date(wire, field, wrong)
}

fn interval(
    start: Option<&google::TimeOfDay>,
    end: Option<&google::TimeOfDay>,
    field: &str,
    wrong: &mut Violations,
) -> Option<LocalInterval> {
    let start = wrong.take(&format!("{field}.start"), moment(start));
    let end = wrong.take(&format!("{field}.end"), moment(end));
    start.zip(end).map(|(start, end)| LocalInterval { start, end })
}

/// Nanoseconds since local midnight; an absent time is midnight, as in JSON.
fn moment(wire: Option<&google::TimeOfDay>) -> Result<i64, &'static str> {
    let time = wire.copied().unwrap_or_default();
    let sound = (0..=24).contains(&time.hours)
        && (0..60).contains(&time.minutes)
        && (0..60).contains(&time.seconds)
        && (0..1_000_000_000).contains(&time.nanos);
    if !sound {
        return Err("must be a time of day from 00:00 to 24:00");
    }
    let seconds = i64::from(time.minutes) * 60 + i64::from(time.seconds);
    Ok(i64::from(time.hours) * HOUR + seconds * 1_000_000_000 + i64::from(time.nanos))
}

fn wire_moment(moment: i64) -> google::TimeOfDay {
    let part = |value: i64| i32::try_from(value).unwrap_or(0);
    let seconds = moment / 1_000_000_000;
    google::TimeOfDay {
        hours: part(seconds / 3600),
        minutes: part(seconds / 60 % 60),
        seconds: part(seconds % 60),
        nanos: part(moment % 1_000_000_000),
    }
}

fn wire_interval(interval: &LocalInterval) -> pb::LocalInterval {
    pb::LocalInterval {
        start: Some(wire_moment(interval.start)),
        end: Some(wire_moment(interval.end)),
    }
}

/// A calendar version as callers see it; names and times are the caller's to set.
pub(crate) fn present(
    id: &str,
    display_name: &str,
    version: i64,
    spec: &CalendarSpec,
) -> pb::Calendar {
    pb::Calendar {
        name: format!("calendars/{id}"),
        display_name: display_name.to_owned(),
        time_zone: spec.time_zone.clone(),
        weekly: spec
            .weekly
            .iter()
            .map(|weekly| pb::WeeklyInterval {
                day: i32::from(weekly.day),
                start: Some(wire_moment(weekly.interval.start)),
                end: Some(wire_moment(weekly.interval.end)),
            })
            .collect(),
        overrides: spec
            .overrides
            .iter()
            .map(|replaced| pb::DateOverride {
                date: Some(wire_date(replaced.date)),
                intervals: replaced.intervals.iter().map(wire_interval).collect(),
                reason: replaced.reason.clone(),
            })
            .collect(),
        closures: spec
            .closures
            .iter()
            .map(|closure| pb::Closure {
                date: Some(wire_date(closure.date)),
                reason: closure.reason.clone(),
            })
            .collect(),
        breaks: spec
            .breaks
            .iter()
            .map(|taken| pb::CalendarBreak {
                date: Some(wire_date(taken.date)),
                interval: Some(wire_interval(&taken.interval)),
                reason: taken.reason.clone(),
            })
            .collect(),
        coverage: spec
            .coverage
            .iter()
            .map(|year| pb::YearCoverage {
                year: i32::from(year.year),
                source: year.source.clone(),
            })
            .collect(),
        no_holidays: spec.no_holidays,
        version,
        etag: crate::store::etag(version),
        ..Default::default()
    }
}

pub(crate) fn segment(segment: &Segment) -> pb::BusinessSegment {
    pb::BusinessSegment {
        start_time: Some(wire_instant(segment.start)),
        end_time: Some(wire_instant(segment.end)),
        counted: segment.counted,
        reason: segment.reason.number(),
        detail: segment.detail.clone(),
        duration: Some(wire_span(segment.elapsed().get())),
    }
}
