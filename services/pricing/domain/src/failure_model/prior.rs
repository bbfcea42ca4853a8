//! What a model says before any evidence.

use super::{
    ANY_MODE, Belief, Choices, CostShape, Estimator, FailureModel, Flag, Mode, Posterior, PowerLaw,
    PricingBasis, PricingPolicy, RepairCosts, Seen, Windows, model,
};
use std::collections::BTreeSet;

/// The process that the policy believes in before any evidence.
#[must_use]
pub fn prior_law(policy: &PricingPolicy, failures_per_year: Option<f64>) -> PowerLaw {
    let belief = Belief::of(policy, failures_per_year);
    PowerLaw { lambda: belief.lambda(belief.beta), beta: belief.beta }
}

/// A model of which nothing is known but the prior.
#[must_use]
pub fn prior_model(policy: &PricingPolicy, failures_per_year: Option<f64>) -> FailureModel {
    let belief = Belief::of(policy, failures_per_year);
    let posterior =
        Posterior::of(&Windows::of(&[]), Seen::default(), &belief, Estimator::MaximumLikelihood);
    let flags = BTreeSet::from([Flag::PriorOnly, Flag::SeverityPrior]);
    let mode = Mode {
        mode: ANY_MODE.to_owned(),
        failures: 0,
        posterior,
        beta_mle: None,
        log_likelihood: None,
        aic: None,
        cramer_von_mises: None,
        laplace: None,
        mil_hdbk_189: None,
        costs: RepairCosts::of(&[], policy, None),
        cost_shape: CostShape::default(),
        renewal: None,
        pricing: PricingBasis::MinimalRepair,
        mean_cumulative: Vec::new(),
        flags: flags.clone(),
    };
    FailureModel {
        machines: 0,
        machine_years: 0.0,
        modes: vec![mode],
        effects: Vec::new(),
        // Machines of an unknown kind differ; a coefficient of variation of a half is a mild belief.
        frailty_variance: model(policy.technician_spread).powi(2),
        estimator: Estimator::MaximumLikelihood,
        flags,
        choices: Choices::default(),
    }
}
