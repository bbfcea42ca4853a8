//! Exchange rates: entered by somebody with source and date, used as they are. Nothing is converted without one, and no rate is
//! turned around.

use aftercare_kernel::currency::Currency;
use aftercare_kernel::fault::{Class, Fault};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What a unit of one currency is worth in another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FxRate {
    /// `fxRates/{fx_rate}`.
    pub name: String,
    /// Of which a unit is worth the rate.
    pub from: Currency,
    /// In which the rate is.
    pub to: Currency,
    /// Above 0.
    pub rate: Decimal,
    /// Who said so, and where.
    pub source: String,
    /// Of which day it is.
    pub date: Date,
}

/// Why an amount cannot be converted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FxError {
    /// No rate is on record.
    #[error("{needed_by} is in {from}, and no rate from {from} to {to} is on record")]
    Missing {
        /// Of the cost.
        from: Currency,
        /// Of the policy.
        to: Currency,
        /// What needs it.
        needed_by: String,
    },
    /// The latest rate is too old.
    #[error(
        "stale FX: {needed_by} is in {from}, and the latest rate from {from} to {to}, {name} of {date}, is older than {limit} days"
    )]
    Stale {
        /// Of the cost.
        from: Currency,
        /// Of the policy.
        to: Currency,
        /// What needs it.
        needed_by: String,
        /// The latest rate.
        name: String,
        /// Its day.
        date: Date,
        /// The policy's limit, days.
        limit: u32,
    },
}

impl Fault for FxError {
    fn class(&self) -> Class {
        match self {
            Self::Missing { .. } | Self::Stale { .. } => Class::Precondition,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "FX_RATE_MISSING",
            Self::Stale { .. } => "FX_RATE_STALE",
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        let pair = |from: &Currency, to: &Currency| {
            vec![("from", from.code().to_owned()), ("to", to.code().to_owned())]
        };
        match self {
            Self::Missing { from, to, .. } => pair(from, to),
            Self::Stale { from, to, name, date, .. } => {
                let mut facts = pair(from, to);
                facts.extend([("fx_rate", name.clone()), ("date", date.to_string())]);
                facts
            }
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::Missing { needed_by, .. } | Self::Stale { needed_by, .. } => needed_by.clone(),
        }
    }
}

/// The rate to use on a day: the latest of that day or before, of two of one day the one that was entered later (the later in
/// `rates`), if it is not older than so many days.
///
/// # Errors
/// [`FxError`].
pub fn usable<'a>(
    rates: &'a [FxRate],
    (from, to): (Currency, Currency),
    (day, limit): (Date, u32),
    needed_by: &str,
) -> Result<&'a FxRate, FxError> {
    let needed_by = needed_by.to_owned();
    let own = rates.iter().filter(|own| (own.from, own.to) == (from, to) && own.date <= day);
    let Some(latest) = own.max_by_key(|own| own.date) else {
        return Err(FxError::Missing { from, to, needed_by });
    };
    let age = i64::from((day - latest.date).get_days());
    if age > i64::from(limit) {
        let (name, date) = (latest.name.clone(), latest.date);
        return Err(FxError::Stale { from, to, needed_by, name, date, limit });
    }
    Ok(latest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn rate(name: &str, from: Currency, day: Date) -> FxRate {
        let (rate, source) = (Decimal::new(78_123, 4), "central bank".to_owned());
        FxRate { name: name.to_owned(), from, to: Currency::CNY, rate, source, date: day }
    }

    #[test]
    fn the_latest_rate_that_is_not_too_old_is_used() {
        let rates = [
            rate("a", Currency::EUR, date(2026, 6, 1)),
            rate("b", Currency::EUR, date(2026, 6, 20)),
            rate("c", Currency::EUR, date(2026, 6, 20)),
            rate("d", Currency::EUR, date(2026, 7, 5)),
        ];
        let found = |from, to, day, limit| {
            let found = usable(&rates, (from, to), (day, limit), "rateCards/r1");
            found.map(|own| own.name.as_str()).map_err(|fault| fault.reason())
        };
        let (eur, cny) = (Currency::EUR, Currency::CNY);
        assert_eq!(
            found(eur, cny, date(2026, 7, 1), 30),
            Ok("c"),
            "the one of tomorrow is not known"
        );
        assert_eq!(found(eur, cny, date(2026, 6, 30), 10), Ok("c"));
        assert_eq!(found(eur, cny, date(2026, 7, 1), 10), Err("FX_RATE_STALE"));
        assert_eq!(found(eur, cny, date(2026, 5, 1), 30), Err("FX_RATE_MISSING"));
        assert_eq!(
            found(cny, eur, date(2026, 7, 1), 30),
            Err("FX_RATE_MISSING"),
            "never turned around"
        );
    }
}
