//! One-off changes of a pool's value: written down to what it would still fetch, and written back, where the rules allow it.

use super::{Layer, Pool, book, floor_at_zero, take};
use aftercare_kernel::fault::{Class, Fault};
use aftercare_kernel::money::{Money, MoneyError};
use jiff::civil::Date;

aftercare_kernel::words! {
    /// By whose rules the books are kept.
    Framework {
        /// International: a write-down is reversed when its cause is gone, up to what was written down (IAS 2.33).
        Ifrs = "IFRS",
        /// United States: what was written down is the new cost and never comes back (ASC 330-10-35-14).
        UsGaap = "US_GAAP",
        /// China: reversed within the provision that was made (CAS 1, article 19).
        Cas = "CAS",
    }
}

impl Framework {
    /// Whether a write-down may be reversed.
    #[must_use]
    pub const fn reverses(self) -> bool {
        match self {
            Self::Ifrs | Self::Cas => true,
            Self::UsGaap => false,
        }
    }
}

aftercare_kernel::words! {
    /// Which way an adjustment goes.
    Kind {
        /// Down, against profit.
        WriteDown = "WRITE_DOWN",
        /// Back, of what was written down beyond the straight line.
        Reversal = "REVERSAL",
    }
}

/// A one-off change of a pool's value.
#[derive(Debug, Clone, PartialEq)]
pub struct Adjustment {
    /// Which way.
    pub kind: Kind,
    /// When; it counts at the end of its month.
    pub day: Date,
    /// How much, above 0, in the pool's currency.
    pub amount: Money,
}

/// Why a pool cannot be projected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// An amount beyond what money can hold.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// An adjustment that cannot be.
    #[error(transparent)]
    Adjustment(#[from] AdjustmentError),
}

/// Why an adjustment cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdjustmentError {
    /// The framework forbids it, or none is named.
    #[error("{} allows no reversal of a write-down", framework.map_or("a pool without an accounting framework", Framework::as_str))]
    ReversalNotAllowed {
        /// By whose rules.
        framework: Option<Framework>,
    },
    /// More comes back than was written down beyond the straight line.
    #[error(
        "at most {most} can be reversed on {day}: what was written down beyond the straight line"
    )]
    ReversalOverWriteDown {
        /// When.
        day: Date,
        /// The most.
        most: Money,
    },
    /// The book value would be over the cap.
    #[error("at most {most} can be reversed on {day}: the cap allows no more book value")]
    ReversalOverCap {
        /// When.
        day: Date,
        /// The most.
        most: Money,
    },
    /// More is written down than there is.
    #[error("at most {book} can be written down on {day}: the book value")]
    WriteDownOverBookValue {
        /// When.
        day: Date,
        /// The book value.
        book: Money,
    },
}

/// A refusal with the pool that it is about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
pub struct Refused {
    /// `sparePools/{spare_pool}`.
    pub pool: String,
    /// Why.
    pub cause: AdjustmentError,
}

impl Fault for Refused {
    fn class(&self) -> Class {
        Class::Precondition
    }

    fn reason(&self) -> &'static str {
        match &self.cause {
            AdjustmentError::ReversalNotAllowed { .. } => "REVERSAL_NOT_ALLOWED",
            AdjustmentError::ReversalOverWriteDown { .. } => "REVERSAL_OVER_WRITE_DOWN",
            AdjustmentError::ReversalOverCap { .. } => "REVERSAL_OVER_CAP",
            AdjustmentError::WriteDownOverBookValue { .. } => "WRITE_DOWN_OVER_BOOK_VALUE",
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match &self.cause {
            AdjustmentError::ReversalNotAllowed { framework } => {
                vec![("framework", framework.map_or("", Framework::as_str).to_owned())]
            }
            AdjustmentError::ReversalOverWriteDown { day, most }
            | AdjustmentError::ReversalOverCap { day, most } => {
                vec![("day", day.to_string()), ("most", most.to_string())]
            }
            AdjustmentError::WriteDownOverBookValue { day, book } => {
                vec![("day", day.to_string()), ("book", book.to_string())]
            }
        }
    }

    fn subject(&self) -> String {
        self.pool.clone()
    }
}

impl Pool {
    /// What the adjustments of a month wrote down, and back.
    pub(super) fn adjust(
        &self,
        layers: &mut [Layer],
        month: Date,
    ) -> Result<(Money, Money), PoolError> {
        let zero = Money::zero(self.cost.currency());
        let (mut down, mut back) = (zero, zero);
        let of_month = |adjustment: &&Adjustment| adjustment.day.first_of_month() == month;
        for Adjustment { kind, day, amount } in self.adjustments.iter().filter(of_month) {
            let (day, amount) = (*day, *amount);
            match kind {
                Kind::WriteDown => {
                    let book = book(layers, zero)?;
                    if amount.amount() > book.amount() {
                        return Err(AdjustmentError::WriteDownOverBookValue { day, book }.into());
                    }
                    take(layers, amount)?;
                    down = down.checked_add(amount)?;
                }
                Kind::Reversal => {
                    self.may_reverse(layers, (day, amount))?;
                    self.give_back(layers, amount)?;
                    back = back.checked_add(amount)?;
                }
            }
        }
        Ok((down, back))
    }

    fn may_reverse(&self, layers: &[Layer], (day, amount): (Date, Money)) -> Result<(), PoolError> {
        let framework = self.framework;
        if !framework.is_some_and(Framework::reverses) {
            return Err(AdjustmentError::ReversalNotAllowed { framework }.into());
        }
        let zero = Money::zero(self.cost.currency());
        let most = layers
            .iter()
            .try_fold(zero, |sum, layer| sum.checked_add(layer.reversible(self.life_months)?))?;
        if amount.amount() > most.amount() {
            return Err(AdjustmentError::ReversalOverWriteDown { day, most }.into());
        }
        if let Some(cap) = self.cap {
            let most = floor_at_zero(cap.checked_sub(book(layers, zero)?)?);
            if amount.amount() > most.amount() {
                return Err(AdjustmentError::ReversalOverCap { day, most }.into());
            }
        }
        Ok(())
    }

    /// To what was bought last first: write-downs took it from there last.
    fn give_back(&self, layers: &mut [Layer], amount: Money) -> Result<(), MoneyError> {
        let mut left = amount;
        for layer in layers.iter_mut().rev() {
            let room = layer.reversible(self.life_months)?;
            let given = if room.amount() < left.amount() { room } else { left };
            layer.book = layer.book.checked_add(given)?;
            left = left.checked_sub(given)?;
        }
        Ok(())
    }
}
