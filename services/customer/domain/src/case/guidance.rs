//! What to offer: the tenant's playbook of remedies, each suggestion with its reason.

use super::{ComplaintCategory, Remedy};
use crate::grade::Grade;
use aftercare_kernel::currency::Currency;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::money::Money;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A play: which remedy suits which case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemedyRule {
    /// For these categories; none means all.
    pub categories: Vec<ComplaintCategory>,
    /// For customers of these grades; none means all.
    pub grades: Vec<Grade>,
    /// Our part of the fault at least, 0..=1.
    pub min_fault_share: Decimal,
    /// Our part of the fault at most, 0..=1.
    pub max_fault_share: Decimal,
    /// Only if we have traded for long.
    pub long_trade: bool,
    /// Only if they will likely buy again.
    pub likely_repurchase: bool,
    /// Only if others listen to them.
    pub word_of_mouth_risk: bool,
    /// What to offer.
    pub remedy: Remedy,
    /// Why this suits.
    pub reason: String,
}

impl RemedyRule {
    /// Notes what is wrong with it.
    pub fn check(&self, wrong: &mut Violations) {
        let unit = Decimal::ZERO..=Decimal::ONE;
        let shares =
            [("min_fault_share", self.min_fault_share), ("max_fault_share", self.max_fault_share)];
        for (field, share) in shares {
            if !unit.contains(&share) {
                wrong.add(field, "must be between 0 and 1");
            }
        }
        if self.min_fault_share > self.max_fault_share {
            wrong.add("max_fault_share", "must not be below min_fault_share");
        }
        if self.remedy.description.trim().is_empty() {
            wrong.add("remedy.description", "is required");
        }
        if self.remedy.value.amount().is_sign_negative() && !self.remedy.value.amount().is_zero() {
            wrong.add("remedy.value", "must not be negative");
        }
        if self.reason.trim().is_empty() {
            wrong.add("reason", "is required");
        }
    }

    /// Why the rule fits, fact by fact; none if it does not.
    fn because(&self, facts: &RemedyFacts) -> Option<Vec<String>> {
        let half = Decimal::new(5, 1);
        let share = facts.fault_share.unwrap_or_default();
        let listed = (self.categories.is_empty()
            || facts.category.is_some_and(|c| self.categories.contains(&c)))
            && (self.grades.is_empty() || facts.grade.is_some_and(|g| self.grades.contains(&g)));
        if !listed || share < self.min_fault_share || share > self.max_fault_share {
            return None;
        }
        let mut because = Vec::new();
        if self.min_fault_share > Decimal::ZERO || self.max_fault_share < Decimal::ONE {
            because.push(format!("our part of the fault is {}", share.normalize()));
        }
        let scores = [
            (
                self.likely_repurchase,
                facts.potential,
                "they will likely buy again, potential score",
            ),
            (self.word_of_mouth_risk, facts.influence, "others listen to them, influence score"),
        ];
        for (asked, score, words) in scores {
            match (asked, score) {
                (false, _) => {}
                (true, Some(score)) if score >= half => {
                    because.push(format!("{words} {}", score.normalize()));
                }
                (true, _) => return None,
            }
        }
        match (self.long_trade, facts.long_trade) {
            (false, _) => {}
            (true, true) => because.push("we have traded for long".to_owned()),
            (true, false) => return None,
        }
        if let Some(grade) = facts.grade.filter(|_| !self.grades.is_empty()) {
            because.push(format!("the customer's grade is {grade}"));
        }
        Some(because)
    }

    /// How much the rule asks: the more, the better it knows the case.
    fn asks(&self) -> usize {
        let flags = [
            !self.categories.is_empty(),
            !self.grades.is_empty(),
            self.min_fault_share > Decimal::ZERO || self.max_fault_share < Decimal::ONE,
            self.long_trade,
            self.likely_repurchase,
            self.word_of_mouth_risk,
        ];
        flags.into_iter().filter(|flag| *flag).count()
    }
}

/// What the playbook looks at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RemedyFacts {
    /// What the complaint is about.
    pub category: Option<ComplaintCategory>,
    /// The customer's grade.
    pub grade: Option<Grade>,
    /// Our part of the fault as found; none counts as 0.
    pub fault_share: Option<Decimal>,
    /// The relationship is PREFERRED or ALLIANCE.
    pub long_trade: bool,
    /// The potential score of the last grading, 0..=1.
    pub potential: Option<Decimal>,
    /// The influence score of the last grading, 0..=1.
    pub influence: Option<Decimal>,
}

/// A remedy with the reason for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggested<'a> {
    /// The rule.
    pub rule: &'a RemedyRule,
    /// The tenant's words and the facts.
    pub reason: String,
}

/// Remedies that suit, the rule that asks most first, and of equal ones the cheapest.
pub fn suggest<'a>(
    rules: impl IntoIterator<Item = &'a RemedyRule>,
    facts: &RemedyFacts,
) -> Vec<Suggested<'a>> {
    let fitting = rules.into_iter().filter_map(|rule| {
        let because = rule.because(facts)?;
        let reason = match because.is_empty() {
            true => rule.reason.clone(),
            false => format!("{} ({})", rule.reason, because.join("; ")),
        };
        Some(Suggested { rule, reason })
    });
    let mut found: Vec<_> = fitting.collect();
    let value = |s: &Suggested<'_>| s.rule.remedy.value.amount();
    found.sort_by(|a, b| b.rule.asks().cmp(&a.rule.asks()).then(value(a).cmp(&value(b))));
    found
}

/// The playbook that a tenant begins with; its figures are there to be changed.
#[must_use]
pub fn default_rules() -> Vec<(&'static str, RemedyRule)> {
    let rule = |kind: &str, yuan: i64, description: &str, reason: &str| RemedyRule {
        categories: Vec::new(),
        grades: Vec::new(),
        min_fault_share: Decimal::ZERO,
        max_fault_share: Decimal::ONE,
        long_trade: false,
        likely_repurchase: false,
        word_of_mouth_risk: false,
        remedy: Remedy {
            kind: kind.to_owned(),
            value: Money::from_micros(yuan * 1_000_000, Currency::CNY),
            description: description.to_owned(),
        },
        reason: reason.to_owned(),
    };
    let repair = rule("REPAIR", 2_000, "Repair free of charge", "what we broke we mend");
    let credit = rule("CREDIT", 1_000, "Credit note", "a long relationship is worth a gesture");
    let service = rule("SERVICE", 800, "Free inspection", "others will hear how we deal with it");
    vec![
        ("apology", rule("APOLOGY", 0, "An apology in words", "every complaint deserves one")),
        ("repair", RemedyRule { min_fault_share: Decimal::new(5, 1), ..repair }),
        ("goodwill-credit", RemedyRule { long_trade: true, likely_repurchase: true, ..credit }),
        ("inspection", RemedyRule { word_of_mouth_risk: true, ..service }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_that_knows_the_case_best_comes_first_and_says_why() {
        let rules = default_rules();
        let facts = RemedyFacts {
            fault_share: Some(Decimal::new(80, 2)),
            long_trade: true,
            potential: Some(Decimal::new(6, 1)),
            influence: Some(Decimal::new(4, 1)),
            ..RemedyFacts::default()
        };
        let found = suggest(rules.iter().map(|(_, rule)| rule), &facts);
        let kinds: Vec<_> = found.iter().map(|s| s.rule.remedy.kind.as_str()).collect();
        assert_eq!(kinds, ["CREDIT", "REPAIR", "APOLOGY"]);
        assert_eq!(found[1].reason, "what we broke we mend (our part of the fault is 0.8)");
        let none = suggest(rules.iter().map(|(_, rule)| rule), &RemedyFacts::default());
        assert_eq!(none.len(), 1);
    }
}
