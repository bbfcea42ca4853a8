//! What a contract costs us: failures by asset, mode and year as a distribution, and the planned part beside it.

use crate::failure_model::{Flag, Posterior, RepairCosts};
use crate::frailty::Frailty;
use crate::policy::{PricingPolicy, model};
use crate::rate_card::Rates;
use crate::severity::{EventCost, Severity};
use crate::terms::{AfterHours, CoverageLevel, Exclusion, Terms};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

mod basis;
pub use basis::{Basis, Factor};
mod outcome;
pub(crate) use outcome::parts_by_asset;
pub use outcome::{CELLS, Outcome, outcome, total};
mod planned;
pub use planned::{Planned, planned};
mod timing;
pub use timing::{Year, discounted_expected, years};

/// A failure mode as a quote needs it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PricedMode {
    /// Its name.
    pub mode: String,
    /// Its intensity.
    pub posterior: Posterior,
    /// What a failure takes.
    pub costs: RepairCosts,
}

/// A failure model as a quote needs it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PricedModel {
    /// `failureModels/{failure_model}`; empty for the policy's prior.
    pub name: String,
    /// Its modes.
    pub modes: Vec<PricedMode>,
}

/// An asset as a quote needs it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AssetExposure {
    /// `customers/{customer}/assets/{asset}`.
    pub asset: String,
    /// `products/{product}`.
    pub product: String,
    /// Its failure model, an index of the portfolio's.
    pub model: usize,
    /// Its rates, an index of the portfolio's.
    pub rates: usize,
    /// Age at the start of the contract, years.
    pub age: f64,
    /// Factor of its environment on its failure rate.
    pub environment: f64,
    /// Factor of its region.
    pub region: f64,
    /// Factor of its duty.
    pub duty: f64,
    /// What its own history says.
    pub frailty: Frailty,
    /// Planned visits a year.
    pub visits_per_year: f64,
    /// Labour hours of a planned visit.
    pub visit_hours: f64,
    /// Parts of a planned visit, major units.
    pub visit_parts: f64,
    /// What to know before trusting its numbers.
    pub flags: BTreeSet<Flag>,
}

/// Everything that is priced together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Portfolio {
    /// Failure models.
    pub models: Vec<PricedModel>,
    /// Rates; the first are the policy's defaults.
    pub rates: Vec<Rates>,
    /// Assets, each once.
    pub assets: Vec<AssetExposure>,
}

/// Events of one asset, mode and year.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Events {
    /// Index of the asset.
    pub asset: usize,
    /// Index of the mode in the asset's model.
    pub mode: usize,
    /// Index of the contract year.
    pub year: usize,
    /// Expected number that we bear, plainly counted.
    pub count: f64,
    /// Expected number, weighted so that its product with the mean event cost is the exact present value.
    pub weighted: f64,
    /// What an event costs us.
    pub cost: EventCost,
    /// Expected parts of these events whoever bears them, with inflation, at present value.
    pub parts: f64,
}

/// Every asset, mode and year of a contract with its events, under a basis.
#[must_use]
pub fn events(
    portfolio: &Portfolio,
    terms: &Terms,
    policy: &PricingPolicy,
    basis: Basis,
) -> Vec<Events> {
    let terms = &basis.terms(terms);
    let covered = covered_share(terms, policy);
    let mut found = Vec::new();
    let Some(standard) = portfolio.rates.first() else { return found };
    for (index, asset) in portfolio.assets.iter().enumerate() {
        let regional = basis.has(Factor::Region);
        let rates =
            if regional { portfolio.rates.get(asset.rates).unwrap_or(standard) } else { standard };
        let Some(priced) = portfolio.models.get(asset.model) else { continue };
        let rate = covered * basis.intensity(asset);
        let age =
            if basis.has(Factor::Age) { asset.age } else { model(policy.reference_age_years) };
        for (year_index, year) in years(terms, policy, rates, basis).iter().enumerate() {
            for (mode_index, mode) in priced.modes.iter().enumerate() {
                let law = &mode.posterior.law;
                let weighted = rate * discounted_expected(law, age, year);
                found.push(Events {
                    asset: index,
                    mode: mode_index,
                    year: year_index,
                    count: rate * law.expected(age + year.from, age + year.to),
                    weighted,
                    cost: event_cost(&mode.costs, rates, terms, policy, year),
                    parts: weighted * mode.costs.parts.mean * year.inflation * year.present,
                });
            }
        }
    }
    found
}

/// Share of failures that no exclusion takes out (thinning).
fn covered_share(terms: &Terms, policy: &PricingPolicy) -> f64 {
    terms
        .exclusions
        .iter()
        .filter(|exclusion| **exclusion != Exclusion::Consumables)
        .map(|exclusion| 1.0 - policy.exclusion_share(*exclusion))
        .product()
}

/// Share of a failure's parts that we bear.
#[must_use]
pub fn parts_share(terms: &Terms, policy: &PricingPolicy) -> f64 {
    let consumables = model(policy.consumables_share);
    match terms.coverage {
        CoverageLevel::LabourOnly => 0.0,
        CoverageLevel::SharedParts => 0.5,
        CoverageLevel::LabourAndParts => 1.0 - consumables,
        CoverageLevel::Full if terms.exclusions.contains(&Exclusion::Consumables) => {
            1.0 - consumables
        }
        CoverageLevel::Full => 1.0,
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

#[cfg(test)]
pub(crate) mod tests;
