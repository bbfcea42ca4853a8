//! What a quote asks for: a fee that bears its cost, bills by the rate card, or both.

use super::{QuoteError, QuoteInput, base_fee, floor};
use crate::add_on::Sold;
use crate::aggregate::{Distribution, Risk, compound};
use crate::cost::scope::Mixture;
use crate::cost::{Basis, CELLS, Outcome, Portfolio, events, outcome};
use crate::lattice::{Lattice, LatticeError};
use crate::policy::PricingPolicy;
use crate::price::{FeePlan, Price, Requirement, price_at};
use crate::spectrum::SpectrumCache;
use crate::tariff::{Bills, everything};
use crate::terms::Terms;
use aftercare_kernel::money::Money;
use rust_decimal::Decimal;

/// A price with what asks for it.
pub(super) struct Offer {
    pub requirement: Requirement,
    pub price: Price,
    pub floor: Money,
    /// What is billed; none with full coverage.
    pub bills: Option<Billed>,
}

/// What the customer is billed beside the fee, at present value.
#[derive(Debug, Clone)]
pub(crate) struct Billed {
    /// What is sure: planned visits.
    pub sure: f64,
    /// Failures.
    pub events: Distribution,
    /// Standard error of the mean from the uncertainty of the failure models.
    pub parameter_error: f64,
    /// Expected failures over the term, whoever pays for them.
    pub count: f64,
}

impl Billed {
    /// Expected bills.
    pub fn mean(&self) -> f64 {
        self.sure + self.events.mean()
    }
}

/// A fee that bears the contract's cost by policy, at least `least`; with a fixed scope, what goes beyond it is billed.
pub(super) fn paid_offer(
    input: &QuoteInput,
    found: &Outcome,
    (plan, least): (&FeePlan, Money),
    sold: &Sold,
    cache: &mut SpectrumCache,
) -> Result<Offer, QuoteError> {
    let policy = &input.policy;
    let requirement = Requirement::of(found, policy, sold.annual() * plan.annuity());
    let base = base_fee(&requirement, plan, input.discount, policy)?;
    let base = if base.amount() < least.amount() { least } else { base };
    let bills = match &input.terms.scope {
        Some(scope) => Some(beyond(input, scope.repairs, cache)?),
        None => None,
    };
    Ok(Offer {
        price: price_at(base, plan, found, input.start)?,
        floor: floor(found, plan, policy, input.start)?,
        requirement,
        bills,
    })
}

/// The bills for failures beyond the first `repairs`.
pub(crate) fn beyond(
    input: &QuoteInput,
    repairs: u32,
    cache: &mut SpectrumCache,
) -> Result<Billed, LatticeError> {
    let bills = Bills::of(&input.portfolio, &input.terms, &input.policy);
    let found = events(&bills.portfolio, &bills.terms, &bills.policy, Basis::ACTUAL);
    let mixture = Mixture::of(&bills.portfolio, &bills.policy, &found, cache)?;
    let machines = input.portfolio.assets.len();
    let part = mixture.beyond(repairs, machines, CELLS, cache)?;
    let count = found.iter().map(|e| e.count).sum();
    Ok(Billed { sure: 0.0, events: part.distribution, parameter_error: 0.0, count })
}

/// The bills for every failure and planned visit.
pub(crate) fn billed_in_full(
    input: &QuoteInput,
    cache: &mut SpectrumCache,
) -> Result<Billed, LatticeError> {
    let bills = Bills::of(&input.portfolio, &input.terms, &input.policy);
    let found = outcome(&bills.portfolio, &bills.terms, &bills.policy, CELLS, cache)?;
    Ok(Billed {
        sure: found.planned.iter().map(|planned| planned.visits).sum(),
        count: found.failure_count.iter().sum(),
        parameter_error: found.parameter_error,
        events: found.failures,
    })
}

/// Everything is billed; the fee is that of the add-ons, and the floor a fee that would bear what bills do not.
pub(super) fn billed_offer(
    input: &QuoteInput,
    found: &Outcome,
    plan: &FeePlan,
    sold: &Sold,
    cache: &mut SpectrumCache,
) -> Result<Offer, QuoteError> {
    let policy = &input.policy;
    let add_ons = sold.annual() * plan.annuity();
    let bills = billed_in_full(input, cache)?;
    let kept = Decimal::ONE - input.discount.unwrap_or_default();
    let base = policy.rounding_mode.product(policy.money(sold.annual())?, kept)?;
    let mut price = price_at(base, plan, found, input.start)?;
    if base.amount().is_zero() {
        price.fees.clear();
    }
    let revenue = price.present_value + bills.mean();
    price.margin = if revenue > 0.0 { 1.0 - found.mean() / revenue } else { f64::MIN };
    let sure = price.present_value + bills.sure - found.planned_total();
    price.loss_probability = loss(&input.portfolio, &input.terms, policy, sure, cache)?;
    let missing = ((found.mean() - bills.mean()) / plan.annuity()).max(0.0);
    let missing = policy.money(missing)?;
    let requirement = Requirement { by_margin: add_ons, by_risk: 0.0, add_ons, uncertainty: 0.0 };
    let floor = price_at(missing, plan, found, input.start)?.price;
    Ok(Offer { requirement, price, floor, bills: Some(bills) })
}

/// Probability that what failures earn and a sure amount do not bear what others lose. What an event earns is taken in
/// proportion to what it costs, in the ratio of their means.
fn loss(
    portfolio: &Portfolio,
    terms: &Terms,
    policy: &PricingPolicy,
    sure: f64,
    cache: &mut SpectrumCache,
) -> Result<f64, LatticeError> {
    let bills = Bills::of(portfolio, terms, policy);
    let cost = events(portfolio, &everything(terms), policy, Basis::ACTUAL);
    let billed = events(&bills.portfolio, &bills.terms, &bills.policy, Basis::ACTUAL);
    let (mut gains, mut losses) = (Vec::new(), Vec::new());
    for (cost, billed) in cost.iter().zip(&billed) {
        let (spent, taken) = (cost.cost.mean(), billed.cost.mean());
        if spent <= 0.0 || taken == spent {
            continue;
        }
        let ratio = taken / spent - 1.0;
        let mut earned = cost.cost.clone();
        earned.scale *= ratio.abs();
        let side = if ratio > 0.0 { &mut gains } else { &mut losses };
        side.push((cost.asset, earned, cost.weighted));
    }
    let (gains, losses) = (sum_of(portfolio, gains, cache)?, sum_of(portfolio, losses, cache)?);
    let masses = |sum: Option<&Distribution>| match sum {
        Some(sum) => (sum.step(), sum.masses().to_vec()),
        None => (1.0, vec![1.0]),
    };
    let (step, earned) = masses(gains.as_ref());
    let below = |amount: f64| match &losses {
        Some(losses) => losses.exceedance(amount),
        None => f64::from(u8::from(amount < 0.0)),
    };
    let sum: f64 = earned.iter().enumerate().map(|(j, p)| p * below(sure + j as f64 * step)).sum();
    Ok(sum.clamp(0.0, 1.0))
}

/// The sum of events by machine, with each machine's own frailty; none without events.
fn sum_of(
    portfolio: &Portfolio,
    events: Vec<(usize, crate::severity::EventCost, f64)>,
    cache: &mut SpectrumCache,
) -> Result<Option<Distribution>, LatticeError> {
    if events.is_empty() {
        return Ok(None);
    }
    let mut means = vec![0.0; portfolio.assets.len()];
    let mut square = 0.0;
    for (asset, cost, count) in &events {
        means[*asset] += count * cost.mean();
        square += count * cost.second_moment_bound();
    }
    for (asset, mean) in portfolio.assets.iter().zip(&means) {
        square += asset.frailty.shape.map_or(0.0, |shape| mean * mean / shape);
    }
    let upper = means.iter().sum::<f64>() + 10.0 * square.sqrt();
    let lattice = Lattice::reaching(upper.max(1.0), CELLS)?;
    let mut risks: Vec<Risk> = portfolio
        .assets
        .iter()
        .map(|asset| Risk { events: Vec::new(), shape: asset.frailty.shape, site: None })
        .collect();
    for (asset, cost, count) in &events {
        risks[*asset].events.push((cache.spectrum(cost, lattice), *count));
    }
    let transform = cache.transform(lattice.cells);
    Ok(Some(compound(&risks, lattice.step, &transform)?))
}
