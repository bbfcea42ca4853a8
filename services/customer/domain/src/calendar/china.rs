//! Shipped calendars: mainland China by the State Council's notices, and all hours of all days.

use super::{CalendarSpec, Closure, DateOverride, LocalInterval, WeeklyInterval, YearCoverage};

const YEARS: [&str; 3] = [
    include_str!("data/china-2004-2024.txt"),
    include_str!("data/china-2025.txt"),
    include_str!("data/china-2026.txt"),
];

/// Monday to Friday 09:00 to 12:00 and 13:00 to 18:00 in Asia/Shanghai, with the public holidays and make-up working
/// days of 2004 to 2026. Hours are a common eight-hour day; copy the calendar to change them.
#[must_use]
pub fn china() -> CalendarSpec {
    let hours = [LocalInterval::hm((9, 0), (12, 0)), LocalInterval::hm((13, 0), (18, 0))];
    let weekly = (1..=5)
        .flat_map(|day| hours.map(|interval| WeeklyInterval { day, interval }))
        .collect::<Vec<_>>();
    let mut spec =
        CalendarSpec { time_zone: "Asia/Shanghai".to_owned(), weekly, ..Default::default() };
    for text in YEARS {
        let mut source = "";
        for line in text.lines() {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            let (date, reason) = rest.split_once(' ').unwrap_or((rest, ""));
            match (word, date.parse()) {
                ("source", _) => source = rest,
                ("year", _) => spec.coverage.extend(
                    rest.parse().map(|year| YearCoverage { year, source: source.to_owned() }).ok(),
                ),
                ("closed", Ok(date)) => {
                    spec.closures.push(Closure { date, reason: reason.to_owned() });
                }
                ("work", Ok(date)) => spec.overrides.push(DateOverride {
                    date,
                    intervals: hours.to_vec(),
                    reason: format!("{reason} (make-up day)"),
                }),
                _ => {}
            }
        }
    }
    spec
}

/// Every hour of every day in a zone; observes no holidays.
#[must_use]
pub fn round_the_clock(time_zone: &str) -> CalendarSpec {
    let interval = LocalInterval::hm((0, 0), (24, 0));
    CalendarSpec {
        time_zone: time_zone.to_owned(),
        weekly: (1..=7).map(|day| WeeklyInterval { day, interval }).collect(),
        no_holidays: true,
        ..Default::default()
    }
}
