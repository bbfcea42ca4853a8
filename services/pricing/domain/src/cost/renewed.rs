//! Failures of parts that are replaced by new ones: the renewal function over a contract's months.
//!
//! Circumstances and history multiply the expected number, and the number is taken as Poisson about it: for parts that wear
//! that is wider than the renewal process itself, so prudent.

use super::basis::{Basis, Factor};
use super::timing::Year;
use super::{AssetExposure, Portfolio};
use crate::renewal::{RenewalCurve, Weibull};
use crate::terms::Terms;

/// The renewal curves of every model's modes that are priced by replacement.
pub(super) struct Curves<'a> {
    portfolio: &'a Portfolio,
    by_model: Vec<Vec<Option<RenewalCurve>>>,
}

impl<'a> Curves<'a> {
    /// Over the months of the terms.
    pub fn of_portfolio(portfolio: &'a Portfolio, terms: &Terms) -> Self {
        Self::changed(portfolio, terms, |life| life)
    }

    /// The same of lives that are changed a little.
    pub fn changed(
        portfolio: &'a Portfolio,
        terms: &Terms,
        change: impl Fn(Weibull) -> Weibull,
    ) -> Self {
        let months = terms.term_months as usize;
        let curve = |mode: &super::PricedMode| {
            mode.renewal.map(|fit| RenewalCurve::new(change(fit.life), months))
        };
        let models = portfolio.models.iter();
        let by_model = models.map(|model| model.modes.iter().map(curve).collect()).collect();
        Self { portfolio, by_model }
    }

    /// Replacements within each month of a machine of that age, by mode; none for modes that are repaired. A part is as old as
    /// its last replacement says, else as the machine; at the reference age there is no history.
    pub fn of(&self, asset: &AssetExposure, age: f64, basis: Basis) -> Vec<Option<Vec<f64>>> {
        let Some(curves) = self.by_model.get(asset.model) else { return Vec::new() };
        let names =
            self.portfolio.models.get(asset.model).map_or(&[][..], |model| model.modes.as_slice());
        curves
            .iter()
            .zip(names)
            .map(|(curve, mode)| {
                let own = asset.part_ages.get(&mode.mode).copied();
                let part = own.filter(|_| basis.has(Factor::Age)).unwrap_or(age);
                curve.as_ref().map(|curve| curve.of_age(part))
            })
            .collect()
    }
}

/// Replacements between two times, years from the contract's start.
pub(super) fn replaced_within(months: &[f64], (from, to): (f64, f64)) -> f64 {
    let month = |time: f64| ((time * 12.0).round() as usize).min(months.len() - 1);
    months[month(to)] - months[month(from)]
}

/// Replacements in a contract year, plainly counted and weighted by what a unit is worth at their time.
pub(super) fn renewed(months: &[f64], year: &Year) -> (f64, f64) {
    let month = |time: f64| ((time * 12.0).round() as usize).min(months.len() - 1);
    let (mut count, mut weighted) = (0.0, 0.0);
    for i in month(year.from)..month(year.to) {
        let own = months[i + 1] - months[i];
        count += own;
        weighted += own * year.worth((i as f64 + 0.5) / 12.0);
    }
    (count, weighted)
}
