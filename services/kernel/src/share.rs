//! Shares (0..=1) and annual rates, exact.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A value is outside what its type allows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// Not within 0..=1.
    #[error("must be between 0 and 1")]
    Share,
    /// An effective annual rate must be above -1 (-100 %) and at most 10 (1,000 %).
    #[error("must be above -1 and at most 10 a year")]
    Rate,
}

/// A part of a whole, 0..=1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Decimal", into = "Decimal")]
pub struct Share(Decimal);

impl Share {
    /// Nothing of it.
    pub const ZERO: Self = Self(Decimal::ZERO);
    /// All of it.
    pub const ONE: Self = Self(Decimal::ONE);

    /// Checks the range.
    ///
    /// # Errors
    /// [`RangeError::Share`] outside 0..=1.
    pub fn new(value: Decimal) -> Result<Self, RangeError> {
        if value >= Decimal::ZERO && value <= Decimal::ONE {
            Ok(Self(value))
        } else {
            Err(RangeError::Share)
        }
    }

    /// The value, 0..=1.
    #[must_use]
    pub const fn get(self) -> Decimal {
        self.0
    }

    /// What is left of the whole.
    #[must_use]
    pub fn complement(self) -> Self {
        Self(Decimal::ONE - self.0)
    }
}

impl TryFrom<Decimal> for Share {
    type Error = RangeError;
    fn try_from(value: Decimal) -> Result<Self, RangeError> {
        Self::new(value)
    }
}

impl From<Share> for Decimal {
    fn from(share: Share) -> Self {
        share.0
    }
}

/// An effective annual rate: 0.03 is 3 % a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Decimal", into = "Decimal")]
pub struct Rate(Decimal);

impl Rate {
    /// No change over the years.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// Checks the range.
    ///
    /// # Errors
    /// [`RangeError::Rate`] at or below -1 or above 10.
    pub fn new(value: Decimal) -> Result<Self, RangeError> {
        if value > Decimal::NEGATIVE_ONE && value <= Decimal::TEN {
            Ok(Self(value))
        } else {
            Err(RangeError::Rate)
        }
    }

    /// The value per year.
    #[must_use]
    pub const fn get(self) -> Decimal {
        self.0
    }
}

impl TryFrom<Decimal> for Rate {
    type Error = RangeError;
    fn try_from(value: Decimal) -> Result<Self, RangeError> {
        Self::new(value)
    }
}

impl From<Rate> for Decimal {
    fn from(rate: Rate) -> Self {
        rate.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_at_their_edges() {
        assert!(Share::new(Decimal::ZERO).is_ok());
        assert!(Share::new(Decimal::ONE).is_ok());
        assert!(Share::new(Decimal::new(10001, 4)).is_err());
        assert!(Rate::new(Decimal::NEGATIVE_ONE).is_err());
        assert!(Rate::new(Decimal::new(-99, 2)).is_ok());
    }
}
