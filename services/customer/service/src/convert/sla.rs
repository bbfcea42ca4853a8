//! SLA policies: conditions, promises, escalation levels.

use super::value::{elapsed, wire_span};
use super::word::{Word, list, numbers, required};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::milestone::{
    EscalationLevel, MilestoneTerms, Target, TimeUnit, Trigger,
};
use aftercare_customer_domain::sla_policy::{SlaCondition, SlaPolicy};
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::name_segments;
use aftercare_kernel::region::RegionCode;

pub(crate) fn policy(wire: &pb::SlaPolicy, wrong: &mut Violations) -> Option<SlaPolicy> {
    let condition = |(i, wire): (usize, &pb::SlaCondition)| {
        wrong.within(&format!("conditions[{i}]"), |wrong| self::condition(wire, wrong))
    };
    let conditions = wire.conditions.iter().enumerate().map(condition).collect();
    let mut milestones = Vec::new();
    for (i, wire) in wire.milestones.iter().enumerate() {
        milestones.extend(wrong.within(&format!("milestones[{i}]"), |wrong| terms(wire, wrong)));
    }
    let policy = SlaPolicy {
        display_name: wire.display_name.clone(),
        position: wire.position,
        conditions,
        milestones,
    };
    if wrong.is_empty() {
        policy.check(wrong);
    }
    wrong.is_empty().then_some(policy)
}

fn condition(wire: &pb::SlaCondition, wrong: &mut Violations) -> SlaCondition {
    let mut regions = Vec::new();
    for (i, code) in wire.region_codes.iter().enumerate() {
        regions.extend(wrong.take(&format!("region_codes[{i}]"), RegionCode::parse(code)));
    }
    SlaCondition {
        kinds: list(&wire.kinds, "kinds", wrong),
        categories: list(&wire.categories, "categories", wrong),
        grades: list(&wire.grades, "grades", wrong),
        priorities: list(&wire.priorities, "priorities", wrong),
        products: wire.products.clone(),
        regions,
        channels: wire.channels.clone(),
        topics: wire.topics.clone(),
        fits: list(&wire.fits, "fits", wrong),
    }
}

fn terms(wire: &pb::MilestoneTarget, wrong: &mut Violations) -> Option<MilestoneTerms> {
    let unit = required(wire.unit, "unit", wrong);
    let span = elapsed(wire.target.as_ref(), "target", wrong);
    let target = unit.and_then(|unit| target(unit, span, wire.target_days, wrong));
    let internal = elapsed(wire.internal_target.as_ref(), "internal_target", wrong);
    let internal = match (internal, unit) {
        (Some(span), Some(unit)) => self::target(unit, Some(span), 0, wrong),
        _ => None,
    };
    let milestone = required(wire.milestone, "milestone", wrong);
    let start = required(wire.start_event, "start_event", wrong);
    let stops = list(&wire.stop_events, "stop_events", wrong);
    let calendar = name_segments::<1>("calendars/{calendar}", &wire.calendar);
    let calendar = wrong.take("calendar", calendar.map(|[id]| id.to_owned()));
    let mut levels = Vec::new();
    for (i, wire) in wire.levels.iter().enumerate() {
        levels.extend(wrong.within(&format!("levels[{i}]"), |wrong| level(wire, wrong)));
    }
    Some(MilestoneTerms {
        milestone: milestone?,
        start: start?,
        stops,
        pause_reasons: wire.pause_reasons.clone(),
        calendar: calendar?,
        target: target?,
        internal,
        levels,
    })
}

/// A target of a unit: a span for time, a number for days, and never both.
pub(crate) fn target(
    unit: TimeUnit,
    span: Option<aftercare_customer_domain::instant::Elapsed>,
    days: i32,
    wrong: &mut Violations,
) -> Option<Target> {
    let days = u32::try_from(days).ok().filter(|days| *days <= Target::MAX_DAYS);
    let timed = matches!(unit, TimeUnit::ClockTime | TimeUnit::BusinessTime);
    if timed && days != Some(0) {
        wrong.add("target_days", "must be 0 for clock time and business time");
    }
    if !timed && span.is_some() {
        wrong.add("target", "must be absent for business and calendar days");
    }
    match unit {
        TimeUnit::ClockTime => wrong.required("target", span).map(Target::ClockTime),
        TimeUnit::BusinessTime => wrong.required("target", span).map(Target::BusinessTime),
        TimeUnit::BusinessDays | TimeUnit::CalendarDays => {
            let days = wrong.take("target_days", days.ok_or("must be between 0 and 36500"))?;
            Some(if unit == TimeUnit::BusinessDays {
                Target::BusinessDays(days)
            } else {
                Target::CalendarDays(days)
            })
        }
    }
}

fn level(wire: &pb::EscalationLevel, wrong: &mut Violations) -> Option<EscalationLevel> {
    use pb::escalation_level::Trigger as Wire;
    let trigger = match &wire.trigger {
        Some(Wire::PercentElapsed(percent)) => {
            Some(Trigger::PercentElapsed(u16::try_from(*percent).unwrap_or(0)))
        }
        Some(Wire::TimeLeft(left)) => {
            elapsed(Some(left), "time_left", wrong).map(Trigger::TimeLeft)
        }
        Some(Wire::TimeOver(over)) => {
            elapsed(Some(over), "time_over", wrong).map(Trigger::TimeOver)
        }
        None => wrong.required("trigger", None),
    };
    Some(EscalationLevel {
        level: wire.level.clone(),
        trigger: trigger?,
        notify: wire.notify.clone(),
    })
}

pub(crate) fn present(id: &str, version: i64, system: bool, policy: &SlaPolicy) -> pb::SlaPolicy {
    pb::SlaPolicy {
        name: format!("slaPolicies/{id}"),
        display_name: policy.display_name.clone(),
        position: policy.position,
        conditions: policy.conditions.iter().map(wire_condition).collect(),
        milestones: policy.milestones.iter().map(wire_terms).collect(),
        system,
        version,
        etag: crate::store::etag(version),
        ..Default::default()
    }
}

fn wire_condition(condition: &SlaCondition) -> pb::SlaCondition {
    pb::SlaCondition {
        kinds: numbers(&condition.kinds),
        categories: numbers(&condition.categories),
        grades: numbers(&condition.grades),
        priorities: numbers(&condition.priorities),
        products: condition.products.clone(),
        region_codes: condition.regions.iter().map(ToString::to_string).collect(),
        channels: condition.channels.clone(),
        topics: condition.topics.clone(),
        fits: numbers(&condition.fits),
    }
}

fn wire_terms(terms: &MilestoneTerms) -> pb::MilestoneTarget {
    use pb::escalation_level::Trigger as Wire;
    let (target, target_days) = wire_target(terms.target);
    let level = |level: &EscalationLevel| pb::EscalationLevel {
        level: level.level.clone(),
        trigger: Some(match level.trigger {
            Trigger::PercentElapsed(percent) => Wire::PercentElapsed(i32::from(percent)),
            Trigger::TimeLeft(left) => Wire::TimeLeft(wire_span(left.get())),
            Trigger::TimeOver(over) => Wire::TimeOver(wire_span(over.get())),
        }),
        notify: level.notify.clone(),
    };
    pb::MilestoneTarget {
        milestone: terms.milestone.number(),
        start_event: terms.start.number(),
        stop_events: numbers(&terms.stops),
        pause_reasons: terms.pause_reasons.clone(),
        calendar: format!("calendars/{}", terms.calendar),
        unit: terms.target.unit().number(),
        target,
        target_days,
        internal_target: terms.internal.and_then(|internal| wire_target(internal).0),
        levels: terms.levels.iter().map(level).collect(),
    }
}

/// A target's span and days: one of them is empty.
pub(crate) fn wire_target(target: Target) -> (Option<prost_types::Duration>, i32) {
    match target {
        Target::ClockTime(span) | Target::BusinessTime(span) => (Some(wire_span(span.get())), 0),
        Target::BusinessDays(days) | Target::CalendarDays(days) => {
            (None, i32::try_from(days).unwrap_or(i32::MAX))
        }
    }
}
