//! The audit log: one entry for every write, in its transaction, each entry holding the hash of the one before.
//!
//! A tenant's entries in a service form chains, called lanes: one on SQLite, where writers queue anyway, a few on
//! PostgreSQL, so that writers of one tenant need not wait for each other's commit. An entry holds digests of request and
//! answer, never their content: erasing a person leaves every chain whole.

mod verify;

pub use verify::{Break, Findings, verify};

use sea_orm::sea_query::{
    Expr, ExprTrait, LockBehavior, LockType, OnConflict, Query, SelectStatement,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};
use sha2::{Digest, Sha256};

use crate::database::StoreError;
use crate::identity::Call;

/// Chains of one tenant and service on PostgreSQL.
const LANES: i64 = 8;

/// The digest of a message, as the log keeps it.
pub(crate) fn digest<M: prost::Message>(message: &M) -> String {
    hex::encode(Sha256::digest(message.encode_to_vec()))
}

/// One entry, without its place in a chain.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entry {
    pub entry_id: String,
    pub tenant: String,
    pub source: String,
    pub time: i64,
    pub principal: String,
    pub method: String,
    pub request_id: String,
    pub request_digest: String,
    pub response_digest: String,
    pub note: String,
}

impl Entry {
    /// What a call does for which no answer is known yet.
    pub(crate) fn of<M: prost::Message>(
        call: &Call,
        source: &str,
        (request_id, request): (&str, &M),
    ) -> Self {
        Self {
            entry_id: uuid::Uuid::now_v7().to_string(),
            tenant: call.tenant().to_string(),
            source: source.to_owned(),
            time: call.now.as_microsecond(),
            principal: call.caller.principal.clone(),
            method: call.method.clone(),
            request_id: request_id.to_owned(),
            request_digest: digest(request),
            ..Self::default()
        }
    }

    /// SHA-256 over everything, each part with its length in front, so that no two entries read alike.
    fn hash(&self, lane: i64, sequence: i64, previous: &str) -> String {
        let mut hash = Sha256::new();
        let numbers = [lane.to_string(), sequence.to_string(), self.time.to_string()];
        for part in [
            "aftercare-audit-1",
            &self.entry_id,
            &self.tenant,
            &self.source,
            &numbers[0],
            &numbers[1],
            &numbers[2],
            &self.principal,
            &self.method,
            &self.request_id,
            &self.request_digest,
            &self.response_digest,
            &self.note,
            previous,
        ] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hex::encode(hash.finalize())
    }
}

/// Where a chain ends.
struct Head {
    lane: i64,
    sequence: i64,
    hash: String,
}

/// Appends an entry; the last thing that a transaction does, since it holds the chain from then on.
pub(crate) async fn append(tx: &DatabaseTransaction, entry: &Entry) -> Result<(), StoreError> {
    let head = head(tx, entry).await?;
    let sequence = head.sequence + 1;
    let hash = entry.hash(head.lane, sequence, &head.hash);
    let insert = Query::insert()
        .into_table("platform_audit")
        .columns([
            "tenant",
            "source",
            "lane",
            "sequence",
            "entry_id",
            "principal",
            "method",
            "request_id",
            "request_digest",
            "response_digest",
            "note",
            "previous",
            "hash",
            "event_time",
        ])
        .values_panic([
            entry.tenant.as_str().into(),
            entry.source.as_str().into(),
            head.lane.into(),
            sequence.into(),
            entry.entry_id.as_str().into(),
            entry.principal.as_str().into(),
            entry.method.as_str().into(),
            entry.request_id.as_str().into(),
            entry.request_digest.as_str().into(),
            entry.response_digest.as_str().into(),
            entry.note.as_str().into(),
            head.hash.as_str().into(),
            hash.as_str().into(),
            entry.time.into(),
        ])
        .to_owned();
    tx.execute(&insert).await?;
    let update = Query::update()
        .table("platform_audit_head")
        .value("sequence", sequence)
        .value("hash", hash)
        .and_where(Expr::col("tenant").eq(entry.tenant.as_str()))
        .and_where(Expr::col("source").eq(entry.source.as_str()))
        .and_where(Expr::col("lane").eq(head.lane))
        .to_owned();
    tx.execute(&update).await?;
    Ok(())
}

/// A chain that nobody else holds, or else one that is waited for.
async fn head(tx: &DatabaseTransaction, entry: &Entry) -> Result<Head, StoreError> {
    let heads = || {
        Query::select()
            .columns(["lane", "sequence", "hash"])
            .from("platform_audit_head")
            .and_where(Expr::col("tenant").eq(entry.tenant.as_str()))
            .and_where(Expr::col("source").eq(entry.source.as_str()))
            .limit(1)
            .to_owned()
    };
    let free = heads().lock_with_behavior(LockType::Update, LockBehavior::SkipLocked).to_owned();
    if let Some(head) = one(tx, &free).await? {
        return Ok(head);
    }
    let lane = match tx.get_database_backend() {
        DbBackend::Postgres => i64::from(uuid::Uuid::new_v4().as_bytes()[0]) % LANES,
        _ => 0,
    };
    let begin = Query::insert()
        .into_table("platform_audit_head")
        .columns(["tenant", "source", "lane", "sequence", "hash"])
        .values_panic([
            entry.tenant.as_str().into(),
            entry.source.as_str().into(),
            lane.into(),
            0i64.into(),
            "".into(),
        ])
        .on_conflict(OnConflict::columns(["tenant", "source", "lane"]).do_nothing().to_owned())
        .to_owned();
    tx.execute(&begin).await?;
    let this = heads().and_where(Expr::col("lane").eq(lane)).lock(LockType::Update).to_owned();
    let head = one(tx, &this).await?;
    head.ok_or_else(|| StoreError::corrupt("platform_audit_head", "a chain went away"))
}

async fn one(
    tx: &DatabaseTransaction,
    select: &SelectStatement,
) -> Result<Option<Head>, StoreError> {
    let Some(row) = tx.query_one(select).await? else { return Ok(None) };
    Ok(Some(Head {
        lane: row.try_get("", "lane")?,
        sequence: row.try_get("", "sequence")?,
        hash: row.try_get("", "hash")?,
    }))
}
