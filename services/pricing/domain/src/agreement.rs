//! What was agreed in a contract: terms, machines and fees, with the amendments from their days on.

use crate::billing::Change;
use crate::contract::{Notice, end_date};
use crate::escalation::{IndexClause, Series};
use crate::price::{Fee, FeePlan};
use crate::quote::Quote;
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
            })
        })
        .collect()
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
            // The first change of the next term is the index's as well: it may not be published yet.
            Some(clause) => {
                let seen = self.terms.changes();
                let base_month = clause.month(seen);
                terms.index = Some(IndexClause { base_month, lead: 1, ..clause.clone() });
                terms.index_changes =
                    self.terms.index_changes.get(seen as usize..).unwrap_or_default().to_vec();
                self.annual_fee(amendments, start, last)?
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
        let mut fee = self.base.times(self.terms.growth(year)?)?;
        for amendment in amendments {
            let from = contract_year(start, amendment.change.effective);
            if from <= year {
                let own = self.terms.growth_since(from, year)?;
                fee = fee.checked_add(amendment.change.annual.times(own)?)?;
            }
        }
        Ok(fee)
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
mod tests {
    use super::*;
    use crate::terms::CoverageLevel;
    use aftercare_kernel::currency::Currency;
    use jiff::civil::date;

    fn asset(name: &str) -> CoveredAsset {
        let weight = Money::from_micros(1_000_000, Currency::CNY);
        CoveredAsset { asset: name.to_owned(), product: String::new(), weight }
    }

    #[test]
    fn an_amendment_holds_from_its_day_on() {
        let zero = Money::zero(Currency::CNY);
        let agreement = Agreement {
            terms: Terms::standard(12, CoverageLevel::LabourOnly),
            assets: vec![asset("a"), asset("b")],
            base: zero,
            fees: Vec::new(),
            price: zero,
            expected_cost: zero,
            salesperson: String::new(),
            renewal_of: String::new(),
            notice: None,
            suspensions: vec![Suspension {
                from: date(2026, 3, 1),
                until: Some(date(2026, 4, 1)),
                reason: String::new(),
            }],
        };
        let day = date(2026, 6, 1);
        let amendments = [Amendment {
            change: Change { effective: day, annual: zero },
            terms: Some(Terms::standard(12, CoverageLevel::Full)),
            added: vec![asset("c")],
            removed: vec!["a".to_owned()],
        }];
        let eve = date(2026, 5, 31);
        let names = |day| -> Vec<String> {
            agreement.assets_on(&amendments, day).into_iter().map(|held| held.asset).collect()
        };
        assert_eq!(
            (names(eve), names(day)),
            (vec!["a".into(), "b".into()], vec!["b".into(), "c".into()])
        );
        assert_eq!(agreement.terms_on(&amendments, eve).coverage, CoverageLevel::LabourOnly);
        assert_eq!(agreement.terms_on(&amendments, day).coverage, CoverageLevel::Full);
        assert!(agreement.suspended_on(date(2026, 3, 31)));
        assert!(!agreement.suspended_on(date(2026, 4, 1)));
    }

    #[test]
    fn the_next_term_goes_on_from_the_last_fee() {
        let yuan = |amount: i64| Money::from_micros(amount * 1_000_000, Currency::CNY);
        let mut terms = Terms::standard(24, CoverageLevel::Full);
        terms.annual_escalation = Decimal::new(10, 2);
        let (start, end) = (date(2026, 1, 1), date(2028, 1, 1));
        let agreement = Agreement {
            terms,
            assets: vec![asset("a")],
            base: yuan(1000),
            fees: Vec::new(),
            price: yuan(2100),
            expected_cost: yuan(0),
            salesperson: "users/li".to_owned(),
            renewal_of: String::new(),
            notice: None,
            suspensions: Vec::new(),
        };
        // 100 a year more from the middle of the second year: 1,000 x 1.21 + 100 x 1.1.
        let amendments = [Amendment {
            change: Change { effective: date(2027, 7, 1), annual: yuan(100) },
            terms: None,
            added: Vec::new(),
            removed: Vec::new(),
        }];
        let next = agreement
            .next_term(&amendments, (start, end), yuan(700), "contracts/k1".to_owned())
            .unwrap();
        assert_eq!(next.base, yuan(1320));
        assert_eq!((next.fees[1].due, next.fees[1].fee), (date(2029, 1, 1), yuan(1452)));
        assert_eq!((next.price, next.expected_cost), (yuan(2772), yuan(700)));
        assert_eq!(contract_year(start, date(2027, 12, 31)), 2);
        assert_eq!(contract_year(start, end), 3);
    }

    #[test]
    fn an_index_goes_on_over_the_renewal() {
        let yuan = |amount: i64| Money::from_micros(amount * 1_000_000, Currency::CNY);
        let month = |year: i16| date(year, 12, 1);
        let mut terms = Terms::standard(24, CoverageLevel::Full);
        terms.annual_escalation = Decimal::new(2, 2);
        terms.index = Some(IndexClause {
            index: "cn-ppi".to_owned(),
            base_month: month(2025),
            floor: Decimal::ZERO,
            cap: Decimal::new(5, 2),
            lead: 0,
        });
        let start = date(2026, 1, 1);
        let mut agreement = Agreement {
            terms,
            assets: vec![asset("a")],
            base: yuan(1000),
            fees: Vec::new(),
            price: yuan(0),
            expected_cost: yuan(0),
            salesperson: String::new(),
            renewal_of: String::new(),
            notice: None,
            suspensions: Vec::new(),
        };
        let mut series =
            Series::from([(month(2025), Decimal::from(100)), (month(2026), Decimal::from(103))]);
        agreement.publish(&series, start).unwrap();
        assert_eq!((agreement.fees[1].fee, agreement.price), (yuan(1030), yuan(2030)));
        let next = |agreement: &Agreement| {
            let end = date(2028, 1, 1);
            agreement.next_term(&[], (start, end), yuan(0), String::new()).unwrap()
        };
        // The value of December 2027 is not there yet: 2 % are expected, and said to be provisional.
        let mut first = next(&agreement);
        let fees = |agreement: &Agreement| -> Vec<String> {
            agreement.fees.iter().map(|fee| fee.fee.amount().normalize().to_string()).collect()
        };
        assert_eq!(fees(&first), ["1050.6", "1071.61"]);
        assert!(first.terms.provisional(1) && first.terms.provisional(2));
        // 10 % more in December 2027 is held at 5 %; the renewed contract learns it when it is published, as if it had been
        // there before.
        series.insert(month(2027), Decimal::new(1133, 1));
        agreement.publish(&series, start).unwrap();
        first.publish(&series, date(2028, 1, 1)).unwrap();
        assert_eq!(fees(&first), ["1081.5", "1103.13"]);
        assert_eq!(fees(&next(&agreement)), fees(&first));
        assert!(!first.terms.provisional(1) && first.terms.provisional(2));
    }
}
