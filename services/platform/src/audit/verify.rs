//! Walks every chain of the audit log and says where one is broken.

use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult};
use std::collections::BTreeMap;

use super::Entry;
use crate::database::StoreError;

/// Entries read at once.
const PAGE: u64 = 2000;

/// A place at which a chain does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// Whose chain.
    pub tenant: String,
    /// Which service's.
    pub source: String,
    /// Which of its chains.
    pub lane: i64,
    /// The entry, counted from 1.
    pub sequence: i64,
    /// What is wrong.
    pub what: &'static str,
}

/// What a walk found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Chains walked.
    pub chains: u64,
    /// Entries walked.
    pub entries: u64,
    /// Where chains are broken; empty if the log is whole.
    pub breaks: Vec<Break>,
}

type Chain = (String, String, i64);

/// Walks all chains of the database.
///
/// # Errors
/// [`StoreError`] as the database says.
pub async fn verify(database: &DatabaseConnection) -> Result<Findings, StoreError> {
    let mut heads: BTreeMap<Chain, Option<(i64, String)>> = BTreeMap::new();
    let select = Query::select()
        .columns(["tenant", "source", "lane", "sequence", "hash"])
        .from("platform_audit_head")
        .to_owned();
    for row in database.query_all(&select).await? {
        let end = (row.try_get("", "sequence")?, row.try_get("", "hash")?);
        heads.insert(chain(&row)?, Some(end));
    }
    // Chains whose head was taken away are walked as well.
    let select = Query::select()
        .distinct()
        .columns(["tenant", "source", "lane"])
        .from("platform_audit")
        .to_owned();
    for row in database.query_all(&select).await? {
        heads.entry(chain(&row)?).or_default();
    }
    let mut findings = Findings::default();
    for (chain, end) in heads {
        findings.chains += 1;
        walk(database, &chain, end, &mut findings).await?;
    }
    Ok(findings)
}

async fn walk(
    database: &DatabaseConnection,
    chain: &Chain,
    end: Option<(i64, String)>,
    findings: &mut Findings,
) -> Result<(), StoreError> {
    let (mut sequence, mut hash) = (0, String::new());
    let fault = |sequence: i64, what: &'static str| Break {
        tenant: chain.0.clone(),
        source: chain.1.clone(),
        lane: chain.2,
        sequence,
        what,
    };
    loop {
        let rows = page(database, chain, sequence).await?;
        let last = (rows.len() as u64) < PAGE;
        for row in rows {
            let at: i64 = row.try_get("", "sequence")?;
            let (previous, kept): (String, String) =
                (row.try_get("", "previous")?, row.try_get("", "hash")?);
            if at != sequence + 1 {
                findings.breaks.push(fault(sequence + 1, "the entry is missing"));
            } else if previous != hash {
                findings.breaks.push(fault(at, "the entry does not follow the one before"));
            }
            if entry(&row, chain)?.hash(chain.2, at, &previous) != kept {
                findings.breaks.push(fault(at, "the entry was changed"));
            }
            (sequence, hash) = (at, kept);
            findings.entries += 1;
        }
        if last {
            break;
        }
    }
    match end {
        Some((at, kept)) if at == sequence && kept == hash => {}
        Some((at, _)) if at > sequence => {
            findings.breaks.push(fault(sequence + 1, "entries are missing at the end"));
        }
        Some(_) => findings.breaks.push(fault(sequence, "the chain does not end where it should")),
        None => findings.breaks.push(fault(sequence, "the head of the chain is missing")),
    }
    Ok(())
}

async fn page(
    database: &DatabaseConnection,
    chain: &Chain,
    after: i64,
) -> Result<Vec<QueryResult>, StoreError> {
    let select = Query::select()
        .columns([
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
        .from("platform_audit")
        .and_where(Expr::col("tenant").eq(chain.0.as_str()))
        .and_where(Expr::col("source").eq(chain.1.as_str()))
        .and_where(Expr::col("lane").eq(chain.2))
        .and_where(Expr::col("sequence").gt(after))
        .order_by("sequence", Order::Asc)
        .limit(PAGE)
        .to_owned();
    Ok(database.query_all(&select).await?)
}

fn chain(row: &QueryResult) -> Result<Chain, StoreError> {
    Ok((row.try_get("", "tenant")?, row.try_get("", "source")?, row.try_get("", "lane")?))
}

fn entry(row: &QueryResult, chain: &Chain) -> Result<Entry, StoreError> {
    Ok(Entry {
        entry_id: row.try_get("", "entry_id")?,
        tenant: chain.0.clone(),
        source: chain.1.clone(),
        time: row.try_get("", "event_time")?,
        principal: row.try_get("", "principal")?,
        method: row.try_get("", "method")?,
        request_id: row.try_get("", "request_id")?,
        request_digest: row.try_get("", "request_digest")?,
        response_digest: row.try_get("", "response_digest")?,
        note: row.try_get("", "note")?,
    })
}
