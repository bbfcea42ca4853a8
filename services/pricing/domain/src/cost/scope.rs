//! The cost of a fixed scope, and of what goes beyond it: so many of the failures as they happen, and ordered work.
//!
//! Which failures fall within the scope does not depend on what they cost: given their number they are alike, each drawn from
//! one mixture. The number is exact, frailty and sites included.

use super::outcome::{risks_of, upper_end};
use super::timing::years;
use super::{Basis, Events, Portfolio};
use crate::aggregate::{Distribution, Risk, compound};
use crate::lattice::{Lattice, LatticeError};
use crate::policy::{PricingPolicy, model};
use crate::scope::ScopedWork;
use crate::severity::{EventCost, Family, Severity};
use crate::spectrum::SpectrumCache;
use crate::terms::Terms;
use realfft::num_complex::Complex64;

/// The failures of a term as a number and one mixture of costs.
#[derive(Debug, Clone)]
pub(crate) struct Mixture<'a> {
    found: &'a [Events],
    /// Probability of each number of failures.
    counts: Vec<f64>,
    /// Expected number.
    expected: f64,
}

/// What a scope holds, or what goes beyond it.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Its cost.
    pub distribution: Distribution,
    /// Each machine's events as one draw of the mixture, for [`crate::aggregate::tail_shares`].
    pub risks: Vec<Risk>,
    /// What the size-biased cost of a machine's events is convolved with, in frequencies.
    pub bias: Vec<Complex64>,
}

/// Probability beyond which a number of failures is left out.
const LEFT_OUT: f64 = 1e-13;

impl<'a> Mixture<'a> {
    /// Of a portfolio's events.
    pub fn of(
        portfolio: &Portfolio,
        policy: &PricingPolicy,
        found: &'a [Events],
        cache: &mut SpectrumCache,
    ) -> Result<Self, LatticeError> {
        let one = EventCost::whole(Severity::Point(1.0));
        let units: Vec<Events> =
            found.iter().map(|e| Events { cost: one.clone(), ..e.clone() }).collect();
        let mut by_asset = vec![0.0; portfolio.assets.len()];
        for e in found {
            by_asset[e.asset] += e.weighted;
        }
        let expected = by_asset.iter().sum();
        let reach = upper_end(portfolio, &units, &by_asset) + 16.0;
        // At most a million failures are allowed, so that it fits.
        let mut cells = (reach.min(4e6) as usize).next_power_of_two();
        loop {
            let lattice = Lattice::new(1.0, cells)?;
            let transform = cache.transform(cells);
            let risks = risks_of(portfolio, policy, &units, None, lattice, cache);
            let counts = compound(&risks, 1.0, &transform)?;
            if counts.truncated_mass() <= LEFT_OUT || cells >= 1 << 22 {
                let last = counts.masses().iter().rposition(|p| *p > 1e-17).unwrap_or(0);
                let counts = counts.masses()[..=last].to_vec();
                return Ok(Self { found, counts, expected });
            }
            cells *= 2;
        }
    }

    /// Expected number of failures within the first `repairs`.
    pub fn within_count(&self, repairs: u32) -> f64 {
        let most = f64::from(repairs);
        let numbers = self.counts.iter().enumerate();
        numbers.map(|(k, p)| p * (k as f64).min(most)).sum::<f64>().min(self.expected)
    }

    /// Probability of fewer failures than that.
    pub fn fewer(&self, repairs: u32) -> f64 {
        self.counts.iter().take(repairs as usize).sum::<f64>().min(1.0)
    }

    /// Mean cost of a failure.
    pub fn mean_cost(&self) -> f64 {
        let sum: f64 = self.found.iter().map(|e| e.weighted * e.cost.mean()).sum();
        if self.expected > 0.0 { sum / self.expected } else { 0.0 }
    }

    /// The first `repairs` failures with ordered work beside them.
    pub fn within(
        &self,
        repairs: u32,
        works: &[(EventCost, u32)],
        machines: usize,
        cells: usize,
        cache: &mut SpectrumCache,
    ) -> Result<Part, LatticeError> {
        let (n, count) = ((repairs as usize).min(self.counts.len()), self.within_count(repairs));
        let ordered: f64 = works.iter().map(|(cost, times)| f64::from(*times) * cost.mean()).sum();
        let mean = count * self.mean_cost() + ordered;
        self.on_lattices(
            self.reach(count, works, mean),
            mean,
            machines,
            cells,
            cache,
            |one, work| {
                let beyond: f64 = self.counts.iter().skip(n).sum();
                let (mut sum, mut bias) =
                    (Complex64::from(beyond), Complex64::from(beyond * n as f64));
                for (k, p) in self.counts.iter().enumerate().take(n).rev() {
                    sum = sum * one + p;
                    if k > 0 {
                        bias = bias * one + k as f64 * p;
                    }
                }
                (sum * work, if n == 0 { Complex64::default() } else { bias * work })
            },
            works,
        )
    }

    /// The failures after the first `repairs`.
    pub fn beyond(
        &self,
        repairs: u32,
        machines: usize,
        cells: usize,
        cache: &mut SpectrumCache,
    ) -> Result<Part, LatticeError> {
        let n = repairs as usize;
        let count = (self.expected - self.within_count(repairs)).max(0.0);
        let mean = count * self.mean_cost();
        let none: f64 = self.counts.iter().take(n + 1).sum();
        self.on_lattices(
            self.reach(count, &[], mean),
            mean,
            machines,
            cells,
            cache,
            |one, _| {
                let mut sum = Complex64::default();
                for p in self.counts.iter().skip(n + 1).rev() {
                    sum = (sum + p) * one;
                }
                (sum + none, Complex64::default())
            },
            &[],
        )
    }

    /// Where a lattice ends at first.
    fn reach(&self, count: f64, works: &[(EventCost, u32)], mean: f64) -> f64 {
        let square: f64 =
            self.found.iter().map(|e| e.weighted * e.cost.second_moment_bound()).sum::<f64>()
                / self.expected.max(f64::MIN_POSITIVE);
        let work: f64 =
            works.iter().map(|(c, times)| f64::from(*times) * c.second_moment_bound()).sum();
        let spread: f64 = self
            .counts
            .iter()
            .enumerate()
            .map(|(k, p)| p * (k as f64 - self.expected).powi(2))
            .sum();
        let wide = self.mean_cost().powi(2) * spread;
        (mean + 10.0 * (count * square + work + wide).sqrt()).max(1.0)
    }

    /// The distribution whose characteristic function is `of` one draw's and the works', on a lattice that holds it.
    #[allow(clippy::too_many_arguments)]
    fn on_lattices(
        &self,
        upper: f64,
        mean: f64,
        machines: usize,
        cells: usize,
        cache: &mut SpectrumCache,
        of: impl Fn(Complex64, Complex64) -> (Complex64, Complex64),
        works: &[(EventCost, u32)],
    ) -> Result<Part, LatticeError> {
        let mut lattice = Lattice::reaching(upper, cells)?;
        for _ in 0..12 {
            let part = self.on(lattice, mean, machines, cache, &of, works);
            if part.distribution.truncated_mass() <= super::outcome::MAX_TRUNCATED {
                return Ok(part);
            }
            lattice = lattice.doubled();
        }
        Ok(self.on(lattice, mean, machines, cache, &of, works))
    }

    fn on(
        &self,
        lattice: Lattice,
        mean: f64,
        machines: usize,
        cache: &mut SpectrumCache,
        of: &impl Fn(Complex64, Complex64) -> (Complex64, Complex64),
        works: &[(EventCost, u32)],
    ) -> Part {
        let transform = cache.transform(lattice.cells);
        let mut draw = vec![Complex64::default(); transform.frequencies()];
        let mut risks = vec![Risk { events: Vec::new(), shape: None, site: None }; machines];
        for e in self.found {
            let spectrum = cache.spectrum(&e.cost, lattice);
            let share = e.weighted / self.expected.max(f64::MIN_POSITIVE);
            for (slot, frequency) in draw.iter_mut().zip(&spectrum.frequencies) {
                *slot += frequency * share;
            }
            if let Some(risk) = risks.get_mut(e.asset) {
                risk.events.push((spectrum, share));
            }
        }
        let mut ordered = vec![Complex64::from(1.0); transform.frequencies()];
        for (cost, times) in works {
            let spectrum = cache.spectrum(cost, lattice);
            for (slot, frequency) in ordered.iter_mut().zip(&spectrum.frequencies) {
                *slot *= frequency.powu(*times);
            }
        }
        let (mut sums, bias): (Vec<_>, Vec<_>) =
            draw.into_iter().zip(ordered).map(|(one, work)| of(one, work)).unzip();
        let padded = transform.inverse(&mut sums);
        let distribution = Distribution::of_padded(padded, lattice.cells, lattice.step, mean);
        Part { distribution, risks, bias }
    }
}

/// What ordered work costs us at present value, averaged over the machines' rates and the term; with the number of times.
pub(crate) fn ordered(
    works: &[ScopedWork],
    portfolio: &Portfolio,
    terms: &Terms,
    policy: &PricingPolicy,
) -> Vec<(EventCost, u32)> {
    let machines = portfolio.assets.len().max(1) as f64;
    let spread = model(policy.technician_spread);
    let (mut hour, mut journey, mut unit) = (0.0, 0.0, 0.0);
    for asset in &portfolio.assets {
        let Some(rates) = portfolio.rates.get(asset.rates) else { continue };
        let worth: f64 = years(terms, policy, rates, Basis::ACTUAL)
            .iter()
            .map(|year| (year.to - year.from) * year.inflation * year.present)
            .sum::<f64>()
            / terms.years();
        hour += worth * rates.labour_per_hour / machines;
        journey += worth * rates.journey() / machines;
        unit += worth * rates.parts_factor / machines;
    }
    works
        .iter()
        .map(|work| {
            let labour = model(work.labour_hours) * hour;
            let parts = work.parts_cost.map_or(0.0, |parts| model(parts.amount())) * unit;
            let mean = labour + journey + parts;
            let cost = Severity::with_moments(Family::Lognormal, mean, spread * labour);
            (EventCost::whole(cost), work.quantity)
        })
        .collect()
}
