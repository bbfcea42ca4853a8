//! Spare parts: demand and stock, pools month by month, the provision of a sale.

use super::{LIMITS, ORDERS, chosen_id, day, id_of, now, parsed, today};
use crate::convert::spare_part::{parse, parse_adjustment, pool, present, present_month, sales_of};
use crate::server::Server;
use crate::store::spare_pool as store;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::fault::Invalid;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::paging::PageRequest;
use aftercare_platform::status::Error;
use aftercare_platform::wire;
use aftercare_pricing_domain::quote::QuoteError;
use aftercare_pricing_domain::spare_part::pool::{PoolError, Refused, provision};
use jiff::civil::Date;
use rust_decimal::Decimal;

pub(crate) mod allocate;
pub(crate) mod demand;

const PATTERN: &str = "sparePools/{spare_pool}";

/// Years from its purchase to which a pool is projected at most.
const MOST_YEARS: i32 = 50;

pub(crate) async fn create(
    server: &Server,
    call: Call,
    asked: pb::CreateSparePoolRequest,
) -> Result<pb::SparePool, Error> {
    let (id, doc) = parsed(|wrong| {
        let id = chosen_id(&asked.spare_pool_id, "spare_pool_id", wrong);
        let given = wrong.required("spare_pool", asked.spare_pool.as_ref())?;
        Some((id, wrong.within("spare_pool", |wrong| parse(given, wrong))?))
    })?;
    let row = store::row(call.tenant(), id, &doc, now(&call))?;
    let response = present(&row)?;
    let write = server.home.write(&call, &asked.request_id, &asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    store::insert(write.tx(), row).await?;
    write.commit(response).await
}

pub(crate) async fn get(
    server: &Server,
    call: Call,
    asked: pb::GetSparePoolRequest,
) -> Result<pb::SparePool, Error> {
    let id = id_of(PATTERN, &asked.name)?;
    present(&store::get(server.home.read(), call.tenant(), &id).await?)
}

pub(crate) async fn list(
    server: &Server,
    call: Call,
    asked: pb::ListSparePoolsRequest,
) -> Result<pb::ListSparePoolsResponse, Error> {
    let request = PageRequest {
        tenant: call.tenant(),
        method: "SparePartService/ListSparePools",
        page_size: asked.page_size,
        page_token: &asked.page_token,
        filter: "",
        order_by: "name",
        parent: "",
    };
    let plan = server.pager.plan(&request, &[], &ORDERS[..1], &["id"], LIMITS)?;
    let fetched = plan.fetch(store::all(call.tenant()), server.home.read()).await;
    let (rows, next_page_token) = fetched.map_err(StoreError::from)?;
    let spare_pools = rows.iter().map(present).collect::<Result<_, _>>()?;
    Ok(pb::ListSparePoolsResponse { spare_pools, next_page_token })
}

pub(crate) async fn adjust(
    server: &Server,
    call: Call,
    asked: pb::AdjustSparePoolRequest,
) -> Result<pb::SparePool, Error> {
    let id = id_of(PATTERN, &asked.name)?;
    let adjustment = parsed(|wrong| {
        let given = wrong.required("value_adjustment", asked.value_adjustment.as_ref())?;
        let times = (today(&call), now(&call));
        wrong.within("value_adjustment", |wrong| parse_adjustment(given, times, wrong))
    })?;
    let write = server.home.write(&call, &asked.request_id, &asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let before = store::get(write.tx(), call.tenant(), &id).await?;
    let mut doc = before.document()?;
    parsed(|wrong| {
        if adjustment.day < doc.purchased {
            wrong.add("value_adjustment.effective_date", "must not be before the purchase");
        }
        if adjustment.amount.currency() != doc.cost.currency() {
            wrong.add("value_adjustment.amount", "must be in the currency of the pool");
        }
        Some(())
    })?;
    doc.adjustments.push(adjustment);
    doc.adjustments.sort_by_key(|adjustment| adjustment.day);
    // Until the last of them: what was possible later may no longer be.
    let last = doc.adjustments.iter().map(|adjustment| adjustment.day).max();
    let projected = pool(&doc)?.project(last.unwrap_or(doc.purchased));
    projected.map_err(|error| refused(&asked.name, error))?;
    let row = store::update(write.tx(), &before, &doc).await?;
    let response = present(&row)?;
    write.commit(response).await
}

fn refused(pool: &str, error: PoolError) -> Error {
    match error {
        PoolError::Money(error) => QuoteError::from(error).into(),
        PoolError::Adjustment(cause) => Refused { pool: pool.to_owned(), cause }.into(),
    }
}

pub(crate) async fn project(
    server: &Server,
    call: Call,
    asked: pb::ProjectSparePoolRequest,
) -> Result<pb::ProjectSparePoolResponse, Error> {
    let id = id_of(PATTERN, &asked.name)?;
    let end: Date = parsed(|wrong| {
        let end = wrong.required("end_date", asked.end_date.as_ref());
        day("end_date", end, wrong)
    })?;
    let row = store::get(server.home.read(), call.tenant(), &id).await?;
    let doc = row.document()?;
    let pool = pool(&doc)?;
    if end < pool.purchased {
        return Err(Invalid::field("end_date", "must not be before the purchase").into());
    }
    if i32::from(end.year()) - i32::from(pool.purchased.year()) > MOST_YEARS {
        let limit = format!("must be at most {MOST_YEARS} years after the purchase");
        return Err(Invalid::field("end_date", limit).into());
    }
    let months = pool.project(end).map_err(|error| refused(&asked.name, error))?;
    let sales = sales_of(&doc)?;
    let months = months.iter().map(|month| present_month(month, &pool, sales));
    let months = months.collect::<Result<_, _>>()?;
    Ok(pb::ProjectSparePoolResponse { months })
}

pub(crate) async fn compute_provision(
    _server: &Server,
    _call: Call,
    asked: pb::ComputeProvisionRequest,
) -> Result<pb::Provision, Error> {
    let (sales, cost) = parsed(|wrong| {
        let sales = wrong.required("sales", asked.sales.as_ref());
        let sales = sales.and_then(|sales| wrong.take("sales", wire::amount(sales)));
        let cost = wrong.required("expected_cost", asked.expected_cost.as_ref());
        let cost = cost.and_then(|cost| wrong.take("expected_cost", wire::amount(cost)));
        if sales.is_some_and(|sales| sales.amount() <= Decimal::ZERO) {
            wrong.add("sales", "must be above 0");
        }
        if cost.is_some_and(|cost| cost.amount() < Decimal::ZERO) {
            wrong.add("expected_cost", "must be at least 0");
        }
        let (sales, cost) = (sales?, cost?);
        if sales.currency() != cost.currency() {
            wrong.add("expected_cost", "must be in the currency of the sales");
        }
        Some((sales, cost))
    })?;
    let (rate, amount) = provision(sales, cost).map_err(QuoteError::from)?;
    Ok(pb::Provision { rate: Some(wire::decimal(rate)), amount: Some(wire::money(amount)) })
}
