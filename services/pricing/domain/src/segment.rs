//! What a customer needs of service, scored from answers and past choices so that every point can be shown; never from size or industry.

use crate::policy::Segment;
use crate::terms::{AfterHours, CoverageLevel, Terms};
use aftercare_kernel::fault::Violations;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

mod questions;
pub use questions::{Answer, QUESTIONS, Question};

/// A segment is scored only with at least so many points.
pub const LEAST_POINTS: f64 = 3.0;

/// And only so many points ahead of the next.
pub const LEAST_LEAD: f64 = 2.0;

/// One observation that speaks for a segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// What was answered or chosen, for a person.
    pub observation: String,
    /// For which segment it speaks.
    pub segment: Segment,
    /// How strongly, points above 0.
    pub points: f64,
}

/// A score with its reasons.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Score {
    /// The segment that leads clearly; unknown if none does.
    pub segment: Segment,
    /// Everything that spoke for a segment: answers in the order of the questions, then choices.
    pub evidence: Vec<Evidence>,
}

impl Score {
    /// Points of each segment, the highest first.
    #[must_use]
    pub fn points(&self) -> Vec<(Segment, f64)> {
        let mut sums = [Segment::RiskAverse, Segment::BasicNeeds, Segment::HandHolder].map(|own| {
            let points = self.evidence.iter().filter(|e| e.segment == own).map(|e| e.points);
            (own, points.sum::<f64>())
        });
        sums.sort_by(|a, b| b.1.total_cmp(&a.1));
        sums.to_vec()
    }
}

/// Notes every question and answer that the model does not have. An empty answer is none.
pub fn check_answers(answers: &BTreeMap<String, String>, wrong: &mut Violations) {
    for (question, answer) in answers {
        let field = format!("answers[{question}]");
        match QUESTIONS.iter().find(|known| known.id == question) {
            None => wrong.add(&field, "is no question of ListSegmentQuestions"),
            Some(known) if answer.is_empty() || known.answer(answer).is_some() => {}
            Some(known) => {
                let ids: Vec<&str> = known.answers.iter().map(|answer| answer.id).collect();
                wrong.add(&field, format!("must be one of {}", ids.join(", ")));
            }
        }
    }
}

/// Scores answers (those that the model does not have count nothing) and the terms of contracts that the customer accepted.
#[must_use]
pub fn score(answers: &BTreeMap<String, String>, accepted: &[Terms]) -> Score {
    let mut found = Score { segment: Segment::Unknown, evidence: Vec::new() };
    for question in &QUESTIONS {
        let answer = answers.get(question.id).and_then(|answer| question.answer(answer));
        let Some((answer, (segment, points))) = answer.and_then(|a| Some((a, a.speaks_for?)))
        else {
            continue;
        };
        let observation = format!("{} {}", question.text, answer.text);
        found.evidence.push(Evidence { observation, segment, points });
    }
    found.evidence.extend(choices(accepted));
    let points = found.points();
    let (first, second) = (points[0], points[1]);
    if first.1 >= LEAST_POINTS && first.1 - second.1 >= LEAST_LEAD {
        found.segment = first.0;
    }
    found
}

/// A choice in terms, the segment it speaks for, and its points when every contract chose so.
type Choice = (&'static str, Segment, f64, fn(&Terms) -> bool);

const CHOICES: [Choice; 8] = [
    ("took full coverage", Segment::RiskAverse, 2.0, |t| t.coverage == CoverageLevel::Full),
    ("took labour only", Segment::BasicNeeds, 2.0, |t| t.coverage == CoverageLevel::LabourOnly),
    ("took a response within 8 hours", Segment::RiskAverse, 2.0, |t| t.response_seconds <= 28_800),
    ("waits a day or longer", Segment::BasicNeeds, 1.0, |t| t.response_seconds >= 86_400),
    ("wants us at any hour", Segment::RiskAverse, 1.0, |t| {
        t.after_hours == AfterHours::RoundTheClock
    }),
    ("bears a deductible", Segment::BasicNeeds, 1.0, |t| t.deductible.is_some()),
    ("does the inspections itself", Segment::BasicNeeds, 2.0, |t| t.customer_inspections),
    ("takes more visits than planned for the machines", Segment::HandHolder, 2.0, |t| {
        t.planned_visits_per_year.is_some_and(|visits| visits >= 4)
    }),
];

/// Past choices, each weighted by the share of contracts that made it: ten contracts say no more than one that is like them.
fn choices(accepted: &[Terms]) -> Vec<Evidence> {
    let contracts = accepted.len() as f64;
    CHOICES
        .iter()
        .filter_map(|(name, segment, points, chose)| {
            let count = accepted.iter().filter(|terms| chose(terms)).count();
            (count > 0).then(|| Evidence {
                observation: format!("{name} in {count} of {} contracts", accepted.len()),
                segment: *segment,
                points: points * count as f64 / contracts,
            })
        })
        .collect()
}

/// The step of a ladder that a product stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// 1 good, 2 better, 3 best; other numbers stand on no ladder.
    pub step: i32,
    /// On whose ladders; empty means on everybody's.
    pub segments: Vec<Segment>,
    /// Decides between products that are equal in all else.
    pub name: String,
}

/// The indices of good, better and best for a segment: of each step the product made for the fewest segments, then the first by
/// name. A customer of unknown segment is offered only what is made for everybody.
#[must_use]
pub fn ladder(rungs: &[Rung], segment: Segment) -> Vec<usize> {
    (1..=3)
        .filter_map(|step| {
            rungs
                .iter()
                .enumerate()
                .filter(|(_, rung)| rung.step == step)
                .filter(|(_, rung)| rung.segments.is_empty() || rung.segments.contains(&segment))
                .min_by_key(|(_, rung)| {
                    let everybody = rung.segments.is_empty();
                    (everybody, rung.segments.len(), rung.name.clone())
                })
                .map(|(index, _)| index)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn answers(given: &[(&str, &str)]) -> BTreeMap<String, String> {
        given.iter().map(|(q, a)| ((*q).to_owned(), (*a).to_owned())).collect()
    }

    #[test]
    fn clear_answers_decide_and_every_point_has_its_reason() {
        let cases = [
            (&[("standstill", "stops_plant"), ("spare_machine", "none")][..], Segment::RiskAverse),
            (&[("technicians", "own"), ("budget", "pay_as_needed")][..], Segment::BasicNeeds),
            (&[("technicians", "none"), ("contact", "one_person")][..], Segment::HandHolder),
            (&[("standstill", "stops_plant"), ("technicians", "own")][..], Segment::Unknown),
            (&[][..], Segment::Unknown),
        ];
        for (given, segment) in cases {
            let found = score(&answers(given), &[]);
            assert_eq!(found.segment, segment, "{given:?} {:?}", found.points());
            assert_eq!(found.evidence.len(), given.len());
            let total: f64 = found.points().iter().map(|(_, points)| points).sum();
            let shown: f64 = found.evidence.iter().map(|e| e.points).sum();
            assert!((total - shown).abs() < 1e-12);
        }
    }

    #[test]
    fn past_choices_count_by_the_share_of_contracts_that_made_them() {
        let mut careful = Terms::standard(36, CoverageLevel::Full);
        careful.response_seconds = 4 * 3600;
        careful.after_hours = AfterHours::RoundTheClock;
        let cheap = Terms::standard(12, CoverageLevel::LabourOnly);
        assert_eq!(score(&BTreeMap::new(), &[careful.clone()]).segment, Segment::RiskAverse);
        let mixed = score(&BTreeMap::new(), &[careful.clone(), cheap]);
        assert_eq!(mixed.segment, Segment::Unknown, "{:?}", mixed.points());
        let ten = score(&BTreeMap::new(), &vec![careful.clone(); 10]);
        assert_eq!(ten.points(), score(&BTreeMap::new(), &[careful]).points());
        assert!(ten.evidence[0].observation.ends_with("in 10 of 10 contracts"));
    }

    #[test]
    fn unknown_questions_and_answers_are_named() {
        let mut wrong = Violations::new();
        let given = answers(&[("standstill", "maybe"), ("shoe_size", "43"), ("budget", "")]);
        check_answers(&given, &mut wrong);
        let invalid = wrong.finish().unwrap_err();
        let fields: Vec<_> = invalid.fields().iter().map(|v| v.field.as_str()).collect();
        assert_eq!(fields, ["answers[shoe_size]", "answers[standstill]"]);
    }

    #[test]
    fn a_ladder_prefers_what_is_made_for_the_segment() {
        let rung = |step, segments: &[Segment], name: &str| Rung {
            step,
            segments: segments.to_vec(),
            name: name.to_owned(),
        };
        let rungs = [
            rung(1, &[], "a"),
            rung(1, &[Segment::BasicNeeds], "b"),
            rung(2, &[Segment::RiskAverse, Segment::BasicNeeds], "c"),
            rung(2, &[Segment::BasicNeeds], "e"),
            rung(2, &[Segment::BasicNeeds], "d"),
            rung(3, &[Segment::HandHolder], "f"),
            rung(0, &[], "off"),
        ];
        assert_eq!(ladder(&rungs, Segment::BasicNeeds), [1, 4]);
        assert_eq!(ladder(&rungs, Segment::HandHolder), [0, 5]);
        assert_eq!(ladder(&rungs, Segment::Unknown), [0]);
    }

    proptest! {
        #[test]
        fn an_answer_never_weakens_its_own_segment(mask in 0_usize..64, picks in prop::collection::vec(0_usize..3, 6), extra in 0_usize..6) {
            let given: BTreeMap<String, String> = QUESTIONS.iter().enumerate()
                .filter(|(i, _)| mask & (1 << i) != 0 && *i != extra)
                .map(|(i, q)| (q.id.to_owned(), q.answers[picks[i] % q.answers.len()].id.to_owned()))
                .collect();
            let question = &QUESTIONS[extra];
            let answer = &question.answers[picks[extra] % question.answers.len()];
            let mut more = given.clone();
            more.insert(question.id.to_owned(), answer.id.to_owned());
            let Some((segment, points)) = answer.speaks_for else { return Ok(()) };
            let of = |score: &Score| score.points().iter().find(|(s, _)| *s == segment).unwrap().1;
            let (before, after) = (score(&given, &[]), score(&more, &[]));
            prop_assert!((of(&after) - of(&before) - points).abs() < 1e-12);
            if before.segment == segment {
                prop_assert_eq!(after.segment, segment);
            }
        }
    }
}
