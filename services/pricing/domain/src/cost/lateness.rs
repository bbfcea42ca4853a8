//! Credits for late responses: how many responses of a contract year come late, and what each costs.
//!
//! Every failure that we bear is a response; which of them are late is independent of each other and of what a failure costs,
//! so that late responses are a thinned process with the machine's own frailty.

use super::basis::Basis;
use super::outcome::{risks_of, upper_end};
use super::timing::years;
use super::{Events, Portfolio, events};
use crate::aggregate::compound;
use crate::lattice::{Lattice, LatticeError};
use crate::policy::{PricingPolicy, model};
use crate::quote::QuoteError;
use crate::rate_card::Rates;
use crate::risk_sharing::{CreditBasis, ResponseCredit};
use crate::severity::{EventCost, Severity};
use crate::spectrum::SpectrumCache;
use crate::terms::{PaymentSchedule, Terms};

/// Late responses of a contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Lateness {
    /// Share of responses that come late.
    share: f64,
    /// What a late response of each contract year costs at present value when the fee of a full first year is 1.
    each: Vec<f64>,
}

impl Lateness {
    /// Under terms; none if they promise no credit. The yearly cap is kept in the mean exactly: each credit counts by the part
    /// of credits that the cap leaves.
    ///
    /// # Errors
    /// [`QuoteError::Lattice`], [`QuoteError::Money`].
    pub fn of(
        portfolio: &Portfolio,
        terms: &Terms,
        policy: &PricingPolicy,
        cache: &mut SpectrumCache,
    ) -> Result<Option<Self>, QuoteError> {
        let Some(credit) = terms.credit else { return Ok(None) };
        let share = model(policy.late_response_share);
        let found = events(portfolio, terms, policy, Basis::ACTUAL);
        // A credit is a part of the fee: it rises with the fee, not with our cost.
        let flat = Rates { inflation: Some(0.0), ..policy.default_rates() };
        let mut each = Vec::new();
        for (index, year) in years(terms, policy, &flat, Basis::ACTUAL).iter().enumerate() {
            let escalated = match terms.payment_schedule {
                PaymentSchedule::Annual => index as u32 + 1,
                PaymentSchedule::Prepaid => 1,
            };
            let fee = model(terms.growth(escalated)?) * year.present;
            let own: Vec<Events> = found.iter().filter(|e| e.year == index).cloned().collect();
            let counts = late_counts(portfolio, policy, &own, share, cache)?;
            each.push(fee * kept(&credit, year.to - year.from, &counts));
        }
        Ok(Some(Self { share, each }))
    }

    /// Late responses among failures as events of their own, when the fee of a full first year is `fee`. They are no failures.
    #[must_use]
    pub fn events(&self, found: &[Events], fee: f64) -> Vec<Events> {
        found
            .iter()
            .map(|e| Events {
                count: 0.0,
                weighted: self.share * e.weighted,
                parts: 0.0,
                cost: EventCost::whole(Severity::Point(
                    fee * self.each.get(e.year).copied().unwrap_or(0.0),
                )),
                ..e.clone()
            })
            .collect()
    }

    /// Expected late responses among so many.
    #[must_use]
    pub fn count(&self, responses: f64) -> f64 {
        self.share * responses
    }
}

/// The mean credit of a late response as a share of the year's fee, in a year of that length.
fn kept(credit: &ResponseCredit, length: f64, counts: &[f64]) -> f64 {
    let whole = model(credit.of_year());
    let one = match credit.basis {
        CreditBasis::Month => whole,
        CreditBasis::Year => whole * length,
    };
    let cap = model(credit.annual_cap) * length;
    let mean = |of: &dyn Fn(f64) -> f64| -> f64 {
        counts.iter().enumerate().map(|(n, p)| p * of(n as f64)).sum()
    };
    let number = mean(&|n| n);
    if number > 0.0 { mean(&|n| (n * one).min(cap)) / number } else { one.min(cap) }
}

/// Probability of each number of late responses of a year, frailties and sites included.
fn late_counts(
    portfolio: &Portfolio,
    policy: &PricingPolicy,
    found: &[Events],
    share: f64,
    cache: &mut SpectrumCache,
) -> Result<Vec<f64>, LatticeError> {
    let one = EventCost::whole(Severity::Point(1.0));
    let units: Vec<Events> = found
        .iter()
        .map(|e| Events { cost: one.clone(), weighted: share * e.weighted, ..e.clone() })
        .collect();
    let mut by_asset = vec![0.0; portfolio.assets.len()];
    for e in &units {
        by_asset[e.asset] += e.weighted;
    }
    // At most a million responses are allowed, so that it fits.
    let reach = upper_end(portfolio, &units, &by_asset) + 16.0;
    let cells = (reach.min(4e6) as usize).next_power_of_two();
    let lattice = Lattice::new(1.0, cells)?;
    let transform = cache.transform(cells);
    let risks = risks_of(portfolio, policy, &units, None, lattice, cache);
    Ok(compound(&risks, 1.0, &transform)?.masses().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::tests::{cny, portfolio};
    use crate::cost::{CELLS, outcome, outcome_with};
    use crate::terms::CoverageLevel;
    use rust_decimal::Decimal;

    fn terms(annual_cap: i64) -> Terms {
        let mut terms = Terms::standard(36, CoverageLevel::Full);
        terms.credit = Some(ResponseCredit {
            share: Decimal::new(5, 1),
            basis: CreditBasis::Month,
            annual_cap: Decimal::new(annual_cap, 3),
        });
        terms
    }

    fn policy(late: i64) -> PricingPolicy {
        PricingPolicy { late_response_share: Decimal::new(late, 2), ..PricingPolicy::seeded() }
    }

    /// What credits add to expected cost at a fee of 10,000 a year.
    fn credits(terms: &Terms, policy: &PricingPolicy, variance: f64) -> f64 {
        let own = portfolio(2, 2.0, variance);
        let mut cache = SpectrumCache::new();
        let late = Lateness::of(&own, terms, policy, &mut cache).unwrap().unwrap();
        let late = Some((&late, 10_000.0));
        let with = outcome_with(&own, terms, policy, late, CELLS, &mut cache).unwrap();
        let without = outcome(&own, terms, policy, CELLS, &mut cache).unwrap();
        assert!((with.failures.mean() - without.failures.mean() - with.credits).abs() < 1e-6);
        // What machines fail for is counted before a limit of the year.
        if terms.annual_limit.is_none() {
            let sum: f64 = with.failure_cost.iter().sum();
            assert!((sum - with.mean() + with.planned_total()).abs() < 1e-6);
        }
        with.credits
    }

    #[test]
    fn without_a_binding_cap_credits_are_the_late_share_of_responses() {
        let mut flat = policy(10);
        (flat.discount_rate, flat.cost_inflation) = (Decimal::ZERO, Decimal::ZERO);
        let own = portfolio(2, 2.0, 0.0);
        let responses: f64 =
            events(&own, &terms(500), &flat, Basis::ACTUAL).iter().map(|e| e.count).sum();
        // A late response costs half a month's fee; twelve in a year are beyond anything likely here.
        let found = credits(&terms(500), &flat, 0.0);
        assert!((found / (0.1 * responses * 10_000.0 / 24.0) - 1.0).abs() < 1e-6, "{found}");
    }

    #[test]
    fn a_yearly_cap_of_one_credit_costs_the_chance_of_any_late_response() {
        let mut flat = policy(10);
        (flat.discount_rate, flat.cost_inflation) = (Decimal::ZERO, Decimal::ZERO);
        let mut once = terms(42);
        once.credit.as_mut().unwrap().annual_cap = Decimal::new(5, 1) / Decimal::from(12);
        let own = portfolio(2, 2.0, 0.0);
        let found = events(&own, &once, &flat, Basis::ACTUAL);
        let chance: f64 = (0..3)
            .map(|year| found.iter().filter(|e| e.year == year).map(|e| 0.1 * e.weighted).sum())
            .map(|late: f64| 1.0 - (-late).exp())
            .sum();
        assert!((credits(&once, &flat, 0.0) - chance * 10_000.0 / 24.0).abs() < 1e-6);
    }

    #[test]
    fn machines_that_differ_reach_the_cap_more_often() {
        let (one, own) = (terms(42), policy(20));
        assert!(credits(&one, &own, 0.5) < credits(&terms(500), &own, 0.5));
        let kept = |variance| credits(&one, &own, variance) / credits(&terms(500), &own, variance);
        assert!(kept(1.5) < kept(0.0));
    }

    #[test]
    fn limits_of_failures_do_not_limit_credits() {
        let (mut limited, own) = (terms(500), policy(10));
        let free = credits(&limited, &own, 0.4);
        limited.annual_limit = cny(2000);
        assert!((credits(&limited, &own, 0.4) / free - 1.0).abs() < 1e-9);
    }
}
