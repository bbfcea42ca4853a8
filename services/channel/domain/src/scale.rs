//! How large a diversion is: units with an interval, their value, and what the injured lose.
//!
//! Not every unit is ever seen. Which part is, the scan rate, is learnt from a cohort of honest units that were shipped
//! long enough ago to have been sold: `seen` of them were seen, `unseen` were not. With a uniform prior on the rate and one
//! proportional to 1/D on the number D of diverted units (so that cells add up), the units behind `x` seen ones are
//! x + K, K beta-negative-binomial (x, seen + 1, unseen + 1).

use crate::network::{DistributorId, ProductId};
use crate::pattern::ln_beta;
use aftercare_kernel::money::{Money, MoneyError};
use aftercare_kernel::region::RegionCode;
use serde::{Deserialize, Serialize};

/// Honest units by whether they were ever seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cohort {
    /// Seen at least once.
    pub seen: u64,
    /// Never seen.
    pub unseen: u64,
}

/// An estimated count.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Units {
    /// Expected units.
    pub expected: f64,
    /// 5 % quantile.
    pub low: u64,
    /// 95 % quantile.
    pub high: u64,
}

/// Longest series that is summed; beyond it the interval says "at least".
const LONGEST: usize = 4_000_000;

/// Units behind `seen` ones, never more than `most`.
#[must_use]
pub fn estimate(seen: u64, cohort: Cohort, most: u64) -> Units {
    if seen == 0 {
        return Units::default();
    }
    let most = most.max(seen);
    let (alpha, beta) = (float(cohort.seen) + 1.0, float(cohort.unseen) + 1.0);
    let x = float(seen);
    let mut ln_term = ln_beta(alpha + x, beta) - ln_beta(alpha, beta);
    let mut greatest = ln_term;
    let mut series = vec![ln_term];
    for k in 0..(most - seen) {
        if series.len() >= LONGEST || ln_term < greatest - 45.0 {
            break;
        }
        let k = float(k);
        ln_term += ((x + k) * (beta + k) / ((k + 1.0) * (alpha + x + beta + k))).ln();
        greatest = greatest.max(ln_term);
        series.push(ln_term);
    }
    let weights: Vec<f64> = series.iter().map(|ln| (ln - greatest).exp()).collect();
    let total: f64 = weights.iter().sum();
    let mean: f64 = weights.iter().zip(0u64..).map(|(w, k)| w * float(k)).sum::<f64>() / total;
    let quantile = |level: f64| {
        let mut sum = 0.0;
        let at = weights.iter().position(|weight| {
            sum += weight;
            sum >= level * total
        });
        seen + at.unwrap_or(weights.len().saturating_sub(1)) as u64
    };
    Units { expected: x + mean, low: quantile(0.05), high: quantile(0.95) }
}

/// What is known of one region and product.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionFacts {
    /// Where.
    pub region: RegionCode,
    /// Which product.
    pub product: ProductId,
    /// Units shipped to the accused in the window.
    pub shipped: u64,
    /// Distinct units of the accused seen anywhere in the window.
    pub seen: u64,
    /// Distinct units seen here out of territory.
    pub seen_out: u64,
    /// Price at list.
    pub list_price: Option<Money>,
    /// Prices seen here.
    pub prices: Vec<Money>,
    /// Whose exclusive region it is.
    pub injured: Option<DistributorId>,
    /// What a distributor earns on a unit.
    pub margin: Option<Money>,
}

/// One region and product of a scale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegionScale {
    /// Where.
    pub region: RegionCode,
    /// Which product.
    pub product: ProductId,
    /// Units shipped to the accused in the window.
    pub shipped: u64,
    /// Distinct units of the accused seen anywhere.
    pub seen: u64,
    /// Distinct units seen here out of territory.
    pub seen_out: u64,
    /// Units diverted into the region.
    pub diverted: Units,
    /// At list price.
    pub value_at_list: Option<Money>,
    /// At the median price seen.
    pub value_at_seen_price: Option<Money>,
    /// Who is injured.
    pub injured: Option<DistributorId>,
    /// What it lost.
    pub loss: Option<Money>,
}

/// The scale of a diversion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// By region and product, the largest first.
    pub regions: Vec<RegionScale>,
    /// In all.
    pub diverted: Units,
    /// Part of the units shipped to the accused in the window.
    pub diverted_share: f64,
    /// In all, at list; none if a price is missing or currencies differ.
    pub value_at_list: Option<Money>,
    /// In all, of the injured; none if nothing is known of it.
    pub loss: Option<Money>,
    /// What it rests on.
    pub assumptions: Vec<String>,
}

/// Measures a diversion. `cohort` are honest units of the same products; `shipped` are all units of them that the accused
/// got in the window.
///
/// # Errors
/// [`MoneyError::OutOfRange`] for amounts beyond what money can hold.
pub fn measure(facts: &[RegionFacts], cohort: Cohort, shipped: u64) -> Result<Scale, MoneyError> {
    let mut regions = Vec::with_capacity(facts.len());
    for fact in facts.iter().filter(|fact| fact.seen_out > 0) {
        regions.push(region(fact, cohort)?);
    }
    regions.sort_by(|a, b| {
        b.diverted.expected.total_cmp(&a.diverted.expected).then_with(|| a.region.cmp(&b.region))
    });
    let seen_out: u64 = regions.iter().map(|r| r.seen_out).sum();
    let diverted = estimate(seen_out, cohort, shipped);
    let share = if shipped == 0 { 0.0 } else { (diverted.expected / float(shipped)).min(1.0) };
    let rate = float(cohort.seen + 1) / float(cohort.seen + cohort.unseen + 2);
    let mut assumptions = vec![
        format!(
            "{} of {} honest units of the same products that were shipped long enough ago were seen: a scan rate of {:.1} %",
            cohort.seen,
            cohort.seen + cohort.unseen,
            rate * 100.0
        ),
        "diverted units are as likely to be seen as honest ones".to_owned(),
        format!(
            "the accused cannot have diverted more than the {shipped} units shipped to it in the window"
        ),
    ];
    if regions.iter().any(|r| r.value_at_list.is_none()) {
        assumptions
            .push("the list price of a product is not known: its value is left out".to_owned());
    }
    if regions.iter().any(|r| r.injured.is_some() && r.loss.is_none()) {
        assumptions
            .push("the margin of a product is not known: the loss on it is left out".to_owned());
    }
    Ok(Scale {
        diverted,
        diverted_share: share,
        value_at_list: total(regions.iter().map(|r| r.value_at_list)),
        loss: total(regions.iter().filter(|r| r.injured.is_some()).map(|r| r.loss)),
        regions,
        assumptions,
    })
}

fn region(fact: &RegionFacts, cohort: Cohort) -> Result<RegionScale, MoneyError> {
    let diverted = estimate(fact.seen_out, cohort, fact.shipped);
    let times = |price: Option<Money>| {
        price
            .map(|price| Money::from_model(diverted.expected * amount(price), price.currency()))
            .transpose()
    };
    Ok(RegionScale {
        region: fact.region.clone(),
        product: fact.product.clone(),
        shipped: fact.shipped,
        seen: fact.seen,
        seen_out: fact.seen_out,
        diverted,
        value_at_list: times(fact.list_price)?,
        value_at_seen_price: times(median(&fact.prices))?,
        injured: fact.injured.clone(),
        loss: times(fact.margin.filter(|_| fact.injured.is_some()))?,
    })
}

/// The sum of amounts that are all known and of one currency.
fn total(amounts: impl Iterator<Item = Option<Money>>) -> Option<Money> {
    let mut sum: Option<Money> = None;
    for amount in amounts.flatten() {
        sum = Some(match sum {
            None => amount,
            Some(sum) => sum.checked_add(amount).ok()?,
        });
    }
    sum
}

/// The lower median; none if currencies differ.
fn median(prices: &[Money]) -> Option<Money> {
    let currency = prices.first()?.currency();
    if prices.iter().any(|price| price.currency() != currency) {
        return None;
    }
    let mut sorted = prices.to_vec();
    sorted.sort_by_key(Money::amount);
    sorted.get((sorted.len() - 1) / 2).copied()
}

/// Losses by injured distributor, in the order of their ids.
///
/// # Errors
/// [`MoneyError::MixedCurrency`] if one lost in two currencies.
pub fn losses(scale: &Scale) -> Result<Vec<(DistributorId, Money)>, MoneyError> {
    let mut found: std::collections::BTreeMap<DistributorId, Money> =
        std::collections::BTreeMap::new();
    for region in &scale.regions {
        if let (Some(injured), Some(loss)) = (&region.injured, region.loss) {
            let sum = match found.get(injured) {
                Some(sum) => sum.checked_add(loss)?,
                None => loss,
            };
            found.insert(injured.clone(), sum);
        }
    }
    Ok(found.into_iter().collect())
}

fn amount(money: Money) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a model's estimate times a price is no exact amount"
    )]
    let micros = money.micros() as f64;
    micros / 1e6
}

#[expect(clippy::cast_precision_loss, reason = "counts of units stay far below 2^53")]
const fn float(units: u64) -> f64 {
    units as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use aftercare_kernel::currency::Currency;
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    #[test]
    fn the_estimate_is_the_beta_negative_binomial_of_scipy() {
        // scipy.stats.betanbinom(x, seen + 1, unseen + 1): x + mean, x + ppf(0.05), x + ppf(0.95).
        for (x, seen, unseen, mean, low, high) in KNOWN {
            let found = estimate(x, Cohort { seen, unseen }, u64::MAX);
            assert!((found.expected - mean).abs() < mean * 1e-6, "{x}: {}", found.expected);
            assert_eq!((found.low, found.high), (low, high), "{x}");
        }
    }

    const KNOWN: [(u64, u64, u64, f64, u64, u64); 4] = [
        (243, 180, 220, 541.35, 480, 610),
        (12, 45, 55, 26.933333333333334, 18, 39),
        (1, 9, 11, 2.333333333333333, 1, 6),
        (3000, 900, 1100, 6670.0, 6368, 6987),
    ];

    fn cny(yuan: i64) -> Money {
        Money::new(Decimal::from(yuan), Currency::CNY).unwrap()
    }

    #[test]
    fn value_and_loss_are_expected_units_times_price_and_margin() {
        let fact = RegionFacts {
            region: RegionCode::parse("360000").unwrap(),
            product: ProductId::parse("p1").unwrap(),
            shipped: 1000,
            seen: 200,
            seen_out: 45,
            list_price: Some(cny(20_000)),
            prices: vec![cny(17_000), cny(16_000), cny(16_500)],
            injured: Some(DistributorId::parse("d2").unwrap()),
            margin: Some(cny(3_000)),
        };
        let cohort = Cohort { seen: 45_000, unseen: 55_000 };
        let scale =
            measure(&[fact.clone(), RegionFacts { seen_out: 0, ..fact }], cohort, 1000).unwrap();
        let [region] = &scale.regions[..] else { panic!("one region") };
        assert!((region.diverted.expected - 100.0).abs() < 0.02, "{}", region.diverted.expected);
        assert_eq!(
            region.value_at_list,
            Some(Money::from_model(region.diverted.expected * 20_000.0, Currency::CNY).unwrap())
        );
        assert_eq!(
            region.value_at_seen_price,
            Some(Money::from_model(region.diverted.expected * 16_500.0, Currency::CNY).unwrap())
        );
        assert_eq!(scale.loss, region.loss);
        assert!((scale.diverted_share - 0.1).abs() < 1e-4);
    }

    proptest! {
        #[test]
        fn an_estimate_lies_between_what_was_seen_and_what_was_shipped(x in 1u64..500, seen in 0u64..500, unseen in 0u64..500, more in 0u64..2000) {
            let found = estimate(x, Cohort { seen, unseen }, x + more);
            prop_assert!(x <= found.low && found.low <= found.high && found.high <= x + more);
            prop_assert!(found.expected >= float(x) && found.expected <= float(x + more) + 1e-9);
        }
    }
}
