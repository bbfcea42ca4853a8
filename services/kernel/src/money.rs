//! Exact money: a decimal amount and its currency, no arithmetic across currencies.

use crate::currency::Currency;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why an operation on money has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Two currencies in one operation.
    #[error("currencies differ: {left} and {right}")]
    MixedCurrency {
        /// Of the left operand.
        left: Currency,
        /// Of the right operand.
        right: Currency,
    },
    /// Beyond about 9.2e12 major units, the range of micro-units in 64 bits.
    #[error("amount is out of range")]
    OutOfRange,
    /// More than six decimal places.
    #[error("amount has more than six decimal places")]
    TooPrecise,
    /// `units` and `nanos` of a wire amount have opposite signs, or nanos are a whole unit or more.
    #[error("units and nanos must have the same sign and nanos be below one unit")]
    BadNanos,
    /// Weights that are negative or sum to zero cannot share an amount out.
    #[error("weights must be non-negative and sum to more than zero")]
    BadWeights,
}

/// An exact amount with its currency; at most six decimal places, so that it is stored as micro-units.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    amount: Decimal,
    currency: Currency,
}

const MICROS: i64 = 1_000_000;

impl Money {
    /// Checks precision and range.
    ///
    /// # Errors
    /// [`MoneyError::TooPrecise`] beyond six decimal places, [`MoneyError::OutOfRange`].
    pub fn new(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let amount = amount.normalize();
        if amount.scale() > 6 {
            return Err(MoneyError::TooPrecise);
        }
        let money = Self { amount, currency };
        money.checked_micros()?;
        Ok(money)
    }

    /// No money.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self { amount: Decimal::ZERO, currency }
    }

    /// From micro-units, as stored.
    #[must_use]
    pub fn from_micros(micros: i64, currency: Currency) -> Self {
        Self { amount: Decimal::new(micros, 6).normalize(), currency }
    }

    /// From the parts of `google.type.Money`.
    ///
    /// # Errors
    /// [`MoneyError::BadNanos`], [`MoneyError::TooPrecise`] below a micro-unit, [`MoneyError::OutOfRange`].
    pub fn from_units_nanos(
        units: i64,
        nanos: i32,
        currency: Currency,
    ) -> Result<Self, MoneyError> {
        let opposed = (units > 0 && nanos < 0) || (units < 0 && nanos > 0);
        if opposed || nanos.unsigned_abs() >= 1_000_000_000 {
            return Err(MoneyError::BadNanos);
        }
        Self::new(Decimal::from(units) + Decimal::new(i64::from(nanos), 9), currency)
    }

    /// The parts of `google.type.Money`: whole units and nano-units, of the same sign.
    #[must_use]
    pub fn units_nanos(&self) -> (i64, i32) {
        let micros = self.micros();
        let nanos = i32::try_from((micros % MICROS) * 1000).unwrap_or(0);
        (micros / MICROS, nanos)
    }

    /// The exact amount in major units.
    #[must_use]
    pub const fn amount(&self) -> Decimal {
        self.amount
    }

    /// The currency.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// The amount in micro-units, as stored.
    #[must_use]
    pub fn micros(&self) -> i64 {
        // Every constructor checked the range.
        self.checked_micros().unwrap_or(0)
    }

    fn checked_micros(&self) -> Result<i64, MoneyError> {
        self.amount
            .checked_mul(Decimal::from(MICROS))
            .and_then(|micros| micros.to_i64())
            .ok_or(MoneyError::OutOfRange)
    }

    fn same_currency(&self, other: &Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::MixedCurrency { left: self.currency, right: other.currency })
        }
    }

    /// The sum.
    ///
    /// # Errors
    /// [`MoneyError::MixedCurrency`], [`MoneyError::OutOfRange`].
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(&other)?;
        let amount = self.amount.checked_add(other.amount).ok_or(MoneyError::OutOfRange)?;
        Self::new(amount, self.currency)
    }

    /// The difference.
    ///
    /// # Errors
    /// [`MoneyError::MixedCurrency`], [`MoneyError::OutOfRange`].
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(&other)?;
        let amount = self.amount.checked_sub(other.amount).ok_or(MoneyError::OutOfRange)?;
        Self::new(amount, self.currency)
    }

    /// The product, rounded half-even to the currency's minor unit.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`].
    pub fn times(self, factor: Decimal) -> Result<Self, MoneyError> {
        Rounding::HalfEven.product(self, factor)
    }

    /// An amount rounded half-even to the currency's minor unit: the rule at every line of a document.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`].
    pub fn rounded(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        Rounding::HalfEven.money(amount, currency)
    }

    /// From a model's float, rounded half-even to the minor unit. The only way from mathematics into money.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] for an amount that is not finite or too large.
    pub fn from_model(amount: f64, currency: Currency) -> Result<Self, MoneyError> {
        Rounding::HalfEven.of_model(amount, currency)
    }

    /// Shares the amount out by weight, exactly to the minor unit: largest remainder, ties to the earlier part.
    ///
    /// # Errors
    /// [`MoneyError::BadWeights`]; [`MoneyError::TooPrecise`] if the amount has a fraction of a minor unit.
    pub fn allocate(self, weights: &[Decimal]) -> Result<Vec<Self>, MoneyError> {
        let digits = self.currency.minor_digits();
        if self.amount.normalize().scale() > digits {
            return Err(MoneyError::TooPrecise);
        }
        let total: Decimal = weights.iter().sum();
        if total <= Decimal::ZERO || weights.iter().any(|w| *w < Decimal::ZERO) {
            return Err(MoneyError::BadWeights);
        }
        let unit = Decimal::new(1, digits);
        let sign =
            if self.amount.is_sign_negative() { Decimal::NEGATIVE_ONE } else { Decimal::ONE };
        let magnitude = self.amount.abs();
        let mut parts = Vec::with_capacity(weights.len());
        let mut remainders = Vec::with_capacity(weights.len());
        for (i, weight) in weights.iter().enumerate() {
            let exact = magnitude.checked_mul(*weight).ok_or(MoneyError::OutOfRange)? / total;
            let floor = exact.round_dp_with_strategy(digits, RoundingStrategy::ToZero);
            parts.push(floor);
            remainders.push((exact - floor, i));
        }
        let mut left = magnitude - parts.iter().sum::<Decimal>();
        remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, i) in remainders {
            if left < unit {
                break;
            }
            if let Some(part) = parts.get_mut(i) {
                *part += unit;
                left -= unit;
            }
        }
        parts.into_iter().map(|part| Self::new(part * sign, self.currency)).collect()
    }
}

/// Where an amount halfway between two minor units goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// To the even one.
    #[default]
    HalfEven,
    /// Away from zero, so that a credit mirrors its charge.
    HalfUp,
}

impl Rounding {
    /// An amount rounded to the currency's minor unit.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`].
    pub fn money(self, amount: Decimal, currency: Currency) -> Result<Money, MoneyError> {
        let strategy = match self {
            Self::HalfEven => RoundingStrategy::MidpointNearestEven,
            Self::HalfUp => RoundingStrategy::MidpointAwayFromZero,
        };
        Money::new(amount.round_dp_with_strategy(currency.minor_digits(), strategy), currency)
    }

    /// An amount times a factor, rounded to the minor unit.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`].
    pub fn product(self, amount: Money, factor: Decimal) -> Result<Money, MoneyError> {
        let exact = amount.amount.checked_mul(factor).ok_or(MoneyError::OutOfRange)?;
        self.money(exact, amount.currency)
    }

    /// A model's float, rounded to the minor unit.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] for an amount that is not finite or too large.
    pub fn of_model(self, amount: f64, currency: Currency) -> Result<Money, MoneyError> {
        let digits = currency.minor_digits();
        // What is near no middle is the same in every way of rounding.
        if let Some(minor) = nearest(amount * 10_f64.powi(digits.cast_signed())) {
            return Money::new(Decimal::new(minor, digits), currency);
        }
        let amount = Decimal::from_f64_retain(amount).ok_or(MoneyError::OutOfRange)?;
        self.money(amount, currency)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.minor_digits().max(self.amount.scale());
        write!(f, "{} {:.*}", self.currency, digits as usize, self.amount)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The nearest whole number where there can be no doubt about it: a product of less than a trillion is off by less than a
/// thousandth, so it must stand further than that from the middle between two.
fn nearest(minor: f64) -> Option<i64> {
    let whole = minor.round();
    let certain = whole.abs() < 1e12 && (minor - whole).abs() < 0.499;
    certain.then_some(whole as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::str::FromStr;

    fn cny(text: &str) -> Money {
        Money::new(Decimal::from_str(text).unwrap(), Currency::CNY).unwrap()
    }

    #[test]
    fn rounding_is_half_even_at_the_minor_unit() {
        for (exact, code, rounded) in [
            ("0.125", "CNY", "0.12"),
            ("0.135", "CNY", "0.14"),
            ("-0.125", "CNY", "-0.12"),
            ("2.5", "JPY", "2"),
            ("3.5", "JPY", "4"),
            ("0.0125", "KWD", "0.012"),
        ] {
            let money =
                Money::rounded(Decimal::from_str(exact).unwrap(), Currency::parse(code).unwrap())
                    .unwrap();
            assert_eq!(money.amount(), Decimal::from_str(rounded).unwrap(), "{exact} {code}");
        }
    }

    #[test]
    fn half_up_goes_away_from_zero() {
        for (exact, code, rounded) in [
            ("0.125", "CNY", "0.13"),
            ("-0.125", "CNY", "-0.13"),
            ("0.1249", "CNY", "0.12"),
            ("2.5", "JPY", "3"),
        ] {
            let (exact, rounded) =
                (Decimal::from_str(exact).unwrap(), Decimal::from_str(rounded).unwrap());
            let currency = Currency::parse(code).unwrap();
            let found = Rounding::HalfUp.money(exact, currency).unwrap();
            assert_eq!(found.amount(), rounded, "{exact} {code}");
            // Each of these is a sum of powers of two, so that the float is the amount itself.
            if code == "JPY" || exact.scale() == 3 {
                let float = exact.to_f64().unwrap();
                assert_eq!(Rounding::HalfUp.of_model(float, currency), Ok(found));
            }
        }
    }

    #[test]
    fn currencies_never_mix() {
        let error = cny("1").checked_add(Money::zero(Currency::EUR)).unwrap_err();
        assert_eq!(error, MoneyError::MixedCurrency { left: Currency::CNY, right: Currency::EUR });
    }

    #[test]
    fn wire_amounts_with_opposed_signs_are_refused() {
        assert_eq!(Money::from_units_nanos(1, -1, Currency::CNY), Err(MoneyError::BadNanos));
        assert_eq!(Money::from_units_nanos(0, 1, Currency::CNY), Err(MoneyError::TooPrecise));
        assert_eq!(
            Money::from_units_nanos(i64::MAX, 0, Currency::CNY),
            Err(MoneyError::OutOfRange)
        );
        assert_eq!(Money::from_units_nanos(-3, -250_000_000, Currency::CNY), Ok(cny("-3.25")));
    }

    proptest! {
        #[test]
        fn allocation_neither_gains_nor_loses_a_minor_unit(
            cents in -1_000_000_000i64..1_000_000_000,
            weights in prop::collection::vec(0u32..10_000, 1..40),
        ) {
            prop_assume!(weights.iter().any(|w| *w > 0));
            let money = Money::new(Decimal::new(cents, 2), Currency::CNY).unwrap();
            let weights: Vec<Decimal> = weights.into_iter().map(Decimal::from).collect();
            let parts = money.allocate(&weights).unwrap();
            let sum = parts.into_iter().try_fold(Money::zero(Currency::CNY), Money::checked_add).unwrap();
            prop_assert_eq!(sum, money);
        }

        #[test]
        fn floats_become_the_money_that_exact_rounding_makes_of_them(
            amount in prop_oneof![-1e6..1e6f64, (-100_000_000i64..100_000_000).prop_map(|n| n as f64 / 1000.0)],
        ) {
            for code in ["CNY", "JPY", "KWD"] {
                let currency = Currency::parse(code).unwrap();
                let exact = Money::rounded(Decimal::from_f64_retain(amount).unwrap(), currency);
                prop_assert_eq!(Money::from_model(amount, currency), exact);
            }
        }

        #[test]
        fn stored_and_wire_forms_give_the_same_amount_back(micros in any::<i64>()) {
            let money = Money::from_micros(micros, Currency::CNY);
            prop_assert_eq!(money.micros(), micros);
            let (units, nanos) = money.units_nanos();
            prop_assert_eq!(Money::from_units_nanos(units, nanos, Currency::CNY), Ok(money));
        }
    }
}
