//! How far the mean may be off because the failure models are estimates.

use super::basis::Basis;
use super::renewed::{Curves, replaced_within};
use super::{Events, Portfolio};
use crate::renewal::Weibull;
use crate::terms::Terms;
use std::collections::BTreeMap;

/// Values and their slopes by the two parameters of a mode.
type Slopes = BTreeMap<(usize, usize), (f64, f64)>;

/// Standard error of the mean (delta method), modes independent of each other.
pub(super) fn parameter_error(portfolio: &Portfolio, terms: &Terms, found: &[Events]) -> f64 {
    let mut repaired: Slopes = BTreeMap::new();
    for e in found {
        let Some(asset) = portfolio.assets.get(e.asset) else { continue };
        let Some(mode) = portfolio.models.get(asset.model).and_then(|m| m.modes.get(e.mode)) else {
            continue;
        };
        if mode.renewal.is_some() {
            continue;
        }
        let from = asset.age + e.year as f64;
        let (count, by_beta) = mode.posterior.gradient(from, from + 1.0);
        let value = e.weighted * e.cost.mean();
        let slot = repaired.entry((asset.model, e.mode)).or_default();
        slot.0 += value;
        if count > 0.0 {
            slot.1 += value * by_beta / count;
        }
    }
    let repaired: f64 = repaired
        .iter()
        .filter_map(|((model, mode), (by_log, by_beta))| {
            let p = &portfolio.models.get(*model)?.modes.get(*mode)?.posterior;
            Some(
                by_log * by_log * p.log_lambda_variance
                    + by_beta * by_beta * p.beta_variance
                    + 2.0 * by_log * by_beta * p.covariance,
            )
        })
        .sum();
    (repaired + replaced(portfolio, terms, found)).max(0.0).sqrt()
}

/// A small step of the logarithm of a parameter.
const STEP: f64 = 1e-3;

/// The variance that the lives of replaced parts add, by differences of their logarithms.
fn replaced(portfolio: &Portfolio, terms: &Terms, found: &[Events]) -> f64 {
    let modes = portfolio.models.iter().flat_map(|model| &model.modes);
    if modes.filter(|mode| mode.renewal.is_some()).count() == 0 {
        return 0.0;
    }
    let grown = STEP.exp();
    let plain = Curves::of_portfolio(portfolio, terms);
    let shaped =
        Curves::changed(portfolio, terms, |life| Weibull { shape: life.shape * grown, ..life });
    let scaled =
        Curves::changed(portfolio, terms, |life| Weibull { scale: life.scale * grown, ..life });
    let years = terms.contract_years();
    let mut slopes: Slopes = BTreeMap::new();
    let mut at = None;
    let mut months = (Vec::new(), Vec::new(), Vec::new());
    for e in found {
        let Some(asset) = portfolio.assets.get(e.asset) else { continue };
        if at != Some(e.asset) {
            let of = |curves: &Curves<'_>| curves.of(asset, asset.age, Basis::ACTUAL);
            months = (of(&plain), of(&shaped), of(&scaled));
            at = Some(e.asset);
        }
        let of = |months: &[Option<Vec<f64>>]| months.get(e.mode).cloned().flatten();
        let (Some(own), Some(shape), Some(scale)) = (of(&months.0), of(&months.1), of(&months.2))
        else {
            continue;
        };
        let Some(year) = years.get(e.year) else { continue };
        let count = |months: &[f64]| replaced_within(months, *year);
        let (own, shape, scale) = (count(&own), count(&shape), count(&scale));
        if own > 0.0 {
            let value = e.weighted * e.cost.mean() / own / STEP;
            let slot = slopes.entry((asset.model, e.mode)).or_default();
            slot.0 += value * (shape - own);
            slot.1 += value * (scale - own);
        }
    }
    slopes
        .iter()
        .filter_map(|((model, mode), (by_shape, by_scale))| {
            let fit = portfolio.models.get(*model)?.modes.get(*mode)?.renewal?;
            Some(fit.variance(*by_shape, *by_scale))
        })
        .sum()
}
