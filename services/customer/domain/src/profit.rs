//! What serving a customer costs against what it brings, and what the customer gets for what it pays.

use aftercare_kernel::currency::Currency;
use aftercare_kernel::money::{Money, MoneyError};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::collections::BTreeMap;

/// Amounts added up, each currency by itself.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sums {
    sums: BTreeMap<String, (u32, Money)>,
}

impl Sums {
    /// Adds one.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`].
    pub fn add(&mut self, amount: Money) -> Result<(), MoneyError> {
        let currency = amount.currency();
        let sum = self.sums.entry(currency.code().to_owned()).or_insert((0, Money::zero(currency)));
        *sum = (sum.0.saturating_add(1), sum.1.checked_add(amount)?);
        Ok(())
    }

    /// The currency that most amounts are in; of those alike, the first by code.
    #[must_use]
    pub fn usual(&self) -> Option<Currency> {
        let most = self.sums.values().map(|(count, _)| *count).max()?;
        self.sums.values().find(|(count, _)| *count == most).map(|(_, sum)| sum.currency())
    }

    /// The sum in a currency.
    #[must_use]
    pub fn of(&self, currency: Currency) -> Money {
        let found = self.sums.values().find(|(_, sum)| sum.currency() == currency);
        found.map_or(Money::zero(currency), |(_, sum)| *sum)
    }

    /// The sums in other currencies, by code.
    #[must_use]
    pub fn others(&self, currency: Currency) -> Vec<Money> {
        let other = self.sums.values().filter(|(_, sum)| sum.currency() != currency);
        other.map(|(_, sum)| *sum).collect()
    }
}

/// The margin of a period: annual revenue times margin share, by days of a year of 365, rounded half-even to the minor
/// unit.
///
/// # Errors
/// [`MoneyError::OutOfRange`].
pub fn margin(
    annual_revenue: Money,
    margin_share: Decimal,
    days: u32,
) -> Result<Money, MoneyError> {
    let share = margin_share
        .checked_mul(Decimal::from(days))
        .and_then(|share| share.checked_div(Decimal::from(365)))
        .ok_or(MoneyError::OutOfRange)?;
    annual_revenue.times(share)
}

/// What the customer perceives to get, 0 to 1, from answers of 1 to 5; none without answers.
#[must_use]
pub fn perceived_benefit(scores: &[i32]) -> Option<f64> {
    if scores.is_empty() {
        return None;
    }
    let sum: f64 = scores.iter().map(|score| f64::from(score - 1) / 4.0).sum();
    Some(sum / scores.len() as f64)
}

/// Perceived benefit for each thousand of cost (customer value as benefit over total cost: Kotler and Keller, Marketing
/// Management, chapter on creating customer value); none without cost.
#[must_use]
pub fn customer_value(benefit: f64, cost: Money) -> Option<f64> {
    let cost = cost.amount().to_f64().filter(|cost| *cost > 0.0)?;
    Some(benefit / cost * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yuan(units: i64) -> Money {
        Money::from_micros(units * 1_000_000, Currency::CNY)
    }

    #[test]
    fn a_quarter_brings_a_quarter_of_the_margin() {
        // 1,000,000 x 0.3 x 73/365.
        assert_eq!(margin(yuan(1_000_000), Decimal::new(3, 1), 73), Ok(yuan(60_000)));
        assert!(margin(yuan(9_000_000_000_000), Decimal::MAX, 365).is_err());
    }

    #[test]
    fn currencies_are_never_added_up() {
        let euro = Money::from_micros(5_000_000, Currency::parse("EUR").unwrap());
        let mut sums = Sums::default();
        for amount in [yuan(2), euro, yuan(3)] {
            sums.add(amount).unwrap();
        }
        assert_eq!((sums.usual(), sums.of(Currency::CNY)), (Some(Currency::CNY), yuan(5)));
        assert_eq!(sums.others(Currency::CNY), [euro]);
        assert_eq!(Sums::default().usual(), None);
    }

    #[test]
    fn value_is_benefit_over_cost() {
        assert_eq!(perceived_benefit(&[5, 3]), Some(0.75));
        assert_eq!(perceived_benefit(&[]), None);
        assert_eq!(customer_value(0.75, yuan(3000)), Some(0.25));
        assert_eq!(customer_value(0.75, yuan(0)), None);
    }
}
