//! What a fixed price pays for, and which terms belong to which pricing model.

use crate::terms::{PricingModel, Terms};
use aftercare_kernel::currency::Currency;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::money::Money;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A piece of work that is ordered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScopedWork {
    /// What is done, for people.
    pub description: String,
    /// Expected labour hours, above 0, at most 10,000.
    pub labour_hours: Decimal,
    /// Its parts at our cost.
    pub parts_cost: Option<Money>,
    /// How many times, 1 to 10,000.
    pub quantity: u32,
}

/// What a fixed price pays for: an overrun within it is ours, what goes beyond it is billed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FixedScope {
    /// Repairs as failures happen, at most 100,000.
    pub repairs: u32,
    /// Planned visits over the whole term and all machines, at most 100,000.
    pub visits: u32,
    /// Work that is done in any case, at most 200 pieces.
    pub works: Vec<ScopedWork>,
}

const MOST: u32 = 100_000;

impl FixedScope {
    /// Notes every field that cannot be, in a currency.
    pub fn check(&self, currency: Currency, wrong: &mut Violations) {
        if self.repairs == 0 && self.visits == 0 && self.works.is_empty() {
            wrong.add("repairs", "a scope needs repairs, visits or works");
        }
        for (field, count) in [("repairs", self.repairs), ("visits", self.visits)] {
            if count > MOST {
                wrong.add(field, format!("must be 0 to {MOST}"));
            }
        }
        if self.works.len() > 200 {
            wrong.add("works", "must be at most 200");
        }
        for (i, work) in self.works.iter().enumerate().take(200) {
            let field = |name: &str| format!("works[{i}].{name}");
            let named = (1..=200).contains(&work.description.trim().chars().count());
            if !named || work.description.chars().any(char::is_control) {
                wrong.add(&field("description"), "must be 1 to 200 characters");
            }
            if work.labour_hours <= Decimal::ZERO || work.labour_hours > Decimal::from(10_000) {
                wrong.add(&field("labour_hours"), "must be above 0 and at most 10000");
            }
            if !(1..=10_000).contains(&work.quantity) {
                wrong.add(&field("quantity"), "must be 0 to 10000");
            }
            match work.parts_cost {
                Some(parts) if parts.currency() != currency => {
                    let said = format!("must be in {currency}, the currency of the pricing policy");
                    wrong.add(&field("parts_cost"), said);
                }
                Some(parts) if parts.amount() < Decimal::ZERO => {
                    wrong.add(&field("parts_cost"), "must be at least 0");
                }
                _ => {}
            }
        }
    }
}

/// Notes the terms that the pricing model has no room for.
pub(crate) fn check_model(terms: &Terms, currency: Currency, wrong: &mut Violations) {
    if terms.pricing_model != PricingModel::FullCoverage {
        for (field, said) in [
            ("deductible", terms.deductible.is_some()),
            ("cap", terms.cap.is_some()),
            ("annual_limit", terms.annual_limit.is_some()),
            ("annual_deductible", terms.annual_deductible.is_some()),
            ("term_limit", terms.term_limit.is_some()),
            ("profit_share", !terms.profit_share.is_zero()),
            ("exclusions", !terms.exclusions.is_empty()),
        ] {
            if said {
                wrong.add(field, "belongs to full coverage");
            }
        }
    }
    match (terms.pricing_model, &terms.scope) {
        (PricingModel::FixedPrice, None) => wrong.add("scope", "is required with a fixed price"),
        (PricingModel::FixedPrice, Some(scope)) => {
            wrong.within("scope", |wrong| scope.check(currency, wrong));
            if terms.planned_visits_per_year.is_some() {
                wrong.add("planned_visits_per_year", "a fixed price has the visits of its scope");
            }
        }
        (_, Some(_)) => wrong.add("scope", "belongs to a fixed price"),
        (_, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::tests::cny;
    use crate::terms::{CoverageLevel, Exclusion};

    fn named(terms: &Terms) -> Vec<String> {
        let mut wrong = Violations::new();
        terms.check(Currency::CNY, &mut wrong);
        match wrong.finish() {
            Ok(()) => Vec::new(),
            Err(invalid) => invalid.fields().iter().map(|v| v.field.clone()).collect(),
        }
    }

    #[test]
    fn each_pricing_model_names_the_terms_that_are_not_its_own() {
        let mut terms = Terms::standard(12, CoverageLevel::Full);
        terms.scope = Some(FixedScope { repairs: 1, ..FixedScope::default() });
        assert_eq!(named(&terms), ["scope"]);
        terms.pricing_model = PricingModel::FixedPrice;
        assert_eq!(named(&terms), [""; 0]);
        terms.deductible = cny(1);
        terms.exclusions.insert(Exclusion::Fire);
        terms.planned_visits_per_year = Some(1);
        assert_eq!(named(&terms), ["deductible", "exclusions", "planned_visits_per_year"]);
        terms = Terms::standard(12, CoverageLevel::Full);
        terms.pricing_model = PricingModel::FixedPrice;
        assert_eq!(named(&terms), ["scope"]);
    }

    #[test]
    fn a_scope_of_nothing_and_impossible_work_are_named() {
        let mut terms = Terms::standard(12, CoverageLevel::Full);
        terms.pricing_model = PricingModel::FixedPrice;
        terms.scope = Some(FixedScope::default());
        assert_eq!(named(&terms), ["scope.repairs"]);
        let work = ScopedWork {
            description: " ".to_owned(),
            labour_hours: Decimal::ZERO,
            parts_cost: cny(-1),
            quantity: 10_001,
        };
        terms.scope = Some(FixedScope { repairs: MOST + 1, visits: 0, works: vec![work] });
        assert_eq!(
            named(&terms),
            [
                "scope.repairs",
                "scope.works[0].description",
                "scope.works[0].labour_hours",
                "scope.works[0].quantity",
                "scope.works[0].parts_cost"
            ]
        );
    }
}
