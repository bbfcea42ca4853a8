//! Contracts: accepted from a quote, activated, ended.

use super::{LIMITS, ORDERS, chosen_id, day, id_of, now, parsed, text, today};
use crate::convert::quote::{assets, period, present_contract};
use crate::convert::terms;
use crate::server::Server;
use crate::store::contract::{self as store, StoredContract};
use crate::store::{check_etag, quote};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::database::StoreError;
use aftercare_platform::filter::{FieldKind, FilterField};
use aftercare_platform::identity::Call;
use aftercare_platform::paging::PageRequest;
use aftercare_platform::status::Error;
use aftercare_platform::transaction::Write;
use aftercare_platform::wire;
use aftercare_pricing_domain::contract::{self as life, ContractState, LifeError, QuoteState};
use sea_orm::{ColumnTrait, QueryFilter};
use std::collections::{BTreeMap, BTreeSet};

const PATTERN: &str = "contracts/{contract}";

pub(crate) async fn get(
    server: &Server,
    call: Call,
    asked: pb::GetContractRequest,
) -> Result<pb::Contract, Error> {
    let id = id_of(PATTERN, &asked.name)?;
    let contract = store::get(server.home.read(), call.tenant(), &id).await?;
    let quote = quote::get(server.home.read(), call.tenant(), &contract.quote).await?;
    Ok(present_contract(&contract, &quote)?)
}

const STATES: FieldKind = FieldKind::Enum(&[
    ("CONTRACT_STATE_ACCEPTED", "ACCEPTED"),
    ("CONTRACT_STATE_ACTIVE", "ACTIVE"),
    ("CONTRACT_STATE_SUSPENDED", "SUSPENDED"),
    ("CONTRACT_STATE_RENEWED", "RENEWED"),
    ("CONTRACT_STATE_EXPIRED", "EXPIRED"),
    ("CONTRACT_STATE_TERMINATED", "TERMINATED"),
    ("ACCEPTED", "ACCEPTED"),
    ("ACTIVE", "ACTIVE"),
    ("TERMINATED", "TERMINATED"),
]);

pub(crate) async fn list(
    server: &Server,
    call: Call,
    asked: pb::ListContractsRequest,
) -> Result<pb::ListContractsResponse, Error> {
    let request = PageRequest {
        tenant: call.tenant(),
        method: "ContractService/ListContracts",
        page_size: asked.page_size,
        page_token: &asked.page_token,
        filter: &asked.filter,
        order_by: &asked.order_by,
        parent: "",
    };
    let fields = [text("customer"), FilterField { name: "state", column: "state", kind: STATES }];
    let plan = server.pager.plan(&request, &fields, &ORDERS, &["id"], LIMITS)?;
    let db = server.home.read();
    let fetched = plan.fetch(store::all(call.tenant()), db).await;
    let (rows, next_page_token) = fetched.map_err(StoreError::from)?;
    let ids: BTreeSet<String> = rows.iter().map(|row| row.quote.clone()).collect();
    let select = quote::all(call.tenant()).filter(quote::entity::Column::Id.is_in(ids));
    let mut quotes = BTreeMap::new();
    for row in select.all(db).await.map_err(StoreError::from)? {
        quotes.insert(row.id.clone(), quote::StoredQuote::try_from(row)?);
    }
    let mut contracts = Vec::with_capacity(rows.len());
    for row in rows {
        let contract = StoredContract::try_from(row)?;
        let quote = quotes.get(&contract.quote).ok_or_else(|| {
            StoreError::corrupt("pricing_contract", format!("{} has no quote", contract.name()))
        })?;
        contracts.push(present_contract(&contract, quote)?);
    }
    Ok(pb::ListContractsResponse { contracts, next_page_token })
}

pub(crate) async fn accept(
    server: &Server,
    call: Call,
    asked: pb::AcceptQuoteRequest,
) -> Result<pb::Contract, Error> {
    let id = id_of("quotes/{quote}", &asked.name)?;
    let chosen = parsed(|wrong| Some(chosen_id(&asked.contract_id, "contract_id", wrong)))?;
    let write = server.home.write(&call, &asked.request_id, &asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let quote = quote::get(write.tx(), call.tenant(), &id).await?;
    check_etag(&asked.etag, quote.revision, &asked.name)?;
    let state = life::accept(&quote.name(), quote.state, quote.valid_until, today(&call))?;
    debug_assert_eq!(state, QuoteState::Accepted);
    let contract = StoredContract {
        id: chosen,
        customer: quote.input.customer.clone(),
        state: ContractState::Accepted,
        quote: quote.id.clone(),
        start: quote.input.start,
        end: life::end_date(quote.input.start, quote.input.terms.term_months),
        end_reason: String::new(),
        revision: 1,
        create_time: now(&call),
        update_time: now(&call),
    };
    refuse_double_cover(&write, &call, &contract, &assets(&quote.quote)).await?;
    let quote = quote::move_to(write.tx(), call.tenant(), &quote, state, now(&call)).await?;
    store::insert(write.tx(), call.tenant(), &contract).await?;
    let response = present_contract(&contract, &quote)?;
    write.commit(response).await
}

/// No asset is covered by two contracts at a time.
async fn refuse_double_cover(
    write: &Write,
    call: &Call,
    contract: &StoredContract,
    wanted: &[String],
) -> Result<(), Error> {
    let period = (contract.start, contract.end);
    let others = store::overlapping(write.tx(), call.tenant(), &contract.customer, period).await?;
    for other in others {
        let quote = quote::get(write.tx(), call.tenant(), &other.quote).await?;
        let covered = assets(&quote.quote);
        if let Some(asset) = wanted.iter().find(|asset| covered.contains(asset)) {
            return Err(LifeError::Covered { asset: asset.clone(), contract: other.name() }.into());
        }
    }
    Ok(())
}

pub(crate) async fn activate(
    server: &Server,
    call: Call,
    asked: pb::ActivateContractRequest,
) -> Result<pb::Contract, Error> {
    let id = id_of(PATTERN, &asked.name)?;
    let mut write = server.home.write(&call, &asked.request_id, &asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let before = store::get(write.tx(), call.tenant(), &id).await?;
    check_etag(&asked.etag, before.revision, &asked.name)?;
    let state = life::activate(&asked.name, before.state)?;
    let contract =
        StoredContract { state, revision: before.revision + 1, update_time: now(&call), ..before };
    let quote = quote::get(write.tx(), call.tenant(), &contract.quote).await?;
    store::update(write.tx(), call.tenant(), &contract).await?;
    let terms = &quote.input.terms;
    let event = pb::ContractActivated {
        contract: contract.name(),
        customer: contract.customer.clone(),
        assets: assets(&quote.quote),
        period: Some(period(&contract)),
        response_time: Some(prost_types::Duration {
            seconds: terms.response_seconds.into(),
            nanos: 0,
        }),
        after_hours: terms::hours(terms.after_hours).into(),
        coverage: terms::coverage(terms.coverage).into(),
        exclusions: terms.exclusions.iter().map(|word| terms::exclusion(*word).into()).collect(),
        price: Some(wire::money(quote.quote.price.price)),
    };
    write.emit(&contract.name(), &event).await?;
    let response = present_contract(&contract, &quote)?;
    write.commit(response).await
}

pub(crate) async fn terminate(
    server: &Server,
    call: Call,
    asked: pb::TerminateContractRequest,
) -> Result<pb::Contract, Error> {
    let id = id_of(PATTERN, &asked.name)?;
    let end = parsed(|wrong| {
        if asked.reason.trim().chars().count() < 10 {
            wrong.add("reason", "must be at least 10 characters");
        }
        let end = wrong.required("end_date", asked.end_date.as_ref());
        day("end_date", end, wrong)
    })?;
    let mut write = server.home.write(&call, &asked.request_id, &asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let before = store::get(write.tx(), call.tenant(), &id).await?;
    check_etag(&asked.etag, before.revision, &asked.name)?;
    let state = life::terminate(&asked.name, before.state)?;
    parsed(|wrong| {
        if end < before.start || end > before.end {
            wrong.add("end_date", "must lie within the contract");
        }
        Some(())
    })?;
    let contract = StoredContract {
        state,
        end,
        end_reason: asked.reason.trim().to_owned(),
        revision: before.revision + 1,
        update_time: now(&call),
        ..before
    };
    let quote = quote::get(write.tx(), call.tenant(), &contract.quote).await?;
    store::update(write.tx(), call.tenant(), &contract).await?;
    let event = pb::ContractEnded {
        contract: contract.name(),
        customer: contract.customer.clone(),
        assets: assets(&quote.quote),
        end_date: Some(wire::date(end)),
        terminated: true,
        reason: contract.end_reason.clone(),
    };
    write.emit(&contract.name(), &event).await?;
    let response = present_contract(&contract, &quote)?;
    write.commit(response).await
}
