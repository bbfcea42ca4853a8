//! Region codes: countries, their subdivisions, and Chinese administrative divisions below them.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A text that is no region code of a known form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be ISO 3166-1 alpha-2 (CN), ISO 3166-2 (DE-BY) or a six-digit GB/T 2260 code (330000)"
)]
pub struct BadRegion;

/// A region: a country (`DE`), a subdivision (`DE-BY`), or a Chinese division by GB/T 2260 (`330106`).
///
/// Chinese provinces have one form only: `CN-ZJ` becomes `330000`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegionCode(String);

/// ISO 3166-2:CN to the first two digits of GB/T 2260.
const PROVINCES: [(&str, &str); 34] = [
    ("BJ", "11"),
    ("TJ", "12"),
    ("HE", "13"),
    ("SX", "14"),
    ("NM", "15"),
    ("LN", "21"),
    ("JL", "22"),
    ("HL", "23"),
    ("SH", "31"),
    ("JS", "32"),
    ("ZJ", "33"),
    ("AH", "34"),
    ("FJ", "35"),
    ("JX", "36"),
    ("SD", "37"),
    ("HA", "41"),
    ("HB", "42"),
    ("HN", "43"),
    ("GD", "44"),
    ("GX", "45"),
    ("HI", "46"),
    ("CQ", "50"),
    ("SC", "51"),
    ("GZ", "52"),
    ("YN", "53"),
    ("XZ", "54"),
    ("SN", "61"),
    ("GS", "62"),
    ("QH", "63"),
    ("NX", "64"),
    ("XJ", "65"),
    ("TW", "71"),
    ("HK", "81"),
    ("MO", "82"),
];

impl RegionCode {
    /// Checks the form and brings Chinese provinces to GB/T 2260.
    ///
    /// # Errors
    /// [`BadRegion`].
    pub fn parse(text: &str) -> Result<Self, BadRegion> {
        let bytes = text.as_bytes();
        if bytes.len() == 6 && bytes.iter().all(u8::is_ascii_digit) {
            let province = PROVINCES.iter().any(|(_, digits)| text.starts_with(digits));
            let hole = text.get(2..4) == Some("00") && text.get(4..) != Some("00");
            return if province && !hole { Ok(Self(text.to_owned())) } else { Err(BadRegion) };
        }
        let country = bytes.len() >= 2 && bytes.iter().take(2).all(u8::is_ascii_uppercase);
        if !country {
            return Err(BadRegion);
        }
        match text.get(2..) {
            Some("") => Ok(Self(text.to_owned())),
            Some(rest) => {
                let part = rest.strip_prefix('-').ok_or(BadRegion)?;
                let sound = (1..=3).contains(&part.len())
                    && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
                if !sound {
                    return Err(BadRegion);
                }
                if text.starts_with("CN-") {
                    let (_, digits) =
                        PROVINCES.iter().find(|(letters, _)| *letters == part).ok_or(BadRegion)?;
                    return Ok(Self(format!("{digits}0000")));
                }
                Ok(Self(text.to_owned()))
            }
            None => Err(BadRegion),
        }
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The region one level up: county, prefecture, province, country; none above a country.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        if self.0.len() == 6 && !self.0.contains('-') {
            let up = if self.0.ends_with("0000") {
                "CN".to_owned()
            } else if self.0.ends_with("00") {
                format!("{}0000", self.0.get(..2)?)
            } else {
                format!("{}00", self.0.get(..4)?)
            };
            return Some(Self(up));
        }
        self.0.split_once('-').map(|(country, _)| Self(country.to_owned()))
    }

    /// Whether `other` is this region or lies within it.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        let mut at = Some(other.clone());
        while let Some(region) = at {
            if region == *self {
                return true;
            }
            at = region.parent();
        }
        false
    }

    /// The Chinese province, or the subdivision, that the region lies in; the country itself otherwise.
    #[must_use]
    pub fn province(&self) -> Self {
        if self.0.len() == 6 && !self.0.contains('-') {
            return Self(format!("{}0000", self.0.get(..2).unwrap_or_default()));
        }
        self.clone()
    }
}

impl fmt::Display for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for RegionCode {
    type Error = BadRegion;
    fn try_from(text: String) -> Result<Self, BadRegion> {
        Self::parse(&text)
    }
}

impl From<RegionCode> for String {
    fn from(region: RegionCode) -> Self {
        region.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn region(text: &str) -> RegionCode {
        RegionCode::parse(text).unwrap()
    }

    #[test]
    fn a_county_lies_in_its_prefecture_province_and_country() {
        let xihu = region("330106");
        for outer in ["330106", "330100", "330000", "CN-ZJ", "CN"] {
            assert!(region(outer).contains(&xihu), "{outer}");
        }
        assert!(!region("360000").contains(&xihu));
        assert!(!xihu.contains(&region("330100")));
        assert!(region("DE").contains(&region("DE-BY")));
    }

    #[test]
    fn wrong_codes_are_refused() {
        for wrong in [
            "", "C", "cn", "CN-", "CN-QQ", "990000", "33010", "330001", "DE-", "DE-ABCD", "DE_BY",
            "中国",
        ] {
            assert!(RegionCode::parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_parses_parses_again(text in ".{0,8}") {
            if let Ok(code) = RegionCode::parse(&text) {
                prop_assert_eq!(RegionCode::parse(code.as_str()), Ok(code));
            }
        }
    }
}
