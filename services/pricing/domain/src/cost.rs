//! What a contract costs us: failures by asset, mode and year as a distribution, and the planned part beside it.

use crate::add_on;
use crate::failure_model::{Flag, Posterior, RepairCosts};
use crate::frailty::Frailty;
use crate::fx::FxRate;
use crate::policy::{PricingPolicy, model};
use crate::rate_card::Rates;
use crate::renewal::RenewalFit;
use crate::severity::EventCost;
use crate::terms::{CoverageLevel, Terms};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

mod basis;
mod by_year;
mod prices;
pub use basis::{Basis, Factor};
pub use prices::{Count, Prices, counts};
mod lateness;
pub use lateness::Lateness;
mod outcome;
pub(crate) mod scope;
pub use outcome::{CELLS, Outcome, outcome, outcome_with, total};
pub(crate) use outcome::{parts_by_asset, present_share, risks_of, upper_end};
mod planned;
mod renewed;
pub use planned::{Planned, planned};
mod term_cost;
mod timing;
pub use term_cost::{Masses, TermCost, term_cost};
mod uncertainty;
pub use timing::{Year, expected, years};

/// A failure mode as a quote needs it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PricedMode {
    /// Its name.
    pub mode: String,
    /// Its intensity.
    pub posterior: Posterior,
    /// What a failure takes.
    pub costs: RepairCosts,
    /// The part's life, if its failures are priced by replacement; none by the intensity.
    #[serde(default)]
    pub renewal: Option<RenewalFit>,
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
    /// Its site among the portfolio's, an index: same customer, same region.
    #[serde(default)]
    pub site: usize,
    /// Planned visits a year.
    pub visits_per_year: f64,
    /// Labour hours of a planned visit.
    pub visit_hours: f64,
    /// Parts of a planned visit, major units.
    pub visit_parts: f64,
    /// Years since its parts were replaced at the start of the contract, by mode; absent means as old as the machine.
    #[serde(default)]
    pub part_ages: BTreeMap<String, f64>,
    /// Whether it is inspected before it is covered: another maker's machine of which nothing is known.
    #[serde(default)]
    pub inspected: bool,
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
    /// Exchange rates by which rates and parts in other currencies were converted, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fx: Vec<FxRate>,
}

/// Events of one asset, mode and year.
#[derive(Debug, Clone, PartialEq)]
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
    let mut prices = Prices::new(portfolio, terms, policy, basis);
    let mut found = Vec::new();
    for count in counts(portfolio, terms, policy, basis) {
        let Some(asset) = portfolio.assets.get(count.asset) else { continue };
        let kept = add_on::remaining(terms, portfolio.rates.get(asset.rates));
        let rate = prices.covered * kept * basis.intensity(asset);
        found.push(Events {
            asset: count.asset,
            mode: count.mode,
            year: count.year,
            count: rate * count.count,
            weighted: rate * count.weighted,
            parts: rate * count.weighted * prices.parts(asset, count.mode, count.year),
            cost: prices.cost(asset, count.mode, count.year),
        });
    }
    found
}

/// Share of failures that no exclusion takes out (thinning).
fn covered_share(terms: &Terms, policy: &PricingPolicy) -> f64 {
    terms
        .exclusions
        .iter()
        .filter(|exclusion| terms.excludes_event(**exclusion))
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
        CoverageLevel::LabourAndParts | CoverageLevel::Full if !terms.bears_consumables() => {
            1.0 - consumables
        }
        CoverageLevel::LabourAndParts | CoverageLevel::Full => 1.0,
    }
}

#[cfg(test)]
pub(crate) mod tests;
