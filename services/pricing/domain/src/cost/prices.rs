//! How often, and what each costs us: computed once for all assets that are alike.

use super::basis::{Basis, Factor};
use super::timing::{Year, discounted_expected, years};
use super::{AssetExposure, Portfolio, covered_share, parts_share};
use crate::failure_model::RepairCosts;
use crate::policy::{PricingPolicy, model};
use crate::rate_card::Rates;
use crate::severity::{EventCost, Severity};
use crate::terms::{AfterHours, Terms};
use std::collections::HashMap;

/// Failures of one asset, mode and year before circumstances and exclusions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Count {
    /// Index of the asset.
    pub asset: usize,
    /// Index of the mode in the asset's model.
    pub mode: usize,
    /// Index of the contract year.
    pub year: usize,
    /// Expected number, plainly counted.
    pub count: f64,
    /// Expected number, weighted so that its product with the mean event cost is the exact present value.
    pub weighted: f64,
}

/// The index of an asset's rates under a basis.
fn rates_index(portfolio: &Portfolio, asset: &AssetExposure, basis: Basis) -> usize {
    let regional = basis.has(Factor::Region) && asset.rates < portfolio.rates.len();
    if regional { asset.rates } else { 0 }
}

/// Failures of every asset, mode and year; they depend on the term, and on age, inflation and region of the basis alone.
#[must_use]
pub fn counts(
    portfolio: &Portfolio,
    terms: &Terms,
    policy: &PricingPolicy,
    basis: Basis,
) -> Vec<Count> {
    let by_rates: Vec<Vec<Year>> =
        portfolio.rates.iter().map(|rates| years(terms, policy, rates, basis)).collect();
    let mut found = Vec::new();
    for (index, asset) in portfolio.assets.iter().enumerate() {
        let Some(priced) = portfolio.models.get(asset.model) else { continue };
        let Some(years) = by_rates.get(rates_index(portfolio, asset, basis)) else { continue };
        let age =
            if basis.has(Factor::Age) { asset.age } else { model(policy.reference_age_years) };
        for (year_index, year) in years.iter().enumerate() {
            for (mode_index, mode) in priced.modes.iter().enumerate() {
                let law = &mode.posterior.law;
                found.push(Count {
                    asset: index,
                    mode: mode_index,
                    year: year_index,
                    count: law.expected(age + year.from, age + year.to),
                    weighted: discounted_expected(law, age, year),
                });
            }
        }
    }
    found
}

/// Event costs of a contract under a basis.
#[derive(Debug)]
pub struct Prices<'a> {
    /// Share of failures that no exclusion takes out.
    pub covered: f64,
    portfolio: &'a Portfolio,
    terms: Terms,
    policy: &'a PricingPolicy,
    basis: Basis,
    years: Vec<Vec<Year>>,
    /// By rates, model, mode and year: what an event costs us, and its mean.
    known: HashMap<(usize, usize, usize, usize), (EventCost, f64)>,
}

impl<'a> Prices<'a> {
    /// None known yet.
    #[must_use]
    pub fn new(
        portfolio: &'a Portfolio,
        terms: &Terms,
        policy: &'a PricingPolicy,
        basis: Basis,
    ) -> Self {
        let terms = basis.terms(terms);
        let years =
            portfolio.rates.iter().map(|rates| years(&terms, policy, rates, basis)).collect();
        let covered = covered_share(&terms, policy);
        Self { covered, portfolio, terms, policy, basis, years, known: HashMap::new() }
    }

    /// What an event of an asset's mode costs us in a year.
    pub fn cost(&mut self, asset: &AssetExposure, mode: usize, year: usize) -> EventCost {
        self.known(asset, mode, year).0
    }

    /// Its mean.
    pub fn mean(&mut self, asset: &AssetExposure, mode: usize, year: usize) -> f64 {
        self.known(asset, mode, year).1
    }

    /// Mean cost of its parts before coverage, at present value.
    #[must_use]
    pub fn parts(&self, asset: &AssetExposure, mode: usize, year: usize) -> f64 {
        let rates = rates_index(self.portfolio, asset, self.basis);
        let year = self.years.get(rates).and_then(|years| years.get(year));
        let costs = self.portfolio.models.get(asset.model).and_then(|m| m.modes.get(mode));
        year.zip(costs)
            .map_or(0.0, |(year, mode)| mode.costs.parts.mean * year.inflation * year.present)
    }

    fn known(&mut self, asset: &AssetExposure, mode: usize, year: usize) -> (EventCost, f64) {
        let rates = rates_index(self.portfolio, asset, self.basis);
        let key = (rates, asset.model, mode, year);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let made = self.make(key).unwrap_or(EventCost::whole(Severity::Point(0.0)));
        let made = (made, made.mean());
        self.known.insert(key, made);
        made
    }

    fn make(&self, key: (usize, usize, usize, usize)) -> Option<EventCost> {
        let (rates, of_model, mode, year) = key;
        let costs = &self.portfolio.models.get(of_model)?.modes.get(mode)?.costs;
        let year = self.years.get(rates)?.get(year)?;
        Some(event_cost(costs, self.portfolio.rates.get(rates)?, &self.terms, self.policy, year))
    }
}

/// Mean and mean square of what an hour costs as a multiple of one in business hours: failures outside business hours are half
/// in the evening, two fifths at the weekend (half of them on Saturday), a tenth on public holidays.
fn hour_factor(rates: &Rates, terms: &Terms, policy: &PricingPolicy) -> (f64, f64) {
    let share = model(policy.after_hours_share);
    let (evening, weekend, holiday) = match terms.after_hours {
        AfterHours::BusinessHours => (0.0, 0.0, 0.0),
        AfterHours::Extended => (0.5 * share, 0.2 * share, 0.0),
        AfterHours::RoundTheClock => (0.5 * share, 0.4 * share, 0.1 * share),
    };
    let plain = 1.0 - evening - weekend - holiday;
    let moment = |power: i32| {
        plain
            + evening * rates.evening_factor.powi(power)
            + weekend * rates.weekend_factor.powi(power)
            + holiday * rates.holiday_factor.powi(power)
    };
    (moment(1), moment(2))
}

/// What an event of a mode costs us in a contract year: hours x rate x hour band, journey, and our share of parts, with
/// inflation; then deductible and cap; then present value. The sum is of the family that fits the mode's repairs.
fn event_cost(
    costs: &RepairCosts,
    rates: &Rates,
    terms: &Terms,
    policy: &PricingPolicy,
    year: &Year,
) -> EventCost {
    let (band, band_square) = hour_factor(rates, terms, policy);
    let share = parts_share(terms, policy);
    let (hours, parts) = (costs.labour_hours, costs.parts);
    let labour = rates.labour_per_hour * hours.mean * band;
    let labour_square = rates.labour_per_hour.powi(2)
        * (hours.mean.powi(2) + hours.deviation.powi(2))
        * band_square;
    let covariance =
        costs.correlation * hours.deviation * parts.deviation * rates.labour_per_hour * band;
    let mean = labour + rates.journey() + share * parts.mean;
    let variance = (labour_square - labour * labour)
        + (share * parts.deviation).powi(2)
        + 2.0 * share * covariance;
    let amount = |money: Option<aftercare_kernel::money::Money>| money.map(|m| model(m.amount()));
    EventCost {
        gross: Severity::with_moments(
            costs.family,
            mean * year.inflation,
            variance.max(0.0).sqrt() * year.inflation,
        ),
        deductible: amount(terms.deductible).unwrap_or(0.0),
        cap: amount(terms.cap),
        scale: year.present,
    }
}
