//! Compensation: the injured share a deduction and the maker's fund by their losses, exactly to the minor unit.

use crate::network::DistributorId;
use aftercare_kernel::fault::{Class, Fault};
use aftercare_kernel::money::{Money, MoneyError};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// One injured distributor's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompensationShare {
    /// Who is paid.
    pub distributor: DistributorId,
    /// Its estimated loss.
    pub loss: Money,
    /// What it is paid.
    pub amount: Money,
    /// Part of that which the deduction pays.
    pub from_deduction: Money,
    /// Part of that which the fund pays.
    pub from_fund: Money,
}

/// How the injured are made whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compensation {
    /// By distributor.
    pub shares: Vec<CompensationShare>,
    /// In all.
    pub total: Money,
    /// Paid out of the deduction.
    pub from_deduction: Money,
    /// Paid by the fund.
    pub from_fund: Money,
}

/// Why nothing can be shared out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompensationError {
    /// Nobody lost anything that is known.
    #[error("no injured distributor has a known loss")]
    NoLoss,
    /// A sum that does not add up, or an amount that is negative.
    #[error(
        "the shares do not sum to the total, or one of them is negative or larger than its parts"
    )]
    Unbalanced,
    /// Amounts that do not go together.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl Fault for CompensationError {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        match self {
            Self::NoLoss => "COMPENSATION_NO_LOSS",
            Self::Unbalanced => "COMPENSATION_UNBALANCED",
            Self::Money(_) => "COMPENSATION_AMOUNTS",
        }
    }
}

/// Pays losses out of the deduction first, then out of the fund up to its limit; by loss, largest remainder.
///
/// # Errors
/// [`CompensationError`].
pub fn compensate(
    losses: &[(DistributorId, Money)],
    deduction: Money,
    fund_limit: Money,
) -> Result<Compensation, CompensationError> {
    let zero = Money::zero(deduction.currency());
    let mut lost = zero;
    for (_, loss) in losses {
        lost = lost.checked_add(*loss)?;
    }
    if lost.amount() <= Decimal::ZERO
        || losses.iter().any(|(_, loss)| loss.amount().is_sign_negative())
    {
        return Err(CompensationError::NoLoss);
    }
    let at_most = positive(deduction).checked_add(positive(fund_limit))?;
    let total = if at_most.amount() < lost.amount() { at_most } else { lost };
    let from_deduction =
        if deduction.amount() < total.amount() { positive(deduction) } else { total };
    let weights: Vec<Decimal> = losses.iter().map(|(_, loss)| loss.amount()).collect();
    let amounts = total.allocate(&weights)?;
    let deducted = if total.amount().is_zero() {
        vec![zero; amounts.len()]
    } else {
        from_deduction.allocate(&amounts.iter().map(Money::amount).collect::<Vec<_>>())?
    };
    let mut shares = Vec::with_capacity(losses.len());
    for (((distributor, loss), amount), from_deduction) in losses.iter().zip(amounts).zip(deducted)
    {
        let from_fund = amount.checked_sub(from_deduction)?;
        shares.push(CompensationShare {
            distributor: distributor.clone(),
            loss: *loss,
            amount,
            from_deduction,
            from_fund,
        });
    }
    let from_fund = total.checked_sub(from_deduction)?;
    Ok(Compensation { shares, total, from_deduction, from_fund })
}

fn positive(money: Money) -> Money {
    if money.amount().is_sign_negative() { Money::zero(money.currency()) } else { money }
}

impl Compensation {
    /// Checks a compensation that a person entered: every sum must hold exactly.
    ///
    /// # Errors
    /// [`CompensationError::Unbalanced`], [`CompensationError::Money`].
    pub fn check(&self) -> Result<(), CompensationError> {
        let zero = Money::zero(self.total.currency());
        let (mut total, mut deducted, mut funded) = (zero, zero, zero);
        for share in &self.shares {
            let parts = share.from_deduction.checked_add(share.from_fund)?;
            let negative =
                [share.from_deduction, share.from_fund].iter().any(|m| m.amount() < Decimal::ZERO);
            if parts != share.amount || negative {
                return Err(CompensationError::Unbalanced);
            }
            total = total.checked_add(share.amount)?;
            deducted = deducted.checked_add(share.from_deduction)?;
            funded = funded.checked_add(share.from_fund)?;
        }
        let whole =
            total == self.total && deducted == self.from_deduction && funded == self.from_fund;
        if whole { Ok(()) } else { Err(CompensationError::Unbalanced) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aftercare_kernel::currency::Currency;
    use proptest::prelude::*;

    fn cny(cents: i64) -> Money {
        Money::new(Decimal::new(cents, 2), Currency::CNY).unwrap()
    }

    fn losses(cents: &[i64]) -> Vec<(DistributorId, Money)> {
        let id = |i: usize| DistributorId::parse(&format!("d{i}")).unwrap();
        cents.iter().enumerate().map(|(i, c)| (id(i), cny(*c))).collect()
    }

    #[test]
    fn the_deduction_pays_first_and_the_fund_up_to_its_limit() {
        // Losses 300.00 and 100.00; deduction 200.00, fund at most 100.00: 300.00 in all, three to one.
        let paid = compensate(&losses(&[30_000, 10_000]), cny(20_000), cny(10_000)).unwrap();
        assert_eq!(
            (paid.total, paid.from_deduction, paid.from_fund),
            (cny(30_000), cny(20_000), cny(10_000))
        );
        assert_eq!(paid.shares[0].amount, cny(22_500));
        assert_eq!(paid.shares[1].from_deduction, cny(5_000));
    }

    #[test]
    fn nobody_gets_more_than_was_lost_and_nothing_needs_a_loss() {
        let paid = compensate(&losses(&[100, 50]), cny(10_000), cny(0)).unwrap();
        assert_eq!((paid.total, paid.from_deduction), (cny(150), cny(150)));
        assert_eq!(compensate(&[], cny(100), cny(0)), Err(CompensationError::NoLoss));
    }

    proptest! {
        #[test]
        fn shares_sum_exactly_and_no_part_is_negative(
            lost in prop::collection::vec(0i64..5_000_000, 1..12), deduction in 0i64..8_000_000, fund in 0i64..8_000_000,
        ) {
            prop_assume!(lost.iter().any(|c| *c > 0));
            let paid = compensate(&losses(&lost), cny(deduction), cny(fund)).unwrap();
            prop_assert_eq!(paid.check(), Ok(()));
            for share in &paid.shares {
                prop_assert!(share.amount.amount() <= share.loss.amount() + Decimal::new(1, 2));
            }
        }
    }
}
