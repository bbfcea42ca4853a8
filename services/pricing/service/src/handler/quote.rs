//! Quotes: computed, explained, reproduced, offered.

use super::{
    LIMITS, ORDERS, chosen_id, day, id_of, now, parsed, price_index, segment, text, today,
};
use crate::convert::quote::{contribution, digest, driver, present};
use crate::convert::{risk_sharing, terms};
use crate::server::Server;
use crate::store::check_etag;
use crate::store::knowledge::Knowledge;
use crate::store::quote::{self as store, QuoteApproval, StoredQuote};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::name_segments;
use aftercare_kernel::money::Rounding;
use aftercare_kernel::region::RegionCode;
use aftercare_platform::database::StoreError;
use aftercare_platform::filter::{FieldKind, FilterField};
use aftercare_platform::identity::Call;
use aftercare_platform::paging::PageRequest;
use aftercare_platform::status::Error;
use aftercare_platform::wire;
use aftercare_pricing_domain::competitor::{self, CompetitorPrice};
use aftercare_pricing_domain::contract::{self as life, QuoteState};
use aftercare_pricing_domain::explain::{explain as explain_price, explain_outcome, explained};
use aftercare_pricing_domain::policy::{PricingPolicy, Segment};
use aftercare_pricing_domain::quote::{QuoteError, QuoteInput, quote_with_outcome, tail};
use aftercare_pricing_domain::risk_sharing::RiskTerm;
use aftercare_pricing_domain::terms::Terms;
use jiff::ToSpan;
use jiff::civil::Date;
use prost::Message;
use rust_decimal::Decimal;
use std::collections::HashSet;

mod as_of;
pub(crate) use as_of::as_of;
mod approval;
pub(crate) use approval::{approve, issue};
mod comparison;
pub(crate) use comparison::compare;
mod cost_distribution;
pub(crate) use cost_distribution::cost_distribution;
mod costs;
mod document;
pub(crate) use document::document;
mod history;
mod offered;
mod portfolio;
pub(crate) mod requote;
pub(crate) use portfolio::{Machine, of_machines, rate_cards, refusal};

const PATTERN: &str = "quotes/{quote}";

/// Most assets of a quote.
const MAX_ASSETS: usize = 10_000;

pub(crate) async fn create(
    server: &Server,
    call: Call,
    asked: pb::CreateQuoteRequest,
) -> Result<pb::Quote, Error> {
    let known = Knowledge::now(server.home.read(), call.tenant());
    let (id, input) = input(&known, &call, &asked).await?;
    let mut stored = compute(server, &call, id, asked.service_product.clone(), input).await?;
    stored.request = Some(asked.encode_to_vec());
    stored.competitors = competitors(&known, &call, &stored).await?;
    stored.segment_source = segment::source(&known, &asked).await?;
    let response = present(&stored)?;
    if asked.validate_only {
        return Ok(response);
    }
    let write = server.home.write(&call, &asked.request_id, &asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    store::insert(write.tx(), call.tenant(), &stored).await?;
    write.commit(response).await
}

/// The id and the input of a quote that is asked for, from what is known.
async fn input(
    known: &Knowledge<'_>,
    call: &Call,
    asked: &pb::CreateQuoteRequest,
) -> Result<(String, QuoteInput), Error> {
    let policy = known.policy().await?;
    let product = portfolio::service_product(known, &asked.service_product).await?;
    let given = terms::with_defaults(asked.terms.clone().unwrap_or_default(), product);
    let mut request = parsed(|wrong| parse(asked, &given, &policy, call, wrong))?;
    request.terms.rounding = policy.rounding_mode;
    offered::fill(known, &mut request, &given, &policy).await?;
    price_index::anchor(known, &mut request.terms, &policy).await?;
    let portfolio = portfolio::load(known, &request, &policy).await?;
    let input = QuoteInput {
        customer: asked.customer.clone(),
        start: request.start,
        terms: request.terms,
        segment: match terms::segment_of(asked.segment()) {
            Segment::Unknown => segment::of_customer(known, "customer", &asked.customer).await?,
            said => said,
        },
        policy,
        portfolio,
        discount: request.discount,
        concession_of: (!asked.concession_of.is_empty()).then(|| asked.concession_of.clone()),
    };
    check_discount(known, &input).await?;
    Ok((request.id, input))
}

/// What competitors ask where the machines of a quote stand.
async fn competitors(
    known: &Knowledge<'_>,
    call: &Call,
    quote: &StoredQuote,
) -> Result<Vec<CompetitorPrice>, Error> {
    let since = competitor::since(today(call));
    let seen = known.competitor_prices(&quote.service_product, since).await?;
    if seen.is_empty() {
        return Ok(seen);
    }
    let priced: HashSet<&str> = quote.quote.lines.iter().map(|line| line.asset.as_str()).collect();
    let machines = known.machines(&quote.input.customer).await?;
    let own = machines.iter().filter(|machine| priced.contains(machine.name.as_str()));
    let regions: Vec<RegionCode> =
        own.filter_map(|machine| RegionCode::parse(&machine.region_code).ok()).collect();
    Ok(competitor::beside(seen, &quote.service_product, &regions, today(call)))
}

/// What a request asks for, parsed.
struct Request {
    id: String,
    customer: String,
    /// Names as given; empty means all.
    assets: Vec<String>,
    terms: Terms,
    start: Date,
    discount: Option<Decimal>,
    /// Terms of the default offer that are left out.
    declined: Vec<RiskTerm>,
    /// The day of the call.
    today: Date,
}

fn parse(
    asked: &pb::CreateQuoteRequest,
    given: &pb::Terms,
    policy: &PricingPolicy,
    call: &Call,
    wrong: &mut Violations,
) -> Option<Request> {
    let customer =
        wrong.take("customer", name_segments::<1>("customers/{customer}", &asked.customer));
    if asked.assets.len() > MAX_ASSETS {
        wrong.add("assets", format!("must be at most {MAX_ASSETS}"));
    }
    let mut seen = HashSet::new();
    for (i, asset) in asked.assets.iter().enumerate().take(MAX_ASSETS) {
        let field = format!("assets[{i}]");
        let parts =
            wrong.take(&field, name_segments::<2>("customers/{customer}/assets/{asset}", asset));
        if parts.is_some_and(|[owner, _]| {
            customer.is_some_and(|[customer]| owner != customer && owner != "-")
        }) {
            wrong.add(&field, "must be the customer's");
        }
        if !seen.insert(asset) {
            wrong.add(&field, "is given twice");
        }
    }
    let terms = wrong.within("terms", |wrong| terms::parse(given, policy.currency, wrong));
    let declined = risk_sharing::declined(&asked.declined_terms, wrong);
    terms::known::<pb::Segment>("segment", asked.segment, wrong);
    let discount =
        asked.discount.as_ref().and_then(|discount| terms::share("discount", discount, wrong));
    if !asked.concession_of.is_empty() {
        wrong.take("concession_of", name_segments::<1>(PATTERN, &asked.concession_of));
    }
    let start = match &asked.start_date {
        Some(_) => day("start_date", asked.start_date.as_ref(), wrong),
        None => today(call).first_of_month().checked_add(1.month()).ok(),
    };
    Some(Request {
        id: chosen_id(&asked.quote_id, "quote_id", wrong),
        customer: asked.customer.clone(),
        assets: asked.assets.clone(),
        terms: terms?,
        start: start?,
        discount,
        declined,
        today: today(call),
    })
}

/// A discount must be paid for by terms that differ from those of the quote that it was asked on.
async fn check_discount(known: &Knowledge<'_>, input: &QuoteInput) -> Result<(), Error> {
    if input.discount.is_none() {
        return Ok(());
    }
    let Some(name) = &input.concession_of else {
        return Err(QuoteError::DiscountWithoutTerms.into());
    };
    let id = id_of(PATTERN, name)?;
    let original = known.quote(&id).await?;
    // What an index did meanwhile, or how the policy rounds by now, is no change of terms.
    let agreed = |terms: &Terms| {
        let mut agreed = match terms.index {
            Some(_) => terms.changing_by(Decimal::ZERO),
            None => terms.clone(),
        };
        agreed.rounding = Rounding::default();
        if let Some(clause) = &mut agreed.index {
            clause.base_month = Date::ZERO;
        }
        agreed
    };
    if agreed(&original.input.terms) == agreed(&input.terms) {
        return Err(QuoteError::DiscountWithoutTerms.into());
    }
    Ok(())
}

async fn compute(
    server: &Server,
    call: &Call,
    id: String,
    service_product: String,
    input: QuoteInput,
) -> Result<StoredQuote, Error> {
    let days = i64::from(input.policy.validity_days).days();
    let valid_until = today(call).checked_add(days).unwrap_or(Date::MAX);
    let work = move |cache: &mut _| -> Result<_, QuoteError> {
        let (figures, found) = quote_with_outcome(&input, cache)?;
        let drivers = explain_outcome(&input, &figures, &found)?.drivers;
        Ok((input, figures, drivers))
    };
    let (input, quote, drivers) = server.compute(work).await??;
    Ok(StoredQuote {
        id,
        state: QuoteState::Quoted,
        valid_until,
        service_product,
        input,
        quote,
        drivers,
        approval: QuoteApproval::default(),
        request: None,
        competitors: Vec::new(),
        segment_source: None,
        revision: 1,
        create_time: now(call),
        update_time: now(call),
    })
}

pub(crate) async fn get(
    server: &Server,
    call: Call,
    asked: pb::GetQuoteRequest,
) -> Result<pb::Quote, Error> {
    let id = id_of(PATTERN, &asked.name)?;
    Ok(present(&store::get(server.home.read(), call.tenant(), &id).await?)?)
}

const STATES: FieldKind = FieldKind::Enum(&[
    ("QUOTE_STATE_QUOTED", "QUOTED"),
    ("QUOTE_STATE_AWAITING_APPROVAL", "AWAITING_APPROVAL"),
    ("QUOTE_STATE_OFFERED", "OFFERED"),
    ("QUOTE_STATE_ACCEPTED", "ACCEPTED"),
    ("QUOTE_STATE_DECLINED", "DECLINED"),
]);

pub(crate) async fn list(
    server: &Server,
    call: Call,
    asked: pb::ListQuotesRequest,
) -> Result<pb::ListQuotesResponse, Error> {
    let request = PageRequest {
        tenant: call.tenant(),
        method: "QuoteService/ListQuotes",
        page_size: asked.page_size,
        page_token: &asked.page_token,
        filter: &asked.filter,
        order_by: &asked.order_by,
        parent: "",
    };
    let fields = [text("customer"), FilterField { name: "state", column: "state", kind: STATES }];
    let plan = server.pager.plan(&request, &fields, &ORDERS, &["id"], LIMITS)?;
    let fetched = plan.fetch(store::all(call.tenant()), server.home.read()).await;
    let (rows, next_page_token) = fetched.map_err(StoreError::from)?;
    let quotes = rows
        .into_iter()
        .map(|row| present(&StoredQuote::try_from(row)?))
        .collect::<Result<_, StoreError>>()?;
    Ok(pb::ListQuotesResponse { quotes, next_page_token })
}

pub(crate) async fn explain(
    server: &Server,
    call: Call,
    asked: pb::ExplainQuoteRequest,
) -> Result<pb::ExplainQuoteResponse, Error> {
    let id = id_of(PATTERN, &asked.name)?;
    let stored = store::get(server.home.read(), call.tenant(), &id).await?;
    let price = explained(&stored.quote).map_err(QuoteError::from)?;
    let tail = tail(&stored.quote.lines).map_err(QuoteError::from)?;
    let found = server.compute(move |cache| explain_price(&stored.input, cache)).await??;
    Ok(pb::ExplainQuoteResponse {
        drivers: found.drivers.iter().map(driver).collect(),
        price: Some(wire::money(price)),
        evaluations: i32::try_from(found.evaluations).unwrap_or(i32::MAX),
        tail_cost: tail.cost.map(wire::money),
        tail: tail.parts.iter().map(contribution).collect(),
    })
}

pub(crate) async fn reproduce(
    server: &Server,
    call: Call,
    asked: pb::ReproduceQuoteRequest,
) -> Result<pb::ReproduceQuoteResponse, Error> {
    let id = id_of(PATTERN, &asked.name)?;
    let stored = store::get(server.home.read(), call.tenant(), &id).await?;
    let product = stored.service_product.clone();
    let again = compute(server, &call, stored.id.clone(), product, stored.input.clone()).await?;
    let stored_digest = digest(&(&stored.quote, &stored.drivers))?;
    let reproduced_digest = digest(&(&again.quote, &again.drivers))?;
    let again = StoredQuote { quote: again.quote, drivers: again.drivers, ..stored };
    Ok(pb::ReproduceQuoteResponse {
        identical: stored_digest == reproduced_digest,
        quote: Some(present(&again)?),
        stored_digest,
        reproduced_digest,
    })
}

/// The parts that changes of a quote's state have in common.
struct Step<'a> {
    name: &'a str,
    etag: &'a str,
    request_id: &'a str,
}

async fn step(
    server: &Server,
    call: &Call,
    asked: &impl prost::Message,
    step: Step<'_>,
    decide: impl FnOnce(&StoredQuote) -> Result<QuoteState, life::LifeError>,
) -> Result<pb::Quote, Error> {
    let id = id_of(PATTERN, step.name)?;
    let write = server.home.write(call, step.request_id, asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let before = store::get(write.tx(), call.tenant(), &id).await?;
    check_etag(step.etag, before.revision, step.name)?;
    let state = decide(&before)?;
    let moved = store::move_to(write.tx(), call.tenant(), &before, state, now(call)).await?;
    let response = present(&moved)?;
    write.commit(response).await
}

pub(crate) async fn decline(
    server: &Server,
    call: Call,
    asked: pb::DeclineQuoteRequest,
) -> Result<pb::Quote, Error> {
    let which = Step { name: &asked.name, etag: &asked.etag, request_id: &asked.request_id };
    step(server, &call, &asked, which, |quote| life::decline(&quote.name(), quote.state)).await
}
