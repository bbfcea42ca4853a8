//! Numeric GS1 keys and their check digit.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a text is no GS1 key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Something else than digits, or not as many as the key has.
    #[error("must be {expected} digits")]
    Form {
        /// How many digits the key has.
        expected: &'static str,
    },
    /// The last digit does not follow from the others.
    #[error("has the check digit {found}, but {expected} follows from the others")]
    CheckDigit {
        /// What it is.
        found: u8,
        /// What it should be.
        expected: u8,
    },
}

/// The check digit of a key's digits without it (GS1 General Specifications, section 7.9: weights 3 and 1 from the right).
///
/// None if a character is no digit.
#[must_use]
pub fn check_digit(body: &str) -> Option<u8> {
    let mut sum = 0u32;
    for (i, byte) in body.bytes().rev().enumerate() {
        if !byte.is_ascii_digit() {
            return None;
        }
        sum += u32::from(byte - b'0') * if i % 2 == 0 { 3 } else { 1 };
    }
    u8::try_from((10 - sum % 10) % 10).ok()
}

fn checked(text: &str, lengths: &[usize], expected: &'static str) -> Result<(), KeyError> {
    if !lengths.contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(KeyError::Form { expected });
    }
    let (body, last) = text.split_at(text.len() - 1);
    let found = last.bytes().next().map_or(0, |b| b - b'0');
    match check_digit(body) {
        Some(digit) if digit == found => Ok(()),
        Some(expected) => Err(KeyError::CheckDigit { found, expected }),
        None => Err(KeyError::Form { expected }),
    }
}

macro_rules! key {
    ($(#[$doc:meta])* $name:ident, $lengths:expr, $expected:literal, $width:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks form and check digit.
            ///
            /// # Errors
            /// [`KeyError`].
            pub fn parse(text: &str) -> Result<Self, KeyError> {
                checked(text, $lengths, $expected)?;
                Ok(Self(format!("{text:0>width$}", width = $width)))
            }

            /// The digits.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = KeyError;
            fn try_from(text: String) -> Result<Self, KeyError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(key: $name) -> Self {
                key.0
            }
        }
    };
}

key! {
    /// A trade item, as GTIN-14: shorter GTINs are padded with zeros.
    Gtin, &[8, 12, 13, 14], "8, 12, 13 or 14", 14
}
key! {
    /// A place or a party.
    Gln, &[13], "13", 13
}
key! {
    /// A logistic unit: a case or pallet.
    Sscc, &[18], "18", 18
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn check_digits_are_those_of_published_examples() {
        // GS1 General Specifications, section 7.9.1 (GTIN-13 629104150021-3, SSCC 37610425002123456-9), and common codes.
        for (body, digit) in [
            ("629104150021", 3),
            ("37610425002123456", 9),
            ("0952123420201", 1),
            ("400638133393", 1),
            ("03600029145", 2),
        ] {
            assert_eq!(check_digit(body), Some(digit), "{body}");
        }
        assert_eq!(check_digit("12x"), None);
    }

    #[test]
    fn shorter_gtins_are_the_same_trade_item() {
        assert_eq!(Gtin::parse("4006381333931").unwrap(), Gtin::parse("04006381333931").unwrap());
        assert_eq!(
            Gtin::parse("4006381333932"),
            Err(KeyError::CheckDigit { found: 2, expected: 1 })
        );
        assert!(Gtin::parse("40063813339").is_err());
        assert!(Gln::parse("952123400000６").is_err());
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_found(body in "[0-9]{13}", at in 0usize..13, add in 1u8..10) {
            let whole = format!("{body}{}", check_digit(&body).unwrap());
            prop_assert!(Gtin::parse(&whole).is_ok());
            let mut bytes = whole.into_bytes();
            bytes[at] = b'0' + (bytes[at] - b'0' + add) % 10;
            prop_assert!(Gtin::parse(&String::from_utf8(bytes).unwrap()).is_err());
        }
    }
}
