//! Resource names made of external keys.

use aftercare_kernel::ids::check_id;
use uuid::Uuid;

use crate::{identity::NAMESPACE, record::Record};

/// A resource name with columns in braces: `customers/{customer_no}/assets/{serial_no}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Column(String),
}

impl Template {
    /// Parses the text; none when a brace is not closed, a column is unnamed or there is no column.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (mut parts, mut rest, mut columns) = (Vec::new(), text, 0);
        while let Some(open) = rest.find('{') {
            let close = rest[open..].find('}')? + open;
            let column = rest[open + 1..close].trim();
            if column.is_empty() || rest[..open].contains('}') {
                return None;
            }
            parts.push(Part::Literal(rest[..open].to_owned()));
            parts.push(Part::Column(column.to_owned()));
            rest = &rest[close + 1..];
            columns += 1;
        }
        parts.push(Part::Literal(rest.to_owned()));
        (columns > 0 && !rest.contains('}')).then_some(Self(parts))
    }

    /// The name for a record, each column turned into an id; `Err` with the first column that is blank.
    ///
    /// # Errors
    /// The name of the blank column.
    pub fn fill(&self, record: &Record) -> Result<String, &str> {
        let mut name = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(text) => name.push_str(text),
                Part::Column(column) => {
                    name.push_str(&resource_id(&record.text(column).ok_or(column.as_str())?));
                }
            }
        }
        Ok(name)
    }

    /// The collections and placeholders as a resource pattern has them: `customers/{}/assets/{}`.
    #[must_use]
    pub fn shape(&self) -> String {
        self.0
            .iter()
            .map(|part| match part {
                Part::Literal(text) => text.as_str(),
                Part::Column(_) => "{}",
            })
            .collect()
    }
}

/// The resource id of an external key: lower case, every other character than `a-z 0-9 . _ -` replaced by `-`.
///
/// A key of which that would leave nothing telling (no letter or digit of ASCII at its beginning, or more than 63
/// characters) becomes a UUIDv5 of the key, so that different keys stay different.
#[must_use]
pub fn resource_id(key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let id: String =
        key.chars().map(|c| if plain(c) { c.to_ascii_lowercase() } else { '-' }).collect();
    let telling = key.is_ascii();
    if telling && check_id(&id).is_ok() {
        id
    } else {
        Uuid::new_v5(&NAMESPACE, key.as_bytes()).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn external_keys_become_ids() {
        for (key, id) in [
            ("C0007", "c0007"),
            ("ZJ-2019-00045", "zj-2019-00045"),
            ("S-SF/AIR END", "s-sf-air-end"),
        ] {
            assert_eq!(resource_id(key), id);
        }
        assert_ne!(resource_id("客户一"), resource_id("客户二"));
    }

    #[test]
    fn a_template_needs_a_column_and_closed_braces() {
        for wrong in ["customers/x", "customers/{a", "customers/{}", "customers/}{a}", "a}"] {
            assert_eq!(Template::parse(wrong), None, "{wrong}");
        }
        let template = Template::parse("customers/{c}/assets/{ s }").unwrap();
        assert_eq!(template.shape(), "customers/{}/assets/{}");
    }

    proptest! {
        #[test]
        fn every_key_becomes_a_sound_id(key in "\\PC{1,80}") {
            prop_assert!(check_id(&resource_id(&key)).is_ok());
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".*") {
            let _ = Template::parse(&text);
        }
    }
}
