//! Follow-ups and their rules.

use super::value::{date, reference, wire_date, wire_instant};
use super::word::{Word, list, number, numbers, optional, required};
use crate::store::Stored;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::google::r#type as google;
use aftercare_customer_domain::contact::ContactChannel;
use aftercare_customer_domain::customer::CustomerId;
use aftercare_customer_domain::follow_up::{
    Cadence, Check, EARLIEST, FollowUp, FollowUpId, FollowUpKind, FollowUpRule, FollowUpRuleId,
    LATEST, Outcome,
};
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::name_segments;
use jiff::Timestamp;
use jiff::civil::Time;

const PATTERN: &str = "customers/{customer}/followUps/{follow_up}";

pub(crate) fn follow_up_name(
    name: &str,
    field: &str,
    wrong: &mut Violations,
) -> Option<(CustomerId, FollowUpId)> {
    if name.is_empty() {
        return wrong.required(field, None);
    }
    let [customer, id] = wrong.take(field, name_segments::<2>(PATTERN, name))?;
    let customer = wrong.take(field, CustomerId::parse(customer));
    let id = wrong.take(field, FollowUpId::parse(id));
    customer.zip(id)
}

pub(crate) fn rule_id(name: &str, field: &str, wrong: &mut Violations) -> Option<FollowUpRuleId> {
    if name.is_empty() {
        return wrong.required(field, None);
    }
    let [id] = wrong.take(field, name_segments::<1>("followUpRules/{follow_up_rule}", name))?;
    wrong.take(field, FollowUpRuleId::parse(id))
}

fn days(days: i32, usual: u16, field: &str, wrong: &mut Violations) -> u16 {
    if days == 0 {
        return usual;
    }
    let days = u16::try_from(days).map_err(|_| "must be between 0 and 65535");
    wrong.take(field, days).unwrap_or(usual)
}

fn time(wire: Option<&google::TimeOfDay>, field: &str, wrong: &mut Violations) -> Option<Time> {
    let wire = wire?;
    let part = |value: i32| i8::try_from(value).ok();
    let found = part(wire.hours).zip(part(wire.minutes)).zip(part(wire.seconds));
    let found = found.and_then(|((h, m), s)| Time::new(h, m, s, wire.nanos).ok());
    wrong.take(field, found.ok_or("must be a time from 00:00 to 23:59:59"))
}

fn wire_time(time: Time) -> google::TimeOfDay {
    google::TimeOfDay {
        hours: i32::from(time.hour()),
        minutes: i32::from(time.minute()),
        seconds: i32::from(time.second()),
        nanos: time.subsec_nanosecond(),
    }
}

pub(crate) fn rule(wire: &pb::FollowUpRule, wrong: &mut Violations) -> Option<FollowUpRule> {
    let kind: Option<FollowUpKind> = required(wire.kind, "kind", wrong);
    let trigger = required(wire.trigger, "trigger", wrong);
    let calendar = reference::<1>(&wire.calendar, "calendars/{calendar}", "calendar", wrong);
    let calendar = calendar.trim_start_matches("calendars/");
    let cadence = match wire.cadence.as_str() {
        "" => None,
        text => wrong.take("cadence", Cadence::parse(text)),
    };
    let channel = optional(wire.channel, "channel", wrong).unwrap_or(ContactChannel::Phone);
    let rule = FollowUpRule {
        display_name: wire.display_name.clone(),
        kind: kind?,
        trigger: trigger?,
        grades: list(&wire.grades, "grades", wrong),
        min_days: days(wire.min_days, 0, "min_days", wrong),
        max_days: days(wire.max_days, 0, "max_days", wrong),
        cadence,
        calendar: if calendar.is_empty() { "china".to_owned() } else { calendar.to_owned() },
        enabled: wire.enabled,
        festival: wire.festival.clone(),
        earliest: time(wire.earliest.as_ref(), "earliest", wrong).unwrap_or(EARLIEST),
        latest: time(wire.latest.as_ref(), "latest", wrong).unwrap_or(LATEST),
        cap_count: days(wire.cap_count, 2, "cap_count", wrong),
        cap_days: days(wire.cap_days, 7, "cap_days", wrong),
        channel,
    };
    rule.check(wrong);
    wrong.is_empty().then_some(rule)
}

pub(crate) fn present_rule(stored: &Stored<FollowUpRule>) -> pb::FollowUpRule {
    let rule = &stored.value;
    pb::FollowUpRule {
        name: format!("followUpRules/{}", stored.id),
        display_name: rule.display_name.clone(),
        kind: rule.kind.number(),
        trigger: rule.trigger.number(),
        grades: numbers(&rule.grades),
        min_days: i32::from(rule.min_days),
        max_days: i32::from(rule.max_days),
        cadence: rule.cadence.map(Cadence::iso).unwrap_or_default(),
        calendar: format!("calendars/{}", rule.calendar),
        enabled: rule.enabled,
        etag: stored.etag(),
        festival: rule.festival.clone(),
        earliest: Some(wire_time(rule.earliest)),
        latest: Some(wire_time(rule.latest)),
        cap_count: i32::from(rule.cap_count),
        cap_days: i32::from(rule.cap_days),
        channel: rule.channel.number(),
    }
}

pub(crate) fn outcome(
    wire: &pb::FollowUpOutcome,
    kind: FollowUpKind,
    now: Timestamp,
    wrong: &mut Violations,
) -> Option<Outcome> {
    let result = required(wire.result, "result", wrong);
    let next = date(wire.next_date.as_ref(), "next_date", wrong);
    if kind == FollowUpKind::LostDeal && wire.lost_reason.trim().is_empty() {
        wrong.add("lost_reason", "is required for a lost deal");
    }
    Some(Outcome {
        result: result?,
        note: wire.note.clone(),
        next,
        lost_reason: wire.lost_reason.clone(),
        new_argument: wire.new_argument.clone(),
        recorded: now,
    })
}

fn wire_outcome(outcome: &Outcome) -> pb::FollowUpOutcome {
    pb::FollowUpOutcome {
        result: outcome.result.number(),
        note: outcome.note.clone(),
        next_date: outcome.next.map(wire_date),
        lost_reason: outcome.lost_reason.clone(),
        new_argument: outcome.new_argument.clone(),
        record_time: Some(wire_instant(outcome.recorded)),
    }
}

pub(crate) fn present(stored: &Stored<FollowUp>, customer: &str) -> pb::FollowUp {
    let planned = &stored.value;
    let named = |collection: &str, id: &str| {
        if id.is_empty() { String::new() } else { format!("{collection}/{id}") }
    };
    pb::FollowUp {
        name: format!("customers/{customer}/followUps/{}", stored.id),
        kind: planned.kind.number(),
        rule: named("followUpRules", &planned.rule),
        contact: named(&format!("customers/{customer}/contacts"), &planned.contact),
        channel: number(planned.channel),
        owner: planned.owner.clone(),
        due_time: Some(wire_instant(planned.due)),
        subject: planned.subject.clone(),
        state: planned.state.number(),
        outcome: planned.outcome.as_ref().map(wire_outcome),
        suppression_reason: number(planned.suppressed),
        create_time: Some(wire_instant(stored.created)),
        update_time: Some(wire_instant(stored.updated)),
        etag: stored.etag(),
        begin_time: planned.begun.map(wire_instant),
        cancel_reason: planned.cancel_reason.clone(),
        provisional: planned.provisional,
        re_approach: planned.re_approach.as_ref().map(|left| pb::ReApproach {
            follow_up: format!("customers/{customer}/followUps/{}", left.follow_up),
            lost_reason: left.lost_reason.clone(),
            new_argument: left.new_argument.clone(),
            re_approach_date: Some(wire_date(left.date)),
        }),
    }
}

pub(crate) fn explained(stored: &Stored<FollowUp>, customer: &str) -> pb::FollowUpExplanation {
    let check = |check: &Check| pb::FollowUpCheck {
        check: check.check.clone(),
        passed: check.passed,
        detail: check.detail.clone(),
    };
    pb::FollowUpExplanation {
        follow_up: Some(present(stored, customer)),
        checks: stored.value.checks.iter().map(check).collect(),
    }
}
