//! Failures of parts that are replaced by new ones: the renewal function over a contract's months.
//!
//! Circumstances and history multiply the expected number, and the number is taken as Poisson about it: for parts that wear
//! that is wider than the renewal process itself, so prudent. What is not known of a machine multiplies the hazard within each
//! life: see [`tempered`].

use super::basis::{Basis, Factor};
use super::timing::Year;
use super::{AssetExposure, Events, Portfolio};
use crate::renewal::{RenewalCurve, Weibull};
use crate::terms::Terms;
use std::borrow::Cow;

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

/// A step of the hazard, by which it is seen how the number of replacements follows.
const STEP: f64 = 0.05;

/// The portfolio with each machine's frailty as its whole cost feels it.
///
/// A machine's factor z multiplies the hazard within each life, so that a Weibull part lives as one of scale / z^(1/shape)
/// (proportional hazards are accelerated lives for the Weibull alone; Cox and Oakes 1984), and its replacements grow by
/// less than z: in the long run by z^(1/shape), as lives shorten (elementary renewal theorem). With the elasticity s of the
/// expected number at z = 1 the cost that z brings is, to first order, the sum of mu (1 + s (z - 1)) over the modes, s = 1
/// for those that are repaired; its variance is that of a gamma factor of shape r (sum mu / sum mu s)^2 on the whole.
pub(super) fn tempered<'a>(
    portfolio: &'a Portfolio,
    terms: &Terms,
    found: &[Events],
) -> Cow<'a, Portfolio> {
    let mut modes = portfolio.models.iter().flat_map(|model| &model.modes);
    let differ = portfolio.assets.iter().any(|asset| asset.frailty.shape.is_some());
    if !differ || !modes.any(|mode| mode.renewal.is_some()) {
        return Cow::Borrowed(portfolio);
    }
    let plain = Curves::of_portfolio(portfolio, terms);
    let harder = Curves::changed(portfolio, terms, |life| Weibull {
        scale: life.scale * (1.0 + STEP).powf(-life.shape.recip()),
        ..life
    });
    // By machine and mode: the cost that it brings.
    let mut costs: Vec<Vec<f64>> = vec![Vec::new(); portfolio.assets.len()];
    for e in found {
        let own = &mut costs[e.asset];
        if own.len() <= e.mode {
            own.resize(e.mode + 1, 0.0);
        }
        own[e.mode] += e.weighted * e.cost.mean();
    }
    let mut tempered = portfolio.clone();
    for (asset, costs) in tempered.assets.iter_mut().zip(&costs) {
        let Some(shape) = asset.frailty.shape else { continue };
        let of = |curves: &Curves<'_>| curves.of(asset, asset.age, Basis::ACTUAL);
        let (plain, harder) = (of(&plain), of(&harder));
        let (mut whole, mut felt) = (0.0, 0.0);
        for (mode, cost) in costs.iter().enumerate() {
            let both = plain.get(mode).zip(harder.get(mode));
            let elasticity = match both {
                Some((Some(plain), Some(harder))) => elasticity(plain, harder),
                _ => 1.0,
            };
            whole += cost;
            felt += elasticity * cost;
        }
        if felt > 0.0 {
            asset.frailty.shape = Some(shape * (whole / felt) * (whole / felt));
        }
    }
    Cow::Owned(tempered)
}

/// How the number of replacements of the term follows the hazard: d ln M / d ln z.
fn elasticity(plain: &[f64], harder: &[f64]) -> f64 {
    match (plain.last(), harder.last()) {
        (Some(plain), Some(harder)) if *plain > 0.0 => {
            ((harder / plain).ln() / STEP.ln_1p()).max(0.0)
        }
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::tests::portfolio;
    use crate::cost::{CELLS, events, outcome};
    use crate::frailty::Frailty;
    use crate::policy::PricingPolicy;
    use crate::renewal::RenewalFit;
    use crate::spectrum::SpectrumCache;
    use crate::terms::CoverageLevel;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution as _, Gamma, Weibull as Lives};

    const SHAPE: f64 = 4.0;

    /// One machine whose only part is new, wears and is replaced, with a frailty of variance 1/4.
    fn worn(life: Weibull) -> Portfolio {
        let mut own = portfolio(1, 3.0, 0.0);
        own.models[0].modes.truncate(1);
        own.models[0].modes[0].renewal = Some(RenewalFit {
            life,
            log_shape_variance: 0.0,
            log_scale_variance: 0.0,
            log_covariance: 0.0,
            aic: 0.0,
        });
        let asset = &mut own.assets[0];
        (asset.environment, asset.region, asset.duty) = (1.0, 1.0, 1.0);
        asset.frailty = Frailty { mean: 1.0, shape: Some(SHAPE) };
        asset.part_ages.insert("bearing".to_owned(), 0.0);
        own
    }

    /// Replacements within five years of a machine whose hazard is multiplied by a factor.
    fn replaced(life: Weibull, factor: f64, dice: &mut ChaCha8Rng) -> f64 {
        let lives = Lives::new(life.scale * factor.powf(-life.shape.recip()), life.shape).unwrap();
        let (mut time, mut count) = (lives.sample(dice), 0.0);
        while time < 5.0 {
            time += lives.sample(dice);
            count += 1.0;
        }
        count
    }

    #[test]
    fn what_sets_machines_apart_agrees_with_simulated_lives() {
        const PAIRS: usize = 60_000;
        let policy = PricingPolicy::seeded();
        let terms = Terms::standard(60, CoverageLevel::Full);
        for life in [Weibull { shape: 3.0, scale: 1.0 }, Weibull { shape: 2.0, scale: 2.5 }] {
            let own = worn(life);
            let found = events(&own, &terms, &policy, Basis::ACTUAL);
            let count: f64 = found.iter().map(|e| e.count).sum();
            let shape = tempered(&own, &terms, &found).assets[0].frailty.shape.unwrap();
            // Two histories of one machine vary together by what its factor does alone.
            let mut dice = ChaCha8Rng::seed_from_u64(3);
            let factors = Gamma::new(SHAPE, 1.0 / SHAPE).unwrap();
            let pairs: Vec<(f64, f64)> = (0..PAIRS)
                .map(|_| {
                    let factor = factors.sample(&mut dice);
                    (replaced(life, factor, &mut dice), replaced(life, factor, &mut dice))
                })
                .collect();
            let n = PAIRS as f64;
            let mean = pairs.iter().map(|(a, b)| 0.5 * (a + b)).sum::<f64>() / n;
            let products: Vec<f64> = pairs.iter().map(|(a, b)| (a - mean) * (b - mean)).collect();
            let between = products.iter().sum::<f64>() / n;
            let spread = products.iter().map(|p| (p - between).powi(2)).sum::<f64>() / n;
            let error = (spread / n).sqrt();
            let ours = count * count / shape;
            // To first order in a factor of variance 1/4: a tenth.
            let slack = 4.0 * error + 0.1 * between;
            assert!((ours - between).abs() < slack, "{life:?} {ours} {between} {error}");
            // As a multiple of the number of replacements it would be far too wide.
            assert!(count * count / SHAPE > 2.0 * between);
            assert!((mean / count - 1.0).abs() < 0.05, "{mean} {count}");
        }
    }

    #[test]
    fn parts_that_wear_are_priced_narrower_and_repaired_ones_as_before() {
        let policy = PricingPolicy::seeded();
        let terms = Terms::standard(60, CoverageLevel::Full);
        let own = worn(Weibull { shape: 3.0, scale: 1.0 });
        let found = events(&own, &terms, &policy, Basis::ACTUAL);
        let kept = tempered(&own, &terms, &found);
        assert!(kept.assets[0].frailty.shape.unwrap() > 4.0 * SHAPE);
        // A hazard without wear is felt in full.
        let even = worn(Weibull { shape: 1.0, scale: 1.0 });
        let found = events(&even, &terms, &policy, Basis::ACTUAL);
        let same = tempered(&even, &terms, &found).assets[0].frailty.shape.unwrap();
        assert!((same / SHAPE - 1.0).abs() < 1e-3, "{same}");
        let mut repaired = own.clone();
        repaired.models[0].modes[0].renewal = None;
        assert!(matches!(tempered(&repaired, &terms, &[]), Cow::Borrowed(_)));
        let mut alike = own.clone();
        alike.assets[0].frailty.shape = None;
        let spread = |own: &Portfolio| {
            let found = outcome(own, &terms, &policy, CELLS, &mut SpectrumCache::new());
            found.unwrap().failures.standard_deviation()
        };
        assert!(spread(&own) > spread(&alike));
    }
}
