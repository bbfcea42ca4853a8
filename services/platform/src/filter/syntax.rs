//! The tree of a parsed filter, and how it is written out. Knows no field and no SQL.

use std::fmt;

/// A filter or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expr {
    /// Holds where every part holds; at least two parts.
    And(Vec<Expr>),
    /// Holds where one part holds; at least two parts.
    Or(Vec<Expr>),
    /// Holds where the part does not.
    Not(Box<Expr>),
    /// One comparison.
    Compare(Comparison),
}

/// `field operator value`, with the places of both sides for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comparison {
    pub(super) field: String,
    pub(super) field_at: usize,
    pub(super) operator: Operator,
    pub(super) literal: Literal,
    pub(super) literal_at: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Has,
}

impl Operator {
    pub(super) const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Has => ":",
        }
    }
}

/// The right side of a comparison; whether it was quoted decides what it can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Literal {
    /// A number, a boolean, an enum name, a date, an instant, or text.
    Bare(String),
    /// Text, also holding an enum name, a date or an instant.
    Quoted(String),
    /// The lone `*`.
    Any,
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // OR binds tighter, so that an OR needs no parentheses within an AND.
            Self::And(parts) => {
                write_joined(f, parts, " AND ", |part| matches!(part, Self::And(_)))
            }
            Self::Or(parts) => {
                write_joined(f, parts, " OR ", |part| matches!(part, Self::And(_) | Self::Or(_)))
            }
            Self::Not(part) => match part.as_ref() {
                Self::Compare(comparison) => write!(f, "NOT {comparison}"),
                Self::And(_) | Self::Or(_) | Self::Not(_) => write!(f, "NOT ({part})"),
            },
            Self::Compare(comparison) => comparison.fmt(f),
        }
    }
}

fn write_joined(
    f: &mut fmt::Formatter<'_>,
    parts: &[Expr],
    joint: &str,
    enclosed: impl Fn(&Expr) -> bool,
) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(joint)?;
        }
        if enclosed(part) { write!(f, "({part})")? } else { write!(f, "{part}")? }
    }
    Ok(())
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, operator, literal, .. } = self;
        match operator {
            Operator::Has => write!(f, "{field}:{literal}"),
            Operator::Equal
            | Operator::NotEqual
            | Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual => write!(f, "{field} {} {literal}", operator.symbol()),
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Bare(text) => f.write_str(text),
            Self::Quoted(text) => {
                f.write_str("\"")?;
                for c in text.chars() {
                    match c {
                        '"' | '\\' => write!(f, "\\{c}")?,
                        '\n' => f.write_str("\\n")?,
                        '\r' => f.write_str("\\r")?,
                        '\t' => f.write_str("\\t")?,
                        _ => write!(f, "{c}")?,
                    }
                }
                f.write_str("\"")
            }
        }
    }
}
