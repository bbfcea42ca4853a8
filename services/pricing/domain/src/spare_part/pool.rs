//! The money of a spare-part pool: written down straight-line over its support life, capped, and projected by month; and the
//! provision that is booked with a sale.

use aftercare_kernel::money::{Money, MoneyError};
use aftercare_kernel::share::Share;
use jiff::ToSpan;
use jiff::civil::Date;
use rust_decimal::Decimal;

/// A pool as it was bought and as it grows.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    /// What it was bought for, at least 0.
    pub cost: Money,
    /// Months over which it is written down, at least 1.
    pub life_months: u32,
    /// What is recovered at the end of its life, at most its cost.
    pub residual: Money,
    /// When it was bought; the month counts as a whole.
    pub purchased: Date,
    /// What is bought in each month after, with the same life and the same share recovered.
    pub monthly_purchases: Money,
    /// Most book value; what is over it is written down at once.
    pub cap: Option<Money>,
    /// All of the company's inventory.
    pub inventory: Option<Money>,
}

/// A month of a pool.
#[derive(Debug, Clone, PartialEq)]
pub struct Month {
    /// Its first day.
    pub start: Date,
    /// What is bought in it.
    pub purchases: Money,
    /// What is written down in it, what is over the cap included.
    pub write_down: Money,
    /// What was over the cap.
    pub over_cap: Money,
    /// Book value at its end.
    pub book: Money,
    /// Value at its end if nothing were ever written down.
    pub tied_up: Money,
}

impl Month {
    /// Profit that would not be real if nothing were written down.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`].
    pub fn unreal_profit(&self) -> Result<Money, MoneyError> {
        self.tied_up.checked_sub(self.book)
    }
}

/// The most book value that a share of the last three closed years' cost of sales allows.
///
/// # Errors
/// [`MoneyError`] for mixed currencies or an amount out of range.
pub fn cap(share: Share, cost_of_sales: &[Money; 3]) -> Result<Money, MoneyError> {
    let [first, second, third] = *cost_of_sales;
    first.checked_add(second)?.checked_add(third)?.times(share.get())
}

/// An amount as a share of the inventory; none without an inventory.
#[must_use]
pub fn inventory_share(amount: Money, inventory: Option<Money>) -> Option<Decimal> {
    let inventory = inventory.filter(|inventory| inventory.amount() > Decimal::ZERO)?;
    Some((amount.amount() / inventory.amount()).round_dp(9))
}

/// What is set aside with sales: rate = expected cost / sales, and the amount, which is the expected cost.
///
/// # Errors
/// [`MoneyError::MixedCurrency`]; [`MoneyError::BadWeights`] without sales to set aside from.
pub fn provision(sales: Money, expected_cost: Money) -> Result<(Decimal, Money), MoneyError> {
    sales.checked_add(expected_cost)?;
    if sales.amount() <= Decimal::ZERO || expected_cost.amount() < Decimal::ZERO {
        return Err(MoneyError::BadWeights);
    }
    let rate = (expected_cost.amount() / sales.amount()).round_dp(9);
    Ok((rate, Money::rounded(expected_cost.amount(), expected_cost.currency())?))
}

/// What was bought in one month.
struct Layer {
    cost: Money,
    residual: Money,
    /// Months of its life that have passed.
    age: u32,
    book: Money,
}

impl Layer {
    /// Writes a month down: the rounded cumulative part, so that the last month takes what rounding left.
    fn age_by_a_month(&mut self, life: u32) -> Result<Money, MoneyError> {
        let depreciable = self.cost.checked_sub(self.residual)?;
        let until =
            |month: u32| depreciable.times(Decimal::from(month.min(life)) / Decimal::from(life));
        let due = until(self.age + 1)?.checked_sub(until(self.age)?)?;
        self.age += 1;
        // What the cap took is not written down again.
        let left = self.book.checked_sub(self.residual)?;
        let taken = if left.amount() < due.amount() { floor_at_zero(left) } else { due };
        self.book = self.book.checked_sub(taken)?;
        Ok(taken)
    }
}

fn floor_at_zero(money: Money) -> Money {
    if money.amount() < Decimal::ZERO { Money::zero(money.currency()) } else { money }
}

impl Pool {
    /// Month by month from its purchase to the month in which a day lies. Purchases are exact: what was bought is what is left
    /// in the books and what was written down.
    ///
    /// # Errors
    /// [`MoneyError`] for mixed currencies or an amount out of range.
    pub fn project(&self, until: Date) -> Result<Vec<Month>, MoneyError> {
        let zero = Money::zero(self.cost.currency());
        let mut layers: Vec<Layer> = Vec::new();
        let mut months = Vec::new();
        let mut tied_up = zero;
        let mut start = self.purchased.first_of_month();
        while start <= until {
            let bought = if months.is_empty() { self.cost } else { self.monthly_purchases };
            tied_up = tied_up.checked_add(bought)?;
            layers.push(self.layer(bought)?);
            let mut write_down = zero;
            for layer in &mut layers {
                write_down = write_down.checked_add(layer.age_by_a_month(self.life_months)?)?;
            }
            let over_cap = self.enforce_cap(&mut layers)?;
            let book = layers.iter().try_fold(zero, |sum, layer| sum.checked_add(layer.book))?;
            months.push(Month {
                start,
                purchases: bought,
                write_down: write_down.checked_add(over_cap)?,
                over_cap,
                book,
                tied_up,
            });
            let Ok(next) = start.checked_add(1.month()) else { break };
            start = next;
        }
        Ok(months)
    }

    fn layer(&self, bought: Money) -> Result<Layer, MoneyError> {
        let share = match self.cost.amount() {
            cost if cost.is_zero() => Decimal::ZERO,
            cost => self.residual.amount() / cost,
        };
        Ok(Layer { cost: bought, residual: bought.times(share)?, age: 0, book: bought })
    }

    /// Takes what is over the cap from what was bought first.
    fn enforce_cap(&self, layers: &mut [Layer]) -> Result<Money, MoneyError> {
        let zero = Money::zero(self.cost.currency());
        let Some(cap) = self.cap else { return Ok(zero) };
        let book = layers.iter().try_fold(zero, |sum, layer| sum.checked_add(layer.book))?;
        let over = floor_at_zero(book.checked_sub(cap)?);
        let mut left = over;
        for layer in layers {
            let taken = if layer.book.amount() < left.amount() { layer.book } else { left };
            layer.book = layer.book.checked_sub(taken)?;
            left = left.checked_sub(taken)?;
        }
        over.checked_sub(left)
    }
}

#[cfg(test)]
mod tests;
