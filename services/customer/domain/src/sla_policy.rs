//! SLA policies: which promises a case gets. Conditions are tried in order; the first match wins.

mod defaults;

#[cfg(test)]
mod tests;

pub use defaults::default_policies;

use crate::case::{CaseKind, CasePriority, ComplaintCategory};
use crate::customer::Fit;
use crate::grade::Grade;
use crate::milestone::MilestoneTerms;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::region::RegionCode;
use serde::{Deserialize, Serialize};

/// A version of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlaPolicy {
    /// The name that people use.
    pub display_name: String,
    /// Policies are tried in rising order.
    pub position: i32,
    /// All must hold; none means every case.
    pub conditions: Vec<SlaCondition>,
    /// What is promised.
    pub milestones: Vec<MilestoneTerms>,
}

/// A condition on a case: every field that is not empty must match.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SlaCondition {
    /// Any of these kinds.
    pub kinds: Vec<CaseKind>,
    /// Any of these complaint categories.
    pub categories: Vec<ComplaintCategory>,
    /// Any of these grades of the customer.
    pub grades: Vec<Grade>,
    /// Any of these priorities.
    pub priorities: Vec<CasePriority>,
    /// Any of these products.
    pub products: Vec<String>,
    /// The customer's region lies in one of these.
    pub regions: Vec<RegionCode>,
    /// Any of these intake channels.
    pub channels: Vec<String>,
    /// Any of these topics.
    pub topics: Vec<String>,
    /// Any of these fits of the customer.
    #[serde(default)]
    pub fits: Vec<Fit>,
}

/// What conditions look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFacts<'a> {
    /// The kind of the case.
    pub kind: CaseKind,
    /// Its complaint category.
    pub category: Option<ComplaintCategory>,
    /// The customer's grade.
    pub grade: Option<Grade>,
    /// The customer's fit.
    pub fit: Fit,
    /// The priority.
    pub priority: CasePriority,
    /// Products of the machines concerned.
    pub products: Vec<&'a str>,
    /// The customer's region.
    pub region: Option<&'a RegionCode>,
    /// How it came in.
    pub channel: &'a str,
    /// What a request is about.
    pub topic: &'a str,
}

impl SlaCondition {
    fn holds(&self, facts: &CaseFacts<'_>) -> bool {
        fn any<T: PartialEq>(wanted: &[T], found: Option<&T>) -> bool {
            wanted.is_empty() || found.is_some_and(|found| wanted.contains(found))
        }
        let word = |wanted: &[String], found: &str| {
            wanted.is_empty() || wanted.iter().any(|wanted| wanted == found)
        };
        any(&self.kinds, Some(&facts.kind))
            && any(&self.categories, facts.category.as_ref())
            && any(&self.grades, facts.grade.as_ref())
            && any(&self.fits, Some(&facts.fit))
            && any(&self.priorities, Some(&facts.priority))
            && word(&self.channels, facts.channel)
            && word(&self.topics, facts.topic)
            && (self.products.is_empty()
                || facts.products.iter().any(|product| word(&self.products, product)))
            && (self.regions.is_empty()
                || facts.region.is_some_and(|at| self.regions.iter().any(|r| r.contains(at))))
    }
}

impl SlaPolicy {
    /// Whether the policy is for such a case.
    #[must_use]
    pub fn matches(&self, facts: &CaseFacts<'_>) -> bool {
        self.conditions.iter().all(|condition| condition.holds(facts))
    }

    /// Notes what is wrong with the policy, promises that do not nest among it.
    pub fn check(&self, wrong: &mut Violations) {
        if self.display_name.trim().is_empty() {
            wrong.add("display_name", "is required");
        }
        if self.milestones.is_empty() {
            wrong.add("milestones", "needs at least one");
        }
        for (i, terms) in self.milestones.iter().enumerate() {
            wrong.within(&format!("milestones[{i}]"), |wrong| {
                terms.check(wrong);
                let earlier = self.milestones.iter().take(i);
                if earlier.clone().any(|other| other.milestone == terms.milestone) {
                    wrong.add("milestone", "is promised twice");
                }
            });
        }
    }
}

/// The first policy that matches, by position and then by id.
pub fn select<'a, Id: Ord>(
    policies: impl IntoIterator<Item = (Id, &'a SlaPolicy)>,
    facts: &CaseFacts<'_>,
) -> Option<(Id, &'a SlaPolicy)> {
    let matching = policies.into_iter().filter(|(_, policy)| policy.matches(facts));
    matching.min_by(|(a, left), (b, right)| left.position.cmp(&right.position).then(a.cmp(b)))
}
