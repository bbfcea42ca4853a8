//! From a total to a grade, with hysteresis so that customers at a threshold do not flicker.

use super::{Grade, GradePolicy};
use aftercare_kernel::words;
use rust_decimal::Decimal;

words! {
    /// Why a grade moved or stayed.
    GradeMove {
        /// The first grade: thresholds alone decide.
        First = "FIRST",
        /// The thresholds say the same.
        Unchanged = "UNCHANGED",
        /// A threshold was passed by the margin.
        MarginPassed = "MARGIN_PASSED",
        /// The thresholds said so for enough periods.
        PeriodsInARow = "PERIODS_IN_A_ROW",
        /// Not by enough, and not for long enough.
        Held = "HELD",
    }
}

/// A grade of an earlier period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastGrade {
    /// The grade that held.
    pub grade: Grade,
    /// What the thresholds alone said.
    pub raw: Grade,
}

/// A grade and how it came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The grade that holds now.
    pub grade: Grade,
    /// The grade before.
    pub previous: Option<Grade>,
    /// What the thresholds alone say.
    pub raw: Grade,
    /// Why it moved or stayed.
    pub reason: GradeMove,
}

/// The grade of a total, given the grades of the periods before, newest first.
#[must_use]
pub fn decide(policy: &GradePolicy, total: Decimal, past: &[PastGrade]) -> Decision {
    let raw = policy.grade_at(total, Decimal::ZERO);
    let Some(last) = past.first() else {
        return Decision { grade: raw, previous: None, raw, reason: GradeMove::First };
    };
    let held = last.grade;
    let (grade, reason) = if raw == held {
        (held, GradeMove::Unchanged)
    } else {
        // Grades order best first, so that a better grade is the lesser one.
        let better = raw < held;
        let shift = if better { policy.margin } else { -policy.margin };
        let by_margin = policy.grade_at(total, shift);
        let by_periods = in_a_row(policy, raw, past, better);
        match (by_margin, by_periods) {
            (margin, periods)
                if moved(margin, held, better) && !beyond(periods, margin, better) =>
            {
                (margin, GradeMove::MarginPassed)
            }
            (_, Some(grade)) => (grade, GradeMove::PeriodsInARow),
            _ => (held, GradeMove::Held),
        }
    };
    Decision { grade, previous: Some(held), raw, reason }
}

fn moved(grade: Grade, held: Grade, better: bool) -> bool {
    if better { grade < held } else { grade > held }
}

fn beyond(periods: Option<Grade>, margin: Grade, better: bool) -> bool {
    periods.is_some_and(|grade| moved(grade, margin, better))
}

/// The least move that the thresholds asked for in every one of the last periods.
fn in_a_row(policy: &GradePolicy, raw: Grade, past: &[PastGrade], better: bool) -> Option<Grade> {
    let held = past.first()?.grade;
    let before = usize::try_from(policy.periods_in_a_row.saturating_sub(1)).ok()?;
    let recent = past.get(..before)?;
    let asked = recent.iter().map(|past| past.raw).chain([raw]);
    let least = if better { asked.max() } else { asked.min() };
    least.filter(|grade| moved(*grade, held, better))
}
