//! Renewal: what if every failure replaces the part by a new one instead of repairing it. Weibull lives.

use crate::power_law::{Estimator, Fit, FitError, Machine, fit as fit_power_law};
use serde::{Deserialize, Serialize};
use statrs::function::gamma::gamma;

mod curve;
pub use curve::RenewalCurve;

/// A part's life: F(t) = 1 - exp(-(t / scale)^shape).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Weibull {
    /// Above 1 parts wear.
    pub shape: f64,
    /// Characteristic life, in the machines' unit.
    pub scale: f64,
}

/// Steps of the coarser of the two grids on which the renewal equation is solved.
const STEPS: usize = 256;

impl Weibull {
    /// Probability of a life that ends within `t`.
    #[must_use]
    pub fn failed(&self, t: f64) -> f64 {
        if t <= 0.0 { 0.0 } else { -(-(t / self.scale).powf(self.shape)).exp_m1() }
    }

    /// The same of a part that has lived `age` already.
    #[must_use]
    pub fn failed_after(&self, age: f64, t: f64) -> f64 {
        if t <= 0.0 {
            return 0.0;
        }
        let hazard = |t: f64| (t / self.scale).powf(self.shape);
        -(-(hazard(age + t) - hazard(age.max(0.0)))).exp_m1()
    }

    /// Hazard that a machine's part went through between two ages of the machine, with a new part after each failure: what the
    /// number of its failures stands against. The first part is as old as the machine. `failures` are ages, in any order.
    #[must_use]
    pub fn hazard_seen(&self, (entry, exit): (f64, f64), failures: &[f64]) -> f64 {
        let mut within: Vec<f64> =
            failures.iter().copied().filter(|age| (entry..exit).contains(age)).collect();
        within.sort_by(f64::total_cmp);
        let hazard = |t: f64| (t / self.scale).powf(self.shape);
        let (mut born, mut from, mut sum) = (0.0, entry, 0.0);
        for end in within.into_iter().chain([exit]) {
            sum += hazard(end - born) - hazard(from - born);
            (born, from) = (end, end);
        }
        sum
    }

    /// Mean life, scale Gamma(1 + 1 / shape).
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.scale * gamma(1.0 + 1.0 / self.shape)
    }

    /// Expected failures within `t` of a part that is `age` old at the start and is replaced by a new one at every failure:
    /// the (delayed) renewal function M_a(t) = F_a(t) + integral of M(t - x) dF_a(x).
    ///
    /// Solved by the RS method (Xie 1989) on two grids, extrapolated to none (Richardson).
    #[must_use]
    pub fn renewals(&self, age: f64, t: f64) -> f64 {
        if t <= 0.0 {
            return 0.0;
        }
        let (coarse, fine) = (self.on_grid(age, t, STEPS), self.on_grid(age, t, 2 * STEPS));
        // The error falls with the square of the step, slower where the density is not smooth at 0.
        let order = self.shape.clamp(1.0, 2.0);
        (fine + (fine - coarse) / (2.0_f64.powf(order) - 1.0)).max(0.0)
    }

    /// Expected replacements of a new part at the end of each of so many steps (the RS method of Xie 1989).
    fn on_steps(&self, step: f64, steps: usize) -> Vec<f64> {
        let at = |i: usize| i as f64 * step;
        let middle: Vec<f64> = (0..=steps).map(|i| self.failed(at(i) + 0.5 * step)).collect();
        let mut new = vec![0.0; steps + 1];
        for i in 1..=steps {
            let mut sum = self.failed(at(i));
            for j in 1..i {
                sum += middle[i - j] * (new[j] - new[j - 1]);
            }
            sum -= middle[0] * new[i - 1];
            new[i] = sum / (1.0 - middle[0]);
        }
        new
    }

    fn on_grid(&self, age: f64, t: f64, steps: usize) -> f64 {
        let step = t / steps as f64;
        let at = |i: usize| i as f64 * step;
        let new = self.on_steps(step, steps);
        if age <= 0.0 {
            return new[steps];
        }
        // The first life is that of the old part; by parts, M_a(t) = F_a(t) + sum over steps of M(t - x) dF_a(x).
        let first: Vec<f64> = (0..=steps).map(|i| self.failed_after(age, at(i))).collect();
        let inner: f64 = (1..=steps)
            .map(|j| 0.5 * (new[steps - j] + new[steps - j + 1]) * (first[j] - first[j - 1]))
            .sum();
        first[steps] + inner
    }
}

/// A fit with the uncertainty of its estimates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RenewalFit {
    /// The life.
    pub life: Weibull,
    /// Variance of ln(shape).
    pub log_shape_variance: f64,
    /// Variance of ln(scale).
    pub log_scale_variance: f64,
    /// Covariance of the two; 0 in fits made before it was kept.
    #[serde(default)]
    pub log_covariance: f64,
    /// Akaike's criterion, comparable with that of the power law on the same machines.
    pub aic: f64,
}

/// The least gap between two failures, in years: two on one day are half a day apart.
const LEAST_GAP: f64 = 0.5 / 365.2425;

/// Fits Weibull lives by maximum likelihood: times between failures of a machine, the last one censored. The part at the
/// start of observation is taken as old as the machine (left truncated); a machine's factor multiplies its hazard.
///
/// Between renewals the hazard is a power of the part's age, so every life is a machine of its own in the likelihood of the
/// power law, and one solver fits both.
///
/// # Errors
/// As [`crate::power_law::fit`].
pub fn fit(machines: &[Machine]) -> Result<RenewalFit, FitError> {
    let Fit { law, beta_variance, log_lambda_variance, covariance, aic, .. } =
        fit_power_law(&lives(machines), Estimator::MaximumLikelihood)?;
    let (shape, log_lambda) = (law.beta, law.lambda.ln());
    // ln scale = -ln lambda / beta.
    let (by_lambda, by_beta) = (-1.0 / shape, log_lambda / (shape * shape));
    Ok(RenewalFit {
        life: Weibull { shape, scale: (-log_lambda / shape).exp() },
        log_shape_variance: beta_variance / (shape * shape),
        log_scale_variance: (by_lambda * by_lambda * log_lambda_variance
            + by_beta * by_beta * beta_variance
            + 2.0 * by_lambda * by_beta * covariance)
            .max(0.0),
        log_covariance: (by_lambda * covariance + by_beta * beta_variance) / shape,
        aic,
    })
}

impl RenewalFit {
    /// Variance of a figure with these slopes by ln(shape) and ln(scale) (delta method).
    #[must_use]
    pub fn variance(&self, by_shape: f64, by_scale: f64) -> f64 {
        (by_shape * by_shape * self.log_shape_variance
            + by_scale * by_scale * self.log_scale_variance
            + 2.0 * by_shape * by_scale * self.log_covariance)
            .max(0.0)
    }

    /// Standard error of the expected replacements within `t` of a part of that age.
    #[must_use]
    pub fn error(&self, age: f64, t: f64) -> f64 {
        let step: f64 = 1e-3;
        let Weibull { shape, scale } = self.life;
        let slope = |life: Weibull| (life.renewals(age, t) - self.life.renewals(age, t)) / step;
        let by_shape = slope(Weibull { shape: shape * step.exp(), scale });
        let by_scale = slope(Weibull { shape, scale: scale * step.exp() });
        self.variance(by_shape, by_scale).sqrt()
    }
}

fn lives(machines: &[Machine]) -> Vec<Machine> {
    let mut lives = Vec::new();
    for machine in machines {
        let mut ages = machine.failures.clone();
        ages.sort_by(f64::total_cmp);
        let (mut born, mut entry) = (0.0, machine.entry);
        for age in ages {
            let life = (age - born).max(entry + LEAST_GAP);
            let factor = machine.factor;
            lives.push(Machine { entry, exit: life, failures: vec![life], factor });
            (born, entry) = (age, 0.0);
        }
        if machine.exit - born > entry {
            let exit = machine.exit - born;
            lives.push(Machine { entry, exit, failures: Vec::new(), factor: machine.factor });
        }
    }
    lives
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn a_machine_goes_through_the_hazard_of_each_of_its_parts() {
        let life = Weibull { shape: 2.0, scale: 2.0 };
        for (window, failures, hazard) in [
            ((0.0, 4.0), &[][..], 4.0),
            // lives of 1, 2 and 1 years: (1 + 4 + 1) / 4
            ((0.0, 4.0), &[3.0, 1.0][..], 1.5),
            // the first part is 2 years old at entry: (9 - 4) / 4, then 1 year
            ((2.0, 4.0), &[1.0, 3.0, 5.0][..], 1.5),
            ((3.0, 3.0), &[][..], 0.0),
        ] {
            assert!((life.hazard_seen(window, failures) - hazard).abs() < 1e-12, "{failures:?}");
        }
        // Without wear nothing depends on the failures.
        let constant = Weibull { shape: 1.0, scale: 2.0 };
        assert!((constant.hazard_seen((1.0, 5.0), &[2.0, 3.5]) - 2.0).abs() < 1e-12);
    }

    #[test]
    fn weibull_renewals_have_their_known_values() {
        // Scale 1, t = 0.5, 1, 2, 3: solved elsewhere to 1e-8 on far finer grids (method of Xie 1989).
        let known = [
            (1.5, [0.330_269_84, 0.841_578_14, 1.945_500_80, 3.053_713_94]),
            (2.0, [0.230_793_89, 0.753_691_28, 1.894_039_35, 3.021_745_01]),
            (3.0, [0.118_262_67, 0.672_329_10, 1.801_075_26, 2.924_774_92]),
        ];
        for (shape, values) in known {
            for (t, value) in [0.5, 1.0, 2.0, 3.0].into_iter().zip(values) {
                let found = Weibull { shape, scale: 1.0 }.renewals(0.0, t);
                assert!((found - value).abs() < 2e-6, "{shape} {t} {found} {value}");
                let scaled = Weibull { shape, scale: 7.0 }.renewals(0.0, 7.0 * t);
                assert!((scaled - found).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn lives_without_wear_renew_at_a_constant_rate_at_any_age() {
        let life = Weibull { shape: 1.0, scale: 2.0 };
        for (age, t) in [(0.0, 1.0), (0.0, 6.0), (5.0, 3.0)] {
            assert!((life.renewals(age, t) - t / 2.0).abs() < 1e-4, "{}", life.renewals(age, t));
        }
        assert!((life.mean() - 2.0).abs() < 1e-12);
    }

    #[test]
    fn the_lives_that_made_the_data_are_found_again() {
        let mut dice = ChaCha8Rng::seed_from_u64(5);
        let truth = Weibull { shape: 2.2, scale: 3.0 };
        let machines: Vec<Machine> = (0..400)
            .map(|_| {
                let (mut age, mut failures) = (0.0, Vec::new());
                loop {
                    age +=
                        truth.scale * (-(1.0 - dice.random::<f64>()).ln()).powf(1.0 / truth.shape);
                    if age > 9.0 {
                        return Machine::new(0.0, 9.0, failures);
                    }
                    failures.push(age);
                }
            })
            .collect();
        let found = fit(&machines).unwrap();
        let error = found.log_shape_variance.sqrt();
        assert!((found.life.shape.ln() - truth.shape.ln()).abs() < 4.0 * error && error < 0.05);
        let error = found.log_scale_variance.sqrt();
        assert!((found.life.scale.ln() - truth.scale.ln()).abs() < 4.0 * error && error < 0.05);
        let minimal = fit_power_law(&machines, Estimator::MaximumLikelihood).unwrap();
        assert!(found.aic < minimal.aic, "replacement made these data, and its fit is better");
        let seen = machines.iter().map(|m| m.failures.len()).sum::<usize>() as f64 / 400.0;
        assert!((found.life.renewals(0.0, 9.0) - seen).abs() < 0.1);
    }

    #[test]
    fn truncation_ties_and_censoring_make_the_lives_that_they_should() {
        let mut machine = Machine::new(2.0, 10.0, vec![6.0, 5.0, 6.0]);
        machine.factor = 1.5;
        let found = lives(&[machine, Machine::new(0.0, 4.0, vec![4.0])]);
        let shape: Vec<(f64, f64, usize)> =
            found.iter().map(|l| (l.entry, l.exit, l.failures.len())).collect();
        assert_eq!(
            shape,
            [(2.0, 5.0, 1), (0.0, 1.0, 1), (0.0, LEAST_GAP, 1), (0.0, 4.0, 0), (0.0, 4.0, 1)]
        );
        assert_eq!(found[0].factor, 1.5);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn an_older_part_that_wears_fails_sooner(shape in 1.0_f64..4.0, young in 0.0_f64..3.0, more in 0.0_f64..3.0, t in 0.1_f64..1.0) {
            let life = Weibull { shape, scale: 2.0 };
            prop_assert!(life.renewals(young, t) <= life.renewals(young + more, t) + 1e-4);
        }
    }
}
