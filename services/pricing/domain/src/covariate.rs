//! Proportional intensity: how environment, region and duty change a machine's failure rate.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

mod aliased;
pub use aliased::mark_aliased;

/// What may change a machine's intensity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Covariate {
    /// Where it works (`dusty`).
    Environment,
    /// The province or country where it stands (`330000`).
    Region,
    /// Hours of work a day, in bands (`low`, `medium`, `high`).
    Duty,
}

impl Covariate {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Environment, Self::Region, Self::Duty];

    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Region => "region",
            Self::Duty => "duty",
        }
    }
}

/// A machine's level of each covariate; empty when unknown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Levels {
    /// Where it works.
    pub environment: String,
    /// Province or country.
    pub region: String,
    /// Duty band.
    pub duty: String,
}

impl Levels {
    /// The level of one covariate.
    #[must_use]
    pub fn of(&self, covariate: Covariate) -> &str {
        match covariate {
            Covariate::Environment => &self.environment,
            Covariate::Region => &self.region,
            Covariate::Duty => &self.duty,
        }
    }
}

/// The duty band of a machine: up to 10 hours a day is `low`, up to 18 `medium`, beyond `high`; unknown is empty.
#[must_use]
pub fn duty_band(hours_per_day: Option<f64>) -> &'static str {
    match hours_per_day {
        None => "",
        Some(hours) if hours <= 10.0 => "low",
        Some(hours) if hours <= 18.0 => "medium",
        Some(_) => "high",
    }
}

/// The effect of one level: a factor on the intensity of every mode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// Of which covariate.
    pub covariate: Covariate,
    /// Which level.
    pub level: String,
    /// The factor; 1 is no effect.
    pub factor: f64,
    /// Failures seen at the level.
    pub observed: f64,
    /// Failures expected at the level without its effect.
    pub expected: f64,
    /// Whether the machines cannot tell it from other effects.
    #[serde(default)]
    pub aliased: bool,
}

impl Effect {
    /// Standard error of ln(factor), 1 / sqrt(observed + prior weight).
    #[must_use]
    pub fn log_error(&self) -> f64 {
        1.0 / (self.observed + PRIOR_FAILURES).sqrt()
    }
}

/// How many failures the belief in no effect is worth: levels with little evidence stay near 1.
const PRIOR_FAILURES: f64 = 5.0;

/// Machines of the same levels as the effects see them.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject<'a> {
    /// Its levels.
    pub levels: &'a Levels,
    /// Failures seen.
    pub observed: f64,
    /// Failures that average machines would have had in their windows.
    pub expected: f64,
}

/// The effects of all levels, fitted together: multiplicative Poisson rates (Lawless 1987) by cyclic scaling, each level
/// drawn towards 1 by a gamma prior worth five failures. The mean of a covariate's effects is 1, weighted by the failures that
/// are expected with the other effects. Unknown levels have no effect.
#[must_use]
pub fn fit_effects(subjects: &[Subject<'_>]) -> Vec<Effect> {
    fit_with_prior(subjects, PRIOR_FAILURES)
}

fn fit_with_prior(subjects: &[Subject<'_>], prior: f64) -> Vec<Effect> {
    let mut factors: BTreeMap<(Covariate, &str), (f64, f64, f64)> = BTreeMap::new();
    for subject in subjects {
        for covariate in Covariate::ALL {
            let level = subject.levels.of(covariate);
            if !level.is_empty() {
                factors.entry((covariate, level)).or_insert((1.0, 0.0, 0.0)).1 += subject.observed;
            }
        }
    }
    for _ in 0..100 {
        let moved = Covariate::ALL
            .into_iter()
            .map(|c| sweep(c, subjects, prior, &mut factors))
            .fold(0.0, f64::max);
        if moved < 1e-10 {
            break;
        }
    }
    factors
        .into_iter()
        .map(|((covariate, level), (factor, observed, expected))| Effect {
            covariate,
            level: level.to_owned(),
            factor,
            observed,
            expected,
            aliased: false,
        })
        .collect()
}

/// The effects with the average machine at 1 exactly: weighted by the failures that are expected of them without effects, the
/// machines' factors have the mean 1.
#[must_use]
pub fn centred(mut effects: Vec<Effect>, subjects: &[Subject<'_>]) -> Vec<Effect> {
    let mut weights: Vec<f64> = subjects.iter().map(|subject| subject.expected).collect();
    for covariate in Covariate::ALL {
        let known: Vec<Option<f64>> =
            subjects.iter().map(|s| factor_of(&effects, covariate, s.levels)).collect();
        let (weight, sum) = known
            .iter()
            .zip(&weights)
            .filter_map(|(factor, weight)| factor.map(|factor| (weight, weight * factor)))
            .fold((0.0, 0.0), |(all, sum), (weight, scaled)| (all + weight, sum + scaled));
        let mean = if weight > 0.0 { sum / weight } else { 1.0 };
        for effect in &mut effects {
            if effect.covariate == covariate {
                effect.factor /= mean;
            } else {
                effect.expected /= mean;
            }
        }
        for (weight, factor) in weights.iter_mut().zip(known) {
            *weight *= factor.map_or(1.0, |factor| factor / mean);
        }
    }
    effects
}

/// Scales every level of one covariate, the others held; answers with the largest change of a logarithm.
fn sweep<'a>(
    covariate: Covariate,
    subjects: &[Subject<'a>],
    prior: f64,
    factors: &mut BTreeMap<(Covariate, &'a str), (f64, f64, f64)>,
) -> f64 {
    let mut expected: BTreeMap<&str, f64> = BTreeMap::new();
    for subject in subjects {
        let others: f64 = Covariate::ALL
            .into_iter()
            .filter(|other| *other != covariate)
            .filter_map(|other| factors.get(&(other, subject.levels.of(other))))
            .map(|found| found.0)
            .product();
        *expected.entry(subject.levels.of(covariate)).or_default() += subject.expected * others;
    }
    let mut before = Vec::new();
    for ((found, level), value) in factors.iter_mut().filter(|((c, _), _)| *c == covariate) {
        debug_assert_eq!(*found, covariate);
        value.2 = expected.get(level).copied().unwrap_or(0.0);
        let factor = (value.1 + prior) / (value.2 + prior);
        before.push(value.0);
        value.0 = factor;
    }
    // The overall level is the intensity's: left in the effects it would wander between the covariates and never settle.
    let own = || factors.iter().filter(|((c, _), _)| *c == covariate).map(|(_, value)| value);
    let weight: f64 = own().map(|value| value.2).sum();
    let mean = own().map(|value| value.2 * value.0).sum::<f64>() / weight;
    let mean = if mean > 0.0 && mean.is_finite() { mean } else { 1.0 };
    let own = factors.iter_mut().filter(|((c, _), _)| *c == covariate);
    let mut moved: f64 = 0.0;
    for ((_, value), before) in own.zip(before) {
        value.0 /= mean;
        moved = moved.max((value.0 / before).ln().abs());
    }
    moved
}

/// The factor of a machine's level; none if the level was never seen.
#[must_use]
pub fn factor_of(effects: &[Effect], covariate: Covariate, levels: &Levels) -> Option<f64> {
    let level = levels.of(covariate);
    effects.iter().find(|e| e.covariate == covariate && e.level == level).map(|e| e.factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(environment: &str, region: &str) -> Levels {
        Levels { environment: environment.into(), region: region.into(), duty: String::new() }
    }

    #[test]
    fn effects_that_made_the_data_are_found_again() {
        // Dusty doubles and 360000 adds half, with so many failures that the prior does not matter.
        let kinds = [
            ("clean", "330000", 1.0),
            ("dusty", "330000", 2.0),
            ("clean", "360000", 1.5),
            ("dusty", "360000", 3.0),
        ];
        let levels: Vec<Levels> = kinds.iter().map(|(e, r, _)| levels(e, r)).collect();
        let subjects: Vec<Subject> = levels
            .iter()
            .zip(kinds)
            .map(|(levels, (_, _, rate))| Subject { levels, observed: 1e6 * rate, expected: 1e6 })
            .collect();
        let effects = fit_effects(&subjects);
        let factor = |c, l: &Levels| factor_of(&effects, c, l).unwrap();
        let dust =
            factor(Covariate::Environment, &levels[1]) / factor(Covariate::Environment, &levels[0]);
        let place = factor(Covariate::Region, &levels[2]) / factor(Covariate::Region, &levels[0]);
        assert!((dust - 2.0).abs() < 1e-4 && (place - 1.5).abs() < 1e-4, "{dust} {place}");
    }

    #[test]
    fn dobsons_counts_have_their_published_effects() {
        // R help(glm), after Dobson 1990: counts by outcome (three levels) and treatment (three levels).
        let counts = [18.0, 17.0, 15.0, 20.0, 10.0, 20.0, 25.0, 13.0, 12.0];
        let places: Vec<Levels> =
            (0..9).map(|i| levels(&format!("o{}", i % 3), &format!("t{}", i / 3))).collect();
        let subjects: Vec<Subject> = places
            .iter()
            .zip(counts)
            .map(|(levels, observed)| Subject { levels, observed, expected: 1.0 })
            .collect();
        let effects = fit_with_prior(&subjects, 0.0);
        let of = |covariate, i: usize| factor_of(&effects, covariate, &places[i]).unwrap();
        let (outcome, treatment) = (Covariate::Environment, Covariate::Region);
        let fitted = |i: usize| of(outcome, i) * of(treatment, i);
        let level = counts.iter().sum::<f64>() / (0..9).map(fitted).sum::<f64>();
        let intercept = (level * fitted(0)).ln();
        assert!((intercept - 21.0_f64.ln()).abs() < 1e-9, "{intercept}");
        for (i, known) in [(1, -0.454_255_3), (2, -0.292_987_1)] {
            assert!(((of(outcome, i) / of(outcome, 0)).ln() - known).abs() < 1e-7);
        }
        for i in [3, 6] {
            assert!((of(treatment, i) / of(treatment, 0)).ln().abs() < 1e-9);
        }
        let deviance: f64 = counts
            .iter()
            .enumerate()
            .map(|(i, count)| 2.0 * count * (count / (level * fitted(i))).ln())
            .sum();
        assert!((deviance - 5.129_141_1).abs() < 1e-6, "{deviance}");
    }

    #[test]
    fn a_level_with_little_evidence_stays_near_no_effect() {
        let place = levels("hot", "");
        let effects = fit_effects(&[Subject { levels: &place, observed: 1.0, expected: 0.1 }]);
        assert!(effects[0].factor < 1.2, "{}", effects[0].factor);
        assert_eq!(factor_of(&effects, Covariate::Region, &place), None);
    }

    #[test]
    fn centred_effects_leave_the_average_machine_at_one() {
        let kinds = [("clean", "330000", 10.0), ("dusty", "330000", 80.0), ("dusty", "", 30.0)];
        let places: Vec<Levels> = kinds.iter().map(|(e, r, _)| levels(e, r)).collect();
        let subjects: Vec<Subject> = places
            .iter()
            .zip(kinds)
            .map(|(levels, (_, _, observed))| Subject { levels, observed, expected: 20.0 })
            .collect();
        let raw = fit_effects(&subjects);
        let effects = centred(raw.clone(), &subjects);
        let factor = |levels: &Levels| -> f64 {
            Covariate::ALL.into_iter().filter_map(|c| factor_of(&effects, c, levels)).product()
        };
        let mean = places.iter().map(factor).sum::<f64>() / 3.0;
        assert!((mean - 1.0).abs() < 1e-12, "{mean}");
        let (before, after) =
            (raw[1].factor / raw[0].factor, effects[1].factor / effects[0].factor);
        assert!((before - after).abs() < 1e-12);
    }

    #[test]
    fn duty_has_three_bands() {
        assert_eq!(
            [Some(8.0), Some(16.0), Some(24.0), None].map(duty_band),
            ["low", "medium", "high", ""]
        );
    }
}
