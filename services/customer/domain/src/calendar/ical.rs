//! iCalendar (RFC 5545): all-day events become closures, others become breaks of the dates that they touch.

use super::{CalendarBreak, CalendarSpec, Closure, LocalInterval, YearCoverage};
use crate::instant::DAY;
use aftercare_kernel::fault::Violations;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span};
use std::collections::BTreeMap;

/// The most events, dates of one event, and years of a yearly one.
const MOST: (usize, i32, i32) = (5_000, 400, 50);

/// An event of the file.
#[derive(Debug, Default)]
struct Event {
    line: usize,
    properties: BTreeMap<String, Property>,
}

#[derive(Debug, Clone)]
struct Property {
    parameters: String,
    value: String,
}

/// When something happens.
#[derive(Debug, Clone, Copy)]
enum Moment {
    Day(Date),
    Local(DateTime),
}

/// Puts the events of an iCalendar text into a calendar, beside what it has; every year with an all-day event is covered
/// by `source`. Events that cannot be read are noted by the line at which they begin: nothing is left out in silence.
pub fn import(spec: &mut CalendarSpec, text: &str, source: &str, wrong: &mut Violations) {
    let Ok(zone) = TimeZone::get(&spec.time_zone) else {
        wrong.add("ical", "the calendar's own zone is unknown");
        return;
    };
    let events = match events(text) {
        Ok(events) => events,
        Err(why) => {
            wrong.add("ical", why);
            return;
        }
    };
    for event in events {
        if event.value("STATUS") == "CANCELLED" || event.value("TRANSP") == "TRANSPARENT" {
            continue;
        }
        if let Err(why) = event.put(spec, &zone, source) {
            wrong.add("ical", format!("event at line {}: {why}", event.line));
        }
    }
    spec.closures.sort_by_key(|closure| closure.date);
    spec.closures.dedup_by(|a, b| a.date == b.date);
    spec.coverage.sort_by_key(|coverage| coverage.year);
}

/// Events of the text, with folded lines put together.
fn events(text: &str) -> Result<Vec<Event>, String> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (i, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some((_, last))) => last.push_str(rest),
            _ => lines.push((i + 1, line.to_owned())),
        }
    }
    if !lines.iter().any(|(_, line)| line.eq_ignore_ascii_case("BEGIN:VCALENDAR")) {
        return Err("is no iCalendar text: BEGIN:VCALENDAR is missing".to_owned());
    }
    let (mut events, mut open, mut depth) = (Vec::new(), None::<Event>, 0usize);
    for (number, line) in lines {
        let upper = line.to_ascii_uppercase();
        match (upper.as_str(), &mut open) {
            ("BEGIN:VEVENT", None) => {
                open = Some(Event { line: number, ..Event::default() });
            }
            ("END:VEVENT", Some(_)) => events.extend(open.take()),
            (inner, Some(_)) if inner.starts_with("BEGIN:") => depth += 1,
            (inner, Some(_)) if inner.starts_with("END:") => depth = depth.saturating_sub(1),
            (_, Some(event)) if depth == 0 => {
                let Some((name, value)) = split(&line) else { continue };
                let (name, parameters) = name.split_once(';').unwrap_or((name, ""));
                let property =
                    Property { parameters: parameters.to_owned(), value: value.to_owned() };
                event.properties.insert(name.to_ascii_uppercase(), property);
            }
            _ => {}
        }
        if events.len() > MOST.0 {
            return Err(format!("has more than {} events", MOST.0));
        }
    }
    match open {
        Some(event) => Err(format!("the event at line {} does not end", event.line)),
        None => Ok(events),
    }
}

/// Name with parameters, and value: at the first colon that is not within quotes.
fn split(line: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let at = line.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        *c == ':' && !quoted
    })?;
    Some((line.get(..at.0)?, line.get(at.0 + 1..)?))
}

impl Event {
    fn value(&self, name: &str) -> &str {
        self.properties.get(name).map_or("", |property| property.value.trim())
    }

    fn put(&self, spec: &mut CalendarSpec, zone: &TimeZone, source: &str) -> Result<(), String> {
        let start = self.moment("DTSTART", zone)?.ok_or("has no DTSTART")?;
        let end = match self.moment("DTEND", zone)? {
            Some(end) => end,
            None => self.by_duration(start)?,
        };
        let reason = unescaped(self.value("SUMMARY"));
        for years in self.years(start)? {
            match (later(start, years)?, later(end, years)?) {
                (Moment::Day(from), Moment::Day(to)) => {
                    close(spec, (from, to), &reason, source)?;
                }
                (Moment::Local(from), Moment::Local(to)) => {
                    take_out(spec, (from, to), &reason)?;
                }
                _ => {
                    return Err(
                        "begins with a date and ends with a time, or the reverse".to_owned()
                    );
                }
            }
        }
        Ok(())
    }

    fn moment(&self, name: &str, zone: &TimeZone) -> Result<Option<Moment>, String> {
        let Some(property) = self.properties.get(name) else { return Ok(None) };
        let text = property.value.trim();
        let wrong = || format!("{name} {text} is no date or time");
        let digits = |from: usize, to: usize| -> Option<i16> { text.get(from..to)?.parse().ok() };
        let parts = digits(0, 4).zip(digits(4, 6)).zip(digits(6, 8));
        let ((year, month), day) = parts.ok_or_else(wrong)?;
        let (month, day) =
            i8::try_from(month).ok().zip(i8::try_from(day).ok()).ok_or_else(wrong)?;
        let date = Date::new(year, month, day).map_err(|_| wrong())?;
        let rest = text.get(8..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(Some(Moment::Day(date)));
        }
        let part = |from: usize| -> Option<i8> { text.get(from..from + 2)?.parse().ok() };
        let time = part(9).zip(part(11)).zip(part(13)).filter(|_| rest.starts_with('T'));
        let ((hour, minute), second) = time.ok_or_else(wrong)?;
        let time = jiff::civil::Time::new(hour, minute, second.min(59), 0).map_err(|_| wrong())?;
        let local = date.to_datetime(time);
        let named = property.parameters.split(';').find_map(|p| p.strip_prefix("TZID="));
        let from = match (rest.ends_with('Z'), named.map(|name| name.trim_matches('"'))) {
            (true, _) => TimeZone::UTC,
            (false, Some(name)) => {
                TimeZone::get(name).map_err(|_| format!("the zone {name} is unknown"))?
            }
            (false, None) => return Ok(Some(Moment::Local(local))),
        };
        let instant = from.to_timestamp(local).map_err(|_| wrong())?;
        Ok(Some(Moment::Local(instant.to_zoned(zone.clone()).datetime())))
    }

    /// The end by DURATION; without one a date is one day and a time is no time at all.
    fn by_duration(&self, start: Moment) -> Result<Moment, String> {
        let text = self.value("DURATION");
        let over = |_| format!("DURATION {text} cannot be used");
        if text.is_empty() {
            return match start {
                Moment::Day(day) => Ok(Moment::Day(day.tomorrow().map_err(over)?)),
                Moment::Local(_) => Err("has neither DTEND nor DURATION".to_owned()),
            };
        }
        let span: Span = text.parse().map_err(over)?;
        Ok(match start {
            Moment::Day(day) => Moment::Day(day.checked_add(span).map_err(over)?),
            Moment::Local(at) => Moment::Local(at.checked_add(span).map_err(over)?),
        })
    }

    /// By how many years it is repeated: `FREQ=YEARLY` with `COUNT` or `UNTIL` is understood, nothing else.
    fn years(&self, start: Moment) -> Result<Vec<i32>, String> {
        if self.properties.contains_key("RDATE") || self.properties.contains_key("EXDATE") {
            return Err(
                "RDATE and EXDATE are not understood; list the events one by one".to_owned()
            );
        }
        let rule = self.value("RRULE");
        if rule.is_empty() {
            return Ok(vec![0]);
        }
        let mut last = None;
        let mut yearly = false;
        for part in rule.split(';') {
            match part.split_once('=') {
                Some(("FREQ", "YEARLY")) => yearly = true,
                Some(("INTERVAL", "1")) => {}
                Some(("COUNT", count)) => last = count.parse::<i32>().ok().map(|count| count - 1),
                Some(("UNTIL", until)) => {
                    let year = until.get(..4).and_then(|year| year.parse::<i32>().ok());
                    let first = match start {
                        Moment::Day(day) => day.year(),
                        Moment::Local(at) => at.year(),
                    };
                    last = year.map(|year| year - i32::from(first));
                }
                _ => {
                    return Err(format!(
                        "RRULE {rule} is not understood; list the events one by one"
                    ));
                }
            }
        }
        match last.filter(|last| yearly && (0..MOST.2).contains(last)) {
            Some(last) => Ok((0..=last).collect()),
            None => Err(format!("RRULE {rule} is not yearly with an end within {} years", MOST.2)),
        }
    }
}

fn later(moment: Moment, years: i32) -> Result<Moment, String> {
    let span = Span::new().years(years);
    let over = |_| "leaves the years that there are".to_owned();
    Ok(match moment {
        Moment::Day(day) => Moment::Day(day.checked_add(span).map_err(over)?),
        Moment::Local(at) => Moment::Local(at.checked_add(span).map_err(over)?),
    })
}

fn close(
    spec: &mut CalendarSpec,
    (from, to): (Date, Date),
    reason: &str,
    source: &str,
) -> Result<(), String> {
    let days = from.until(to).map_err(|_| "has no length")?.get_days();
    if !(1..=MOST.1).contains(&days) {
        return Err(format!("lasts {days} days; 1 to {} are possible", MOST.1));
    }
    for day in from.series(Span::new().days(1)).take_while(|day| *day < to) {
        spec.closures.push(Closure { date: day, reason: reason.to_owned() });
        if !spec.coverage.iter().any(|coverage| coverage.year == day.year()) {
            spec.coverage.push(YearCoverage { year: day.year(), source: source.to_owned() });
        }
    }
    Ok(())
}

fn take_out(
    spec: &mut CalendarSpec,
    (from, to): (DateTime, DateTime),
    reason: &str,
) -> Result<(), String> {
    let midnight = |day: Date| day.to_datetime(jiff::civil::Time::midnight());
    let nanos = |at: DateTime, day: Date| -> i64 {
        let since: SignedDuration = at.duration_since(midnight(day));
        i64::try_from(since.as_nanos()).unwrap_or(DAY).clamp(0, DAY)
    };
    let days = from.date().until(to.date()).map_err(|_| "has no length")?.get_days();
    if to <= from || days > MOST.1 {
        return Err(format!("must end after it starts and last at most {} days", MOST.1));
    }
    for day in from.date().series(Span::new().days(1)).take_while(|day| *day <= to.date()) {
        let interval = LocalInterval { start: nanos(from, day), end: nanos(to, day) };
        if interval.start < interval.end {
            spec.breaks.push(CalendarBreak { date: day, interval, reason: reason.to_owned() });
        }
    }
    Ok(())
}

fn unescaped(text: &str) -> String {
    text.replace("\\n", " ").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::round_the_clock;
    use jiff::civil::date;

    fn imported(events: &str) -> (CalendarSpec, Vec<String>) {
        let mut spec = round_the_clock("Asia/Shanghai");
        let mut wrong = Violations::new();
        let text = format!("BEGIN:VCALENDAR\r\n{events}END:VCALENDAR\r\n");
        import(&mut spec, &text, "the file", &mut wrong);
        let wrong = wrong.finish().err();
        let texts = wrong.iter().flat_map(|w| w.fields().iter().map(|f| f.description.clone()));
        (spec, texts.collect())
    }

    #[test]
    fn all_day_events_close_and_others_are_taken_out() {
        let (spec, wrong) = imported(concat!(
            "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270206\r\nDTEND;VALUE=DATE:20270208\r\n",
            "SUMMARY:Spring\r\n  Festival\\, 2027\r\nBEGIN:VALARM\r\nDTSTART:1\r\nEND:VALARM\r\nEND:VEVENT\r\n",
            "BEGIN:VEVENT\r\nDTSTART:20270301T220000Z\r\nDURATION:PT20H\r\nEND:VEVENT\r\n",
            "BEGIN:VEVENT\r\nSTATUS:CANCELLED\r\nDTSTART;VALUE=DATE:20270401\r\nEND:VEVENT\r\n",
        ));
        assert_eq!(wrong, Vec::<String>::new());
        let closed: Vec<_> = spec.closures.iter().map(|c| (c.date, c.reason.as_str())).collect();
        let name = "Spring Festival, 2027";
        assert_eq!(closed, [(date(2027, 2, 6), name), (date(2027, 2, 7), name)]);
        assert_eq!(spec.coverage.len(), 1);
        // 06:00 on 2 March to 02:00 on 3 March, in Shanghai
        let hour = DAY / 24;
        let taken: Vec<_> =
            spec.breaks.iter().map(|b| (b.date.day(), b.interval.start, b.interval.end)).collect();
        assert_eq!(taken, [(2, 6 * hour, DAY), (3, 0, 2 * hour)]);
    }

    #[test]
    fn yearly_events_are_repeated_and_other_rules_refused() {
        let event = |rule: &str| {
            imported(&format!("BEGIN:VEVENT\nDTSTART:20260101\nRRULE:{rule}\nEND:VEVENT\n"))
        };
        for (rule, count) in [("FREQ=YEARLY;COUNT=3", 3), ("FREQ=YEARLY;UNTIL=20290101", 4)] {
            assert_eq!(event(rule).0.closures.len(), count, "{rule}");
        }
        for rule in [
            "FREQ=WEEKLY;COUNT=3",
            "FREQ=YEARLY",
            "FREQ=YEARLY;COUNT=9999",
            "FREQ=YEARLY;BYDAY=MO;COUNT=2",
        ] {
            assert_eq!(event(rule).1.len(), 1, "{rule}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_line() {
        let bad = [
            "BEGIN:VEVENT\nEND:VEVENT\n",
            "BEGIN:VEVENT\nDTSTART:20261301\nEND:VEVENT\n",
            "BEGIN:VEVENT\nDTSTART;TZID=Nowhere/At_All:20260101T090000\nDURATION:PT1H\nEND:VEVENT\n",
            "BEGIN:VEVENT\nDTSTART:20260101T090000\nDTEND:20260101T080000\nEND:VEVENT\n",
            "BEGIN:VEVENT\nDTSTART:20260101\nDTEND:20300101\nEND:VEVENT\n",
            "BEGIN:VEVENT\nDTSTART:20260101\nDTEND:20260102T000000\nEND:VEVENT\n",
            "BEGIN:VEVENT\nDTSTART:漢字漢字\nEND:VEVENT\n",
        ];
        for event in bad {
            let (spec, wrong) = imported(event);
            assert_eq!((wrong.len(), spec.closures.len()), (1, 0), "{event}");
            assert!(wrong[0].starts_with("event at line 2:"), "{wrong:?}");
        }
        assert_eq!(imported("BEGIN:VEVENT\n").1, ["the event at line 2 does not end"]);
        let mut wrong = Violations::new();
        import(&mut round_the_clock("Asia/Shanghai"), "hello", "", &mut wrong);
        assert!(!wrong.is_empty());
    }
}
