//! The workloads that benchmarks measure: Poisson 12 events, lognormal(ln 800, 1) each, against simulation; contracts of any
//! number of machines.

use crate::aggregate::{Distribution, Risk, compound};
use crate::cost::{AssetExposure, Portfolio, PricedMode, PricedModel};
use crate::failure_model::prior_model;
use crate::frailty::Frailty;
use crate::lattice::{Lattice, LatticeError};
use crate::policy::{PricingPolicy, Segment};
use crate::power_law::PowerLaw;
use crate::quote::QuoteInput;
use crate::severity::{EventCost, Severity};
use crate::spectrum::{Spectrum, SpectrumCache, Transform};
use crate::terms::{CoverageLevel, Terms};
use jiff::civil::date;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Expected events of the workload.
pub const EVENTS: f64 = 12.0;

/// Its 99 % quantile from a lattice of 2^18 cells of width 1.
pub const VALUE_AT_RISK_99: f64 = 39_259.817;

/// The workload on one lattice, its severity spectrum made.
#[derive(Debug)]
pub struct Workload {
    lattice: Lattice,
    transform: Transform,
    risks: [Risk; 1],
}

impl Workload {
    /// On a lattice of that many cells that reaches 131,072.
    ///
    /// # Errors
    /// [`LatticeError::BadCells`] unless the number is a power of two within 2 and 2^22.
    pub fn new(cells: usize) -> Result<Self, LatticeError> {
        let lattice = Lattice::new(131_072.0 / cells.max(1) as f64, cells)?;
        let mut cache = SpectrumCache::new();
        let spectrum = cache.spectrum(&event(), lattice);
        let transform = cache.transform(cells);
        Ok(Self {
            lattice,
            transform,
            risks: [Risk { events: vec![(spectrum, EVENTS)], shape: None, site: None }],
        })
    }

    /// The exact distribution of the sum, from the spectrum that was made.
    ///
    /// # Errors
    /// None for this workload; the signature is the general one.
    pub fn distribution(&self) -> Result<Distribution, LatticeError> {
        compound(&self.risks, self.lattice.step, &self.transform)
    }

    /// The same with nothing made before: discretisation and both transforms.
    ///
    /// # Errors
    /// As [`Workload::distribution`].
    pub fn distribution_from_scratch(&self) -> Result<Distribution, LatticeError> {
        let spectrum = Arc::new(Spectrum::of_cost(&event(), self.lattice, &self.transform));
        compound(
            &[Risk { events: vec![(spectrum, EVENTS)], shape: None, site: None }],
            self.lattice.step,
            &self.transform,
        )
    }
}

/// A contract over three years, full cover, of machines that differ in age and history; two failure modes.
#[must_use]
pub fn contract(machines: usize) -> QuoteInput {
    let policy = PricingPolicy::seeded();
    let modes = prior_model(&policy, None).modes;
    let mode = |name: &str, lambda: f64, beta: f64| {
        let mut mode = modes.first()?.clone();
        mode.posterior.law = PowerLaw { lambda, beta };
        Some(PricedMode {
            mode: name.to_owned(),
            posterior: mode.posterior,
            costs: mode.costs,
            renewal: None,
        })
    };
    let model = PricedModel {
        name: "failureModels/sf-v1".to_owned(),
        modes: [mode("bearing", 0.2, 1.6), mode("control", 0.3, 1.0)]
            .into_iter()
            .flatten()
            .collect(),
    };
    let asset = |i: usize| AssetExposure {
        asset: format!("customers/c1/assets/a{i}"),
        product: "products/p1".to_owned(),
        model: 0,
        rates: 0,
        age: 0.25 + (i % 40) as f64 / 4.0,
        environment: 1.3,
        region: 1.1,
        duty: 0.9,
        frailty: Frailty::after(0.3, 3.0, (i % 6) as f64),
        site: 0,
        visits_per_year: 2.0,
        visit_hours: 4.0,
        visit_parts: 300.0,
        flags: BTreeSet::new(),
        part_ages: BTreeMap::new(),
        inspected: false,
    };
    QuoteInput {
        customer: "customers/c1".to_owned(),
        start: date(2026, 7, 1),
        terms: Terms::standard(36, CoverageLevel::Full),
        segment: Segment::Unknown,
        portfolio: Portfolio {
            models: vec![model],
            rates: vec![policy.default_rates()],
            assets: (0..machines).map(asset).collect(),
            fx: Vec::new(),
        },
        policy,
        discount: None,
        concession_of: None,
    }
}

/// One event of the workload.
fn event() -> EventCost {
    EventCost::whole(Severity::Lognormal { mu: 800.0_f64.ln(), sigma: 1.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution as _, LogNormal, Poisson};

    #[test]
    fn four_thousand_cells_know_the_tail_of_the_workload() {
        let total = Workload::new(4096).unwrap().distribution().unwrap();
        assert!((total.mean() - 15_827.72).abs() < 0.01);
        assert!((total.quantile(0.99) - VALUE_AT_RISK_99).abs() <= total.step());
        let fine = Workload::new(1 << 17).unwrap().distribution().unwrap();
        assert!((fine.quantile(0.99) - VALUE_AT_RISK_99).abs() <= fine.step());
        assert!(fine.truncated_mean() / fine.mean() < 1e-5);
    }

    #[test]
    fn simulation_agrees_within_its_error() {
        let total = Workload::new(4096).unwrap().distribution().unwrap();
        let mut dice = ChaCha8Rng::seed_from_u64(7);
        let (count, cost) =
            (Poisson::new(EVENTS).unwrap(), LogNormal::new(800.0_f64.ln(), 1.0).unwrap());
        let paths = 200_000;
        let (mut sum, mut over) = (0.0, 0);
        for _ in 0..paths {
            let events: f64 = count.sample(&mut dice);
            let path: f64 = (0..events as u32).map(|_| cost.sample(&mut dice)).sum();
            sum += path;
            over += u32::from(path > 30_000.0);
        }
        let n = f64::from(paths);
        assert!((sum / n - total.mean()).abs() < 4.0 * total.standard_deviation() / n.sqrt());
        let exact = total.exceedance(30_000.0);
        assert!((f64::from(over) / n - exact).abs() < 4.0 * (exact * (1.0 - exact) / n).sqrt());
    }
}
