//! The mean cumulative function: failures per machine by age, without any model.

use crate::power_law::Machine;
use serde::{Deserialize, Serialize};

/// A point of the mean cumulative function.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Age, in the machines' unit.
    pub age: f64,
    /// Mean failures per machine up to that age (Nelson 1988).
    pub failures: f64,
    /// Robust standard error (Lawless and Nadeau 1995).
    pub robust_error: f64,
    /// Standard error if failures were a Poisson process.
    pub poisson_error: f64,
}

/// The mean cumulative function at every age of failure, thinned to at most `most` points that keep the last.
#[must_use]
pub fn mean_cumulative(machines: &[Machine], most: usize) -> Vec<Point> {
    let mut ages: Vec<f64> = machines.iter().flat_map(|m| m.failures.iter().copied()).collect();
    ages.sort_by(f64::total_cmp);
    let mut steps: Vec<(f64, f64)> = Vec::new();
    for age in ages {
        match steps.last_mut() {
            Some(last) if last.0 == age => last.1 += 1.0,
            _ => steps.push((age, 1.0)),
        }
    }
    let risk = RiskSets::of(machines, &steps);
    let every = steps.len().div_ceil(most.max(1)).max(1);
    (0..steps.len())
        .filter(|i| (steps.len() - 1 - i).is_multiple_of(every))
        .map(|i| Point {
            age: steps[i].0,
            failures: risk.mean[i],
            robust_error: risk.robust_error(machines, &steps, i),
            poisson_error: risk.poisson[i].sqrt(),
        })
        .collect()
}

/// Running sums over the ages of failure.
struct RiskSets {
    /// Machines under observation at the age.
    at_risk: Vec<f64>,
    /// Sum of failures over machines at risk.
    mean: Vec<f64>,
    /// Sum of failures over machines at risk squared.
    poisson: Vec<f64>,
}

impl RiskSets {
    fn of(machines: &[Machine], steps: &[(f64, f64)]) -> Self {
        let mut entries: Vec<f64> = machines.iter().map(|m| m.entry).collect();
        let mut exits: Vec<f64> = machines.iter().map(|m| m.exit).collect();
        entries.sort_by(f64::total_cmp);
        exits.sort_by(f64::total_cmp);
        let (mut mean, mut poisson) = (0.0, 0.0);
        let mut sets = Self { at_risk: Vec::new(), mean: Vec::new(), poisson: Vec::new() };
        for &(age, failures) in steps {
            let entered = entries.partition_point(|entry| *entry < age);
            let left = exits.partition_point(|exit| *exit < age);
            let at_risk = (entered - left) as f64;
            mean += failures / at_risk;
            poisson += failures / (at_risk * at_risk);
            sets.at_risk.push(at_risk);
            sets.mean.push(mean);
            sets.poisson.push(poisson);
        }
        sets
    }

    /// Square root of the sum over machines of (sum over their time at risk of (d_i - d/r) / r)^2.
    fn robust_error(&self, machines: &[Machine], steps: &[(f64, f64)], at: usize) -> f64 {
        let until = steps[at].0;
        let sum_before = |age: f64, or_at: bool| {
            let count = steps.partition_point(|s| if or_at { s.0 <= age } else { s.0 < age });
            count.min(at + 1).checked_sub(1).map_or(0.0, |last| self.poisson[last])
        };
        let variance: f64 = machines
            .iter()
            .map(|machine| {
                let own: f64 = machine
                    .failures
                    .iter()
                    .filter(|age| **age <= until)
                    .map(|age| 1.0 / self.at_risk[steps.partition_point(|s| s.0 < *age)])
                    .sum();
                let shared = sum_before(machine.exit, true) - sum_before(machine.entry, true);
                (own - shared).powi(2)
            })
            .sum();
        variance.sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::power_law::{Estimator, fit};

    /// Nelson 1995, valve seats of 41 diesel engines, days: (end of observation, replacements).
    const VALVE_SEATS: [(f64, &[f64]); 41] = [
        (761.0, &[]),
        (759.0, &[]),
        (667.0, &[98.0]),
        (667.0, &[326.0, 653.0, 653.0]),
        (665.0, &[]),
        (667.0, &[84.0]),
        (663.0, &[87.0]),
        (653.0, &[646.0]),
        (653.0, &[92.0]),
        (651.0, &[]),
        (650.0, &[258.0, 328.0, 377.0, 621.0]),
        (648.0, &[61.0, 539.0]),
        (644.0, &[254.0, 276.0, 298.0, 640.0]),
        (642.0, &[76.0, 538.0]),
        (641.0, &[635.0]),
        (649.0, &[349.0, 404.0, 561.0]),
        (631.0, &[]),
        (596.0, &[]),
        (614.0, &[120.0, 479.0]),
        (582.0, &[323.0, 449.0]),
        (589.0, &[139.0, 139.0]),
        (593.0, &[]),
        (589.0, &[573.0]),
        (606.0, &[165.0, 408.0, 604.0]),
        (594.0, &[249.0]),
        (613.0, &[344.0, 497.0]),
        (595.0, &[265.0, 586.0]),
        (389.0, &[166.0, 206.0, 348.0]),
        (601.0, &[]),
        (601.0, &[410.0, 581.0]),
        (611.0, &[]),
        (608.0, &[]),
        (587.0, &[]),
        (603.0, &[367.0]),
        (585.0, &[202.0, 563.0, 570.0]),
        (587.0, &[]),
        (578.0, &[]),
        (578.0, &[]),
        (586.0, &[]),
        (585.0, &[]),
        (582.0, &[]),
    ];

    fn valve_seats() -> Vec<Machine> {
        VALVE_SEATS.iter().map(|(exit, ages)| Machine::new(0.0, *exit, ages.to_vec())).collect()
    }

    #[test]
    fn nelsons_valve_seats_have_their_published_curve() {
        let points = mean_cumulative(&valve_seats(), 1000);
        let at = |age: f64| points.iter().find(|p| p.age == age).unwrap();
        for (age, failures) in [
            (61.0, 1.0 / 41.0),
            (76.0, 2.0 / 41.0),
            (139.0, 0.219_512_2),
            (258.0, 0.390_243_9),
            (348.0, 0.585_365_9),
            (404.0, 0.683_536_6),
            (449.0, 0.758_536_6),
            (497.0, 0.808_536_6),
            (563.0, 0.908_536_6),
        ] {
            assert!((at(age).failures - failures).abs() < 1e-7, "{age}");
        }
        for (age, robust, poisson) in
            [(258.0, 0.090_461_5, 0.097_561_0), (449.0, 0.142_702_2, 0.136_242_0)]
        {
            assert!((at(age).robust_error - robust).abs() < 1e-6, "{age}");
            assert!((at(age).poisson_error - poisson).abs() < 1e-6, "{age}");
        }
        let law = fit(&valve_seats(), Estimator::MaximumLikelihood).unwrap().law;
        assert!((law.beta - 1.399_579_27).abs() < 1e-7, "{}", law.beta);
    }

    #[test]
    fn thinning_keeps_the_last_point() {
        let all = mean_cumulative(&valve_seats(), 1000);
        let few = mean_cumulative(&valve_seats(), 10);
        assert!(few.len() <= 10);
        assert_eq!(few.last(), all.last());
        assert!(mean_cumulative(&[Machine::new(0.0, 1.0, vec![])], 5).is_empty());
    }
}
