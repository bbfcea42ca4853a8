//! The money lattice: a severity as probabilities of whole steps, its mean kept.

use crate::severity::EventCost;

/// Cells of width `step` at 0, step, 2 step, ...
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lattice {
    /// Width of a cell, above 0.
    pub step: f64,
    /// Number of cells, a power of two.
    pub cells: usize,
}

/// Why a lattice cannot hold a cost.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LatticeError {
    /// The step is not a number above 0.
    #[error("lattice step must be above 0, not {0}")]
    BadStep(f64),
    /// The number of cells is no power of two within 2 and 2^22.
    #[error("lattice must have a power of two of cells within 2 and 4194304, not {0}")]
    BadCells(usize),
    /// The expected number of events is not a number within 0 and 1e6.
    #[error("expected number of events must be within 0 and 1000000, not {0}")]
    BadCount(f64),
}

impl Lattice {
    /// Checks step and number of cells.
    ///
    /// # Errors
    /// [`LatticeError::BadStep`], [`LatticeError::BadCells`].
    pub fn new(step: f64, cells: usize) -> Result<Self, LatticeError> {
        if !step.is_finite() || step <= 0.0 {
            return Err(LatticeError::BadStep(step));
        }
        if !cells.is_power_of_two() || !(2..=1 << 22).contains(&cells) {
            return Err(LatticeError::BadCells(cells));
        }
        Ok(Self { step, cells })
    }

    /// A lattice that reaches `upper` with a step of 1, 2, 2.5 or 5 times a power of ten, so that steps repeat and spectra are
    /// found again.
    ///
    /// # Errors
    /// [`LatticeError`] for a number of cells or an upper end that cannot be.
    pub fn reaching(upper: f64, cells: usize) -> Result<Self, LatticeError> {
        let least = upper / (cells.max(1) as f64);
        if !least.is_finite() || least <= 0.0 {
            return Err(LatticeError::BadStep(least));
        }
        let decade = 10.0_f64.powf(least.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0]
            .into_iter()
            .map(|mantissa| mantissa * decade)
            .find(|step| *step >= least)
            .unwrap_or(10.0 * decade);
        Self::new(step, cells)
    }

    /// The same cells, twice as wide.
    #[must_use]
    pub fn doubled(self) -> Self {
        Self { step: 2.0 * self.step, cells: self.cells }
    }

    /// Probability of each cell by local moment matching of the first order (Gerber 1982; Klugman, Panjer and Willmot): the
    /// mean of the cost limited to the lattice is kept, what is beyond its end sits in the last cell.
    #[must_use]
    pub fn discretise(&self, cost: &EventCost) -> Vec<f64> {
        let last = self.cells - 1;
        let mut cells = Vec::with_capacity(self.cells);
        let (mut before, mut here) = (0.0, 0.0);
        for j in 0..=last {
            let next = if j == last { here } else { cost.limited((j + 1) as f64 * self.step) };
            let rise = if j == 0 { self.step } else { here - before };
            cells.push(((rise - (next - here)) / self.step).max(0.0));
            (before, here) = (here, next);
        }
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::severity::{Family, Severity};
    use proptest::prelude::*;

    #[test]
    fn steps_are_round_and_reach_the_end() {
        for (upper, step) in
            [(4096.0, 1.0), (4097.0, 2.0), (9000.0, 2.5), (12_000.0, 5.0), (25_000.0, 10.0)]
        {
            assert_eq!(Lattice::reaching(upper, 4096).unwrap().step, step, "{upper}");
        }
        assert!(Lattice::reaching(0.0, 4096).is_err());
        assert!(Lattice::new(1.0, 1000).is_err());
        assert!(Lattice::new(f64::NAN, 1024).is_err());
    }

    #[test]
    fn a_point_on_the_lattice_stays_where_it_is() {
        let lattice = Lattice::new(10.0, 8).unwrap();
        let cells = lattice.discretise(&EventCost::whole(Severity::Point(30.0)));
        for (j, mass) in cells.iter().enumerate() {
            assert!((mass - f64::from(u8::from(j == 3))).abs() < 1e-15);
        }
    }

    proptest! {
        #[test]
        fn masses_sum_to_one_and_keep_the_limited_mean(mean in 1.0_f64..50.0, spread in 0.2_f64..2.0, deductible in 0.0_f64..30.0, capped in any::<bool>()) {
            let gross = Severity::with_moments(Family::Lognormal, mean, spread * mean);
            let cost = EventCost { gross, deductible, cap: capped.then_some(2.0 * mean), scale: 0.97 };
            let lattice = Lattice::new(0.5, 512).unwrap();
            let cells = lattice.discretise(&cost);
            prop_assert!((cells.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let held: f64 = cells.iter().enumerate().map(|(j, p)| j as f64 * lattice.step * p).sum();
            prop_assert!((held - cost.limited(511.0 * 0.5)).abs() < 1e-9 * (1.0 + mean));
        }
    }
}
