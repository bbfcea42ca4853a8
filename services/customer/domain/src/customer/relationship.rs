//! Relationship, trust and fit: decisions with reasons, never typed in.

use aftercare_kernel::fault::{Class, Fault};
use aftercare_kernel::words;
use jiff::Timestamp;
use rust_decimal::Decimal;

words! {
    /// How the customer sees us.
    RelationshipLevel {
        /// One of several who might supply.
        Candidate = "CANDIDATE",
        /// One who supplies.
        Supplier = "SUPPLIER",
        /// The first who is asked.
        Preferred = "PREFERRED",
        /// A partner with whom plans are shared.
        Alliance = "ALLIANCE",
    }
}

words! {
    /// What the customer's trust rests on.
    TrustLevel {
        /// It believes what we can show.
        Cognitive = "COGNITIVE",
        /// It is content with us.
        Affective = "AFFECTIVE",
        /// It buys again and recommends us.
        Behavioural = "BEHAVIOURAL",
    }
}

words! {
    /// Whether a customer is the right one for us.
    Fit {
        /// Basic service.
        General = "GENERAL",
        /// Complete service.
        Right = "RIGHT",
        /// Perfect service.
        Key = "KEY",
        /// Defensive service.
        Harmful = "HARMFUL",
    }
}

/// Why a level or fit cannot be changed so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RelationshipError {
    /// More than one step up at a review.
    #[error("a review moves at most one step up from {from}, not to {to}")]
    TooFarUp {
        /// The present level.
        from: RelationshipLevel,
        /// The level asked for.
        to: RelationshipLevel,
    },
    /// A step without a reason.
    #[error("a change needs a reason")]
    NoReason,
    /// Nobody approves what he proposed.
    #[error("{0} proposed this and cannot approve it")]
    ApproverIsProposer(String),
    /// HARMFUL holds for a time only.
    #[error("HARMFUL needs an expiry in the future")]
    NoExpiry,
}

impl Fault for RelationshipError {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        match self {
            Self::TooFarUp { .. } => "RELATIONSHIP_STEP_TOO_FAR",
            Self::NoReason => "REASON_REQUIRED",
            Self::ApproverIsProposer(_) => "FIT_APPROVER_IS_PROPOSER",
            Self::NoExpiry => "EXPIRY_REQUIRED",
        }
    }
}

/// The level after a review: one step up at most, any step down.
///
/// # Errors
/// [`RelationshipError`].
pub fn review(
    from: RelationshipLevel,
    to: RelationshipLevel,
    reason: &str,
) -> Result<RelationshipLevel, RelationshipError> {
    let rank = |level| RelationshipLevel::ALL.iter().position(|known| *known == level);
    if reason.trim().is_empty() {
        return Err(RelationshipError::NoReason);
    }
    match (rank(from), rank(to)) {
        (Some(now), Some(then)) if then > now + 1 => Err(RelationshipError::TooFarUp { from, to }),
        _ => Ok(to),
    }
}

/// What trust is inferred from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrustEvidence {
    /// Share of purchases that were repeat purchases, 0..=1.
    pub repeat_purchase_share: Option<Decimal>,
    /// Satisfaction, 1 to 5, oldest first.
    pub satisfaction: Vec<u8>,
    /// Complaints closed.
    pub complaints: u32,
    /// Of these, closed to the customer's satisfaction.
    pub complaints_satisfied: u32,
    /// Referrals given.
    pub referrals: u32,
}

/// Behavioural: half of the purchases or more repeat, and a referral was given. Affective: the last three answers
/// average 4 or more, and four of five complaints ended well. Cognitive otherwise.
#[must_use]
pub fn trust(evidence: &TrustEvidence) -> TrustLevel {
    let repeats = evidence.repeat_purchase_share.is_some_and(|share| share >= Decimal::new(5, 1));
    if repeats && evidence.referrals > 0 {
        return TrustLevel::Behavioural;
    }
    let recent: Vec<u32> =
        evidence.satisfaction.iter().rev().take(3).map(|s| u32::from(*s)).collect();
    let count = u32::try_from(recent.len()).unwrap_or(0);
    let content = count > 0 && recent.iter().sum::<u32>() >= 4 * count;
    let handled =
        u64::from(evidence.complaints_satisfied) * 5 >= u64::from(evidence.complaints) * 4;
    if content && handled { TrustLevel::Affective } else { TrustLevel::Cognitive }
}

/// A fit that was proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FitDecision {
    /// The fit.
    pub fit: Fit,
    /// Why.
    pub reason: String,
    /// Who proposed it.
    pub proposer: String,
    /// When it ends.
    pub expires: Option<Timestamp>,
}

/// What a fit rests on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FitBasis {
    /// Why.
    pub reason: String,
    /// Who proposed it.
    pub proposer: String,
    /// Who approved it.
    pub approver: String,
    /// When it ends.
    pub expires: Option<Timestamp>,
}

/// The fit after approval by a second person.
///
/// # Errors
/// [`RelationshipError`].
pub fn approve_fit(
    proposal: &FitDecision,
    approver: &str,
    now: Timestamp,
) -> Result<Fit, RelationshipError> {
    if proposal.reason.trim().is_empty() {
        return Err(RelationshipError::NoReason);
    }
    if proposal.proposer == approver {
        return Err(RelationshipError::ApproverIsProposer(approver.to_owned()));
    }
    if proposal.fit == Fit::Harmful && proposal.expires.is_none_or(|expires| expires <= now) {
        return Err(RelationshipError::NoExpiry);
    }
    Ok(proposal.fit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_review_goes_one_step_up_and_any_step_down() {
        use RelationshipLevel::{Alliance, Candidate, Preferred, Supplier};
        assert_eq!(review(Candidate, Supplier, "won the tender"), Ok(Supplier));
        assert_eq!(review(Alliance, Candidate, "left us"), Ok(Candidate));
        assert!(matches!(
            review(Candidate, Preferred, "x"),
            Err(RelationshipError::TooFarUp { .. })
        ));
        assert_eq!(review(Candidate, Supplier, " "), Err(RelationshipError::NoReason));
    }

    #[test]
    fn trust_follows_the_evidence() {
        let content = TrustEvidence { satisfaction: vec![1, 4, 4, 4], ..Default::default() };
        assert_eq!(trust(&content), TrustLevel::Affective);
        let badly_handled =
            TrustEvidence { complaints: 5, complaints_satisfied: 3, ..content.clone() };
        assert_eq!(trust(&badly_handled), TrustLevel::Cognitive);
        let loyal = TrustEvidence {
            repeat_purchase_share: Some(Decimal::new(5, 1)),
            referrals: 1,
            ..Default::default()
        };
        assert_eq!(trust(&loyal), TrustLevel::Behavioural);
        assert_eq!(trust(&TrustEvidence::default()), TrustLevel::Cognitive);
    }

    #[test]
    fn harmful_needs_a_reason_a_second_person_and_an_expiry() {
        let now = Timestamp::UNIX_EPOCH;
        let later = Some(now + jiff::SignedDuration::from_hours(1));
        let proposal = FitDecision {
            fit: Fit::Harmful,
            reason: "does not pay".to_owned(),
            proposer: "li".to_owned(),
            expires: later,
        };
        assert_eq!(approve_fit(&proposal, "wang", now), Ok(Fit::Harmful));
        assert!(approve_fit(&proposal, "li", now).is_err());
        let endless = FitDecision { expires: None, ..proposal.clone() };
        assert_eq!(approve_fit(&endless, "wang", now), Err(RelationshipError::NoExpiry));
        let mute = FitDecision { reason: String::new(), ..proposal };
        assert_eq!(approve_fit(&mute, "wang", now), Err(RelationshipError::NoReason));
    }
}
