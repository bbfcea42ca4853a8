//! The planner: whom to reach, by which way and when, every check with what it saw.

use super::{Check, FollowUpError, FollowUpRule, SuppressionReason};
use crate::calendar::Calendar;
use crate::contact::{Contact, ContactChannel};
use crate::service_standard::ServiceStandard;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// A contact that a rule asks for.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// The rule.
    pub rule: &'a FollowUpRule,
    /// The date of the trigger.
    pub base: Date,
    /// Only this contact, by id, as for a birthday.
    pub only: Option<&'a str>,
}

/// What the planner has to know of the customer.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// Contacts by id.
    pub contacts: &'a [(String, Contact)],
    /// When contacts count for the cap: planned and made when one is planned, made when one is sent.
    pub contacted: &'a [Timestamp],
    /// Whether a complaint is open.
    pub complaint: bool,
    /// Whose open dates are used.
    pub calendar: &'a Calendar,
    /// The present.
    pub now: Timestamp,
    /// The service standard that holds for the customer, with its id: its channels are the only ones, if it names any.
    pub standard: Option<(&'a str, &'a ServiceStandard)>,
    /// `employees/{employee}` who owns the customer; empty if nobody does.
    pub owner: &'a str,
}

impl Around<'_> {
    /// The only channels; none means any.
    fn channels(&self) -> &[ContactChannel] {
        self.standard.map_or(&[], |(_, standard)| standard.channels.as_slice())
    }

    /// Where the standard says which channels there are.
    fn by_standard(&self) -> String {
        match self.standard {
            Some((id, standard)) if !standard.channels.is_empty() => {
                let words: Vec<&str> = standard.channels.iter().map(|way| way.as_str()).collect();
                format!(" (serviceStandards/{id}: {})", words.join(", "))
            }
            Some(_) | None => String::new(),
        }
    }
}

/// Whom to reach by which way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// The contact's id.
    pub contact: String,
    /// By which way.
    pub channel: ContactChannel,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whom to reach; none if nobody can be.
    pub reach: Option<Reach>,
    /// When; for a suppressed one when it would have been at the earliest.
    pub due: Timestamp,
    /// Why not.
    pub suppressed: Option<SuppressionReason>,
    /// Whether holidays of the year are not known.
    pub provisional: bool,
    /// Every check, in order.
    pub checks: Vec<Check>,
}

pub(super) fn note(checks: &mut Vec<Check>, check: &str, passed: bool, detail: impl Into<String>) {
    checks.push(Check { check: check.to_owned(), passed, detail: detail.into() });
}

/// The zone of a contact: its own, or that of the calendar.
fn zone(contact: &Contact, calendar: &Calendar) -> TimeZone {
    TimeZone::get(&contact.time_zone).unwrap_or_else(|_| calendar.zone().clone())
}

/// Decides a contact: who, by which way, whether a complaint stands against it, then the first open date of the rule's
/// days at the earliest hour of the contact's zone that leaves the cap unbroken.
#[must_use]
pub fn decide(candidate: &Candidate<'_>, around: &Around<'_>) -> Decision {
    let mut checks = Vec::new();
    let rule = candidate.rule;
    let reached = reach(candidate, around, &mut checks);
    if let Some((id, _)) = around.standard.filter(|(_, standard)| standard.named_owner) {
        let who = if around.owner.is_empty() { "nobody yet" } else { around.owner };
        note(&mut checks, "owner", true, format!("{who}, named by serviceStandards/{id}"));
    }
    let zone = match &reached {
        Ok((contact, _)) => zone(contact, around.calendar),
        Err(_) => around.calendar.zone().clone(),
    };
    let slot = slot(candidate, around, &zone, &mut checks);
    let earliest = day(candidate.base, rule.min_days)
        .and_then(|date| date.to_datetime(rule.earliest).to_zoned(zone).ok())
        .map_or(around.now, |zoned| zoned.timestamp());
    let complaint = rule.kind.waits_for_complaints() && around.complaint;
    let seen = if around.complaint { "a complaint is open" } else { "no complaint is open" };
    note(&mut checks, "complaint", !complaint, seen);
    let suppressed = match (&reached, complaint, &slot) {
        (Err(reason), _, _) => Some(*reason),
        (Ok(_), true, _) => Some(SuppressionReason::OpenComplaint),
        (Ok(_), false, Err(reason)) => Some(*reason),
        (Ok(_), false, Ok(_)) => None,
    };
    let due = slot.unwrap_or(earliest);
    let year = due.to_zoned(around.calendar.zone().clone()).year();
    Decision {
        reach: reached.ok().map(|(_, reach)| reach),
        due,
        suppressed,
        provisional: !around.calendar.unknown_years(year, year).is_empty(),
        checks,
    }
}

fn day(base: Date, days: u16) -> Option<Date> {
    base.checked_add(Span::new().days(i32::from(days))).ok()
}

/// The first contact that may be reached, the primary one before the others.
fn reach<'a>(
    candidate: &Candidate<'_>,
    around: &Around<'a>,
    checks: &mut Vec<Check>,
) -> Result<(&'a Contact, Reach), SuppressionReason> {
    let rule = candidate.rule;
    let wanted = |id: &str| candidate.only.is_none_or(|only| only == id);
    let contacts = around.contacts.iter();
    let mut all: Vec<&(String, Contact)> = contacts.filter(|(id, _)| wanted(id)).collect();
    all.sort_by_key(|(id, contact)| (!contact.primary, id.clone()));
    note(checks, "contact", !all.is_empty(), format!("{} contacts", all.len()));
    if all.is_empty() {
        return Err(SuppressionReason::NoContact);
    }
    let willing = |contact: &Contact| rule.kind.is_asked_for() || !contact.do_not_disturb;
    let count = all.len();
    all.retain(|(_, contact)| willing(contact));
    let detail = format!("{} of {count} want no contact", count - all.len());
    note(checks, "do_not_disturb", !all.is_empty(), detail);
    if all.is_empty() {
        return Err(SuppressionReason::DoNotDisturb);
    }
    for (id, contact) in all {
        if let Some(channel) = way(contact, rule.channel, around.channels()) {
            let by = around.by_standard();
            note(checks, "channel", true, format!("{channel} to {id}{by}"));
            return Ok((contact, Reach { contact: id.clone(), channel }));
        }
    }
    let by = around.by_standard();
    note(checks, "channel", false, format!("every channel is banned, or has no address{by}"));
    Err(SuppressionReason::ChannelBanned)
}

/// The contact's own choice, else the rule's, else any by which the contact has an address; never a banned one, and only one
/// of `allowed` if that names any. A visit is never made for want of an address.
#[must_use]
pub fn way(
    contact: &Contact,
    usual: ContactChannel,
    allowed: &[ContactChannel],
) -> Option<ContactChannel> {
    use ContactChannel::{Email, Phone, Sms, Visit, Wechat};
    let others = if allowed.is_empty() { &[Phone, Wechat, Email, Sms][..] } else { allowed };
    let others = others.iter().copied().filter(|channel| *channel != Visit);
    let mut ways = contact.preferred_channel.into_iter().chain([usual]).chain(others);
    ways.find(|channel| usable(contact, *channel) && is_allowed(*channel, allowed))
}

fn is_allowed(channel: ContactChannel, allowed: &[ContactChannel]) -> bool {
    allowed.is_empty() || allowed.contains(&channel)
}

/// Whether the contact has an address there and has not banned it.
fn usable(contact: &Contact, channel: ContactChannel) -> bool {
    let there = match channel {
        ContactChannel::Phone | ContactChannel::Sms => contact.phone.is_some(),
        ContactChannel::Email => contact.email.is_some(),
        ContactChannel::Wechat => !contact.wechat.is_empty(),
        ContactChannel::Visit | ContactChannel::Letter => true,
    };
    there && !contact.banned_channels.contains(&channel)
}

/// The first moment that is open, not past, and within the cap.
fn slot(
    candidate: &Candidate<'_>,
    around: &Around<'_>,
    zone: &TimeZone,
    checks: &mut Vec<Check>,
) -> Result<Timestamp, SuppressionReason> {
    let rule = candidate.rule;
    let mut open = 0;
    for days in rule.min_days..=rule.max_days {
        let Some(date) = day(candidate.base, days) else { break };
        let at = |time| date.to_datetime(time).to_zoned(zone.clone()).map(|z| z.timestamp()).ok();
        let Some((first, last)) = at(rule.earliest).zip(at(rule.latest)) else { break };
        if !around.calendar.is_open(date) || last <= around.now {
            continue;
        }
        open += 1;
        let due = first.max(around.now);
        if capped(rule, around.contacted, due) {
            continue;
        }
        note(
            checks,
            "open_date",
            true,
            format!("{date} is open, {} there", zone.iana_name().unwrap_or("UTC")),
        );
        note(
            checks,
            "frequency_cap",
            true,
            format!("at most {} in {} days", rule.cap_count, rule.cap_days),
        );
        return Ok(due);
    }
    if open == 0
        && candidate.rule.trigger.keeps_its_day()
        && let Some(due) = moved(candidate, around, zone, checks)
    {
        return Ok(due);
    }
    note(
        checks,
        "open_date",
        open > 0,
        format!("{open} open dates from {} days on", rule.min_days),
    );
    if open == 0 {
        return Err(SuppressionReason::QuietHours);
    }
    note(
        checks,
        "frequency_cap",
        false,
        format!("{} in {} days already", rule.cap_count, rule.cap_days),
    );
    Err(SuppressionReason::FrequencyCap)
}

/// How far a greeting moves past closed days, at most: longer than any run of them in a shipped calendar.
const FURTHEST: u16 = 30;

/// The next open day after a birthday or festival whose own days are all closed, in the contact's zone, within the cap.
fn moved(
    candidate: &Candidate<'_>,
    around: &Around<'_>,
    zone: &TimeZone,
    checks: &mut Vec<Check>,
) -> Option<Timestamp> {
    let rule = candidate.rule;
    let closed = day(candidate.base, rule.min_days)?;
    for days in rule.max_days + 1..=rule.max_days.saturating_add(FURTHEST) {
        let date = day(candidate.base, days)?;
        let at = |time| date.to_datetime(time).to_zoned(zone.clone()).map(|z| z.timestamp()).ok();
        let (first, last) = at(rule.earliest).zip(at(rule.latest))?;
        let due = first.max(around.now);
        if !around.calendar.is_open(date)
            || last <= around.now
            || capped(rule, around.contacted, due)
        {
            continue;
        }
        let there = zone.iana_name().unwrap_or("UTC");
        let moved = format!("{closed} and the days after it are closed; moved to {date}, {there}");
        note(checks, "open_date", true, moved);
        let cap = format!("at most {} in {} days", rule.cap_count, rule.cap_days);
        note(checks, "frequency_cap", true, cap);
        return Some(due);
    }
    None
}

/// Whether there are as many contacts within the days up to `at` as the cap allows, or with one more would be within the
/// days up to a later one.
fn capped(rule: &FollowUpRule, contacted: &[Timestamp], at: Timestamp) -> bool {
    let span = jiff::SignedDuration::from_hours(24 * i64::from(rule.cap_days));
    let near = |end: Timestamp| {
        contacted
            .iter()
            .filter(|known| **known <= end && end.duration_since(**known) < span)
            .count()
    };
    let cap = usize::from(rule.cap_count);
    let later = contacted.iter().filter(|known| **known > at && known.duration_since(at) < span);
    near(at) >= cap || later.into_iter().any(|known| near(*known) + 1 > cap)
}

/// Checks again at the moment of sending. `Ok(Some(reason))` suppresses the contact for good.
///
/// # Errors
/// [`FollowUpError::QuietNow`] at night and on closed dates: the contact can be made later.
pub fn leave(
    (rule, reach): (&FollowUpRule, &Reach),
    around: &Around<'_>,
    checks: &mut Vec<Check>,
) -> Result<Option<SuppressionReason>, FollowUpError> {
    let known = around.contacts.iter().find(|(id, _)| *id == reach.contact);
    note(checks, "contact", known.is_some(), format!("{} at sending", reach.contact));
    let Some((_, contact)) = known else { return Ok(Some(SuppressionReason::NoContact)) };
    let disturbed = contact.do_not_disturb && !rule.kind.is_asked_for();
    note(checks, "do_not_disturb", !disturbed, format!("set: {}", contact.do_not_disturb));
    if disturbed {
        return Ok(Some(SuppressionReason::DoNotDisturb));
    }
    let usable = usable(contact, reach.channel) && is_allowed(reach.channel, around.channels());
    let by = around.by_standard();
    note(checks, "channel", usable, format!("{} at sending{by}", reach.channel));
    if !usable {
        return Ok(Some(SuppressionReason::ChannelBanned));
    }
    let complaint = rule.kind.waits_for_complaints() && around.complaint;
    note(checks, "complaint", !complaint, format!("open: {}", around.complaint));
    if complaint {
        return Ok(Some(SuppressionReason::OpenComplaint));
    }
    let capped = capped(rule, around.contacted, around.now);
    note(
        checks,
        "frequency_cap",
        !capped,
        format!("at most {} in {} days", rule.cap_count, rule.cap_days),
    );
    if capped {
        return Ok(Some(SuppressionReason::FrequencyCap));
    }
    let local = around.now.to_zoned(zone(contact, around.calendar));
    let awake = rule.earliest <= local.time() && local.time() < rule.latest;
    if !(awake && around.calendar.is_open(local.date())) {
        let local = local.strftime("%Y-%m-%d %H:%M %Q").to_string();
        let (earliest, latest) = (rule.earliest, rule.latest);
        return Err(FollowUpError::QuietNow { local, earliest, latest });
    }
    note(checks, "quiet_hours", true, local.strftime("%H:%M there").to_string());
    Ok(None)
}
