//! The cost under every combination of factors, from far fewer evaluations.

use super::FACTORS;
use crate::cost::{Basis, Count, Factor, Planned, Portfolio, Prices, counts, parts_share, planned};
use crate::policy::{PricingPolicy, model};
use crate::terms::Terms;

/// Factors that only scale an asset's failures: environment, duty, region's rate and history multiply; everything else is
/// evaluated once for each combination and kept.
const SCALING: [Factor; 3] = [Factor::Environment, Factor::Duty, Factor::History];

/// Factors that change how often an asset fails, or what a failure is worth at its time.
const COUNTING: [Factor; 3] = [Factor::Age, Factor::Region, Factor::Inflation];

/// One asset under one combination of the factors that don't just scale it.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    failures: f64,
    pool: f64,
    planned: f64,
}

/// The value of every combination of factors, from far fewer evaluations.
pub(super) struct Table<'a> {
    portfolio: &'a Portfolio,
    /// By bits of the factors that don't just scale; combinations with scaling bits are empty.
    cells: Vec<Vec<Cell>>,
}

impl<'a> Table<'a> {
    pub(super) fn of(portfolio: &'a Portfolio, terms: &Terms, policy: &PricingPolicy) -> Self {
        // Failures are counted once for every combination of the factors that change them; prices are put on them for the rest.
        let counting: u16 = COUNTING.iter().map(|factor| 1 << *factor as u16).sum();
        let mut cells = vec![Vec::new(); 1 << FACTORS];
        for chosen in (0..1u16 << FACTORS).filter(|bits| bits & !counting == 0) {
            let counted = counts(portfolio, terms, policy, Basis::from_bits(chosen));
            for bits in (0..1u16 << FACTORS).filter(|bits| bits & counting == chosen) {
                let basis = Basis::from_bits(bits);
                if SCALING.into_iter().any(|factor| basis.has(factor)) {
                    continue;
                }
                cells[usize::from(bits)] =
                    Self::evaluate(portfolio, terms, policy, basis, &counted);
            }
        }
        Self { portfolio, cells }
    }

    fn evaluate(
        portfolio: &Portfolio,
        terms: &Terms,
        policy: &PricingPolicy,
        basis: Basis,
        counted: &[Count],
    ) -> Vec<Cell> {
        let mut cells = vec![Cell::default(); portfolio.assets.len()];
        let pool = model(policy.parts_pool_share) * parts_share(&basis.terms(terms), policy);
        let mut prices = Prices::new(portfolio, terms, policy, basis);
        for own in counted {
            let asset = &portfolio.assets[own.asset];
            let rate = prices.covered * basis.intensity(asset);
            let cell = &mut cells[own.asset];
            cell.failures += rate * own.weighted * prices.mean(asset, own.mode, own.year);
            cell.pool += pool * rate * own.weighted * prices.parts(asset, own.mode, own.year);
        }
        let none = vec![0.0; portfolio.assets.len()];
        for (cell, planned) in cells.iter_mut().zip(planned(portfolio, terms, policy, basis, &none))
        {
            cell.planned = Planned::total(&planned);
        }
        cells
    }

    pub(super) fn values(&self) -> Vec<f64> {
        let scaling: u16 = SCALING.iter().map(|factor| 1 << *factor as u16).sum();
        (0..1u16 << FACTORS)
            .map(|bits| {
                let only_scaling = Basis::from_bits(bits & scaling);
                self.cells[usize::from(bits & !scaling)]
                    .iter()
                    .zip(&self.portfolio.assets)
                    .map(|(cell, asset)| {
                        only_scaling.intensity(asset) * (cell.failures + cell.pool) + cell.planned
                    })
                    .sum()
            })
            .collect()
    }
}
