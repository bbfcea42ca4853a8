//! What an entity's fields are, so that a mapping can be checked before it runs.

/// What a field takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Yes or no.
    Boolean,
    /// A whole number within the bounds.
    Integer {
        /// Smallest value.
        min: i64,
        /// Largest value.
        max: i64,
    },
    /// A binary floating-point number: a coordinate, never money.
    Number,
    /// An exact decimal.
    Decimal,
    /// Money with its currency.
    Money,
    /// A civil date.
    Date,
    /// An instant.
    Instant,
    /// A length of time: `4h`, `PT4H`.
    Duration,
    /// One of these names, each of which begins with the prefix.
    Enumeration {
        /// `CONTACT_ROLE_`.
        prefix: String,
        /// Name and number of every value.
        values: Vec<(String, i32)>,
    },
    /// A message with its own fields.
    Message(Schema),
    /// Several of a kind.
    List(Box<Kind>),
}

impl Kind {
    /// Whether an enumeration has a value of that name, with or without its prefix; true for every other kind.
    #[must_use]
    pub fn knows(&self, text: &str) -> bool {
        match self {
            Self::Enumeration { prefix, values } => values
                .iter()
                .any(|(name, _)| name == text || name.strip_prefix(prefix.as_str()) == Some(text)),
            Self::List(element) => element.knows(text),
            _ => true,
        }
    }
}

/// The fields of an entity or of a message in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    /// Name and kind of each field that may be written.
    pub fields: Vec<(String, Kind)>,
}

impl Schema {
    /// The kind of a field.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<&Kind> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, kind)| kind)
    }
}
