//! Contracts: read, and accepted from a quote.

use super::{LIMITS, ORDERS, chosen_id, id_of, now, parsed, price_index, text, today};
use crate::convert::contract::present;
use crate::job;
use crate::server::Server;
use crate::store::contract::{self as store, StoredContract};
use crate::store::quote::StoredQuote;
use crate::store::{amendment, check_etag, quote};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::database::StoreError;
use aftercare_platform::filter::{FieldKind, FilterField};
use aftercare_platform::identity::Call;
use aftercare_platform::paging::PageRequest;
use aftercare_platform::status::Error;
use aftercare_platform::transaction::Write;
use aftercare_pricing_domain::agreement::Agreement;
use aftercare_pricing_domain::contract::{self as life, ContractState, LifeError, QuoteState};
use aftercare_pricing_domain::quote::QuoteError;
use std::slice::from_mut;

pub(crate) mod amend;
pub(crate) mod billing;
pub(crate) mod life_cycle;
pub(crate) mod profitability;
pub(crate) mod propose;
pub(crate) mod renew;

const PATTERN: &str = "contracts/{contract}";

pub(crate) async fn get(
    server: &Server,
    call: Call,
    asked: pb::GetContractRequest,
) -> Result<pb::Contract, Error> {
    let id = id_of(PATTERN, &asked.name)?;
    let mut contract = store::get(server.home.read(), call.tenant(), &id).await?;
    price_index::publish(server.home.read(), &call, from_mut(&mut contract)).await?;
    let amendments = amendment::of(server.home.read(), call.tenant(), &id).await?;
    Ok(present(&contract, &amendments, today(&call))?)
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
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let amendments = amendment::of_many(db, call.tenant(), &ids).await?;
    let mut found: Vec<StoredContract> =
        rows.into_iter().map(StoredContract::try_from).collect::<Result<_, _>>()?;
    price_index::publish(db, &call, &mut found).await?;
    let mut contracts = Vec::with_capacity(found.len());
    for contract in found {
        let changes = amendments.get(&contract.id).map_or(&[][..], Vec::as_slice);
        contracts.push(present(&contract, changes, today(&call))?);
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
    let salesperson = match asked.salesperson.trim() {
        "" => call.caller.principal.clone(),
        said => said.to_owned(),
    };
    let contract = contract_of(&call, &quote, chosen, salesperson)?;
    let names = crate::convert::contract::names(&contract.agreement.assets);
    refuse_double_cover(&write, &call, &contract, &names).await?;
    quote::move_to(write.tx(), call.tenant(), &quote, state, now(&call)).await?;
    store::insert(write.tx(), call.tenant(), &contract).await?;
    job::plan_contract(&write, &contract.name(), contract.end).await?;
    let response = present(&contract, &[], today(&call))?;
    write.commit(response).await
}

/// The response of a request that was answered before; asked before anything is computed, for what it changed then would refuse
/// it now.
async fn replay<R: prost::Message + Default>(
    server: &Server,
    call: &Call,
    request_id: &str,
    asked: &impl prost::Message,
) -> Result<Option<R>, Error> {
    // The write is dropped: nothing is left of it.
    server.home.write(call, request_id, asked).await?.replayed()
}

/// The contract that a quote becomes.
fn contract_of(
    call: &Call,
    quote: &StoredQuote,
    id: String,
    salesperson: String,
) -> Result<StoredContract, Error> {
    let terms = &quote.input.terms;
    let agreement = Agreement::of(&quote.quote, terms, salesperson).map_err(QuoteError::from)?;
    Ok(StoredContract {
        id,
        customer: quote.input.customer.clone(),
        state: ContractState::Accepted,
        quote: quote.id.clone(),
        start: quote.input.start,
        end: life::end_date(quote.input.start, terms.term_months),
        end_reason: String::new(),
        revision: 1,
        create_time: now(call),
        update_time: now(call),
        agreement,
    })
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
    let ids: Vec<String> = others.iter().map(|other| other.id.clone()).collect();
    let amendments = amendment::of_many(write.tx(), call.tenant(), &ids).await?;
    for other in others.into_iter().filter(|other| other.id != contract.id) {
        let changes = amendments.get(&other.id).map_or(&[][..], Vec::as_slice);
        // What comes in later counts as well: an amendment is agreed when it is made.
        let covered = other.agreement.assets_on(changes, other.end.max(contract.start));
        if let Some(held) = covered.iter().find(|held| wanted.contains(&held.asset)) {
            let (asset, contract) = (held.asset.clone(), other.name());
            return Err(LifeError::Covered { asset, contract }.into());
        }
    }
    Ok(())
}
