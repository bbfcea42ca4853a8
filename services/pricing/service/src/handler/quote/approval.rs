//! A quote is issued, and approved by whom its gap under the floor demands.

use super::{PATTERN, now, parsed, today};
use crate::convert::quote::present;
use crate::handler::id_of;
use crate::server::Server;
use crate::store::check_etag;
use crate::store::quote::{self as store, StoredQuote};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_pricing_domain::approval::{self, Approval, Demand};
use aftercare_pricing_domain::contract as life;
use aftercare_pricing_domain::quote::QuoteError;
use sea_orm::ConnectionTrait;

const MICROS_A_DAY: i64 = 86_400_000_000;

/// What a quote's price demands now, with the customer's other quotes of the policy's window; none over the floor.
async fn demand(
    tx: &impl ConnectionTrait,
    call: &Call,
    quote: &StoredQuote,
) -> Result<Option<Demand>, Error> {
    let policy = &quote.input.policy;
    let (price, floor) = (quote.quote.price.price, quote.quote.floor);
    if approval::gap(price, floor).map_err(QuoteError::from)?.is_none() {
        return Ok(None);
    }
    store::take_turn(tx, call.tenant(), &quote.input.customer).await?;
    let since = now(call) - i64::from(policy.approval_window_days) * MICROS_A_DAY;
    let others = store::gaps(tx, call.tenant(), quote, since).await?;
    let found = approval::demand(&policy.approval_ladder, price, floor, &others);
    Ok(found.map_err(QuoteError::from)?)
}

pub(crate) async fn issue(
    server: &Server,
    call: Call,
    asked: pb::IssueQuoteRequest,
) -> Result<pb::Quote, Error> {
    let id = id_of(PATTERN, &asked.name)?;
    let write = server.home.write(&call, &asked.request_id, &asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let mut quote = store::get(write.tx(), call.tenant(), &id).await?;
    check_etag(&asked.etag, quote.revision, &asked.name)?;
    let demand = demand(write.tx(), &call, &quote).await?;
    let state =
        life::issue(&quote.name(), quote.state, demand.is_some(), quote.valid_until, today(&call))?;
    if let Some(demand) = &demand {
        approval::demanded(&quote.name(), demand)?;
    }
    quote.approval.demand = demand;
    let moved = store::move_to(write.tx(), call.tenant(), &quote, state, now(&call)).await?;
    let response = present(&moved)?;
    write.commit(response).await
}

pub(crate) async fn approve(
    server: &Server,
    call: Call,
    asked: pb::ApproveQuoteRequest,
) -> Result<pb::Quote, Error> {
    let id = id_of(PATTERN, &asked.name)?;
    parsed(|wrong| {
        if asked.reason.trim().chars().count() < 10 {
            wrong.add("reason", "must be at least 10 characters");
        }
        Some(())
    })?;
    let write = server.home.write(&call, &asked.request_id, &asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let mut quote = store::get(write.tx(), call.tenant(), &id).await?;
    check_etag(&asked.etag, quote.revision, &asked.name)?;
    let state = life::approve(&quote.name(), quote.state)?;
    // Others may have been issued since: what counts is the gap of today.
    if let Some(demand) = demand(write.tx(), &call, &quote).await? {
        let ladder = &quote.input.policy.approval_ladder;
        let role = approval::approve(&quote.name(), ladder, &demand, &call.caller.roles)?;
        quote.approval.demand = Some(demand);
        quote.approval.given = Some(Approval {
            principal: call.caller.principal.clone(),
            role,
            reason: asked.reason.trim().to_owned(),
            time: now(&call),
        });
    }
    let moved = store::move_to(write.tx(), call.tenant(), &quote, state, now(&call)).await?;
    let response = present(&moved)?;
    write.commit(response).await
}
