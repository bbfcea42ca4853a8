//! When single verdicts are a pattern: the out-of-territory share of each cell against its background.
//!
//! A cell is (distributor, province, product) within a window; `n` are the distinct units of that distributor and product
//! judged anywhere, `x` those of them seen in that province out of territory. The background is what all other
//! distributors' goods do: their cells give the mean share (with half a unit added) and its spread between cells (moment
//! estimator of the intra-class correlation, Kleinman 1973, Journal of the American Statistical Association 68:46-54,
//! with weights n). Under it `x` is beta-binomial; the upper tail is the p-value, and Benjamini and Hochberg (1995)
//! choose the signals among all cells. The ratio of the likelihood under any share being equally likely to that under the
//! background is the e-value: over many looks at one growing cell its mean stays at most one while the background holds.

mod beta_binomial;
mod discovery;

pub use beta_binomial::BetaBinomial;
pub(crate) use beta_binomial::ln_beta;
pub use discovery::{adjusted, signals};

use crate::network::{DistributorId, ProductId};
use aftercare_kernel::region::RegionCode;
use std::collections::BTreeMap;

/// Units of one cell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// Whose goods.
    pub distributor: DistributorId,
    /// Which province.
    pub province: RegionCode,
    /// Which product.
    pub product: ProductId,
    /// Distinct units seen there out of territory.
    pub out: u64,
    /// Distinct units of the distributor and product judged anywhere.
    pub judged: u64,
}

/// The background of a distributor's cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Background {
    /// First shape of the beta distribution.
    pub alpha: f64,
    /// Second shape.
    pub beta: f64,
}

/// A cell's test.
#[derive(Debug, Clone, PartialEq)]
pub struct Tested {
    /// The cell.
    pub cell: Cell,
    /// What it was tested against.
    pub background: Background,
    /// Chance of as many or more under the background.
    pub p_value: f64,
    /// Benjamini-Hochberg adjusted over all cells.
    pub q_value: f64,
    /// Evidence against the background.
    pub e_value: f64,
    /// Its natural logarithm.
    pub log_odds: f64,
}

/// What a run takes for a signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Share of false signals among all that is borne.
    pub false_discovery_rate: f64,
    /// Cells with fewer judged units are not tested.
    pub min_judged: u64,
    /// Cells with fewer units out of territory are no signal: one machine that moved house is no conflict.
    pub min_out: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { false_discovery_rate: 0.05, min_judged: 5, min_out: 3 }
    }
}

/// Spread between cells is never taken to be less: few quiet cells do not prove that customers never move.
const MIN_CORRELATION: f64 = 0.002;
const MAX_CORRELATION: f64 = 0.5;

/// Tests every cell; answers all of them in the order given, and the indices of the signals, the strongest first.
///
/// Cells with `out = 0` belong into `cells`, too: they are tests that were made.
#[must_use]
pub fn test_cells(cells: &[Cell], limits: &Limits) -> (Vec<Tested>, Vec<usize>) {
    let eligible: Vec<&Cell> =
        cells.iter().filter(|cell| cell.judged >= limits.min_judged.max(1)).collect();
    let mut backgrounds: BTreeMap<&DistributorId, Background> = BTreeMap::new();
    for cell in &eligible {
        backgrounds
            .entry(&cell.distributor)
            .or_insert_with(|| background(&cell.distributor, &eligible));
    }
    let mut tested: Vec<Tested> = Vec::with_capacity(eligible.len());
    for cell in &eligible {
        let Some(background) = backgrounds.get(&cell.distributor).copied() else { continue };
        tested.push(test(cell, background));
    }
    let p_values: Vec<f64> = tested.iter().map(|t| t.p_value).collect();
    for (test, q) in tested.iter_mut().zip(adjusted(&p_values)) {
        test.q_value = q;
    }
    let mut found: Vec<usize> = signals(&p_values, limits.false_discovery_rate)
        .into_iter()
        .filter(|i| tested.get(*i).is_some_and(|t| t.cell.out >= limits.min_out))
        .collect();
    let strength = |i: &usize| tested.get(*i).map_or(0.0, |t| t.log_odds);
    found.sort_by(|a, b| strength(b).total_cmp(&strength(a)).then(a.cmp(b)));
    (tested, found)
}

fn test(cell: &Cell, background: Background) -> Tested {
    let null = BetaBinomial::new(cell.judged, background.alpha, background.beta);
    let any_share = BetaBinomial::new(cell.judged, 1.0, 1.0);
    let log_odds = any_share.ln_pmf(cell.out) - null.ln_pmf(cell.out);
    Tested {
        cell: cell.clone(),
        background,
        p_value: null.upper_tail(cell.out),
        q_value: 1.0,
        e_value: log_odds.exp(),
        log_odds,
    }
}

/// The background of one distributor: the cells of all others.
fn background(distributor: &DistributorId, cells: &[&Cell]) -> Background {
    let others: Vec<(f64, f64)> = cells
        .iter()
        .filter(|cell| cell.distributor != *distributor)
        .map(|cell| (count(cell.out), count(cell.judged)))
        .collect();
    let units: f64 = others.iter().map(|(_, n)| n).sum();
    let out: f64 = others.iter().map(|(x, _)| x).sum();
    let mean = (out + 0.5) / (units + 1.0);
    let correlation = correlation(&others, units, mean).clamp(MIN_CORRELATION, MAX_CORRELATION);
    let strength = (1.0 - correlation) / correlation;
    Background { alpha: mean * strength, beta: (1.0 - mean) * strength }
}

/// Kleinman (1973), weights n: intra-class correlation from the spread of the cells' shares.
fn correlation(cells: &[(f64, f64)], units: f64, mean: f64) -> f64 {
    let cells_less_one = count(cells.len() as u64) - 1.0;
    if cells_less_one < 1.0 || units <= 0.0 {
        return MIN_CORRELATION;
    }
    let spread: f64 = cells.iter().map(|(x, n)| n * (x / n - mean).powi(2)).sum();
    let squares: f64 = cells.iter().map(|(_, n)| n * n).sum();
    let variance = mean * (1.0 - mean);
    let room = units - squares / units - cells_less_one;
    if variance <= 0.0 || room <= 0.0 {
        MIN_CORRELATION
    } else {
        (spread - variance * cells_less_one) / (variance * room)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of units stay far below 2^53")]
const fn count(units: u64) -> f64 {
    units as f64
}

#[cfg(test)]
mod tests;
