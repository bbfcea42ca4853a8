//! Tasks of cases: accepted, bounced, done, checked.

use super::case_step::{AtCase, load};
use super::clock::entry_of;
use super::list::asked;
use super::setting::cut;
use super::{Actor, Outcome, Raised, check_etag, parsed, service_standard};
use crate::convert::case::Entry;
use crate::convert::proposal::{child_name, present_task};
use crate::convert::value::wire_instant;
use crate::listing::Asked;
use crate::store::case_part::task;
use crate::store::{self, Stored};
use crate::timelines::Timelines;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::case::{Task, TaskAction, TaskState, advance_task, told_of_bounce};
use aftercare_customer_domain::customer::Customer;
use aftercare_customer_domain::grade::Grade;
use aftercare_kernel::fault::Invalid;
use aftercare_platform::paging::Pager;
use aftercare_platform::status::Error;
use sea_orm::ConnectionTrait;

async fn find(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (name, etag): (&str, &str),
) -> Result<(String, Stored<Task>), Error> {
    let (case, id) = parsed(|wrong| child_name(name, "cases/{case}/tasks/{task}", wrong))?;
    let stored = load(db, actor, (&format!("cases/{case}"), "")).await?;
    let found = task::get(db, &actor.tenant, (case.as_str(), &id)).await?;
    check_etag(etag, &found.etag(), name)?;
    Ok((stored.id, found))
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::GetTaskRequest,
) -> Result<pb::Task, Error> {
    let (case, found) = find(db, actor, (&request.name, "")).await?;
    Ok(present_task(&case, &found))
}

pub(crate) async fn list(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::ListTasksRequest,
) -> Result<pb::ListTasksResponse, Error> {
    let case = load(db, actor, (&request.parent, "")).await?;
    let found = task::of_case(db, &actor.tenant, &case.id).await?;
    let asked = asked!(request, &request.parent);
    let (page, next_page_token) = cut(pager, (actor, "TaskService/ListTasks"), found, &asked)?;
    let tasks = page.iter().map(|found| present_task(&case.id, found)).collect();
    Ok(pb::ListTasksResponse { tasks, next_page_token })
}

async fn step(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (name, etag, action): (&str, &str, TaskAction),
    edit: impl FnOnce(&mut Task),
) -> Result<Outcome<pb::Task>, Error> {
    let (case, found) = find(db, actor, (name, etag)).await?;
    let state = advance_task(found.value.state, action)
        .map_err(|error| AtCase { name: name.to_owned(), error })?;
    let mut value = Task { state, ..found.value.clone() };
    edit(&mut value);
    let revised = found.revised(value, actor.now);
    task::save(db, vec![task::row(&actor.tenant, &case, &revised)?]).await?;
    Ok(Outcome::quiet(present_task(&case, &revised)))
}

fn required(text: &str, field: &str) -> Result<(), Invalid> {
    if text.trim().is_empty() { Err(Invalid::field(field, "is required")) } else { Ok(()) }
}

pub(crate) async fn accept(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::AcceptTaskRequest,
) -> Result<Outcome<pb::Task>, Error> {
    step(db, actor, (&request.name, &request.etag, TaskAction::Accept), |task| {
        task.assignee.clone_from(&request.assignee);
    })
    .await
}

/// A bounce that names another department gives the task to it.
pub(crate) async fn bounce(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    request: &pb::BounceTaskRequest,
) -> Result<Outcome<pb::Task>, Error> {
    required(&request.reason, "reason")?;
    let bounced = step(db, actor, (&request.name, &request.etag, TaskAction::Bounce), |task| {
        task.bounces += 1;
        task.result.clone_from(&request.reason);
        if !request.department.trim().is_empty() {
            task.department.clone_from(&request.department);
            task.state = TaskState::Open;
        }
    })
    .await?;
    let events = escalate(db, timelines, actor, (&bounced.response, &request.reason)).await?;
    Ok(Outcome { events, ..bounced })
}

/// A task that nobody wants goes up, by the list of the service standard of the customer's grade: told on the timeline and
/// by an event.
async fn escalate(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    (task, reason): (&pb::Task, &str),
) -> Result<Vec<Raised>, Error> {
    let Some((case, _)) = task.name.split_once("/tasks/") else { return Ok(Vec::new()) };
    let stored = load(db, actor, (case, "")).await?;
    let customer = store::customer::get(db, &actor.tenant, &stored.value.customer).await?.value;
    // Customers without a grade are escalated like those of the lowest.
    let customer = Customer { grade: Some(customer.grade.unwrap_or(Grade::D)), ..customer };
    let held = service_standard::held(db, actor, (&customer, actor.now)).await?;
    let levels = held.as_ref().map_or(&[][..], |held| held.standard.escalation.as_slice());
    let bounces = u32::try_from(task.bounces).unwrap_or(0);
    let Some(notify) = told_of_bounce(bounces, levels) else { return Ok(Vec::new()) };
    let event = pb::TaskEscalated {
        task: task.name.clone(),
        case: case.to_owned(),
        department: task.department.clone(),
        bounces: task.bounces,
        reason: reason.to_owned(),
        notify: vec![notify.to_owned()],
        event_time: Some(wire_instant(actor.now)),
    };
    let entry = Entry {
        note: format!("{} was bounced {bounces} times: {reason}", task.name),
        notify: event.notify.clone(),
        ..entry_of(actor, actor.now, None, String::new())
    };
    let revised = stored.revised(stored.value.clone(), actor.now);
    let saved = super::case::save(db, timelines, actor, (revised, vec![entry])).await?;
    let mut events = saved.events;
    events.push(Raised::new(event.task.clone(), &event));
    Ok(events)
}

pub(crate) async fn complete(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::CompleteTaskRequest,
) -> Result<Outcome<pb::Task>, Error> {
    required(&request.result, "result")?;
    step(db, actor, (&request.name, &request.etag, TaskAction::Complete), |task| {
        task.result.clone_from(&request.result);
    })
    .await
}

pub(crate) async fn verify(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::VerifyTaskRequest,
) -> Result<Outcome<pb::Task>, Error> {
    step(db, actor, (&request.name, &request.etag, TaskAction::Verify), |_| {}).await
}

pub(crate) async fn rework(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::ReworkTaskRequest,
) -> Result<Outcome<pb::Task>, Error> {
    required(&request.reason, "reason")?;
    step(db, actor, (&request.name, &request.etag, TaskAction::Rework), |task| {
        task.result.clone_from(&request.reason);
    })
    .await
}
