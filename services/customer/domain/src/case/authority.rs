//! What a role may grant: limits, raised for a time during an incident.

use super::ComplaintCategory;
use crate::grade::Grade;
use aftercare_kernel::money::{Money, MoneyError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A higher limit while an incident lasts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elasticity {
    /// The limit meanwhile.
    pub limit: Money,
    /// The incident.
    pub incident: String,
    /// From when.
    pub start: Timestamp,
    /// Until when, exclusive.
    pub end: Timestamp,
}

/// What a role may grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorityLimit {
    /// The role.
    pub role: String,
    /// For these categories; none means all.
    pub categories: Vec<ComplaintCategory>,
    /// For customers of these grades; none means all.
    pub grades: Vec<Grade>,
    /// For these remedies; none means all.
    pub remedy_kinds: Vec<String>,
    /// The value that may be approved, cumulated.
    pub limit: Money,
    /// A higher limit for a time.
    pub elasticity: Option<Elasticity>,
}

impl AuthorityLimit {
    /// The limit that holds now.
    #[must_use]
    pub fn now(&self, now: Timestamp) -> Money {
        match &self.elasticity {
            Some(e) if e.start <= now && now < e.end && e.limit.amount() > self.limit.amount() => {
                e.limit
            }
            _ => self.limit,
        }
    }
}

/// What remedies were granted already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Granted {
    /// The value of the proposal itself.
    pub value: Money,
    /// Granted earlier in the case.
    pub in_case: Money,
    /// Granted to the customer in the last 90 days, this case included.
    pub to_customer: Money,
}

impl Granted {
    /// What a limit is compared to: with what went before, so that splitting a remedy gains nothing.
    ///
    /// # Errors
    /// [`MoneyError`] for mixed currencies.
    pub fn cumulated(&self) -> Result<Money, MoneyError> {
        let case = self.value.checked_add(self.in_case)?;
        let customer = self.value.checked_add(self.to_customer)?;
        Ok(if customer.amount() > case.amount() { customer } else { case })
    }
}

/// The highest limit that any of the roles has for such a case, with the role.
pub fn authority<'a>(
    limits: &'a [AuthorityLimit],
    roles: &[String],
    facts: (Option<ComplaintCategory>, Option<Grade>, &[String]),
    now: Timestamp,
) -> Option<(&'a AuthorityLimit, Money)> {
    let (category, grade, remedies) = facts;
    let fits = |limit: &&AuthorityLimit| {
        roles.contains(&limit.role)
            && (limit.categories.is_empty()
                || category.is_some_and(|c| limit.categories.contains(&c)))
            && (limit.grades.is_empty() || grade.is_some_and(|g| limit.grades.contains(&g)))
            && (limit.remedy_kinds.is_empty()
                || remedies.iter().all(|remedy| limit.remedy_kinds.contains(remedy)))
    };
    let fitting = limits.iter().filter(fits).map(|limit| (limit, limit.now(now)));
    fitting.max_by_key(|(_, money)| money.amount())
}

/// What a tenant begins with: the front line settles small matters itself.
#[must_use]
pub fn default_limits() -> Vec<AuthorityLimit> {
    let limits = [
        ("agent", 500),
        ("engineer", 500),
        ("supervisor", 5_000),
        ("manager", 50_000),
        ("director", 500_000),
        ("admin", 500_000),
    ];
    let limit = |(role, amount): (&str, i64)| AuthorityLimit {
        role: role.to_owned(),
        categories: Vec::new(),
        grades: Vec::new(),
        remedy_kinds: Vec::new(),
        limit: Money::from_micros(amount * 1_000_000, aftercare_kernel::currency::Currency::CNY),
        elasticity: None,
    };
    limits.map(limit).to_vec()
}
