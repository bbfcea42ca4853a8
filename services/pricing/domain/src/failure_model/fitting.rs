//! The fit of a family's model: intensities by mode and effects of circumstances, until they agree.

use super::{
    ANY_MODE, Belief, CURVE_POINTS, Choices, CostShape, Failure, FailureModel, Flag,
    LEAST_RENEWALS, MachineEvidence, Mode, Posterior, RepairCost, RepairCosts,
};
use crate::covariate::{Effect, Levels, Subject, centred, factor_of, fit_effects, mark_aliased};
use crate::frailty::frailty_variance;
use crate::mean_cumulative::mean_cumulative;
use crate::policy::PricingPolicy;
use crate::power_law::{Estimator, FitError, Machine, PowerLaw, Seen, Windows, check, fit};
use crate::renewal;
use crate::trend::{self, CRAMER_VON_MISES_LIMIT};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Rounds in which intensities and effects settle; a few are enough unless the evidence is odd.
const ROUNDS: usize = 200;

/// Fits a family's model by what its caller chose. `failures_per_year` replaces the policy's prior if the family's engineers said better.
///
/// # Errors
/// [`FitError`] for evidence that cannot be; thin evidence is no error but flagged.
pub fn fit_failure_model(
    evidence: &[MachineEvidence],
    policy: &PricingPolicy,
    failures_per_year: Option<f64>,
    choices: Choices,
) -> Result<FailureModel, FitError> {
    fit_within(ROUNDS, evidence, policy, failures_per_year, choices)
}

fn fit_within(
    rounds: usize,
    evidence: &[MachineEvidence],
    policy: &PricingPolicy,
    failures_per_year: Option<f64>,
    choices: Choices,
) -> Result<FailureModel, FitError> {
    let estimator = choices.estimator;
    let names: BTreeSet<&str> =
        evidence.iter().flat_map(|m| &m.failures).map(|f| f.mode.as_str()).collect();
    let names = if names.is_empty() { BTreeSet::from([ANY_MODE]) } else { names };
    let mut machines = machines_of(evidence, |_| true);
    check(&machines)?;
    let belief = Belief::of(policy, failures_per_year);
    let (levels, level) = alike(evidence);
    let seen = seen(evidence, &names);
    let mut windows = Windows::of(&machines);
    let mut effects = Vec::new();
    let mut posteriors = Vec::new();
    let mut average = Vec::new();
    let mut settled = false;
    // Intensities and effects depend on each other.
    for _ in 0..rounds {
        posteriors = fit_modes(&windows, &seen, &belief, estimator);
        let laws: Vec<PowerLaw> = posteriors.iter().map(|posterior| posterior.law).collect();
        average = windows.expected(&laws);
        let subjects = subjects(&levels, &level, &machines, &average);
        let next = centred(fit_effects(&subjects), &subjects);
        let moved = change(&effects, &next);
        effects = next;
        let factors: Vec<f64> = levels.iter().map(|levels| factor(&effects, levels)).collect();
        windows.weigh(|machine| factors[level[machine]]);
        for (machine, level) in machines.iter_mut().zip(&level) {
            machine.factor = factors[*level];
        }
        if moved < 1e-9 {
            settled = true;
            break;
        }
    }
    mark_aliased(&mut effects, &levels);
    let counts: Vec<(f64, f64)> = machines
        .iter()
        .zip(average)
        .map(|(m, average)| (m.failures.len() as f64, m.factor * average))
        .collect();
    let modes = names
        .iter()
        .zip(posteriors)
        .map(|(name, posterior)| describe(name, evidence, &machines, posterior, policy, choices))
        .collect::<Vec<_>>();
    let mut flags = if modes.iter().all(|m| m.failures == 0) {
        BTreeSet::from([Flag::PriorOnly, Flag::SeverityPrior])
    } else {
        modes.iter().flat_map(|mode| mode.flags.iter().copied()).collect()
    };
    if effects.iter().any(|effect| effect.aliased) {
        flags.insert(Flag::AliasedEffects);
    }
    if !settled {
        flags.insert(Flag::NotConverged);
    }
    Ok(FailureModel {
        machines: machines.len(),
        machine_years: machines.iter().map(|m| m.exit - m.entry).sum(),
        modes,
        effects,
        frailty_variance: frailty_variance(&counts),
        estimator,
        flags,
        choices,
    })
}

/// The factor of a machine's circumstances.
pub(super) fn factor(effects: &[Effect], levels: &Levels) -> f64 {
    crate::covariate::Covariate::ALL
        .into_iter()
        .filter_map(|covariate| factor_of(effects, covariate, levels))
        .product()
}

fn machines_of(evidence: &[MachineEvidence], keep: impl Fn(&Failure) -> bool) -> Vec<Machine> {
    evidence
        .iter()
        .map(|m| {
            let ages = m.failures.iter().filter(|f| keep(f)).map(|f| f.age).collect();
            Machine::new(m.entry, m.exit, ages)
        })
        .collect()
}

fn of_mode(evidence: &[MachineEvidence], machines: &[Machine], mode: &str) -> Vec<Machine> {
    let mut own = machines_of(evidence, |failure| failure.mode == mode);
    for (own, machine) in own.iter_mut().zip(machines) {
        own.factor = machine.factor;
    }
    own
}

/// The levels that occur, and which of them each machine has.
fn alike(evidence: &[MachineEvidence]) -> (Vec<&Levels>, Vec<usize>) {
    let mut known: HashMap<&Levels, usize> = HashMap::new();
    let mut levels = Vec::new();
    let level = evidence.iter().map(|machine| {
        *known.entry(&machine.levels).or_insert_with(|| {
            levels.push(&machine.levels);
            levels.len() - 1
        })
    });
    let level = level.collect();
    (levels, level)
}

/// Failures of each mode.
fn seen(evidence: &[MachineEvidence], names: &BTreeSet<&str>) -> Vec<Seen> {
    let mut ages: BTreeMap<&str, Vec<f64>> = names.iter().map(|name| (*name, Vec::new())).collect();
    for failure in evidence.iter().flat_map(|machine| &machine.failures) {
        ages.entry(&failure.mode).or_default().push(failure.age);
    }
    ages.into_values().map(Seen::of).collect()
}

fn fit_modes(
    windows: &Windows,
    seen: &[Seen],
    belief: &Belief,
    estimator: Estimator,
) -> Vec<Posterior> {
    // The family's pooled shape is what its modes are drawn to; the policy's is what the pool is drawn to.
    let all = seen.iter().fold(Seen::default(), |all, mode| Seen {
        count: all.count + mode.count,
        log_sum: all.log_sum + mode.log_sum,
    });
    let pooled = Posterior::of(windows, all, belief, estimator);
    let share = belief.share(seen.len(), pooled.law.beta);
    seen.iter().map(|mode| Posterior::of(windows, *mode, &share, estimator)).collect()
}

/// Failures seen and expected by level: what the effects are fitted to.
fn subjects<'a>(
    levels: &[&'a Levels],
    level: &[usize],
    machines: &[Machine],
    average: &[f64],
) -> Vec<Subject<'a>> {
    let mut subjects: Vec<Subject<'a>> =
        levels.iter().map(|levels| Subject { levels, observed: 0.0, expected: 0.0 }).collect();
    for ((level, machine), average) in level.iter().zip(machines).zip(average) {
        subjects[*level].observed += machine.failures.len() as f64;
        subjects[*level].expected += average;
    }
    subjects
}

fn change(before: &[Effect], after: &[Effect]) -> f64 {
    if before.len() != after.len() {
        return f64::INFINITY;
    }
    before.iter().zip(after).map(|(a, b)| (a.factor / b.factor).ln().abs()).fold(0.0, f64::max)
}

fn describe(
    name: &str,
    evidence: &[MachineEvidence],
    machines: &[Machine],
    posterior: Posterior,
    policy: &PricingPolicy,
    choices: Choices,
) -> Mode {
    let own = of_mode(evidence, machines, name);
    let found = fit(&own, choices.estimator).ok();
    let fitness = trend::cramer_von_mises(&own);
    let repairs: Vec<RepairCost> = evidence
        .iter()
        .flat_map(|m| &m.failures)
        .filter(|failure| failure.mode == name)
        .filter_map(|failure| failure.cost)
        .collect();
    let costs = RepairCosts::of(&repairs, policy, choices.family);
    let failures = own.iter().map(|m| m.failures.len()).sum();
    let renewal = renewal::fit(&own).ok().filter(|_| failures >= LEAST_RENEWALS);
    let aic = found.map(|fit| (fit.aic, fit.aic_constant));
    let mut flags = BTreeSet::new();
    for (flag, raised) in [
        (Flag::PriorOnly, failures == 0),
        (Flag::Shrunk, failures > 0 && posterior.credibility < 0.8),
        (Flag::ShapePrior, failures > 0 && posterior.credibility <= 0.0),
        (Flag::SeverityPrior, costs.events == 0),
        (Flag::PoorFit, fitness.is_some_and(|test| test.statistic > CRAMER_VON_MISES_LIMIT)),
        (Flag::Ties, own.iter().any(has_ties)),
    ] {
        if raised {
            flags.insert(flag);
        }
    }
    Mode {
        mode: name.to_owned(),
        failures,
        posterior,
        beta_mle: found.map(|fit| fit.beta_mle),
        log_likelihood: found.map(|fit| fit.log_likelihood),
        aic,
        cramer_von_mises: fitness,
        laplace: trend::laplace(&own),
        mil_hdbk_189: trend::mil_hdbk_189(&own),
        cost_shape: CostShape::of(&repairs, costs.family, policy),
        pricing: choices.basis_of(renewal, aic.map(|aic| aic.0), &repairs),
        renewal,
        costs,
        mean_cumulative: mean_cumulative(&own, CURVE_POINTS),
        flags,
    }
}

fn has_ties(machine: &Machine) -> bool {
    let mut seen = BTreeMap::new();
    machine.failures.iter().any(|age| seen.insert(age.to_bits(), ()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fit_that_has_not_settled_says_so() {
        let machine = |environment: &str, region: &str, failures: usize| MachineEvidence {
            levels: Levels {
                environment: environment.to_owned(),
                region: region.to_owned(),
                duty: String::new(),
            },
            entry: 0.0,
            exit: 5.0,
            failures: (1..=failures)
                .map(|i| Failure { mode: "SEAL".to_owned(), age: 0.4 * i as f64, cost: None })
                .collect(),
        };
        let evidence =
            [machine("dusty", "330000", 9), machine("", "330000", 2), machine("dusty", "", 5)];
        let policy = PricingPolicy::seeded();
        let fit = |rounds| fit_within(rounds, &evidence, &policy, None, Choices::default());
        assert!(fit(1).unwrap().flags.contains(&Flag::NotConverged));
        assert!(!fit(ROUNDS).unwrap().flags.contains(&Flag::NotConverged));
    }
}
