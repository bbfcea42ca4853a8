//! Which change of one input would move a grade, all else as it is.

use super::{Evidence, Grade, GradeError, GradeInput, GradeInputKind, GradePolicy, Scored, score};
use rust_decimal::{Decimal, RoundingStrategy};

/// A change of one input that moves the grade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GradeChange {
    /// Which input.
    pub kind: GradeInputKind,
    /// Its value now.
    pub from: Option<Decimal>,
    /// The value at which the grade moves.
    pub to: Decimal,
    /// The grade that it moves to.
    pub grade: Grade,
    /// The change as a part of the input's scale: the smaller, the nearer.
    pub effort: Decimal,
}

/// Every single-input change that would move the grade at once, nearest first; each is tried before it is named.
///
/// # Errors
/// As [`score`].
pub fn changes(
    policy: &GradePolicy,
    evidence: &Evidence,
    grade: Grade,
) -> Result<Vec<GradeChange>, GradeError> {
    let scored = score(policy, evidence)?;
    let mut found = Vec::new();
    for input in &policy.inputs {
        for better in [true, false] {
            found.extend(change(policy, &scored, input, grade, better));
        }
    }
    found.sort_by(|a, b| a.effort.cmp(&b.effort).then(a.kind.cmp(&b.kind)));
    Ok(found)
}

fn change(
    policy: &GradePolicy,
    scored: &Scored,
    input: &GradeInput,
    grade: Grade,
    better: bool,
) -> Option<GradeChange> {
    let line = scored
        .scores
        .iter()
        .flat_map(|score| &score.inputs)
        .find(|line| line.kind == input.kind)?;
    let weight = policy.weight(input.kind.score()) * input.weight;
    if weight.is_zero() || (!better && line.value.is_none()) {
        return None;
    }
    let goal = goal(policy, grade, better)?;
    let wanted = line.score + (goal - scored.total) / weight;
    if (better && wanted <= line.score) || (!better && wanted > line.score) {
        return None;
    }
    // Rounding may land on the wrong side of the threshold by a hair: the next steps are tried as well.
    let step = if input.kind.is_whole() { Decimal::ONE } else { Decimal::new(1, 6) };
    let edge = rounded(input.least_value(wanted)?, step, better);
    (0..3u32).find_map(|i| {
        let shift = step * Decimal::from(i);
        let to = if better { edge + shift } else { edge - shift };
        let total = scored.total + weight * (input.score(to) - line.score);
        let shift = if better { policy.margin } else { -policy.margin };
        let reached = policy.grade_at(total, shift);
        let moves = if better { reached < grade } else { reached > grade };
        let (low, high) = input.range()?;
        let from = line.value.unwrap_or(low);
        let effort = ((to - from).abs() / (high - low)).min(Decimal::ONE);
        moves.then(|| GradeChange {
            kind: input.kind,
            from: line.value,
            to,
            grade: reached,
            effort: effort.round_dp(6),
        })
    })
}

/// The total at which the grade moves at once.
fn goal(policy: &GradePolicy, grade: Grade, better: bool) -> Option<Decimal> {
    if !better {
        return policy.threshold(grade).map(|threshold| threshold - policy.margin);
    }
    let next = Grade::ALL.iter().copied().rfind(|other| *other < grade)?;
    policy.threshold(next).map(|threshold| threshold + policy.margin)
}

fn rounded(value: Decimal, step: Decimal, up: bool) -> Decimal {
    let strategy = if up {
        RoundingStrategy::ToPositiveInfinity
    } else {
        RoundingStrategy::ToNegativeInfinity
    };
    (value / step).round_dp_with_strategy(0, strategy) * step
}
