//! One party out of many records: Fellegi-Sunter with weights learned from the records, explained pair by pair.

pub mod block;
pub mod cluster;
pub mod company;
pub mod estimate;
mod likeness;
pub mod lookup;
pub mod measure;
pub mod model;
mod parallel;
pub mod party;
pub mod reading;
pub mod spec;
pub mod table;
pub mod token;

#[cfg(test)]
mod tests;

use block::Candidates;
use model::{Model, Scored, contradicts};
use spec::Spec;
use table::Table;

/// What is a match and what is for a person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Below is no match.
    pub lower: f64,
    /// At or above is a match.
    pub upper: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { lower: 0.5, upper: 0.9 }
    }
}

/// What is to be done with a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// One party.
    Match,
    /// For a person.
    Review,
    /// Two parties.
    NoMatch,
}

impl Thresholds {
    /// What is to be done: different registration numbers are never a match without a person's word.
    #[must_use]
    pub fn verdict(self, spec: &Spec, pair: &Scored) -> Verdict {
        if pair.probability < self.lower {
            Verdict::NoMatch
        } else if pair.probability < self.upper || contradicts(spec, pair.pattern) {
            Verdict::Review
        } else {
            Verdict::Match
        }
    }
}

/// Where a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// `blocking`, `estimating`, `comparing`, `clustering`.
    pub stage: &'static str,
    /// Pairs found so far.
    pub pairs: usize,
    /// Matches found so far.
    pub matches: usize,
}

/// What a batch found.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolution {
    /// The weights.
    pub model: Model,
    /// Parties of two records or more.
    pub parties: Vec<Vec<u32>>,
    /// Pairs that are one, without those that were refused.
    pub matches: Vec<Scored>,
    /// Pairs for a person.
    pub reviews: Vec<Scored>,
    /// Pairs that were compared.
    pub pairs: usize,
    /// Blocks that were too large to compare.
    pub skipped_blocks: usize,
}

/// Compares all records. Answers the same for any number of threads; asks `go_on` between stages and stops with None if not.
pub fn resolve(
    spec: &Spec,
    table: &Table,
    (thresholds, threads): (Thresholds, usize),
    go_on: &mut dyn FnMut(Progress) -> bool,
) -> Option<Resolution> {
    let told = |stage, pairs, matches| Progress { stage, pairs, matches };
    if !go_on(told("blocking", 0, 0)) {
        return None;
    }
    let candidates = block::candidates(spec, table);
    if !go_on(told("estimating", candidates.len(), 0)) {
        return None;
    }
    let model = estimate::fit(spec, table, &candidates, threads);
    if !go_on(told("comparing", candidates.len(), 0)) {
        return None;
    }
    let scored = score(spec, table, (&model, &candidates), (thresholds, threads));
    let (matches, mut reviews): (Vec<Scored>, Vec<Scored>) =
        scored.into_iter().partition(|pair| thresholds.verdict(spec, pair) == Verdict::Match);
    if !go_on(told("clustering", candidates.len(), matches.len())) {
        return None;
    }
    let found = cluster::cluster(spec, table, &matches);
    reviews.extend(&found.refused);
    reviews.sort_by_key(|pair| (pair.left, pair.right));
    let refused: std::collections::HashSet<_> =
        found.refused.iter().map(|pair| (pair.left, pair.right)).collect();
    let kept = |pair: &Scored| !refused.contains(&(pair.left, pair.right));
    Some(Resolution {
        model,
        parties: found.parties,
        matches: matches.into_iter().filter(kept).collect(),
        reviews,
        pairs: candidates.len(),
        skipped_blocks: candidates.skipped,
    })
}

/// The candidates that are no clear difference.
fn score(
    spec: &Spec,
    table: &Table,
    (model, candidates): (&Model, &Candidates),
    (thresholds, threads): (Thresholds, usize),
) -> Vec<Scored> {
    let parts = parallel::in_chunks(&candidates.pairs, threads, |chunk| {
        let scored = chunk.iter().map(|(left, right)| model.score(spec, table, *left, *right));
        scored.filter(|pair| pair.probability >= thresholds.lower).collect::<Vec<_>>()
    });
    parts.into_iter().flatten().collect()
}
