//! Amendments: what a contract promises and covers is changed from a day on, and what that does to its fee.

use super::billing::fee_change;
use super::{PATTERN, amendment, check_etag, quote, refuse_double_cover, replay, store};
use crate::convert::contract::{exclusions, names, period, present_amendment, response};
use crate::convert::terms;
use crate::handler::quote::requote::{self, Agreed, Wanted};
use crate::handler::{LIMITS, chosen_id, day, id_of, now, parsed, price_index};
use crate::server::Server;
use crate::store::amendment::StoredAmendment;
use crate::store::contract::StoredContract;
use crate::store::etag;
use crate::store::quote::StoredQuote;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::name_segments;
use aftercare_kernel::money::Money;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::paging::{OrderField, OrderKind, PageRequest};
use aftercare_platform::status::Error;
use aftercare_platform::wire;
use aftercare_pricing_domain::agreement::{
    Amendment, CoveredAsset, contract_year, covered, weigh_in,
};
use aftercare_pricing_domain::billing::Change;
use aftercare_pricing_domain::contract as life;
use aftercare_pricing_domain::escalation::IndexClause;
use aftercare_pricing_domain::quote::QuoteError;
use aftercare_pricing_domain::terms::Terms;
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::slice::from_mut;

pub(crate) async fn create(
    server: &Server,
    call: Call,
    asked: pb::CreateAmendmentRequest,
) -> Result<pb::Amendment, Error> {
    let id = id_of(PATTERN, &asked.parent)?;
    if let Some(done) = replay(server, &call, &asked.request_id, &asked).await? {
        return Ok(done);
    }
    let mut before = store::get(server.home.read(), call.tenant(), &id).await?;
    price_index::publish(server.home.read(), &call, from_mut(&mut before)).await?;
    let amendments = amendment::of(server.home.read(), call.tenant(), &id).await?;
    let (chosen, request) = parsed(|wrong| {
        let chosen = chosen_id(&asked.amendment_id, "amendment_id", wrong);
        let given = wrong.required("amendment", asked.amendment.as_ref())?;
        let request =
            wrong.within("amendment", |wrong| parse(given, &before, &amendments, wrong))?;
        Some((chosen, request))
    })?;
    life::amend(&asked.parent, before.state)?;
    let priced = price(server, &call, &before, &amendments, request).await?;
    let mut write = server.home.write(&call, &asked.request_id, &asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let mut contract = store::get(write.tx(), call.tenant(), &id).await?;
    // What was priced must still be what is there.
    check_etag(&etag(before.revision), contract.revision, &asked.parent)?;
    refuse_double_cover(&write, &call, &contract, &names(&priced.added)).await?;
    contract.revision += 1;
    contract.update_time = now(&call);
    store::update(write.tx(), call.tenant(), &contract).await?;
    let stored =
        StoredAmendment { contract: id, id: chosen, amendment: priced, create_time: now(&call) };
    amendment::insert(write.tx(), call.tenant(), &stored).await?;
    let change = fee_change(&before, &amendments, &stored.amendment)?;
    let event = amended(&contract, &amendments, &stored.amendment, change);
    write.emit(&contract.name(), &event).await?;
    let response = present_amendment(&stored, change)?;
    write.commit(response).await
}

/// What an amendment asks for, parsed.
struct Request {
    effective: Date,
    terms: Option<Terms>,
    added: Vec<String>,
    removed: Vec<String>,
}

fn parse(
    given: &pb::Amendment,
    contract: &StoredContract,
    amendments: &[Amendment],
    wrong: &mut Violations,
) -> Option<Request> {
    let effective = wrong.required("effective_date", given.effective_date.as_ref());
    let effective = day("effective_date", effective, wrong);
    let last = amendments.iter().map(|amendment| amendment.change.effective).max();
    if effective.is_some_and(|day| day < contract.start || day >= contract.end) {
        wrong.add("effective_date", "must lie within the contract");
    } else if effective.is_some_and(|day| last.is_some_and(|last| day < last)) {
        wrong.add("effective_date", "must not be before that of the amendment before");
    }
    let on = effective.unwrap_or(contract.start);
    let terms = terms_of(given, contract.agreement.terms_on(amendments, on), contract, wrong);
    let held = names(&contract.agreement.assets_on(amendments, on));
    let owner = contract.customer.strip_prefix("customers/").unwrap_or_default();
    for (i, asset) in given.added_assets.iter().enumerate() {
        let field = format!("added_assets[{i}]");
        let pattern = "customers/{customer}/assets/{asset}";
        match wrong.take(&field, name_segments::<2>(pattern, asset)) {
            Some([of, _]) if of != owner => wrong.add(&field, "must be the customer's"),
            Some(_) if held.contains(asset) => wrong.add(&field, "is covered already"),
            Some(_) if given.added_assets[..i].contains(asset) => {
                wrong.add(&field, "is given twice")
            }
            Some(_) | None => {}
        }
    }
    for (i, asset) in given.removed_assets.iter().enumerate() {
        let field = format!("removed_assets[{i}]");
        if !held.contains(asset) {
            wrong.add(&field, "is not covered on that day");
        } else if given.removed_assets[..i].contains(asset) {
            wrong.add(&field, "is given twice");
        }
    }
    if held.len() + given.added_assets.len() <= given.removed_assets.len() {
        wrong.add("removed_assets", "must leave a machine: terminate the contract instead");
    }
    if terms.is_none() && given.added_assets.is_empty() && given.removed_assets.is_empty() {
        wrong.add("", "must change something");
    }
    let (added, removed) = (given.added_assets.clone(), given.removed_assets.clone());
    Some(Request { effective: effective?, terms, added, removed })
}

/// New terms, if they differ from those that hold; the term and the way of payment are those of the contract.
fn terms_of(
    given: &pb::Amendment,
    held: &Terms,
    contract: &StoredContract,
    wrong: &mut Violations,
) -> Option<Terms> {
    let given = given.terms.as_ref()?;
    let currency = contract.agreement.price.currency();
    wrong.within("terms", |wrong| {
        let mut terms = terms::parse(given, currency, wrong)?;
        let agreed = &contract.agreement.terms;
        terms.rounding = agreed.rounding;
        let same = match (&terms.index, &agreed.index) {
            (Some(new), Some(old)) => *new == IndexClause { lead: 0, ..old.clone() },
            (new, old) => new == old,
        };
        if same && agreed.index.is_some() {
            terms.index.clone_from(&held.index);
            terms.index_changes.clone_from(&held.index_changes);
            terms.annual_escalation = held.annual_escalation;
        }
        for (field, same) in [
            ("term_months", terms.term_months == held.term_months),
            ("payment_schedule", terms.payment_schedule == held.payment_schedule),
            ("annual_escalation", terms.annual_escalation == held.annual_escalation),
            ("index_escalation", same),
        ] {
            if !same {
                wrong.add(field, "cannot be changed within the term: renew the contract instead");
            }
        }
        (terms != *held).then_some(terms)
    })
}

/// What it does to the fee: a machine that goes out takes its part of the fee with it; what comes in, and other terms, cost what
/// they cost by the contract's own policy and rate cards, at its price level of the first year, less its discount, grown as its
/// fee has grown.
async fn price(
    server: &Server,
    call: &Call,
    contract: &StoredContract,
    amendments: &[Amendment],
    request: Request,
) -> Result<Amendment, Error> {
    let agreement = &contract.agreement;
    let day = request.effective;
    let year = contract_year(contract.start, day);
    let fee = agreement.annual_fee(amendments, contract.start, year).map_err(QuoteError::from)?;
    let held = agreement.assets_on(amendments, day);
    let weight = |assets: &mut dyn Iterator<Item = &CoveredAsset>| -> Decimal {
        assets.map(|asset| asset.weight.amount()).sum()
    };
    let whole = weight(&mut held.iter());
    let gone = weight(&mut held.iter().filter(|asset| request.removed.contains(&asset.asset)));
    let share = if whole.is_zero() { Decimal::ZERO } else { gone / whole };
    let mut annual = agreement.terms.rounding.product(fee, -share).map_err(QuoteError::from)?;
    let kept: Vec<String> =
        names(&held).into_iter().filter(|asset| !request.removed.contains(asset)).collect();
    let mut added = Vec::new();
    if request.terms.is_some() || !request.added.is_empty() {
        let quote = quote::get(server.home.read(), call.tenant(), &contract.quote).await?;
        let again = Again { server, call, contract, quote: &quote, day };
        let level = agreement.terms.growth(year).map_err(QuoteError::from)?;
        let paid = Decimal::ONE - quote.input.discount.unwrap_or_default();
        let change = |before: Money, after: Money| {
            agreement.terms.rounding.product(after.checked_sub(before)?, paid * level)
        };
        let old = agreement.terms_on(amendments, day).clone();
        let (_, mut before) = again.quoted(kept.clone(), old.clone()).await?;
        if let Some(new) = &request.terms {
            let (_, after) = again.quoted(kept.clone(), new.clone()).await?;
            let more = change(before, after).and_then(|more| annual.checked_add(more));
            (annual, before) = (more.map_err(QuoteError::from)?, after);
        }
        if !request.added.is_empty() {
            let all: Vec<String> = kept.iter().chain(&request.added).cloned().collect();
            let (assets, after) = again.quoted(all, request.terms.clone().unwrap_or(old)).await?;
            added = assets.into_iter().filter(|a| request.added.contains(&a.asset)).collect();
            let more = change(before, after).map_err(QuoteError::from)?;
            let kept_fee = fee.checked_add(annual).map_err(QuoteError::from)?;
            weigh_in(&mut added, whole - gone, (kept_fee, more), level)
                .map_err(QuoteError::from)?;
            annual = annual.checked_add(more).map_err(QuoteError::from)?;
        }
    }
    Ok(Amendment {
        change: Change { effective: day, annual },
        terms: request.terms,
        added,
        removed: request.removed,
    })
}

/// A contract that is quoted again for the rest of its term, from a day on.
struct Again<'a> {
    server: &'a Server,
    call: &'a Call,
    contract: &'a StoredContract,
    quote: &'a StoredQuote,
    day: Date,
}

impl Again<'_> {
    /// Machines with their parts and rates, and the fee of a full year at the price level of the contract's first.
    async fn quoted(
        &self,
        assets: Vec<String>,
        terms: Terms,
    ) -> Result<(Vec<CoveredAsset>, Money), Error> {
        let Self { server, call, contract, quote, day } = *self;
        if assets.is_empty() {
            return Ok((Vec::new(), Money::zero(contract.agreement.price.currency())));
        }
        let mut months = 1;
        while life::end_date(day, months) < contract.end {
            months += 1;
        }
        let agreed = Agreed {
            policy: quote.input.policy.clone(),
            quoted: quote.create_time,
            start: contract.start,
        };
        let wanted = Wanted {
            customer: contract.customer.clone(),
            assets,
            terms: Terms { term_months: months, ..terms },
            start: day,
            segment: quote.input.segment,
            agreed: Some(agreed),
        };
        let input = requote::input(server, call, wanted).await?;
        let found = requote::stored(server, call, String::new(), input).await?;
        let mut assets = covered(&found.quote).map_err(QuoteError::from)?;
        let portfolio = &found.input.portfolio;
        for asset in &mut assets {
            let priced = portfolio.assets.iter().find(|priced| priced.asset == asset.asset);
            asset.rates = priced.and_then(|priced| portfolio.rates.get(priced.rates)).cloned();
        }
        Ok((assets, found.quote.price.base))
    }
}

pub(super) fn amended(
    contract: &StoredContract,
    amendments: &[Amendment],
    amendment: &Amendment,
    change: Money,
) -> pb::ContractAmended {
    let mut all = amendments.to_vec();
    all.push(amendment.clone());
    let day = amendment.change.effective;
    let terms = contract.agreement.terms_on(&all, day);
    pb::ContractAmended {
        contract: contract.name(),
        customer: contract.customer.clone(),
        effective_date: Some(wire::date(day)),
        assets: names(&contract.agreement.assets_on(&all, day)),
        added_assets: names(&amendment.added),
        removed_assets: amendment.removed.clone(),
        period: Some(period(contract.start, Some(contract.end))),
        response_time: response(terms),
        sla_policy: terms.sla_policy.clone(),
        after_hours: terms::hours(terms.after_hours).into(),
        coverage: terms::coverage(terms.coverage).into(),
        exclusions: exclusions(terms),
        fee_change: Some(wire::money(change)),
    }
}

const ORDERS: [OrderField; 1] =
    [OrderField { name: "effective_date", column: "effective_date", kind: OrderKind::Text }];

pub(crate) async fn list(
    server: &Server,
    call: Call,
    asked: pb::ListAmendmentsRequest,
) -> Result<pb::ListAmendmentsResponse, Error> {
    let id = id_of(PATTERN, &asked.parent)?;
    let mut contract = store::get(server.home.read(), call.tenant(), &id).await?;
    price_index::publish(server.home.read(), &call, from_mut(&mut contract)).await?;
    let amendments = amendment::of(server.home.read(), call.tenant(), &id).await?;
    let request = PageRequest {
        tenant: call.tenant(),
        method: "ContractService/ListAmendments",
        page_size: asked.page_size,
        page_token: &asked.page_token,
        filter: "",
        order_by: "effective_date",
        parent: &asked.parent,
    };
    let plan = server.pager.plan(&request, &[], &ORDERS, &["id"], LIMITS)?;
    let fetched = plan.fetch(amendment::all(call.tenant(), &id), server.home.read()).await;
    let (rows, next_page_token) = fetched.map_err(StoreError::from)?;
    let mut shown = Vec::with_capacity(rows.len());
    for row in rows {
        let stored = StoredAmendment::try_from(row)?;
        let change = fee_change(&contract, &amendments, &stored.amendment)?;
        shown.push(present_amendment(&stored, change)?);
    }
    Ok(pb::ListAmendmentsResponse { amendments: shown, next_page_token })
}
