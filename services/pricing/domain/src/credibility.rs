//! How much a contract's own experience counts beside that of its class: Buhlmann and Straub (1970), gamma and Poisson, and
//! limited fluctuation as the gate.

mod limited_fluctuation;
pub use limited_fluctuation::{FULL_CREDIBILITY, full_credibility, partial_credibility};

/// A year of a contract: what was expected, and what came as a multiple of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Year {
    /// Weight: expected cost, above 0.
    pub weight: f64,
    /// Actual over expected.
    pub ratio: f64,
}

/// What a class of contracts is like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Structure {
    /// Credibility-weighted mean of the ratios.
    pub mean: f64,
    /// Variance of a contract's ratio from year to year, at unit weight.
    pub within: f64,
    /// Variance of the contracts' true ratios; 0 when they do not differ more than chance makes them.
    pub between: f64,
}

/// Weight and weighted mean ratio of years.
#[must_use]
pub fn weighed(years: &[Year]) -> (f64, f64) {
    let weight: f64 = years.iter().map(|year| year.weight).sum();
    let sum: f64 = years.iter().map(|year| year.weight * year.ratio).sum();
    (weight, if weight > 0.0 { sum / weight } else { 1.0 })
}

impl Structure {
    /// Estimates a class from its contracts' years (Buhlmann and Straub; unbiased, the variance between floored at 0). None with
    /// fewer than two contracts with experience, or if none of them has a second year.
    #[must_use]
    pub fn of(contracts: &[Vec<Year>]) -> Option<Self> {
        let groups: Vec<(&Vec<Year>, f64, f64)> = contracts
            .iter()
            .map(|years| (years, weighed(years)))
            .filter(|(_, (weight, _))| *weight > 0.0)
            .map(|(years, (weight, mean))| (years, weight, mean))
            .collect();
        let freedom: usize = groups.iter().map(|(years, ..)| years.len() - 1).sum();
        if groups.len() < 2 || freedom == 0 {
            return None;
        }
        let within = groups
            .iter()
            .flat_map(|(years, _, mean)| {
                years.iter().map(move |year| year.weight * (year.ratio - mean).powi(2))
            })
            .sum::<f64>()
            / freedom as f64;
        let total: f64 = groups.iter().map(|(_, weight, _)| weight).sum();
        let plain = groups.iter().map(|(_, weight, mean)| weight * mean).sum::<f64>() / total;
        let squares: f64 = groups.iter().map(|(_, weight, _)| weight * weight).sum();
        let spread: f64 =
            groups.iter().map(|(_, weight, mean)| weight * (mean - plain).powi(2)).sum();
        let others = (groups.len() - 1) as f64;
        let between = ((spread - others * within) / (total - squares / total)).max(0.0);
        let mut structure = Self { mean: plain, within, between };
        let sum: f64 = groups.iter().map(|(_, weight, _)| structure.credibility(*weight)).sum();
        if sum > 0.0 {
            structure.mean = groups
                .iter()
                .map(|(_, weight, mean)| structure.credibility(*weight) * mean / sum)
                .sum();
        }
        Some(structure)
    }

    /// The class with its mean drawn to 1, what was expected, as far as its failures fall short of full credibility.
    #[must_use]
    pub fn with_failures(self, failures: f64) -> Self {
        Self { mean: 1.0 + partial_credibility(failures) * (self.mean - 1.0), ..self }
    }

    /// Ratio of the variances, k; none when contracts do not differ.
    #[must_use]
    pub fn constant(&self) -> Option<f64> {
        (self.between > 0.0).then(|| self.within / self.between)
    }

    /// Credibility of experience of that weight: w / (w + k), 0 when contracts do not differ.
    #[must_use]
    pub fn credibility(&self, weight: f64) -> f64 {
        match self.constant() {
            Some(constant) if weight > 0.0 => weight / (weight + constant),
            Some(_) | None => 0.0,
        }
    }
}

/// Which way experience was weighed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// By the variances within and between contracts.
    BuhlmannStraub,
    /// By the prior's weight against the number of failures that were expected.
    GammaPoisson,
    /// Its own failures are so many that it stands alone: [`FULL_CREDIBILITY`].
    LimitedFluctuation,
    /// There is none.
    NoExperience,
}

/// What is believed of a contract's cost as a multiple of what its quote expected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Blend {
    /// How it was weighed.
    pub method: Method,
    /// Its own ratio.
    pub own: f64,
    /// The class's.
    pub class: f64,
    /// Weight of its own, 0..=1.
    pub credibility: f64,
    /// k; 0 if not estimated.
    pub constant: f64,
    /// The blended ratio.
    pub factor: f64,
}

/// Blends a contract's years with its class. Without a structure the number of its failures is weighed against the prior:
/// (alpha + n) / (alpha + m), which is the posterior mean of a gamma of mean 1 and shape alpha. With the failures of full
/// credibility a contract stands alone.
#[must_use]
pub fn blend(
    years: &[Year],
    counts: (f64, f64),
    structure: Option<&Structure>,
    alpha: f64,
) -> Blend {
    let found = weigh(years, counts, structure, alpha);
    let (failures, expected) = counts;
    if found.method == Method::NoExperience || failures < FULL_CREDIBILITY || expected <= 0.0 {
        return found;
    }
    Blend { method: Method::LimitedFluctuation, credibility: 1.0, factor: found.own, ..found }
}

fn weigh(
    years: &[Year],
    (failures, expected): (f64, f64),
    structure: Option<&Structure>,
    alpha: f64,
) -> Blend {
    let (weight, own) = weighed(years);
    let class = structure.map_or(1.0, |structure| structure.mean);
    if weight <= 0.0 {
        let method = Method::NoExperience;
        return Blend { method, own: 1.0, class, credibility: 0.0, constant: 0.0, factor: class };
    }
    if let Some(structure) = structure {
        let credibility = structure.credibility(weight);
        return Blend {
            method: Method::BuhlmannStraub,
            own,
            class,
            credibility,
            constant: structure.constant().unwrap_or(0.0),
            factor: class + credibility * (own - class),
        };
    }
    let own = if expected > 0.0 { failures / expected } else { 1.0 };
    Blend {
        method: Method::GammaPoisson,
        own,
        class,
        credibility: expected / (alpha + expected),
        constant: alpha,
        factor: (alpha + failures) / (alpha + expected),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(ratios: &[f64]) -> Vec<Year> {
        ratios.iter().map(|ratio| Year { weight: 1.0, ratio: *ratio }).collect()
    }

    #[test]
    fn two_policyholders_have_their_textbook_premiums() {
        // Klugman, Panjer, Willmot, Loss Models, chapter 19: losses (3, 5, 7) and (6, 12, 9).
        let contracts = [plain(&[3.0, 5.0, 7.0]), plain(&[6.0, 12.0, 9.0])];
        let class = Structure::of(&contracts).unwrap();
        assert!((class.within - 6.5).abs() < 1e-12);
        assert!((class.between - 35.0 / 6.0).abs() < 1e-12);
        assert!((class.constant().unwrap() - 39.0 / 35.0).abs() < 1e-12);
        assert!((class.credibility(3.0) - 35.0 / 48.0).abs() < 1e-12);
        for (years, premium) in contracts.iter().zip([133.0 / 24.0, 203.0 / 24.0]) {
            let found = blend(years, (0.0, 0.0), Some(&class), 4.0);
            assert!((found.factor - premium).abs() < 1e-12);
        }
    }

    #[test]
    fn known_variances_give_the_society_of_actuaries_premium() {
        // SOA course 4, November 2003: mean 20, variance of means 40, process variance 8,000; 800, 600, 400 lives at 15, 10, 5.
        let class = Structure { mean: 20.0, within: 8000.0, between: 40.0 };
        let year = |weight, ratio| Year { weight, ratio };
        let years = [year(800.0, 12_000.0 / 800.0), year(600.0, 10.0), year(400.0, 5.0)];
        let found = blend(&years, (0.0, 0.0), Some(&class), 4.0);
        assert!((found.credibility - 0.9).abs() < 1e-12);
        assert!((found.factor - 12.0).abs() < 1e-12);
    }

    #[test]
    fn contracts_that_do_not_differ_are_all_the_class() {
        let class = Structure::of(&[plain(&[1.0, 9.0]), plain(&[9.0, 1.0])]).unwrap();
        assert_eq!((class.between, class.credibility(100.0)), (0.0, 0.0));
        let found = blend(&plain(&[1.0, 9.0]), (0.0, 0.0), Some(&class), 4.0);
        assert_eq!((found.credibility, found.factor), (0.0, 5.0));
    }

    #[test]
    fn one_contract_or_one_year_makes_no_class() {
        assert_eq!(Structure::of(&[plain(&[1.0, 2.0])]), None);
        assert_eq!(Structure::of(&[plain(&[1.0]), plain(&[2.0])]), None);
        assert_eq!(Structure::of(&[plain(&[1.0, 2.0]), Vec::new()]), None);
        let alone = blend(&plain(&[1.5]), (6.0, 4.0), None, 4.0);
        assert_eq!((alone.method, alone.factor), (Method::GammaPoisson, 10.0 / 8.0));
        assert_eq!((alone.own, alone.credibility), (1.5, 0.5));
    }

    #[test]
    fn a_contract_with_the_failures_of_full_credibility_stands_alone() {
        let class = Structure { mean: 1.0, within: 1e9, between: 1.0 };
        let years = [Year { weight: 900.0, ratio: 1.3 }];
        for (failures, structure, method) in [
            (1082.0, Some(&class), Method::BuhlmannStraub),
            (1083.0, Some(&class), Method::LimitedFluctuation),
            (1082.0, None, Method::GammaPoisson),
            (1083.0, None, Method::LimitedFluctuation),
        ] {
            let found = blend(&years, (failures, 1000.0), structure, 4.0);
            assert_eq!(found.method, method, "{failures}");
            let alone = method == Method::LimitedFluctuation;
            let own = if structure.is_some() { 1.3 } else { failures / 1000.0 };
            assert!((found.own - own).abs() < 1e-12);
            assert_eq!((found.credibility == 1.0, found.factor == found.own), (alone, alone));
        }
    }

    #[test]
    fn a_class_of_few_failures_stands_near_what_was_expected() {
        let class = Structure { mean: 1.4, within: 6.5, between: 0.1 };
        for (failures, mean) in [(0.0, 1.0), (270.6025, 1.2), (1082.41, 1.4), (9999.0, 1.4)] {
            let found = class.with_failures(failures);
            assert!((found.mean - mean).abs() < 1e-12);
            assert_eq!((found.within, found.between), (class.within, class.between));
        }
    }

    proptest! {
        #[test]
        fn no_experience_returns_the_class_and_infinite_experience_the_experience(
            mean in 0.2f64..5.0, within in 0.01f64..100.0, between in 0.01f64..5.0, own in 0.0f64..6.0,
        ) {
            let class = Structure { mean, within, between };
            let none = blend(&[], (0.0, 0.0), Some(&class), 4.0);
            prop_assert_eq!((none.method, none.factor), (Method::NoExperience, mean));
            let forever = [Year { weight: 1e15, ratio: own }];
            prop_assert!((blend(&forever, (0.0, 0.0), Some(&class), 4.0).factor - own).abs() < 1e-9);
            let counted = blend(&forever, (own * 1e12, 1e12), None, 4.0);
            prop_assert!((counted.factor - own).abs() < 1e-9);
            prop_assert_eq!(blend(&[], (0.0, 0.0), None, 4.0).factor, 1.0);
        }

        #[test]
        fn a_blend_lies_between_the_class_and_the_own(
            ratios in prop::collection::vec(prop::collection::vec((0.1f64..50.0, 0.0f64..4.0), 1..5), 2..8),
        ) {
            let contracts: Vec<Vec<Year>> = ratios
                .iter()
                .map(|years| years.iter().map(|(weight, ratio)| Year { weight: *weight, ratio: *ratio }).collect())
                .collect();
            if let Some(class) = Structure::of(&contracts) {
                for years in &contracts {
                    let found = blend(years, (0.0, 0.0), Some(&class), 4.0);
                    let (low, high) = (found.own.min(found.class), found.own.max(found.class));
                    prop_assert!(found.factor >= low - 1e-9 && found.factor <= high + 1e-9);
                    prop_assert!((0.0..=1.0).contains(&found.credibility));
                }
            }
        }
    }
}
