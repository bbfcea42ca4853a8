//! Surveys: questions, who is asked, answers that never change, tokens that answer once.

mod journey;
mod satisfaction;
#[cfg(test)]
mod tests;

pub use journey::{
    JourneyStage, Met, Roll, StageShare, Touchpoint, TouchpointId, TouchpointShare, roll_up,
};
pub use satisfaction::{Given, Hidden, Metric, Statistic, hidden, statistics};

use crate::customer::name;
use crate::grade::Grade;
use aftercare_kernel::fault::{Class, Fault, Violations};
use aftercare_kernel::resource_id;
use aftercare_kernel::words;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

resource_id! {
    /// The id of a survey.
    SurveyId
}

words! {
    /// Where a survey stands.
    SurveyState {
        /// Not begun.
        Draft = "DRAFT",
        /// Answers are taken.
        Running = "RUNNING",
        /// No more answers.
        Ended = "ENDED",
    }
}

words! {
    /// How a question is answered.
    QuestionKind {
        /// 5, very satisfied, to 1, very dissatisfied.
        Csat = "CSAT",
        /// 0 to 10: would you recommend us.
        Nps = "NPS",
        /// 1 to 5: will you buy again.
        Repurchase = "REPURCHASE",
        /// 1 to 7: how it should be.
        ServqualExpectation = "SERVQUAL_EXPECTATION",
        /// 1 to 7: how it is.
        ServqualPerception = "SERVQUAL_PERCEPTION",
        /// In words.
        Text = "TEXT",
    }
}

impl QuestionKind {
    /// The scale; none for words.
    #[must_use]
    pub const fn scale(self) -> Option<(i32, i32)> {
        match self {
            Self::Csat | Self::Repurchase => Some((1, 5)),
            Self::Nps => Some((0, 10)),
            Self::ServqualExpectation | Self::ServqualPerception => Some((1, 7)),
            Self::Text => None,
        }
    }

    const fn is_servqual(self) -> bool {
        matches!(self, Self::ServqualExpectation | Self::ServqualPerception)
    }
}

words! {
    /// The five dimensions of SERVQUAL (Parasuraman, Zeithaml and Berry 1988).
    ServqualDimension {
        /// What is seen.
        Tangibles = "TANGIBLES",
        /// What was promised is done.
        Reliability = "RELIABILITY",
        /// Quickly and gladly.
        Responsiveness = "RESPONSIVENESS",
        /// Knowledge and courtesy.
        Assurance = "ASSURANCE",
        /// Care for the one customer.
        Empathy = "EMPATHY",
    }
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Its id within the survey.
    pub id: String,
    /// What is asked.
    pub text: String,
    /// How it is answered.
    pub kind: QuestionKind,
    /// `touchpoints/{touchpoint}`; may be empty.
    pub touchpoint: String,
    /// Of SERVQUAL questions.
    pub dimension: Option<ServqualDimension>,
    /// What it counts for; 1 if not said.
    pub weight: Option<Decimal>,
}

/// Who is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Sample {
    /// How many; 0 for as many as the margin needs.
    pub size: u32,
    /// Half-width of a 95 % interval for a share; 0 for 0.05.
    pub margin_of_error: f64,
    /// Each grade gives its share.
    pub stratify_by_grade: bool,
    /// Filter over customers.
    pub filter: String,
    /// Draws the same again.
    pub seed: i64,
}

/// A survey.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Survey {
    /// The name that people use.
    pub display_name: String,
    /// The questions.
    pub questions: Vec<Question>,
    /// Who is asked.
    pub sample: Sample,
    /// From when answers are taken.
    pub start: Option<Timestamp>,
    /// Until when, exclusive.
    pub end: Option<Timestamp>,
    /// Where it stands.
    pub state: SurveyState,
    /// Customers that the sample was drawn from.
    pub population: u32,
    /// Customers drawn.
    pub drawn: u32,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Which question.
    pub question: String,
    /// The number; 0 for words.
    pub score: i32,
    /// The words.
    pub text: String,
}

/// One set of answers. Never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// The customer's id.
    pub customer: String,
    /// Its grade when it was drawn.
    pub grade: Option<Grade>,
    /// The answers.
    pub answers: Vec<Answer>,
}

/// Why a survey cannot go on so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SurveyError {
    /// The state does not lead there.
    #[error("a survey that is {state} cannot be {verb}")]
    IllegalMove {
        /// The present state.
        state: SurveyState,
        /// What was asked for.
        verb: &'static str,
    },
    /// No customer is within the filter.
    #[error("no customer is within the sample's filter")]
    NobodyToAsk,
    /// Answers are not taken now.
    #[error("the survey takes no answers now")]
    Closed,
    /// The token opens nothing: never given, replaced, or used.
    #[error("the token was never given, was replaced or was used")]
    TokenUnusable,
}

impl Fault for SurveyError {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        match self {
            Self::IllegalMove { .. } => "ILLEGAL_SURVEY_MOVE",
            Self::NobodyToAsk => "SURVEY_SAMPLE_EMPTY",
            Self::Closed => "SURVEY_CLOSED",
            Self::TokenUnusable => "SURVEY_TOKEN_UNUSABLE",
        }
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::IllegalMove { state, verb } => {
                vec![("state", state.to_string()), ("move", (*verb).to_owned())]
            }
            Self::NobodyToAsk | Self::Closed | Self::TokenUnusable => Vec::new(),
        }
    }
}

impl Survey {
    /// Notes what is wrong with the parts that types cannot tell.
    pub fn check(&self, wrong: &mut Violations) {
        name(&self.display_name, "display_name", wrong);
        if self.questions.is_empty() {
            wrong.add("questions", "needs at least one");
        }
        for (i, question) in self.questions.iter().enumerate() {
            let twice = self.questions.iter().take(i).any(|other| other.id == question.id);
            wrong.within(&format!("questions[{i}]"), |wrong| {
                question.check(wrong);
                if twice {
                    wrong.add("question", "is given twice");
                }
            });
        }
        let margin = self.sample.margin_of_error;
        if !(margin.is_finite() && (0.0..0.5).contains(&margin)) {
            wrong.add("sample.margin_of_error", "must be at least 0 and below 0.5");
        }
        if self.start.zip(self.end).is_some_and(|(start, end)| end <= start) {
            wrong.add("end_time", "must be after start_time");
        }
    }

    /// It runs from now on, with so many drawn of so many.
    ///
    /// # Errors
    /// [`SurveyError`]: begun already, or nobody to ask.
    pub fn begin(
        &mut self,
        population: u32,
        drawn: u32,
        now: Timestamp,
    ) -> Result<(), SurveyError> {
        if self.state != SurveyState::Draft {
            return Err(SurveyError::IllegalMove { state: self.state, verb: "started" });
        }
        if drawn == 0 {
            return Err(SurveyError::NobodyToAsk);
        }
        (self.state, self.population, self.drawn) = (SurveyState::Running, population, drawn);
        self.start = self.start.or(Some(now));
        Ok(())
    }

    /// No more answers.
    ///
    /// # Errors
    /// [`SurveyError::IllegalMove`].
    pub fn finish(&mut self, now: Timestamp) -> Result<(), SurveyError> {
        self.check_running("ended")?;
        self.state = SurveyState::Ended;
        self.end = Some(self.end.map_or(now, |end| end.min(now)));
        Ok(())
    }

    /// Whether it runs.
    ///
    /// # Errors
    /// [`SurveyError::IllegalMove`].
    pub fn check_running(&self, verb: &'static str) -> Result<(), SurveyError> {
        if self.state == SurveyState::Running {
            Ok(())
        } else {
            Err(SurveyError::IllegalMove { state: self.state, verb })
        }
    }

    /// Whether answers are taken now.
    ///
    /// # Errors
    /// [`SurveyError::Closed`].
    pub fn check_open(&self, now: Timestamp) -> Result<(), SurveyError> {
        let open = self.state == SurveyState::Running
            && self.start.is_none_or(|start| start <= now)
            && self.end.is_none_or(|end| now < end);
        if open { Ok(()) } else { Err(SurveyError::Closed) }
    }

    /// Notes answers to no question, two to one, off the scale, or without words.
    pub fn check_answers(&self, answers: &[Answer], wrong: &mut Violations) {
        let known: BTreeMap<&str, QuestionKind> =
            self.questions.iter().map(|question| (question.id.as_str(), question.kind)).collect();
        if answers.is_empty() {
            wrong.add("answers", "needs at least one");
        }
        for (i, answer) in answers.iter().enumerate() {
            let path = |field: &str| format!("answers[{i}].{field}");
            let Some(kind) = known.get(answer.question.as_str()) else {
                wrong.add(&path("question"), "is not of this survey");
                continue;
            };
            if answers.iter().take(i).any(|other| other.question == answer.question) {
                wrong.add(&path("question"), "is answered twice");
            }
            match kind.scale() {
                Some((low, high)) if !(low..=high).contains(&answer.score) => {
                    wrong.add(&path("score"), format!("must be between {low} and {high}"));
                }
                None if answer.text.trim().is_empty() => wrong.add(&path("text"), "is required"),
                Some(_) | None => {}
            }
            if answer.text.chars().count() > 4000 {
                wrong.add(&path("text"), "must have at most 4000 characters");
            }
        }
    }
}

impl Question {
    fn check(&self, wrong: &mut Violations) {
        wrong.take("question", aftercare_kernel::ids::check_id(&self.id));
        if self.text.trim().is_empty() {
            wrong.add("text", "is required");
        }
        if self.kind.is_servqual() != self.dimension.is_some() {
            wrong.add("dimension", "is for SERVQUAL questions, and required for these");
        }
        if self.weight.is_some_and(|weight| weight <= Decimal::ZERO || weight > Decimal::from(1000))
        {
            wrong.add("weight", "must be above 0 and at most 1000");
        }
    }
}

/// What is stored of a one-time token: its SHA-256, in hexadecimal.
#[must_use]
pub fn token_digest(token: &str) -> String {
    hex::encode(Sha256::digest(token.trim()))
}
