//! ISO 4217 currencies and their minor units.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A text that is no active ISO 4217 code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be an ISO 4217 currency code")]
pub struct UnknownCurrency;

/// An active ISO 4217 currency.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Active codes by the number of decimal places of their minor unit (ISO 4217 list one).
const TWO: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG";
const ZERO: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
const THREE: &str = "BHD IQD JOD KWD LYD OMR TND";

impl Currency {
    /// Renminbi.
    pub const CNY: Self = Self(*b"CNY");
    /// Euro.
    pub const EUR: Self = Self(*b"EUR");
    /// United States dollar.
    pub const USD: Self = Self(*b"USD");

    /// Checks the code against ISO 4217.
    ///
    /// # Errors
    /// [`UnknownCurrency`].
    pub fn parse(code: &str) -> Result<Self, UnknownCurrency> {
        let bytes: [u8; 3] = code.as_bytes().try_into().map_err(|_| UnknownCurrency)?;
        let known = [TWO, ZERO, THREE].iter().any(|list| list.split(' ').any(|c| c == code));
        if known { Ok(Self(bytes)) } else { Err(UnknownCurrency) }
    }

    /// Decimal places of the minor unit: 2 for CNY, 0 for JPY, 3 for KWD.
    #[must_use]
    pub fn minor_digits(self) -> u32 {
        // Every amount asks: codes stand four bytes apart.
        let within = |list: &str| list.as_bytes().chunks(4).any(|code| code.starts_with(&self.0));
        match self {
            Self::CNY | Self::EUR | Self::USD => 2,
            _ if within(ZERO) => 0,
            _ if within(THREE) => 3,
            _ => 2,
        }
    }

    /// The three letters.
    #[must_use]
    pub fn code(&self) -> &str {
        // The bytes were checked to be ASCII letters.
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl TryFrom<String> for Currency {
    type Error = UnknownCurrency;
    fn try_from(code: String) -> Result<Self, UnknownCurrency> {
        Self::parse(&code)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minor_units_are_those_of_the_standard() {
        for (code, digits) in [("CNY", 2), ("JPY", 0), ("KWD", 3), ("EUR", 2), ("VND", 0)] {
            assert_eq!(Currency::parse(code).unwrap().minor_digits(), digits, "{code}");
        }
        assert!(Currency::parse("RMB").is_err());
        assert!(Currency::parse("cny").is_err());
        assert!(Currency::parse("").is_err());
    }
}
