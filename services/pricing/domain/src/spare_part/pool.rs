//! The money of a spare-part pool: written down straight-line over its support life, adjusted in value, capped, and projected
//! by month; and the provision that is booked with a sale.

use aftercare_kernel::money::{Money, MoneyError};
use aftercare_kernel::share::Share;
use jiff::ToSpan;
use jiff::civil::Date;
use rust_decimal::Decimal;

mod adjustment;
pub use adjustment::{Adjustment, AdjustmentError, Framework, Kind, PoolError, Refused};

aftercare_kernel::words! {
    /// What of the last three closed years' cost of sales a cap is a share of.
    Basis {
        /// Of their sum.
        Sum = "SUM",
        /// Of the mean year.
        Mean = "MEAN",
    }
}

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
    /// By whose rules the books are kept; without it no write-down is reversed.
    pub framework: Option<Framework>,
    /// One-off changes of its value, in the order of their days.
    pub adjustments: Vec<Adjustment>,
}

/// A month of a pool.
#[derive(Debug, Clone, PartialEq)]
pub struct Month {
    /// Its first day.
    pub start: Date,
    /// What is bought in it.
    pub purchases: Money,
    /// What is written down in it, adjustments and what is over the cap included.
    pub write_down: Money,
    /// What adjustments wrote down.
    pub adjusted: Money,
    /// What adjustments wrote back.
    pub reversal: Money,
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

/// What a cap is a share of.
///
/// # Errors
/// [`MoneyError`] for mixed currencies or an amount out of range.
pub fn cost_of_sales(basis: Basis, years: &[Money; 3]) -> Result<Money, MoneyError> {
    let [first, second, third] = *years;
    let sum = first.checked_add(second)?.checked_add(third)?;
    match basis {
        Basis::Sum => Ok(sum),
        Basis::Mean => Money::rounded(sum.amount() / Decimal::from(3), sum.currency()),
    }
}

/// The most book value that a share of the last three closed years' cost of sales allows.
///
/// # Errors
/// As [`cost_of_sales`].
pub fn cap(share: Share, basis: Basis, years: &[Money; 3]) -> Result<Money, MoneyError> {
    cost_of_sales(basis, years)?.times(share.get())
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
        let before = self.straight_line(life)?;
        self.age += 1;
        let due = before.checked_sub(self.straight_line(life)?)?;
        // What the cap took is not written down again.
        let left = self.book.checked_sub(self.residual)?;
        let taken = if left.amount() < due.amount() { floor_at_zero(left) } else { due };
        self.book = self.book.checked_sub(taken)?;
        Ok(taken)
    }

    /// Its value if nothing but the straight line had ever been written down.
    fn straight_line(&self, life: u32) -> Result<Money, MoneyError> {
        let depreciable = self.cost.checked_sub(self.residual)?;
        let past = Decimal::from(self.age.min(life)) / Decimal::from(life);
        self.cost.checked_sub(depreciable.times(past)?)
    }

    /// What was written down beyond the straight line and can come back.
    fn reversible(&self, life: u32) -> Result<Money, MoneyError> {
        Ok(floor_at_zero(self.straight_line(life)?.checked_sub(self.book)?))
    }
}

fn book(layers: &[Layer], zero: Money) -> Result<Money, MoneyError> {
    layers.iter().try_fold(zero, |sum, layer| sum.checked_add(layer.book))
}

/// Takes an amount of at most the book value from what was bought first.
fn take(layers: &mut [Layer], amount: Money) -> Result<(), MoneyError> {
    let mut left = amount;
    for layer in layers {
        let taken = if layer.book.amount() < left.amount() { layer.book } else { left };
        layer.book = layer.book.checked_sub(taken)?;
        left = left.checked_sub(taken)?;
    }
    Ok(())
}

fn floor_at_zero(money: Money) -> Money {
    if money.amount() < Decimal::ZERO { Money::zero(money.currency()) } else { money }
}

impl Pool {
    /// Month by month from its purchase to the month in which a day lies. In a month comes first what is bought, then the
    /// straight line, adjustments, and the cap. Purchases are exact: what was bought is what is left in the books and what was
    /// written down and not written back.
    ///
    /// # Errors
    /// [`PoolError`] for an adjustment that cannot be, mixed currencies or an amount out of range.
    pub fn project(&self, until: Date) -> Result<Vec<Month>, PoolError> {
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
            let (adjusted, reversal) = self.adjust(&mut layers, start)?;
            let over_cap = self.enforce_cap(&mut layers)?;
            months.push(Month {
                start,
                purchases: bought,
                write_down: write_down.checked_add(adjusted)?.checked_add(over_cap)?,
                adjusted,
                reversal,
                over_cap,
                book: book(&layers, zero)?,
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
        let over = floor_at_zero(book(layers, zero)?.checked_sub(cap)?);
        take(layers, over)?;
        Ok(over)
    }
}

#[cfg(test)]
mod tests;
