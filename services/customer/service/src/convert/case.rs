//! Cases, findings, consent and the timeline.

use super::clock::{wire_entry, wire_fired, wire_reason};
use super::value::{
    decimal, external_keys, instant, reference, wire_decimal, wire_external_keys, wire_instant,
};
use super::word::{Word, number, optional, required};
use crate::store::Stored;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::case::{
    Aftermath, AppliedStandard, CaseAction, CaseFile, CaseId, CasePriority, CaseState, Consent,
    Evidence, GuardPolicy, Investigation,
};
use aftercare_customer_domain::clock::{ClockEvent, FiredLevel};
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::name_segments;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub(crate) const PATTERN: &str = "cases/{case}";

pub(crate) fn case_id(name: &str, field: &str, wrong: &mut Violations) -> Option<CaseId> {
    if name.is_empty() {
        return wrong.required(field, None);
    }
    let [id] = wrong.take(field, name_segments::<1>(PATTERN, name))?;
    wrong.take(field, CaseId::parse(id))
}

/// A case as the caller wants it; what steps decide is kept from `kept`.
pub(crate) fn case(
    wire: &pb::Case,
    kept: Option<&CaseFile>,
    now: Timestamp,
    wrong: &mut Violations,
) -> Option<CaseFile> {
    let customer = super::customer::customer_id(&wire.customer, "customer", wrong);
    let kind = required(wire.kind, "kind", wrong);
    let mut assets = Vec::new();
    for (i, asset) in wire.assets.iter().enumerate() {
        super::asset::asset_name(asset, &format!("assets[{i}]"), wrong);
        assets.push(asset.clone());
    }
    let reported = instant(wire.report_time.as_ref(), "report_time", wrong);
    if reported.is_some_and(|reported| reported > now) {
        wrong.add("report_time", "must not be in the future");
    }
    let file = CaseFile {
        customer: customer.map(|id| id.to_string()).unwrap_or_default(),
        kind: kind.unwrap_or(aftercare_customer_domain::case::CaseKind::Request),
        category: optional(wire.category, "category", wrong),
        topic: wire.topic.clone(),
        priority: optional(wire.priority, "priority", wrong).unwrap_or(CasePriority::Normal),
        subject: wire.subject.clone(),
        description: wire.description.clone(),
        contact: reference::<2>(&wire.contact, super::contact::PATTERN, "contact", wrong),
        channel: wire.channel.clone(),
        assets,
        contract: reference::<1>(&wire.contract, "contracts/{contract}", "contract", wrong),
        conflict: reference::<1>(&wire.conflict, "conflicts/{conflict}", "conflict", wrong),
        accused: reference::<1>(
            &wire.accused_employee,
            "employees/{employee}",
            "accused_employee",
            wrong,
        ),
        owner: wire.owner.clone(),
        reported: kept.map(|kept| kept.reported).or(reported).unwrap_or(now),
        state: kept.map_or(CaseState::Registered, |kept| kept.state),
        investigation: kept.and_then(|kept| kept.investigation.clone()),
        accepted_proposal: kept.map(|kept| kept.accepted_proposal.clone()).unwrap_or_default(),
        consent: kept.and_then(|kept| kept.consent.clone()),
        aftermath: kept.and_then(|kept| kept.aftermath.clone()),
        duplicate_of: kept.map(|kept| kept.duplicate_of.clone()).unwrap_or_default(),
        previous_case: reference::<1>(&wire.previous_case, PATTERN, "previous_case", wrong),
        closed: kept.and_then(|kept| kept.closed),
        external_keys: external_keys(&wire.external_keys),
        standard: kept.and_then(|kept| kept.standard.clone()),
    };
    file.check(wrong);
    wrong.is_empty().then_some(file)
}

/// A case as callers see it, with the clocks as they were read.
pub(crate) fn present(stored: &Stored<CaseFile>, clocks: Vec<pb::Clock>) -> pb::Case {
    let file = &stored.value;
    let window =
        SignedDuration::from_hours(24 * i64::from(GuardPolicy::default().reopen_window_days));
    let actions = file.state.moves(file.kind);
    pb::Case {
        name: format!("cases/{}", stored.id),
        customer: format!("customers/{}", file.customer),
        kind: file.kind.number(),
        category: number(file.category),
        topic: file.topic.clone(),
        priority: file.priority.number(),
        subject: file.subject.clone(),
        description: file.description.clone(),
        contact: file.contact.clone(),
        channel: file.channel.clone(),
        assets: file.assets.clone(),
        contract: file.contract.clone(),
        conflict: file.conflict.clone(),
        accused_employee: file.accused.clone(),
        owner: file.owner.clone(),
        report_time: Some(wire_instant(file.reported)),
        state: file.state.number(),
        allowed_actions: actions.iter().map(|(action, _)| action.number()).collect(),
        investigation: file.investigation.as_ref().map(wire_investigation),
        accepted_proposal: if file.accepted_proposal.is_empty() {
            String::new()
        } else {
            format!("cases/{}/proposals/{}", stored.id, file.accepted_proposal)
        },
        confirmation: file.consent.as_ref().map(wire_consent),
        follow_up_score: file.aftermath.as_ref().map(|aftermath| pb::FollowUpScore {
            score: aftermath.score.map(i32::from),
            waiver_reason: aftermath.waiver_reason.clone(),
            waived_by: aftermath.waived_by.clone(),
        }),
        duplicate_of: file.duplicate_of.clone(),
        previous_case: file.previous_case.clone(),
        close_time: file.closed.map(wire_instant),
        reopen_until_time: file.closed.map(|closed| wire_instant(closed + window)),
        clocks,
        external_keys: wire_external_keys(&file.external_keys),
        create_time: Some(wire_instant(stored.created)),
        update_time: Some(wire_instant(stored.updated)),
        etag: stored.etag(),
        applied_standard: file.standard.as_ref().map(wire_standard),
    }
}

fn wire_standard(applied: &AppliedStandard) -> pb::AppliedStandard {
    pb::AppliedStandard {
        service_standard: format!("serviceStandards/{}", applied.standard),
        grade: number(applied.grade),
        fit: applied.fit.number(),
        reason: applied.reason.clone(),
    }
}

pub(crate) fn evidence(wire: &pb::Evidence) -> Evidence {
    Evidence {
        title: wire.title.clone(),
        uri: wire.uri.clone(),
        sha256: wire.sha256.clone(),
        note: wire.note.clone(),
    }
}

pub(crate) fn wire_evidence(evidence: &Evidence) -> pb::Evidence {
    pb::Evidence {
        title: evidence.title.clone(),
        uri: evidence.uri.clone(),
        sha256: evidence.sha256.clone(),
        note: evidence.note.clone(),
    }
}

pub(crate) fn investigation(
    wire: Option<&pb::Investigation>,
    (at, principal): (Timestamp, &str),
    wrong: &mut Violations,
) -> Option<Investigation> {
    let wire = wrong.required("investigation", wire)?;
    wrong.within("investigation", |wrong| {
        let work_order = |(i, order): (usize, &pb::WorkOrderRef)| {
            let field = format!("work_orders[{i}].work_order");
            reference::<1>(&order.work_order, super::work_order::PATTERN, &field, wrong)
        };
        let work_orders = wire.work_orders.iter().enumerate().map(work_order).collect();
        let investigation = Investigation {
            cause: wire.cause.clone(),
            evidence: wire.evidence.iter().map(evidence).collect(),
            work_orders,
            our_fault_share: decimal(wire.our_fault_share.as_ref(), "our_fault_share", wrong),
            recorded: at,
            principal: principal.to_owned(),
        };
        investigation.check(wrong);
        wrong.is_empty().then_some(investigation)
    })
}

fn wire_investigation(investigation: &Investigation) -> pb::Investigation {
    let order = |order: &String| pb::WorkOrderRef { work_order: order.clone() };
    pb::Investigation {
        cause: investigation.cause.clone(),
        evidence: investigation.evidence.iter().map(wire_evidence).collect(),
        work_orders: investigation.work_orders.iter().map(order).collect(),
        our_fault_share: investigation.our_fault_share.map(wire_decimal),
        record_time: Some(wire_instant(investigation.recorded)),
        principal: investigation.principal.clone(),
    }
}

/// The customer's consent: a piece of evidence, or attempts that went unanswered.
pub(crate) fn consent(
    wire: Option<&pb::Confirmation>,
    at: Timestamp,
    wrong: &mut Violations,
) -> Option<Consent> {
    use pb::confirmation::Basis;
    let wire = wrong.required("confirmation", wire)?;
    wrong.within("confirmation", |wrong| match &wire.basis {
        None => wrong.required("basis", None),
        Some(Basis::Evidence(piece)) if piece.title.trim().is_empty() => {
            wrong.add("evidence.title", "is required");
            None
        }
        Some(Basis::Evidence(piece)) => {
            Some(Consent { evidence: Some(evidence(piece)), attempts: Vec::new(), recorded: at })
        }
        Some(Basis::Deemed(deemed)) => {
            let attempt =
                |(i, attempt)| instant(Some(attempt), &format!("deemed.attempts[{i}]"), wrong);
            let attempts = deemed.attempts.iter().enumerate().filter_map(attempt).collect();
            Some(Consent { evidence: None, attempts, recorded: at })
        }
    })
}

fn wire_consent(consent: &Consent) -> pb::Confirmation {
    use pb::confirmation::Basis;
    let basis = match &consent.evidence {
        Some(piece) => Basis::Evidence(wire_evidence(piece)),
        None => Basis::Deemed(pb::DeemedConsent {
            attempts: consent.attempts.iter().map(|at| wire_instant(*at)).collect(),
        }),
    };
    pb::Confirmation { basis: Some(basis), confirm_time: Some(wire_instant(consent.recorded)) }
}

pub(crate) fn aftermath(
    wire: Option<&pb::FollowUpScore>,
    principal: &str,
    wrong: &mut Violations,
) -> Option<Aftermath> {
    let wire = wrong.required("follow_up_score", wire)?;
    wrong.within("follow_up_score", |wrong| {
        let score = wire.score.map(|score| {
            let sound = u8::try_from(score).ok().filter(|score| (1..=5).contains(score));
            wrong.take("score", sound.ok_or("must be between 1 and 5"))
        });
        let waived = !wire.waiver_reason.trim().is_empty();
        if score.is_none() && !waived {
            wrong.add("score", "is required unless waiver_reason says why not");
        }
        let by = if waived { principal.to_owned() } else { String::new() };
        let waiver_reason = wire.waiver_reason.clone();
        wrong.is_empty().then_some(Aftermath {
            score: score.flatten(),
            waiver_reason,
            waived_by: by,
        })
    })
}

/// An entry of the timeline, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub action: Option<CaseAction>,
    pub from: Option<CaseState>,
    pub to: Option<CaseState>,
    /// What it means for the clocks, and for which one; for all if that is empty.
    pub clock_event: Option<ClockEvent>,
    pub clock: String,
    pub note: String,
    pub principal: String,
    pub at: Timestamp,
    pub recorded: Timestamp,
    /// The warning or escalation of `clock` that fired.
    #[serde(default)]
    pub fired: Option<FiredLevel>,
    /// Who is to be told of it.
    #[serde(default)]
    pub notify: Vec<String>,
}

pub(crate) fn present_entry(case: &str, sequence: i64, entry: &Entry) -> pb::CaseEntry {
    pb::CaseEntry {
        sequence,
        action: number(entry.action),
        from_state: number(entry.from),
        to_state: number(entry.to),
        clock_event: entry
            .clock_event
            .as_ref()
            .map(|event| pb::ClockEvent { reason: wire_reason(&event.entry), ..wire_entry(event) }),
        note: entry.note.clone(),
        principal: entry.principal.clone(),
        event_time: Some(wire_instant(entry.at)),
        record_time: Some(wire_instant(entry.recorded)),
        clock: match entry.clock.as_str() {
            "" => String::new(),
            clock => format!("cases/{case}/clocks/{clock}"),
        },
        fired_level: entry.fired.as_ref().map(wire_fired),
        notify: entry.notify.clone(),
    }
}
