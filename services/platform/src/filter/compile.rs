//! From the tree of a filter to a SQL condition: looks fields up and checks values against their kinds.
//!
//! SQL's third truth value never shows: negation is carried down to the comparisons, where a missing
//! value counts as "does not hold", so that `NOT x` is always the opposite of `x`.

use super::syntax::{Comparison, Expr, Literal, Operator};
use super::{FieldKind, FilterError, FilterField, FilterProblem, excerpt};
use sea_orm::sea_query::{Alias, Expr as Sql, ExprTrait, Func, LikeExpr};
use sea_orm::{Condition, Value};

/// The condition over the given fields.
pub(super) fn condition(expr: &Expr, fields: &[FilterField]) -> Result<Condition, FilterError> {
    compile(expr, false, fields)
}

/// The column as SQL; `table.column` is taken apart.
pub(crate) fn column(name: &str) -> Sql {
    match name.split_once('.') {
        Some((table, column)) => Sql::col((Alias::new(table), Alias::new(column))),
        None => Sql::col(Alias::new(name)),
    }
}

fn compile(expr: &Expr, negated: bool, fields: &[FilterField]) -> Result<Condition, FilterError> {
    let (parts, all) = match expr {
        Expr::And(parts) => (parts, !negated),
        Expr::Or(parts) => (parts, negated),
        Expr::Not(part) => return compile(part, !negated, fields),
        Expr::Compare(comparison) => return compare(comparison, negated, fields),
    };
    let mut condition = if all { Condition::all() } else { Condition::any() };
    for part in parts {
        condition = condition.add(compile(part, negated, fields)?);
    }
    Ok(condition)
}

fn compare(
    comparison: &Comparison,
    negated: bool,
    fields: &[FilterField],
) -> Result<Condition, FilterError> {
    let field = fields.iter().find(|field| field.name == comparison.field).ok_or_else(|| {
        let known: Vec<_> = fields.iter().map(|field| field.name).collect();
        let problem = FilterProblem::UnknownField {
            field: excerpt(&comparison.field),
            known: known.join(", "),
        };
        FilterError::at(comparison.field_at, problem)
    })?;
    let column = column(field.column);
    let text = matches!(field.kind, FieldKind::Text);
    match (comparison.operator, &comparison.literal) {
        (Operator::Has, Literal::Any) if text => Ok(equal(column, "".into(), !negated, true)),
        (Operator::Has, Literal::Any) => {
            Ok(only(if negated { column.is_null() } else { column.is_not_null() }))
        }
        (Operator::Has, Literal::Bare(needle) | Literal::Quoted(needle)) if text => {
            if needle.is_empty() {
                return Err(mismatch(field, comparison, "text to look for"));
            }
            Ok(contains(&column, needle, negated))
        }
        (Operator::Has, _) => Err(wrong_operator(field, comparison)),
        (operator, _) => {
            let ordered = !matches!(operator, Operator::Equal | Operator::NotEqual);
            if ordered && matches!(field.kind, FieldKind::Boolean | FieldKind::Enum(_)) {
                return Err(wrong_operator(field, comparison));
            }
            Ok(by_value(column, operator, value(field, comparison)?, negated, text))
        }
    }
}

fn by_value(column: Sql, operator: Operator, value: Value, negated: bool, text: bool) -> Condition {
    type Test = fn(Sql, Value) -> Sql;
    let (holds, fails): (Test, Test) = match operator {
        Operator::Equal | Operator::Has => return equal(column, value, negated, text),
        Operator::NotEqual => return equal(column, value, !negated, text),
        Operator::Less => (|c, v| c.lt(v), |c, v| c.gte(v)),
        Operator::LessOrEqual => (|c, v| c.lte(v), |c, v| c.gt(v)),
        Operator::Greater => (|c, v| c.gt(v), |c, v| c.lte(v)),
        Operator::GreaterOrEqual => (|c, v| c.gte(v), |c, v| c.lt(v)),
    };
    if negated { or_null(fails(column.clone(), value), column) } else { only(holds(column, value)) }
}

fn only(expr: Sql) -> Condition {
    Condition::all().add(expr)
}

/// Unset text is the empty text, as it is in proto3.
fn equal(column: Sql, value: Value, negated: bool, text: bool) -> Condition {
    let empty = text && matches!(&value, Value::String(Some(text)) if text.is_empty());
    match (negated, empty) {
        (false, false) => only(column.eq(value)),
        (true, true) => only(column.ne(value)),
        (false, true) => or_null(column.clone().eq(value), column),
        (true, false) => or_null(column.clone().ne(value), column),
    }
}

fn or_null(expr: Sql, column: Sql) -> Condition {
    Condition::any().add(expr).add(column.is_null())
}

/// A substring whatever the case. SQLite's LOWER folds ASCII alone, PostgreSQL's folds what the
/// collation folds, so a needle with other letters is looked for in each of its written forms.
fn contains(column: &Sql, needle: &str, negated: bool) -> Condition {
    let ascii = needle.to_ascii_lowercase();
    let lower = ascii.chars().map(|c| simple_case(c, c.to_lowercase())).collect();
    let upper =
        ascii.chars().map(|c| if c.is_ascii() { c } else { simple_case(c, c.to_uppercase()) });
    let mut forms = vec![ascii.clone(), lower, upper.collect()];
    forms.sort();
    forms.dedup();
    let mut condition = if negated { Condition::all() } else { Condition::any() };
    for form in forms {
        let pattern = LikeExpr::new(format!("%{}%", escape_like(&form))).escape('!');
        let folded = Sql::from(Func::lower(column.clone()));
        condition =
            condition.add(if negated { folded.not_like(pattern) } else { folded.like(pattern) });
    }
    if negated { Condition::any().add(condition).add(column.clone().is_null()) } else { condition }
}

/// The case mapping where it is one character, else the character itself.
fn simple_case(c: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(single), None) => single,
        _ => c,
    }
}

fn escape_like(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '!' | '%' | '_') {
            escaped.push('!');
        }
        escaped.push(c);
    }
    escaped
}

fn value(field: &FilterField, comparison: &Comparison) -> Result<Value, FilterError> {
    let wrong = |expected: &str| mismatch(field, comparison, expected);
    let (text, quoted) = match &comparison.literal {
        Literal::Bare(text) => (text.as_str(), false),
        Literal::Quoted(text) => (text.as_str(), true),
        Literal::Any => return Err(wrong("a value (field:* asks whether it is set)")),
    };
    let bare = || (!quoted).then_some(text);
    match field.kind {
        FieldKind::Text => Ok(text.into()),
        FieldKind::Integer => bare()
            .and_then(|text| text.parse::<i64>().ok())
            .map(Value::from)
            .ok_or_else(|| wrong("a whole number of 64 bits")),
        FieldKind::Boolean => match bare() {
            Some("true") => Ok(true.into()),
            Some("false") => Ok(false.into()),
            _ => Err(wrong("true or false")),
        },
        FieldKind::Timestamp => timestamp_micros(text)
            .map(Value::from)
            .ok_or_else(|| wrong("an RFC 3339 instant with offset, to the microsecond")),
        FieldKind::Date => {
            is_date(text).then(|| text.into()).ok_or_else(|| wrong("a date (YYYY-MM-DD)"))
        }
        FieldKind::Enum(names) => names
            .iter()
            .find(|(wire, _)| *wire == text)
            .map(|(_, stored)| (*stored).into())
            .ok_or_else(|| {
                let known: Vec<_> = names.iter().map(|(wire, _)| *wire).collect();
                wrong(&format!("one of {}", known.join(", ")))
            }),
        FieldKind::MoneyMicros => bare()
            .and_then(micros)
            .map(Value::from)
            .ok_or_else(|| wrong("an amount with at most six decimal places")),
    }
}

fn mismatch(field: &FilterField, comparison: &Comparison, expected: &str) -> FilterError {
    let found = match &comparison.literal {
        Literal::Bare(text) | Literal::Quoted(text) => excerpt(text),
        Literal::Any => "*".to_owned(),
    };
    let problem = FilterProblem::Mismatch { field: field.name, expected: expected.into(), found };
    FilterError::at(comparison.literal_at, problem)
}

fn wrong_operator(field: &FilterField, comparison: &Comparison) -> FilterError {
    let operator = comparison.operator.symbol();
    FilterError::at(comparison.field_at, FilterProblem::Operator { field: field.name, operator })
}

/// RFC 3339 alone; jiff reads more (week dates, zone names), which no other server would.
fn timestamp_micros(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let shape = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if shape.iter().any(|(i, c)| bytes.get(*i) != Some(c)) || text.contains(['[', ',']) {
        return None;
    }
    let instant: jiff::Timestamp = text.parse().ok()?;
    (instant.subsec_nanosecond() % 1000 == 0).then(|| instant.as_microsecond())
}

fn is_date(text: &str) -> bool {
    // Exactly the stored form, because dates are compared as text.
    text.parse::<jiff::civil::Date>().is_ok_and(|date| date.to_string() == text)
}

/// A decimal number in millionths, exactly.
fn micros(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let numeric = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !numeric(whole) || !numeric(fraction) {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > 6 {
        return None;
    }
    let whole: i128 = whole.parse().ok()?;
    let fraction: i128 = format!("{fraction:0<6}").parse().ok()?;
    let magnitude = whole.checked_mul(1_000_000)?.checked_add(fraction)?;
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}
