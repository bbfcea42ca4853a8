//! Models that made the data are found again; thin data answer by their prior.

use super::*;
use crate::power_law::FitError;
use crate::severity::Family;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Machines of two environments, dusty failing twice as often, from two power laws.
fn simulated(machines: usize, seed: u64) -> Vec<MachineEvidence> {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let laws = [
        ("bearing", PowerLaw { lambda: 0.3, beta: 1.6 }),
        ("control", PowerLaw { lambda: 0.25, beta: 1.0 }),
    ];
    (0..machines)
        .map(|i| {
            let dusty = i % 2 == 0;
            let (entry, exit) = (dice.random_range(0.0..2.0), dice.random_range(4.0..9.0));
            let mut failures = Vec::new();
            for (mode, law) in laws {
                let factor = if dusty { 2.0 } else { 1.0 };
                let mut sum = factor * law.expected(0.0, entry);
                loop {
                    sum -= (1.0 - dice.random::<f64>()).ln();
                    let age = (sum / (factor * law.lambda)).powf(1.0 / law.beta);
                    if age > exit {
                        break;
                    }
                    let cost = RepairCost {
                        labour_hours: 2.0 + 6.0 * dice.random::<f64>(),
                        parts: 1000.0 + 2000.0 * dice.random::<f64>(),
                        travel: 300.0,
                    };
                    failures.push(Failure { mode: mode.into(), age, cost: Some(cost) });
                }
            }
            let environment = if dusty { "dusty" } else { "clean" };
            let levels = Levels { environment: environment.into(), ..Levels::default() };
            MachineEvidence { levels, entry, exit, failures }
        })
        .collect()
}

#[test]
fn the_process_that_made_the_data_is_found_again() {
    let policy = PricingPolicy::seeded();
    let found = fit_failure_model(&simulated(800, 11), &policy, None, Choices::default()).unwrap();
    let bearing = &found.modes[0];
    assert_eq!(bearing.mode, "bearing");
    assert!(
        (bearing.posterior.law.beta - 1.6).abs() < 4.0 * bearing.posterior.beta_variance.sqrt()
    );
    let control = &found.modes[1];
    assert!(
        (control.posterior.law.beta - 1.0).abs() < 4.0 * control.posterior.beta_variance.sqrt()
    );
    let of = |level: &str| found.effects.iter().find(|e| e.level == level).unwrap().factor;
    let ratio = of("dusty") / of("clean");
    assert!((ratio - 2.0).abs() < 0.15, "{ratio}");
    assert!(found.frailty_variance < 0.03, "{}", found.frailty_variance);
    assert!(found.flags.is_empty(), "{:?}", found.flags);
    let (power, constant) = bearing.aic.unwrap();
    assert!(power < constant);
    assert!((bearing.costs.labour_hours.mean - 5.0).abs() < 0.2);
    let levels = Levels { environment: "dusty".into(), ..Levels::default() };
    let dusty = found.circumstance(&levels) * found.expected(3.0, 4.0);
    let truth = 2.0 * (0.3 * (4.0_f64.powf(1.6) - 3.0_f64.powf(1.6)) + 0.25);
    assert!((dusty / truth - 1.0).abs() < 0.06, "{dusty} {truth}");
}

#[test]
fn no_failures_answer_by_the_prior_and_say_so() {
    let policy = PricingPolicy::seeded();
    let quiet =
        MachineEvidence { levels: Levels::default(), entry: 0.0, exit: 0.01, failures: vec![] };
    let found = fit_failure_model(&[quiet], &policy, None, Estimator::Unbiased.into()).unwrap();
    assert!(found.flags.contains(&Flag::PriorOnly) && found.flags.contains(&Flag::SeverityPrior));
    assert!((found.expected(2.5, 3.5) - 0.8).abs() < 0.01, "the policy's 0.8 a year at age 3");
    assert!((prior_law(&policy, Some(1.7)).expected(2.5, 3.5) - 1.7).abs() < 1e-12);
    assert!((prior_model(&policy, None).expected(2.5, 3.5) - 0.8).abs() < 1e-12);
}

#[test]
fn quiet_machines_lower_what_the_prior_believes() {
    let policy = PricingPolicy::seeded();
    let quiet =
        MachineEvidence { levels: Levels::default(), entry: 0.0, exit: 5.0, failures: vec![] };
    let found = fit_failure_model(&vec![quiet; 40], &policy, None, Choices::default()).unwrap();
    assert!(found.expected(2.5, 3.5) < 0.05);
}

#[test]
fn a_single_failure_is_shrunk_to_the_prior_and_stays_finite() {
    let policy = PricingPolicy::seeded();
    let failure = Failure { mode: "seal".into(), age: 2.0, cost: None };
    let machine = MachineEvidence {
        levels: Levels::default(),
        entry: 0.0,
        exit: 2.0,
        failures: vec![failure],
    };
    let found = fit_failure_model(&[machine], &policy, None, Choices::default()).unwrap();
    let mode = &found.modes[0];
    assert!(mode.flags.contains(&Flag::Shrunk) && mode.flags.contains(&Flag::SeverityPrior));
    assert!(
        (mode.posterior.law.beta - 1.3).abs() < 1e-12,
        "a failure at the end of observation says nothing of the shape"
    );
    assert!(mode.posterior.expected_error(3.0, 4.0).is_finite());
}

#[test]
fn evidence_that_cannot_be_is_refused() {
    let policy = PricingPolicy::seeded();
    let wrong =
        MachineEvidence { levels: Levels::default(), entry: 2.0, exit: 1.0, failures: vec![] };
    let refused = fit_failure_model(&[wrong], &policy, None, Choices::default());
    assert_eq!(refused, Err(FitError::BadWindow { machine: 0 }));
}

#[test]
fn more_evidence_means_less_uncertainty() {
    let policy = PricingPolicy::seeded();
    let error = |machines| {
        let found =
            fit_failure_model(&simulated(machines, 3), &policy, None, Choices::default()).unwrap();
        found.modes[0].posterior.expected_error(3.0, 4.0)
            / found.modes[0].posterior.law.expected(3.0, 4.0)
    };
    let (few, many) = (error(10), error(400));
    assert!(many < 0.5 * few, "{few} {many}");
}

#[test]
fn a_steep_mode_of_few_failures_has_a_finite_uncertainty() {
    // A dozen late failures of machines seen from the start: steep, few, far from the belief's reference age.
    let policy = PricingPolicy::seeded();
    let evidence: Vec<MachineEvidence> = (0..30)
        .map(|i| MachineEvidence {
            levels: Levels::default(),
            entry: 0.0,
            exit: 9.0,
            failures: (i < 12)
                .then(|| Failure {
                    mode: "air-end".into(),
                    age: 7.0 + 0.15 * f64::from(i),
                    cost: None,
                })
                .into_iter()
                .collect(),
        })
        .collect();
    let found = fit_failure_model(&evidence, &policy, None, Choices::default()).unwrap();
    let posterior = &found.modes[0].posterior;
    assert!(posterior.beta_variance.sqrt() < posterior.law.beta, "{posterior:?}");
    let expected = posterior.law.expected(5.0, 6.0);
    assert!(posterior.expected_error(5.0, 6.0) < 2.0 * expected);
}

#[test]
fn repairs_as_they_were_seen_keep_the_means_and_are_chosen_by_the_caller() {
    let policy = PricingPolicy::seeded();
    let repair = |i: usize| RepairCost {
        labour_hours: 1.0 + (i % 5) as f64,
        parts: if i.is_multiple_of(4) { 8_000.0 } else { 200.0 },
        travel: 300.0,
    };
    for count in [19, 20, 700] {
        let repairs: Vec<RepairCost> = (0..count).map(repair).collect();
        let found = RepairCosts::of(&repairs, &policy, Some(Family::Empirical));
        if count < 20 {
            assert_ne!(found.family, Family::Empirical);
            assert!(found.seen.is_empty());
            continue;
        }
        assert_eq!((found.family, found.seen.len()), (Family::Empirical, count.min(234)));
        let n = found.seen.len() as f64;
        let hours = found.seen.iter().map(|own| own.0).sum::<f64>() / n;
        let parts = found.seen.iter().map(|own| own.1).sum::<f64>() / n;
        assert!((hours - found.labour_hours.mean).abs() < 1e-9);
        assert!((parts - found.parts.mean).abs() < 1e-6);
    }
    let repairs: Vec<RepairCost> = (0..30).map(repair).collect();
    let gamma = RepairCosts::of(&repairs, &policy, Some(Family::Gamma));
    assert_eq!((gamma.family, gamma.seen.len()), (Family::Gamma, 0));
}

#[test]
fn what_a_mode_is_priced_by_is_chosen_by_evidence_or_by_the_caller() {
    let fit = |aic: f64| {
        Some(RenewalFit {
            life: crate::renewal::Weibull { shape: 2.0, scale: 1.0 },
            log_shape_variance: 0.0,
            log_scale_variance: 0.0,
            log_covariance: 0.0,
            aic,
        })
    };
    let repair = |parts: f64| RepairCost { labour_hours: 1.0, parts, travel: 0.0 };
    let replaced = [repair(10.0), repair(10.0), repair(0.0)];
    let mended = [repair(0.0), repair(0.0), repair(10.0)];
    let free = Choices::default();
    assert_eq!(free.basis_of(fit(90.0), Some(100.0), &replaced), PricingBasis::Renewal);
    assert_eq!(free.basis_of(fit(97.0), Some(100.0), &replaced), PricingBasis::MinimalRepair);
    assert_eq!(free.basis_of(fit(110.0), Some(100.0), &replaced), PricingBasis::MinimalRepair);
    assert_eq!(free.basis_of(fit(90.0), Some(100.0), &mended), PricingBasis::MinimalRepair);
    assert_eq!(free.basis_of(fit(90.0), Some(100.0), &[]), PricingBasis::MinimalRepair);
    let said = Choices { basis: Some(PricingBasis::Renewal), ..free };
    assert_eq!(said.basis_of(fit(110.0), Some(100.0), &[]), PricingBasis::Renewal);
    assert_eq!(said.basis_of(None, Some(100.0), &replaced), PricingBasis::MinimalRepair);
}
