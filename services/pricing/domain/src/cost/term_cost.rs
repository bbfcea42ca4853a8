//! The whole distribution of a term's cost and of each contract year's, cell by cell.

use super::basis::Basis;
use super::outcome::{bounded, outcome_with, parts_by_asset, risks_of};
use super::{CELLS, Events, Lateness, Outcome, Planned, Portfolio, by_year, events, planned};
use crate::aggregate::{Distribution, compound, convolve};
use crate::lattice::{Lattice, LatticeError};
use crate::policy::{PricingPolicy, model};
use crate::quote::{QuoteError, QuoteInput};
use crate::spectrum::SpectrumCache;
use crate::terms::{PricingModel, Terms};
use aftercare_kernel::money::Money;
use rust_decimal::Decimal;

/// A sure cost and a distribution beside it, without the outer cells that hold nothing. Entry i of `masses` is the probability
/// of the cost `sure` + (`first` + i) x `step`, major units.
#[derive(Debug, Clone, PartialEq)]
pub struct Masses {
    /// What is sure: planned cost.
    pub sure: f64,
    /// Width of a cell.
    pub step: f64,
    /// The cell of the first entry.
    pub first: usize,
    /// Probabilities.
    pub masses: Vec<f64>,
    /// Probability of the cells that are left out on both sides.
    pub omitted: f64,
    /// Probability beyond the lattice; it is counted in the last cell.
    pub truncated: f64,
    /// The exact mean, sure cost included.
    pub mean: f64,
}

/// Probability that may be left out on either side.
const LEFT_OUT: f64 = 1e-14;

impl Masses {
    /// Of a distribution beside a sure cost.
    #[must_use]
    pub fn of(sure: f64, cost: &Distribution) -> Self {
        let all = cost.masses();
        let within = |sum: &mut f64, mass: &f64| {
            *sum += mass;
            Some(*sum)
        };
        let empty = |sum: &f64| *sum <= LEFT_OUT;
        let first = all.iter().scan(0.0, within).take_while(empty).count();
        let last = all.len() - all.iter().rev().scan(0.0, within).take_while(empty).count();
        // What rounding of thousands of cells adds or takes, some 1e-12 in all, is spread over them.
        let unit = all.iter().sum::<f64>().recip();
        let outer = all[..first].iter().chain(&all[last..]);
        let omitted = unit * outer.fold(0.0, |sum, mass| sum + mass);
        Self {
            sure,
            step: cost.step(),
            first,
            masses: all[first..last].iter().map(|mass| unit * mass).collect(),
            omitted,
            truncated: cost.truncated_mass(),
            mean: sure + cost.mean(),
        }
    }
}

/// What a contract costs us, cell by cell.
#[derive(Debug, Clone, PartialEq)]
pub struct TermCost {
    /// The term at present value.
    pub present: Masses,
    /// The term without discounting, at the prices of each year.
    pub undiscounted: Masses,
    /// Each contract year without discounting, before a limit or a profit share of the term. Set-up, inspection and what is sold
    /// once fall in the first. Empty for a fixed price, whose repairs belong to no year.
    pub years: Vec<Masses>,
}

/// What a quote costs us when the fee of a full first year is `fee`, term and years on one lattice step without discounting.
///
/// # Errors
/// As [`crate::quote::quote`].
pub fn term_cost(
    input: &QuoteInput,
    fee: Money,
    cache: &mut SpectrumCache,
) -> Result<TermCost, QuoteError> {
    let (portfolio, terms) = (&input.portfolio, &input.terms);
    let plain = PricingPolicy { discount_rate: Decimal::ZERO, ..input.policy.clone() };
    let fee = model(fee.amount());
    let whole = |policy: &PricingPolicy, cache: &mut SpectrumCache| -> Result<_, QuoteError> {
        let late = Lateness::of(portfolio, terms, policy, cache)?;
        let credited = late.as_ref().map(|late| (late, fee));
        let found = outcome_with(portfolio, terms, policy, credited, CELLS, cache)?;
        Ok((Masses::of(found.planned_total(), &found.failures), found, late))
    };
    let (present, ..) = whole(&input.policy, cache)?;
    let (undiscounted, found, late) = whole(&plain, cache)?;
    let mut years = Vec::new();
    if terms.pricing_model != PricingModel::FixedPrice {
        let own = events(portfolio, terms, &plain, Basis::ACTUAL);
        let late = late.map(|late| late.events(&own, fee)).unwrap_or_default();
        let planned = planned_by_year(portfolio, terms, &plain, &own);
        let costs = failures_by_year(portfolio, terms, &plain, (own, late), &found, cache)?;
        years =
            planned.into_iter().zip(&costs).map(|(sure, cost)| Masses::of(sure, cost)).collect();
    }
    Ok(TermCost { present, undiscounted, years })
}

/// Failures of each contract year with credits for late responses, on the lattice of the whole.
fn failures_by_year(
    portfolio: &Portfolio,
    terms: &Terms,
    policy: &PricingPolicy,
    (mut found, late): (Vec<Events>, Vec<Events>),
    whole: &Outcome,
    cache: &mut SpectrumCache,
) -> Result<Vec<Distribution>, LatticeError> {
    let lattice = Lattice::new(whole.failures.step(), CELLS)?;
    let transform = cache.transform(lattice.cells);
    let mut of_year = |events: &[Events], year: usize| {
        let risks = risks_of(portfolio, policy, events, Some(year), lattice, cache);
        compound(&risks, lattice.step, &transform)
    };
    let count = terms.contract_years().len();
    if !bounded(terms) {
        found.extend(late);
        return (0..count).map(|year| of_year(&found, year)).collect();
    }
    let credits: Vec<Distribution> = match late.is_empty() {
        true => Vec::new(),
        false => (0..count).map(|year| of_year(&late, year)).collect::<Result<_, _>>()?,
    };
    let mut each = if terms.annual_limit.is_some() || terms.annual_deductible.is_some() {
        by_year::bounded(portfolio, terms, policy, &found, lattice, cache)?.each
    } else {
        (0..count).map(|year| of_year(&found, year)).collect::<Result<_, _>>()?
    };
    for (cost, credit) in each.iter_mut().zip(credits) {
        *cost = convolve(&[cost.clone(), credit], lattice.step, &transform);
    }
    Ok(each)
}

/// Planned cost of each contract year: what a term of one more year adds.
fn planned_by_year(
    portfolio: &Portfolio,
    terms: &Terms,
    policy: &PricingPolicy,
    found: &[Events],
) -> Vec<f64> {
    let mut before = 0.0;
    (1..=terms.term_months.div_ceil(12))
        .map(|year| {
            let months = terms.term_months.min(12 * year);
            let until = Terms { term_months: months, ..terms.clone() };
            let own: Vec<Events> =
                found.iter().filter(|e| e.year < year as usize).cloned().collect();
            let parts = parts_by_asset(portfolio, &own);
            let all = planned(portfolio, &until, policy, Basis::ACTUAL, &parts);
            let sum: f64 = all.iter().map(Planned::total).sum();
            let added = sum - before;
            before = sum;
            added
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::tests::cny;
    use crate::quote::quote;
    use crate::quote::tests::input;
    use crate::risk_sharing::{CreditBasis, ResponseCredit};

    fn found(wanted: &QuoteInput) -> TermCost {
        let mut cache = SpectrumCache::new();
        let fee = quote(wanted, &mut cache).unwrap().price.base;
        term_cost(wanted, fee, &mut cache).unwrap()
    }

    /// Cases: as it is, with yearly bounds, with credits, with both.
    fn cases() -> [QuoteInput; 4] {
        let credit = ResponseCredit {
            share: Decimal::new(5, 1),
            basis: CreditBasis::Month,
            annual_cap: Decimal::new(1, 1),
        };
        let mut cases = [input(3), input(3), input(3), input(2)];
        cases[0].terms.term_months = 30;
        for i in [1, 3] {
            cases[i].terms.annual_limit = cny(20_000);
            cases[i].terms.annual_deductible = cny(1_000);
        }
        for i in [2, 3] {
            cases[i].terms.credit = Some(credit);
        }
        cases
    }

    #[test]
    fn probabilities_sum_to_one_and_hold_the_mean() {
        for wanted in cases() {
            let cost = found(&wanted);
            for own in cost.years.iter().chain([&cost.present, &cost.undiscounted]) {
                let sum: f64 = own.masses.iter().sum();
                assert!((sum + own.omitted - 1.0).abs() < 1e-12, "{sum} {}", own.omitted);
                assert!(own.omitted <= 2.0 * LEFT_OUT && own.truncated <= 1e-7);
                let cells = own.masses.iter().zip(own.first..);
                let held: f64 = cells.map(|(p, cell)| p * cell as f64 * own.step).sum();
                assert!((own.sure + held) / own.mean > 1.0 - 1e-5, "{held} {}", own.mean);
                assert!((own.sure + held) / own.mean < 1.0 + 1e-9, "{held} {}", own.mean);
            }
        }
    }

    #[test]
    fn the_years_means_add_up_to_the_terms() {
        for wanted in cases() {
            let cost = found(&wanted);
            assert_eq!(cost.years.len() as u32, wanted.terms.term_months.div_ceil(12));
            let sum: f64 = cost.years.iter().map(|year| year.mean).sum();
            assert!((sum / cost.undiscounted.mean - 1.0).abs() < 1e-9, "{sum}");
            assert!(cost.present.mean < cost.undiscounted.mean);
        }
    }
}
