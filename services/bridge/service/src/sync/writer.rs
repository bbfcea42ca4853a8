//! Sends mapped entities to the service that they belong to, and finds out which of a batch it refuses.

use std::time::Duration;

use aftercare_bridge_domain::{
    identity,
    mapping::Fault,
    quarantine::{Answer, Decision, decide},
};
use aftercare_kernel::fault::FieldViolation;
use aftercare_platform::{
    identity::Call,
    link::Links,
    status::{Error, RemoteFault},
};
use prost::Message;
use prost_reflect::{DynamicMessage, Value};
use tonic::{Code, Request, client::Grpc};
use tonic_types::StatusExt;
use uuid::Uuid;

use super::codec::Raw;
use crate::convert::catalogue::Target;

/// Tries of a batch that a service cannot take for now.
const MAX_ATTEMPTS: u32 = 5;
/// The pause before the second try; doubled before each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// An entity on its way.
#[derive(Clone)]
pub(super) struct Item {
    /// Place of its record in the batch.
    pub(super) record: usize,
    /// Id of this write.
    pub(super) id: Uuid,
    /// The element of the batch request.
    pub(super) element: DynamicMessage,
}

/// An entity that the service refused.
pub(super) struct Refusal {
    pub(super) record: usize,
    pub(super) reason: String,
    pub(super) message: String,
    pub(super) faults: Vec<Fault>,
}

/// Writes the items; answers which records got in and which were refused.
///
/// # Errors
/// When the service cannot be reached, or fails so that no other batch would fare better.
pub(super) async fn write(
    links: &Links,
    call: &Call,
    entity: &str,
    target: &Target,
    items: Vec<Item>,
) -> Result<(Vec<usize>, Vec<Refusal>), Error> {
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    let mut waiting = vec![(items, 0_u32)];
    while let Some((items, attempts)) = waiting.pop() {
        let Err(status) = send(links, call, entity, target, &items).await? else {
            taken.extend(items.iter().map(|item| item.record));
            continue;
        };
        match decide(&answer(&status), items.len(), attempts, MAX_ATTEMPTS) {
            Decision::Abort => return Err(RemoteFault::new(status).into()),
            Decision::Retry => {
                tokio::time::sleep(FIRST_PAUSE * 2_u32.saturating_pow(attempts)).await;
                waiting.push((items, attempts + 1));
            }
            Decision::Halve => {
                let (head, tail) = items.split_at(items.len() / 2);
                // The first half first: later records may refer to earlier ones.
                waiting.push((tail.to_vec(), 0));
                waiting.push((head.to_vec(), 0));
            }
            Decision::Quarantine(mut named) => {
                let mut rest = Vec::new();
                for (i, item) in items.into_iter().enumerate() {
                    match named.remove(&i) {
                        Some(faults) => refused.push(refusal(item.record, &status, faults)),
                        None => rest.push(item),
                    }
                }
                if !rest.is_empty() {
                    waiting.push((rest, 0));
                }
            }
        }
    }
    Ok((taken, refused))
}

fn refusal(record: usize, status: &tonic::Status, faults: Vec<Fault>) -> Refusal {
    let reason = status.get_details_error_info().map(|info| info.reason);
    let message = match faults.first() {
        Some(fault) => format!("{} {}", fault.field, fault.description).trim().to_owned(),
        None => status.message().to_owned(),
    };
    Refusal {
        record,
        reason: reason.unwrap_or_else(|| "SERVICE_REFUSED".to_owned()),
        message,
        faults,
    }
}

fn answer(status: &tonic::Status) -> Answer {
    match status.code() {
        Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::FailedPrecondition
        | Code::OutOfRange => {
            let details = status.get_details_bad_request();
            let violations = details.map(|bad| bad.field_violations).unwrap_or_default();
            let violations = violations.into_iter().map(|violation| FieldViolation {
                field: violation.field,
                description: violation.description,
            });
            Answer::Refused { violations: violations.collect() }
        }
        Code::Unavailable
        | Code::Aborted
        | Code::ResourceExhausted
        | Code::DeadlineExceeded
        | Code::Cancelled => Answer::Later,
        Code::Ok
        | Code::Unknown
        | Code::PermissionDenied
        | Code::Unimplemented
        | Code::Internal
        | Code::DataLoss
        | Code::Unauthenticated => Answer::Broken,
    }
}

/// One try; the outer error is ours, the inner one the service's.
async fn send(
    links: &Links,
    call: &Call,
    entity: &str,
    target: &Target,
    items: &[Item],
) -> Result<Result<(), tonic::Status>, Error> {
    let id = identity::batch_id(call.tenant().as_str(), entity, items.iter().map(|item| item.id));
    let mut batch = DynamicMessage::new(target.batch.clone());
    let elements = items.iter().map(|item| Value::Message(item.element.clone())).collect();
    batch.set_field(&target.elements, Value::List(elements));
    batch.set_field_by_name("request_id", Value::String(id.to_string()));
    let transport = links.to(target.service, call)?;
    let mut client = Grpc::new(transport).max_decoding_message_size(64 << 20);
    if let Err(error) = client.ready().await {
        tracing::warn!(service = target.service, %error, "a service is away");
    }
    let path = http::uri::PathAndQuery::try_from(target.path.clone())
        .map_err(|error| aftercare_platform::database::StoreError::corrupt("catalogue", error))?;
    let answer = client.unary(Request::new(batch.encode_to_vec()), path, Raw).await;
    Ok(answer.map(drop))
}
