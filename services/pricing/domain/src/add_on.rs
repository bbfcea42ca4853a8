//! What is sold on top of a contract: its own cost, its own price, and the failures that it avoids.

use crate::cost::{Basis, Portfolio, years};
use crate::policy::{PricingPolicy, model};
use crate::quote::QuoteError;
use crate::rate_card::Rates;
use crate::terms::{AddOn, Terms};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What cost and price of an add-on are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// Each machine and year.
    MachineYear,
    /// The contract and year.
    ContractYear,
    /// The contract, once, at its start.
    Contract,
}

/// What an add-on costs us and is sold at, major units.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AddOnRate {
    /// Which.
    pub add_on: AddOn,
    /// What both are counted by.
    pub per: Per,
    /// What it costs us; it rises with cost inflation.
    pub cost: f64,
    /// What it is sold at; it rises with the fee. None means its cost with the policy's target margin.
    pub price: Option<f64>,
    /// Share of a machine's failures that it avoids, at least 0, below 1.
    pub avoided: f64,
}

impl AddOn {
    /// Its name on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::SpareUnit => "SPARE_UNIT",
            Self::RemoteMonitoring => "REMOTE_MONITORING",
            Self::Training => "TRAINING",
            Self::OilAnalysis => "OIL_ANALYSIS",
            Self::DedicatedEngineer => "DEDICATED_ENGINEER",
        }
    }
}

fn rates_of<'a>(terms: &'a Terms, rates: &'a Rates) -> impl Iterator<Item = &'a AddOnRate> {
    rates.add_ons.iter().filter(|rate| terms.add_ons.contains(&rate.add_on))
}

/// Share of failures that is left by what the add-ons avoid, each independently of the others: thinning, which leaves a
/// Poisson process Poisson and a gamma frailty as it was.
#[must_use]
pub fn remaining(terms: &Terms, rates: Option<&Rates>) -> f64 {
    rates.map_or(1.0, |rates| rates_of(terms, rates).map(|rate| 1.0 - rate.avoided).product())
}

/// What the add-ons cost us for one of `machines` machines, at present value; `value` is what a unit a year is worth over the
/// term. What is counted by the contract is shared evenly.
#[must_use]
pub fn cost(terms: &Terms, rates: &Rates, value: f64, machines: f64) -> f64 {
    rates_of(terms, rates).map(|rate| cost_of(rate, value, machines)).sum()
}

fn cost_of(rate: &AddOnRate, value: f64, machines: f64) -> f64 {
    match rate.per {
        Per::MachineYear => value * rate.cost,
        Per::ContractYear => value * rate.cost / machines,
        Per::Contract => rate.cost / machines,
    }
}

/// Whether every add-on of the terms is sold where every machine stands.
///
/// # Errors
/// [`QuoteError::AddOnNotSold`] with the first that is not.
pub fn check(portfolio: &Portfolio, terms: &Terms) -> Result<(), QuoteError> {
    for asset in &portfolio.assets {
        let rates = portfolio.rates.get(asset.rates);
        let sold = |wanted: &AddOn| {
            rates.is_some_and(|rates| rates.add_ons.iter().any(|rate| rate.add_on == *wanted))
        };
        if let Some(add_on) = terms.add_ons.iter().find(|wanted| !sold(wanted)) {
            return Err(QuoteError::AddOnNotSold { add_on: *add_on, asset: asset.asset.clone() });
        }
    }
    Ok(())
}

/// An add-on of a contract over all its machines.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SoldLine {
    /// Which.
    pub add_on: AddOn,
    /// What it is counted by.
    pub per: Per,
    /// Machines, or 1 for the contract.
    pub quantity: u32,
    /// Its part of a full first year's fee, major units.
    pub annual: f64,
    /// What it costs us, present value.
    pub cost: f64,
}

/// The add-ons of a contract.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sold {
    /// By add-on and by what it is counted by.
    pub lines: Vec<SoldLine>,
    /// Each machine's part of a full first year's fee.
    pub by_asset: Vec<f64>,
}

impl Sold {
    /// What terms sell on top; `annuity` is the present value of all fees when that of a full first year is 1. What is sold
    /// once is paid with the fees, at its present value.
    #[must_use]
    pub fn of(portfolio: &Portfolio, terms: &Terms, policy: &PricingPolicy, annuity: f64) -> Self {
        if terms.add_ons.is_empty() {
            return Self::default();
        }
        let machines = portfolio.assets.len().max(1) as f64;
        let margin = 1.0 / (1.0 - model(policy.target_margin));
        let mut lines: BTreeMap<(AddOn, Per), SoldLine> = BTreeMap::new();
        let mut by_asset = Vec::with_capacity(portfolio.assets.len());
        let values: Vec<f64> = portfolio
            .rates
            .iter()
            .map(|rates| {
                let years = years(terms, policy, rates, Basis::ACTUAL);
                years.iter().map(|year| (year.to - year.from) * year.inflation * year.present).sum()
            })
            .collect();
        for asset in &portfolio.assets {
            let mut own = 0.0;
            let rates = portfolio.rates.get(asset.rates).zip(values.get(asset.rates));
            for (rate, value) in
                rates.into_iter().flat_map(|(r, v)| rates_of(terms, r).map(move |rate| (rate, *v)))
            {
                let price = rate.price.unwrap_or(rate.cost * margin);
                let (annual, each) = match rate.per {
                    Per::MachineYear => (price, 1),
                    Per::ContractYear => (price / machines, 0),
                    Per::Contract => (price / machines / annuity, 0),
                };
                let empty = SoldLine {
                    add_on: rate.add_on,
                    per: rate.per,
                    quantity: 1 - each,
                    annual: 0.0,
                    cost: 0.0,
                };
                let line = lines.entry((rate.add_on, rate.per)).or_insert(empty);
                line.quantity += each;
                line.annual += annual;
                line.cost += cost_of(rate, value, machines);
                own += annual;
            }
            by_asset.push(own);
        }
        Self { lines: lines.into_values().collect(), by_asset }
    }

    /// Their part of a full first year's fee.
    #[must_use]
    pub fn annual(&self) -> f64 {
        self.lines.iter().map(|line| line.annual).sum()
    }

    /// What they cost us, present value.
    #[must_use]
    pub fn cost(&self) -> f64 {
        self.lines.iter().map(|line| line.cost).sum()
    }
}

#[cfg(test)]
mod tests;
