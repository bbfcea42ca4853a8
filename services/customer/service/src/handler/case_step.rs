//! The steps of a case that are taken on the case itself: acknowledged, investigated, dispatched, verified, closed.

use super::{Actor, Outcome, Raised, check_etag, parsed};
use crate::convert::case::{Entry, aftermath, case_id, investigation};
use crate::convert::proposal::task;
use crate::convert::value::{instant, wire_external_keys, wire_instant, wire_money};
use crate::convert::word::{Word, number};
use crate::store::case_part::proposal;
use crate::store::{self, Stored};
use crate::timelines::Timelines;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::case::{
    CaseAction, CaseError, CaseFile, CaseKind, CaseState, FollowUp, GuardPolicy, Step, advance,
};
use aftercare_customer_domain::clock::{ClockEntry, ClockEvent};
use aftercare_customer_domain::milestone::Occurrence;
use aftercare_kernel::fault::{Class, Fault, Invalid};
use aftercare_platform::status::Error;
use jiff::Timestamp;
use sea_orm::ConnectionTrait;

/// A step that a case does not allow, with the case's name.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub(crate) struct AtCase {
    pub name: String,
    #[source]
    pub error: CaseError,
}

impl Fault for AtCase {
    fn class(&self) -> Class {
        self.error.class()
    }
    fn reason(&self) -> &'static str {
        self.error.reason()
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        self.error.metadata()
    }
    fn subject(&self) -> String {
        self.name.clone()
    }
}

/// What is said with a step.
#[derive(Debug, Clone, Default)]
pub(crate) struct Said {
    pub note: String,
    /// When it happened; the present if not said.
    pub at: Option<Timestamp>,
}

/// The case that a step is about, if its version is the one that the caller saw.
pub(crate) async fn load(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (name, etag): (&str, &str),
) -> Result<Stored<CaseFile>, Error> {
    let id = parsed(|wrong| case_id(name, "name", wrong))?;
    let stored = store::case::get(db, &actor.tenant, &actor.principal, id.as_str()).await?;
    check_etag(etag, &stored.etag(), name)?;
    Ok(stored)
}

/// Takes a step: state, timeline, clocks, and the event if the case is over.
pub(crate) async fn take(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    (stored, step, said): (&Stored<CaseFile>, &Step<'_>, Said),
    edit: impl FnOnce(&mut CaseFile),
) -> Result<Outcome<pb::Case>, Error> {
    let at = said.at.unwrap_or(actor.now);
    if at > actor.now || at < stored.value.reported {
        return Err(
            Invalid::field("event_time", "must be between the report and the present").into()
        );
    }
    let from = stored.value.state;
    let policy = GuardPolicy::default();
    let to = advance(stored.value.kind, from, step, policy, actor.now)
        .map_err(|error| AtCase { name: format!("cases/{}", stored.id), error })?;
    let mut file = stored.value.clone();
    file.state = to;
    edit(&mut file);
    file.closed = match to {
        CaseState::Closed => Some(at),
        CaseState::Reopened => None,
        _ => file.closed,
    };
    let happened = occurrences(step.action());
    let mut entries: Vec<Entry> = happened
        .into_iter()
        .map(|entry| Entry {
            action: None,
            from: None,
            to: None,
            clock_event: Some(ClockEvent { sequence: 0, at, recorded: actor.now, entry }),
            clock: String::new(),
            note: String::new(),
            principal: actor.principal.clone(),
            at,
            recorded: actor.now,
            fired: None,
            notify: Vec::new(),
        })
        .collect();
    if entries.is_empty() {
        entries.push(super::clock::entry_of(actor, at, None, String::new()));
    }
    if let Some(first) = entries.first_mut() {
        (first.action, first.from, first.to) = (Some(step.action()), Some(from), Some(to));
        first.note = said.note;
    }
    let revised = stored.revised(file, actor.now);
    let Outcome { response, mut events } =
        super::case::save(db, timelines, actor, (revised.clone(), entries)).await?;
    if to.is_over() {
        events.push(closed_event(db, actor, &revised, at).await?);
        if revised.value.kind == CaseKind::Complaint {
            super::follow_up_daily::complaint_over(db, actor, &revised.value.customer).await?;
        }
    }
    Ok(Outcome { response, events })
}

/// What a step means for the clocks.
fn occurrences(action: CaseAction) -> Vec<ClockEntry> {
    use Occurrence as O;
    let happened: &[Occurrence] = match action {
        CaseAction::Acknowledge => &[O::Acknowledged],
        CaseAction::RecordFinding => &[O::Investigated],
        // An offer is an answer to the customer as well.
        CaseAction::Offer => &[O::Proposed, O::Replied],
        CaseAction::Confirm => &[O::CustomerConfirmed],
        CaseAction::Verify => &[O::Resolved],
        CaseAction::Close => &[O::Closed],
        CaseAction::Reopen => &[O::Reopened],
        CaseAction::MarkDuplicate | CaseAction::Withdraw => {
            return vec![ClockEntry::Cancel(action.as_str().to_ascii_lowercase())];
        }
        CaseAction::Investigate
        | CaseAction::Propose
        | CaseAction::Submit
        | CaseAction::Approve
        | CaseAction::ReturnProposal
        | CaseAction::Reject
        | CaseAction::Dispatch
        | CaseAction::Execute
        | CaseAction::Satisfy => &[],
    };
    happened.iter().map(|what| ClockEntry::Happened(*what)).collect()
}

async fn closed_event(
    db: &impl ConnectionTrait,
    actor: &Actor,
    stored: &Stored<CaseFile>,
    at: Timestamp,
) -> Result<Raised, Error> {
    let file = &stored.value;
    let proposals = proposal::of_case(db, &actor.tenant, &stored.id).await?;
    let accepted = proposals.iter().find(|known| known.id == file.accepted_proposal);
    let event = pb::CaseClosed {
        case: format!("cases/{}", stored.id),
        customer: format!("customers/{}", file.customer),
        kind: file.kind.number(),
        category: number(file.category),
        state: file.state.number(),
        granted_value: accepted.map(|proposal| wire_money(&proposal.value.value)),
        external_keys: wire_external_keys(&file.external_keys),
        close_time: Some(wire_instant(at)),
    };
    Ok(Raised::new(event.case.clone(), &event))
}

fn said(note: &str, at: Option<&prost_types::Timestamp>) -> Result<Said, Error> {
    let note = note.to_owned();
    parsed(|wrong| {
        let at = instant(at, "event_time", wrong);
        Some(Said { note, at })
    })
}

fn reason(text: &str) -> Result<Said, Invalid> {
    if text.trim().is_empty() {
        return Err(Invalid::field("reason", "is required"));
    }
    Ok(Said { note: text.to_owned(), at: None })
}

macro_rules! plain {
    ($name:ident, $request:ty, $action:expr, $said:expr) => {
        pub(crate) async fn $name(
            db: &impl ConnectionTrait,
            timelines: &Timelines,
            actor: &Actor,
            request: &$request,
        ) -> Result<Outcome<pb::Case>, Error> {
            let describe: fn(&$request) -> Result<Said, Error> = $said;
            let said = describe(request)?;
            let stored = load(db, actor, (&request.name, &request.etag)).await?;
            take(db, timelines, actor, (&stored, &Step::Plain($action), said), |_| {}).await
        }
    };
}

plain!(acknowledge, pb::AcknowledgeCaseRequest, CaseAction::Acknowledge, |r| {
    said(&r.note, r.event_time.as_ref())
});
plain!(investigate, pb::InvestigateCaseRequest, CaseAction::Investigate, |r| {
    said(&r.note, r.event_time.as_ref())
});
plain!(execute, pb::ExecuteCaseRequest, CaseAction::Execute, |r| said(&r.note, None));
plain!(close, pb::CloseCaseRequest, CaseAction::Close, |r| said(&r.note, r.event_time.as_ref()));
plain!(withdraw, pb::WithdrawCaseRequest, CaseAction::Withdraw, |r| Ok(reason(&r.reason)?));

pub(crate) async fn record_finding(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    request: &pb::RecordFindingRequest,
) -> Result<Outcome<pb::Case>, Error> {
    let said = said("", request.event_time.as_ref())?;
    let about = (said.at.unwrap_or(actor.now), actor.principal.as_str());
    let found = parsed(|wrong| investigation(request.investigation.as_ref(), about, wrong))?;
    let stored = load(db, actor, (&request.name, &request.etag)).await?;
    let step = Step::Plain(CaseAction::RecordFinding);
    take(db, timelines, actor, (&stored, &step, said), |file| file.investigation = Some(found))
        .await
}

pub(crate) async fn dispatch(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    request: &pb::DispatchCaseRequest,
) -> Result<Outcome<pb::Case>, Error> {
    let tasks = parsed(|wrong| {
        if request.tasks.is_empty() {
            wrong.add("tasks", "needs at least one");
        }
        let mut tasks = Vec::new();
        for (i, wire) in request.tasks.iter().enumerate() {
            let path = format!("tasks[{i}]");
            tasks.extend(super::isolated(wrong, &path, |wrong| task(wire, actor.now, wrong)));
        }
        Some(tasks)
    })?;
    let stored = load(db, actor, (&request.name, &request.etag)).await?;
    let departments: Vec<&str> = tasks.iter().map(|task| task.department.as_str()).collect();
    let said = Said { note: departments.join(", "), at: None };
    let rows: Result<Vec<_>, _> = tasks
        .iter()
        .map(|task| {
            let id = uuid::Uuid::now_v7().to_string();
            let task = Stored::new(id, task.clone(), actor.now);
            store::case_part::task::row(&actor.tenant, &stored.id, &task)
        })
        .collect();
    let step = Step::Plain(CaseAction::Dispatch);
    let outcome = take(db, timelines, actor, (&stored, &step, said), |_| {}).await?;
    store::case_part::task::save(db, rows?).await?;
    Ok(outcome)
}

pub(crate) async fn verify(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    request: &pb::VerifyCaseRequest,
) -> Result<Outcome<pb::Case>, Error> {
    let said = said(&request.note, request.event_time.as_ref())?;
    let stored = load(db, actor, (&request.name, &request.etag)).await?;
    let tasks = store::case_part::task::of_case(db, &actor.tenant, &stored.id).await?;
    let open_tasks = tasks.iter().filter(|task| !task.value.state.is_closed()).count();
    let step = Step::Verify { open_tasks };
    take(db, timelines, actor, (&stored, &step, said), |_| {}).await
}

pub(crate) async fn satisfy(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    request: &pb::SatisfyCaseRequest,
) -> Result<Outcome<pb::Case>, Error> {
    let said = said("", request.event_time.as_ref())?;
    let after =
        parsed(|wrong| aftermath(request.follow_up_score.as_ref(), &actor.principal, wrong))?;
    let stored = load(db, actor, (&request.name, &request.etag)).await?;
    // A waiver stands in for a score that is too low as well as for one that is missing.
    let follow_up = match after.score {
        Some(score) if after.waiver_reason.trim().is_empty() => FollowUp::Score(score),
        _ => FollowUp::Waived,
    };
    let step = Step::Satisfy(follow_up);
    take(db, timelines, actor, (&stored, &step, said), |file| file.aftermath = Some(after)).await
}

pub(crate) async fn mark_duplicate(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    request: &pb::MarkDuplicateRequest,
) -> Result<Outcome<pb::Case>, Error> {
    let other = parsed(|wrong| case_id(&request.duplicate_of, "duplicate_of", wrong))?;
    if request.duplicate_of == request.name {
        return Err(Invalid::field("duplicate_of", "must be another case").into());
    }
    let stored = load(db, actor, (&request.name, &request.etag)).await?;
    store::case::get(db, &actor.tenant, &actor.principal, other.as_str()).await?;
    let said = Said { note: request.duplicate_of.clone(), at: None };
    let step = Step::Plain(CaseAction::MarkDuplicate);
    let of = request.duplicate_of.clone();
    take(db, timelines, actor, (&stored, &step, said), |file| file.duplicate_of = of).await
}

/// Opens a closed case again; after the window a new case continues it.
pub(crate) async fn reopen(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    request: &pb::ReopenCaseRequest,
) -> Result<Outcome<pb::Case>, Error> {
    let said = reason(&request.reason)?;
    let stored = load(db, actor, (&request.name, &request.etag)).await?;
    let closed = stored.value.closed.unwrap_or(stored.updated);
    let step = Step::Reopen { closed };
    let policy = GuardPolicy::default();
    let decided = advance(stored.value.kind, stored.value.state, &step, policy, actor.now);
    if !matches!(decided, Err(CaseError::WindowPassed { .. })) {
        return take(db, timelines, actor, (&stored, &step, said), |_| {}).await;
    }
    let file = CaseFile {
        state: CaseState::Registered,
        reported: actor.now,
        description: request.reason.clone(),
        previous_case: format!("cases/{}", stored.id),
        investigation: None,
        accepted_proposal: String::new(),
        consent: None,
        aftermath: None,
        closed: None,
        // A key belongs to one case.
        external_keys: Vec::new(),
        ..stored.value
    };
    let customer = store::customer::get(db, &actor.tenant, &file.customer).await?.value;
    let id = uuid::Uuid::now_v7().to_string();
    super::case::open(db, timelines, actor, (id, file, &customer)).await
}
