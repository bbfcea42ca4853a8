//! The filter language of lists: a subset of AIP-160, compiled to a typed SQL condition.
//!
//! ```text
//! filter     = [ expression ]
//! expression = factor { "AND" factor }
//! factor     = term { "OR" term }                  OR binds tighter than AND, as AIP-160 has it
//! term       = [ "NOT" | "-" ] ( "(" expression ")" | comparison )
//! comparison = field operator value                field: dotted path
//! operator   = "=" | "!=" | "<" | "<=" | ">" | ">=" | ":"
//! value      = "quoted" | 'quoted' | bare          bare: letters, digits and _ - . : + / @ #
//! ```
//!
//! - `:` on text finds a substring whatever the case; `field:*` holds where the field is set.
//! - A quoted value knows the escapes `\\ \" \' \n \r \t`; there are no wildcards inside values.
//! - A field that is not set equals nothing, so `!=` and `NOT` hold for it; unset text equals `""`.
//! - Absent from the subset: functions, bare words without a field, and lists side by side without AND.

mod compile;
mod lexer;
mod parser;
mod syntax;

use aftercare_kernel::fault::{Class, Fault, FieldViolation};
use sea_orm::Condition;
use std::fmt;

pub(crate) use compile::column;

/// The longest filter that is read, in bytes.
pub const MAX_BYTES: usize = 4096;
/// The deepest nesting of parentheses.
pub const MAX_DEPTH: usize = 16;
/// The largest number of comparisons in one filter.
pub const MAX_COMPARISONS: usize = 128;

/// How a field is stored, and so which values and operators it takes.
#[derive(Debug, Clone, Copy)]
pub enum FieldKind {
    /// TEXT. Every operator; order is that of the column's collation.
    Text,
    /// INTEGER or BIGINT. Every operator but `:`.
    Integer,
    /// BOOLEAN. `=` and `!=` with `true` or `false`.
    Boolean,
    /// BIGINT microseconds since the epoch, UTC. Takes RFC 3339 with an offset.
    Timestamp,
    /// TEXT `YYYY-MM-DD`.
    Date,
    /// TEXT. Pairs of the name on the wire and the text stored; `=` and `!=`.
    Enum(&'static [(&'static str, &'static str)]),
    /// BIGINT micro-units. Takes a decimal number of major units.
    MoneyMicros,
}

/// One field that a list can be filtered by.
#[derive(Debug, Clone, Copy)]
pub struct FilterField {
    /// Path on the wire: `grade` or `address.city`.
    pub name: &'static str,
    /// Column, qualified by its table (`customer_case.state`) where a join makes that necessary.
    pub column: &'static str,
    /// How it is stored.
    pub kind: FieldKind,
}

/// A parsed filter; [`Filter::condition`] gives it a meaning.
#[derive(Debug, Clone)]
pub struct Filter {
    root: syntax::Expr,
}

/// Parses a filter; blank text is no filter.
///
/// # Errors
/// [`FilterError`] with the place of the first character that does not fit.
pub fn parse(text: &str) -> Result<Option<Filter>, FilterError> {
    Ok(parser::parse(text)?.map(|root| Filter { root }))
}

impl Filter {
    /// The SQL condition over the given fields; the same on SQLite and PostgreSQL.
    ///
    /// # Errors
    /// [`FilterError`] for a field that is not among `fields`, or a value or operator that its kind
    /// does not take.
    pub fn condition(&self, fields: &[FilterField]) -> Result<Condition, FilterError> {
        compile::condition(&self.root, fields)
    }
}

/// Writes the filter in its plainest form: parsing it again gives the same filter.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.fmt(f)
    }
}

/// Why a text is no filter of this list, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} (at character {position})")]
pub struct FilterError {
    position: usize,
    problem: FilterProblem,
}

/// What is wrong at that place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterProblem {
    /// More than [`MAX_BYTES`].
    #[error("is longer than {MAX_BYTES} bytes")]
    TooLong,
    /// More than [`MAX_DEPTH`].
    #[error("nests deeper than {MAX_DEPTH} parentheses")]
    TooDeep,
    /// More than [`MAX_COMPARISONS`].
    #[error("has more than {MAX_COMPARISONS} comparisons")]
    TooMany,
    /// Something else should stand here.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What may stand here.
        expected: &'static str,
        /// What does.
        found: String,
    },
    /// A quoted value without its closing quote.
    #[error("quoted text is not closed")]
    Unclosed,
    /// A backslash before a character that needs none.
    #[error("unknown escape; there are \\\\ \\\" \\' \\n \\r \\t")]
    Escape,
    /// U+0000, which no text column holds.
    #[error("text must not contain the character U+0000")]
    Nul,
    /// The field is not one of this list's.
    #[error("unknown field {field}; fields are {known}")]
    UnknownField {
        /// As it stands in the filter.
        field: String,
        /// Every field of the list.
        known: String,
    },
    /// The value is not of the field's kind.
    #[error("{field} takes {expected}, not {found}")]
    Mismatch {
        /// The field.
        field: &'static str,
        /// What it takes.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// The operator has no meaning for the field's kind.
    #[error("{field} cannot be compared by {operator}")]
    Operator {
        /// The field.
        field: &'static str,
        /// The operator.
        operator: &'static str,
    },
}

impl FilterError {
    fn at(position: usize, problem: FilterProblem) -> Self {
        Self { position, problem }
    }

    /// The place in the text, in characters counted from 1.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// What is wrong there.
    #[must_use]
    pub fn problem(&self) -> &FilterProblem {
        &self.problem
    }
}

impl Fault for FilterError {
    fn class(&self) -> Class {
        Class::Invalid
    }
    fn reason(&self) -> &'static str {
        "INVALID_FILTER"
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        let mut parts = vec![("position", self.position.to_string())];
        match &self.problem {
            FilterProblem::TooLong
            | FilterProblem::TooDeep
            | FilterProblem::TooMany
            | FilterProblem::Unclosed
            | FilterProblem::Escape
            | FilterProblem::Nul => {}
            FilterProblem::Unexpected { expected, found } => {
                parts.extend([("expected", (*expected).to_owned()), ("found", found.clone())]);
            }
            FilterProblem::UnknownField { field, known } => {
                parts.extend([("field", field.clone()), ("known", known.clone())]);
            }
            FilterProblem::Mismatch { field, expected, found } => parts.extend([
                ("field", (*field).to_owned()),
                ("expected", expected.clone()),
                ("found", found.clone()),
            ]),
            FilterProblem::Operator { field, operator } => {
                parts.extend([("field", (*field).to_owned()), ("operator", (*operator).to_owned())])
            }
        }
        parts
    }
    fn violations(&self) -> Vec<FieldViolation> {
        vec![FieldViolation { field: "filter".to_owned(), description: self.to_string() }]
    }
}

/// Text of a request, quoted and cut so that an error message stays short.
pub(crate) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut cut: String = text.chars().take(LONGEST).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    format!("{cut:?}")
}

#[cfg(test)]
mod tests;
