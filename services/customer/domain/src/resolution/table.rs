//! Records as columns of interned values: comparing two equal values is comparing two numbers.

use super::measure::Measure;
use super::spec::Spec;
use super::token::{TokenBook, Tokens};
use std::collections::HashMap;

/// One record's value in each column, in the order of the specification; empty is missing.
pub type Row = Vec<String>;

/// A column: each record's symbol, and each symbol's text.
#[derive(Debug, Clone, Default)]
pub struct Column {
    pub(crate) symbols: Vec<u32>,
    pub(crate) texts: Vec<Box<str>>,
    /// How many records have the symbol.
    pub(crate) counts: Vec<u32>,
    /// How many records have a value.
    pub(crate) present: u32,
    /// What names are compared by; empty for other measures.
    pub(crate) tokens: Vec<Tokens>,
    pub(crate) book: TokenBook,
}

/// The symbol of a missing value.
pub(crate) const MISSING: u32 = 0;

impl Column {
    pub(crate) fn text(&self, symbol: u32) -> &str {
        self.texts.get(symbol as usize).map_or("", |text| text)
    }

    pub(crate) fn count(&self, symbol: u32) -> u32 {
        self.counts.get(symbol as usize).copied().unwrap_or(0)
    }

    pub(crate) fn symbol(&self, record: u32) -> u32 {
        self.symbols.get(record as usize).copied().unwrap_or(MISSING)
    }
}

/// Records to be compared.
#[derive(Debug, Clone)]
pub struct Table {
    /// One for each comparison of the specification.
    pub(crate) columns: Vec<Column>,
    pub(crate) size: u32,
}

impl Table {
    /// Interns the rows; a row that is shorter than the specification misses its last values.
    ///
    /// At most 2^32 - 1 rows; further ones are left out.
    #[must_use]
    pub fn new(spec: &Spec, rows: &[Row]) -> Self {
        let size = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let column = |(i, comparison): (usize, &super::spec::Comparison)| {
            let values = rows.iter().map(|row| row.get(i).map_or("", |text| text.as_str()));
            column(values, comparison.measure)
        };
        Self { columns: spec.comparisons.iter().enumerate().map(column).collect(), size }
    }

    /// How many records.
    #[must_use]
    pub const fn size(&self) -> u32 {
        self.size
    }

    /// The value of a record in a column, as compared.
    #[must_use]
    pub fn value(&self, column: usize, record: u32) -> &str {
        self.columns.get(column).map_or("", |column| column.text(column.symbol(record)))
    }
}

fn column<'a>(values: impl Iterator<Item = &'a str>, measure: Measure) -> Column {
    let mut known: HashMap<&str, u32> = HashMap::new();
    let mut column = Column { texts: vec!["".into()], counts: vec![0], ..Column::default() };
    for value in values {
        let next = u32::try_from(column.texts.len()).unwrap_or(MISSING);
        let symbol = match value {
            "" => MISSING,
            value => *known.entry(value).or_insert_with(|| {
                column.texts.push(value.into());
                column.counts.push(0);
                next
            }),
        };
        column.symbols.push(symbol);
        if let Some(count) = column.counts.get_mut(symbol as usize) {
            *count += 1;
        }
        column.present += u32::from(symbol != MISSING);
    }
    if measure == Measure::Name {
        column.book = TokenBook::new(&column.texts, &column.counts);
        column.tokens = column.texts.iter().map(|text| column.book.tokens(text)).collect();
    }
    column
}
