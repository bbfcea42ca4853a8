//! Whether a region's cost of a machine year differs from that of the others by more than chance.

use statrs::distribution::{ContinuousCDF, Normal};

/// What a region's machines cost.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionCost {
    /// Its code.
    pub region: String,
    /// Machine years of evidence.
    pub machine_years: f64,
    /// Cost of each piece of work.
    pub costs: Vec<f64>,
}

/// A region that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Its code.
    pub region: String,
    /// Machine years of evidence.
    pub machine_years: f64,
    /// Cost of a machine year there.
    pub rate: f64,
    /// Cost of a machine year elsewhere.
    pub other_rate: f64,
    /// Probability of so large a difference by chance.
    pub p_value: f64,
}

/// Pieces of work below which a region is not judged: the normal approximation needs them.
const LEAST: usize = 10;

/// Regions whose cost differs from the rest at a level, all tests together (Holm 1979). Cost is taken as compound Poisson: the
/// sum of its squares is an unbiased estimate of its variance, whatever the distribution of a single piece of work.
#[must_use]
pub fn differences(regions: &[RegionCost], level: f64) -> Vec<Difference> {
    let (years, cost, squares) = regions.iter().fold((0.0, 0.0, 0.0), |sum, region| {
        let (cost, squares) = moments(region);
        (sum.0 + region.machine_years, sum.1 + cost, sum.2 + squares)
    });
    let mut found: Vec<Difference> = regions
        .iter()
        .filter(|region| region.costs.len() >= LEAST && region.machine_years > 0.0)
        .filter_map(|region| {
            let (own, own_squares) = moments(region);
            let other_years = years - region.machine_years;
            if other_years <= 1e-9 {
                return None;
            }
            let exposure = region.machine_years / other_years;
            let difference = own - exposure * (cost - own);
            let variance = own_squares + exposure * exposure * (squares - own_squares);
            Some(Difference {
                region: region.region.clone(),
                machine_years: region.machine_years,
                rate: own / region.machine_years,
                other_rate: (cost - own) / other_years,
                p_value: two_sided(difference / variance.sqrt()),
            })
        })
        .collect();
    found.sort_by(|a, b| a.p_value.total_cmp(&b.p_value).then(a.region.cmp(&b.region)));
    let tests = found.len();
    let held = found
        .iter()
        .enumerate()
        .take_while(|(rank, region)| region.p_value <= level / (tests - rank) as f64)
        .count();
    found.truncate(held);
    found.sort_by(|a, b| a.region.cmp(&b.region));
    found
}

fn moments(region: &RegionCost) -> (f64, f64) {
    region.costs.iter().fold((0.0, 0.0), |sum, cost| (sum.0 + cost, sum.1 + cost * cost))
}

/// Probability that a standard normal is at least so far from 0.
fn two_sided(z: f64) -> f64 {
    if !z.is_finite() {
        return 1.0;
    }
    let standard = Normal::standard();
    (2.0 * standard.cdf(-z.abs())).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};

    fn region(code: &str, machine_years: f64, costs: &[f64]) -> RegionCost {
        RegionCost { region: code.to_owned(), machine_years, costs: costs.to_vec() }
    }

    #[test]
    fn a_region_twice_as_dear_is_found_and_the_factor_is_its_rate() {
        let regions = [
            region("330000", 100.0, &[50.0; 100]),
            region("350000", 100.0, &[100.0; 100]),
            region("360000", 100.0, &[50.0; 100]),
        ];
        let found = differences(&regions, 0.05);
        let dear = found.iter().find(|region| region.region == "350000").unwrap();
        assert_eq!((dear.rate, dear.other_rate), (100.0, 50.0));
        assert!(dear.p_value < 1e-4);
    }

    #[test]
    fn few_pieces_of_work_prove_nothing() {
        let regions = [region("330000", 10.0, &[50.0; 9]), region("350000", 100.0, &[10.0; 100])];
        let found = differences(&regions, 0.05);
        assert!(found.iter().all(|region| region.region != "330000"));
        assert!(differences(&[region("330000", 10.0, &[5.0; 20])], 0.05).is_empty(), "no others");
        assert!(differences(&[], 0.05).is_empty());
    }

    #[test]
    fn equal_regions_are_told_apart_no_more_often_than_the_level() {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
        let mut wrong = 0;
        for _ in 0..400 {
            let regions: Vec<RegionCost> = (0..4)
                .map(|code| {
                    let costs: Vec<f64> = (0..400)
                        .map(|_| (random.random_bool(0.25), random.random::<f64>()))
                        .filter(|(failed, _)| *failed)
                        .map(|(_, uniform)| -uniform.ln() * 1000.0)
                        .collect();
                    region(&code.to_string(), 50.0, &costs)
                })
                .collect();
            wrong += usize::from(!differences(&regions, 0.05).is_empty());
        }
        // 5 % of 400 are 20; four standard deviations above are 37.
        assert!(wrong <= 37, "{wrong}");
    }
}
