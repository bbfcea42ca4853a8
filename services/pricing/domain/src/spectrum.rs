//! Severity spectra on a lattice: transformed once, found again for every contract that has the same event cost.

use crate::lattice::Lattice;
use crate::severity::{EventCost, Sample, Severity};
use realfft::num_complex::Complex64;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// The Fourier transform of a lattice padded to twice its length, so that what wraps around lands behind its end.
#[derive(Clone)]
pub struct Transform {
    forward: Arc<dyn RealToComplex<f64>>,
    inverse: Arc<dyn ComplexToReal<f64>>,
    cells: usize,
}

impl fmt::Debug for Transform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transform").field("cells", &self.cells).finish_non_exhaustive()
    }
}

impl Transform {
    /// For a lattice with that many cells.
    #[must_use]
    pub fn new(cells: usize) -> Self {
        let mut planner = RealFftPlanner::new();
        Self {
            forward: planner.plan_fft_forward(2 * cells),
            inverse: planner.plan_fft_inverse(2 * cells),
            cells,
        }
    }

    /// Number of lattice cells, half the length of the transform.
    #[must_use]
    pub const fn cells(&self) -> usize {
        self.cells
    }

    /// Number of frequencies.
    #[must_use]
    pub const fn frequencies(&self) -> usize {
        self.cells + 1
    }

    /// Masses to frequencies; masses beyond the lattice are cut off.
    #[must_use]
    pub fn forward(&self, masses: &[f64]) -> Vec<Complex64> {
        let mut padded = vec![0.0; 2 * self.cells];
        for (slot, mass) in padded.iter_mut().zip(masses.iter().take(self.cells)) {
            *slot = *mass;
        }
        let mut spectrum = vec![Complex64::default(); self.frequencies()];
        // Lengths are the plan's own, the one way in which it could fail.
        let _ = self.forward.process(&mut padded, &mut spectrum);
        spectrum
    }

    /// Frequencies to masses of the padded lattice, twice as many as cells. Overwrites the frequencies.
    #[must_use]
    pub fn inverse(&self, spectrum: &mut [Complex64]) -> Vec<f64> {
        let mut masses = vec![0.0; 2 * self.cells];
        if let (Some(first), true) = (spectrum.first_mut(), self.cells > 0) {
            first.im = 0.0;
        }
        if let Some(last) = spectrum.last_mut() {
            last.im = 0.0;
        }
        let _ = self.inverse.process(spectrum, &mut masses);
        let scale = 1.0 / (2 * self.cells) as f64;
        for mass in &mut masses {
            *mass *= scale;
        }
        masses
    }
}

/// A severity on a lattice, and its transform.
#[derive(Debug)]
pub struct Spectrum {
    /// Probability of each cell.
    pub masses: Vec<f64>,
    /// Their transform.
    pub frequencies: Vec<Complex64>,
    /// The exact mean, what is beyond the lattice included.
    pub mean: f64,
    /// The mean that the lattice holds.
    pub held_mean: f64,
    /// The transform of cell x probability, made when it is first asked for.
    sizes: OnceLock<Vec<Complex64>>,
}

impl Spectrum {
    /// Of given masses on a lattice of that step.
    #[must_use]
    pub fn of_masses(masses: Vec<f64>, step: f64, transform: &Transform) -> Self {
        let mean = masses.iter().enumerate().map(|(j, p)| j as f64 * step * p).sum();
        let frequencies = transform.forward(&masses);
        Self { masses, frequencies, mean, held_mean: mean, sizes: OnceLock::new() }
    }

    /// Of an event cost.
    #[must_use]
    pub fn of_cost(cost: &EventCost, lattice: Lattice, transform: &Transform) -> Self {
        let masses = lattice.discretise(cost);
        let frequencies = transform.forward(&masses);
        let held_mean = cost.limited((lattice.cells - 1) as f64 * lattice.step);
        Self { masses, frequencies, mean: cost.mean(), held_mean, sizes: OnceLock::new() }
    }

    /// The transform of the size-biased masses, cell x probability.
    #[must_use]
    pub fn sizes(&self, transform: &Transform) -> &[Complex64] {
        self.sizes.get_or_init(|| {
            let sizes: Vec<f64> =
                self.masses.iter().enumerate().map(|(j, p)| j as f64 * p).collect();
            transform.forward(&sizes)
        })
    }
}

/// The bits of an event cost and a lattice: equal keys mean equal spectra.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key([u64; 8], Option<Arc<Sample>>);

impl Key {
    fn of(cost: &EventCost, lattice: Lattice) -> Self {
        let (kind, first, second, sample) = match &cost.gross {
            Severity::Point(value) => (0, *value, 0.0, None),
            Severity::Lognormal { mu, sigma } => (1, *mu, *sigma, None),
            Severity::Gamma { shape, scale } => (2, *shape, *scale, None),
            Severity::Empirical(sample) => (3, 0.0, 0.0, Some(Arc::clone(sample))),
        };
        let bits = [
            kind,
            first.to_bits(),
            second.to_bits(),
            cost.deductible.to_bits(),
            cost.cap.map_or(u64::MAX, f64::to_bits),
            cost.scale.to_bits(),
            lattice.step.to_bits(),
            lattice.cells as u64,
        ];
        Self(bits, sample)
    }
}

/// Transforms and spectra that were made before. Bounded: it forgets everything when full.
#[derive(Debug, Default)]
pub struct SpectrumCache {
    transforms: HashMap<usize, Transform>,
    spectra: HashMap<Key, Arc<Spectrum>>,
}

/// Spectra kept at most; 4,096 cells take about 100 kB each.
const MAX_SPECTRA: usize = 4096;

impl SpectrumCache {
    /// Nothing made yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The transform for a number of cells.
    pub fn transform(&mut self, cells: usize) -> Transform {
        self.transforms.entry(cells).or_insert_with(|| Transform::new(cells)).clone()
    }

    /// The spectrum of an event cost.
    pub fn spectrum(&mut self, cost: &EventCost, lattice: Lattice) -> Arc<Spectrum> {
        let key = Key::of(cost, lattice);
        if let Some(found) = self.spectra.get(&key) {
            return Arc::clone(found);
        }
        if self.spectra.len() >= MAX_SPECTRA {
            self.spectra.clear();
        }
        let transform = self.transform(lattice.cells);
        let made = Arc::new(Spectrum::of_cost(cost, lattice, &transform));
        self.spectra.insert(key, Arc::clone(&made));
        made
    }
}
