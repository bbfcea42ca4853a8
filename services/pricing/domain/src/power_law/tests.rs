//! Published estimates, and what must hold for any data.

use super::*;
use proptest::prelude::*;

/// NIST/SEMATECH e-Handbook 8.2.2.3: ten failures of one system, test ended at 1500 h.
pub const NIST: [f64; 10] = [5.0, 40.0, 43.0, 175.0, 389.0, 712.0, 747.0, 795.0, 1299.0, 1478.0];

fn nist() -> Vec<Machine> {
    vec![Machine::new(0.0, 1500.0, NIST.to_vec())]
}

/// Crow 1974: three systems, each observed up to 200.
fn crow() -> Vec<Machine> {
    [
        vec![4.3, 4.4, 10.2, 23.5, 23.8, 26.4, 74.0, 77.1, 92.1, 197.2],
        vec![
            0.1, 5.6, 18.6, 19.5, 24.2, 26.7, 45.1, 45.8, 75.7, 79.7, 98.6, 120.1, 161.8, 180.6,
            190.8,
        ],
        vec![8.4, 32.5, 44.7, 48.4, 50.6, 73.6, 98.7, 112.2, 129.8, 136.0, 195.8],
    ]
    .into_iter()
    .map(|failures| Machine::new(0.0, 200.0, failures))
    .collect()
}

#[test]
fn the_nist_system_has_the_handbooks_estimates() {
    let mle = fit(&nist(), Estimator::MaximumLikelihood).unwrap();
    assert!((mle.law.beta - 0.537_228_866_034_187_6).abs() < 1e-12);
    assert!((mle.law.lambda - 0.196_658_215_71).abs() < 1e-10);
    assert!((mle.law.intensity(1500.0) - 0.003_581_525_77).abs() < 5e-12);
    let unbiased = fit(&nist(), Estimator::Unbiased).unwrap();
    assert!((unbiased.law.beta - 0.483_506).abs() < 5e-7);
    assert!((unbiased.law.lambda - 0.291_300_3).abs() < 5e-7);
    assert!((1.0 / unbiased.law.intensity(1500.0) - 310.234).abs() < 5e-4);
}

#[test]
fn crows_three_systems_have_his_estimates() {
    let mle = fit(&crow(), Estimator::MaximumLikelihood).unwrap();
    assert_eq!(mle.failures, 36);
    assert!((mle.law.beta - 0.615_336_252_693_584_9).abs() < 1e-12);
    assert!((mle.law.lambda - 0.460_547_120_384_61).abs() < 1e-11);
    let unbiased = fit(&crow(), Estimator::Unbiased).unwrap();
    assert!((unbiased.law.beta - 0.598_243_579).abs() < 1e-9);
}

#[test]
fn the_closed_form_gives_the_variance_of_a_single_systems_shape() {
    // For one system observed from 0 the profile information of beta is n / beta^2 (Crow 1974).
    let mle = fit(&nist(), Estimator::MaximumLikelihood).unwrap();
    assert!((mle.beta_variance - mle.beta_mle * mle.beta_mle / 10.0).abs() < 1e-12);
}

#[test]
fn evidence_that_cannot_be_used_is_refused_by_name() {
    let cases = [
        (Machine::new(0.0, 1.0, vec![]), FitError::NoFailures),
        (Machine::new(1.0, 1.0, vec![]), FitError::BadWindow { machine: 0 }),
        (Machine::new(-1.0, 1.0, vec![]), FitError::BadWindow { machine: 0 }),
        (Machine::new(0.0, f64::NAN, vec![]), FitError::NotFinite { machine: 0 }),
        (
            Machine::new(0.0, 1.0, vec![0.0]),
            FitError::FailureOutside { machine: 0, age: 0.0, entry: 0.0, exit: 1.0 },
        ),
        (
            Machine::new(0.5, 1.0, vec![0.4]),
            FitError::FailureOutside { machine: 0, age: 0.4, entry: 0.5, exit: 1.0 },
        ),
        (Machine::new(0.0, 1.0, vec![1.0]), FitError::ShapeUnbounded),
    ];
    for (machine, error) in cases {
        assert_eq!(fit(&[machine], Estimator::MaximumLikelihood), Err(error));
    }
    let one = [Machine::new(0.0, 1.0, vec![0.5])];
    assert_eq!(fit(&one, Estimator::Unbiased), Err(FitError::TooFewFailures));
}

#[test]
fn a_seven_year_old_costs_thirty_percent_more_than_a_three_year_old() {
    // One-year windows from ages 3 and 7.
    let law = PowerLaw { lambda: 0.4, beta: 1.34345487903062 };
    let ratio = law.expected(7.0, 8.0) / law.expected(3.0, 4.0);
    assert!((ratio - 1.3).abs() < 1e-9, "{ratio}");
}

proptest! {
    #[test]
    fn the_fitted_process_expects_what_was_seen(
        ages in prop::collection::vec(0.3_f64..9.7, 2..40),
        entry in 0.0_f64..0.25,
    ) {
        let half = ages.len() / 2;
        let machines = [
            Machine::new(entry, 10.0, ages[..half].to_vec()),
            Machine::new(0.0, 9.9, ages[half..].to_vec()),
        ];
        let found = fit(&machines, Estimator::MaximumLikelihood).unwrap();
        let expected: f64 = machines.iter().map(|m| found.law.expected(m.entry, m.exit)).sum();
        prop_assert!((expected - ages.len() as f64).abs() < 1e-8);
    }

    #[test]
    fn the_unit_of_time_does_not_matter(ages in prop::collection::vec(0.1_f64..10.0, 2..30), unit in 0.01_f64..400.0) {
        let years = [Machine::new(0.0, 10.0, ages.clone())];
        let other = [Machine::new(0.0, 10.0 * unit, ages.iter().map(|a| a * unit).collect())];
        let a = fit(&years, Estimator::MaximumLikelihood).unwrap();
        let b = fit(&other, Estimator::MaximumLikelihood).unwrap();
        prop_assert!((a.law.beta - b.law.beta).abs() < 1e-9 * a.law.beta);
        prop_assert!((a.law.expected(2.0, 5.0) - b.law.expected(2.0 * unit, 5.0 * unit)).abs() < 1e-7);
    }

    #[test]
    fn splitting_a_window_keeps_its_expectation(beta in 0.2_f64..4.0, from in 0.0_f64..20.0, length in 0.1_f64..10.0, part in 0.0_f64..1.0) {
        let law = PowerLaw { lambda: 0.7, beta };
        let (middle, to) = (from + part * length, from + length);
        let whole = law.expected(from, to);
        prop_assert!((law.expected(from, middle) + law.expected(middle, to) - whole).abs() <= 1e-12 * (1.0 + law.lambda * to.powf(beta)));
    }
}
