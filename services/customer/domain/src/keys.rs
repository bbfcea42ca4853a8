//! Registration numbers, addresses of people, and codes that cannot be wrong.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a text is none of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Wrong length or a character that does not occur.
    #[error("{0}")]
    Form(&'static str),
    /// The check character does not fit.
    #[error("the check character must be {expected}")]
    CheckCharacter {
        /// What it should be.
        expected: char,
    },
}

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $check:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the text.
            ///
            /// # Errors
            /// [`KeyError`].
            pub fn parse(text: &str) -> Result<Self, KeyError> {
                $check(text).map(Self)
            }

            /// The text.
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
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

text_type! {
    /// Unified Social Credit Code: 18 characters, the last a check character (GB 32100-2015, 6.6).
    Uscc, uscc
}
text_type! {
    /// Tax number outside China: 4 to 20 letters and digits.
    VatId, vat_id
}
text_type! {
    /// D-U-N-S number: nine digits; it has had no check digit since 2006.
    Duns, duns
}
text_type! {
    /// GS1 Global Location Number: 13 digits, the last a check digit (GS1 General Specifications, 7.9).
    Gln, gln
}
text_type! {
    /// An e-mail address, as far as its form can tell.
    Email, email
}
text_type! {
    /// A telephone number: 3 to 15 digits with `+`, spaces, hyphens and brackets.
    Phone, phone
}

const USCC_ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

fn uscc(text: &str) -> Result<String, KeyError> {
    let text = text.trim().to_ascii_uppercase();
    let form = KeyError::Form("must be 18 of 0-9 and A-Z without I, O, S, V, Z");
    let codes: Option<Vec<usize>> = text.chars().map(|c| USCC_ALPHABET.find(c)).collect();
    let codes = codes.filter(|codes| codes.len() == 18).ok_or(form)?;
    // Weights are the powers of 3 modulo 31.
    let (mut weight, mut sum) = (1, 0);
    for code in codes.iter().take(17) {
        sum += code * weight;
        weight = weight * 3 % 31;
    }
    let expected = (31 - sum % 31) % 31;
    if codes.last() == Some(&expected) {
        Ok(text)
    } else {
        Err(KeyError::CheckCharacter { expected: character(expected) })
    }
}

fn character(code: usize) -> char {
    USCC_ALPHABET.chars().nth(code).unwrap_or('0')
}

fn vat_id(text: &str) -> Result<String, KeyError> {
    let text: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '.')).collect();
    let sound = (4..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    if sound {
        Ok(text.to_ascii_uppercase())
    } else {
        Err(KeyError::Form("must be 4 to 20 letters and digits"))
    }
}

fn duns(text: &str) -> Result<String, KeyError> {
    let text: String = text.chars().filter(|c| *c != '-' && *c != ' ').collect();
    if text.len() == 9 && text.bytes().all(|b| b.is_ascii_digit()) {
        Ok(text)
    } else {
        Err(KeyError::Form("must be nine digits"))
    }
}

fn gln(text: &str) -> Result<String, KeyError> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(10)).collect();
    let digits = digits.filter(|d| d.len() == 13).ok_or(KeyError::Form("must be 13 digits"))?;
    let weighted = digits.iter().take(12).zip([1, 3].iter().cycle()).map(|(d, w)| d * w);
    let expected = (10 - weighted.sum::<u32>() % 10) % 10;
    if digits.last() == Some(&expected) {
        Ok(text.to_owned())
    } else {
        let expected = char::from_digit(expected, 10).unwrap_or('0');
        Err(KeyError::CheckCharacter { expected })
    }
}

fn email(text: &str) -> Result<String, KeyError> {
    let text = text.trim();
    let sound = text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && local.len() <= 64
            && !domain.contains('@')
            && domain.len() <= 253
            && domain.contains('.')
            && domain.split('.').all(|label| !label.is_empty() && !label.starts_with('-'))
            && !text.chars().any(|c| c.is_whitespace() || c.is_control())
    });
    if sound { Ok(text.to_owned()) } else { Err(KeyError::Form("must be an e-mail address")) }
}

fn phone(text: &str) -> Result<String, KeyError> {
    let text = text.trim();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let known = text.chars().all(|c| c.is_ascii_digit() || "+-() .#".contains(c));
    if known && (3..=15).contains(&digits) {
        Ok(text.to_owned())
    } else {
        Err(KeyError::Form("must be 3 to 15 digits with +, spaces, hyphens and brackets"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn codes_in_use_are_accepted_and_slips_are_refused() {
        // Public registrations of well-known companies.
        for code in ["91440300708461136T", "91330100799655058B", "9144030071526726XG"] {
            assert_eq!(Uscc::parse(code).map(|c| c.to_string()), Ok(code.to_owned()));
        }
        let slip = Uscc::parse("91440300708461136X");
        assert_eq!(slip, Err(KeyError::CheckCharacter { expected: 'T' }));
        assert!(matches!(Uscc::parse("9144030070846113"), Err(KeyError::Form(_))));
        assert!(matches!(Uscc::parse("91440300708461136I"), Err(KeyError::Form(_))));
        // The example of the GS1 General Specifications.
        assert!(Gln::parse("6291041500213").is_ok());
        assert!(matches!(
            Gln::parse("6291041500214"),
            Err(KeyError::CheckCharacter { expected: '3' })
        ));
        assert_eq!(Duns::parse("15-048-3782").unwrap().as_str(), "150483782");
        assert_eq!(VatId::parse("DE 811.569.869").unwrap().as_str(), "DE811569869");
    }

    #[test]
    fn addresses_have_their_form() {
        for sound in ["a@b.cn", "wang.li+service@mail.example.com"] {
            assert!(Email::parse(sound).is_ok(), "{sound}");
        }
        for wrong in ["", "a", "a@", "@b.cn", "a@b", "a@b..cn", "a b@c.cn", "a@b@c.cn"] {
            assert!(Email::parse(wrong).is_err(), "{wrong}");
        }
        for sound in ["+86 571 8888-6666", "110", "(0571) 88886666"] {
            assert!(Phone::parse(sound).is_ok(), "{sound}");
        }
        for wrong in ["", "12", "call me", "+86 1234567890123456"] {
            assert!(Phone::parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_single_wrong_character_is_noticed(place in 0usize..18, other in 0usize..31) {
            let mut code: Vec<char> = "91440300708461136T".chars().collect();
            let was = code[place];
            code[place] = character(other);
            let changed: String = code.into_iter().collect();
            prop_assert_eq!(Uscc::parse(&changed).is_ok(), was == character(other));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = (Uscc::parse(&text), Gln::parse(&text), Email::parse(&text), Phone::parse(&text));
        }
    }
}
