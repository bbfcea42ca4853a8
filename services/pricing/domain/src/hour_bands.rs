//! Bands of the hours of a week: which hour costs what, and how likely a failure falls in each, from a site's calendar.

use aftercare_kernel::fault::Violations;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What an hour counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HourBand {
    /// Business hours.
    Normal,
    /// The evening and the night.
    Evening,
    /// The weekend.
    Weekend,
    /// A public holiday.
    Holiday,
}

/// Hours of a day of every week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeeklyBand {
    /// What they count as.
    pub band: HourBand,
    /// 1 for Monday to 7 for Sunday.
    pub day: u8,
    /// The first minute since local midnight.
    pub from: u32,
    /// The first minute after, at most 1,440.
    pub to: u32,
}

/// Minutes of a day.
const DAY: u32 = 24 * 60;

/// Bands of a week and the days that are holidays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourBands {
    /// IANA zone.
    pub time_zone: String,
    /// The week: every hour in one band.
    pub weekly: Vec<WeeklyBand>,
    /// Days that count as holidays from midnight to midnight.
    pub holidays: BTreeSet<Date>,
}

/// Share of hours in each band; they sum to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BandShares {
    /// Business hours.
    pub normal: f64,
    /// The evening and the night.
    pub evening: f64,
    /// Hours of the weekend that fall on a Saturday.
    pub saturday: f64,
    /// Other hours of the weekend.
    pub weekend: f64,
    /// Public holidays.
    pub holiday: f64,
}

impl HourBands {
    /// Notes every field that cannot be: an unknown zone, an empty interval, hours in two bands or in none.
    pub fn check(&self, wrong: &mut Violations) {
        wrong.take("time_zone", TimeZone::get(&self.time_zone).map_err(|_| "is no IANA time zone"));
        let whole =
            |own: &WeeklyBand| (1..=7).contains(&own.day) && own.from < own.to && own.to <= DAY;
        let mut sound = true;
        for (i, own) in self.weekly.iter().enumerate() {
            let field = format!("weekly[{i}]");
            if !whole(own) {
                wrong.add(
                    &field,
                    "must be a day of the week and end after it starts, 24:00 at most",
                );
                sound = false;
                continue;
            }
            let meets = |other: &WeeklyBand| {
                whole(other) && other.day == own.day && other.from < own.to && own.from < other.to
            };
            if let Some(other) = self.weekly[..i].iter().position(meets) {
                wrong.add(&field, format!("has hours of weekly[{other}]"));
                sound = false;
            }
        }
        let covered: u32 = self.weekly.iter().map(|own| own.to.saturating_sub(own.from)).sum();
        if sound && covered != 7 * DAY {
            let hours = f64::from(covered) / 60.0;
            wrong.add("weekly", format!("must cover the 168 hours of the week, not {hours}"));
        }
    }

    /// The share of each band in the hours from one day to before another, as clocks in the zone count them: a day on which they
    /// change has 23 or 25 hours. None if the zone is unknown or there is no hour.
    #[must_use]
    pub fn shares(&self, start: Date, end: Date) -> Option<BandShares> {
        let zone = TimeZone::get(&self.time_zone).ok()?;
        let instant =
            |at: DateTime| Some(zone.to_ambiguous_timestamp(at).compatible().ok()?.as_second());
        let mut sums =
            BandShares { normal: 0.0, evening: 0.0, saturday: 0.0, weekend: 0.0, holiday: 0.0 };
        let mut day = start;
        let mut midnight = instant(day.at(0, 0, 0, 0))?;
        while day < end {
            let next = day.checked_add(1.day()).ok()?;
            let after = instant(next.at(0, 0, 0, 0))?;
            let length = (after - midnight) as f64;
            if self.holidays.contains(&day) {
                sums.holiday += length;
            } else {
                let number = day.weekday().to_monday_one_offset();
                for own in self.weekly.iter().filter(|own| i64::from(own.day) == i64::from(number))
                {
                    // Only on a day on which clocks change must each interval be looked up.
                    let seconds = if after - midnight == 86_400 {
                        f64::from(60 * (own.to - own.from))
                    } else {
                        let at = |minute: u32| match minute {
                            DAY => Some(after),
                            _ => instant(day.at((minute / 60) as i8, (minute % 60) as i8, 0, 0)),
                        };
                        (at(own.to)? - at(own.from)?) as f64
                    };
                    *sums.of(own.band, day.weekday()) += seconds;
                }
            }
            (day, midnight) = (next, after);
        }
        let all = sums.normal + sums.evening + sums.saturday + sums.weekend + sums.holiday;
        (all > 0.0).then(|| BandShares {
            normal: sums.normal / all,
            evening: sums.evening / all,
            saturday: sums.saturday / all,
            weekend: sums.weekend / all,
            holiday: sums.holiday / all,
        })
    }
}

impl BandShares {
    fn of(&mut self, band: HourBand, day: Weekday) -> &mut f64 {
        match band {
            HourBand::Normal => &mut self.normal,
            HourBand::Evening => &mut self.evening,
            HourBand::Weekend if day == Weekday::Saturday => &mut self.saturday,
            HourBand::Weekend => &mut self.weekend,
            HourBand::Holiday => &mut self.holiday,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    /// Business hours from 8 to 18 on five days.
    fn bands(zone: &str) -> HourBands {
        let own =
            |band, day, from: u32, to: u32| WeeklyBand { band, day, from: 60 * from, to: 60 * to };
        let mut weekly = Vec::new();
        for day in 1..=5 {
            weekly.extend([
                own(HourBand::Evening, day, 0, 8),
                own(HourBand::Normal, day, 8, 18),
                own(HourBand::Evening, day, 18, 24),
            ]);
        }
        weekly.extend([own(HourBand::Weekend, 6, 0, 24), own(HourBand::Weekend, 7, 0, 24)]);
        HourBands { time_zone: zone.to_owned(), weekly, holidays: BTreeSet::new() }
    }

    fn faults(bands: &HourBands) -> Vec<String> {
        let mut wrong = Violations::new();
        bands.check(&mut wrong);
        wrong.finish().err().map_or(Vec::new(), |invalid| {
            invalid.fields().iter().map(|fault| fault.field.clone()).collect()
        })
    }

    #[test]
    fn a_week_has_a_hundred_and_sixty_eight_hours() {
        // 1 June 2026 is a Monday; Shanghai has no daylight saving.
        let found = bands("Asia/Shanghai").shares(date(2026, 6, 1), date(2026, 6, 8)).unwrap();
        assert_eq!(found.normal, 50.0 / 168.0);
        assert_eq!(found.evening, 70.0 / 168.0);
        assert_eq!(
            (found.saturday, found.weekend, found.holiday),
            (24.0 / 168.0, 24.0 / 168.0, 0.0)
        );
    }

    #[test]
    fn a_day_on_which_clocks_change_has_23_or_25_hours() {
        // Germany: 29 March 2026 lacks an hour, 25 October 2026 has one twice; both are Sundays.
        let own = bands("Europe/Berlin");
        let week = own.shares(date(2026, 3, 23), date(2026, 3, 30)).unwrap();
        assert_eq!((week.weekend, week.normal), (23.0 / 167.0, 50.0 / 167.0));
        let week = own.shares(date(2026, 10, 19), date(2026, 10, 26)).unwrap();
        assert_eq!((week.weekend, week.evening), (25.0 / 169.0, 70.0 / 169.0));
        // Split within the day: the hour that is missing is one of the night.
        let mut split = own.clone();
        split.weekly.pop();
        split.weekly.extend([
            WeeklyBand { band: HourBand::Evening, day: 7, from: 0, to: 6 * 60 },
            WeeklyBand { band: HourBand::Weekend, day: 7, from: 6 * 60, to: DAY },
        ]);
        let sunday = split.shares(date(2026, 3, 29), date(2026, 3, 30)).unwrap();
        assert_eq!((sunday.evening, sunday.weekend), (5.0 / 23.0, 18.0 / 23.0));
    }

    #[test]
    fn a_holiday_is_one_from_midnight_to_midnight() {
        let mut own = bands("Asia/Shanghai");
        own.holidays.insert(date(2026, 6, 3));
        let found = own.shares(date(2026, 6, 1), date(2026, 6, 8)).unwrap();
        assert_eq!((found.holiday, found.normal), (24.0 / 168.0, 40.0 / 168.0));
        assert!(own.shares(date(2026, 6, 1), date(2026, 6, 1)).is_none());
    }

    #[test]
    fn hours_in_two_bands_or_in_none_are_named() {
        assert_eq!(faults(&bands("Asia/Shanghai")), [] as [String; 0]);
        assert_eq!(faults(&bands("Mars/Base")), ["time_zone"]);
        let mut short = bands("Asia/Shanghai");
        short.weekly[1].to -= 30;
        assert_eq!(faults(&short), ["weekly"]);
        let mut twice = bands("Asia/Shanghai");
        twice.weekly[2].from -= 30;
        assert_eq!(faults(&twice), ["weekly[2]"]);
        twice.weekly[3].day = 8;
        twice.weekly[4].to = 25 * 60;
        assert_eq!(faults(&twice), ["weekly[2]", "weekly[3]", "weekly[4]"]);
    }
}
