//! Proposals and tasks.

use super::value::{instant, money, wire_instant, wire_money};
use super::word::Word;
use crate::store::Stored;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::case::{CaseId, Proposal, Remedy, Task, TaskState};
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::name_segments;
use jiff::Timestamp;

/// Case and proposal, or case and task, in a name of the pattern.
pub(crate) fn child_name(
    name: &str,
    pattern: &'static str,
    wrong: &mut Violations,
) -> Option<(CaseId, String)> {
    if name.is_empty() {
        return wrong.required("name", None);
    }
    let [case, child] = wrong.take("name", name_segments::<2>(pattern, name))?;
    wrong.take("name", CaseId::parse(case)).map(|case| (case, child.to_owned()))
}

/// The remedies of a proposal; what they cost together is the caller's to add up.
pub(crate) fn remedies(wire: &pb::Proposal, wrong: &mut Violations) -> Vec<Remedy> {
    let mut remedies = Vec::new();
    if wire.remedies.is_empty() {
        wrong.add("remedies", "needs at least one");
    }
    if wire.reason.trim().is_empty() {
        wrong.add("reason", "is required");
    }
    for (i, remedy) in wire.remedies.iter().enumerate() {
        let found = wrong.within(&format!("remedies[{i}]"), |wrong| {
            let kind = pb::RemedyKind::try_from(remedy.kind).ok();
            let kind = kind.filter(|kind| *kind != pb::RemedyKind::Unspecified);
            let kind = wrong.required("kind", kind);
            let value = money(remedy.value.as_ref(), "value", wrong);
            let value = wrong.required("value", value)?;
            if value.amount().is_sign_negative() && !value.amount().is_zero() {
                wrong.add("value", "must not be negative");
            }
            let kind = kind?.as_str_name().trim_start_matches("REMEDY_KIND_").to_owned();
            Some(Remedy { kind, value, description: remedy.description.clone() })
        });
        remedies.extend(found);
    }
    if aftercare_customer_domain::case::total(&remedies).is_err() {
        wrong.add("remedies", "must all be in one currency");
    }
    remedies
}

pub(crate) fn present(case: &str, stored: &Stored<Proposal>) -> pb::Proposal {
    let proposal = &stored.value;
    let remedy = |remedy: &Remedy| pb::Remedy {
        kind: remedy_number(&remedy.kind),
        value: Some(wire_money(&remedy.value)),
        description: remedy.description.clone(),
    };
    let state = format!("PROPOSAL_STATE_{}", proposal.state);
    pb::Proposal {
        name: format!("cases/{case}/proposals/{}", stored.id),
        remedies: proposal.remedies.iter().map(remedy).collect(),
        reason: proposal.reason.clone(),
        value: Some(wire_money(&proposal.value)),
        cumulative_case_value: Some(wire_money(&proposal.case_value)),
        cumulative_customer_value: Some(wire_money(&proposal.customer_value)),
        state: pb::ProposalState::from_str_name(&state).map_or(0, |state| state as i32),
        proposer: proposal.proposer.clone(),
        approver: proposal.approver.clone(),
        decision_reason: proposal.decision_reason.clone(),
        create_time: Some(wire_instant(stored.created)),
        update_time: Some(wire_instant(stored.updated)),
        etag: stored.etag(),
    }
}

/// The proto number of a remedy's kind.
pub(crate) fn remedy_number(kind: &str) -> i32 {
    pb::RemedyKind::from_str_name(&format!("REMEDY_KIND_{kind}")).map_or(0, |kind| kind as i32)
}

/// A task that is dispatched.
pub(crate) fn task(wire: &pb::Task, now: Timestamp, wrong: &mut Violations) -> Option<Task> {
    if wire.department.trim().is_empty() {
        wrong.add("department", "is required");
    }
    if wire.description.trim().is_empty() {
        wrong.add("description", "is required");
    }
    let due = instant(wire.due_time.as_ref(), "due_time", wrong);
    if due.is_some_and(|due| due < now) {
        wrong.add("due_time", "must not be in the past");
    }
    wrong.is_empty().then(|| Task {
        department: wire.department.clone(),
        description: wire.description.clone(),
        assignee: wire.assignee.clone(),
        due,
        state: TaskState::Open,
        bounces: 0,
        result: String::new(),
    })
}

pub(crate) fn present_task(case: &str, stored: &Stored<Task>) -> pb::Task {
    let task = &stored.value;
    pb::Task {
        name: format!("cases/{case}/tasks/{}", stored.id),
        department: task.department.clone(),
        description: task.description.clone(),
        assignee: task.assignee.clone(),
        due_time: task.due.map(wire_instant),
        state: task.state.number(),
        bounces: i32::try_from(task.bounces).unwrap_or(i32::MAX),
        result: task.result.clone(),
        create_time: Some(wire_instant(stored.created)),
        update_time: Some(wire_instant(stored.updated)),
        etag: stored.etag(),
    }
}
