//! What was agreed in a contract: terms, machines and fees, with the amendments from their days on.

use crate::billing::Change;
use crate::contract::{Notice, end_date};
use crate::escalation::{IndexClause, Series};
use crate::price::{Fee, FeePlan};
use crate::quote::Quote;
use crate::rate_card::Rates;
use crate::terms::Terms;
use aftercare_kernel::money::{Money, MoneyError};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A machine under a contract.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoveredAsset {
    /// `customers/{customer}/assets/{asset}`.
    pub asset: String,
    /// `products/{product}`.
    pub product: String,
    /// Its part of the price, as a weight among the contract's machines.
    pub weight: Money,
    /// The contract's rates where it stands, of a machine that came in after the quote; none of one that was quoted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rates: Option<Rates>,
}

/// A time in which neither side owes anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// Its first day.
    pub from: Date,
    /// The first day after it; none while it lasts.
    pub until: Option<Date>,
    /// Why.
    pub reason: String,
}

/// What was agreed when a contract was made, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// What is promised from the start.
    pub terms: Terms,
    /// What is covered from the start.
    pub assets: Vec<CoveredAsset>,
    /// The fee of a full first year.
    pub base: Money,
    /// The fees as they fall due, without amendments.
    pub fees: Vec<Fee>,
    /// Their sum.
    pub price: Money,
    /// Expected cost at present value.
    pub expected_cost: Money,
    /// Who sold it; empty when not said.
    pub salesperson: String,
    /// The contract that it follows; empty if none.
    pub renewal_of: String,
    /// Notice, if one side gave it.
    pub notice: Option<Notice>,
    /// Suspensions, by their first day.
    pub suspensions: Vec<Suspension>,
}

/// A change of an agreement from a day on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Amendment {
    /// What it does to the fee.
    pub change: Change,
    /// The terms from then on, if they change.
    pub terms: Option<Terms>,
    /// Machines that come in.
    pub added: Vec<CoveredAsset>,
    /// Names of machines that go out.
    pub removed: Vec<String>,
}

/// What a quote covers, each machine with its part of the fee of a full first year.
///
/// # Errors
/// [`MoneyError::OutOfRange`].
pub fn covered(quote: &Quote) -> Result<Vec<CoveredAsset>, MoneyError> {
    let price = quote.price.price.amount();
    quote
        .lines
        .iter()
        .map(|line| {
            let part = if price.is_zero() { Decimal::ZERO } else { line.price.amount() / price };
            Ok(CoveredAsset {
                asset: line.asset.clone(),
                product: line.product.clone(),
                weight: quote.price.base.times(part)?,
                rates: None,
            })
        })
        .collect()
}

/// Gives machines that come in the weights by which their part of the fee goes out again with them: they stand to the weights
/// of those that were there, `held`, as what they add stands to the fee before. Without a fee before, what they add at the
/// price level of the first year is their weight. Micro-units, so that nothing is gained or lost to the minor unit.
///
/// # Errors
/// [`MoneyError::OutOfRange`].
pub fn weigh_in(
    added: &mut [CoveredAsset],
    held: Decimal,
    (fee, more): (Money, Money),
    level: Decimal,
) -> Result<(), MoneyError> {
    let more = more.amount().max(Decimal::ZERO);
    let whole = if held > Decimal::ZERO && fee.amount() > Decimal::ZERO {
        held.checked_mul(more).ok_or(MoneyError::OutOfRange)? / fee.amount()
    } else {
        more.checked_div(level).ok_or(MoneyError::OutOfRange)?
    };
    let parts: Decimal = added.iter().map(|asset| asset.weight.amount()).sum();
    let equal = Decimal::ONE / Decimal::from(added.len().max(1));
    for asset in added {
        let own = asset.weight.amount();
        let part = if parts > Decimal::ZERO { own / parts } else { equal };
        asset.weight = Money::new((whole * part).round_dp(6), fee.currency())?;
    }
    Ok(())
}

impl Agreement {
    /// As a quote offers it.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`].
    pub fn of(quote: &Quote, terms: &Terms, salesperson: String) -> Result<Self, MoneyError> {
        Ok(Self {
            terms: terms.clone(),
            assets: covered(quote)?,
            base: quote.price.base,
            fees: quote.price.fees.clone(),
            price: quote.price.price,
            expected_cost: quote.cost.mean,
            salesperson,
            renewal_of: String::new(),
            notice: None,
            suspensions: Vec::new(),
        })
    }

    /// The next term at what the last one ended with: its terms, its machines, its fee with the agreed escalation.
    /// `expected_cost` is what the next term is expected to cost.
    ///
    /// # Errors
    /// [`MoneyError`] if the fees are beyond what money can hold.
    pub fn next_term(
        &self,
        amendments: &[Amendment],
        (start, end): (Date, Date),
        expected_cost: Money,
        renewal_of: String,
    ) -> Result<Self, MoneyError> {
        let mut terms = self.terms_on(amendments, end).clone();
        let last = self.terms.term_months.div_ceil(12);
        let base = match &self.terms.index {
            None => self.annual_fee(amendments, start, last + 1)?,
            // The next term stands on what is published: changes beyond it, the first of the next term among them, are
            // provisional there as well, and settle when they are published.
            Some(clause) => {
                let seen = self.terms.changes();
                let known = seen.min(u32::try_from(self.terms.index_changes.len()).unwrap_or(seen));
                terms.index = Some(IndexClause {
                    base_month: clause.month(known),
                    lead: seen - known + 1,
                    ..clause.clone()
                });
                terms.index_changes =
                    self.terms.index_changes.get(known as usize..).unwrap_or_default().to_vec();
                self.fee_after(amendments, start, known)?
            }
        };
        let fees = FeePlan::spread(&terms)?.fees(base, end)?;
        let zero = Money::zero(base.currency());
        Ok(Self {
            price: fees.iter().try_fold(zero, |sum, fee| sum.checked_add(fee.fee))?,
            assets: self.assets_on(amendments, end),
            terms,
            base,
            fees,
            expected_cost,
            salesperson: self.salesperson.clone(),
            renewal_of,
            notice: None,
            suspensions: Vec::new(),
        })
    }

    /// Brings the fees to what is published of the index that they follow; nothing if they follow none.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`].
    pub fn publish(&mut self, series: &Series, start: Date) -> Result<(), MoneyError> {
        let Some(clause) = &self.terms.index else { return Ok(()) };
        // One more than the term needs: the next term begins with it.
        self.terms.index_changes = clause.published(series, self.terms.changes() + 1);
        self.fees = FeePlan::spread(&self.terms)?.fees(self.base, start)?;
        let zero = Money::zero(self.base.currency());
        self.price = self.fees.iter().try_fold(zero, |sum, fee| sum.checked_add(fee.fee))?;
        Ok(())
    }

    /// The fee of a full year at the price level of a contract year, with every amendment of that year or before.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`].
    pub fn annual_fee(
        &self,
        amendments: &[Amendment],
        start: Date,
        year: u32,
    ) -> Result<Money, MoneyError> {
        let rounding = self.terms.rounding;
        let mut fee = rounding.product(self.base, self.terms.growth(year)?)?;
        for amendment in amendments {
            let from = contract_year(start, amendment.change.effective);
            if from <= year {
                let own = self.terms.growth_since(from, year)?;
                fee = fee.checked_add(rounding.product(amendment.change.annual, own)?)?;
            }
        }
        Ok(fee)
    }

    /// The fee of a full year after that many changes of the index, with every amendment: one that came in after more changes is
    /// taken back by them, so that it sees them again in the next term.
    fn fee_after(
        &self,
        amendments: &[Amendment],
        start: Date,
        changes: u32,
    ) -> Result<Money, MoneyError> {
        let times = |fee: Money, growth: Decimal| {
            fee.amount().checked_mul(growth).ok_or(MoneyError::OutOfRange)
        };
        let mut fee = times(self.base, self.terms.growth_over(0, changes)?)?;
        for amendment in amendments {
            let year = contract_year(start, amendment.change.effective);
            let own = self.terms.growth_over(self.terms.changes_until(year), changes)?;
            fee += times(amendment.change.annual, own)?;
        }
        self.terms.rounding.money(fee, self.base.currency())
    }

    /// What is promised on a day.
    #[must_use]
    pub fn terms_on<'a>(&'a self, amendments: &'a [Amendment], day: Date) -> &'a Terms {
        amendments
            .iter()
            .filter(|amendment| amendment.change.effective <= day)
            .filter_map(|amendment| amendment.terms.as_ref())
            .next_back()
            .unwrap_or(&self.terms)
    }

    /// What is covered on a day, in the order in which it came in.
    #[must_use]
    pub fn assets_on(&self, amendments: &[Amendment], day: Date) -> Vec<CoveredAsset> {
        let mut covered = self.assets.clone();
        for amendment in amendments.iter().filter(|a| a.change.effective <= day) {
            covered.retain(|held| !amendment.removed.contains(&held.asset));
            covered.extend(amendment.added.iter().cloned());
        }
        covered
    }

    /// Whether neither side owes anything on a day.
    #[must_use]
    pub fn suspended_on(&self, day: Date) -> bool {
        self.suspensions
            .iter()
            .any(|rest| rest.from <= day && rest.until.is_none_or(|until| day < until))
    }
}

/// The contract year in which a day lies, 1 for the first and for any day before.
#[must_use]
pub fn contract_year(start: Date, day: Date) -> u32 {
    let mut year = 1;
    while year < 100 && end_date(start, 12 * year) <= day {
        year += 1;
    }
    year
}

#[cfg(test)]
mod tests;
