//! The figures of a quote in money: lines, quantiles, curve, planned cost.

use super::offer::Billed;
use super::{QuoteError, QuoteInput, circumstance, decimal, weight};
use crate::add_on::{Per, Sold};
use crate::aggregate::Distribution;
use crate::cost::{Lateness, Outcome, Planned};
use crate::failure_model::Flag;
use crate::policy::PricingPolicy;
use crate::price::{FeePlan, Price, Requirement};
use crate::spectrum::SpectrumCache;
use crate::tariff;
use crate::terms::{AddOn, PricingModel};
use aftercare_kernel::money::{Money, MoneyError};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What an asset adds to a quote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// `customers/{customer}/assets/{asset}`.
    pub asset: String,
    /// `products/{product}`.
    pub product: String,
    /// Age at the start, years.
    pub age: f64,
    /// Expected failures over the term.
    pub failures: f64,
    /// Factor of environment, region and duty.
    pub circumstance: f64,
    /// Factor of its own history.
    pub history: f64,
    /// Expected failure cost that we bear.
    pub failure_cost: Money,
    /// Planned cost.
    pub planned_cost: Money,
    /// Its part of the price.
    pub price: Money,
    /// Its share of the worst twentieth of outcomes.
    pub tail_share: f64,
    /// Its part of the expected shortfall of failure cost there; none in quotes made before it was kept.
    #[serde(default)]
    pub tail_cost: Option<Money>,
    /// `failureModels/{failure_model}`; empty for the prior.
    pub failure_model: String,
    /// What to know.
    pub flags: BTreeSet<Flag>,
}

/// A quantile of cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuantileFigure {
    /// Its level.
    pub level: f64,
    /// Cost.
    pub cost: Money,
    /// Expected shortfall.
    pub shortfall: Money,
}

/// A point of the curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CurveFigure {
    /// Cost.
    pub cost: Money,
    /// Probability per major unit.
    pub density: f64,
    /// Probability of a cost not above it.
    pub cumulative: f64,
}

/// Cost as a distribution, planned cost included, at present value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CostFigures {
    /// Mean.
    pub mean: Money,
    /// Standard deviation.
    pub deviation: Money,
    /// P50, P80, P95, P99.
    pub quantiles: Vec<QuantileFigure>,
    /// For a plot.
    pub curve: Vec<CurveFigure>,
    /// Probability beyond the lattice.
    pub truncated_mass: f64,
    /// Mean beyond the lattice.
    pub truncated_mean: Money,
    /// Width of a cell.
    pub step: Money,
    /// Number of cells.
    pub cells: usize,
    /// Standard error of the mean from the models' uncertainty.
    pub parameter_error: Money,
    /// Expected failures.
    pub failures: f64,
}

/// The level beyond which outcomes are bad: the worst twentieth.
const TAIL: f64 = 0.95;

/// Levels that a quote shows.
const LEVELS: [f64; 4] = [0.5, 0.8, 0.95, 0.99];

/// Points of the curve at most.
const CURVE_POINTS: usize = 200;

impl CostFigures {
    pub(crate) fn of(found: &Outcome, policy: &PricingPolicy) -> Result<Self, MoneyError> {
        let count = found.failure_count.iter().sum();
        let spread = (found.parameter_error, count);
        Self::beside(found.planned_total(), &found.failures, spread, policy)
    }

    /// A sure amount beside a distribution, with the standard error of the mean and the expected number of failures.
    pub(crate) fn beside(
        planned: f64,
        failures: &Distribution,
        (parameter_error, count): (f64, f64),
        policy: &PricingPolicy,
    ) -> Result<Self, MoneyError> {
        let money = |amount: f64| policy.money(amount);
        let quantiles = LEVELS
            .into_iter()
            .map(|level| {
                Ok(QuantileFigure {
                    level,
                    cost: money(planned + failures.quantile(level))?,
                    shortfall: money(planned + failures.shortfall(level))?,
                })
            })
            .collect::<Result<_, MoneyError>>()?;
        let curve = failures
            .curve(CURVE_POINTS)
            .into_iter()
            .map(|point| {
                Ok(CurveFigure {
                    cost: money(planned + point.cost)?,
                    density: point.density,
                    cumulative: point.cumulative,
                })
            })
            .collect::<Result<_, MoneyError>>()?;
        Ok(Self {
            mean: money(planned + failures.mean())?,
            deviation: money(failures.standard_deviation())?,
            quantiles,
            curve,
            truncated_mass: failures.truncated_mass(),
            truncated_mean: money(failures.truncated_mean())?,
            step: money(failures.step())?,
            cells: failures.masses().len(),
            parameter_error: money(parameter_error)?,
            failures: count,
        })
    }
}

/// Planned cost of the whole contract.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedFigures {
    /// Visits.
    pub visits: Money,
    /// Readiness.
    pub readiness: Money,
    /// Parts pool.
    pub parts_pool: Money,
    /// Administration and set-up.
    pub overhead: Money,
    /// Add-ons; none if none is sold.
    #[serde(default)]
    pub add_ons: Option<Money>,
    /// Inspections; none if there is none.
    #[serde(default)]
    pub inspection: Option<Money>,
}

impl PlannedFigures {
    pub(super) fn of(found: &Outcome, policy: &PricingPolicy) -> Result<Self, MoneyError> {
        let sum = |part: fn(&crate::cost::Planned) -> f64| {
            policy.money(found.planned.iter().map(part).sum())
        };
        Ok(Self {
            visits: sum(|p| p.visits)?,
            readiness: sum(|p| p.readiness)?,
            parts_pool: sum(|p| p.parts_pool)?,
            overhead: sum(|p| p.overhead)?,
            add_ons: Some(sum(|p| p.add_ons)?).filter(|cost| !cost.amount().is_zero()),
            inspection: Some(sum(|p| p.inspection)?).filter(|cost| !cost.amount().is_zero()),
        })
    }
}

/// What credits for late responses are expected to cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreditFigures {
    /// Share of responses that are taken to come late.
    pub late_share: Decimal,
    /// Expected late responses over the term.
    pub late: f64,
    /// Expected credits, present value.
    pub credits: Money,
}

impl CreditFigures {
    pub(super) fn of(
        late: &Lateness,
        found: &Outcome,
        policy: &PricingPolicy,
    ) -> Result<Self, MoneyError> {
        Ok(Self {
            late_share: policy.late_response_share,
            late: late.count(found.failure_count.iter().sum()),
            credits: policy.money(found.credits)?,
        })
    }
}

/// An add-on of a quote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AddOnFigure {
    /// Which.
    pub add_on: AddOn,
    /// What it is counted by.
    pub per: Per,
    /// Machines, or 1 for the contract.
    pub quantity: u32,
    /// Its part of a full first year's fee, before any discount.
    pub annual_fee: Money,
    /// Its part of the price, discount included.
    pub price: Money,
    /// What it costs us, present value.
    pub cost: Money,
}

/// What work is billed at where a rate card holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BilledRate {
    /// `rateCards/{rate_card}`; empty for the policy's defaults.
    pub rate_card: String,
    /// An hour in business hours.
    pub labour_per_hour: Money,
    /// A journey with its hours on the road.
    pub journey: Money,
    /// Parts, as a multiple of their cost.
    pub parts_factor: f64,
    /// An hour in the evening, at the weekend, on a public holiday, as multiples.
    pub bands: [f64; 3],
}

/// What is billed by the rate card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BillingFigures {
    /// By rate card.
    pub rates: Vec<BilledRate>,
    /// Expected bills, present value.
    pub expected: Money,
    /// Whether every failure is billed, not only what goes beyond a scope.
    pub everything: bool,
    /// What the customer pays, fees included, present value.
    pub customer: CostFigures,
}

impl BillingFigures {
    pub(super) fn of(
        billed: &Billed,
        price: &Price,
        input: &QuoteInput,
    ) -> Result<Self, MoneyError> {
        let policy = &input.policy;
        let money = |amount: f64| policy.money(amount);
        let used: BTreeSet<usize> = input.portfolio.assets.iter().map(|a| a.rates).collect();
        let rates = used
            .into_iter()
            .filter_map(|index| input.portfolio.rates.get(index))
            .map(|rates| {
                let terms = tariff::everything(&input.terms);
                let sold = tariff::agreed(tariff::billed(rates, &input.policy), &terms);
                Ok(BilledRate {
                    rate_card: rates.rate_card.clone(),
                    labour_per_hour: money(sold.labour_per_hour)?,
                    journey: money(sold.journey())?,
                    parts_factor: sold.parts_factor,
                    bands: [sold.evening_factor, sold.weekend_factor, sold.holiday_factor],
                })
            })
            .collect::<Result<_, MoneyError>>()?;
        let sure = price.present_value + billed.sure;
        Ok(Self {
            rates,
            expected: money(billed.mean())?,
            everything: input.terms.pricing_model == PricingModel::TimeAndMaterials,
            customer: CostFigures::beside(
                sure,
                &billed.events,
                (billed.parameter_error, billed.count),
                policy,
            )?,
        })
    }
}

pub(super) fn add_ons(
    sold: &Sold,
    plan: &FeePlan,
    input: &QuoteInput,
) -> Result<Vec<AddOnFigure>, MoneyError> {
    let policy = &input.policy;
    sold.lines
        .iter()
        .map(|line| {
            let annual_fee = policy.money(line.annual)?;
            let kept = Decimal::ONE - input.discount.unwrap_or_default();
            let fees = plan.fees(policy.rounding_mode.product(annual_fee, kept)?, input.start)?;
            let zero = Money::zero(policy.currency);
            Ok(AddOnFigure {
                add_on: line.add_on,
                per: line.per,
                quantity: line.quantity,
                annual_fee,
                price: fees.iter().try_fold(zero, |sum, fee| sum.checked_add(fee.fee))?,
                cost: policy.money(line.cost)?,
            })
        })
        .collect()
}

/// What each asset weighs in the price: its expected cost, beside its own add-ons at their price.
fn weights(found: &Outcome, requirement: &Requirement, sold: &Sold) -> Vec<f64> {
    let core = |i: usize| {
        let planned = &found.planned[i];
        weight(found.failure_cost[i], &Planned { add_ons: 0.0, ..*planned })
    };
    let cores: Vec<f64> = (0..found.planned.len()).map(core).collect();
    let (sum, annual) = (cores.iter().sum::<f64>(), sold.annual());
    if annual <= 0.0 || sum <= 0.0 {
        return cores;
    }
    let rest = (requirement.present_value() - requirement.add_ons).max(0.0);
    let own = cores.iter().zip(&sold.by_asset);
    own.map(|(core, fee)| rest * core / sum + requirement.add_ons * fee / annual).collect()
}

pub(super) fn lines(
    input: &QuoteInput,
    found: &Outcome,
    price: &Price,
    (requirement, sold): (&Requirement, &Sold),
    cache: &mut SpectrumCache,
) -> Result<Vec<Line>, QuoteError> {
    let policy = &input.policy;
    let shares = found.tail_shares(TAIL, cache)?;
    let shortfall = policy.money(found.failures.shortfall(TAIL))?;
    let mut parts: Vec<Decimal> = shares.iter().copied().map(decimal).collect();
    if parts.iter().all(Decimal::is_zero) {
        parts.fill(Decimal::ONE);
    }
    let tail = shortfall.allocate(&parts)?;
    let mut weights: Vec<Decimal> =
        weights(found, requirement, sold).into_iter().map(decimal).collect();
    if weights.iter().all(Decimal::is_zero) {
        weights.fill(Decimal::ONE);
    }
    let prices = price.price.allocate(&weights)?;
    let mut lines = Vec::with_capacity(prices.len());
    for (i, asset) in input.portfolio.assets.iter().enumerate() {
        let model = input.portfolio.models.get(asset.model);
        lines.push(Line {
            asset: asset.asset.clone(),
            product: asset.product.clone(),
            age: asset.age,
            failures: found.failure_count[i],
            circumstance: circumstance(asset),
            history: asset.frailty.mean,
            failure_cost: policy.money(found.failure_cost[i])?,
            planned_cost: policy.money(found.planned[i].total())?,
            price: prices[i],
            tail_share: shares[i],
            tail_cost: tail.get(i).copied(),
            failure_model: model.map(|m| m.name.clone()).unwrap_or_default(),
            flags: asset.flags.clone(),
        });
    }
    Ok(lines)
}
