//! Shipped calendars of other countries: public holidays by rule, with their source and the years that are covered.

use super::{CalendarSpec, Closure, LocalInterval, WeeklyInterval, YearCoverage};
use jiff::Span;
use jiff::civil::{Date, Weekday};
use std::collections::BTreeMap;

const RULES: &str = include_str!("data/countries.txt");

/// A country's calendar as it is shipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountryCalendar {
    /// The calendar's id: `germany`.
    pub id: String,
    /// ISO 3166-1 code of the country.
    pub country: String,
    /// Whose holidays they are.
    pub title: String,
    rules: Vec<Rule>,
    observe: Observe,
    zone: String,
    source: String,
    years: (i16, i16),
}

/// What becomes of a holiday on a weekend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Observe {
    #[default]
    None,
    Next,
    Nearest,
    Japan,
}

/// On which day of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Fixed(i8, i8),
    Easter(i32),
    Nth(i8, Weekday, i8),
    Once(Date),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    when: When,
    from: i16,
    until: i16,
    not: Vec<i16>,
    name: String,
}

/// Every shipped country, by id.
#[must_use]
pub fn countries() -> Vec<CountryCalendar> {
    let mut found: Vec<CountryCalendar> = Vec::new();
    for line in RULES.lines().filter(|line| !line.starts_with('#')) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if word == "calendar" {
            found.push(CountryCalendar::named(rest));
        } else if let Some(country) = found.last_mut() {
            country.take(word, rest);
        }
    }
    found
}

/// The id of the calendar that holds in a country (ISO 3166-1), ours or China's; none where none is shipped.
#[must_use]
pub fn calendar_of_country(code: &str) -> Option<String> {
    if code == "CN" {
        return Some("china".to_owned());
    }
    countries().into_iter().find(|known| known.country == code).map(|known| known.id)
}

impl CountryCalendar {
    fn named(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            country: String::new(),
            title: String::new(),
            rules: Vec::new(),
            observe: Observe::None,
            zone: String::new(),
            source: String::new(),
            years: (0, 0),
        }
    }

    fn take(&mut self, word: &str, rest: &str) {
        match word {
            "country" => rest.clone_into(&mut self.country),
            "zone" => rest.clone_into(&mut self.zone),
            "title" => rest.clone_into(&mut self.title),
            "source" => rest.clone_into(&mut self.source),
            "years" => {
                let years = rest.split_once(' ').map(|(a, b)| (a.parse(), b.parse()));
                self.years = match years {
                    Some((Ok(first), Ok(last))) => (first, last),
                    _ => (0, 0),
                };
            }
            "observe" => {
                self.observe = match rest {
                    "next" => Observe::Next,
                    "nearest" => Observe::Nearest,
                    "japan" => Observe::Japan,
                    _ => Observe::None,
                };
            }
            _ => self.rules.extend(rule(word, rest)),
        }
    }

    /// The first and the last year that are covered.
    #[must_use]
    pub const fn years(&self) -> (i16, i16) {
        self.years
    }

    /// Monday to Friday 09:00 to 17:00, closed on the holidays of the covered years.
    #[must_use]
    pub fn spec(&self) -> CalendarSpec {
        let interval = LocalInterval::hm((9, 0), (17, 0));
        let (first, last) = self.years;
        let closed = self.holidays().into_iter();
        let closed = closed.filter(|(date, _)| (first..=last).contains(&date.year()));
        CalendarSpec {
            time_zone: self.zone.clone(),
            weekly: (1..=5).map(|day| WeeklyInterval { day, interval }).collect(),
            closures: closed.map(|(date, reason)| Closure { date, reason }).collect(),
            coverage: (first..=last)
                .map(|year| YearCoverage { year, source: self.source.clone() })
                .collect(),
            ..Default::default()
        }
    }

    /// Holidays and the days on which they are observed, one year beyond the covered ones to either side: New Year may be
    /// observed in the year before.
    fn holidays(&self) -> BTreeMap<Date, String> {
        let (first, last) = self.years;
        let mut days = BTreeMap::new();
        for year in first - 1..=last + 1 {
            for rule in &self.rules {
                days.extend(rule.on(year).map(|date| (date, rule.name.clone())));
            }
        }
        for (date, name) in days.clone() {
            if let Some(observed) = self.observed(date, &days) {
                days.entry(observed).or_insert_with(|| format!("{name} (observed)"));
            }
        }
        if self.observe == Observe::Japan {
            let between = |date: &Date| {
                let next = date.tomorrow().ok()?;
                let free = !days.contains_key(&next) && next.weekday() != Weekday::Sunday;
                (free && days.contains_key(&next.tomorrow().ok()?)).then_some(next)
            };
            let found: Vec<Date> = days.keys().filter_map(between).collect();
            days.extend(found.into_iter().map(|date| (date, "国民の休日".to_owned())));
        }
        days
    }

    fn observed(&self, date: Date, days: &BTreeMap<Date, String>) -> Option<Date> {
        let (saturday, sunday) =
            (date.weekday() == Weekday::Saturday, date.weekday() == Weekday::Sunday);
        let after = || std::iter::successors(date.tomorrow().ok(), |day| day.tomorrow().ok());
        match self.observe {
            Observe::Nearest if saturday => date.yesterday().ok(),
            Observe::Nearest if sunday => date.tomorrow().ok(),
            Observe::Next if saturday || sunday => after().find(|day| {
                let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
                !weekend && !days.contains_key(day)
            }),
            Observe::Japan if sunday => after().find(|day| !days.contains_key(day)),
            Observe::None | Observe::Next | Observe::Nearest | Observe::Japan => None,
        }
    }
}

impl Rule {
    fn on(&self, year: i16) -> Option<Date> {
        if year < self.from || year > self.until || self.not.contains(&year) {
            return None;
        }
        match self.when {
            When::Fixed(month, day) => Date::new(year, month, day).ok(),
            When::Easter(days) => easter(year)?.checked_add(Span::new().days(days)).ok(),
            When::Nth(nth, weekday, month) => {
                Date::new(year, month, 1).ok()?.nth_weekday_of_month(nth, weekday).ok()
            }
            When::Once(date) => (date.year() == year).then_some(date),
        }
    }
}

/// One line of rules; none if it cannot be read.
fn rule(word: &str, rest: &str) -> Option<Rule> {
    let mut words = rest.split(' ');
    let when = match word {
        "fixed" => {
            let (month, day) = words.next()?.split_once('-')?;
            When::Fixed(month.parse().ok()?, day.parse().ok()?)
        }
        "easter" => When::Easter(words.next()?.parse().ok()?),
        "nth" => {
            let (nth, weekday) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
            let weekday = Weekday::from_monday_one_offset(weekday).ok()?;
            When::Nth(nth, weekday, words.next()?.parse().ok()?)
        }
        "date" => When::Once(words.next()?.parse().ok()?),
        _ => return None,
    };
    let mut rule =
        Rule { when, from: i16::MIN, until: i16::MAX, not: Vec::new(), name: String::new() };
    for word in words {
        match word.split_once('=') {
            Some(("from", year)) => rule.from = year.parse().ok()?,
            Some(("until", year)) => rule.until = year.parse().ok()?,
            Some(("not", year)) => rule.not.push(year.parse().ok()?),
            _ => {
                let space = if rule.name.is_empty() { "" } else { " " };
                rule.name.push_str(space);
                rule.name.push_str(word);
            }
        }
    }
    Some(rule)
}

/// Easter Sunday of the Gregorian calendar: the anonymous algorithm of Nature 13 (1876), p. 487, as in Meeus (1991),
/// Astronomical Algorithms, chapter 8.
fn easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let (d, e, f) = (b / 4, b % 4, (b + 8) / 25);
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let days = h + l - 7 * m + 114;
    Date::new(year, i8::try_from(days / 31).ok()?, i8::try_from(days % 31 + 1).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Calendar;
    use jiff::civil::date;

    /// Weekday holidays as another library knows them; its head says which.
    const EXPECTED: &str = include_str!("data/countries-expected.txt");

    #[test]
    fn easter_is_that_of_the_tables() {
        // Meeus, chapter 8: examples, and the earliest and latest possible dates.
        for (year, month, day) in [
            (1991, 3, 31),
            (1992, 4, 19),
            (1993, 4, 11),
            (1818, 3, 22),
            (2000, 4, 23),
            (2038, 4, 25),
        ] {
            assert_eq!(easter(year), Some(date(year, month, day)));
        }
    }

    #[test]
    fn every_line_of_the_rules_is_understood() {
        let heads = ["calendar", "country", "zone", "title", "source", "years", "observe"];
        for line in RULES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (word, rest) = line.split_once(' ').unwrap();
            let named = rule(word, rest).is_some_and(|rule| !rule.name.is_empty());
            assert!(heads.contains(&word) || named, "{line}");
        }
        for country in countries() {
            let spec = country.spec();
            assert!(Calendar::new(spec.clone()).is_ok(), "{}", country.id);
            assert!(!country.title.is_empty() && country.country.len() == 2);
            assert!(spec.coverage.len() == 8 && spec.coverage.iter().all(|y| !y.source.is_empty()));
        }
    }

    #[test]
    fn weekday_holidays_are_those_that_another_library_finds() {
        let mut lines = 0;
        for line in EXPECTED.lines().filter(|line| !line.starts_with('#')) {
            let mut words = line.split(' ');
            let (id, year) = (words.next().unwrap(), words.next().unwrap());
            let expected: Vec<String> = words.map(|day| format!("{year}-{day}")).collect();
            let country = countries().into_iter().find(|country| country.id == id).unwrap();
            let closed = country.spec().closures.into_iter().map(|closed| closed.date);
            let weekday =
                |day: &Date| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
            let found: Vec<String> = closed
                .filter(|day| day.year().to_string() == year && weekday(day))
                .map(|day| day.to_string())
                .collect();
            assert_eq!(found, expected, "{id} {year}");
            lines += 1;
        }
        assert_eq!(lines, 8 * countries().len());
    }

    #[test]
    fn beyond_the_covered_years_nothing_is_guessed() {
        let germany = countries().into_iter().find(|country| country.id == "germany").unwrap();
        assert_eq!((germany.country.as_str(), germany.years()), ("DE", (2020, 2027)));
        let calendar = Calendar::new(germany.spec()).unwrap();
        assert!(calendar.unknown_years(2020, 2027).is_empty());
        assert!(!calendar.unknown_years(2028, 2028).is_empty());
        assert!(calendar.spec().closures.iter().all(|closed| closed.date.year() <= 2027));
        assert_eq!(calendar_of_country("DE").as_deref(), Some("germany"));
        assert_eq!(calendar_of_country("CN").as_deref(), Some("china"));
        assert_eq!(calendar_of_country("BR"), None);
    }
}
