//! The figures of a quote in money: lines, quantiles, curve, planned cost.

use super::{QuoteError, QuoteInput, circumstance, decimal, weight};
use crate::add_on::{Per, Sold};
use crate::aggregate::tail_shares;
use crate::cost::{Outcome, Planned};
use crate::failure_model::Flag;
use crate::price::{FeePlan, Price, Requirement};
use crate::spectrum::SpectrumCache;
use crate::terms::AddOn;
use aftercare_kernel::currency::Currency;
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

/// Levels that a quote shows.
const LEVELS: [f64; 4] = [0.5, 0.8, 0.95, 0.99];

/// Points of the curve at most.
const CURVE_POINTS: usize = 200;

impl CostFigures {
    pub(super) fn of(found: &Outcome, currency: Currency) -> Result<Self, MoneyError> {
        let money = |amount: f64| Money::from_model(amount, currency);
        let planned = found.planned_total();
        let failures = &found.failures;
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
            mean: money(found.mean())?,
            deviation: money(failures.standard_deviation())?,
            quantiles,
            curve,
            truncated_mass: failures.truncated_mass(),
            truncated_mean: money(failures.truncated_mean())?,
            step: money(failures.step())?,
            cells: failures.masses().len(),
            parameter_error: money(found.parameter_error)?,
            failures: found.failure_count.iter().sum(),
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
}

impl PlannedFigures {
    pub(super) fn of(found: &Outcome, currency: Currency) -> Result<Self, MoneyError> {
        let sum = |part: fn(&crate::cost::Planned) -> f64| {
            Money::from_model(found.planned.iter().map(part).sum(), currency)
        };
        Ok(Self {
            visits: sum(|p| p.visits)?,
            readiness: sum(|p| p.readiness)?,
            parts_pool: sum(|p| p.parts_pool)?,
            overhead: sum(|p| p.overhead)?,
            add_ons: Some(sum(|p| p.add_ons)?).filter(|cost| !cost.amount().is_zero()),
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

pub(super) fn add_ons(
    sold: &Sold,
    plan: &FeePlan,
    input: &QuoteInput,
) -> Result<Vec<AddOnFigure>, MoneyError> {
    let currency = input.policy.currency;
    sold.lines
        .iter()
        .map(|line| {
            let annual_fee = Money::from_model(line.annual, currency)?;
            let kept = Decimal::ONE - input.discount.unwrap_or_default();
            let fees = plan.fees(annual_fee.times(kept)?, input.start)?;
            let zero = Money::zero(currency);
            Ok(AddOnFigure {
                add_on: line.add_on,
                per: line.per,
                quantity: line.quantity,
                annual_fee,
                price: fees.iter().try_fold(zero, |sum, fee| sum.checked_add(fee.fee))?,
                cost: Money::from_model(line.cost, currency)?,
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
    let currency = input.policy.currency;
    let transform = cache.transform(found.failures.masses().len());
    let shares = tail_shares(&found.risks, &found.failures, 0.95, &transform)?;
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
            failure_cost: Money::from_model(found.failure_cost[i], currency)?,
            planned_cost: Money::from_model(found.planned[i].total(), currency)?,
            price: prices[i],
            tail_share: shares[i],
            failure_model: model.map(|m| m.name.clone()).unwrap_or_default(),
            flags: asset.flags.clone(),
        });
    }
    Ok(lines)
}
