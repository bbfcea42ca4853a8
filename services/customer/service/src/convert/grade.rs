//! Grades, their explanation, and the policy.

use super::customer::wire_evidence;
use super::value::{decimal, wire_decimal, wire_instant};
use super::word::{Word, number, required};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::grade::{
    Decision, Evidence, Grade, GradeChange, GradeInput, GradePolicy, ScalePoint, Scored,
};
use aftercare_kernel::currency::Currency;
use aftercare_kernel::fault::Violations;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A grade that was given, as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct GradeRecord {
    pub grade: Grade,
    pub previous: Option<Grade>,
    pub raw: Grade,
    pub reason: aftercare_customer_domain::grade::GradeMove,
    pub scored: Scored,
    pub policy_version: i64,
    pub evidence: Evidence,
    pub period: String,
    pub at: Timestamp,
    pub principal: String,
}

impl GradeRecord {
    /// What was decided, with all that led to it.
    pub(crate) fn new(
        decision: Decision,
        scored: Scored,
        (policy_version, evidence): (i64, Evidence),
        (period, at, principal): (String, Timestamp, String),
    ) -> Self {
        let Decision { grade, previous, raw, reason } = decision;
        Self {
            grade,
            previous,
            raw,
            reason,
            scored,
            policy_version,
            evidence,
            period,
            at,
            principal,
        }
    }
}

pub(crate) fn present(record: &GradeRecord, customer: &str) -> pb::GradeRecord {
    pb::GradeRecord {
        customer: format!("customers/{customer}"),
        grade: record.grade.number(),
        previous_grade: number(record.previous),
        raw_grade: record.raw.number(),
        total: Some(wire_decimal(record.scored.total)),
        scores: scores(&record.scored),
        r#move: record.reason.number(),
        policy: format!("gradePolicies/{}", record.policy_version),
        evidence: Some(wire_evidence(&record.evidence)),
        period: record.period.clone(),
        grade_time: Some(wire_instant(record.at)),
        principal: record.principal.clone(),
    }
}

fn scores(scored: &Scored) -> Vec<pb::ScoreExplanation> {
    let input = |line: &aftercare_customer_domain::grade::InputLine| pb::InputExplanation {
        kind: line.kind.number(),
        value: line.value.map(wire_decimal),
        score: Some(wire_decimal(line.score)),
        weight: Some(wire_decimal(line.weight)),
        contribution: Some(wire_decimal(line.contribution)),
        known: line.value.is_some(),
    };
    let score = |line: &aftercare_customer_domain::grade::ScoreLine| pb::ScoreExplanation {
        score: line.kind.number(),
        value: Some(wire_decimal(line.value)),
        weight: Some(wire_decimal(line.weight)),
        contribution: Some(wire_decimal(line.value * line.weight)),
        inputs: line.inputs.iter().map(input).collect(),
    };
    scored.scores.iter().map(score).collect()
}

pub(crate) fn wire_change(change: &GradeChange) -> pb::GradeChange {
    pb::GradeChange {
        kind: change.kind.number(),
        from_value: change.from.map(wire_decimal),
        to_value: Some(wire_decimal(change.to)),
        to_grade: change.grade.number(),
        effort: Some(wire_decimal(change.effort)),
    }
}

/// A grade policy as the caller wants it.
pub(crate) fn policy(wire: &pb::GradePolicy, wrong: &mut Violations) -> Option<GradePolicy> {
    let mut inputs = Vec::new();
    for (i, input) in wire.inputs.iter().enumerate() {
        inputs.extend(wrong.within(&format!("inputs[{i}]"), |wrong| self::input(input, wrong)));
    }
    let mut score_weights = Vec::new();
    for (i, weight) in wire.score_weights.iter().enumerate() {
        let found = wrong.within(&format!("score_weights[{i}]"), |wrong| {
            let score = required(weight.score, "score", wrong);
            score.zip(needed(weight.weight.as_ref(), "weight", wrong))
        });
        score_weights.extend(found);
    }
    let thresholds = [
        needed(wire.threshold_a.as_ref(), "threshold_a", wrong),
        needed(wire.threshold_b.as_ref(), "threshold_b", wrong),
        needed(wire.threshold_c.as_ref(), "threshold_c", wrong),
    ];
    let margin = needed(wire.margin.as_ref(), "margin", wrong);
    let currency = wrong.take("currency_code", Currency::parse(&wire.currency_code));
    let [Some(a), Some(b), Some(c)] = thresholds else { return None };
    let policy = GradePolicy {
        inputs,
        score_weights,
        thresholds: [a, b, c],
        margin: margin?,
        periods_in_a_row: u32::try_from(wire.periods_in_a_row).unwrap_or(0),
        currency: currency?,
    };
    policy.check(wrong);
    wrong.is_empty().then_some(policy)
}

fn input(wire: &pb::GradeInput, wrong: &mut Violations) -> Option<GradeInput> {
    let mut scale = Vec::new();
    for (i, point) in wire.scale.iter().enumerate() {
        let found = wrong.within(&format!("scale[{i}]"), |wrong| {
            let value = needed(point.value.as_ref(), "value", wrong);
            value.zip(needed(point.score.as_ref(), "score", wrong))
        });
        scale.extend(found.map(|(value, score)| ScalePoint { value, score }));
    }
    let kind = required(wire.kind, "kind", wrong);
    let weight = needed(wire.weight.as_ref(), "weight", wrong);
    Some(GradeInput { kind: kind?, weight: weight?, scale })
}

fn needed(
    wire: Option<&aftercare_api::google::r#type::Decimal>,
    field: &str,
    wrong: &mut Violations,
) -> Option<Decimal> {
    if wire.is_none() {
        return wrong.required(field, None);
    }
    decimal(wire, field, wrong)
}

pub(crate) fn present_policy(
    policy: &GradePolicy,
    (version, newest): (i64, i64),
    comment: &str,
    created: Option<Timestamp>,
) -> pb::GradePolicy {
    let [a, b, c] = policy.thresholds.map(|threshold| Some(wire_decimal(threshold)));
    let point = |point: &ScalePoint| pb::ScalePoint {
        value: Some(wire_decimal(point.value)),
        score: Some(wire_decimal(point.score)),
    };
    pb::GradePolicy {
        name: format!("gradePolicies/{version}"),
        version,
        inputs: policy
            .inputs
            .iter()
            .map(|input| pb::GradeInput {
                kind: input.kind.number(),
                weight: Some(wire_decimal(input.weight)),
                scale: input.scale.iter().map(point).collect(),
            })
            .collect(),
        score_weights: policy
            .score_weights
            .iter()
            .map(|(score, weight)| pb::ScoreWeight {
                score: score.number(),
                weight: Some(wire_decimal(*weight)),
            })
            .collect(),
        threshold_a: a,
        threshold_b: b,
        threshold_c: c,
        margin: Some(wire_decimal(policy.margin)),
        periods_in_a_row: i32::try_from(policy.periods_in_a_row).unwrap_or(i32::MAX),
        currency_code: policy.currency.code().to_owned(),
        comment: comment.to_owned(),
        create_time: created.map(wire_instant),
        etag: crate::store::etag(newest),
    }
}
