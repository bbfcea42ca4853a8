//! Maps one record; collects everything that is wrong with it.

use std::borrow::Cow;

use jiff::{Timestamp, civil, fmt::strtime, tz::TimeZone};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    Check, Mapped, Node, Rule,
    source::{Options, Source},
};
use crate::{
    record::{Record, Value},
    schema::Kind,
};

/// Decimals of a quotient.
const QUOTIENT_DECIMALS: u32 = 6;

/// What a rule makes of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// An entity.
    Entity(Entity),
    /// The rule's `when` leaves the record out.
    Skipped,
    /// What is wrong with the record, all of it.
    Faulty(Vec<Fault>),
}

/// A mapped entity.
#[derive(Debug, Clone, PartialEq)]
pub struct Entity {
    /// Its resource name.
    pub name: String,
    /// The fields that have a value.
    pub fields: Vec<(String, Mapped)>,
}

/// One thing that is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The entity's field, or the column where no field takes it.
    pub field: String,
    /// What is wrong, for a person.
    pub description: String,
}

impl Rule {
    /// Maps a record.
    #[must_use]
    pub fn map(&self, record: &Record) -> Outcome {
        let taken = self.when.iter().all(|when| {
            let value = record.text(&when.column).unwrap_or_default();
            when.any_of.iter().any(|text| *text == value) != when.negated
        });
        if !taken {
            return Outcome::Skipped;
        }
        let mut evaluation = Evaluation { record, zone: &self.zone, faults: Vec::new() };
        let name = self.name.fill(record).map_err(|column| {
            evaluation.add(column, "is blank, and the record has no name without it");
        });
        for (column, check) in &self.checks {
            evaluation.check(column, *check);
        }
        let fields = evaluation.message("", &self.fields);
        match (name, evaluation.faults) {
            (Ok(name), faults) if faults.is_empty() => Outcome::Entity(Entity { name, fields }),
            (_, faults) => Outcome::Faulty(faults),
        }
    }
}

struct Evaluation<'a> {
    record: &'a Record,
    zone: &'a TimeZone,
    faults: Vec<Fault>,
}

impl Evaluation<'_> {
    fn add(&mut self, field: &str, description: impl Into<String>) {
        self.faults.push(Fault { field: field.to_owned(), description: description.into() });
    }

    fn check(&mut self, column: &str, check: Check) {
        let text = self.record.text(column).map(Cow::into_owned);
        let wrong = match (check, text) {
            (Check::Present, None) => "is blank".to_owned(),
            (Check::Present, Some(_)) | (_, None) => return,
            (Check::Date, Some(text)) if text.parse::<civil::Date>().is_err() => {
                format!("{text:?} is no date")
            }
            (Check::Decimal, Some(text)) if text.parse::<Decimal>().is_err() => {
                format!("{text:?} is no number")
            }
            (Check::Integer, Some(text)) if text.parse::<i64>().is_err() => {
                format!("{text:?} is no whole number")
            }
            (Check::Date | Check::Decimal | Check::Integer, Some(_)) => return,
        };
        self.add(column, wrong);
    }

    fn message(&mut self, path: &str, fields: &[(String, Node)]) -> Vec<(String, Mapped)> {
        let mut mapped = Vec::new();
        for (name, node) in fields {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            mapped.extend(self.node(&path, node).map(|value| (name.clone(), value)));
        }
        mapped
    }

    fn node(&mut self, path: &str, node: &Node) -> Option<Mapped> {
        match node {
            Node::Leaf { source, kind } => self.leaf(path, source, kind),
            Node::Message(fields) => {
                // Constants complete what a record says; alone they say nothing about it.
                let own = |name: &String| {
                    fields.iter().any(|(field, node)| field == name && !node.is_constant())
                };
                let mapped = self.message(path, fields);
                let telling = node.is_constant() || mapped.iter().any(|(name, _)| own(name));
                (telling && !mapped.is_empty()).then_some(Mapped::Message(mapped))
            }
            Node::List(nodes) => {
                let values: Vec<_> = nodes
                    .iter()
                    .enumerate()
                    .filter_map(|(i, node)| self.node(&format!("{path}[{i}]"), node))
                    .collect();
                (!values.is_empty()).then_some(Mapped::List(values))
            }
        }
    }

    fn leaf(&mut self, path: &str, source: &Source, kind: &Kind) -> Option<Mapped> {
        match source {
            Source::Constant(text) => self.value(path, text, kind, &Options::default()),
            Source::Reference(template) => template
                .fill(self.record)
                .ok()
                .and_then(|name| self.value(path, &name, kind, &Options::default())),
            Source::Joined { columns, separator } => {
                let parts: Vec<_> =
                    columns.iter().filter_map(|column| self.record.text(column)).collect();
                (!parts.is_empty())
                    .then(|| parts.join(separator))
                    .and_then(|text| self.value(path, &text, kind, &Options::default()))
            }
            Source::Quotient { dividend, divisor } => self.quotient(path, dividend, divisor, kind),
            Source::Column { column, options } => self.column(path, column, options, kind),
        }
    }

    fn quotient(
        &mut self,
        path: &str,
        dividend: &str,
        divisor: &str,
        kind: &Kind,
    ) -> Option<Mapped> {
        let (above, below) = (self.decimal_of(path, dividend)?, self.decimal_of(path, divisor)?);
        let quotient = above.checked_div(below)?.round_dp(QUOTIENT_DECIMALS);
        self.value(path, &quotient.to_string(), kind, &Options::default())
    }

    fn decimal_of(&mut self, path: &str, column: &str) -> Option<Decimal> {
        let text = self.record.text(column)?.into_owned();
        let number = text.parse().ok();
        if number.is_none() {
            self.add(path, format!("column {column:?}: {text:?} is no number"));
        }
        number
    }

    fn column(
        &mut self,
        path: &str,
        column: &str,
        options: &Options,
        kind: &Kind,
    ) -> Option<Mapped> {
        let value = self.record.value(column);
        if let (Some(Value::List(items)), Kind::List(element)) = (value, kind) {
            let texts: Vec<_> =
                items.iter().filter_map(Value::as_text).map(Cow::into_owned).collect();
            let mapped: Vec<_> =
                texts.iter().filter_map(|text| self.value(path, text, element, options)).collect();
            return (!mapped.is_empty()).then_some(Mapped::List(mapped));
        }
        let kind = if let Kind::List(element) = kind { element } else { kind };
        let mut text = value.and_then(Value::as_text).map(Cow::into_owned);
        if let (Some(found), Some(lookup)) = (&text, &options.lookup) {
            text = match (lookup.get(found), &options.default) {
                (Some(to), _) => Some(to.clone()),
                (None, Some(default)) => Some(default.clone()),
                (None, None) => {
                    self.add(
                        path,
                        format!("column {column:?}: {found:?} is not in the lookup table"),
                    );
                    return None;
                }
            };
        }
        match text.or_else(|| options.default.clone()) {
            Some(text) => self.value(path, &text, kind, options),
            None if options.required => {
                self.add(path, format!("column {column:?} is blank"));
                None
            }
            None => None,
        }
    }

    fn value(&mut self, path: &str, text: &str, kind: &Kind, options: &Options) -> Option<Mapped> {
        if text.is_empty() {
            return None;
        }
        match read(text, kind, options, self.record, self.zone) {
            Ok(mapped) => Some(mapped),
            Err(what) => {
                self.add(path, format!("{text:?} {what}"));
                None
            }
        }
    }
}

/// Reads a text as the field's kind; `Err` completes the sentence "`text` ...".
fn read(
    text: &str,
    kind: &Kind,
    options: &Options,
    record: &Record,
    zone: &TimeZone,
) -> Result<Mapped, String> {
    match kind {
        Kind::Text => Ok(Mapped::Text(text.to_owned())),
        Kind::Boolean => match text.to_ascii_lowercase().as_str() {
            "y" | "yes" | "true" | "1" | "x" | "是" => Ok(Mapped::Boolean(true)),
            "n" | "no" | "false" | "0" | "否" => Ok(Mapped::Boolean(false)),
            _ => Err("is neither yes nor no".to_owned()),
        },
        Kind::Integer { min, max } => {
            match number(text, options)?.normalize().to_string().parse::<i64>() {
                Ok(number) if number >= *min && number <= *max => Ok(Mapped::Integer(number)),
                _ => Err(format!("is no whole number from {min} to {max}")),
            }
        }
        Kind::Number => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Mapped::Number(number)),
            _ => Err("is no number".to_owned()),
        },
        Kind::Decimal => Ok(Mapped::Decimal(number(text, options)?)),
        Kind::Money => {
            let amount = number(text, options)?;
            let column = options.currency_column.as_deref().and_then(|column| record.text(column));
            let currency = column.map(Cow::into_owned).or_else(|| options.currency.clone());
            let currency = currency.ok_or_else(|| "has no currency".to_owned())?;
            Ok(Mapped::Money { amount, currency })
        }
        Kind::Date => date(text, options).map(Mapped::Date),
        Kind::Instant => instant(text, options, zone).map(Mapped::Instant),
        Kind::Duration => {
            let duration = text.parse().map_err(|_| "is no length of time, as 4h or PT4H")?;
            Ok(Mapped::Duration(duration))
        }
        Kind::Enumeration { prefix, values } => values
            .iter()
            .find(|(name, _)| name == text || name.strip_prefix(prefix.as_str()) == Some(text))
            .map(|(name, number)| Mapped::Enumeration(name.clone(), *number))
            .ok_or_else(|| {
                let names: Vec<_> = values
                    .iter()
                    .map(|(name, _)| name.trim_start_matches(prefix.as_str()))
                    .collect();
                format!("is none of {}", names.join(", "))
            }),
        Kind::List(element) => {
            read(text, element, options, record, zone).map(|value| Mapped::List(vec![value]))
        }
        Kind::Message(_) => Err("stands for a whole message".to_owned()),
    }
}

fn number(text: &str, options: &Options) -> Result<Decimal, String> {
    let number: Decimal = text.parse().map_err(|_| "is no number".to_owned())?;
    match options.scale {
        None => Ok(number),
        Some(scale) => number.checked_mul(scale).ok_or_else(|| "is too large".to_owned()),
    }
}

fn date(text: &str, options: &Options) -> Result<civil::Date, String> {
    let parsed = match &options.format {
        Some(format) => strtime::parse(format, text).and_then(|time| time.to_date()),
        None => text.parse(),
    };
    parsed.map_err(|_| "is no date".to_owned())
}

fn instant(text: &str, options: &Options, zone: &TimeZone) -> Result<Timestamp, String> {
    let wrong = |_| "is no date and time".to_owned();
    if options.format.is_none()
        && let Ok(instant) = text.parse::<Timestamp>()
    {
        return Ok(instant);
    }
    let civil = match &options.format {
        Some(format) => strtime::parse(format, text).and_then(|time| time.to_datetime()),
        None => text.parse::<civil::DateTime>(),
    };
    // A wall-clock time in a gap is taken after it, one that comes twice the first time.
    Ok(civil.map_err(wrong)?.to_zoned(zone.clone()).map_err(wrong)?.timestamp())
}
