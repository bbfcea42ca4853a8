//! What work is billed at: the same hours, journeys and parts, at the rates that are sold.

use crate::cost::{Basis, Portfolio, total};
use crate::policy::{PricingPolicy, model};
use crate::rate_card::Rates;
use crate::terms::{CoverageLevel, PricingModel, Terms};
use aftercare_kernel::money::Money;
use rust_decimal::Decimal;

/// Everything that is done on a portfolio, billed by the rate card: its cost is what the customer pays.
#[derive(Debug, Clone, PartialEq)]
pub struct Bills {
    /// The machines, at sold rates.
    pub portfolio: Portfolio,
    /// The same work, nothing of it borne by us.
    pub terms: Terms,
    /// The policy without what is not billed: parts pool, administration, set-up.
    pub policy: PricingPolicy,
}

/// Terms under which every failure is repaired in full, whoever pays: the same hours of the week, add-ons and length.
#[must_use]
pub fn everything(terms: &Terms) -> Terms {
    Terms {
        coverage: CoverageLevel::Full,
        pricing_model: PricingModel::TimeAndMaterials,
        scope: None,
        deductible: None,
        cap: None,
        annual_limit: None,
        annual_deductible: None,
        term_limit: None,
        profit_share: Decimal::ZERO,
        exclusions: Default::default(),
        ..terms.clone()
    }
}

/// Rates as they are billed.
#[must_use]
pub fn billed(rates: &Rates, policy: &PricingPolicy) -> Rates {
    let margin = 1.0 / (1.0 - model(policy.target_margin));
    let sold = &rates.sold;
    let labour = sold.labour_per_hour.unwrap_or(rates.labour_per_hour * margin);
    let mut add_ons = rates.add_ons.clone();
    for add_on in &mut add_ons {
        // Add-ons are paid by their own fee; what they avoid is not billed.
        add_on.cost = 0.0;
    }
    Rates {
        labour_per_hour: labour,
        travel_per_visit: sold.travel_per_visit.unwrap_or(rates.travel_per_visit * margin),
        parts_factor: sold.parts_factor.unwrap_or(rates.parts_factor * margin),
        // A visit that the card prices all in is sold as labour is.
        planned_visit: rates.planned_visit.map(|visit| visit * labour / rates.labour_per_hour),
        readiness: Vec::new(),
        add_ons,
        ..rates.clone()
    }
}

impl Bills {
    /// For a portfolio under terms.
    #[must_use]
    pub fn of(portfolio: &Portfolio, terms: &Terms, policy: &PricingPolicy) -> Self {
        let zero = Money::zero(policy.currency);
        let mut unbilled = policy.clone();
        unbilled.parts_pool_share = Decimal::ZERO;
        unbilled.default_costs.overhead_per_year = zero;
        unbilled.default_costs.setup_cost_per_contract = zero;
        let rates = portfolio.rates.iter().map(|rates| billed(rates, policy)).collect();
        Self {
            portfolio: Portfolio { rates, ..portfolio.clone() },
            terms: everything(terms),
            policy: unbilled,
        }
    }

    /// Expected bills at present value.
    #[must_use]
    pub fn expected(&self) -> f64 {
        total(&self.portfolio, &self.terms, &self.policy, Basis::ACTUAL)
    }
}
