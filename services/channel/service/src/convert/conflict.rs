//! Conflicts on the wire.

use super::sanction;
use super::sighting::word;
use crate::store::conflict::{Decision, Evidence, Kept, Measured, Task};
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_channel_domain::conflict::{ConflictMove, ConflictState, Hearing};
use aftercare_channel_domain::scale::{RegionScale, Units};
use aftercare_kernel::fault::Violations;
use aftercare_platform::wire::{instant, money, period, timestamp};
use jiff::Timestamp;

/// A stored conflict.
pub(crate) fn present(kept: &Kept) -> pb::Conflict {
    let conflict = &kept.conflict;
    let intent =
        conflict.intent.map(|intent| word(pb::Intent::from_str_name, "INTENT", intent.as_str()));
    pb::Conflict {
        name: kept.name(),
        accused: format!("distributors/{}", conflict.accused),
        regions: conflict.regions.iter().map(ToString::to_string).collect(),
        products: conflict.products.iter().map(|id| format!("products/{id}")).collect(),
        window: Some(period(conflict.window)),
        state: state(conflict.state),
        summary: conflict.summary.clone(),
        case: conflict.case.clone(),
        evidence: conflict.evidence.iter().map(evidence).collect(),
        log_odds: kept.log_odds(),
        hearing: conflict.hearing.as_ref().map(hearing),
        tasks: conflict.tasks.iter().map(task).collect(),
        intent: intent.unwrap_or_default(),
        scale: conflict.scale.as_ref().map(scale),
        decision: conflict.decision.as_ref().map(decision),
        history: conflict.history.iter().map(step).collect(),
        etag: kept.etag(),
        create_time: Some(timestamp(kept.created)),
        update_time: Some(timestamp(kept.updated)),
    }
}

fn state(state: ConflictState) -> i32 {
    word(pb::ConflictState::from_str_name, "CONFLICT_STATE", state.as_str())
}

fn evidence(evidence: &Evidence) -> pb::Evidence {
    pb::Evidence {
        kind: word(pb::EvidenceKind::from_str_name, "EVIDENCE_KIND", &evidence.kind),
        resource: evidence.resource.clone(),
        description: evidence.description.clone(),
        sha256: evidence.sha256.clone(),
        log_odds: evidence.log_odds,
        create_time: Some(timestamp(evidence.at)),
    }
}

/// Evidence that a person adds: statistics come from runs of the detection alone.
pub(crate) fn read_evidence(
    wire: Option<&pb::Evidence>,
    now: Timestamp,
    wrong: &mut Violations,
) -> Option<Evidence> {
    let wire = wrong.required("evidence", wire)?;
    wrong.within("evidence", |wrong| {
        let kind = wire.kind().as_str_name().trim_start_matches("EVIDENCE_KIND_").to_owned();
        if matches!(kind.as_str(), "UNSPECIFIED" | "SIGNAL") {
            wrong.add("kind", "must be SIGHTING, DOCUMENT or STATEMENT");
        }
        let hex = wire.sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let digest = wire.sha256.len() == 64 && hex;
        if !digest && (kind == "DOCUMENT" || !wire.sha256.is_empty()) {
            wrong.add("sha256", "must be 64 lower-case hexadecimal digits");
        }
        Some(Evidence {
            kind,
            resource: wire.resource.clone(),
            description: wire.description.clone(),
            sha256: wire.sha256.clone(),
            log_odds: 0.0,
            at: now,
        })
    })
}

fn hearing(hearing: &Hearing) -> pb::Hearing {
    pb::Hearing {
        due_time: Some(timestamp(hearing.due)),
        statement: hearing.statement.clone().unwrap_or_default(),
        statement_time: hearing.stated_at.map(timestamp),
    }
}

fn task(task: &Task) -> pb::InvestigationTask {
    pb::InvestigationTask {
        id: task.id.clone(),
        kind: word(pb::investigation_task::Kind::from_str_name, "KIND", &task.kind),
        assignee: task.assignee.clone(),
        due_time: task.due.map(timestamp),
        outcome: task.outcome.clone(),
        done_time: task.done.map(timestamp),
    }
}

/// A new task, the `number`th of its conflict.
pub(crate) fn read_task(
    wire: Option<&pb::InvestigationTask>,
    number: usize,
    wrong: &mut Violations,
) -> Option<Task> {
    let wire = wrong.required("task", wire)?;
    wrong.within("task", |wrong| {
        let kind = wire.kind().as_str_name().trim_start_matches("KIND_").to_owned();
        if kind == "UNSPECIFIED" {
            wrong.add("kind", "is required");
        }
        let due = wire.due_time.as_ref().and_then(|due| wrong.take("due_time", instant(due)));
        let id = if wire.id.is_empty() { format!("t{number}") } else { wire.id.clone() };
        let assignee = wire.assignee.clone();
        Some(Task { id, kind, assignee, due, outcome: String::new(), done: None })
    })
}

/// A measured scale.
pub(crate) fn scale(measured: &Measured) -> pb::Scale {
    let scale = &measured.scale;
    pb::Scale {
        regions: scale.regions.iter().map(region).collect(),
        diverted: Some(units(scale.diverted)),
        diverted_share: scale.diverted_share,
        value_at_list: scale.value_at_list.map(money),
        loss: scale.loss.map(money),
        weeks: measured
            .weeks
            .iter()
            .map(|(week, units)| pb::WeekCount { week: week.clone(), units: signed(*units) })
            .collect(),
        assumptions: scale.assumptions.clone(),
        measure_time: Some(timestamp(measured.at)),
    }
}

fn region(region: &RegionScale) -> pb::scale::RegionScale {
    let injured = region.injured.as_ref().map(|id| format!("distributors/{id}"));
    pb::scale::RegionScale {
        region: region.region.to_string(),
        product: format!("products/{}", region.product),
        shipped: signed(region.shipped),
        seen: signed(region.seen),
        seen_out: signed(region.seen_out),
        diverted: Some(units(region.diverted)),
        value_at_list: region.value_at_list.map(money),
        value_at_seen_price: region.value_at_seen_price.map(money),
        injured: injured.unwrap_or_default(),
        loss: region.loss.map(money),
    }
}

fn units(units: Units) -> pb::UnitsEstimate {
    pb::UnitsEstimate { expected: units.expected, low: signed(units.low), high: signed(units.high) }
}

/// A count as the wire holds it.
pub(crate) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn decision(decision: &Decision) -> pb::ConflictDecision {
    pb::ConflictDecision {
        sanctions: decision.sanctions.iter().map(sanction::present).collect(),
        compensation: decision
            .compensation
            .as_ref()
            .map(|c| sanction::present_compensation(c, &[])),
        ladder_version: decision.ladder_version.clone(),
        decider: decision.decider.clone(),
        second_decider: decision.second_decider.clone(),
        rationale: decision.rationale.clone(),
        decide_time: Some(timestamp(decision.at)),
    }
}

fn step(step: &ConflictMove) -> pb::ConflictMove {
    pb::ConflictMove {
        from: state(step.from),
        to: state(step.to),
        actor: step.actor.clone(),
        note: step.note.clone(),
        time: Some(timestamp(step.at)),
    }
}
