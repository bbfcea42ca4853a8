//! What a contract earned: actual cost against expected cost, and how surprising it is.

use super::PATTERN;
use super::billing::billing;
use crate::convert::terms::exclusion;
use crate::handler::actuals::{Actuals, Book};
use crate::handler::{day, id_of, parsed, today};
use crate::server::Server;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::money::Money;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_platform::wire;
use aftercare_pricing_domain::billing::Billing;
use aftercare_pricing_domain::experience::{Expected, expected_until, place, surprise};
use aftercare_pricing_domain::monitor::Place;
use aftercare_pricing_domain::policy::model;
use aftercare_pricing_domain::quote::{QuoteError, QuoteInput};
use jiff::civil::Date;

/// What a contract earned and cost in a time, beside what was expected.
pub(crate) struct Outcome {
    /// Fees and bills.
    pub revenue: Money,
    pub fees: Money,
    pub billed: Money,
    pub actuals: Actuals,
    /// By machine, in the order of the quote.
    pub expected: Vec<Expected>,
    pub actual_cost: Money,
    pub leakage: Money,
    /// Actual cost of work and what stood by for it as planned.
    pub marginal_cost: Money,
}

impl Outcome {
    /// All machines together.
    pub fn expected_total(&self) -> Expected {
        self.expected.iter().fold(Expected::default(), |sum, asset| sum.plus(*asset))
    }

    pub fn under_water(&self) -> bool {
        self.revenue.amount() < self.marginal_cost.amount()
    }

    /// Failures that the terms bear or bill.
    pub fn failure_count(&self) -> i32 {
        i32::try_from(self.actuals.failures().count()).unwrap_or(i32::MAX)
    }
}

/// A contract's outcome from one day to before another, with the work that was found.
pub(crate) fn outcome(
    book: &Book,
    actuals: Actuals,
    (from, to): (Date, Date),
) -> Result<Outcome, Error> {
    let zero = book.zero();
    let earned = billing(&book.contract, &book.amendments)
        .and_then(|billing| billing.earned(from, to))
        .map_err(QuoteError::from)?;
    let exposure = exposure(book, (from, to))?;
    let input = &book.quote.input;
    let until = expected_until(input, book.months_until(to));
    let before = expected_until(input, book.months_until(from));
    let expected: Vec<Expected> =
        until.into_iter().zip(before).map(|(a, b)| a.minus(b).times(exposure)).collect();
    let standing: f64 = expected.iter().map(|asset| asset.standing).sum();
    let actual_cost = actuals.cost(zero, |_| true)?;
    let leakage = actuals.cost(zero, |piece| piece.leaked.is_some())?;
    let marginal_cost = Money::from_model(standing, zero.currency())
        .and_then(|standing| standing.checked_add(actual_cost))
        .map_err(QuoteError::from)?;
    let billed = actuals.billed(zero)?;
    Ok(Outcome {
        revenue: earned.checked_add(billed).map_err(QuoteError::from)?,
        fees: earned,
        billed,
        actuals,
        expected,
        actual_cost,
        leakage,
        marginal_cost,
    })
}

/// How much there was to be expected, as a multiple of what was first sold: amendments change the fee as they change the cost,
/// and a contract that rests earns and costs nothing.
pub(crate) fn exposure(book: &Book, (from, to): (Date, Date)) -> Result<f64, Error> {
    let mut plain = book.contract.agreement.clone();
    plain.suspensions.clear();
    let earned = billing(&book.contract, &book.amendments)
        .and_then(|billing| billing.earned(from, to))
        .map_err(QuoteError::from)?;
    let sold = Billing::of(&plain, &[], book.contract.start, None)
        .and_then(|billing| billing.earned(from, to))
        .map_err(QuoteError::from)?;
    let sold = model(sold.amount());
    Ok(if sold > 0.0 { model(earned.amount()) / sold } else { awake(book, (from, to)) })
}

/// Share of the days on which a contract did not rest; without a fee there is nothing else to go by.
fn awake(book: &Book, (from, to): (Date, Date)) -> f64 {
    let days = (to - from).get_days();
    let resting = book.contract.agreement.suspensions.iter().map(|rest| {
        let until = rest.until.unwrap_or(to).min(to);
        (until - rest.from.max(from)).get_days().max(0)
    });
    if days > 0 { 1.0 - f64::from(resting.sum::<i32>()) / f64::from(days) } else { 1.0 }
}

pub(crate) async fn get(
    server: &Server,
    call: Call,
    asked: pb::GetContractProfitabilityRequest,
) -> Result<pb::ContractProfitability, Error> {
    let id = id_of(PATTERN, &asked.name)?;
    let until = parsed(|wrong| match &asked.as_of_date {
        None => Some(today(&call)),
        Some(_) => day("as_of_date", asked.as_of_date.as_ref(), wrong),
    })?;
    let book = Book::open(server, &call, &id).await?;
    let period = (book.contract.start, until.clamp(book.contract.start, book.contract.end));
    let actuals = book.actuals(server, &call, period).await?;
    let found = outcome(&book, actuals, period)?;
    let surprise = surprise_of(server, &book, &found, period).await?;
    present(&book, &found, surprise)
}

/// Probability that failures cost at least as much as they did, had the quote been right.
pub(crate) async fn surprise_of(
    server: &Server,
    book: &Book,
    found: &Outcome,
    (from, to): (Date, Date),
) -> Result<f64, Error> {
    let (input, months, scaled) = seen(book, found, (from, to))?;
    let work = move |cache: &mut _| surprise(&input, months, scaled, cache);
    Ok(server.compute(work).await?.map_err(QuoteError::from)?)
}

/// Where the cost of failures fell in the distribution that the quote predicted of the time.
pub(crate) async fn place_of(
    server: &Server,
    book: &Book,
    found: &Outcome,
    time: (Date, Date),
) -> Result<Place, Error> {
    let (input, months, scaled) = seen(book, found, time)?;
    let work = move |cache: &mut _| place(&input, months, scaled, cache);
    Ok(server.compute(work).await?.map_err(QuoteError::from)?)
}

/// A time as its quote would have seen it: the machines at their ages, its months, what failures cost for what was first sold.
fn seen(
    book: &Book,
    found: &Outcome,
    (from, to): (Date, Date),
) -> Result<(QuoteInput, f64, f64), Error> {
    let cost: f64 = found.actuals.failures().map(|piece| model(piece.ours.amount())).sum();
    let exposure = exposure(book, (from, to))?;
    let months = book.months_until(to) - book.months_until(from);
    let scaled = if exposure > 0.0 { cost / exposure } else { cost };
    let mut input = book.quote.input.clone();
    for asset in &mut input.portfolio.assets {
        asset.age += book.months_until(from) / 12.0;
    }
    Ok((input, months, scaled))
}

fn present(
    book: &Book,
    found: &Outcome,
    surprise: f64,
) -> Result<pb::ContractProfitability, Error> {
    let total = found.expected_total();
    let (lower, upper) = total.funnel();
    let expected = Money::from_model(total.work(), book.zero().currency());
    let count = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    let pieces = &found.actuals.pieces;
    let leaked = pieces.iter().filter_map(|piece| Some((piece, piece.leaked?)));
    let billed = pieces.iter().filter(|piece| !piece.billed().amount().is_zero());
    Ok(pb::ContractProfitability {
        contract: book.contract.name(),
        revenue: Some(wire::money(found.revenue)),
        actual_cost: Some(wire::money(found.actual_cost)),
        expected_cost: Some(wire::money(expected.map_err(QuoteError::from)?)),
        surprise,
        leakage: Some(wire::money(found.leakage)),
        under_water: found.under_water(),
        marginal_cost: Some(wire::money(found.marginal_cost)),
        failure_count: found.failure_count(),
        expected_failure_count: total.count,
        funnel_lower: count(lower),
        funnel_upper: count(upper),
        leaked_work: leaked
            .map(|(piece, by)| pb::LeakedWork {
                work_order: format!("workOrders/{}", piece.work),
                exclusion: by.map_or(pb::Exclusion::Unspecified, exclusion).into(),
                cost: Some(wire::money(piece.ours)),
                billable: Some(wire::money(piece.billable)),
            })
            .collect(),
        fees: Some(wire::money(found.fees)),
        billed: Some(wire::money(found.billed)),
        billed_work: billed
            .map(|piece| pb::BilledWork {
                work_order: format!("workOrders/{}", piece.work),
                bill: Some(wire::money(piece.billed())),
                cost: Some(wire::money(piece.ours)),
                hours_unknown: piece.hours_unknown,
            })
            .collect(),
        uncounted_work_orders: i32::try_from(found.actuals.uncounted).unwrap_or(i32::MAX),
    })
}
