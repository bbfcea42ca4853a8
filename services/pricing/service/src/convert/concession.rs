//! Concessions to the wire.

use super::terms;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::wire;
use aftercare_pricing_domain::concession::{Concession, Found};

/// What a search found.
pub(crate) fn present(found: &Found) -> pb::FindConcessionsResponse {
    let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    pb::FindConcessionsResponse {
        concessions: found.concessions.iter().map(concession).collect(),
        target_price: Some(wire::money(found.target)),
        evaluated_combinations: count(found.evaluated),
        feasible_combinations: count(found.feasible),
        pareto_size: count(found.pareto),
        unchanged: Some(concession(&found.unchanged)),
    }
}

fn concession(concession: &Concession) -> pb::Concession {
    pb::Concession {
        changes: concession
            .changes
            .iter()
            .map(|made| pb::TermChange {
                lever: terms::lever(made.choice.lever).into(),
                from: made.choice.from.clone(),
                to: made.choice.to.clone(),
                cost_change: Some(wire::money(made.cost_change)),
            })
            .collect(),
        terms: Some(terms::present(&concession.terms)),
        price: Some(wire::money(concession.price)),
        contract_price: Some(wire::money(concession.contract_price)),
        mean_cost: Some(wire::money(concession.mean_cost)),
        expected_margin: concession.margin,
        loss_probability: concession.loss_probability,
        value_loss: concession.value_loss,
        explanation: concession.explanation.clone(),
    }
}
