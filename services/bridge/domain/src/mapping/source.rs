//! Where a field's value comes from, as the document writes it.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use toml::{Table, Value};

use super::template::Template;

/// Where a value comes from.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// One column, read as its options say.
    Column { column: String, options: Options },
    /// Several columns as one text, blanks left out.
    Joined { columns: Vec<String>, separator: String },
    /// The same for every record.
    Constant(String),
    /// A resource name; absent when one of its columns is blank.
    Reference(Template),
    /// One column divided by another; absent when one is blank or the divisor is 0.
    Quotient { dividend: String, divisor: String },
}

/// How a column is read.
#[derive(Debug, Clone, Default)]
pub(super) struct Options {
    pub(super) lookup: Option<BTreeMap<String, String>>,
    pub(super) default: Option<String>,
    pub(super) format: Option<String>,
    pub(super) scale: Option<Decimal>,
    pub(super) currency: Option<String>,
    pub(super) currency_column: Option<String>,
    pub(super) required: bool,
}

impl Source {
    /// The texts that the document itself gives, whatever the record.
    pub(super) fn fixed(&self) -> impl Iterator<Item = &str> {
        let (constant, options) = match self {
            Self::Constant(text) => (Some(text), None),
            Self::Column { options, .. } => (options.default.as_ref(), options.lookup.as_ref()),
            Self::Joined { .. } | Self::Reference(_) | Self::Quotient { .. } => (None, None),
        };
        let lookup = options.into_iter().flat_map(BTreeMap::values);
        constant.into_iter().chain(lookup).map(String::as_str)
    }
}

/// The settings of which one makes a table a source.
const SOURCES: [&str; 5] = ["column", "columns", "value", "reference", "divide"];
const OPTIONS: [&str; 7] =
    ["lookup", "default", "format", "scale", "currency", "currency_column", "required"];

/// Whether the value is a source, not a message of sources.
pub(super) fn is_source(value: &Value) -> bool {
    match value {
        Value::String(_) => true,
        Value::Table(table) => SOURCES.iter().any(|name| table.contains_key(*name)),
        _ => false,
    }
}

/// Parses a source.
pub(super) fn parse(value: &Value) -> Result<Source, String> {
    match value {
        Value::String(column) => {
            Ok(Source::Column { column: column.clone(), options: Options::default() })
        }
        Value::Table(table) => from_table(table),
        _ => Err("must be the name of a column or a table".to_owned()),
    }
}

fn from_table(table: &Table) -> Result<Source, String> {
    let mut given = SOURCES.iter().filter(|name| table.contains_key(**name));
    let (Some(source), None) = (given.next(), given.next()) else {
        return Err(format!("must have one of {}", SOURCES.join(", ")));
    };
    let known: &[&str] = match *source {
        "column" => &OPTIONS,
        "columns" => &["separator"],
        _ => &[],
    };
    if let Some(unknown) =
        table.keys().find(|name| name != source && !known.contains(&name.as_str()))
    {
        return Err(format!("{unknown:?} is no option of {source:?}"));
    }
    match *source {
        "column" => Ok(Source::Column { column: text(table, "column")?, options: options(table)? }),
        "columns" => Ok(Source::Joined {
            columns: texts(table, "columns")?,
            separator: optional(table, "separator")?.unwrap_or_else(|| " ".to_owned()),
        }),
        "value" => Ok(Source::Constant(match &table["value"] {
            Value::String(text) => text.clone(),
            Value::Integer(number) => number.to_string(),
            Value::Boolean(value) => value.to_string(),
            _ => {
                return Err(
                    "value must be text, a whole number or true/false; write decimals as text"
                        .to_owned(),
                );
            }
        })),
        "reference" => Template::parse(&text(table, "reference")?)
            .map(Source::Reference)
            .ok_or_else(|| "reference must have the form collection/{column}".to_owned()),
        _ => match texts(table, "divide")?.as_slice() {
            [dividend, divisor] => {
                Ok(Source::Quotient { dividend: dividend.clone(), divisor: divisor.clone() })
            }
            _ => Err("divide must name two columns".to_owned()),
        },
    }
}

fn options(table: &Table) -> Result<Options, String> {
    let lookup = match table.get("lookup") {
        None => None,
        Some(Value::Table(lookup)) => {
            let pair = |(from, to): (&String, &Value)| match to {
                Value::String(to) => Ok((from.clone(), to.clone())),
                _ => Err(format!("lookup.{from} must be text")),
            };
            Some(lookup.iter().map(pair).collect::<Result<_, _>>()?)
        }
        Some(_) => return Err("lookup must be a table of texts".to_owned()),
    };
    let scale = match optional(table, "scale")? {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| "scale must be a decimal as text".to_owned())?),
    };
    let required = match table.get("required") {
        None => false,
        Some(Value::Boolean(required)) => *required,
        Some(_) => return Err("required must be true or false".to_owned()),
    };
    Ok(Options {
        lookup,
        default: optional(table, "default")?,
        format: optional(table, "format")?,
        scale,
        currency: optional(table, "currency")?,
        currency_column: optional(table, "currency_column")?,
        required,
    })
}

fn text(table: &Table, name: &str) -> Result<String, String> {
    optional(table, name)?.ok_or_else(|| format!("{name} is required"))
}

fn optional(table: &Table, name: &str) -> Result<Option<String>, String> {
    match table.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("{name} must be text")),
    }
}

fn texts(table: &Table, name: &str) -> Result<Vec<String>, String> {
    let wrong = || format!("{name} must be a list of column names");
    let items = table.get(name).and_then(Value::as_array).ok_or_else(wrong)?;
    items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
}
