//! Candidate pairs: records that share a key of any rule.

use super::spec::{Part, Rule, Spec};
use super::table::{MISSING, Table};

/// Pairs to compare, sorted, each once, the smaller record first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Candidates {
    pub(crate) pairs: Vec<(u32, u32)>,
    /// Blocks that were too large to compare.
    pub skipped: usize,
}

impl Candidates {
    /// How many pairs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    pub(crate) fn contains(&self, pair: (u32, u32)) -> bool {
        self.pairs.binary_search(&pair).is_ok()
    }
}

/// Finds the pairs that the rules let through.
#[must_use]
pub fn candidates(spec: &Spec, table: &Table) -> Candidates {
    let mut found = Candidates::default();
    for rule in &spec.rules {
        // A word is shared by many parties, a number or an address by few.
        let limit = match rule {
            Rule::RareWords(..) => spec.max_word_block,
            Rule::Together(_) | Rule::Exchanged(..) | Rule::SameReading(_) => spec.max_block,
        };
        let mut keyed = keys(rule, table);
        keyed.sort_unstable();
        keyed.dedup();
        for block in keyed.chunk_by(|a, b| a.0 == b.0) {
            if block.len() > limit {
                found.skipped += 1;
                continue;
            }
            for (i, (_, a)) in block.iter().enumerate() {
                found.pairs.extend(block.iter().skip(i + 1).map(|(_, b)| (*a, *b)));
            }
        }
        // Rules overlap: what is found twice is dropped before it adds up.
        if found.pairs.len() > 1 << 22 {
            found.pairs.sort_unstable();
            found.pairs.dedup();
        }
    }
    found.pairs.sort_unstable();
    found.pairs.dedup();
    found
}

fn keys(rule: &Rule, table: &Table) -> Vec<(u64, u32)> {
    let mut keyed = Vec::with_capacity(table.size as usize);
    for record in 0..table.size {
        match rule {
            Rule::Together(parts) => {
                let key =
                    parts.iter().try_fold(SEED, |key, part| part_key(*part, table, record, key));
                keyed.extend(key.map(|key| (key, record)));
            }
            Rule::Exchanged(a, b) => {
                let text = |column| Some(table.value(column, record)).filter(|t| !t.is_empty());
                if let (Some(a), Some(b)) = (text(*a), text(*b)) {
                    let (first, second) = if a <= b { (a, b) } else { (b, a) };
                    keyed.push((mixed(mixed(SEED, first), second), record));
                }
            }
            Rule::RareWords(column, count) => {
                rare_words(table, *column, *count, record, &mut keyed)
            }
            Rule::SameReading(column) => {
                let Some(column) = table.columns.get(*column) else { continue };
                let tokens = column.tokens.get(column.symbol(record) as usize);
                let reading = tokens.map_or(0, |tokens| tokens.reading);
                if reading != 0 {
                    keyed.push((u64::from(reading), record));
                }
            }
        }
    }
    keyed
}

fn rare_words(
    table: &Table,
    column: usize,
    count: usize,
    record: u32,
    keyed: &mut Vec<(u64, u32)>,
) {
    let Some(column) = table.columns.get(column) else { return };
    let Some(tokens) = column.tokens.get(column.symbol(record) as usize) else { return };
    let mut ids = tokens.ids.clone();
    ids.sort_by(|a, b| column.book.weight(*b).total_cmp(&column.book.weight(*a)).then(a.cmp(b)));
    ids.truncate(count);
    // Two rare words together find what each of them alone is too common for.
    for (i, a) in ids.iter().enumerate() {
        let joined = |b: &u32| (u64::from(*a.min(b)) + 1) << 32 | u64::from(*a.max(b));
        keyed.extend(ids.iter().skip(i + 1).map(|b| (joined(b), record)));
    }
    keyed.extend(ids.into_iter().map(|id| (u64::from(id), record)));
}

fn part_key(part: Part, table: &Table, record: u32, key: u64) -> Option<u64> {
    let (column, length) = match part {
        Part::Whole(column) => (column, None),
        Part::Start(column, length) => (column, Some(length)),
    };
    let values = table.columns.get(column)?;
    let symbol = values.symbol(record);
    if symbol == MISSING {
        return None;
    }
    let text = values.text(symbol);
    let end = length.and_then(|length| text.char_indices().nth(length)).map_or(text.len(), |c| c.0);
    Some(mixed(key, text.get(..end)?))
}

const SEED: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a (Fowler, Noll and Vo), with the end of the text marked: the same on every machine.
fn mixed(key: u64, text: &str) -> u64 {
    let step = |key: u64, byte: u8| (key ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    step(text.bytes().fold(key, step), 0xff)
}
