//! One record against many: the keys under which it is found, and what of a batch's records is kept to judge it by.

use super::measure::Measure;
use super::model::{Model, Scored};
use super::party::Party;
use super::reading::reading_of;
use super::spec::Spec;
use super::table::{Row, Table};
use super::token::words;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a batch learned: weights, and how common common values and words are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    /// The weights.
    pub model: Model,
    /// Records that it was learned from.
    pub records: u32,
    /// Of each comparison by name: how many records have a value or a word; those of one or two records are left out.
    pub frequencies: BTreeMap<String, BTreeMap<String, u32>>,
}

/// At most so many common values or words are kept for a column.
const KEPT: usize = 5000;
/// What is less common counts as seen once.
const COMMON: u32 = 3;

impl Learned {
    /// Before any batch: every record is expected to have a double in ten others' place.
    #[must_use]
    pub fn nothing(spec: &Spec, records: u32) -> Self {
        let prior = 0.2 / f64::from(records.max(10));
        Self { model: Model::untrained(spec, prior), records, frequencies: BTreeMap::new() }
    }

    /// What is kept of a batch.
    #[must_use]
    pub fn of(spec: &Spec, table: &Table, model: Model) -> Self {
        let mut frequencies = BTreeMap::new();
        for (comparison, column) in spec.comparisons.iter().zip(&table.columns) {
            let mut counts: Vec<(u32, String)> = if comparison.measure == Measure::Name {
                column.book.frequencies(&column.texts, &column.counts).collect()
            } else if comparison.by_frequency {
                let values = column.counts.iter().zip(&column.texts).skip(1);
                values.map(|(count, text)| (*count, text.to_string())).collect()
            } else {
                continue;
            };
            counts.retain(|(count, _)| *count >= COMMON);
            counts.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
            counts.truncate(KEPT);
            let kept = counts.into_iter().map(|(count, text)| (text, count)).collect();
            frequencies.insert(comparison.name.to_owned(), kept);
        }
        Self { model, records: table.size(), frequencies }
    }

    /// A small table whose values are as common as among all records.
    #[must_use]
    pub fn table(&self, spec: &Spec, rows: &[Row]) -> Table {
        let mut table = Table::new(spec, rows);
        for (comparison, column) in spec.comparisons.iter().zip(&mut table.columns) {
            let empty = BTreeMap::new();
            let known = self.frequencies.get(comparison.name).unwrap_or(&empty);
            column.present = column.present.max(self.records);
            if comparison.measure == Measure::Name {
                column.book.weigh(known, self.records);
                column.tokens = column.texts.iter().map(|text| column.book.tokens(text)).collect();
            } else {
                for (text, count) in column.texts.iter().zip(&mut column.counts).skip(1) {
                    *count = known.get(&**text).copied().unwrap_or(1).max(*count);
                }
            }
        }
        table
    }

    /// The first row against each other row, best first.
    #[must_use]
    pub fn rank(&self, spec: &Spec, rows: &[Row]) -> (Table, Vec<Scored>) {
        let table = self.table(spec, rows);
        let mut scored: Vec<Scored> =
            (1..table.size()).map(|other| self.model.score(spec, &table, 0, other)).collect();
        scored.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.right.cmp(&b.right)));
        (table, scored)
    }
}

/// The keys under which a party is found again: `uscc:91..`, `word:hailian`, and one for each of its domains.
#[must_use]
pub fn keys(spec: &Spec, party: &Party) -> BTreeSet<String> {
    let mut keys: BTreeSet<String> =
        party.domains.iter().map(|domain| format!("domain:{domain}")).collect();
    for (comparison, value) in spec.comparisons.iter().zip(&party.row) {
        if value.is_empty() || comparison.measure == Measure::Region {
            continue;
        }
        if comparison.measure == Measure::Name {
            keys.insert(format!("reading:{}", reading_of(value)));
            keys.extend(words(value).take(MOST_WORDS).map(|(word, _)| format!("word:{word}")));
        } else {
            keys.insert(format!("{}:{value}", comparison.name));
        }
    }
    keys
}

/// Words of a name that become keys.
const MOST_WORDS: usize = 12;
