//! The investigation: the accused is heard, evidence and tasks are gathered, the suspicion is proven or dropped.

use super::raise::raised;
use super::step::{Asked, change, mover};
use crate::convert::conflict::{read_evidence, read_task};
use crate::convert::sanction::read_intent;
use crate::server::Server;
use crate::store::conflict::Kept;
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_channel_domain::conflict::{ConflictError, ConflictState};
use aftercare_channel_domain::scale::losses;
use aftercare_kernel::fault::{Invalid, Violations};
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_platform::wire::instant;

pub(crate) async fn begin(
    server: &Server,
    call: Call,
    request: pb::InvestigateConflictRequest,
) -> Result<pb::Conflict, Error> {
    let mut wrong = Violations::new();
    let due = wrong.required("statement_due_time", request.statement_due_time.as_ref());
    let due = due.and_then(|due| wrong.take("statement_due_time", instant(due)));
    wrong.finish()?;
    let due = due.ok_or_else(|| Invalid::field("statement_due_time", "is required"))?;
    let asked = Asked { name: &request.name, etag: &request.etag };
    change(server, &call, &asked, (&request.request_id, &request), |kept| {
        let mut progress = kept.progress();
        progress.investigate(due, &mover(&call, &request.note))?;
        kept.moved(progress);
        Ok(Vec::new())
    })
    .await
}

pub(crate) async fn record_statement(
    server: &Server,
    call: Call,
    request: pb::RecordStatementRequest,
) -> Result<pb::Conflict, Error> {
    required(&request.statement, "statement")?;
    let asked = Asked { name: &request.name, etag: &request.etag };
    change(server, &call, &asked, (&request.request_id, &request), |kept| {
        let mut progress = kept.progress();
        progress.record_statement(request.statement.clone(), call.now)?;
        kept.moved(progress);
        Ok(Vec::new())
    })
    .await
}

pub(crate) async fn add_evidence(
    server: &Server,
    call: Call,
    request: pb::AddEvidenceRequest,
) -> Result<pb::Conflict, Error> {
    let mut wrong = Violations::new();
    let evidence = read_evidence(request.evidence.as_ref(), call.now, &mut wrong);
    wrong.finish()?;
    let asked = Asked { name: &request.name, etag: &request.etag };
    change(server, &call, &asked, (&request.request_id, &request), |kept| {
        gathering(kept, "adding evidence")?;
        kept.conflict.evidence.extend(evidence);
        Ok(Vec::new())
    })
    .await
}

pub(crate) async fn add_task(
    server: &Server,
    call: Call,
    request: pb::AddInvestigationTaskRequest,
) -> Result<pb::Conflict, Error> {
    let mut wrong = Violations::new();
    read_task(request.task.as_ref(), 1, &mut wrong);
    wrong.finish()?;
    let asked = Asked { name: &request.name, etag: &request.etag };
    change(server, &call, &asked, (&request.request_id, &request), |kept| {
        gathering(kept, "adding a task")?;
        let number = kept.conflict.tasks.len() + 1;
        let task = read_task(request.task.as_ref(), number, &mut Violations::new());
        if let Some(task) = &task
            && kept.conflict.tasks.iter().any(|known| known.id == task.id)
        {
            return Err(Invalid::field("task.id", "is taken").into());
        }
        kept.conflict.tasks.extend(task);
        Ok(Vec::new())
    })
    .await
}

pub(crate) async fn complete_task(
    server: &Server,
    call: Call,
    request: pb::CompleteInvestigationTaskRequest,
) -> Result<pb::Conflict, Error> {
    required(&request.outcome, "outcome")?;
    let asked = Asked { name: &request.name, etag: &request.etag };
    change(server, &call, &asked, (&request.request_id, &request), |kept| {
        gathering(kept, "completing a task")?;
        let name = format!("{}/tasks/{}", kept.name(), request.task_id);
        let task = kept.conflict.tasks.iter_mut().find(|task| task.id == request.task_id);
        let task = task.ok_or(StoreError::NotFound { name })?;
        task.outcome.clone_from(&request.outcome);
        task.done = Some(call.now);
        Ok(Vec::new())
    })
    .await
}

pub(crate) async fn confirm(
    server: &Server,
    call: Call,
    request: pb::ConfirmConflictRequest,
) -> Result<pb::Conflict, Error> {
    let mut wrong = Violations::new();
    let intent = wrong.required("intent", read_intent(request.intent()));
    if request.note.is_empty() {
        wrong.add("note", "is required");
    }
    wrong.finish()?;
    let asked = Asked { name: &request.name, etag: &request.etag };
    change(server, &call, &asked, (&request.request_id, &request), |kept| {
        let mut progress = kept.progress();
        progress.confirm(&mover(&call, &request.note))?;
        kept.moved(progress);
        kept.conflict.intent = intent;
        Ok(vec![raised(&kept.name(), &confirmed(kept))])
    })
    .await
}

fn confirmed(kept: &Kept) -> pb::ConflictConfirmed {
    let scale = kept.conflict.scale.as_ref();
    let injured = scale.and_then(|measured| losses(&measured.scale).ok()).unwrap_or_default();
    pb::ConflictConfirmed {
        conflict: kept.name(),
        accused: format!("distributors/{}", kept.conflict.accused),
        regions: kept.conflict.regions.iter().map(ToString::to_string).collect(),
        injured: injured.iter().map(|(id, _)| format!("distributors/{id}")).collect(),
        case: kept.conflict.case.clone(),
    }
}

pub(crate) async fn dismiss(
    server: &Server,
    call: Call,
    request: pb::DismissConflictRequest,
) -> Result<pb::Conflict, Error> {
    let asked = Asked { name: &request.name, etag: &request.etag };
    go(
        server,
        &call,
        &asked,
        (&request.request_id, &request),
        (ConflictState::Dismissed, &request.note),
    )
    .await
}

pub(crate) async fn reopen(
    server: &Server,
    call: Call,
    request: pb::ReopenConflictRequest,
) -> Result<pb::Conflict, Error> {
    let asked = Asked { name: &request.name, etag: &request.etag };
    go(
        server,
        &call,
        &asked,
        (&request.request_id, &request),
        (ConflictState::Reopened, &request.note),
    )
    .await
}

/// A move that needs nothing but a reason.
async fn go<M: prost::Message>(
    server: &Server,
    call: &Call,
    asked: &Asked<'_>,
    write: (&str, &M),
    (to, note): (ConflictState, &str),
) -> Result<pb::Conflict, Error> {
    required(note, "note")?;
    change(server, call, asked, write, |kept| {
        let mut progress = kept.progress();
        progress.go(to, &mover(call, note))?;
        kept.moved(progress);
        Ok(Vec::new())
    })
    .await
}

pub(super) fn required(text: &str, field: &str) -> Result<(), Invalid> {
    if text.trim().is_empty() { Err(Invalid::field(field, "is required")) } else { Ok(()) }
}

fn gathering(kept: &Kept, what: &'static str) -> Result<(), ConflictError> {
    if kept.conflict.state.is_gathering() {
        return Ok(());
    }
    Err(ConflictError::WrongState { id: kept.id.clone(), state: kept.conflict.state, what })
}
