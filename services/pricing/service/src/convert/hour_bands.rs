//! Calendars of hours, both ways.

use super::terms::known;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::google::r#type::{DayOfWeek, TimeOfDay};
use aftercare_kernel::fault::Violations;
use aftercare_platform::wire;
use aftercare_pricing_domain::hour_bands::{HourBand, HourBands, WeeklyBand};
use aftercare_pricing_domain::quote::QuoteInput;
use std::collections::BTreeSet;

/// Holidays of one calendar.
const MOST_HOLIDAYS: usize = 2000;

/// Intervals of one week.
const MOST_BANDS: usize = 200;

/// A calendar from the wire; notes what cannot be read. What cannot be of a readable one is the domain's to say.
pub(crate) fn parse(given: &pb::HourBands, wrong: &mut Violations) -> Option<HourBands> {
    if given.holidays.len() > MOST_HOLIDAYS {
        wrong.add("holidays", format!("must be at most {MOST_HOLIDAYS}"));
    }
    if given.weekly.len() > MOST_BANDS {
        wrong.add("weekly", format!("must be at most {MOST_BANDS}"));
    }
    let weekly = given.weekly.iter().enumerate().take(MOST_BANDS);
    let weekly: Vec<Option<WeeklyBand>> = weekly
        .map(|(i, own)| wrong.within(&format!("weekly[{i}]"), |wrong| band_of(own, wrong)))
        .collect();
    let mut holidays = BTreeSet::new();
    for (i, day) in given.holidays.iter().enumerate().take(MOST_HOLIDAYS) {
        let field = format!("holidays[{i}]");
        let day = wrong.take(&field, wire::civil_date(day));
        if day.is_some_and(|day| !holidays.insert(day)) {
            wrong.add(&field, "is given twice");
        }
    }
    let weekly = weekly.into_iter().collect::<Option<Vec<_>>>()?;
    Some(HourBands { time_zone: given.time_zone.clone(), weekly, holidays })
}

fn band_of(given: &pb::WeeklyBand, wrong: &mut Violations) -> Option<WeeklyBand> {
    let band = match known("band", given.band, wrong) {
        Some(pb::HourBand::Normal) => Some(HourBand::Normal),
        Some(pb::HourBand::Evening) => Some(HourBand::Evening),
        Some(pb::HourBand::Weekend) => Some(HourBand::Weekend),
        Some(pb::HourBand::Holiday) => Some(HourBand::Holiday),
        Some(pb::HourBand::Unspecified) => {
            wrong.add("band", "must be said");
            None
        }
        None => None,
    };
    let day = known::<DayOfWeek>("day", given.day, wrong);
    if day == Some(DayOfWeek::Unspecified) {
        wrong.add("day", "must be said");
    }
    let from = minute("start", given.start.as_ref(), wrong);
    let to = minute("end", given.end.as_ref(), wrong);
    // Monday is 1 on the wire as well.
    let day = day.filter(|day| *day != DayOfWeek::Unspecified);
    let day = day.and_then(|day| u8::try_from(i32::from(day)).ok());
    Some(WeeklyBand { band: band?, day: day?, from: from?, to: to? })
}

/// Whole minutes since midnight; 24:00 is the end of a day.
fn minute(field: &str, given: Option<&TimeOfDay>, wrong: &mut Violations) -> Option<u32> {
    let given = wrong.required(field, given)?;
    let whole = (0..=24).contains(&given.hours)
        && (0..60).contains(&given.minutes)
        && given.hours * 60 + given.minutes <= 24 * 60
        && given.seconds == 0
        && given.nanos == 0;
    if !whole {
        wrong.add(field, "must be a whole minute from 00:00 to 24:00");
    }
    u32::try_from(given.hours * 60 + given.minutes).ok().filter(|_| whole)
}

/// A calendar to the wire.
pub(crate) fn present(own: &HourBands) -> pb::HourBands {
    let time = |minute: u32| {
        let minute = i32::try_from(minute).unwrap_or(0);
        Some(TimeOfDay { hours: minute / 60, minutes: minute % 60, ..TimeOfDay::default() })
    };
    let band = |own: &WeeklyBand| pb::WeeklyBand {
        band: match own.band {
            HourBand::Normal => pb::HourBand::Normal,
            HourBand::Evening => pb::HourBand::Evening,
            HourBand::Weekend => pb::HourBand::Weekend,
            HourBand::Holiday => pb::HourBand::Holiday,
        }
        .into(),
        day: i32::from(own.day),
        start: time(own.from),
        end: time(own.to),
    };
    pb::HourBands {
        time_zone: own.time_zone.clone(),
        weekly: own.weekly.iter().map(band).collect(),
        holidays: own.holidays.iter().copied().map(wire::date).collect(),
    }
}

/// What share of failures of a quote falls in each band, by rate card, where a calendar says so.
pub(crate) fn shares(input: &QuoteInput) -> Vec<pb::HourShares> {
    let used: BTreeSet<usize> = input.portfolio.assets.iter().map(|asset| asset.rates).collect();
    let rates = used.into_iter().filter_map(|index| input.portfolio.rates.get(index));
    let shares = rates.filter_map(|rates| {
        let own = rates.bands?;
        Some(pb::HourShares {
            rate_card: rates.rate_card.clone(),
            normal: own.normal,
            evening: own.evening,
            weekend: own.saturday + own.weekend,
            holiday: own.holiday,
        })
    });
    shares.collect()
}
