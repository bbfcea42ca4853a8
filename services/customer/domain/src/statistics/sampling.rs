//! Samples: how many to ask, from which strata, and whom; drawn again alike from the same seed.

use super::z95;
use sha2::{Digest, Sha256};

/// How many of a finite population to ask so that the 95 % interval of a share is at most `margin` to either side,
/// whatever the share: Cochran (1977), Sampling Techniques, section 4.4, with the correction for a finite population;
/// rounded up. `margin` outside 0 to 1 asks all.
#[must_use]
pub fn sample_size(population: u32, margin: f64) -> u32 {
    if !(margin > 0.0 && margin < 1.0) {
        return population;
    }
    let size = f64::from(population);
    let first = z95().powi(2) * 0.25 / (margin * margin);
    let needed = first / (1.0 + (first - 1.0) / size.max(1.0));
    // A float that is above every count is capped by the population.
    (needed.ceil() as u32).min(population)
}

/// Shares a sample out over strata by their size, largest remainders first, ties to the earlier. No stratum gives more
/// than it has; if the sample is large enough, every stratum that is not empty gives one before the rest is shared out.
#[must_use]
pub fn allocate(sizes: &[u32], sample: u32) -> Vec<u32> {
    let filled = sizes.iter().filter(|size| **size > 0).count();
    let first = u32::from(usize::try_from(sample).is_ok_and(|sample| sample >= filled));
    let given: Vec<u64> = sizes.iter().map(|size| u64::from(first.min(*size))).collect();
    let open: Vec<u64> = sizes.iter().zip(&given).map(|(size, g)| u64::from(*size) - g).collect();
    let all: u64 = open.iter().sum();
    let rest = u64::from(sample).saturating_sub(given.iter().sum()).min(all);
    let part = |i: usize| open.get(i).map_or(0, |size| size * rest);
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|i| (std::cmp::Reverse(part(*i) % all.max(1)), *i));
    let floors: u64 = order.iter().map(|i| part(*i) / all.max(1)).sum();
    let over = usize::try_from(rest - floors).unwrap_or(0);
    let mut shares = given;
    for (place, i) in order.into_iter().enumerate() {
        if let Some(share) = shares.get_mut(i) {
            *share += part(i) / all.max(1) + u64::from(place < over);
        }
    }
    shares.into_iter().map(|share| u32::try_from(share).unwrap_or(u32::MAX)).collect()
}

/// Draws `size` of the ids: those whose digest with the seed is smallest. Who is drawn depends on the seed and on the
/// ids alone, not on their order, and a larger sample contains the smaller one.
#[must_use]
pub fn draw<'a>(seed: i64, ids: impl IntoIterator<Item = &'a str>, size: usize) -> Vec<&'a str> {
    let digest = |id: &str| {
        let mut hash = Sha256::new();
        hash.update(seed.to_be_bytes());
        hash.update(id.as_bytes());
        hash.finalize()
    };
    let mut drawn: Vec<_> = ids.into_iter().map(|id| (digest(id), id)).collect();
    drawn.sort();
    drawn.dedup();
    drawn.into_iter().take(size).map(|(_, id)| id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_are_those_of_krejcie_and_morgan() {
        // Krejcie and Morgan (1970), Educational and Psychological Measurement 30: 607-610, table 1, margin 0.05.
        for (population, size) in [(10, 10), (100, 80), (1000, 278), (5000, 357), (10_000, 370)] {
            assert_eq!(sample_size(population, 0.05), size, "{population}");
        }
        assert_eq!(
            (sample_size(7, 0.0), sample_size(0, 0.05), sample_size(7, f64::NAN)),
            (7, 0, 7)
        );
    }

    #[test]
    fn strata_give_by_size_and_none_is_left_out() {
        assert_eq!(allocate(&[50, 30, 20], 10), [5, 3, 2]);
        assert_eq!(allocate(&[900, 90, 9, 1], 20), [16, 2, 1, 1]);
        assert_eq!(allocate(&[0, 3], 9), [0, 3]);
        assert_eq!(allocate(&[], 9), Vec::<u32>::new());
    }

    proptest! {
        #[test]
        fn every_place_is_given_and_no_stratum_gives_more_than_it_has(sizes in prop::collection::vec(0u32..500, 1..8), sample in 0u32..4000) {
            let shares = allocate(&sizes, sample);
            let all: u32 = sizes.iter().sum();
            prop_assert_eq!(shares.iter().sum::<u32>(), sample.min(all));
            prop_assert!(shares.iter().zip(&sizes).all(|(share, size)| share <= size));
        }

        #[test]
        fn the_draw_does_not_depend_on_the_order(seed in any::<i64>(), size in 0usize..40, mut ids in prop::collection::vec("[a-z]{1,6}", 0..40)) {
            let drawn: Vec<String> = draw(seed, ids.iter().map(String::as_str), size).into_iter().map(str::to_owned).collect();
            ids.reverse();
            prop_assert_eq!(&drawn, &draw(seed, ids.iter().map(String::as_str), size));
            let more = draw(seed, ids.iter().map(String::as_str), size + 5);
            prop_assert!(drawn.iter().all(|id| more.contains(&id.as_str())));
        }
    }
}
