//! Estimation of the weights from the records themselves, by expectation and maximisation.
//!
//! Dempster, Laird and Rubin (1977) on the model of Fellegi and Sunter, as Winkler (1988) does it, over the whole space of
//! pairs: candidates are counted by pattern, the rest is represented by a sample of pairs that are no candidates, and
//! chance agreement on equal values is known exactly from how often each value occurs.

use super::block::Candidates;
use super::measure::{LEVELS, Level};
use super::model::Model;
use super::parallel::in_chunks;
use super::spec::{Pattern, Spec};
use super::table::Table;
use std::collections::BTreeMap;

/// How often each pattern occurs.
pub(crate) type Tally = BTreeMap<Pattern, u64>;

/// Pairs of the sample.
const SAMPLE: u64 = 100_000;
/// Pairs of one party, and of two, that the first assumptions count as.
const PRIOR_PAIRS: (f64, f64) = (20.0, 1000.0);
const MAX_STEPS: usize = 200;
const SETTLED: f64 = 1e-9;

/// Fits the weights. The answer is the same for any number of threads.
#[must_use]
pub fn fit(spec: &Spec, table: &Table, candidates: &Candidates, threads: usize) -> Model {
    let compared = tally(spec, table, &candidates.pairs, threads);
    let others: Vec<(u32, u32)> =
        sample(table.size()).into_iter().filter(|pair| !candidates.contains(*pair)).collect();
    let others = tally(spec, table, &others, threads);
    let space = Space::new(table, &compared, &others);
    let size = f64::from(table.size()).max(2.0);
    let mut model = Model::untrained(spec, 0.2 * size / space.pairs);
    for _ in 0..MAX_STEPS {
        let next = space.step(spec, &model);
        let moved = (next.prior - model.prior).abs() / model.prior;
        model = next;
        if moved < SETTLED {
            break;
        }
    }
    model
}

/// Counts the patterns of pairs.
pub(crate) fn tally(spec: &Spec, table: &Table, pairs: &[(u32, u32)], threads: usize) -> Tally {
    let parts = in_chunks(pairs, threads, |chunk| {
        // Hashing first: most patterns come often.
        let mut counts: std::collections::HashMap<Pattern, u64> = std::collections::HashMap::new();
        for (left, right) in chunk {
            *counts.entry(Model::compare(spec, table, *left, *right)).or_default() += 1;
        }
        counts
    });
    let mut all = Tally::new();
    for (pattern, count) in parts.into_iter().flatten() {
        *all.entry(pattern).or_default() += count;
    }
    all
}

/// All pairs if they are few, otherwise a sample that is always the same.
fn sample(size: u32) -> Vec<(u32, u32)> {
    let all = u64::from(size) * u64::from(size.saturating_sub(1)) / 2;
    if all <= SAMPLE {
        return (0..size).flat_map(|a| (a + 1..size).map(move |b| (a, b))).collect();
    }
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut draw = || {
        // SplitMix64 (Steele, Lea and Flood 2014).
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((z ^ (z >> 31)) % u64::from(size)).unwrap_or(0)
    };
    let pair = |_| {
        let (a, b) = (draw(), draw());
        (a != b).then(|| (a.min(b), a.max(b)))
    };
    (0..SAMPLE).filter_map(pair).collect()
}

/// The whole space of pairs, as far as it is known.
struct Space<'a> {
    pairs: f64,
    compared: &'a Tally,
    /// Of each comparison and level: pairs that are no candidates.
    others: Vec<[f64; LEVELS]>,
    /// Of each comparison: pairs with equal values, of pairs with both values.
    equal: Vec<(f64, f64)>,
}

impl<'a> Space<'a> {
    fn new(table: &Table, compared: &'a Tally, others: &Tally) -> Self {
        let choose = |n: u32| f64::from(n) * (f64::from(n) - 1.0) / 2.0;
        let pairs = choose(table.size()).max(1.0);
        let candidates = float(compared.values().sum());
        let sampled = float(others.values().sum()).max(1.0);
        let scale = (pairs - candidates).max(0.0) / sampled;
        let mut share = vec![[0.0; LEVELS]; table.columns.len()];
        for (pattern, count) in others {
            for (i, levels) in share.iter_mut().enumerate() {
                levels[pattern.level(i).index()] += float(*count) * scale;
            }
        }
        let equal = table.columns.iter().map(|column| {
            let same = column.counts.iter().skip(1).map(|count| choose(*count)).sum();
            (same, choose(column.present))
        });
        Self { pairs, compared, others: share, equal: equal.collect() }
    }

    fn step(&self, spec: &Spec, model: &Model) -> Model {
        let count = spec.comparisons.len();
        let mut matched = vec![[0.0; LEVELS]; count];
        let mut chance = self.others.clone();
        let mut total = 0.0;
        for (pattern, number) in self.compared {
            let number = float(*number);
            let one = model.posterior(*pattern) * number;
            total += one;
            for (i, (matched, chance)) in matched.iter_mut().zip(&mut chance).enumerate() {
                matched[pattern.level(i).index()] += one;
                chance[pattern.level(i).index()] += number - one;
            }
        }
        let mut next = Model { prior: (total + 1.0) / (self.pairs + 1000.0), ..model.clone() };
        for (i, comparison) in spec.comparisons.iter().enumerate() {
            let (same, both) = self.equal.get(i).copied().unwrap_or((0.0, 0.0));
            let exact = Level::Exact.index();
            if both > 0.0 {
                chance[i][exact] = (same - matched[i][exact]).max(0.5);
            }
            next.m[i] = shares(&matched[i], &comparison.prior_m(), PRIOR_PAIRS.0);
            next.u[i] = shares(&chance[i], &comparison.prior_u(), PRIOR_PAIRS.1);
        }
        next.prior = next.prior.clamp(1e-15, 0.5);
        next
    }
}

/// Shares of the levels, with a prior that counts as so many pairs.
fn shares(counts: &[f64; LEVELS], prior: &[f64; LEVELS], strength: f64) -> [f64; LEVELS] {
    let missing = Level::Missing.index();
    let known: f64 = counts.iter().enumerate().filter(|(i, _)| *i != missing).map(|(_, c)| c).sum();
    let mut shares = [0.0; LEVELS];
    for (i, share) in shares.iter_mut().enumerate().filter(|(i, _)| *i != missing) {
        *share = (counts[i] + strength * prior[i]) / (known + strength);
    }
    shares
}

/// Counts of pairs are below 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts of pairs are far below 2^53")]
const fn float(count: u64) -> f64 {
    count as f64
}
