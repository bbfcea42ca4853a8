//! Customers, their sites, and what the relationship with them rests on.

mod fit_review;
mod relationship;

pub use fit_review::{FitReview, FitReviewState, review_time};
pub use relationship::{
    Fit, FitBasis, FitDecision, RelationshipError, RelationshipLevel, TrustEvidence, TrustLevel,
    approve_fit, review, trust,
};

use crate::grade::{Evidence, Grade};
use crate::keys::{Duns, Phone, Uscc, VatId};
use aftercare_kernel::fault::Violations;
use aftercare_kernel::region::RegionCode;
use aftercare_kernel::resource_id;
use aftercare_kernel::words;
use serde::{Deserialize, Serialize};

resource_id! {
    /// The id of a customer.
    CustomerId
}

words! {
    /// What kind of party a customer is.
    CustomerKind {
        /// A legal person of its own.
        LegalEntity = "LEGAL_ENTITY",
        /// A branch without legal personality.
        Branch = "BRANCH",
        /// A natural person in trade.
        Person = "PERSON",
    }
}

words! {
    /// Whether a customer is in use.
    CustomerState {
        /// In use.
        Active = "ACTIVE",
        /// Replaced by another.
        Merged = "MERGED",
        /// No longer served.
        Closed = "CLOSED",
    }
}

words! {
    /// What a customer wants from service.
    NeedsSegment {
        /// Wants cost and downtime taken off its hands.
        RiskAverse = "RISK_AVERSE",
        /// Wants what is necessary at the lowest price.
        BasicNeeds = "BASIC_NEEDS",
        /// Wants advice and company.
        HandHolder = "HAND_HOLDER",
    }
}

/// The key of a record in another system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ExternalKey {
    /// The connection, or a name of the system.
    pub system: String,
    /// The record's own key there.
    pub key: String,
}

/// A postal address, as far as lines go.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Address {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Province or state.
    pub administrative_area: String,
    /// City.
    pub locality: String,
    /// Postal code.
    pub postal_code: String,
    /// Street and below.
    pub lines: Vec<String>,
}

/// A customer: a legal entity, or a branch of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// The name that people use.
    pub display_name: String,
    /// The registered name.
    pub legal_name: String,
    /// What kind of party.
    pub kind: CustomerKind,
    /// The customer above it.
    pub parent: Option<CustomerId>,
    /// Unified Social Credit Code.
    pub uscc: Option<Uscc>,
    /// Tax number outside China.
    pub vat_id: Option<VatId>,
    /// D-U-N-S number.
    pub duns: Option<Duns>,
    /// Industry.
    pub industry: String,
    /// Region.
    pub region: Option<RegionCode>,
    /// Registered address.
    pub address: Option<Address>,
    /// IANA zone.
    pub time_zone: String,
    /// BCP 47 language.
    pub language_code: String,
    /// Main number.
    pub phone: Option<Phone>,
    /// Home page.
    pub website: String,
    /// The employee who owns the relationship.
    pub owner: String,
    /// The tenant's own words.
    pub tags: Vec<String>,
    /// Keys in other systems.
    pub external_keys: Vec<ExternalKey>,
    /// What grading reads.
    pub evidence: Option<Evidence>,
    /// The current grade.
    pub grade: Option<Grade>,
    /// How it sees us.
    pub relationship_level: RelationshipLevel,
    /// What its trust rests on.
    pub trust_level: TrustLevel,
    /// Whether it is the right customer.
    pub fit: Fit,
    /// What the fit rests on, if it was ever decided.
    #[serde(default)]
    pub fit_basis: Option<FitBasis>,
    /// What it wants from service.
    pub needs_segment: Option<NeedsSegment>,
    /// Whether it is in use.
    pub state: CustomerState,
    /// What it was merged into.
    pub merged_into: Option<CustomerId>,
}

impl Customer {
    /// The fit that holds now: HARMFUL ends when it expires.
    #[must_use]
    pub fn fit_at(&self, now: jiff::Timestamp) -> Fit {
        let expires = self.fit_basis.as_ref().and_then(|basis| basis.expires);
        let over = self.fit == Fit::Harmful && expires.is_some_and(|expires| expires <= now);
        if over { Fit::General } else { self.fit }
    }

    /// Notes what is wrong with the parts that types cannot tell.
    pub fn check(&self, id: &CustomerId, wrong: &mut Violations) {
        name(&self.display_name, "display_name", wrong);
        if self.legal_name.chars().count() > 200 {
            wrong.add("legal_name", "must have at most 200 characters");
        }
        if self.parent.as_ref() == Some(id) {
            wrong.add("parent", "must not be the customer itself");
        }
        zone(&self.time_zone, wrong);
        external_keys(&self.external_keys, wrong);
        if let Some(evidence) = &self.evidence {
            wrong.within("evidence", |wrong| check_evidence(evidence, wrong));
        }
    }
}

/// Notes what is wrong with grading evidence.
pub fn check_evidence(evidence: &Evidence, wrong: &mut Violations) {
    use rust_decimal::Decimal;
    let within = |value: Option<Decimal>, low: Decimal, high: Decimal| {
        value.is_none_or(|value| value >= low && value <= high)
    };
    if !within(evidence.margin_share, Decimal::NEGATIVE_ONE, Decimal::ONE) {
        wrong.add("margin_share", "must be between -1 and 1");
    }
    if !within(evidence.wallet_share, Decimal::ZERO, Decimal::ONE) {
        wrong.add("wallet_share", "must be between 0 and 1");
    }
    if !within(evidence.growth_rate, Decimal::NEGATIVE_ONE, Decimal::ONE_HUNDRED) {
        wrong.add("growth_rate", "must be between -1 and 100");
    }
    if evidence.industry_standing.is_some_and(|standing| !(1..=5).contains(&standing)) {
        wrong.add("industry_standing", "must be between 1 and 5");
    }
    let negative = |money: Option<aftercare_kernel::money::Money>| {
        money.is_some_and(|money| money.amount().is_sign_negative() && !money.amount().is_zero())
    };
    if negative(evidence.annual_revenue) {
        wrong.add("annual_revenue", "must not be negative");
    }
    if negative(evidence.planned_purchases) {
        wrong.add("planned_purchases", "must not be negative");
    }
}

/// A name that people use: 1 to 200 characters.
pub(crate) fn name(text: &str, field: &str, wrong: &mut Violations) {
    let length = text.trim().chars().count();
    if length == 0 {
        wrong.add(field, "is required");
    } else if length > 200 {
        wrong.add(field, "must have at most 200 characters");
    }
}

pub(crate) fn zone(zone: &str, wrong: &mut Violations) {
    if !zone.is_empty() && jiff::tz::TimeZone::get(zone).is_err() {
        wrong.add("time_zone", "is no IANA time zone");
    }
}

pub(crate) fn external_keys(keys: &[ExternalKey], wrong: &mut Violations) {
    for (i, key) in keys.iter().enumerate() {
        if key.system.is_empty() || key.key.is_empty() {
            wrong.add(&format!("external_keys[{i}]"), "needs a system and a key");
        }
        if keys.iter().take(i).any(|other| other == key) {
            wrong.add(&format!("external_keys[{i}]"), "is given twice");
        }
    }
}
