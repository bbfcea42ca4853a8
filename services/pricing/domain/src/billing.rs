//! The billing schedule of a contract: fees, amendments, suspensions and an early end, prorated by the day.
//!
//! An amount is spread over a period by its rounded cumulative part, so that the parts of any division of the period add up to
//! the amount exactly.

use crate::agreement::{Agreement, Amendment};
use crate::terms::{PaymentSchedule, Terms};
use aftercare_kernel::money::{Money, MoneyError, Rounding};
use jiff::ToSpan;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A change of the yearly fee from a day on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// From when it holds.
    pub effective: Date,
    /// What it adds to the fee of a full year, at the price level of the contract year in which it begins; may be negative.
    pub annual: Money,
}

/// Why something is billed or credited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChargeKind {
    /// The fee that was agreed.
    Fee,
    /// What an amendment adds or takes.
    Amendment,
    /// Credit for a suspension that is over.
    Suspension,
    /// Credit for the time after an early end.
    EarlyEnd,
}

/// A line of a billing schedule.
#[derive(Debug, Clone, PartialEq)]
pub struct Charge {
    /// The contract year that it is of, 1 for the first.
    pub year: u32,
    /// When it falls due.
    pub due: Date,
    /// Why.
    pub kind: ChargeKind,
    /// The first day, and the first day after, of what it pays for.
    pub period: (Date, Date),
    /// What is due; negative for a credit.
    pub amount: Money,
}

/// An amount that is earned evenly over the days of a period.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Accrual {
    year: u32,
    due: Date,
    kind: ChargeKind,
    /// The amount of the whole period.
    whole: Money,
    period: (Date, Date),
    /// From when it is charged within its period.
    from: Date,
    rounding: Rounding,
}

impl Accrual {
    /// The part of it that was earned before a day, rounded as the terms say.
    fn until(&self, day: Date) -> Result<Money, MoneyError> {
        let (start, end) = self.period;
        let days = |from: Date, to: Date| Decimal::from((to - from).get_days());
        let elapsed = days(start, day.clamp(start, end));
        let exact = self.whole.amount().checked_mul(elapsed).ok_or(MoneyError::OutOfRange)?;
        self.rounding.money(exact / days(start, end), self.whole.currency())
    }

    /// The part of it between two days.
    fn between(&self, from: Date, to: Date) -> Result<Money, MoneyError> {
        let (from, to) = (from.max(self.from), to.min(self.period.1));
        if to <= from {
            return Ok(Money::zero(self.whole.currency()));
        }
        self.until(to)?.checked_sub(self.until(from)?)
    }
}

/// A contract as it is billed.
#[derive(Debug, Clone)]
pub struct Billing {
    accruals: Vec<Accrual>,
    /// Suspensions within the contract; the end of one that lasts is none.
    rests: Vec<(Date, Option<Date>)>,
    end: Date,
    zero: Money,
}

impl Billing {
    /// Of an agreement that began on a day and, unless it ended early, holds for its whole term.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`].
    pub fn of(
        agreement: &Agreement,
        amendments: &[Amendment],
        start: Date,
        early_end: Option<Date>,
    ) -> Result<Self, MoneyError> {
        let terms = &agreement.terms;
        let end = anniversary(start, terms.term_months);
        let mut accruals = Vec::new();
        for fee in &agreement.fees {
            let period = year_of(terms, start, end, fee.year);
            let (year, due, kind) = (fee.year, fee.due, ChargeKind::Fee);
            let (from, rounding) = (period.0, terms.rounding);
            accruals.push(Accrual { year, due, kind, whole: fee.fee, period, from, rounding });
        }
        for amendment in amendments {
            accruals.extend(amended(&amendment.change, terms, start, end)?);
        }
        Ok(Self {
            accruals,
            rests: agreement.suspensions.iter().map(|rest| (rest.from, rest.until)).collect(),
            end: early_end.map_or(end, |early| early.min(end)),
            zero: Money::zero(agreement.price.currency()),
        })
    }

    /// What was earned from one day to before another: by the day, nothing while the contract was suspended.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`].
    pub fn earned(&self, from: Date, to: Date) -> Result<Money, MoneyError> {
        let to = to.min(self.end);
        let mut sum = self.zero;
        for accrual in &self.accruals {
            sum = sum.checked_add(accrual.between(from, to)?)?;
            for (rest, until) in &self.rests {
                let until = until.map_or(to, |until| until.min(to));
                sum = sum.checked_sub(accrual.between((*rest).max(from), until)?)?;
            }
        }
        Ok(sum)
    }

    /// What falls due and what is credited, by due date. The sum is what is earned over the whole contract, unless a
    /// suspension lasts: it is credited when it is over.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`].
    pub fn charges(&self) -> Result<Vec<Charge>, MoneyError> {
        let mut charges = Vec::new();
        for accrual in self.accruals.iter().filter(|accrual| accrual.due < self.end) {
            let last = accrual.period.1;
            charges.push(self.charge(accrual, accrual.kind, accrual.due, (accrual.from, last))?);
            let rests = self.rests.iter().filter_map(|(from, until)| Some((*from, (*until)?)));
            for (from, until) in rests.filter(|(from, _)| *from < self.end) {
                let period = (from, until.min(self.end));
                let due = until.min(self.end).max(accrual.due);
                charges.push(self.charge(accrual, ChargeKind::Suspension, due, period)?);
            }
            let after = (self.end, last);
            charges.push(self.charge(accrual, ChargeKind::EarlyEnd, self.end, after)?);
        }
        charges
            .retain(|charge| !charge.amount.amount().is_zero() || charge.kind == ChargeKind::Fee);
        charges.sort_by_key(|charge| (charge.due, charge.year));
        Ok(charges)
    }

    fn charge(
        &self,
        accrual: &Accrual,
        kind: ChargeKind,
        due: Date,
        (from, to): (Date, Date),
    ) -> Result<Charge, MoneyError> {
        let period = (from.max(accrual.from), to.min(accrual.period.1));
        let amount = accrual.between(period.0, period.1)?;
        let amount = match kind {
            ChargeKind::Fee | ChargeKind::Amendment => amount,
            ChargeKind::Suspension | ChargeKind::EarlyEnd => self.zero.checked_sub(amount)?,
        };
        Ok(Charge { year: accrual.year, due, kind, period, amount })
    }
}

/// What a change adds to each contract year: the part of its first year from its day on, then whole years, escalated.
fn amended(
    change: &Change,
    terms: &Terms,
    start: Date,
    end: Date,
) -> Result<Vec<Accrual>, MoneyError> {
    let mut accruals = Vec::new();
    let (rounding, mut first) = (terms.rounding, None);
    let twelfth = |months: u32| Decimal::from(months) / Decimal::from(12);
    if terms.payment_schedule == PaymentSchedule::Prepaid {
        let whole = rounding.product(change.annual, twelfth(terms.term_months))?;
        let (year, due, period) = (1, change.effective.max(start), (start, end));
        let (kind, from) = (ChargeKind::Amendment, change.effective);
        return Ok(vec![Accrual { year, due, kind, whole, period, from, rounding }]);
    }
    for year in 1..=terms.term_months.div_ceil(12) {
        let period = year_of(terms, start, end, year);
        if period.1 <= change.effective {
            continue;
        }
        let months = (terms.term_months - 12 * (year - 1)).min(12);
        let growth = terms.growth_since(*first.get_or_insert(year), year)?;
        let factor = growth.checked_mul(twelfth(months)).ok_or(MoneyError::OutOfRange)?;
        let from = change.effective.max(period.0);
        let whole = rounding.product(change.annual, factor)?;
        accruals.push(Accrual {
            year,
            due: from,
            kind: ChargeKind::Amendment,
            whole,
            period,
            from,
            rounding,
        });
    }
    Ok(accruals)
}

/// First day, and first day after, of what a year's fee pays for; the whole term when it is prepaid.
fn year_of(terms: &Terms, start: Date, end: Date, year: u32) -> (Date, Date) {
    if terms.payment_schedule == PaymentSchedule::Prepaid {
        return (start, end);
    }
    (anniversary(start, 12 * (year - 1)), anniversary(start, 12 * year).min(end))
}

fn anniversary(start: Date, months: u32) -> Date {
    start.checked_add(i64::from(months).months()).unwrap_or(Date::MAX)
}

#[cfg(test)]
mod tests;
