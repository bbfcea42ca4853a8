//! The grade policy: which inputs, how they are scored, what the scores count for, where grades begin.

use super::{Grade, GradeInputKind, ScoreKind};
use aftercare_kernel::currency::Currency;
use aftercare_kernel::fault::Violations;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A point of a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScalePoint {
    /// Value of the input.
    pub value: Decimal,
    /// Its score, 0..=1.
    pub score: Decimal,
}

/// One input and its scale: piecewise linear, flat outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GradeInput {
    /// Which input.
    pub kind: GradeInputKind,
    /// What it counts for within its score.
    pub weight: Decimal,
    /// Values strictly rising, scores not falling; two points at least.
    pub scale: Vec<ScalePoint>,
}

impl GradeInput {
    /// The score of a value.
    #[must_use]
    pub fn score(&self, value: Decimal) -> Decimal {
        let above = self.scale.iter().position(|point| point.value >= value);
        match above {
            None => self.scale.last().map_or(Decimal::ZERO, |point| point.score),
            Some(0) => self.scale.first().map_or(Decimal::ZERO, |point| point.score),
            Some(i) => match (self.scale.get(i - 1), self.scale.get(i)) {
                (Some(a), Some(b)) => {
                    a.score + (b.score - a.score) * (value - a.value) / (b.value - a.value)
                }
                _ => Decimal::ZERO,
            },
        }
    }

    /// The least value that scores at least so much; none if no value does.
    pub(super) fn least_value(&self, score: Decimal) -> Option<Decimal> {
        let first = self.scale.first()?;
        if first.score >= score {
            return Some(first.value);
        }
        self.scale.windows(2).find_map(|pair| {
            let [a, b] = pair else { return None };
            (a.score < score && b.score >= score)
                .then(|| a.value + (b.value - a.value) * (score - a.score) / (b.score - a.score))
        })
    }

    /// First and last value of the scale.
    pub(super) fn range(&self) -> Option<(Decimal, Decimal)> {
        Some((self.scale.first()?.value, self.scale.last()?.value))
    }
}

/// A version of a tenant's grade policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GradePolicy {
    /// The inputs and how each is scored.
    pub inputs: Vec<GradeInput>,
    /// What each score counts for; the weights sum to 1.
    pub score_weights: Vec<(ScoreKind, Decimal)>,
    /// Lowest totals of an A, a B and a C.
    pub thresholds: [Decimal; 3],
    /// A threshold passed by this much moves the grade at once.
    pub margin: Decimal,
    /// A smaller pass moves it when it held in so many periods.
    pub periods_in_a_row: u32,
    /// The currency in which money is scored.
    pub currency: Currency,
}

impl GradePolicy {
    /// Whether it scores an input.
    #[must_use]
    pub fn scores(&self, kind: GradeInputKind) -> bool {
        self.inputs.iter().any(|input| input.kind == kind)
    }

    /// What a score counts for.
    #[must_use]
    pub fn weight(&self, kind: ScoreKind) -> Decimal {
        let found = self.score_weights.iter().find(|(score, _)| *score == kind);
        found.map_or(Decimal::ZERO, |(_, weight)| *weight)
    }

    /// The grade of a total when every threshold is moved by `shift`.
    #[must_use]
    pub fn grade_at(&self, total: Decimal, shift: Decimal) -> Grade {
        let [a, b, c] = self.thresholds;
        match total - shift {
            total if total >= a => Grade::A,
            total if total >= b => Grade::B,
            total if total >= c => Grade::C,
            _ => Grade::D,
        }
    }

    /// The lowest total of a grade; none for the last.
    #[must_use]
    pub const fn threshold(&self, grade: Grade) -> Option<Decimal> {
        let [a, b, c] = self.thresholds;
        match grade {
            Grade::A => Some(a),
            Grade::B => Some(b),
            Grade::C => Some(c),
            Grade::D => None,
        }
    }

    /// Notes what is wrong with the policy.
    pub fn check(&self, wrong: &mut Violations) {
        let unit = Decimal::ZERO..=Decimal::ONE;
        for (i, input) in self.inputs.iter().enumerate() {
            wrong.within(&format!("inputs[{i}]"), |wrong| check_input(input, wrong));
            if self.inputs.iter().take(i).any(|other| other.kind == input.kind) {
                wrong.add(&format!("inputs[{i}].kind"), "is given twice");
            }
        }
        for kind in ScoreKind::ALL {
            let of_kind = self.inputs.iter().filter(|input| input.kind.score() == *kind);
            let sum = sum(of_kind.map(|input| input.weight));
            if sum != Some(Decimal::ONE) && self.weight(*kind) != Decimal::ZERO {
                wrong.add("inputs", format!("weights of {kind} must sum to 1"));
            }
        }
        let sum = sum(self.score_weights.iter().map(|(_, weight)| *weight));
        if sum != Some(Decimal::ONE) || self.score_weights.iter().any(|(_, w)| !unit.contains(w)) {
            wrong.add("score_weights", "must be between 0 and 1 and sum to 1");
        }
        let [a, b, c] = self.thresholds;
        if !(a > b && b > c && c > Decimal::ZERO && a <= Decimal::ONE) {
            wrong.add("threshold_a", "thresholds must fall from A to C within 0 and 1");
        }
        if !(Decimal::ZERO..=Decimal::new(5, 1)).contains(&self.margin) {
            wrong.add("margin", "must be between 0 and 0.5");
        }
        if !(1..=12).contains(&self.periods_in_a_row) {
            wrong.add("periods_in_a_row", "must be between 1 and 12");
        }
    }
}

/// The sum, unless it is beyond what a decimal holds: weights are a caller's word until they are checked.
fn sum(mut weights: impl Iterator<Item = Decimal>) -> Option<Decimal> {
    weights.try_fold(Decimal::ZERO, |sum, weight| sum.checked_add(weight))
}

/// Values beyond this are no scale, and their products would not fit a decimal.
const LARGEST_VALUE: i64 = 1_000_000_000_000_000;

fn check_input(input: &GradeInput, wrong: &mut Violations) {
    let unit = Decimal::ZERO..=Decimal::ONE;
    if !unit.contains(&input.weight) {
        wrong.add("weight", "must be between 0 and 1");
    }
    let rising = input
        .scale
        .windows(2)
        .all(|pair| matches!(pair, [a, b] if a.value < b.value && a.score <= b.score));
    let largest = Decimal::from(LARGEST_VALUE);
    let bounded =
        input.scale.iter().all(|point| unit.contains(&point.score) && point.value.abs() <= largest);
    if input.scale.len() < 2 || !rising || !bounded {
        wrong.add(
            "scale",
            "needs two points or more, values rising, scores from 0 to 1 and not falling",
        );
    }
}

/// What a tenant begins with: contribution counts half, influence a fifth, potential three tenths.
#[must_use]
pub fn default_policy() -> GradePolicy {
    use GradeInputKind as K;
    let share = |hundredths| Decimal::new(hundredths, 2);
    let input = |kind, weight, points: &[(i64, u32, i64)]| GradeInput {
        kind,
        weight: share(weight),
        scale: points
            .iter()
            .map(|(value, scale, score)| ScalePoint {
                value: Decimal::new(*value, *scale),
                score: share(*score),
            })
            .collect(),
    };
    GradePolicy {
        inputs: vec![
            // Each tenfold of revenue adds about the same: a scale of points in place of a logarithm.
            input(
                K::AnnualRevenue,
                50,
                &[
                    (0, 0, 0),
                    (100_000, 0, 20),
                    (500_000, 0, 45),
                    (2_000_000, 0, 70),
                    (10_000_000, 0, 100),
                ],
            ),
            input(K::MarginShare, 30, &[(0, 2, 0), (15, 2, 40), (30, 2, 80), (45, 2, 100)]),
            input(K::WalletShare, 20, &[(0, 2, 0), (50, 2, 70), (100, 2, 100)]),
            input(K::IndustryStanding, 60, &[(1, 0, 0), (5, 0, 100)]),
            input(K::ReferencesGiven, 40, &[(0, 0, 0), (3, 0, 80), (6, 0, 100)]),
            input(
                K::PlannedPurchases,
                60,
                &[(0, 0, 0), (200_000, 0, 30), (1_000_000, 0, 65), (5_000_000, 0, 100)],
            ),
            input(K::GrowthRate, 40, &[(-20, 2, 0), (0, 2, 35), (30, 2, 100)]),
        ],
        score_weights: vec![
            (ScoreKind::Contribution, share(50)),
            (ScoreKind::Influence, share(20)),
            (ScoreKind::Potential, share(30)),
        ],
        thresholds: [share(70), share(50), share(30)],
        margin: share(3),
        periods_in_a_row: 2,
        currency: Currency::CNY,
    }
}
