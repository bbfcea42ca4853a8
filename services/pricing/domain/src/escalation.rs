//! Escalation by a published index within a collar: from year to year the fee follows the index, not below the floor and not
//! above the cap.

use aftercare_kernel::fault::Violations;
use jiff::ToSpan;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What two sides agree on an index: which, from which month, within which bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexClause {
    /// Id of the index.
    pub index: String,
    /// First day of the month whose value the first fee stands on.
    pub base_month: Date,
    /// Least change from year to year (0.01 is 1 %), above -1.
    pub floor: Decimal,
    /// Largest change, not below the floor, at most 1.
    pub cap: Decimal,
    /// Changes that the first year's fee has already seen: 0, or 1 where a contract renewed itself before the value of its
    /// first month was published.
    #[serde(default)]
    pub lead: u32,
}

/// Values of an index by the first day of their month, each above 0.
pub type Series = BTreeMap<Date, Decimal>;

impl IndexClause {
    /// The month whose value decides after that many changes; 0 is the base month.
    #[must_use]
    pub fn month(&self, changes: u32) -> Date {
        self.base_month.checked_add((12 * i64::from(changes)).months()).unwrap_or(Date::MAX)
    }

    /// A change within the collar.
    #[must_use]
    pub fn collared(&self, change: Decimal) -> Decimal {
        change.max(self.floor).min(self.cap)
    }

    /// The changes that are known, in order until the first one whose months are not both published. Exact to a decimal's 28
    /// digits; nothing is rounded before the fee.
    #[must_use]
    pub fn published(&self, series: &Series, changes: u32) -> Vec<Decimal> {
        (1..=changes)
            .map_while(|n| {
                let before = series.get(&self.month(n - 1))?;
                let change = series.get(&self.month(n))?.checked_div(*before)? - Decimal::ONE;
                Some(self.collared(change))
            })
            .collect()
    }

    /// Notes every field that cannot be.
    pub fn check(&self, wrong: &mut Violations) {
        let share = |value: Decimal| value > Decimal::NEGATIVE_ONE && value <= Decimal::ONE;
        for (field, value) in [("floor", self.floor), ("cap", self.cap)] {
            if !share(value) {
                wrong.add(field, "must be above -1 and at most 1");
            }
        }
        if self.cap < self.floor {
            wrong.add("cap", "must not be below the floor");
        }
        if self.base_month.day() != 1 {
            wrong.add("base_month", "must be the first day of a month");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn clause(floor: &str, cap: &str) -> IndexClause {
        IndexClause {
            index: "cn-ppi".to_owned(),
            base_month: date(2026, 3, 1),
            floor: decimal(floor),
            cap: decimal(cap),
            lead: 0,
        }
    }

    fn series(values: &[&str]) -> Series {
        let months = values.iter().enumerate();
        months.map(|(i, value)| (date(2026 + i as i16, 3, 1), decimal(value))).collect()
    }

    #[test]
    fn the_fee_follows_the_index_within_the_collar() {
        // +3 % is between the bounds, +10 % is held at 5 %, -4 % at 0 %.
        let known = series(&["100", "103", "113.3", "108.768"]);
        let found = clause("0", "0.05").published(&known, 4);
        assert_eq!(found, ["0.03", "0.05", "0"].map(decimal), "the fourth is not published");
        let free = clause("-0.5", "1").published(&known, 3);
        assert_eq!(free, ["0.03", "0.1", "-0.04"].map(decimal));
    }

    #[test]
    fn what_comes_after_a_gap_is_not_known() {
        let mut known = series(&["100", "103", "106", "109"]);
        known.remove(&date(2028, 3, 1));
        assert_eq!(clause("0", "1").published(&known, 3), [decimal("0.03")]);
        known.remove(&date(2026, 3, 1));
        assert!(clause("0", "1").published(&known, 3).is_empty());
    }

    #[test]
    fn every_bound_that_cannot_be_is_named() {
        let mut bad = clause("0.05", "-1");
        bad.base_month = date(2026, 3, 2);
        let mut wrong = Violations::new();
        bad.check(&mut wrong);
        let invalid = wrong.finish().unwrap_err();
        let fields: Vec<&str> = invalid.fields().iter().map(|v| v.field.as_str()).collect();
        assert_eq!(fields, ["cap", "cap", "base_month"]);
    }

    proptest! {
        #[test]
        fn no_change_leaves_the_collar(
            values in prop::collection::vec(1i64..1_000_000, 2..8),
            floor in -99i64..100,
            width in 0i64..100,
        ) {
            let (floor, cap) = (Decimal::new(floor, 2), Decimal::new((floor + width).min(100), 2));
            let clause = IndexClause { floor, cap, ..clause("0", "0") };
            let known: Series = values
                .iter()
                .enumerate()
                .map(|(i, value)| (clause.month(i as u32), Decimal::new(*value, 3)))
                .collect();
            let found = clause.published(&known, values.len() as u32);
            prop_assert_eq!(found.len(), values.len() - 1);
            prop_assert!(found.iter().all(|change| (floor..=cap).contains(change)));
        }
    }
}
