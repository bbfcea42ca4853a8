//! Clocks: readings, explanations and the entries of their log.

use super::calendar::segment;
use super::sla::wire_target;
use super::value::{instant, wire_instant, wire_span};
use super::word::{Word, number, optional};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::clock::{
    ClockEntry, ClockEvent, ClockRecord, ClockState, Explanation, FiredLevel, Period, PolicyChoice,
    Reading,
};
use aftercare_customer_domain::milestone::Target;
use aftercare_kernel::fault::Violations;
use jiff::Timestamp;

/// A clock as it stands.
pub(crate) fn present(
    name: String,
    record: &ClockRecord,
    calendar_version: i64,
    reading: &Reading,
) -> pb::Clock {
    let Some(period) = record.periods.last() else { return pb::Clock::default() };
    let (target, target_days) = wire_target(period.terms.target);
    let run = reading.run.as_ref();
    pb::Clock {
        name,
        milestone: period.terms.milestone.number(),
        state: reading.state.number(),
        sla_policy: format!("slaPolicies/{}", period.policy),
        sla_policy_version: period.policy_version,
        calendar: format!("calendars/{}", period.terms.calendar),
        calendar_version,
        unit: period.terms.target.unit().number(),
        target,
        target_days,
        start_time: run.map(|run| wire_instant(run.started)),
        deadline: run.and_then(|run| run.deadline).map(wire_instant),
        stop_time: run.and_then(|run| run.stopped).map(wire_instant),
        counted: reading.counted.map(|counted| wire_span(counted.get())),
        remaining: reading
            .remaining
            .filter(|_| reading.state != ClockState::Cancelled)
            .map(wire_span),
        provisional: !reading.unknown_years.is_empty(),
        fired_levels: record.fired.iter().map(wire_fired).collect(),
        read_time: Some(wire_instant(reading.at)),
        entitlement: match (&period.contracted, &period.choice) {
            (Some(own), _) => entitlement_name(&own.entitlement),
            (None, PolicyChoice::Entitlement(id)) => entitlement_name(id),
            (None, PolicyChoice::Standard(_) | PolicyChoice::Matches) => String::new(),
        },
    }
}

fn entitlement_name(id: &str) -> String {
    format!("customers/-/entitlements/{id}")
}

/// Why the clock runs by its policy, and in that version.
fn policy_reason(period: &Period) -> String {
    let policy = format!("slaPolicies/{} version {}", period.policy, period.policy_version);
    match &period.choice {
        PolicyChoice::Entitlement(id) => {
            format!("{policy}, under which {} is owed", entitlement_name(id))
        }
        PolicyChoice::Standard(id) => format!("{policy}, which serviceStandards/{id} names"),
        PolicyChoice::Matches => format!("{policy}, the first that matches the case"),
    }
}

pub(crate) fn wire_fired(fired: &FiredLevel) -> pb::FiredLevel {
    pb::FiredLevel {
        level: fired.level.clone(),
        true_time: Some(wire_instant(fired.true_time)),
        observe_time: Some(wire_instant(fired.observe_time)),
    }
}

pub(crate) fn explanation(
    (clock, period): (pb::Clock, Option<&Period>),
    explanation: &Explanation,
    events: &[ClockEvent],
    calendar: pb::Calendar,
) -> pb::ClockExplanation {
    let contracted = period.and_then(|period| period.contracted.as_ref());
    let policy = contracted.map(|own| own.policy_target);
    let (policy_target, policy_target_days) = policy.map(wire_target).unwrap_or_default();
    pb::ClockExplanation {
        policy_unit: number(policy.map(Target::unit)),
        policy_target,
        policy_target_days,
        policy_reason: period.map(policy_reason).unwrap_or_default(),
        clock: Some(clock),
        segments: explanation.segments.iter().map(segment).collect(),
        counted: Some(wire_span(explanation.counted.get())),
        not_counted: Some(wire_span(explanation.not_counted.get())),
        events: events.iter().map(wire_event).collect(),
        calendar: Some(calendar),
    }
}

fn wire_event(event: &ClockEvent) -> pb::ClockEvent {
    pb::ClockEvent { reason: wire_reason(&event.entry), ..wire_entry(event) }
}

/// Kind, control and times of an entry.
pub(crate) fn wire_entry(event: &ClockEvent) -> pb::ClockEvent {
    let (kind, control) = match &event.entry {
        ClockEntry::Happened(what) => (what.number(), 0),
        ClockEntry::Pause(_) => (0, pb::ClockControl::Pause as i32),
        ClockEntry::Resume(_) => (0, pb::ClockControl::Resume as i32),
        ClockEntry::Cancel(_) => (0, pb::ClockControl::Cancel as i32),
    };
    pb::ClockEvent {
        kind,
        control,
        reason: String::new(),
        event_time: Some(wire_instant(event.at)),
        record_time: Some(wire_instant(event.recorded)),
    }
}

/// The reason of a control.
pub(crate) fn wire_reason(entry: &ClockEntry) -> String {
    match entry {
        ClockEntry::Happened(_) => String::new(),
        ClockEntry::Pause(reason) | ClockEntry::Resume(reason) | ClockEntry::Cancel(reason) => {
            reason.clone()
        }
    }
}

/// An entry that a caller records: when it happened, and what it says.
pub(crate) fn event(
    wire: Option<&pb::ClockEvent>,
    now: Timestamp,
    wrong: &mut Violations,
) -> Option<(Timestamp, ClockEntry)> {
    let wire = wrong.required("event", wire)?;
    wrong.within("event", |wrong| {
        let at = instant(wire.event_time.as_ref(), "event_time", wrong).unwrap_or(now);
        if at > now {
            wrong.add("event_time", "must not be in the future");
        }
        let kind = optional(wire.kind, "kind", wrong);
        let control = pb::ClockControl::try_from(wire.control);
        let control = wrong.take("control", control.map_err(|_| "is not a defined value"))?;
        let reason = || wire.reason.clone();
        if control != pb::ClockControl::Unspecified && wire.reason.trim().is_empty() {
            wrong.add("reason", "is required for a control");
        }
        let entry = match (kind, control) {
            (Some(kind), pb::ClockControl::Unspecified) => ClockEntry::Happened(kind),
            (None, pb::ClockControl::Pause) => ClockEntry::Pause(reason()),
            (None, pb::ClockControl::Resume) => ClockEntry::Resume(reason()),
            (None, pb::ClockControl::Cancel) => ClockEntry::Cancel(reason()),
            (None, pb::ClockControl::Rebase) => {
                wrong.add("control", "REBASE is done by RebaseClocks");
                return None;
            }
            _ => {
                wrong.add("kind", "exactly one of kind and control is required");
                return None;
            }
        };
        Some((at, entry))
    })
}
