//! How often, and what each costs us: computed once for all assets that are alike.

use super::basis::{Basis, Factor};
use super::renewed::{Curves, renewed};
use super::timing::{Year, expected, years};
use super::{AssetExposure, Portfolio, covered_share, parts_share};
use crate::failure_model::RepairCosts;
use crate::policy::{PricingPolicy, model};
use crate::rate_card::Rates;
use crate::severity::{EventCost, Family, Severity};
use crate::terms::{AfterHours, Terms};
use std::collections::BTreeMap;

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
    let curves = Curves::of_portfolio(portfolio, terms);
    for (index, asset) in portfolio.assets.iter().enumerate() {
        let Some(priced) = portfolio.models.get(asset.model) else { continue };
        let Some(years) = by_rates.get(rates_index(portfolio, asset, basis)) else { continue };
        let age =
            if basis.has(Factor::Age) { asset.age } else { model(policy.reference_age_years) };
        let replaced = curves.of(asset, age, basis);
        for (year_index, year) in years.iter().enumerate() {
            for (mode_index, mode) in priced.modes.iter().enumerate() {
                let (count, weighted) = match &replaced[mode_index] {
                    Some(months) => renewed(months, year),
                    None => expected(&mode.posterior.law, age, year),
                };
                found.push(Count {
                    asset: index,
                    mode: mode_index,
                    year: year_index,
                    count,
                    weighted,
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
    known: BTreeMap<Key, (EventCost, f64)>,
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
        Self { covered, portfolio, terms, policy, basis, years, known: BTreeMap::new() }
    }

    /// What an event of an asset's mode costs us in a year.
    pub fn cost(&mut self, asset: &AssetExposure, mode: usize, year: usize) -> EventCost {
        self.known(asset, mode, year).0.clone()
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
        let factor = self.portfolio.rates.get(rates).map_or(1.0, |rates| rates.parts_factor);
        year.zip(costs).map_or(0.0, |(year, mode)| {
            factor * mode.costs.parts.mean * year.inflation * year.present
        })
    }

    fn known(&mut self, asset: &AssetExposure, mode: usize, year: usize) -> &(EventCost, f64) {
        let rates = rates_index(self.portfolio, asset, self.basis);
        let key = (rates, asset.model, mode, year);
        let (portfolio, terms, policy, years) =
            (self.portfolio, &self.terms, self.policy, &self.years);
        self.known.entry(key).or_insert_with(|| {
            let made = make(portfolio, terms, policy, years, key);
            let made = made.unwrap_or(EventCost::whole(Severity::Point(0.0)));
            let mean = made.mean();
            (made, mean)
        })
    }
}

/// By rates, model, mode and year.
type Key = (usize, usize, usize, usize);

fn make(
    portfolio: &Portfolio,
    terms: &Terms,
    policy: &PricingPolicy,
    years: &[Vec<Year>],
    (rates, of_model, mode, year): Key,
) -> Option<EventCost> {
    let costs = &portfolio.models.get(of_model)?.modes.get(mode)?.costs;
    let year = years.get(rates)?.get(year)?;
    Some(event_cost(costs, portfolio.rates.get(rates)?, terms, policy, year))
}

/// Mean and mean square of what an hour costs as a multiple of one in business hours: failures outside business hours are half
/// in the evening, two fifths at the weekend (half of them on Saturday), a tenth on public holidays; with a calendar of hours
/// they come at any hour alike.
fn hour_factor(bands: &[(f64, f64); 4]) -> (f64, f64) {
    let moment = |power: i32| bands.iter().map(|(share, factor)| share * factor.powi(power)).sum();
    (moment(1), moment(2))
}

/// Share and factor of the hours in business hours, in the evening, at the weekend and on public holidays.
fn hour_bands(rates: &Rates, terms: &Terms, policy: &PricingPolicy) -> [(f64, f64); 4] {
    let share = model(policy.after_hours_share);
    let (evening, weekend, holiday) = match (terms.after_hours, rates.bands) {
        (AfterHours::BusinessHours, _) => (0.0, 0.0, 0.0),
        (AfterHours::Extended, None) => (0.5 * share, 0.2 * share, 0.0),
        (AfterHours::RoundTheClock, None) => (0.5 * share, 0.4 * share, 0.1 * share),
        (AfterHours::Extended, Some(own)) => (own.evening, own.saturday, 0.0),
        (AfterHours::RoundTheClock, Some(own)) => {
            (own.evening, own.saturday + own.weekend, own.holiday)
        }
    };
    [
        (1.0 - evening - weekend - holiday, 1.0),
        (evening, rates.evening_factor),
        (weekend, rates.weekend_factor),
        (holiday, rates.holiday_factor),
    ]
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
    let bands = hour_bands(rates, terms, policy);
    let (band, band_square) = hour_factor(&bands);
    let share = rates.parts_factor * parts_share(terms, policy);
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
    let seen = match costs.family {
        Family::Empirical => Severity::seen(atoms(costs, rates, share, &bands, year)),
        Family::Lognormal | Family::Gamma => None,
    };
    EventCost {
        gross: seen.unwrap_or_else(|| {
            Severity::with_moments(
                costs.family,
                mean * year.inflation,
                variance.max(0.0).sqrt() * year.inflation,
            )
        }),
        deductible: amount(terms.deductible).unwrap_or(0.0),
        cap: amount(terms.cap),
        scale: year.present,
    }
}

/// Every repair that was seen in every hour band, at these rates, with its probability.
fn atoms(
    costs: &RepairCosts,
    rates: &Rates,
    share: f64,
    bands: &[(f64, f64); 4],
    year: &Year,
) -> Vec<(f64, f64)> {
    let mut atoms = Vec::with_capacity(costs.seen.len() * bands.len());
    for (hours, parts) in &costs.seen {
        for (weight, factor) in bands.iter().filter(|(weight, _)| *weight > 0.0) {
            let cost = rates.labour_per_hour * hours * factor + rates.journey() + share * parts;
            atoms.push((cost * year.inflation, *weight));
        }
    }
    atoms
}
