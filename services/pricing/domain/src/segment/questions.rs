//! The questions of the scoring model, with what every answer is worth.

use crate::policy::Segment;

/// A question to a customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Its id.
    pub id: &'static str,
    /// The question, for a person.
    pub text: &'static str,
    /// Every answer that counts.
    pub answers: [Answer; 3],
}

/// An answer to a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Its id.
    pub id: &'static str,
    /// The answer, for a person.
    pub text: &'static str,
    /// The segment that it speaks for, with points above 0; none if for none.
    pub speaks_for: Option<(Segment, f64)>,
}

impl Question {
    /// The answer of an id.
    #[must_use]
    pub fn answer(&self, id: &str) -> Option<&Answer> {
        self.answers.iter().find(|answer| answer.id == id)
    }
}

const fn answer(id: &'static str, text: &'static str, segment: Segment, points: f64) -> Answer {
    let speaks_for =
        if matches!(segment, Segment::Unknown) { None } else { Some((segment, points)) };
    Answer { id, text, speaks_for }
}

use Segment::{BasicNeeds, HandHolder, RiskAverse, Unknown};

/// Every question, in the order in which to ask. None asks for size or industry.
pub const QUESTIONS: [Question; 6] = [
    Question {
        id: "standstill",
        text: "What does a day without the machine do?",
        answers: [
            answer("stops_plant", "The plant stops.", RiskAverse, 4.0),
            answer("slows_down", "We slow down.", Unknown, 0.0),
            answer("hardly_matters", "It hardly matters.", BasicNeeds, 2.0),
        ],
    },
    Question {
        id: "spare_machine",
        text: "Is there a machine that takes over?",
        answers: [
            answer("none", "No.", RiskAverse, 2.0),
            answer("partly", "Partly.", Unknown, 0.0),
            answer("full", "Yes, in full.", BasicNeeds, 2.0),
        ],
    },
    Question {
        id: "technicians",
        text: "Who looks after the machine day by day?",
        answers: [
            answer("own", "Our own technicians.", BasicNeeds, 3.0),
            answer("operators", "The operators.", Unknown, 0.0),
            answer("none", "Nobody; we would like you to.", HandHolder, 4.0),
        ],
    },
    Question {
        id: "budget",
        text: "How should service be paid?",
        answers: [
            answer("fixed_yearly", "A fixed sum a year, no surprises.", RiskAverse, 2.0),
            answer("no_preference", "No preference.", Unknown, 0.0),
            answer("pay_as_needed", "Only for what is done.", BasicNeeds, 3.0),
        ],
    },
    Question {
        id: "contact",
        text: "How do you want to reach us?",
        answers: [
            answer("one_person", "One person who knows us.", HandHolder, 3.0),
            answer("hotline", "A hotline that is always there.", RiskAverse, 1.0),
            answer("online", "Online.", BasicNeeds, 1.0),
        ],
    },
    Question {
        id: "advice",
        text: "What should we do beside repairs?",
        answers: [
            answer("plan_for_us", "Plan maintenance and training for us.", HandHolder, 3.0),
            answer("warn_early", "Warn us before something fails.", RiskAverse, 2.0),
            answer("nothing", "Nothing.", BasicNeeds, 2.0),
        ],
    },
];
