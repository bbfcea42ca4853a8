//! What an event or a chain of custody is about: an item, a lot, a product, a logistic unit, or another thing with a URI.

use super::key::{Gtin, KeyError, Sscc};
use super::link::canonical_link;
use std::fmt;

/// Why a text names no item.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ItemError {
    /// Neither an EPC URN nor a Digital Link nor another URI.
    #[error("is neither an EPC URN nor a GS1 Digital Link nor another URI")]
    Form,
    /// The key in it is wrong.
    #[error("holds a key that {0}")]
    Key(#[from] KeyError),
}

/// What goods are named by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Item {
    /// One unit.
    Serial {
        /// Of which product.
        gtin: Gtin,
        /// Its serial, percent-decoded.
        serial: String,
    },
    /// Units of one lot.
    Lot {
        /// Of which product.
        gtin: Gtin,
        /// The lot, percent-decoded.
        lot: String,
    },
    /// Units of a product.
    Product(Gtin),
    /// A case or pallet.
    Logistic(Sscc),
    /// Something else, by its URI: a returnable crate, an asset.
    Other(String),
}

impl Item {
    /// Reads an EPC URN, a Digital Link or another URI, and checks check digits.
    ///
    /// # Errors
    /// [`ItemError`].
    pub fn parse(text: &str) -> Result<Self, ItemError> {
        let text = text.trim();
        let Some(link) = canonical_link(text) else {
            // A URN that claims to be an EPC must be one; other URIs are somebody's own identifiers.
            let foreign = text.contains(':') && !text.starts_with("urn:epc:") && text.len() <= 500;
            let sound = foreign && !text.chars().any(|c| c.is_whitespace() || c.is_control());
            return if sound { Ok(Self::Other(text.to_owned())) } else { Err(ItemError::Form) };
        };
        let path = link.strip_prefix("https://id.gs1.org/").unwrap_or(&link);
        let segments: Vec<&str> = path.split('/').collect();
        match segments.as_slice() {
            ["01", gtin, "21", serial] => {
                Ok(Self::Serial { gtin: Gtin::parse(gtin)?, serial: decoded(serial) })
            }
            ["01", gtin, "10", lot] => {
                Ok(Self::Lot { gtin: Gtin::parse(gtin)?, lot: decoded(lot) })
            }
            ["01", gtin] => Ok(Self::Product(Gtin::parse(gtin)?)),
            ["00", sscc] => Ok(Self::Logistic(Sscc::parse(sscc)?)),
            _ => Ok(Self::Other(link)),
        }
    }

    /// The product's GTIN, if the item has one.
    #[must_use]
    pub const fn gtin(&self) -> Option<&Gtin> {
        match self {
            Self::Serial { gtin, .. } | Self::Lot { gtin, .. } | Self::Product(gtin) => Some(gtin),
            Self::Logistic(_) | Self::Other(_) => None,
        }
    }

    /// The serial, if the item is one unit.
    #[must_use]
    pub fn serial(&self) -> Option<&str> {
        if let Self::Serial { serial, .. } = self { Some(serial) } else { None }
    }
}

/// The canonical Digital Link, or the URI as it is: the key under which everything about an item is stored.
impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial { gtin, serial } => {
                write!(f, "https://id.gs1.org/01/{gtin}/21/{}", encoded(serial))
            }
            Self::Lot { gtin, lot } => {
                write!(f, "https://id.gs1.org/01/{gtin}/10/{}", encoded(lot))
            }
            Self::Product(gtin) => write!(f, "https://id.gs1.org/01/{gtin}"),
            Self::Logistic(sscc) => write!(f, "https://id.gs1.org/00/{sscc}"),
            Self::Other(uri) => f.write_str(uri),
        }
    }
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while let Some(byte) = bytes.get(i) {
        let code = (*byte == b'%')
            .then(|| text.get(i + 1..i + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(code) => {
                out.push(code);
                i += 3;
            }
            None => {
                out.push(*byte);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"'-.;=_".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_serial_is_the_same_in_urn_and_link() {
        let urn = Item::parse("urn:epc:id:sgtin:9521234.020201.A%2F1").unwrap();
        let link = Item::parse("https://shop.example/01/09521234202011/21/A%2F1?x").unwrap();
        assert_eq!(urn, link);
        assert_eq!(urn.serial(), Some("A/1"));
        assert_eq!(urn.to_string(), "https://id.gs1.org/01/09521234202011/21/A%2F1");
    }

    #[test]
    fn wrong_names_say_what_is_wrong() {
        assert_eq!(Item::parse("ABC"), Err(ItemError::Form));
        assert_eq!(Item::parse("urn:epc:id:sgtin:95.1.2"), Err(ItemError::Form));
        assert_eq!(
            Item::parse("https://id.gs1.org/01/09521234202012/21/1"),
            Err(ItemError::Key(KeyError::CheckDigit { found: 2, expected: 1 }))
        );
        assert_eq!(Item::parse("urn:uuid:1"), Ok(Item::Other("urn:uuid:1".to_owned())));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(serial in "[!-~]{1,20}") {
            let item = Item::Serial { gtin: Gtin::parse("09521234202011").unwrap(), serial };
            prop_assert_eq!(Item::parse(&item.to_string()), Ok(item));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = Item::parse(&text);
        }
    }
}
