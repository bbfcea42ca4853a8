//! What the next term should cost: the contract's own experience blended with that of its class by credibility.

use super::profitability::exposure;
use super::{PATTERN, store};
use crate::convert::contract::names;
use crate::handler::actuals::{Actuals, Book, WorkIndex};
use crate::handler::quote::requote::{self, Wanted};
use crate::handler::{id_of, parsed, today};
use crate::server::Server;
use crate::store::contract::StoredContract;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::money::Money;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_platform::wire;
use aftercare_pricing_domain::contract::{ContractState, end_date};
use aftercare_pricing_domain::credibility::{
    Blend, FULL_CREDIBILITY, Method, Structure, Year, blend, partial_credibility,
};
use aftercare_pricing_domain::experience::{Expected, expected_until};
use aftercare_pricing_domain::next_term::{bounded, capped, reason, with_experience};
use aftercare_pricing_domain::policy::model;
use aftercare_pricing_domain::price::{FeePlan, price_at};
use aftercare_pricing_domain::quote::{QuoteError, QuoteInput, quote_with_outcome};
use jiff::civil::Date;
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, QueryFilter};
use std::collections::BTreeSet;

mod retention;

/// The largest change of a price unless the request says otherwise.
const MAX_CHANGE: Decimal = Decimal::from_parts(15, 0, 0, false, 2);

/// What a contract has been through.
#[derive(Default)]
struct Experience {
    years: Vec<Year>,
    failures: f64,
    expected_failures: f64,
    actual: f64,
    expected: f64,
    capped: usize,
}

pub(crate) async fn propose(
    server: &Server,
    call: Call,
    asked: pb::ProposeRenewalRequest,
) -> Result<pb::RenewalProposal, Error> {
    let id = id_of(PATTERN, &asked.name)?;
    let max_change = parsed(|wrong| match &asked.max_change {
        None => Some(MAX_CHANGE),
        Some(given) => {
            let change = wrong.take("max_change", wire::exact(given))?;
            if change < Decimal::ZERO || change > Decimal::ONE {
                wrong.add("max_change", "must be 0 to 1");
            }
            Some(change)
        }
    })?;
    let book = Book::open(server, &call, &id).await?;
    let class = class(server, &call, &book).await?;
    let today = today(&call);
    let since = class.iter().map(|other| other.contract.start).min().unwrap_or(today);
    let index = WorkIndex::load(server, &call, (since, today)).await?;
    let mut all = Vec::with_capacity(class.len());
    let mut own = Experience::default();
    let mut class_failures = 0.0;
    for other in &class {
        let found = experience(other, &index, today)?;
        all.push(found.years.clone());
        class_failures += found.failures;
        if other.contract.id == book.contract.id {
            own = found;
        }
    }
    let structure = Structure::of(&all).map(|found| found.with_failures(class_failures));
    let alpha = model(book.quote.input.policy.failure_prior.weight);
    let counts = (own.failures, own.expected_failures);
    let blend = blend(&own.years, counts, structure.as_ref(), alpha);
    let found = (own, class_failures, blend);
    let mut proposal = price(server, &call, &book, found, max_change).await?;
    match retention::curve(server, &call, &class).await? {
        Ok(curve) => {
            retention::weigh(&mut proposal.price_points, &curve)?;
            proposal.retention = Some(curve.wire());
        }
        Err(reason) => proposal.no_retention_reason = reason.to_string(),
    }
    Ok(proposal)
}

/// Every contract in the same currency that has begun, this one among them.
async fn class(server: &Server, call: &Call, book: &Book) -> Result<Vec<Book>, Error> {
    let select = store::all(call.tenant())
        .filter(store::entity::Column::State.ne("ACCEPTED"))
        .filter(store::entity::Column::StartDate.lt(today(call).to_string()));
    let rows = select.all(server.home.read()).await.map_err(StoreError::from)?;
    let contracts: Vec<StoredContract> =
        rows.into_iter().map(StoredContract::try_from).collect::<Result<_, StoreError>>()?;
    let mut books = Book::open_all(server, call, contracts).await?;
    let currency = book.zero().currency();
    books.retain(|other| other.zero().currency() == currency);
    Ok(books)
}

/// The contract years until a day; of the last one the part that has passed.
fn experience(book: &Book, index: &WorkIndex, today: Date) -> Result<Experience, Error> {
    let mut found = Experience::default();
    if book.contract.state == ContractState::Accepted {
        return Ok(found);
    }
    let until = today.min(book.contract.end);
    let mut from = book.contract.start;
    for year in 1u32.. {
        let to = end_date(book.contract.start, 12 * year).min(until);
        if to <= from {
            break;
        }
        let actuals = index.actuals(book, (from, to))?;
        found.add(book, &actuals, (from, to))?;
        from = to;
    }
    Ok(found)
}

impl Experience {
    fn add(
        &mut self,
        book: &Book,
        actuals: &Actuals,
        (from, to): (Date, Date),
    ) -> Result<(), Error> {
        let sum = |day: Date| {
            let all = expected_until(&book.quote.input, book.months_until(day));
            all.into_iter().fold(Expected::default(), Expected::plus)
        };
        let expected = sum(to).minus(sum(from)).times(exposure(book, (from, to))?);
        if expected.failures <= 0.0 {
            return Ok(());
        }
        let costs: Vec<f64> = actuals.failures().map(|piece| model(piece.ours.amount())).collect();
        let mean = if expected.count > 0.0 { expected.failures / expected.count } else { 0.0 };
        let (actual, over) = capped(&costs, mean);
        self.years.push(Year { weight: expected.failures, ratio: actual / expected.failures });
        self.failures += costs.len() as f64;
        self.expected_failures += expected.count;
        self.actual += actual;
        self.expected += expected.failures;
        self.capped += over;
        Ok(())
    }
}

/// Prices the next term by today's policy and models with failures at the blended factor.
async fn price(
    server: &Server,
    call: &Call,
    book: &Book,
    (own, class_failures, blend): (Experience, f64, Blend),
    max_change: Decimal,
) -> Result<pb::RenewalProposal, Error> {
    let (contract, amendments) = (&book.contract, &book.amendments);
    let period = (contract.start, contract.end);
    let agreement = &contract.agreement;
    let unchanged = agreement
        .next_term(amendments, period, book.zero(), contract.name())
        .map_err(QuoteError::from)?
        .price;
    let last = retention::last_fee(book)?;
    let wanted = Wanted {
        customer: contract.customer.clone(),
        assets: names(&agreement.assets_on(amendments, contract.end)),
        terms: agreement.terms_on(amendments, contract.end).clone(),
        start: contract.end,
        segment: book.quote.input.segment,
        agreed: None,
    };
    let input = requote::input(server, call, wanted).await?;
    // A model that was fitted since has learnt what the class went through: only the contract's own part is still to be added.
    let learnt = models(&input) != models(&book.quote.input);
    let factor =
        if learnt && blend.class > 0.0 { blend.factor / blend.class } else { blend.factor };
    let input = with_experience(input, factor);
    let work = move |cache: &mut _| -> Result<_, QuoteError> {
        let (quote, outcome) = quote_with_outcome(&input, cache)?;
        let wanted = quote.price.price;
        let (price, held) = bounded(wanted, unchanged, max_change)?;
        let ratio = price.amount().checked_div(wanted.amount()).unwrap_or(Decimal::ONE);
        let plan = FeePlan::of(&input.terms, &input.policy)?;
        let at = price_at(quote.price.base.times(ratio)?, &plan, &outcome, input.start)?;
        let points = retention::points(last, (&plan, &outcome), input.start)?;
        Ok((wanted, price, held, at, points))
    };
    let (wanted, price, held, at, price_points) = server.compute(work).await??;
    let money = |amount: f64| Money::from_model(amount, price.currency()).map(wire::money);
    Ok(pb::RenewalProposal {
        contract: contract.name(),
        price: Some(wire::money(price)),
        actual_to_expected: blend.own,
        credibility: blend.credibility,
        blended_factor: blend.factor,
        bounded: held,
        reason: reason(&blend, (own.failures, class_failures), price, unchanged, held),
        unchanged_price: Some(wire::money(unchanged)),
        unbounded_price: Some(wire::money(wanted)),
        max_change: Some(wire::decimal(max_change)),
        method: method(blend.method).into(),
        class_factor: blend.class,
        credibility_constant: blend.constant,
        failure_count: own.failures as i32,
        class_failure_count: class_failures as i32,
        class_credibility: partial_credibility(class_failures),
        full_credibility_failures: FULL_CREDIBILITY,
        expected_cost: Some(money(own.expected).map_err(QuoteError::from)?),
        actual_cost: Some(money(own.actual).map_err(QuoteError::from)?),
        capped_work_orders: i32::try_from(own.capped).unwrap_or(i32::MAX),
        expected_margin: at.margin,
        loss_probability: at.loss_probability,
        price_points,
        ..Default::default()
    })
}

fn models(input: &QuoteInput) -> BTreeSet<&str> {
    input.portfolio.models.iter().map(|model| model.name.as_str()).collect()
}

const fn method(method: Method) -> pb::CredibilityMethod {
    match method {
        Method::BuhlmannStraub => pb::CredibilityMethod::BuhlmannStraub,
        Method::GammaPoisson => pb::CredibilityMethod::GammaPoisson,
        Method::LimitedFluctuation => pb::CredibilityMethod::LimitedFluctuation,
        Method::NoExperience => pb::CredibilityMethod::NoExperience,
    }
}
