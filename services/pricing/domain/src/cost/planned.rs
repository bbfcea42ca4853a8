//! The planned part of a contract's cost: visits, readiness, parts pool, administration.

use super::basis::{Basis, Factor};
use super::timing::years;
use super::{AssetExposure, Portfolio, parts_share};
use crate::add_on;
use crate::policy::{PricingPolicy, model};
use crate::terms::{CoverageLevel, PricingModel, Terms};

/// Planned cost at present value over the term, major units.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Planned {
    /// Planned maintenance visits.
    pub visits: f64,
    /// Readiness for the promised response.
    pub readiness: f64,
    /// Holding cost of the parts pool.
    pub parts_pool: f64,
    /// Administration and set-up.
    pub overhead: f64,
    /// Add-ons.
    pub add_ons: f64,
    /// Inspection before another maker's machine is covered.
    pub inspection: f64,
}

impl Planned {
    /// The sum.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.visits
            + self.readiness
            + self.parts_pool
            + self.overhead
            + self.add_ons
            + self.inspection
    }
}

/// Planned cost by asset under a basis; `parts` is each asset's expected parts cost before coverage, at present value.
/// Set-up is shared evenly.
#[must_use]
pub fn planned(
    portfolio: &Portfolio,
    terms: &Terms,
    policy: &PricingPolicy,
    basis: Basis,
    parts: &[f64],
) -> Vec<Planned> {
    let terms = &basis.terms(terms);
    let costs = &policy.default_costs;
    let renewed = if terms.automatic_renewal { model(policy.renewal_share) } else { 0.0 };
    let machines = portfolio.assets.len().max(1) as f64;
    let setup = model(costs.setup_cost_per_contract.amount()) * (1.0 - renewed) / machines;
    let exponent = model(policy.readiness_exponent);
    let inspection = costs.inspection_cost_per_machine.map_or(0.0, |cost| model(cost.amount()));
    // A year's worth of planned cost, spread evenly over it, at present value; and readiness, by rates.
    let by_rates: Vec<(f64, f64)> = portfolio
        .rates
        .iter()
        .map(|rates| {
            let value = years(terms, policy, rates, basis)
                .iter()
                .map(|year| (year.to - year.from) * year.inflation * year.present)
                .sum();
            // With time and materials no response is promised.
            let promised = terms.pricing_model != PricingModel::TimeAndMaterials;
            let readiness = rates.readiness_cost(terms.response_hours(), exponent);
            (value, if promised { readiness } else { 0.0 })
        })
        .collect();
    let Some(standard) = portfolio.rates.first().zip(by_rates.first()) else { return Vec::new() };
    portfolio
        .assets
        .iter()
        .zip(parts)
        .map(|(asset, parts)| {
            let own = portfolio.rates.get(asset.rates).zip(by_rates.get(asset.rates));
            let own = own.filter(|_| basis.has(Factor::Region)).unwrap_or(standard);
            let (rates, (value, readiness)) = own;
            let visits = visits_per_year(terms, asset, machines);
            let borne = terms.coverage == CoverageLevel::Full;
            let consumables = if borne { rates.parts_factor * asset.visit_parts } else { 0.0 };
            let visit = rates
                .planned_visit
                .unwrap_or_else(|| asset.visit_hours * rates.labour_per_hour + rates.journey());
            Planned {
                visits: value * visits * (visit + consumables),
                readiness: value * readiness,
                parts_pool: model(policy.parts_pool_share) * parts_share(terms, policy) * parts,
                overhead: value * model(costs.overhead_per_year.amount()) + setup,
                add_ons: add_on::cost(terms, rates, *value, machines),
                inspection: if asset.inspected { inspection } else { 0.0 },
            }
        })
        .collect()
}

/// Planned visits of a machine a year; those of a fixed scope are spread evenly over machines and term.
fn visits_per_year(terms: &Terms, asset: &AssetExposure, machines: f64) -> f64 {
    if let Some(scope) = &terms.scope {
        return f64::from(scope.visits) / machines / terms.years();
    }
    let visits = terms.planned_visits_per_year.map_or(asset.visits_per_year, f64::from);
    if terms.customer_inspections { 0.5 * visits } else { visits }
}
