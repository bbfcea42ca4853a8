//! The weights of the comparisons: how much each level speaks for or against one party (Fellegi and Sunter 1969).

use super::measure::{LEVELS, Level};
use super::spec::{Pattern, Spec};
use super::table::Table;
use serde::{Deserialize, Serialize};

/// What is known of matches and of chance, for each comparison and level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Share of all pairs that are one party, 0..=1.
    pub prior: f64,
    /// Share of each level among pairs of one party.
    pub m: Vec<[f64; LEVELS]>,
    /// Share of each level among pairs of two parties.
    pub u: Vec<[f64; LEVELS]>,
}

/// What one comparison adds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weight {
    /// The comparison's place in the specification.
    pub comparison: usize,
    /// How alike.
    pub level: Level,
    /// log2 of the likelihood ratio; 0 if a value is missing.
    pub bits: f64,
}

/// A pair of records and what speaks for their being one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// The smaller record.
    pub left: u32,
    /// The larger record.
    pub right: u32,
    /// The levels.
    pub pattern: Pattern,
    /// Sum of the weights, bits.
    pub weight: f64,
    /// That they are one, 0..=1.
    pub probability: f64,
}

/// Records that a frequency is smoothed with, as if they had been seen before.
const SMOOTHING: f64 = 200.0;

impl Model {
    /// The model before any record was seen: `prior` is the share of all pairs that are one party.
    #[must_use]
    pub fn untrained(spec: &Spec, prior: f64) -> Self {
        Self {
            prior: prior.clamp(1e-15, 0.5),
            m: spec.comparisons.iter().map(super::spec::Comparison::prior_m).collect(),
            u: spec.comparisons.iter().map(super::spec::Comparison::prior_u).collect(),
        }
    }

    /// The levels of two records.
    #[must_use]
    pub fn compare(spec: &Spec, table: &Table, left: u32, right: u32) -> Pattern {
        let columns = spec.comparisons.iter().zip(&table.columns).enumerate();
        columns.fold(Pattern::default(), |pattern, (i, (comparison, column))| {
            let (a, b) = (column.symbol(left), column.symbol(right));
            pattern.with(i, comparison.measure.level(column, a, b))
        })
    }

    /// What each comparison adds.
    #[must_use]
    pub fn explain(
        &self,
        spec: &Spec,
        table: &Table,
        (left, pattern): (u32, Pattern),
    ) -> Vec<Weight> {
        let weight = |comparison: usize| {
            let level = pattern.level(comparison);
            Weight { comparison, level, bits: self.bits(spec, table, (left, comparison), level) }
        };
        (0..spec.comparisons.len()).map(weight).collect()
    }

    fn bits(&self, spec: &Spec, table: &Table, (left, i): (u32, usize), level: Level) -> f64 {
        if level == Level::Missing {
            return 0.0;
        }
        let share = |all: &[[f64; LEVELS]]| {
            all.get(i).and_then(|levels| levels.get(level.index())).copied().unwrap_or(TINY)
        };
        let (m, mut u) = (share(&self.m).max(TINY), share(&self.u).max(TINY));
        let frequent = spec.comparisons.get(i).is_some_and(|comparison| comparison.by_frequency);
        if frequent
            && level == Level::Exact
            && let Some(column) = table.columns.get(i)
        {
            // Winkler (1989): chance agreement on this very value, not on any. The pair itself is no evidence of chance;
            // a value that nobody else has counts as half seen (Jeffreys).
            let others = f64::from(column.count(column.symbol(left)).saturating_sub(2)) + 0.5;
            let all = f64::from(column.present.saturating_sub(1));
            u = (others + SMOOTHING * u) / (all + SMOOTHING);
        }
        (m / u).log2()
    }

    /// Sum of the weights and probability of a pair.
    #[must_use]
    pub fn score(&self, spec: &Spec, table: &Table, left: u32, right: u32) -> Scored {
        let pattern = Self::compare(spec, table, left, right);
        let weight = (0..spec.comparisons.len())
            .map(|i| self.bits(spec, table, (left, i), pattern.level(i)))
            .sum();
        Scored { left, right, pattern, weight, probability: self.probability(weight) }
    }

    /// That a pair with this sum of weights is one party.
    #[must_use]
    pub fn probability(&self, weight: f64) -> f64 {
        let odds = self.prior / (1.0 - self.prior) * weight.clamp(-500.0, 500.0).exp2();
        odds / (1.0 + odds)
    }

    /// The probability of a pattern, without frequencies: what estimation steps on.
    pub(crate) fn posterior(&self, pattern: Pattern) -> f64 {
        let mut bits = 0.0;
        for (i, (m, u)) in self.m.iter().zip(&self.u).enumerate() {
            let level = pattern.level(i);
            if level != Level::Missing {
                let (m, u) = (m[level.index()].max(TINY), u[level.index()].max(TINY));
                bits += (m / u).log2();
            }
        }
        self.probability(bits)
    }
}

/// No share is smaller: a level that was never seen is not impossible.
const TINY: f64 = 1e-12;

/// Whether registration numbers of the pair are known and not nearly equal.
#[must_use]
pub fn contradicts(spec: &Spec, pattern: Pattern) -> bool {
    spec.comparisons
        .iter()
        .enumerate()
        .any(|(i, c)| c.decisive && pattern.level(i) == Level::Different)
}
