//! Request ids: the same id with the same body replays the stored response, with another body it is refused.

use aftercare_kernel::fault::{Class, Fault, Invalid};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use sha2::{Digest, Sha256};

use crate::database::StoreError;
use crate::identity::Call;
use crate::status::Error;
use crate::transaction::Unit;

/// The id came before, with another body.
#[derive(Debug, thiserror::Error)]
#[error("request_id was used before for another request")]
pub struct RequestIdReused;

impl Fault for RequestIdReused {
    fn class(&self) -> Class {
        Class::AlreadyExists
    }
    fn reason(&self) -> &'static str {
        "REQUEST_ID_REUSED"
    }
}

/// A claimed request id, and the response if it was answered before.
#[derive(Debug)]
pub(crate) struct Ticket {
    request_id: String,
    pub(crate) stored: Option<Vec<u8>>,
}

/// Checks that a request id is empty or a UUID.
pub(crate) fn check_id(request_id: &str) -> Result<(), Invalid> {
    if request_id.is_empty() || uuid::Uuid::parse_str(request_id).is_ok() {
        Ok(())
    } else {
        Err(Invalid::field("request_id", "must be a UUID"))
    }
}

/// Claims the id for this transaction; a second claimant on PostgreSQL waits for the first to end.
pub(crate) async fn claim<M: prost::Message>(
    unit: &Unit,
    call: &Call,
    request_id: &str,
    request: &M,
) -> Result<Ticket, Error> {
    let digest = hex::encode(Sha256::digest(request.encode_to_vec()));
    let insert = Query::insert()
        .into_table("platform_idempotency")
        .columns([
            "tenant",
            "method",
            "request_id",
            "principal",
            "request_digest",
            "response",
            "create_time",
        ])
        .values_panic([
            call.tenant().as_str().into(),
            call.method.as_str().into(),
            request_id.into(),
            call.caller.principal.as_str().into(),
            digest.as_str().into(),
            Vec::<u8>::new().into(),
            call.now.as_microsecond().into(),
        ])
        .on_conflict(
            OnConflict::columns(["tenant", "method", "request_id"]).do_nothing().to_owned(),
        )
        .to_owned();
    let fresh = unit.tx().execute(&insert).await.map_err(StoreError::from)?.rows_affected() == 1;
    let request_id = request_id.to_owned();
    if fresh {
        return Ok(Ticket { request_id, stored: None });
    }
    let select = Query::select()
        .columns(["request_digest", "response"])
        .from("platform_idempotency")
        .and_where(Expr::col("tenant").eq(call.tenant().as_str()))
        .and_where(Expr::col("method").eq(call.method.as_str()))
        .and_where(Expr::col("request_id").eq(request_id.as_str()))
        .to_owned();
    let row = unit.tx().query_one(&select).await.map_err(StoreError::from)?;
    let Some(row) = row else {
        return Err(StoreError::WriteRace(sea_orm::DbErr::RecordNotInserted).into());
    };
    let known: String = row.try_get("", "request_digest").map_err(StoreError::from)?;
    if known != digest {
        return Err(RequestIdReused.into());
    }
    let stored: Vec<u8> = row.try_get("", "response").map_err(StoreError::from)?;
    Ok(Ticket { request_id, stored: Some(stored) })
}

/// Remembers the response of a claimed id.
pub(crate) async fn remember<R: prost::Message>(
    tx: &DatabaseTransaction,
    call: &Call,
    ticket: &Ticket,
    response: &R,
) -> Result<(), StoreError> {
    let update = Query::update()
        .table("platform_idempotency")
        .value("response", response.encode_to_vec())
        .and_where(Expr::col("tenant").eq(call.tenant().as_str()))
        .and_where(Expr::col("method").eq(call.method.as_str()))
        .and_where(Expr::col("request_id").eq(ticket.request_id.as_str()))
        .to_owned();
    tx.execute(&update).await?;
    Ok(())
}
