//! Which machines make the bad outcomes bad.

use super::Line;
use aftercare_kernel::money::{Money, MoneyError};

/// A machine's part of the mean cost of the worst twentieth of outcomes.
#[derive(Debug, Clone, PartialEq)]
pub struct TailPart {
    /// `customers/{customer}/assets/{asset}`.
    pub asset: String,
    /// Its expected failure cost there.
    pub cost: Money,
    /// The same as a share.
    pub share: f64,
}

impl TailPart {
    /// For a person.
    #[must_use]
    pub fn explanation(&self) -> String {
        format!("this machine is {:.0} % of a bad term: {}", 100.0 * self.share, self.cost)
    }
}

/// The worst twentieth of outcomes.
#[derive(Debug, Clone, PartialEq)]
pub struct Tail {
    /// Mean failure cost; none in quotes made before it was kept.
    pub cost: Option<Money>,
    /// By machine, the largest first; they add up to it exactly.
    pub parts: Vec<TailPart>,
}

/// The bad outcomes of a quote's lines.
///
/// # Errors
/// [`MoneyError::OutOfRange`].
pub fn tail(lines: &[Line]) -> Result<Tail, MoneyError> {
    let mut parts: Vec<TailPart> = lines
        .iter()
        .filter_map(|line| {
            Some(TailPart {
                asset: line.asset.clone(),
                cost: line.tail_cost?,
                share: line.tail_share,
            })
        })
        .collect();
    parts.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.asset.cmp(&b.asset)));
    let mut amounts = parts.iter().map(|part| part.cost);
    let cost = match amounts.next() {
        Some(first) => Some(amounts.try_fold(first, Money::checked_add)?),
        None => None,
    };
    Ok(Tail { cost, parts })
}
