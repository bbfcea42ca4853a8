//! A bucket index over a rising sequence: finding a place costs the same in a long sequence as in a short one.

use crate::instant::Nanos;

/// For each bucket of values, where in the sequence its first value may stand.
#[derive(Debug, Clone)]
pub(super) struct Buckets {
    base: Nanos,
    shift: u32,
    first: Vec<u32>,
}

impl Buckets {
    pub(super) fn over(values: &[Nanos]) -> Self {
        let (Some(&base), Some(&last)) = (values.first(), values.last()) else {
            return Self { base: 0, shift: 0, first: vec![0, 0] };
        };
        let width = (last - base) / Nanos::try_from(values.len()).unwrap_or(1) + 1;
        let shift = 63 - u64::try_from(width).unwrap_or(1).leading_zeros();
        let count = ((last - base) >> shift) + 2;
        let first = (0..=count)
            .map(|bucket| {
                let edge = base.saturating_add(bucket << shift);
                u32::try_from(values.partition_point(|value| *value <= edge)).unwrap_or(u32::MAX)
            })
            .collect();
        Self { base, shift, first }
    }

    /// The place of the first value above `x`; the length of the sequence if there is none.
    pub(super) fn first_above(&self, values: &[Nanos], x: Nanos) -> usize {
        if x < self.base {
            return 0;
        }
        let bucket = usize::try_from((x - self.base) >> self.shift).unwrap_or(usize::MAX);
        let (Some(&low), Some(&high)) =
            (self.first.get(bucket), self.first.get(bucket.saturating_add(1)))
        else {
            return values.len();
        };
        let (low, high) = (low as usize, high as usize);
        let within = values.get(low..high).unwrap_or_default();
        low + within.partition_point(|value| *value <= x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn finds_what_a_search_over_all_finds(
            mut values in prop::collection::vec(-1_000_000i64..1_000_000, 0..200),
            probes in prop::collection::vec(-1_100_000i64..1_100_000, 1..50),
        ) {
            values.sort_unstable();
            values.dedup();
            let buckets = Buckets::over(&values);
            for x in probes.into_iter().chain(values.clone()) {
                prop_assert_eq!(buckets.first_above(&values, x), values.partition_point(|v| *v <= x));
            }
        }
    }
}
