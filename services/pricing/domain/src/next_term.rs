//! The price of the next term: what the class and the contract's own experience make of it, within bounds on its change.

use crate::credibility::{Blend, FULL_CREDIBILITY, Method, partial_credibility};
use crate::quote::QuoteInput;
use aftercare_kernel::money::{Money, MoneyError};
use rust_decimal::Decimal;

/// A single piece of work counts at most as much as so many mean failures: one bad day does not set a price. Of lognormal
/// repair costs with a coefficient of variation of 1, less than 1 % of the mean lies beyond.
pub const LARGE_LOSS: f64 = 10.0;

/// Cost of pieces of work, each capped, and how many were.
#[must_use]
pub fn capped(costs: &[f64], mean_failure: f64) -> (f64, usize) {
    let cap = LARGE_LOSS * mean_failure;
    if cap <= 0.0 {
        return (costs.iter().sum(), 0);
    }
    let over = costs.iter().filter(|cost| **cost > cap).count();
    (costs.iter().map(|cost| cost.min(cap)).sum(), over)
}

/// The next term with failures at the blended factor: each machine's own history gives way to the contract's, so that nothing
/// counts twice.
#[must_use]
pub fn with_experience(mut input: QuoteInput, factor: f64) -> QuoteInput {
    for asset in &mut input.portfolio.assets {
        asset.frailty.mean = factor.max(0.0);
    }
    input
}

/// A price within bounds around what the term would cost unchanged.
///
/// # Errors
/// [`MoneyError`] for mixed currencies or an amount out of range.
pub fn bounded(
    wanted: Money,
    unchanged: Money,
    max_change: Decimal,
) -> Result<(Money, bool), MoneyError> {
    let low = unchanged.times(Decimal::ONE - max_change)?;
    let high = unchanged.times(Decimal::ONE + max_change)?;
    // The difference is only taken to refuse mixed currencies.
    wanted.checked_sub(low)?;
    Ok(if wanted.amount() < low.amount() {
        (low, true)
    } else if wanted.amount() > high.amount() {
        (high, true)
    } else {
        (wanted, false)
    })
}

/// Why a price is proposed, for a person; with the failures of the contract and of its class.
#[must_use]
pub fn reason(
    blend: &Blend,
    (failures, class_failures): (f64, f64),
    price: Money,
    unchanged: Money,
    bounded: bool,
) -> String {
    let weighed = match blend.method {
        Method::NoExperience => {
            format!(
                "there is no experience yet: its class stands at {} of what was expected",
                percent(blend.class)
            )
        }
        Method::BuhlmannStraub if blend.credibility <= 0.0 => format!(
            "its cost was {} of what was expected, but contracts of its class differ no more than chance makes them: the class counts alone, at {}",
            percent(blend.own),
            percent(blend.class)
        ),
        Method::BuhlmannStraub => format!(
            "its cost was {} of what was expected, its class stands at {}; its own experience counts {}",
            percent(blend.own),
            percent(blend.class),
            percent(blend.credibility)
        ),
        Method::GammaPoisson => format!(
            "it failed {} as often as was expected; there is no class to compare with, so its own experience counts {} against the prior",
            percent(blend.own),
            percent(blend.credibility)
        ),
        Method::LimitedFluctuation => format!(
            "its cost was {} of what was expected, and its failures are so many that it stands alone",
            percent(blend.own)
        ),
    };
    let counted = match blend.method {
        Method::GammaPoisson | Method::LimitedFluctuation => String::new(),
        Method::BuhlmannStraub | Method::NoExperience => format!(
            ", and its class {class_failures:.0}, which counts {} beside what was expected",
            percent(partial_credibility(class_failures))
        ),
    };
    let standard = format!(
        "full credibility takes {FULL_CREDIBILITY:.0} failures (within 5 % with a probability of 90 %): it has had {failures:.0}{counted}"
    );
    let change = (price.amount() - unchanged.amount()).checked_div(unchanged.amount());
    let change = change.unwrap_or_default() * Decimal::ONE_HUNDRED;
    let held = if bounded { ", held by the bounds on change" } else { "" };
    format!(
        "{weighed}; {standard}. Next term at {} of what was expected: {price}, {:+.1} % against {unchanged} at unchanged terms{held}",
        percent(blend.factor),
        change.round_dp(1)
    )
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credibility::{Structure, Year, blend};
    use aftercare_kernel::currency::Currency;

    fn yuan(amount: i64) -> Money {
        Money::from_micros(amount * 1_000_000, Currency::CNY)
    }

    #[test]
    fn one_bad_day_counts_as_much_as_ten_failures() {
        assert_eq!(capped(&[500.0, 2_000.0, 90_000.0], 1_000.0), (12_500.0, 1));
        assert_eq!(capped(&[500.0], 0.0), (500.0, 0));
        assert_eq!(capped(&[], 1_000.0), (0.0, 0));
    }

    #[test]
    fn a_price_stays_within_its_bounds() {
        let share = Decimal::new(15, 2);
        for (wanted, price, held) in
            [(1100, 1100, false), (1300, 1150, true), (700, 850, true), (850, 850, false)]
        {
            assert_eq!(bounded(yuan(wanted), yuan(1000), share), Ok((yuan(price), held)));
        }
        assert!(bounded(Money::zero(Currency::EUR), yuan(1), share).is_err());
    }

    #[test]
    fn the_reason_says_what_counted() {
        let class = Structure { mean: 1.0, within: 100.0, between: 1.0 };
        let years = [Year { weight: 300.0, ratio: 1.4 }];
        let found = blend(&years, (0.0, 0.0), Some(&class), 4.0);
        let said = reason(&found, (9.0, 271.0), yuan(1150), yuan(1000), true);
        for part in [
            "140 %",
            "counts 75 %",
            "at 130 %",
            "+15.0 %",
            "held by the bounds",
            "takes 1082 failures",
            "it has had 9, and its class 271, which counts 50 %",
        ] {
            assert!(said.contains(part), "{part} in {said}");
        }
        let alone = blend(&years, (1200.0, 1000.0), Some(&class), 4.0);
        let said = reason(&alone, (1200.0, 1300.0), yuan(1150), yuan(1000), false);
        assert!(said.contains("stands alone; full credibility takes 1082"), "{said}");
    }
}
