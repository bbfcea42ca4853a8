//! A distribution on the money lattice and what is read from it.

/// Probability of a cost of 0, step, 2 step, ...; what is beyond the lattice sits in the last cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    step: f64,
    masses: Vec<f64>,
    cumulative: Vec<f64>,
    mean: f64,
    truncated_mass: f64,
    truncated_mean: f64,
    clipped: f64,
}

/// A point of the curve for a plot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// Cost.
    pub cost: f64,
    /// Probability per unit of money around it.
    pub density: f64,
    /// Probability of a cost not above it.
    pub cumulative: f64,
}

impl Distribution {
    /// From the padded result of an inverse transform, with the exact mean.
    #[must_use]
    pub fn of_padded(mut masses: Vec<f64>, cells: usize, step: f64, mean: f64) -> Self {
        masses.truncate(cells);
        let mut clipped = 0.0;
        for mass in &mut masses {
            clipped -= mass.min(0.0);
            *mass = mass.max(0.0);
        }
        let mut found = Self::of_masses(masses, step, mean, 0.0, clipped);
        let held = found.cumulative.last().copied().unwrap_or(1.0);
        let beyond = (1.0 - held).max(0.0);
        // What is beyond the lattice sits in its last cell.
        if let (Some(mass), Some(all)) = (found.masses.last_mut(), found.cumulative.last_mut()) {
            (*mass, *all) = (*mass + beyond, held + beyond);
        }
        found.truncated_mass = beyond;
        found.truncated_mean -= beyond * step * cells.saturating_sub(1) as f64;
        found
    }

    fn of_masses(
        masses: Vec<f64>,
        step: f64,
        mean: f64,
        truncated_mass: f64,
        clipped: f64,
    ) -> Self {
        // One pass: the two sums, each of which waits for its last addition, run side by side.
        let (mut sum, mut moment, mut cell) = (0.0, 0.0, 0.0);
        let cumulative = masses
            .iter()
            .map(|mass| {
                moment += cell * mass;
                cell += 1.0;
                sum += mass;
                sum
            })
            .collect();
        let truncated_mean = mean - moment * step;
        Self { step, masses, cumulative, mean, truncated_mass, truncated_mean, clipped }
    }

    /// The mixture of distributions on one lattice, each with its weight; the weights sum to 1.
    #[must_use]
    pub(crate) fn mixed(parts: &[(f64, Self)]) -> Self {
        let cells = parts.first().map_or(0, |(_, part)| part.masses.len());
        let mut masses = vec![0.0; cells];
        for (weight, part) in parts {
            for (slot, mass) in masses.iter_mut().zip(&part.masses) {
                *slot += weight * mass;
            }
        }
        let sum = |of: fn(&Self) -> f64| parts.iter().map(|(w, part)| w * of(part)).sum();
        let step = parts.first().map_or(1.0, |(_, part)| part.step);
        let (mean, beyond) = (sum(Self::mean), sum(Self::truncated_mass));
        Self::of_masses(masses, step, mean, beyond, sum(Self::clipped))
    }

    /// Width of a cell.
    #[must_use]
    pub const fn step(&self) -> f64 {
        self.step
    }

    /// Probability of each cell; they sum to 1.
    #[must_use]
    pub fn masses(&self) -> &[f64] {
        &self.masses
    }

    /// The exact mean, what is beyond the lattice included.
    #[must_use]
    pub const fn mean(&self) -> f64 {
        self.mean
    }

    /// Probability beyond the end of the lattice.
    #[must_use]
    pub const fn truncated_mass(&self) -> f64 {
        self.truncated_mass
    }

    /// The part of the mean that the lattice does not hold.
    #[must_use]
    pub const fn truncated_mean(&self) -> f64 {
        self.truncated_mean
    }

    /// Sum of the tiny negative masses that rounding made and that were set to 0.
    #[must_use]
    pub const fn clipped(&self) -> f64 {
        self.clipped
    }

    /// The standard deviation on the lattice.
    #[must_use]
    pub fn standard_deviation(&self) -> f64 {
        let centre = self.mean - self.truncated_mean;
        let variance: f64 = self
            .masses
            .iter()
            .enumerate()
            .map(|(j, p)| p * (j as f64 * self.step - centre).powi(2))
            .sum();
        variance.max(0.0).sqrt()
    }

    fn quantile_cell(&self, level: f64) -> usize {
        // Sums of doubles end a few units in the last place off.
        let level = level - 1e-13;
        self.cumulative.partition_point(|c| *c < level).min(self.masses.len() - 1)
    }

    /// The smallest cost that is not exceeded with at least that probability (value at risk).
    #[must_use]
    pub fn quantile(&self, level: f64) -> f64 {
        self.quantile_cell(level) as f64 * self.step
    }

    /// Expected shortfall: the mean of the worst 1 - level of outcomes, mass at the quantile split (Acerbi and Tasche 2002).
    #[must_use]
    pub fn shortfall(&self, level: f64) -> f64 {
        self.tail_weights(level)
            .iter()
            .zip(&self.masses)
            .enumerate()
            .map(|(j, (weight, mass))| weight * mass * j as f64 * self.step)
            .sum()
    }

    /// Weight of each cell in the expected shortfall: 1 / (1 - level) beyond the quantile, part of it at the quantile.
    #[must_use]
    pub fn tail_weights(&self, level: f64) -> Vec<f64> {
        let cell = self.quantile_cell(level);
        let rest = 1.0 - level;
        let at = if self.masses[cell] > 0.0 {
            (self.cumulative[cell] - level).max(0.0) / self.masses[cell]
        } else {
            0.0
        };
        (0..self.masses.len())
            .map(|j| match j.cmp(&cell) {
                std::cmp::Ordering::Less => 0.0,
                std::cmp::Ordering::Equal => at / rest,
                std::cmp::Ordering::Greater => 1.0 / rest,
            })
            .collect()
    }

    /// Probability of a cost above the amount.
    #[must_use]
    pub fn exceedance(&self, amount: f64) -> f64 {
        if amount < 0.0 {
            return 1.0;
        }
        let cell = (amount / self.step * (1.0 + 1e-12)).floor();
        if cell >= self.masses.len() as f64 {
            return self.truncated_mass;
        }
        self.masses[cell as usize + 1..].iter().sum::<f64>().min(1.0)
    }

    /// The mean of what exceeds the amount.
    #[must_use]
    pub fn excess(&self, amount: f64) -> f64 {
        self.masses
            .iter()
            .enumerate()
            .map(|(j, p)| p * (j as f64 * self.step - amount).max(0.0))
            .sum()
    }

    /// At most `most` points of equal width, up to where all but a ten-thousandth lies.
    #[must_use]
    pub fn curve(&self, most: usize) -> Vec<CurvePoint> {
        let end = (self.quantile_cell(0.9999) + 1).min(self.masses.len());
        let width = end.div_ceil(most.max(1)).max(1);
        self.masses[..end]
            .chunks(width)
            .enumerate()
            .map(|(i, chunk)| {
                let last = i * width + chunk.len() - 1;
                CurvePoint {
                    cost: last as f64 * self.step,
                    density: chunk.iter().sum::<f64>() / (chunk.len() as f64 * self.step),
                    cumulative: self.cumulative[last].min(1.0),
                }
            })
            .collect()
    }

    /// The distribution of max(cost - deductible, 0); the mean beyond the lattice is kept.
    #[must_use]
    pub fn beyond(&self, deductible: f64) -> Self {
        let by = deductible.max(0.0);
        self.mapped(|cost| (cost - by).max(0.0))
    }

    /// The distribution of what a deductible and a limit beyond it leave outside: min(cost, deductible) + max(cost - deductible -
    /// limit, 0).
    #[must_use]
    pub fn outside(&self, deductible: f64, limit: f64) -> Self {
        let (low, high) = (deductible.max(0.0), deductible.max(0.0) + limit.max(0.0));
        self.mapped(|cost| cost.min(low) + (cost - high).max(0.0))
    }

    /// The distribution of cost + share x max(expected - cost, 0): what is given back of a saving, for shares of 0..=1.
    #[must_use]
    pub fn sharing(&self, share: f64, expected: f64) -> Self {
        let share = share.clamp(0.0, 1.0);
        self.mapped(|cost| cost + share * (expected - cost).max(0.0))
    }

    /// The distribution of a function of cost that rises by no more than cost does; mass that falls between two cells is split
    /// so that the mean is kept.
    fn mapped(&self, of: impl Fn(f64) -> f64) -> Self {
        let last = self.masses.len() - 1;
        let mut masses = vec![0.0; self.masses.len()];
        for (j, mass) in self.masses.iter().enumerate() {
            let position = (of(j as f64 * self.step) / self.step).clamp(0.0, last as f64);
            let below = (position.floor() as usize).min(last);
            let upper = position - below as f64;
            masses[below] += mass * (1.0 - upper);
            if upper > 0.0 {
                masses[below + 1] += mass * upper;
            }
        }
        let held: f64 = masses.iter().enumerate().map(|(j, p)| j as f64 * self.step * p).sum();
        let mean = held + self.truncated_mean.max(0.0);
        Self::of_masses(masses, self.step, mean, self.truncated_mass, self.clipped)
    }

    /// The distribution of min(cost, limit), mass at a limit between two cells split so that the mean is kept.
    #[must_use]
    pub fn limited(&self, limit: f64) -> Self {
        let position = limit.max(0.0) / self.step;
        // A limit beyond the lattice, or none at all, changes nothing.
        if position + 1.0 >= self.masses.len() as f64 {
            return self.clone();
        }
        let below = position.floor() as usize;
        let mut masses = self.masses.clone();
        let over: f64 = masses.drain(below + 1..).sum();
        masses.resize(self.masses.len(), 0.0);
        let upper = position - below as f64;
        masses[below] += over * (1.0 - upper);
        masses[below + 1] += over * upper;
        let mean = masses.iter().enumerate().map(|(j, p)| j as f64 * self.step * p).sum();
        Self::of_masses(masses, self.step, mean, 0.0, self.clipped)
    }
}
