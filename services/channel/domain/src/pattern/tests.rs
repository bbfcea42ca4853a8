//! Known answers of scipy.stats 1.17 (betabinom, false_discovery_control), of the paper's own example, and invariants.

use super::*;
use proptest::prelude::*;

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * b.abs().max(1e-300) + 1e-14 * f64::from(b.abs() > 1e-3)
}

#[test]
fn the_beta_binomial_is_that_of_scipy() {
    // (n, alpha, beta, x, ln pmf, P(X >= x)); the seventh tail is the sum of scipy's pmf, its sf underflows to 0.
    for (n, alpha, beta, x, ln_pmf, tail) in [
        (10, 1.0, 1.0, 3, -2.3978952727983707, 0.7272727272727273),
        (50, 0.5, 99.5, 3, -4.673534589449203, 0.013039604358314083),
        (120, 0.02, 9.98, 6, -6.152625515459782, 0.01322496938965223),
        (1000, 0.5, 500.0, 12, -7.254395448630561, 0.0019703972991734764),
        (30, 2.5, 7.5, 0, -3.8425217944325185, 1.0),
        (30, 2.5, 7.5, 30, -14.293430237420548, 6.200719991911186e-07),
        (400, 0.3, 299.7, 150, -103.51118143006977, 2.0297488652888485e-45),
        (5000, 4.0, 996.0, 21, -3.380788524294985, 0.4158703929925154),
    ] {
        let found = BetaBinomial::new(n, alpha, beta);
        assert!((found.ln_pmf(x) - ln_pmf).abs() < 1e-8, "{n} {x}: {}", found.ln_pmf(x));
        let error = (found.upper_tail(x) - tail).abs() / tail;
        assert!(error < 1e-8, "{n} {x}: {} instead of {tail}", found.upper_tail(x));
    }
}

/// The 15 p-values of Benjamini and Hochberg (1995), section 3.2 (thrombolysis): four are rejected at 5 %.
const PAPER: [f64; 15] = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
    0.6528, 0.7590, 1.0,
];

#[test]
fn the_papers_example_rejects_four() {
    assert_eq!(signals(&PAPER, 0.05), [0, 1, 2, 3]);
    let scipy = [
        0.0015,
        0.003,
        0.0095,
        0.035625,
        0.0603,
        0.06385714285714286,
        0.06385714285714286,
        0.0645,
        0.0765,
        0.486,
        0.5811818181818181,
        0.714875,
        0.7532307692307693,
        0.8132142857142857,
        1.0,
    ];
    for (found, expected) in adjusted(&PAPER).into_iter().zip(scipy) {
        assert!(close(found, expected), "{found} instead of {expected}");
    }
}

fn cell(who: &str, province: &str, out: u64, judged: u64) -> Cell {
    Cell {
        distributor: DistributorId::parse(who).unwrap(),
        province: RegionCode::parse(province).unwrap(),
        product: ProductId::parse("p1").unwrap(),
        out,
        judged,
    }
}

#[test]
fn a_flood_is_a_signal_and_a_machine_that_moved_is_not() {
    let provinces = ["110000", "310000", "350000", "360000", "420000"];
    let mut cells = Vec::new();
    for who in 0..8 {
        for (i, province) in provinces.iter().enumerate() {
            let moved = u64::from(i == who % 5);
            cells.push(cell(&format!("d{who}"), province, moved, 80));
        }
    }
    cells.push(cell("bad", "350000", 25, 120));
    cells.push(cell("bad", "420000", 1, 120));
    let (tested, found) = test_cells(&cells, &Limits::default());
    assert_eq!(found, [40]);
    assert!(tested[40].q_value < 1e-6 && tested[40].e_value > 1e6);
    assert!(tested[41].p_value > 0.05);
}

#[test]
fn the_background_leaves_the_accused_out() {
    let cells = [
        cell("a", "350000", 90, 100),
        cell("b", "360000", 1, 100),
        cell("c", "350000", 0, 100),
        cell("c", "360000", 1, 100),
    ];
    let (tested, _) = test_cells(&cells, &Limits::default());
    let share = |t: &Tested| t.background.alpha / (t.background.alpha + t.background.beta);
    // (1 + 0 + 1 + 0.5) / (300 + 1) without its own 90.
    assert!((share(&tested[0]) - 2.5 / 301.0).abs() < 1e-12);
    assert!(share(&tested[1]) > 0.2);
}

proptest! {
    #[test]
    fn a_smaller_p_value_never_undoes_a_signal(mut p in prop::collection::vec(0.0f64..1.0, 1..40), at in 0usize..40, shrink in 0.0f64..1.0, rate in 0.01f64..0.3) {
        let before = signals(&p, rate);
        let at = at % p.len();
        p[at] *= shrink;
        let after = signals(&p, rate);
        prop_assert!(before.iter().all(|i| after.contains(i)));
    }

    #[test]
    fn a_higher_rate_bears_more_signals(p in prop::collection::vec(0.0f64..1.0, 1..40), low in 0.0f64..0.3, more in 0.0f64..0.3) {
        let few = signals(&p, low);
        let many = signals(&p, low + more);
        prop_assert!(few.iter().all(|i| many.contains(i)));
    }

    #[test]
    fn more_units_out_are_stronger_evidence((n, x) in (5u64..300).prop_flat_map(|n| (Just(n), 0..n)), alpha in 0.01f64..5.0, beta in 0.5f64..500.0) {
        let d = BetaBinomial::new(n, alpha, beta);
        prop_assert!(d.upper_tail(x + 1) <= d.upper_tail(x) + 1e-12);
        prop_assert!((0.0..=1.0).contains(&d.upper_tail(x)));
    }

    #[test]
    fn the_mean_e_value_is_one_under_the_background(n in 1u64..60, alpha in 0.05f64..5.0, beta in 0.5f64..50.0) {
        let null = BetaBinomial::new(n, alpha, beta);
        let any = BetaBinomial::new(n, 1.0, 1.0);
        let mean: f64 = (0..=n).map(|x| null.ln_pmf(x).exp() * (any.ln_pmf(x) - null.ln_pmf(x)).exp()).sum();
        prop_assert!((mean - 1.0).abs() < 1e-8);
    }
}
