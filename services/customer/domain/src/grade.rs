//! Grades that explain themselves: three scores from evidence, a versioned policy, hysteresis.

mod decide;
mod explain;
mod policy;

#[cfg(test)]
mod tests;

pub use decide::{Decision, GradeMove, PastGrade, decide};
pub use explain::{GradeChange, changes};
pub use policy::{GradeInput, GradePolicy, ScalePoint, default_policy};

use aftercare_kernel::currency::Currency;
use aftercare_kernel::fault::{Class, Fault};
use aftercare_kernel::money::Money;
use aftercare_kernel::words;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

words! {
    /// The result of grading, best first.
    Grade {
        /// Key.
        A = "A",
        /// Important.
        B = "B",
        /// Ordinary.
        C = "C",
        /// Marginal.
        D = "D",
    }
}

words! {
    /// One of the three scores.
    ScoreKind {
        /// What the customer brings now.
        Contribution = "CONTRIBUTION",
        /// Whom it moves.
        Influence = "INFLUENCE",
        /// What it may bring.
        Potential = "POTENTIAL",
    }
}

words! {
    /// What is scored.
    GradeInputKind {
        /// Revenue of the last twelve months, in major units.
        AnnualRevenue = "ANNUAL_REVENUE",
        /// Margin as a share of revenue.
        MarginShare = "MARGIN_SHARE",
        /// Our share of its purchases.
        WalletShare = "WALLET_SHARE",
        /// Standing in its industry, 1 to 5.
        IndustryStanding = "INDUSTRY_STANDING",
        /// References given in 24 months.
        ReferencesGiven = "REFERENCES_GIVEN",
        /// Purchases planned for twelve months, in major units.
        PlannedPurchases = "PLANNED_PURCHASES",
        /// Growth of its purchases a year.
        GrowthRate = "GROWTH_RATE",
        /// What serving it left of its margin in the period before, as a share of the margin.
        ServiceProfitShare = "SERVICE_PROFIT_SHARE",
    }
}

impl GradeInputKind {
    /// The score that the input belongs to.
    #[must_use]
    pub const fn score(self) -> ScoreKind {
        match self {
            Self::AnnualRevenue
            | Self::MarginShare
            | Self::WalletShare
            | Self::ServiceProfitShare => ScoreKind::Contribution,
            Self::IndustryStanding | Self::ReferencesGiven => ScoreKind::Influence,
            Self::PlannedPurchases | Self::GrowthRate => ScoreKind::Potential,
        }
    }

    /// Whether only whole values exist.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        matches!(self, Self::IndustryStanding | Self::ReferencesGiven)
    }
}

/// What is known of a customer; an absent input is unknown and scores nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Evidence {
    /// Revenue with the customer over the last twelve months.
    pub annual_revenue: Option<Money>,
    /// Gross margin as a share of that revenue, -1..=1.
    pub margin_share: Option<Decimal>,
    /// Our part of what it spends, 0..=1.
    pub wallet_share: Option<Decimal>,
    /// Standing in its industry, 1 to 5.
    pub industry_standing: Option<u8>,
    /// References given in 24 months.
    pub references_given: Option<u32>,
    /// Purchases planned for twelve months.
    pub planned_purchases: Option<Money>,
    /// Growth of its purchases a year.
    pub growth_rate: Option<Decimal>,
    /// What serving it left of its margin in the period before, as a share of the margin; at most 1.
    #[serde(default)]
    pub service_profit_share: Option<Decimal>,
    /// The day for which the inputs hold.
    pub as_of: Option<Date>,
    /// Who says so.
    pub source: String,
}

impl Evidence {
    /// The value of an input, if it is known.
    ///
    /// # Errors
    /// [`GradeError::Currency`] for money in another currency than the policy scores in.
    pub fn value(
        &self,
        kind: GradeInputKind,
        currency: Currency,
    ) -> Result<Option<Decimal>, GradeError> {
        let money = |money: Option<Money>| match money {
            Some(money) if money.currency() != currency => {
                Err(GradeError::Currency { kind, found: money.currency(), wanted: currency })
            }
            money => Ok(money.map(|money| money.amount())),
        };
        match kind {
            GradeInputKind::AnnualRevenue => money(self.annual_revenue),
            GradeInputKind::PlannedPurchases => money(self.planned_purchases),
            GradeInputKind::MarginShare => Ok(self.margin_share),
            GradeInputKind::WalletShare => Ok(self.wallet_share),
            GradeInputKind::IndustryStanding => Ok(self.industry_standing.map(Decimal::from)),
            GradeInputKind::ReferencesGiven => Ok(self.references_given.map(Decimal::from)),
            GradeInputKind::GrowthRate => Ok(self.growth_rate),
            GradeInputKind::ServiceProfitShare => Ok(self.service_profit_share),
        }
    }
}

/// Why a customer cannot be graded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GradeError {
    /// Money in another currency than the policy's.
    #[error("{kind} is in {found}, but the policy scores {wanted}")]
    Currency {
        /// The input.
        kind: GradeInputKind,
        /// Its currency.
        found: Currency,
        /// The policy's currency.
        wanted: Currency,
    },
    /// Nothing at all is known.
    #[error("nothing is known that the policy scores")]
    NoEvidence,
    /// A later period was graded already.
    #[error("period {period} is before {newest}, which is graded")]
    PeriodOutOfOrder {
        /// The period asked for.
        period: String,
        /// The newest graded period.
        newest: String,
    },
}

impl Fault for GradeError {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        match self {
            Self::Currency { .. } => "EVIDENCE_CURRENCY",
            Self::NoEvidence => "NO_GRADE_EVIDENCE",
            Self::PeriodOutOfOrder { .. } => "PERIOD_OUT_OF_ORDER",
        }
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Currency { kind, found, wanted } => vec![
                ("input", kind.to_string()),
                ("found", found.to_string()),
                ("wanted", wanted.to_string()),
            ],
            Self::NoEvidence => Vec::new(),
            Self::PeriodOutOfOrder { period, newest } => {
                vec![("period", period.clone()), ("newest", newest.clone())]
            }
        }
    }
}

/// The three scores and their weighted total.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scored {
    /// 0..=1.
    pub total: Decimal,
    /// Contribution, influence, potential.
    pub scores: Vec<ScoreLine>,
}

/// One score with its inputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreLine {
    /// Which.
    pub kind: ScoreKind,
    /// The score, 0..=1.
    pub value: Decimal,
    /// What it counts for.
    pub weight: Decimal,
    /// Its inputs.
    pub inputs: Vec<InputLine>,
}

/// One input as it was scored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputLine {
    /// Which.
    pub kind: GradeInputKind,
    /// What was known.
    pub value: Option<Decimal>,
    /// Its score, 0..=1; 0 if nothing was known.
    pub score: Decimal,
    /// Its weight within the score.
    pub weight: Decimal,
    /// What it adds to the total.
    pub contribution: Decimal,
}

/// Scores the evidence by the policy; exact decimals throughout.
///
/// # Errors
/// [`GradeError::Currency`]; [`GradeError::NoEvidence`] if no input that the policy scores is known.
pub fn score(policy: &GradePolicy, evidence: &Evidence) -> Result<Scored, GradeError> {
    let mut scores = Vec::new();
    let mut known = false;
    for kind in ScoreKind::ALL {
        let weight = policy.weight(*kind);
        let mut inputs = Vec::new();
        for input in policy.inputs.iter().filter(|input| input.kind.score() == *kind) {
            let value = evidence.value(input.kind, policy.currency)?;
            known |= value.is_some();
            let score = value.map_or(Decimal::ZERO, |value| input.score(value));
            let contribution = weight * input.weight * score;
            let (kind, weight) = (input.kind, input.weight);
            inputs.push(InputLine { kind, value, score, weight, contribution });
        }
        let value = inputs.iter().map(|input| input.weight * input.score).sum();
        scores.push(ScoreLine { kind: *kind, value, weight, inputs });
    }
    if !known {
        return Err(GradeError::NoEvidence);
    }
    let total = scores.iter().map(|score| score.weight * score.value).sum();
    Ok(Scored { total, scores })
}
