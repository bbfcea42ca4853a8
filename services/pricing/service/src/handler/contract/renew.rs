//! Renewal: by a quote, at unchanged terms with the agreed escalation, or by itself when the end has come.

use super::life_cycle::{close_suspension, ended};
use super::{
    PATTERN, amendment, check_etag, contract_of, quote, refuse_double_cover, replay, store,
};
use crate::convert::contract::{names, period, present, response};
use crate::convert::terms;
use crate::handler::quote::requote::{self, Wanted};
use crate::handler::{id_of, now, parsed, price_index, today};
use crate::job;
use crate::server::Server;
use crate::store::contract::StoredContract;
use crate::store::etag;
use crate::store::quote::StoredQuote;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::fault::Invalid;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_platform::transaction::Write;
use aftercare_pricing_domain::agreement::Amendment;
use aftercare_pricing_domain::contract::{self as life, AtEnd, ContractState, QuoteState};
use aftercare_pricing_domain::quote::QuoteError;
use jiff::civil::Date;
use std::slice::from_mut;

pub(crate) async fn renew(
    server: &Server,
    call: Call,
    asked: pb::RenewContractRequest,
) -> Result<pb::Contract, Error> {
    let id = id_of(PATTERN, &asked.name)?;
    let quote_id = match asked.quote.as_str() {
        "" => None,
        name => Some(
            id_of("quotes/{quote}", name)
                .map_err(|_| Invalid::field("quote", "must be quotes/{quote}"))?,
        ),
    };
    if let Some(done) = replay(server, &call, &asked.request_id, &asked).await? {
        return Ok(done);
    }
    let before = store::get(server.home.read(), call.tenant(), &id).await?;
    let amendments = amendment::of(server.home.read(), call.tenant(), &id).await?;
    check_etag(&asked.etag, before.revision, &asked.name)?;
    let mut next = None;
    if quote_id.is_none() && life::renew(&asked.name, before.state).is_ok() {
        next = Some(unchanged(server, &call, &before, &amendments).await?);
    }
    let mut write = server.home.write(&call, &asked.request_id, &asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let contract = store::get(write.tx(), call.tenant(), &id).await?;
    check_etag(&etag(before.revision), contract.revision, &asked.name)?;
    life::renew(&asked.name, contract.state)?;
    let successor = match (next, quote_id) {
        (Some((quote, successor)), _) => {
            quote::insert(write.tx(), call.tenant(), &quote).await?;
            store::insert(write.tx(), call.tenant(), &successor).await?;
            successor
        }
        (None, quote) => by_quote(&write, &call, &contract, &quote.unwrap_or_default()).await?,
    };
    follow(&mut write, &call, contract, &successor).await?;
    job::forget_contract(&write, &asked.name).await?;
    let response = present(&successor, &[], today(&call))?;
    write.commit(response).await
}

/// The next term at unchanged terms, with a quote that says what it is expected to cost.
async fn unchanged(
    server: &Server,
    call: &Call,
    before: &StoredContract,
    amendments: &[Amendment],
) -> Result<(StoredQuote, StoredContract), Error> {
    let mut before = before.clone();
    price_index::publish(server.home.read(), call, from_mut(&mut before)).await?;
    let last = quote::get(server.home.read(), call.tenant(), &before.quote).await?;
    let wanted = Wanted {
        customer: before.customer.clone(),
        assets: names(&before.agreement.assets_on(amendments, before.end)),
        terms: before.agreement.terms_on(amendments, before.end).clone(),
        start: before.end,
        segment: last.input.segment,
        agreed: None,
    };
    let input = requote::input(server, call, wanted).await?;
    let mut quote = requote::stored(server, call, last.service_product, input).await?;
    quote.state = QuoteState::Accepted;
    let agreement = before
        .agreement
        .next_term(amendments, (before.start, before.end), quote.quote.cost.mean, before.name())
        .map_err(QuoteError::from)?;
    let successor = StoredContract {
        id: uuid::Uuid::now_v7().to_string(),
        customer: before.customer.clone(),
        state: ContractState::Active,
        quote: quote.id.clone(),
        start: before.end,
        end: life::end_date(before.end, agreement.terms.term_months),
        end_reason: String::new(),
        revision: 1,
        create_time: now(call),
        update_time: now(call),
        agreement,
    };
    Ok((quote, successor))
}

/// The next term as a quote offers it: accepted here, or accepted before and not in force yet.
async fn by_quote(
    write: &Write,
    call: &Call,
    contract: &StoredContract,
    quote_id: &str,
) -> Result<StoredContract, Error> {
    let quote = quote::get(write.tx(), call.tenant(), quote_id).await?;
    parsed(|wrong| {
        if quote.input.customer != contract.customer {
            wrong.add("quote", "must be the customer's");
        }
        if quote.input.start != contract.end {
            wrong.add("quote", format!("must start on {}, when the contract ends", contract.end));
        }
        Some(())
    })?;
    if let Some(mut accepted) = store::of_quote(write.tx(), call.tenant(), quote_id).await? {
        accepted.state = ContractState::Active;
        accepted.agreement.renewal_of = contract.name();
        accepted.revision += 1;
        accepted.update_time = now(call);
        store::update(write.tx(), call.tenant(), &accepted).await?;
        return Ok(accepted);
    }
    let state = life::accept(&quote.name(), quote.state, quote.valid_until, today(call))?;
    quote::move_to(write.tx(), call.tenant(), &quote, state, now(call)).await?;
    let id = uuid::Uuid::now_v7().to_string();
    let salesperson = contract.agreement.salesperson.clone();
    let mut successor = contract_of(call, &quote, id, salesperson)?;
    successor.state = ContractState::Active;
    successor.agreement.renewal_of = contract.name();
    refuse_double_cover(write, call, &successor, &names(&successor.agreement.assets)).await?;
    store::insert(write.tx(), call.tenant(), &successor).await?;
    Ok(successor)
}

/// The old contract is RENEWED, and all are told what follows. Its job is its caller's: a job that took itself back would lose
/// what it wrote.
async fn follow(
    write: &mut Write,
    call: &Call,
    mut contract: StoredContract,
    successor: &StoredContract,
) -> Result<(), Error> {
    contract.state = ContractState::Renewed;
    contract.revision += 1;
    contract.update_time = now(call);
    store::update(write.tx(), call.tenant(), &contract).await?;
    job::plan_contract(write, &successor.name(), successor.end).await?;
    let terms = &successor.agreement.terms;
    let event = pb::ContractRenewed {
        contract: contract.name(),
        successor: successor.name(),
        customer: contract.customer.clone(),
        assets: names(&successor.agreement.assets),
        period: Some(period(successor.start, Some(successor.end))),
        response_time: response(terms),
        sla_policy: terms.sla_policy.clone(),
        after_hours: terms::hours(terms.after_hours).into(),
        coverage: terms::coverage(terms.coverage).into(),
    };
    write.emit(&contract.name(), &event).await
}

/// Contracts that one call settles unless it says how many, and at most.
const SETTLED: (u64, u64) = (100, 1000);

/// A contract whose end has come, with what follows it if it renews itself.
struct Due {
    contract: StoredContract,
    next: Option<(StoredQuote, StoredContract)>,
}

pub(crate) async fn settle(
    server: &Server,
    call: Call,
    asked: pb::SettleDueContractsRequest,
) -> Result<pb::SettleDueContractsResponse, Error> {
    let most = parsed(|wrong| match u64::try_from(asked.max_contracts) {
        Ok(0) => Some(SETTLED.0),
        Ok(most) if most <= SETTLED.1 => Some(most),
        Ok(_) | Err(_) => {
            wrong.add("max_contracts", format!("must be 0 to {}", SETTLED.1));
            None
        }
    })?;
    let mut response = pb::SettleDueContractsResponse::default();
    let due = due(server, &call, most, &mut response).await?;
    let mut write = server.home.write(&call, &asked.request_id, &asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    for Due { contract, next } in due {
        let name = contract.name();
        match next {
            Some(next) => {
                response.successors.push(next.1.name());
                succeed(&mut write, &call, contract, &next).await?;
            }
            None => {
                response.expired.push(name.clone());
                expire(&mut write, &call, contract).await?;
            }
        }
        // After the contract, as the job itself locks them.
        job::forget_contract(&write, &name).await?;
    }
    write.commit(response).await
}

/// Settles one contract for a job; answers with its end if that has not come.
pub(crate) async fn settle_one(
    server: &Server,
    call: &Call,
    write: &mut Write,
    id: &str,
) -> Result<Option<Date>, Error> {
    let contract = store::get(write.tx(), call.tenant(), id).await?;
    let amendments = amendment::of(write.tx(), call.tenant(), id).await?;
    let terms = contract.agreement.terms_on(&amendments, contract.end);
    let notice = contract.agreement.notice.as_ref();
    match life::at_end(contract.state, (contract.end, terms), notice, today(call)) {
        AtEnd::Wait => return Ok((today(call) < contract.end).then_some(contract.end)),
        AtEnd::Expire => expire(write, call, contract).await?,
        AtEnd::Renew => {
            let next = unchanged(server, call, &contract, &amendments).await?;
            succeed(write, call, contract, &next).await?;
        }
    }
    Ok(None)
}

async fn succeed(
    write: &mut Write,
    call: &Call,
    contract: StoredContract,
    (quote, successor): &(StoredQuote, StoredContract),
) -> Result<(), Error> {
    quote::insert(write.tx(), call.tenant(), quote).await?;
    store::insert(write.tx(), call.tenant(), successor).await?;
    follow(write, call, contract, successor).await
}

/// What the day asks for; contracts that cannot be renewed as agreed are left as they are and named.
async fn due(
    server: &Server,
    call: &Call,
    most: u64,
    response: &mut pb::SettleDueContractsResponse,
) -> Result<Vec<Due>, Error> {
    let found = store::due(server.home.read(), call.tenant(), today(call), most).await?;
    let ids: Vec<String> = found.iter().map(|contract| contract.id.clone()).collect();
    let amendments = amendment::of_many(server.home.read(), call.tenant(), &ids).await?;
    let mut due = Vec::with_capacity(found.len());
    for contract in found {
        let changes = amendments.get(&contract.id).map_or(&[][..], Vec::as_slice);
        let terms = contract.agreement.terms_on(changes, contract.end);
        let notice = contract.agreement.notice.as_ref();
        match life::at_end(contract.state, (contract.end, terms), notice, today(call)) {
            AtEnd::Wait => {}
            AtEnd::Expire => due.push(Due { contract, next: None }),
            AtEnd::Renew => match unchanged(server, call, &contract, changes).await {
                Ok(next) => due.push(Due { contract, next: Some(next) }),
                Err(error) => {
                    tracing::warn!(contract.id = %contract.id, error = %error, "cannot renew");
                    response.stuck.push(contract.name());
                }
            },
        }
    }
    Ok(due)
}

async fn expire(write: &mut Write, call: &Call, mut contract: StoredContract) -> Result<(), Error> {
    let told = contract.state != ContractState::Accepted;
    contract.state = ContractState::Expired;
    let end = contract.end;
    close_suspension(&mut contract, end);
    contract.revision += 1;
    contract.update_time = now(call);
    store::update(write.tx(), call.tenant(), &contract).await?;
    if told {
        let amendments = amendment::of(write.tx(), call.tenant(), &contract.id).await?;
        let reason = match &contract.agreement.notice {
            Some(notice) => format!("notice was given: {}", notice.reason),
            None => "its term is over".to_owned(),
        };
        ended(write, &contract, &amendments, (end, false, reason)).await?;
    }
    Ok(())
}
