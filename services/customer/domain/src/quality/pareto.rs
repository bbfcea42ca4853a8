//! Causes, greatest first: a fold over work orders, so that any number of them passes through.

use aftercare_kernel::currency::Currency;
use aftercare_kernel::money::Money;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// One cause of one work order.
#[derive(Debug, Clone, PartialEq)]
pub struct Cause {
    /// Code of the mode, part or lot; empty if it was not recorded.
    pub key: String,
    /// In words.
    pub display_name: String,
    /// What it cost, each currency by itself.
    pub costs: Vec<Money>,
    /// Hours for which the machine stood.
    pub downtime_hours: Decimal,
}

/// A cause with its weight.
#[derive(Debug, Clone, PartialEq)]
pub struct CauseLine {
    /// Code.
    pub key: String,
    /// In words, as it was said first.
    pub display_name: String,
    /// How often.
    pub count: u32,
    /// Of all counts.
    pub share: f64,
    /// With the lines before; 1 at the last of all lines.
    pub cumulative_share: f64,
    /// Cost by currency, the greatest number of orders first, then by code.
    pub costs: Vec<Money>,
    /// Hours for which machines stood.
    pub downtime_hours: Decimal,
}

#[derive(Debug, Default)]
struct Sum {
    display_name: String,
    count: u32,
    costs: BTreeMap<String, (u32, Decimal, Currency)>,
    downtime_hours: Decimal,
}

/// Causes as they are counted.
#[derive(Debug, Default)]
pub struct Causes {
    sums: BTreeMap<String, Sum>,
}

impl Causes {
    /// Counts one. An amount that no decimal can hold any more stays at the greatest.
    pub fn add(&mut self, cause: Cause) {
        let sum = self.sums.entry(cause.key).or_default();
        sum.count = sum.count.saturating_add(1);
        if sum.display_name.is_empty() {
            sum.display_name = cause.display_name;
        }
        sum.downtime_hours = sum.downtime_hours.saturating_add(cause.downtime_hours);
        for cost in cause.costs {
            let currency = cost.currency();
            let entry =
                sum.costs.entry(currency.code().to_owned()).or_insert((0, Decimal::ZERO, currency));
            entry.0 += 1;
            entry.1 = entry.1.saturating_add(cost.amount());
        }
    }

    /// The lines: by count, then by hours stood, then by key.
    #[must_use]
    pub fn lines(self) -> Vec<CauseLine> {
        let all: u64 = self.sums.values().map(|sum| u64::from(sum.count)).sum();
        let mut sums: Vec<(String, Sum)> = self.sums.into_iter().collect();
        sums.sort_by(|(_, a), (_, b)| {
            b.count.cmp(&a.count).then(b.downtime_hours.cmp(&a.downtime_hours))
        });
        let mut before = 0_u64;
        let line = |(key, sum): (String, Sum)| {
            before += u64::from(sum.count);
            CauseLine {
                key,
                display_name: sum.display_name,
                count: sum.count,
                share: f64::from(sum.count) / all as f64,
                cumulative_share: before as f64 / all as f64,
                costs: costs(sum.costs.into_values().collect()),
                downtime_hours: sum.downtime_hours,
            }
        };
        sums.into_iter().map(line).collect()
    }
}

fn costs(mut all: Vec<(u32, Decimal, Currency)>) -> Vec<Money> {
    all.sort_by_key(|(count, _, _)| std::cmp::Reverse(*count));
    all.into_iter().filter_map(|(_, amount, currency)| Money::new(amount, currency).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cause(key: &str, hours: i64, yuan: i64) -> Cause {
        Cause {
            key: key.to_owned(),
            display_name: key.to_uppercase(),
            costs: vec![Money::from_micros(yuan * 1_000_000, Currency::CNY)],
            downtime_hours: Decimal::from(hours),
        }
    }

    #[test]
    fn causes_come_by_count_then_by_hours() {
        let mut causes = Causes::default();
        for (key, hours, yuan) in [
            ("seal", 1, 10),
            ("bearing", 8, 500),
            ("seal", 2, 20),
            ("valve", 9, 30),
            ("seal", 3, 30),
        ] {
            causes.add(cause(key, hours, yuan));
        }
        let lines = causes.lines();
        let seen: Vec<_> = lines.iter().map(|line| (line.key.as_str(), line.count)).collect();
        assert_eq!(seen, [("seal", 3), ("valve", 1), ("bearing", 1)]);
        assert!((lines[0].share - 0.6).abs() < 1e-12);
        assert!((lines[1].cumulative_share - 0.8).abs() < 1e-12);
        assert_eq!(lines[0].costs, [Money::from_micros(60_000_000, Currency::CNY)]);
        assert_eq!(lines[0].downtime_hours, Decimal::from(6));
    }

    proptest! {
        #[test]
        fn shares_add_up_and_never_rise(keys in prop::collection::vec("[a-e]", 1..60)) {
            let mut causes = Causes::default();
            keys.iter().for_each(|key| causes.add(cause(key, 0, 1)));
            let lines = causes.lines();
            prop_assert!((lines.iter().map(|line| line.share).sum::<f64>() - 1.0).abs() < 1e-9);
            prop_assert!(lines.windows(2).all(|pair| pair[0].count >= pair[1].count));
            prop_assert!((lines.last().unwrap().cumulative_share - 1.0).abs() < 1e-12);
        }
    }
}
