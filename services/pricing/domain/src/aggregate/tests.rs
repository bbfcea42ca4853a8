//! Known distributions, and what must hold for any.

use super::*;
use crate::lattice::Lattice;
use crate::panjer::{Count, panjer};
use crate::severity::{EventCost, Family, Severity};
use proptest::prelude::*;

fn poisson(masses: &[f64], step: f64, mean: f64, transform: &Transform) -> Risk {
    let spectrum = Spectrum::of_masses(masses.to_vec(), step, transform);
    Risk { events: vec![(Arc::new(spectrum), mean)], shape: None, site: None }
}

#[test]
fn a_textbook_compound_poisson_has_its_masses() {
    let transform = Transform::new(64);
    let risk = poisson(&[0.0, 0.5, 0.3, 0.2], 1.0, 2.0, &transform);
    let total = compound(&[risk], 1.0, &transform).unwrap();
    let known = [0.135_335, 0.135_335, 0.148_869, 0.157_891, 0.124_734, 0.098_569];
    for (mass, expected) in total.masses().iter().zip(known) {
        assert!((mass - expected).abs() < 5e-7);
    }
}

#[test]
fn the_gamma_example_of_actuar_has_its_quantiles_and_shortfalls() {
    // R package actuar, vignette "risk": Poisson 10, Gamma(2, 1), unbiased discretisation with step 0.5 on [0, 22].
    let transform = Transform::new(256);
    let lattice = Lattice::new(0.5, 256).unwrap();
    let gamma = EventCost::whole(Severity::Gamma { shape: 2.0, scale: 1.0 });
    let spectrum = Arc::new(Spectrum::of_cost(&gamma, lattice, &transform));
    let total = compound(
        &[Risk { events: vec![(spectrum, 10.0)], shape: None, site: None }],
        0.5,
        &transform,
    )
    .unwrap();
    assert!((total.mean() - 20.0).abs() < 1e-9);
    for (level, quantile) in [
        (0.25, 14.5),
        (0.5, 19.5),
        (0.75, 25.0),
        (0.9, 30.5),
        (0.95, 34.0),
        (0.975, 37.0),
        (0.99, 41.0),
        (0.995, 43.5),
    ] {
        assert_eq!(total.quantile(level), quantile, "{level}");
    }
    // The package stops its recursion at a cumulative probability of 1 - 1e-6, which costs it the fifth decimal; the exact
    // values come from a recursion over 400 cells elsewhere.
    for (level, published, exact) in [
        (0.90, 35.046_73, 35.046_754_864_5),
        (0.95, 38.175_32, 38.175_372_348_8),
        (0.99, 44.661_46, 44.661_750_531_1),
    ] {
        let shortfall = total.shortfall(level);
        assert!((shortfall - published).abs() < 5e-4, "{level} {shortfall}");
        assert!((shortfall - exact).abs() < 1e-8, "{level} {shortfall}");
    }
}

#[test]
fn the_tabulated_example_of_actuar_has_its_moments_and_quantiles() {
    // The same vignette: Poisson 10, amounts of 500 to 5000 in steps of 500.
    let severity = [0.0, 0.15, 0.2, 0.25, 0.125, 0.075, 0.05, 0.05, 0.05, 0.025, 0.025];
    let transform = Transform::new(256);
    let total =
        compound(&[poisson(&severity, 500.0, 10.0, &transform)], 500.0, &transform).unwrap();
    assert!((total.mean() - 18_500.0).abs() < 1e-9);
    assert!((total.standard_deviation() - 6_901.086_870_9).abs() < 1e-6);
    for (level, quantile) in
        [(0.5, 18_000.0), (0.9, 27_500.0), (0.95, 30_500.0), (0.99, 37_000.0), (0.999, 44_000.0)]
    {
        assert_eq!(total.quantile(level), quantile);
    }
    assert!((total.excess(25_000.0) - 761.131_35).abs() < 1e-6);
}

#[test]
fn no_events_cost_nothing() {
    let transform = Transform::new(32);
    let total = compound(&[poisson(&[0.5, 0.5], 1.0, 0.0, &transform)], 1.0, &transform).unwrap();
    assert!((total.masses()[0] - 1.0).abs() < 1e-15);
    assert_eq!((total.mean(), total.quantile(0.99)), (0.0, 0.0));
    assert!(compound(&[], 1.0, &transform).unwrap().quantile(0.999) == 0.0);
}

#[test]
fn a_count_beyond_reason_is_refused() {
    let transform = Transform::new(32);
    for count in [-1.0, f64::NAN, 2e6] {
        let risk = poisson(&[0.5, 0.5], 1.0, count, &transform);
        assert!(matches!(compound(&[risk], 1.0, &transform), Err(LatticeError::BadCount(_))));
    }
}

#[test]
fn a_limit_between_cells_keeps_its_mean() {
    let transform = Transform::new(64);
    let total =
        compound(&[poisson(&[0.0, 0.5, 0.3, 0.2], 1.0, 2.0, &transform)], 1.0, &transform).unwrap();
    let limited = total.limited(2.5);
    let exact: f64 = total.masses().iter().enumerate().map(|(j, p)| p * (j as f64).min(2.5)).sum();
    assert!((limited.mean() - exact).abs() < 1e-14);
    assert!(limited.quantile(1.0 - 1e-9) <= 3.0);
}

fn severities() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(0.001_f64..1.0, 2..40).prop_map(|weights| {
        let sum: f64 = weights.iter().sum();
        weights.into_iter().map(|w| w / sum).collect()
    })
}

proptest! {
    #[test]
    fn transform_and_recursion_agree(severity in severities(), mean in 0.0_f64..8.0, frail in prop::option::of(0.3_f64..20.0)) {
        let transform = Transform::new(1024);
        let mut risk = poisson(&severity, 1.0, mean, &transform);
        risk.shape = frail;
        let count = match frail {
            None => Count::Poisson { mean },
            Some(shape) => Count::NegativeBinomial { mean, shape },
        };
        let mut padded = severity.clone();
        padded.resize(1024, 0.0);
        let recursion = panjer(count, &padded).unwrap();
        let total = compound(&[risk], 1.0, &transform).unwrap();
        // The heaviest negative binomials reach beyond twice the lattice: what wraps around is bounded by what is cut off.
        let bound = 1e-13 + total.truncated_mass();
        for (a, b) in total.masses()[..1023].iter().zip(&recursion) {
            prop_assert!((a - b).abs() <= bound, "{a} {b}");
        }
    }

    #[test]
    fn probabilities_sum_to_one_and_quantiles_are_ordered(severity in severities(), mean in 0.0_f64..20.0) {
        let transform = Transform::new(1024);
        let total = compound(&[poisson(&severity, 1.0, mean, &transform)], 1.0, &transform).unwrap();
        prop_assert!((total.masses().iter().sum::<f64>() - 1.0).abs() <= 1e-12);
        let levels = [0.01, 0.5, 0.8, 0.95, 0.99, 0.999];
        for pair in levels.windows(2) {
            prop_assert!(total.quantile(pair[0]) <= total.quantile(pair[1]));
            prop_assert!(total.shortfall(pair[0]) <= total.shortfall(pair[1]) + 1e-9);
            prop_assert!(total.shortfall(pair[0]) + 1e-9 >= total.quantile(pair[0]));
        }
        prop_assert!(total.clipped() < 1e-12);
    }

    #[test]
    fn superposition_is_convolution(a in severities(), b in severities(), m in 0.1_f64..5.0, n in 0.1_f64..5.0, shape in 0.5_f64..5.0) {
        let transform = Transform::new(1024);
        let first = poisson(&a, 1.0, m, &transform);
        let mut second = poisson(&b, 1.0, n, &transform);
        second.shape = Some(shape);
        let together = compound(&[first.clone(), second.clone()], 1.0, &transform).unwrap();
        let parts = [compound(&[first], 1.0, &transform).unwrap(), compound(&[second], 1.0, &transform).unwrap()];
        let apart = convolve(&parts, 1.0, &transform);
        let bound = 1e-12 + 2.0 * apart.truncated_mass();
        for (a, b) in together.masses().iter().zip(apart.masses()) {
            prop_assert!((a - b).abs() <= bound);
        }
    }

    #[test]
    fn tail_shares_sum_to_one_and_favour_the_dearer(m in 0.5_f64..4.0, shape in prop::option::of(0.5_f64..5.0)) {
        let transform = Transform::new(2048);
        let lattice = Lattice::new(1.0, 2048).unwrap();
        let spectrum = |mean: f64| {
            let gross = Severity::with_moments(Family::Gamma, mean, 0.8 * mean);
            Arc::new(Spectrum::of_cost(&EventCost::whole(gross), lattice, &transform))
        };
        let cheap = Risk { events: vec![(spectrum(10.0), m)], shape, site: None };
        let dear = Risk { events: vec![(spectrum(40.0), m)], shape, site: None };
        let risks = [cheap, dear];
        let total = compound(&risks, 1.0, &transform).unwrap();
        let bias = characteristic(&risks, &transform).unwrap();
        let shares = tail_shares(&risks, &bias, &total, 0.95, &transform);
        prop_assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        prop_assert!(shares[1] > 0.8, "{shares:?}");
    }

    #[test]
    fn machines_of_one_site_keep_their_own_counts_and_make_bad_years_worse(m in 0.5_f64..4.0, shape in 0.5_f64..5.0, part in 0.05_f64..1.0) {
        let transform = Transform::new(2048);
        let severity = [0.0, 0.5, 0.3, 0.2];
        let with = |site: Option<Site>| Risk { shape: Some(shape), site, ..poisson(&severity, 1.0, m, &transform) };
        let site = Some(Site { index: 0, part: part * shape });
        let alone = compound(&[with(None)], 1.0, &transform).unwrap();
        let single = compound(&[with(site)], 1.0, &transform).unwrap();
        for (a, b) in alone.masses().iter().zip(single.masses()) {
            prop_assert!((a - b).abs() < 1e-12, "one machine shares with nobody");
        }
        let apart = compound(&[with(None), with(None)], 1.0, &transform).unwrap();
        let shared = [with(site), with(site)];
        let together = compound(&shared, 1.0, &transform).unwrap();
        prop_assert!((apart.mean() - together.mean()).abs() < 1e-12);
        // Var = sum of variances + 2 Cov, Cov = (m E[X])^2 part / shape.
        let mean_cost = 0.5 + 0.6 + 0.6;
        let covariance = (m * mean_cost).powi(2) * part / shape;
        let variance = |d: &Distribution| d.standard_deviation().powi(2);
        let bound = 1e-6 + 1e7 * (apart.truncated_mass() + together.truncated_mass());
        prop_assert!((variance(&together) - variance(&apart) - 2.0 * covariance).abs() < bound * (1.0 + covariance));
        let bias = characteristic(&shared, &transform).unwrap();
        let shares = tail_shares(&shared, &bias, &together, 0.95, &transform);
        prop_assert!((shares[0] - 0.5).abs() < 1e-9, "equals share the tail equally: {shares:?}");
    }

    #[test]
    fn the_parts_of_a_tail_add_up_to_its_shortfall(m in 0.5_f64..3.0, shape in 1.0_f64..5.0) {
        let transform = Transform::new(4096);
        let site = Some(Site { index: 3, part: 0.4 * shape });
        let small = Risk { shape: Some(shape), site, ..poisson(&[0.0, 0.5, 0.5], 1.0, m, &transform) };
        let large = Risk { shape: Some(2.0 * shape), site, ..poisson(&[0.0, 0.0, 0.0, 1.0], 1.0, m, &transform) };
        let plain = poisson(&[0.0, 0.2, 0.8], 1.0, m, &transform);
        let risks = [small, large, plain];
        let total = compound(&risks, 1.0, &transform).unwrap();
        let bias = characteristic(&risks, &transform).unwrap();
        let sum: f64 = tail_parts(&risks, &bias, &total, 0.9, &transform).iter().sum();
        // Parseval leaves the length of the transform as a factor.
        let shortfall = sum / (2.0 * 4096.0);
        prop_assert!((shortfall / total.shortfall(0.9) - 1.0).abs() < 1e-6 + 1e3 * total.truncated_mass(), "{shortfall} {}", total.shortfall(0.9));
    }

    #[test]
    fn what_is_borne_and_what_is_left_add_up(mean in 0.5_f64..6.0, deductible in 0.0_f64..12.0, limit in 0.5_f64..30.0, share in 0.0_f64..1.0) {
        let transform = Transform::new(1024);
        let total = compound(&[poisson(&[0.0, 0.5, 0.3, 0.2], 1.0, mean, &transform)], 1.0, &transform).unwrap();
        let (below, beyond) = (total.limited(deductible), total.beyond(deductible));
        prop_assert!((below.mean() + beyond.mean() - total.mean()).abs() < 1e-9);
        prop_assert!((beyond.masses().iter().sum::<f64>() - 1.0).abs() < 1e-12);
        prop_assert!(beyond.limited(limit).mean() <= beyond.mean() + 1e-12);
        let expected = total.mean();
        let back: f64 = total.masses().iter().enumerate().map(|(j, p)| p * share * (expected - j as f64).max(0.0)).sum();
        let shared = total.sharing(share, expected);
        prop_assert!((shared.mean() - total.mean() - back).abs() < 1e-9);
        prop_assert!((shared.exceedance(expected) - total.exceedance(expected)).abs() < 0.6, "losses stay losses");
        prop_assert!(shared.quantile(0.999) + 1e-9 >= total.quantile(0.999));
    }
}
