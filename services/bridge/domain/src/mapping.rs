//! From the fields of a stream to the fields of an entity, as a TOML document says.
//!
//! A document is parsed and checked against the entities' schemas once ([`Mapping::compile`]); after that mapping a record
//! ([`Rule::map`]) can only find faults in the record.

mod document;
mod evaluate;
mod live;
mod source;
mod template;
#[cfg(test)]
mod tests;

use jiff::tz::TimeZone;
use rust_decimal::Decimal;

pub use document::EntitySchema;
pub use evaluate::{Entity, Fault, Outcome};
pub use live::Live;
pub use template::{Template, resource_id};

use crate::schema::Kind;
use source::Source;

/// A checked mapping.
#[derive(Debug, Clone)]
pub struct Mapping {
    rules: Vec<Rule>,
    lives: Vec<Live>,
}

/// How records of one stream become entities of one kind.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The stream's name.
    pub stream: String,
    /// The entity's name: `party`.
    pub entity: String,
    zone: TimeZone,
    name: Template,
    when: Vec<When>,
    checks: Vec<(String, Check)>,
    fields: Vec<(String, Node)>,
}

/// A condition on a column; a rule takes a record when all hold.
#[derive(Debug, Clone, PartialEq, Eq)]
struct When {
    column: String,
    any_of: Vec<String>,
    negated: bool,
}

/// A form that a column must have although no field takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    Present,
    Date,
    Decimal,
    Integer,
}

/// What makes one field.
#[derive(Debug, Clone)]
enum Node {
    Leaf { source: Source, kind: Kind },
    Message(Vec<(String, Node)>),
    List(Vec<Node>),
}

/// A mapped value.
#[derive(Debug, Clone, PartialEq)]
pub enum Mapped {
    /// Text.
    Text(String),
    /// Yes or no.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A coordinate or the like.
    Number(f64),
    /// An exact decimal.
    Decimal(Decimal),
    /// Money.
    Money {
        /// The amount.
        amount: Decimal,
        /// ISO 4217 code.
        currency: String,
    },
    /// A civil date.
    Date(jiff::civil::Date),
    /// An instant.
    Instant(jiff::Timestamp),
    /// A length of time.
    Duration(jiff::SignedDuration),
    /// An enum value by name and number.
    Enumeration(String, i32),
    /// A message.
    Message(Vec<(String, Mapped)>),
    /// Several values.
    List(Vec<Mapped>),
}

impl Node {
    /// Whether nothing of it comes from the record.
    fn is_constant(&self) -> bool {
        match self {
            Self::Leaf { source, .. } => matches!(source, Source::Constant(_)),
            Self::Message(fields) => fields.iter().all(|(_, node)| node.is_constant()),
            Self::List(nodes) => nodes.iter().all(Self::is_constant),
        }
    }
}

impl Mapping {
    /// The streams in the order in which they run: that of the document.
    #[must_use]
    pub fn streams(&self) -> Vec<&str> {
        let mut streams: Vec<&str> = Vec::new();
        for rule in &self.rules {
            if !streams.contains(&rule.stream.as_str()) {
                streams.push(&rule.stream);
            }
        }
        streams
    }

    /// What is read live of a customer.
    #[must_use]
    pub fn lives(&self) -> &[Live] {
        &self.lives
    }

    /// The rules of a stream with their place in the document.
    pub fn rules<'a>(&'a self, stream: &'a str) -> impl Iterator<Item = (usize, &'a Rule)> {
        self.rules.iter().enumerate().filter(move |(_, rule)| rule.stream == stream)
    }
}

impl Rule {
    /// The top-level fields that the rule writes: the update mask.
    pub fn written(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(name, _)| name.as_str())
    }
}
