//! What work is billed at: the same hours, journeys and parts, at the rates that are sold.

use crate::cost::{Basis, Portfolio, total};
use crate::overtime::Overtime;
use crate::policy::{PricingPolicy, model};
use crate::rate_card::Rates;
use crate::terms::{CoverageLevel, PricingModel, Terms};
use aftercare_kernel::money::{Money, MoneyError};
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
        credit: None,
        // What full coverage agrees on hours beyond its own says nothing of another model's.
        overtime: terms.overtime.filter(|_| terms.pricing_model != PricingModel::FullCoverage),
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

/// Rates with the multiples outside business hours that terms agree on, if they do.
#[must_use]
pub fn agreed(rates: Rates, terms: &Terms) -> Rates {
    let Some(own) = terms.overtime else { return rates };
    Rates {
        evening_factor: model(own.evening),
        weekend_factor: model(own.weekend),
        holiday_factor: model(own.holiday),
        ..rates
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
        let terms = everything(terms);
        let rates = portfolio.rates.iter().map(|rates| agreed(billed(rates, policy), &terms));
        let rates = rates.collect();
        Self { portfolio: Portfolio { rates, ..portfolio.clone() }, terms, policy: unbilled }
    }

    /// Expected bills at present value.
    #[must_use]
    pub fn expected(&self) -> f64 {
        total(&self.portfolio, &self.terms, &self.policy, Basis::ACTUAL)
    }
}

/// A piece of work that was done, to be billed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DoneWork {
    /// Labour hours.
    pub hours: f64,
    /// Those of them outside business hours.
    pub overtime: Overtime,
    /// Whether there was a journey.
    pub journey: bool,
    /// Parts at our cost, major units.
    pub parts: f64,
    /// Whether it was a planned visit, which a card may sell all in.
    pub planned: bool,
    /// Years since the contract began, at least 0: bills rise with the card's cost inflation.
    pub years: f64,
}

/// What a piece of work is billed: hours, journey and parts at sold rates, hours outside business hours by the multiples of
/// `rates` (see [`agreed`]), at the price level of its day.
///
/// # Errors
/// [`MoneyError`] beyond what money can hold.
pub fn bill(work: &DoneWork, rates: &Rates, policy: &PricingPolicy) -> Result<Money, MoneyError> {
    let sold = billed(rates, policy);
    let journey = if work.journey { sold.journey() } else { 0.0 };
    let done = match sold.planned_visit.filter(|_| work.planned) {
        Some(visit) => visit,
        None => {
            let hours = work.hours + work.overtime.surcharge(&sold);
            hours * sold.labour_per_hour + journey
        }
    };
    let inflation = rates.inflation.unwrap_or_else(|| model(policy.cost_inflation));
    let level = (1.0 + inflation).powf(work.years);
    policy.money((done + work.parts * sold.parts_factor) * level)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate_card::SoldRates;

    #[test]
    fn work_is_billed_by_the_card() {
        let policy = PricingPolicy::seeded();
        let sold = SoldRates {
            labour_per_hour: Some(300.0),
            travel_per_visit: Some(500.0),
            parts_factor: Some(1.4),
        };
        let rates = Rates {
            labour_per_hour: 180.0,
            travel_hours: 0.5,
            inflation: Some(0.03),
            sold,
            ..policy.default_rates()
        };
        let work = DoneWork {
            hours: 3.0,
            overtime: Overtime::default(),
            journey: true,
            parts: 900.0,
            planned: false,
            years: 0.0,
        };
        let late = Overtime { evening: 2.0, ..Overtime::default() };
        let visit = Rates { planned_visit: Some(600.0), ..rates.clone() };
        // By cost with the seeded margin of 30 %: (2 x 140 + 70) / 0.7 and parts / 0.7.
        let plain =
            Rates { labour_per_hour: 140.0, travel_per_visit: 70.0, ..policy.default_rates() };
        let two = DoneWork { hours: 2.0, parts: 700.0, ..work };
        for (work, rates, bill) in [
            // 900 + (500 + 150) + 1260
            (work, &rates, "2810"),
            (DoneWork { journey: false, ..work }, &rates, "2160"),
            // two of the hours in the evening at 1.5: 300 more
            (DoneWork { overtime: late, ..work }, &rates, "3110"),
            // two years at 3 %: 2810 x 1.0609
            (DoneWork { years: 2.0, ..work }, &rates, "2981.13"),
            // 600 all in is sold as labour is, 300 for 180
            (DoneWork { planned: true, ..work }, &visit, "2260"),
            (DoneWork { planned: true, ..work }, &rates, "2810"),
            (two, &plain, "1500"),
        ] {
            let found = super::bill(&work, rates, &policy).unwrap();
            assert_eq!(found.amount(), bill.parse().unwrap(), "{work:?}");
        }
    }
}
