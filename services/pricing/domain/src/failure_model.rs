//! A product family's failure model: modes with their intensities and costs, effects of circumstances, frailty.

use crate::covariate::{Effect, Levels};
use crate::mean_cumulative::Point;
use crate::policy::{PricingPolicy, model};
use crate::power_law::{Estimator, PowerLaw, Seen, Windows};
use crate::renewal::RenewalFit;
use crate::trend::Test;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

mod fitting;
pub use fitting::fit_failure_model;
mod shrinkage;
pub use shrinkage::{Belief, Posterior};
mod cost_shape;
pub use cost_shape::{CostQuantile, CostShape};
mod choices;
pub use choices::{Choices, PricingBasis};
mod prior;
pub use prior::{prior_law, prior_model};
mod repair_cost;
pub use repair_cost::{RepairCost, RepairCosts};

/// Days of a year, for ages.
pub const DAYS_PER_YEAR: f64 = 365.2425;

/// Age in years from one civil date to another.
#[must_use]
pub fn age_years(from: Date, to: Date) -> f64 {
    f64::from((to - from).get_days()) / DAYS_PER_YEAR
}

/// What to know before trusting a model or a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// No failure was seen: the prior answers.
    PriorOnly,
    /// Few failures: the shape is drawn to the prior.
    Shrunk,
    /// The repair costs are the prior's.
    SeverityPrior,
    /// The power law does not fit well.
    PoorFit,
    /// Several failures of one machine at one instant.
    Ties,
    /// Machines without a commissioning date were left out.
    MachinesLeftOut,
    /// Costs in another currency were left out.
    CostsLeftOut,
    /// No rate card holds.
    DefaultRates,
    /// A region, environment or duty was never seen.
    UnseenLevel,
    /// How many responses come late is assumed.
    LatenessAssumed,
    /// Effects that the machines cannot tell apart.
    AliasedEffects,
    /// Intensities and effects had not settled when the fit ended.
    NotConverged,
    /// Failures, but none that determines a shape: the prior's stands.
    ShapePrior,
    /// Failures before a machine began to work, or after it ceased to, were left out.
    FailuresLeftOut,
}

/// A failure of a machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// Its mode.
    pub mode: String,
    /// The machine's age, years.
    pub age: f64,
    /// What it cost, if that is known in the policy's currency.
    pub cost: Option<RepairCost>,
}

/// A machine's evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct MachineEvidence {
    /// Environment, region, duty.
    pub levels: Levels,
    /// Age at which observation began, years.
    pub entry: f64,
    /// Age at which it ended, years.
    pub exit: f64,
    /// What failed within.
    pub failures: Vec<Failure>,
}

/// One failure mode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mode {
    /// As work orders name it.
    pub mode: String,
    /// Failures seen.
    pub failures: usize,
    /// Intensity of an average machine, with its uncertainty.
    pub posterior: Posterior,
    /// The shape by plain maximum likelihood; none where it has no estimate.
    pub beta_mle: Option<f64>,
    /// Log-likelihood of power law at its maximum.
    pub log_likelihood: Option<f64>,
    /// Akaike's criterion of the power law, and of a constant intensity.
    pub aic: Option<(f64, f64)>,
    /// Cramer-von Mises.
    pub cramer_von_mises: Option<Test>,
    /// Laplace.
    pub laplace: Option<Test>,
    /// MIL-HDBK-189.
    pub mil_hdbk_189: Option<Test>,
    /// What a failure costs.
    pub costs: RepairCosts,
    /// Total cost as seen beside the family that was chosen.
    #[serde(default)]
    pub cost_shape: CostShape,
    /// The alternative of replacement at every failure; none with fewer than three failures.
    #[serde(default)]
    pub renewal: Option<RenewalFit>,
    /// What its failures are priced by.
    #[serde(default)]
    pub pricing: PricingBasis,
    /// Mean cumulative function.
    pub mean_cumulative: Vec<Point>,
    /// What to know.
    pub flags: BTreeSet<Flag>,
}

impl Mode {
    /// Whether replacement at every failure fits better than repair.
    #[must_use]
    pub fn renewal_preferred(&self) -> bool {
        self.renewal.zip(self.aic).is_some_and(|(renewal, aic)| renewal.aic < aic.0)
    }

    /// The part's life, if its failures are priced by replacement.
    #[must_use]
    pub fn priced_renewal(&self) -> Option<RenewalFit> {
        self.renewal.filter(|_| self.pricing == PricingBasis::Renewal)
    }

    /// Expected failures of an average machine between two ages as they are priced, and their standard error.
    #[must_use]
    pub fn forecast(&self, from: f64, to: f64) -> (f64, f64) {
        match self.priced_renewal() {
            Some(fit) => (fit.life.renewals(from, to - from), fit.error(from, to - from)),
            None => {
                (self.posterior.law.expected(from, to), self.posterior.expected_error(from, to))
            }
        }
    }
}

/// A fitted model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FailureModel {
    /// Machines under observation.
    pub machines: usize,
    /// Machine-years under observation.
    pub machine_years: f64,
    /// By name; at least one.
    pub modes: Vec<Mode>,
    /// Environment, region, duty.
    pub effects: Vec<Effect>,
    /// Variance of the gamma frailty.
    pub frailty_variance: f64,
    /// How the shape was estimated.
    pub estimator: Estimator,
    /// What to know.
    pub flags: BTreeSet<Flag>,
    /// What was said of its modes when it was fitted.
    #[serde(default)]
    pub choices: Choices,
}

/// The mode that stands for all when nothing has failed yet.
pub const ANY_MODE: &str = "any";

/// Failures from which on replacement is fitted as well.
const LEAST_RENEWALS: usize = 3;

/// Points kept of a mean cumulative function.
const CURVE_POINTS: usize = 60;

impl FailureModel {
    /// Expected failures of an average machine between two ages, years.
    #[must_use]
    pub fn expected(&self, from: f64, to: f64) -> f64 {
        self.modes.iter().map(|mode| mode.posterior.law.expected(from, to)).sum()
    }

    /// Failures of all modes.
    #[must_use]
    pub fn failures(&self) -> usize {
        self.modes.iter().map(|mode| mode.failures).sum()
    }

    /// The factor of a machine's circumstances.
    #[must_use]
    pub fn circumstance(&self, levels: &Levels) -> f64 {
        fitting::factor(&self.effects, levels)
    }
}

#[cfg(test)]
mod tests;
