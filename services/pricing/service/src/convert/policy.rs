//! The pricing policy, both ways.

use super::terms::{
    exclusion, exclusion_of, known, lever, lever_of, rounding, rounding_of, segment, segment_of,
};
use super::{hour_bands, risk_sharing};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::google::r#type::{Decimal as PbDecimal, Money as PbMoney};
use aftercare_kernel::currency::Currency;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::money::Money;
use aftercare_platform::wire;
use aftercare_pricing_domain::approval::{self, ApprovalStep};
use aftercare_pricing_domain::policy::{
    DefaultCosts, FailurePrior, PricingPolicy, fx_max_age_days, late_response_share,
};
use aftercare_pricing_domain::risk_sharing::OfferedTerms;
use rust_decimal::Decimal;

/// Fields that an update writes.
pub(crate) const FIELDS: &[&str] = &[
    "currency_code",
    "target_margin",
    "max_loss_probability",
    "discount_rate",
    "cost_inflation",
    "rounding",
    "validity_days",
    "readiness_exponent",
    "after_hours_share",
    "consumables_share",
    "parts_pool_share",
    "technician_spread",
    "reference_age_years",
    "default_costs",
    "failure_prior",
    "exclusion_shares",
    "concession_levers",
    "lever_weights",
    "renewal_share",
    "approval_ladder",
    "approval_window_days",
    "site_correlation",
    "uncertainty_load",
    "offered_terms",
    "late_response_share",
    "rounding_mode",
    "fx_max_age_days",
    "hour_bands",
];

/// A policy to the wire; the caller adds time and etag.
pub(crate) fn present(policy: &PricingPolicy) -> pb::PricingPolicy {
    let decimal = |value: Decimal| Some(wire::decimal(value));
    pb::PricingPolicy {
        name: "pricingPolicy".to_owned(),
        version: i32::try_from(policy.version).unwrap_or(i32::MAX),
        currency_code: policy.currency.code().to_owned(),
        target_margin: decimal(policy.target_margin),
        max_loss_probability: decimal(policy.max_loss_probability),
        discount_rate: decimal(policy.discount_rate),
        cost_inflation: decimal(policy.cost_inflation),
        rounding: Some(wire::money(policy.rounding)),
        validity_days: i32::try_from(policy.validity_days).unwrap_or(i32::MAX),
        readiness_exponent: decimal(policy.readiness_exponent),
        after_hours_share: decimal(policy.after_hours_share),
        consumables_share: decimal(policy.consumables_share),
        parts_pool_share: decimal(policy.parts_pool_share),
        technician_spread: decimal(policy.technician_spread),
        reference_age_years: decimal(policy.reference_age_years),
        default_costs: Some(costs(&policy.default_costs)),
        failure_prior: Some(pb::FailurePrior {
            failures_per_year: decimal(policy.failure_prior.failures_per_year),
            beta: decimal(policy.failure_prior.beta),
            weight: decimal(policy.failure_prior.weight),
        }),
        exclusion_shares: policy
            .exclusion_shares
            .iter()
            .map(|(word, share)| pb::ExclusionShare {
                exclusion: exclusion(*word).into(),
                share: decimal(*share),
            })
            .collect(),
        concession_levers: policy
            .concession_levers
            .iter()
            .map(|word| lever(*word).into())
            .collect(),
        lever_weights: policy
            .lever_weights
            .iter()
            .flat_map(|(who, weights)| {
                weights.iter().map(|(word, points)| pb::LeverWeight {
                    segment: segment(*who).into(),
                    lever: lever(*word).into(),
                    points: decimal(*points),
                })
            })
            .collect(),
        renewal_share: decimal(policy.renewal_share),
        approval_ladder: policy.approval_ladder.iter().map(step).collect(),
        approval_window_days: i32::try_from(policy.approval_window_days).unwrap_or(i32::MAX),
        site_correlation: decimal(policy.site_correlation),
        uncertainty_load: decimal(policy.uncertainty_load),
        offered_terms: Some(risk_sharing::offered(&policy.offered)),
        late_response_share: decimal(policy.late_response_share),
        rounding_mode: rounding(policy.rounding_mode).into(),
        fx_max_age_days: i32::try_from(policy.fx_max_age_days).unwrap_or(i32::MAX),
        hour_bands: policy.hours.as_ref().map(hour_bands::present),
        update_time: None,
        etag: String::new(),
    }
}

fn step(step: &ApprovalStep) -> pb::ApprovalStep {
    pb::ApprovalStep {
        role: step.role.clone(),
        max_gap_share: Some(wire::decimal(step.max_gap_share)),
        max_gap: step.max_gap.map(wire::money),
    }
}

fn costs(costs: &DefaultCosts) -> pb::DefaultCosts {
    let money = |amount: Money| Some(wire::money(amount));
    let decimal = |value: Decimal| Some(wire::decimal(value));
    pb::DefaultCosts {
        labour_cost_per_hour: money(costs.labour_cost_per_hour),
        travel_cost_per_visit: money(costs.travel_cost_per_visit),
        setup_cost_per_contract: money(costs.setup_cost_per_contract),
        readiness_cost_per_year: money(costs.readiness_cost_per_year),
        labour_hours_per_failure: decimal(costs.labour_hours_per_failure),
        parts_cost_per_failure: money(costs.parts_cost_per_failure),
        cost_variation: decimal(costs.cost_variation),
        overhead_per_year: money(costs.overhead_per_year),
        planned_visit_hours: decimal(costs.planned_visit_hours),
        planned_visits_per_year: i32::try_from(costs.planned_visits_per_year).unwrap_or(i32::MAX),
        inspection_cost_per_machine: costs.inspection_cost_per_machine.and_then(money),
    }
}

/// A whole policy from the wire; notes every wrong field.
pub(crate) fn parse(
    given: &pb::PricingPolicy,
    version: u32,
    wrong: &mut Violations,
) -> Option<PricingPolicy> {
    let currency = wrong.take("currency_code", Currency::parse(&given.currency_code));
    let mut read = Reader { wrong };
    let policy = PricingPolicy {
        version,
        currency: currency.unwrap_or(Currency::CNY),
        target_margin: read.decimal("target_margin", given.target_margin.as_ref()),
        max_loss_probability: read
            .decimal("max_loss_probability", given.max_loss_probability.as_ref()),
        discount_rate: read.decimal("discount_rate", given.discount_rate.as_ref()),
        cost_inflation: read.decimal("cost_inflation", given.cost_inflation.as_ref()),
        rounding: read.money("rounding", given.rounding.as_ref()),
        validity_days: u32::try_from(given.validity_days).unwrap_or(0),
        readiness_exponent: read.decimal("readiness_exponent", given.readiness_exponent.as_ref()),
        after_hours_share: read.decimal("after_hours_share", given.after_hours_share.as_ref()),
        consumables_share: read.decimal("consumables_share", given.consumables_share.as_ref()),
        parts_pool_share: read.decimal("parts_pool_share", given.parts_pool_share.as_ref()),
        technician_spread: read.decimal("technician_spread", given.technician_spread.as_ref()),
        reference_age_years: read
            .decimal("reference_age_years", given.reference_age_years.as_ref()),
        renewal_share: read.decimal("renewal_share", given.renewal_share.as_ref()),
        default_costs: read.costs(&given.default_costs.clone().unwrap_or_default()),
        failure_prior: read.prior(&given.failure_prior.clone().unwrap_or_default()),
        exclusion_shares: Default::default(),
        concession_levers: Vec::new(),
        lever_weights: Default::default(),
        approval_ladder: Vec::new(),
        approval_window_days: match given.approval_window_days {
            0 => approval::window(),
            days => u32::try_from(days).unwrap_or(0),
        },
        site_correlation: match &given.site_correlation {
            None => Decimal::ZERO,
            some => read.decimal("site_correlation", some.as_ref()),
        },
        uncertainty_load: match &given.uncertainty_load {
            None => Decimal::ZERO,
            some => read.decimal("uncertainty_load", some.as_ref()),
        },
        offered: match &given.offered_terms {
            None => OfferedTerms::default(),
            Some(own) => {
                read.wrong.within("offered_terms", |wrong| risk_sharing::offered_of(own, wrong))
            }
        },
        late_response_share: match &given.late_response_share {
            None => late_response_share(),
            some => read.decimal("late_response_share", some.as_ref()),
        },
        rounding_mode: known("rounding_mode", given.rounding_mode, read.wrong)
            .and_then(rounding_of)
            .unwrap_or_default(),
        fx_max_age_days: match given.fx_max_age_days {
            0 => fx_max_age_days(),
            days => u32::try_from(days).unwrap_or(0),
        },
        hours: given
            .hour_bands
            .as_ref()
            .and_then(|own| read.wrong.within("hour_bands", |wrong| hour_bands::parse(own, wrong))),
    };
    let policy = lists(given, policy, wrong);
    if wrong.is_empty() {
        policy.check(wrong);
    }
    Some(policy)
}

fn lists(
    given: &pb::PricingPolicy,
    mut policy: PricingPolicy,
    wrong: &mut Violations,
) -> PricingPolicy {
    for (i, share) in given.exclusion_shares.iter().enumerate() {
        let field = format!("exclusion_shares[{i}]");
        let word =
            known(&format!("{field}.exclusion"), share.exclusion, wrong).and_then(exclusion_of);
        let value = Reader { wrong }.decimal(&format!("{field}.share"), share.share.as_ref());
        match word {
            Some(word) => {
                policy.exclusion_shares.insert(word, value);
            }
            None => wrong.add(&format!("{field}.exclusion"), "must be said"),
        }
    }
    for (i, number) in given.concession_levers.iter().enumerate() {
        let field = format!("concession_levers[{i}]");
        policy.concession_levers.extend(known(&field, *number, wrong).and_then(lever_of));
    }
    if policy.concession_levers.is_empty() {
        policy.concession_levers = aftercare_pricing_domain::concession::Lever::ALL.to_vec();
    }
    for (i, weight) in given.lever_weights.iter().enumerate() {
        let field = format!("lever_weights[{i}]");
        let who = known(&format!("{field}.segment"), weight.segment, wrong).map(segment_of);
        let word = known(&format!("{field}.lever"), weight.lever, wrong).and_then(lever_of);
        let points = Reader { wrong }.decimal(&format!("{field}.points"), weight.points.as_ref());
        if points < Decimal::ZERO {
            wrong.add(&format!("{field}.points"), "must be at least 0");
        }
        if let (Some(who), Some(word)) = (who, word) {
            policy.lever_weights.entry(who).or_default().insert(word, points);
        }
    }
    policy.approval_ladder = ladder(&given.approval_ladder, wrong);
    policy
}

/// The approval ladder, the default one if none is given.
fn ladder(given: &[pb::ApprovalStep], wrong: &mut Violations) -> Vec<ApprovalStep> {
    if given.is_empty() {
        return approval::by_share();
    }
    let mut steps = Vec::with_capacity(given.len());
    for (i, step) in given.iter().enumerate() {
        let share = format!("approval_ladder[{i}].max_gap_share");
        let gap = format!("approval_ladder[{i}].max_gap");
        let max_gap = step.max_gap.as_ref();
        steps.push(ApprovalStep {
            role: step.role.trim().to_owned(),
            max_gap_share: Reader { wrong }.decimal(&share, step.max_gap_share.as_ref()),
            max_gap: max_gap.and_then(|amount| wrong.take(&gap, wire::amount(amount))),
        });
    }
    steps
}

struct Reader<'a> {
    wrong: &'a mut Violations,
}

impl Reader<'_> {
    fn decimal(&mut self, field: &str, value: Option<&PbDecimal>) -> Decimal {
        let value = self.wrong.required(field, value);
        value.and_then(|value| self.wrong.take(field, wire::exact(value))).unwrap_or_default()
    }

    fn money(&mut self, field: &str, amount: Option<&PbMoney>) -> Money {
        let amount = self.wrong.required(field, amount);
        let amount = amount.and_then(|amount| self.wrong.take(field, wire::amount(amount)));
        amount.unwrap_or(Money::zero(Currency::CNY))
    }

    fn costs(&mut self, costs: &pb::DefaultCosts) -> DefaultCosts {
        let path = |field: &str| format!("default_costs.{field}");
        DefaultCosts {
            labour_cost_per_hour: self
                .money(&path("labour_cost_per_hour"), costs.labour_cost_per_hour.as_ref()),
            travel_cost_per_visit: self
                .money(&path("travel_cost_per_visit"), costs.travel_cost_per_visit.as_ref()),
            setup_cost_per_contract: self
                .money(&path("setup_cost_per_contract"), costs.setup_cost_per_contract.as_ref()),
            readiness_cost_per_year: self
                .money(&path("readiness_cost_per_year"), costs.readiness_cost_per_year.as_ref()),
            labour_hours_per_failure: self.decimal(
                &path("labour_hours_per_failure"),
                costs.labour_hours_per_failure.as_ref(),
            ),
            parts_cost_per_failure: self
                .money(&path("parts_cost_per_failure"), costs.parts_cost_per_failure.as_ref()),
            cost_variation: self.decimal(&path("cost_variation"), costs.cost_variation.as_ref()),
            overhead_per_year: self
                .money(&path("overhead_per_year"), costs.overhead_per_year.as_ref()),
            planned_visit_hours: self
                .decimal(&path("planned_visit_hours"), costs.planned_visit_hours.as_ref()),
            planned_visits_per_year: u32::try_from(costs.planned_visits_per_year)
                .unwrap_or(u32::MAX),
            inspection_cost_per_machine: costs
                .inspection_cost_per_machine
                .as_ref()
                .map(|cost| self.money(&path("inspection_cost_per_machine"), Some(cost))),
        }
    }

    fn prior(&mut self, prior: &pb::FailurePrior) -> FailurePrior {
        FailurePrior {
            failures_per_year: self
                .decimal("failure_prior.failures_per_year", prior.failures_per_year.as_ref()),
            beta: self.decimal("failure_prior.beta", prior.beta.as_ref()),
            weight: self.decimal("failure_prior.weight", prior.weight.as_ref()),
        }
    }
}
