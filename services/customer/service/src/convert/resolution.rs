//! Matches, their weights, reviews, and runs of the batch.

use super::value::wire_instant;
use crate::store::Stored;
use crate::store::match_review::{Added, Review};
use crate::store::resolution::{CANCELLED, DONE, FAILED, Found};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::google::longrunning::{Operation, operation};
use aftercare_customer_domain::resolution::lookup::Learned;
use aftercare_customer_domain::resolution::model::Scored;
use aftercare_customer_domain::resolution::spec::Spec;
use aftercare_customer_domain::resolution::table::Table;
use aftercare_customer_domain::resolution::{Thresholds, Verdict};
use prost::Name;

/// What each comparison added to a pair of the table.
pub(crate) fn added(spec: &Spec, learned: &Learned, table: &Table, pair: &Scored) -> Vec<Added> {
    let weights = learned.model.explain(spec, table, (pair.left, pair.pattern));
    let one = |weight: &aftercare_customer_domain::resolution::model::Weight| Added {
        comparison: spec.comparisons.get(weight.comparison).map_or("", |c| c.name).to_owned(),
        level: weight.level.to_string(),
        bits: weight.bits,
        left: table.value(weight.comparison, pair.left).to_owned(),
        right: table.value(weight.comparison, pair.right).to_owned(),
    };
    weights.iter().map(one).collect()
}

/// A pair, as it is kept for a person.
pub(crate) fn review(
    (spec, learned, table): (&Spec, &Learned, &Table),
    pair: &Scored,
    (first, second): (&str, &str),
) -> Review {
    Review {
        first: first.to_owned(),
        second: second.to_owned(),
        probability: pair.probability,
        weight: pair.weight,
        weights: added(spec, learned, table, pair),
        state: "REVIEW".to_owned(),
        principal: String::new(),
        reason: String::new(),
    }
}

/// What is to be done, by the default thresholds; different registration numbers make it a review at most.
fn decision(review: &Review) -> pb::MatchDecision {
    let decisive = ["uscc", "vat_id", "duns"];
    let contradicted = review
        .weights
        .iter()
        .any(|added| decisive.contains(&added.comparison.as_str()) && added.level == "different");
    let limits = Thresholds::default();
    if review.probability < limits.lower {
        pb::MatchDecision::NoMatch
    } else if review.probability < limits.upper || contradicted {
        pb::MatchDecision::Review
    } else {
        pb::MatchDecision::Match
    }
}

/// The verdict as it is told.
pub(crate) const fn verdict(verdict: Verdict) -> pb::MatchDecision {
    match verdict {
        Verdict::Match => pb::MatchDecision::Match,
        Verdict::Review => pb::MatchDecision::Review,
        Verdict::NoMatch => pb::MatchDecision::NoMatch,
    }
}

pub(crate) fn present_match(review: &Review) -> pb::Match {
    let name = |id: &str| if id.is_empty() { String::new() } else { format!("customers/{id}") };
    let weight = |added: &Added| pb::MatchWeight {
        comparison: added.comparison.clone(),
        level: added.level.clone(),
        weight: added.bits,
        left_value: added.left.clone(),
        right_value: added.right.clone(),
    };
    pb::Match {
        customer: name(&review.first),
        other_customer: name(&review.second),
        probability: review.probability,
        weight: review.weight,
        weights: review.weights.iter().map(weight).collect(),
        decision: decision(review).into(),
    }
}

pub(crate) fn present(stored: &Stored<Review>) -> pb::MatchReview {
    let review = &stored.value;
    let decision = match review.state.as_str() {
        "CONFIRMED" => pb::MatchDecision::Confirmed,
        "DECLINED" => pb::MatchDecision::Declined,
        _ => pb::MatchDecision::Review,
    };
    pb::MatchReview {
        name: format!("matchReviews/{}", stored.id),
        r#match: Some(present_match(review)),
        decision: decision.into(),
        principal: review.principal.clone(),
        create_time: Some(wire_instant(stored.created)),
        etag: stored.etag(),
    }
}

/// A run as an operation.
pub(crate) fn operation(found: &Found) -> Operation {
    let run = &found.run;
    let metadata = pb::ResolutionProgress {
        records: run.records,
        pairs: run.pairs,
        matches: run.matches,
        stage: run.stage.clone(),
    };
    let failed = |code: i32, message: &str| {
        Some(operation::Result::Error(aftercare_api::google::rpc::Status {
            code,
            message: message.to_owned(),
            details: Vec::new(),
        }))
    };
    let result = match found.state.as_str() {
        DONE => Some(operation::Result::Response(any(&pb::ResolutionResult {
            clusters: run.clusters,
            matches: run.matches,
            reviews: run.reviews,
        }))),
        CANCELLED => failed(1, "cancelled"),
        FAILED => failed(13, &run.error),
        _ => None,
    };
    Operation {
        name: format!("operations/resolutions/{}", found.id),
        metadata: Some(any(&metadata)),
        done: result.is_some(),
        result,
    }
}

fn any<M: Name>(message: &M) -> prost_types::Any {
    prost_types::Any {
        type_url: format!("type.googleapis.com/{}", M::full_name()),
        value: message.encode_to_vec(),
    }
}
