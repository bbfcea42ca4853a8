//! Failure models as callers see them.

use crate::store::failure_model::entity;
use crate::store::instant;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::aftercare::r#type::v1::Period;
use aftercare_platform::database::StoreError;
use aftercare_platform::wire;
use aftercare_pricing_domain::covariate::Effect;
use aftercare_pricing_domain::drift::ModeDrift;
use aftercare_pricing_domain::failure_model::{CostShape, Flag, Mode, PricingBasis, RepairCosts};
use aftercare_pricing_domain::power_law::Estimator;
use aftercare_pricing_domain::renewal::RenewalFit;
use aftercare_pricing_domain::severity::Family;
use aftercare_pricing_domain::trend::Test;

/// What to know before trusting a model or a quote.
pub(crate) fn flags(flags: impl IntoIterator<Item = Flag>) -> Vec<i32> {
    flags.into_iter().map(|flag| flag_of(flag).into()).collect()
}

const fn flag_of(flag: Flag) -> pb::ModelFlag {
    match flag {
        Flag::PriorOnly => pb::ModelFlag::PriorOnly,
        Flag::Shrunk => pb::ModelFlag::Shrunk,
        Flag::SeverityPrior => pb::ModelFlag::SeverityPrior,
        Flag::PoorFit => pb::ModelFlag::PoorFit,
        Flag::Ties => pb::ModelFlag::Ties,
        Flag::MachinesLeftOut => pb::ModelFlag::MachinesLeftOut,
        Flag::CostsLeftOut => pb::ModelFlag::CostsLeftOut,
        Flag::DefaultRates => pb::ModelFlag::DefaultRates,
        Flag::UnseenLevel => pb::ModelFlag::UnseenLevel,
        Flag::LatenessAssumed => pb::ModelFlag::LatenessAssumed,
        Flag::AliasedEffects => pb::ModelFlag::AliasedEffects,
        Flag::NotConverged => pb::ModelFlag::NotConverged,
        Flag::ShapePrior => pb::ModelFlag::ShapePrior,
        Flag::FailuresLeftOut => pb::ModelFlag::FailuresLeftOut,
    }
}

/// The estimator asked for; none for a number that is not defined.
pub(crate) fn estimator(number: i32) -> Option<Estimator> {
    match pb::Estimator::try_from(number).ok()? {
        pb::Estimator::Unspecified | pb::Estimator::MaximumLikelihood => {
            Some(Estimator::MaximumLikelihood)
        }
        pb::Estimator::Unbiased => Some(Estimator::Unbiased),
    }
}

/// What failures are priced by; none leaves it to the evidence.
pub(crate) const fn basis_of(word: pb::PricingBasis) -> Option<PricingBasis> {
    match word {
        pb::PricingBasis::Unspecified => None,
        pb::PricingBasis::MinimalRepair => Some(PricingBasis::MinimalRepair),
        pb::PricingBasis::Renewal => Some(PricingBasis::Renewal),
    }
}

/// The family of repair costs; none leaves it to the evidence.
pub(crate) const fn family_of(word: pb::SeverityFamily) -> Option<Family> {
    match word {
        pb::SeverityFamily::Unspecified => None,
        pb::SeverityFamily::Lognormal => Some(Family::Lognormal),
        pb::SeverityFamily::Gamma => Some(Family::Gamma),
        pb::SeverityFamily::Empirical => Some(Family::Empirical),
    }
}

/// A count on the wire.
pub(crate) fn count(value: usize) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

/// A stored model.
pub(crate) fn present(row: &entity::Model) -> Result<pb::FailureModel, StoreError> {
    let stored = row.stored()?;
    let model = &stored.model;
    let estimator = match model.estimator {
        Estimator::MaximumLikelihood => pb::Estimator::MaximumLikelihood,
        Estimator::Unbiased => pb::Estimator::Unbiased,
    };
    Ok(pb::FailureModel {
        name: format!("failureModels/{}", row.id),
        family: row.family.clone(),
        version: i32::try_from(row.version).unwrap_or(i32::MAX),
        observation_period: Some(Period {
            start_date: stored.start.map(wire::date),
            end_date: Some(wire::date(stored.end)),
        }),
        machine_count: count(model.machines),
        event_count: count(model.failures()),
        machine_years: model.machine_years,
        modes: model.modes.iter().map(mode).collect(),
        effects: model.effects.iter().map(effect).collect(),
        frailty_variance: model.frailty_variance,
        estimator: estimator.into(),
        flags: flags(model.flags.iter().copied()),
        currency_code: stored.currency.clone(),
        create_time: Some(wire::timestamp(instant("pricing_failure_model", row.create_time)?)),
    })
}

fn effect(effect: &Effect) -> pb::CovariateEffect {
    pb::CovariateEffect {
        covariate: effect.covariate.name().to_owned(),
        level: effect.level.clone(),
        factor: effect.factor,
        log_standard_error: effect.log_error(),
        event_count: effect.observed as i32,
        expected_count: effect.expected,
        aliased: effect.aliased,
    }
}

fn mode(mode: &Mode) -> pb::FailureMode {
    let posterior = &mode.posterior;
    let spread = (posterior.log_lambda_variance * posterior.beta_variance).sqrt();
    let points = mode.mean_cumulative.iter().map(|point| pb::MeanCumulativePoint {
        age_years: point.age,
        failures: point.failures,
        standard_error: point.robust_error,
        fitted: posterior.law.expected(0.0, point.age),
    });
    pb::FailureMode {
        mode: mode.mode.clone(),
        event_count: count(mode.failures),
        beta: posterior.law.beta,
        lambda: posterior.law.lambda,
        beta_standard_error: posterior.beta_variance.sqrt(),
        log_lambda_standard_error: posterior.log_lambda_variance.sqrt(),
        correlation: if spread > 0.0 { posterior.covariance / spread } else { 0.0 },
        beta_maximum_likelihood: mode.beta_mle.unwrap_or(0.0),
        credibility: posterior.credibility,
        log_likelihood: mode.log_likelihood.unwrap_or(0.0),
        aic: mode.aic.map_or(0.0, |aic| aic.0),
        aic_constant: mode.aic.map_or(0.0, |aic| aic.1),
        cramer_von_mises: mode.cramer_von_mises.map(test),
        laplace: mode.laplace.map(test),
        mil_hdbk_189: mode.mil_hdbk_189.map(test),
        severity: Some(severity(&mode.costs, &mode.cost_shape)),
        mean_cumulative_function: points.collect(),
        renewal: mode.renewal.map(|renewal| renewal_fit(mode, &renewal)),
        flags: flags(mode.flags.iter().copied()),
        pricing_basis: match mode.pricing {
            PricingBasis::MinimalRepair => pb::PricingBasis::MinimalRepair,
            PricingBasis::Renewal => pb::PricingBasis::Renewal,
        }
        .into(),
    }
}

fn renewal_fit(mode: &Mode, renewal: &RenewalFit) -> pb::RenewalFit {
    pb::RenewalFit {
        shape: renewal.life.shape,
        scale_years: renewal.life.scale,
        log_shape_standard_error: renewal.log_shape_variance.sqrt(),
        log_scale_standard_error: renewal.log_scale_variance.sqrt(),
        aic: renewal.aic,
        mean_life_years: renewal.life.mean(),
        preferred: mode.renewal_preferred(),
    }
}

/// What changed in one mode.
pub(crate) fn drift(drift: &ModeDrift) -> pb::FailureModeChange {
    let (base, other) = (drift.base.unwrap_or_default(), drift.other.unwrap_or_default());
    pb::FailureModeChange {
        mode: drift.mode.clone(),
        base_beta: base.beta,
        other_beta: other.beta,
        base_failures: base.failures,
        other_failures: other.failures,
        base_mean_cost: base.mean_cost,
        other_mean_cost: other.mean_cost,
        rate_change_score: drift.score,
        p_value: drift.p_value,
        drifted: drift.drifted,
    }
}

fn test(test: Test) -> pb::StatisticalTest {
    pb::StatisticalTest {
        statistic: test.statistic,
        p_value: test.p_value,
        degrees_of_freedom: count(test.degrees_of_freedom),
    }
}

fn severity(costs: &RepairCosts, shape: &CostShape) -> pb::Severity {
    let family = match costs.family {
        Family::Lognormal => pb::SeverityFamily::Lognormal,
        Family::Gamma => pb::SeverityFamily::Gamma,
        Family::Empirical => pb::SeverityFamily::Empirical,
    };
    let component =
        |mean, standard_deviation| Some(pb::SeverityComponent { mean, standard_deviation });
    pb::Severity {
        family: family.into(),
        event_count: count(costs.events),
        labour_hours: component(costs.labour_hours.mean, costs.labour_hours.deviation),
        parts: component(costs.parts.mean, costs.parts.deviation),
        travel: component(costs.travel.mean, costs.travel.deviation),
        labour_parts_correlation: costs.correlation,
        aic_lognormal: costs.aic.map_or(0.0, |aic| aic.0),
        aic_gamma: costs.aic.map_or(0.0, |aic| aic.1),
        quantiles: shape
            .quantiles
            .iter()
            .map(|quantile| pb::SeverityQuantile {
                level: quantile.level,
                empirical: quantile.empirical,
                fitted: quantile.fitted,
            })
            .collect(),
        kolmogorov_distance: shape.distance,
    }
}
