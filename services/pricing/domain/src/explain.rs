//! Why a price is what it is: each driver's share by exact re-evaluation over every combination of drivers.

use crate::add_on::Sold;
use crate::cost::{Basis, Factor, Outcome, total};
use crate::language::Language;
use crate::policy::model;
use crate::price::{FeePlan, Requirement};
use crate::quote::{Quote, QuoteError, QuoteInput, quote_with_outcome, target_margin};
use crate::spectrum::SpectrumCache;
use crate::tariff::Bills;
use crate::terms::{PricingModel, Terms};
use aftercare_kernel::money::{Money, MoneyError};
use serde::{Deserialize, Serialize};

mod table;
pub mod wording;
use table::Table;

/// What drives a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DriverKind {
    /// A reference contract.
    Base,
    /// The machines' ages.
    Age,
    /// Their environments.
    Environment,
    /// Their hours of work.
    Duty,
    /// Their regions.
    Region,
    /// Their own histories.
    History,
    /// The promised response.
    Response,
    /// What we bear.
    Coverage,
    /// When we come.
    AfterHours,
    /// Deductible, cap, exclusions, inspections.
    Terms,
    /// Inflation and discounting.
    Inflation,
    /// The annual limit.
    AnnualLimit,
    /// The target margin.
    Margin,
    /// The risk rule beyond the margin.
    RiskLoad,
    /// From present value to fees.
    Payment,
    /// The discount.
    Discount,
    /// Rounding.
    Rounding,
    /// What the customer gets back when failures cost less than expected.
    ProfitShare,
    /// Add-ons: their price, less the failures that they avoid.
    AddOns,
    /// A fixed price's scope: ordered work, less the failures beyond it.
    Scope,
    /// Inspection of other makers' machines.
    Inspection,
    /// The load for what is not known of the failure models.
    Uncertainty,
    /// Credits for late responses.
    ResponseCredit,
}

/// A driver's share of the price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Driver {
    /// Which.
    pub kind: DriverKind,
    /// Its share.
    pub amount: Money,
    /// Why, for a person.
    pub explanation: String,
}

/// The shares of a quote's price.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// Every driver; they add up to the price exactly.
    pub drivers: Vec<Driver>,
    /// How many combinations were evaluated.
    pub evaluations: usize,
}

const FACTORS: usize = Factor::ALL.len();

/// Explains the price of an input.
///
/// Cost is shared among the ten factors by Shapley values, exactly: every one of the 2^10 combinations is evaluated (Shapley
/// 1953), without add-ons. Add-ons, limits, profit share, margin, risk load, payment, discount and rounding follow in that order.
///
/// # Errors
/// As [`crate::quote::quote`].
pub fn explain(input: &QuoteInput, cache: &mut SpectrumCache) -> Result<Explanation, QuoteError> {
    let (quote, found) = quote_with_outcome(input, cache)?;
    explain_outcome(input, &quote, &found)
}

/// The same for a quote that was computed already.
///
/// # Errors
/// As [`explain`].
pub fn explain_outcome(
    input: &QuoteInput,
    quote: &Quote,
    found: &Outcome,
) -> Result<Explanation, QuoteError> {
    if input.terms.pricing_model == PricingModel::TimeAndMaterials {
        return explain_bills(input, quote);
    }
    let (portfolio, policy) = (&input.portfolio, &input.policy);
    let bare = Terms { add_ons: Default::default(), ..input.terms.clone() };
    let values = Table::of(portfolio, &bare, policy).values();
    let plan = FeePlan::of(&input.terms, policy)?;
    let sold = Sold::of(portfolio, &input.terms, policy, plan.annuity());
    let requirement = Requirement::of(found, policy, sold.annual() * plan.annuity());
    let without = values.last().copied().unwrap_or(0.0);
    let with_add_ons = input.terms.add_ons.is_empty().then_some(without);
    let full =
        with_add_ons.unwrap_or_else(|| total(portfolio, &input.terms, policy, Basis::ACTUAL));
    let (mean, add_on_cost) = (found.mean(), found.add_on_cost());
    let core = mean - add_on_cost;
    let margin = core / (1.0 - target_margin(policy)) - core;
    let load = (requirement.by_risk - requirement.by_margin).max(0.0);
    let due: f64 =
        plan.fees(unit(input)?, input.start)?.iter().map(|f| model(f.fee.amount())).sum();
    let undiscounted = requirement.present_value() / plan.annuity() * due / UNIT;
    let discount = model(input.discount.unwrap_or_default());
    let inspection: f64 = found.planned.iter().map(|planned| planned.inspection).sum();
    let base = values.first().copied().unwrap_or(0.0) - inspection;
    let mut amounts = vec![(DriverKind::Base, base)];
    amounts.extend(KINDS.into_iter().zip(shapley(&values)));
    if inspection > 0.0 {
        amounts.push((DriverKind::Inspection, inspection));
    }
    if !input.terms.add_ons.is_empty() {
        let avoided = full - add_on_cost - without;
        amounts.push((DriverKind::AddOns, requirement.add_ons + avoided));
    }
    let scoped = input.terms.scope.is_some();
    let bounds = if scoped { DriverKind::Scope } else { DriverKind::AnnualLimit };
    amounts.extend([
        (bounds, mean - found.given_back - found.credits - full),
        (DriverKind::ResponseCredit, found.credits),
        (DriverKind::ProfitShare, found.given_back),
        (DriverKind::Margin, margin),
        (DriverKind::RiskLoad, load),
        (DriverKind::Uncertainty, requirement.uncertainty),
        (DriverKind::Payment, undiscounted - requirement.present_value()),
        (DriverKind::Discount, -discount * undiscounted),
    ]);
    let seldom = [DriverKind::Uncertainty, DriverKind::ResponseCredit];
    amounts.retain(|(kind, amount)| !seldom.contains(kind) || *amount > 0.0);
    let evaluations = values.len();
    Ok(Explanation { drivers: told(amounts, quote.price.price, input, quote)?, evaluations })
}

/// What a customer is expected to pay with time and materials: bills, whose drivers are those of the work, and add-ons.
fn explain_bills(input: &QuoteInput, quote: &Quote) -> Result<Explanation, QuoteError> {
    let bills = Bills::of(&input.portfolio, &input.terms, &input.policy);
    let bare = Terms { add_ons: Default::default(), ..bills.terms.clone() };
    let values = Table::of(&bills.portfolio, &bare, &bills.policy).values();
    let without = values.last().copied().unwrap_or(0.0);
    let mut amounts = vec![(DriverKind::Base, values.first().copied().unwrap_or(0.0))];
    amounts.extend(KINDS.into_iter().zip(shapley(&values)));
    if !input.terms.add_ons.is_empty() {
        let fees = model(quote.price.price.amount());
        amounts.push((DriverKind::AddOns, fees + bills.expected() - without));
    }
    let drivers = told(amounts, explained(quote)?, input, quote)?;
    Ok(Explanation { drivers, evaluations: values.len() })
}

/// What the drivers of a quote add up to: its price, with time and materials the expected bills as well.
///
/// # Errors
/// [`MoneyError::OutOfRange`].
pub fn explained(quote: &Quote) -> Result<Money, MoneyError> {
    match quote.billing.as_ref().filter(|billing| billing.everything) {
        Some(billing) => quote.price.price.checked_add(billing.expected),
        None => Ok(quote.price.price),
    }
}

/// The drivers in money; rounding takes up what is left of the sum.
fn told(
    amounts: Vec<(DriverKind, f64)>,
    sum: Money,
    input: &QuoteInput,
    quote: &Quote,
) -> Result<Vec<Driver>, MoneyError> {
    let mut drivers = Vec::with_capacity(amounts.len() + 1);
    let mut rest = sum;
    for (kind, amount) in amounts {
        let amount = input.policy.money(amount)?;
        rest = rest.checked_sub(amount)?;
        drivers.push(Driver {
            kind,
            amount,
            explanation: wording::of(kind, input, quote, LANGUAGE),
        });
    }
    let rounding = DriverKind::Rounding;
    drivers.push(Driver {
        kind: rounding,
        amount: rest,
        explanation: wording::of(rounding, input, quote, LANGUAGE),
    });
    Ok(drivers)
}

/// The language of explanations that are stored with a quote.
const LANGUAGE: Language = Language::English;

/// A large fee, so that rounding to cents does not matter in the ratio of fees to base.
const UNIT: f64 = 1e9;

fn unit(input: &QuoteInput) -> Result<Money, MoneyError> {
    input.policy.money(UNIT)
}

/// The drivers of the factors, in the order of [`Factor::ALL`].
const KINDS: [DriverKind; FACTORS] = [
    DriverKind::Age,
    DriverKind::Environment,
    DriverKind::Duty,
    DriverKind::Region,
    DriverKind::History,
    DriverKind::Response,
    DriverKind::Coverage,
    DriverKind::AfterHours,
    DriverKind::Terms,
    DriverKind::Inflation,
];

/// Shapley values of a game given by the value of every coalition, indexed by its bits.
#[must_use]
pub fn shapley(values: &[f64]) -> Vec<f64> {
    let players = values.len().max(1).ilog2() as usize;
    let weights: Vec<f64> = (0..players)
        .map(|size| {
            // size! (players - size - 1)! / players!
            let choose: f64 =
                (0..size).map(|i| (players - 1 - i) as f64 / (i + 1) as f64).product();
            1.0 / (players as f64 * choose)
        })
        .collect();
    (0..players)
        .map(|player| {
            (0..values.len())
                .filter(|bits| bits & (1 << player) == 0)
                .map(|bits| {
                    weights[bits.count_ones() as usize]
                        * (values[bits | (1 << player)] - values[bits])
                })
                .sum()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quote::tests::input;
    use crate::terms::{AfterHours, Exclusion, PaymentSchedule};
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    #[test]
    fn a_known_game_has_its_shapley_values() {
        // The glove game: players 0 and 1 hold left gloves, player 2 a right one; 1/6, 1/6, 2/3.
        let values: Vec<f64> =
            (0..8u32).map(|bits| f64::from(u8::from(bits & 4 != 0 && bits & 3 != 0))).collect();
        for (found, known) in shapley(&values).iter().zip([1.0 / 6.0, 1.0 / 6.0, 2.0 / 3.0]) {
            assert!((found - known).abs() < 1e-15);
        }
    }

    #[test]
    fn the_table_agrees_with_plain_evaluation() {
        let mut wanted = input(3);
        wanted.terms.after_hours = AfterHours::RoundTheClock;
        wanted.terms.exclusions.insert(Exclusion::Misuse);
        wanted.terms.deductible = crate::cost::tests::cny(800);
        let values = Table::of(&wanted.portfolio, &wanted.terms, &wanted.policy).values();
        for bits in [0_u16, 1, 6, 37, 200, 511, 640, 777, 1000, 1023] {
            let plain =
                total(&wanted.portfolio, &wanted.terms, &wanted.policy, Basis::from_bits(bits));
            assert!((values[usize::from(bits)] - plain).abs() < 1e-9 * plain, "{bits}");
        }
    }

    #[test]
    fn what_makes_a_contract_dearer_is_named_so() {
        let mut wanted = input(3);
        wanted.terms.after_hours = AfterHours::RoundTheClock;
        wanted.terms.response_seconds = 4 * 3600;
        let found = explain(&wanted, &mut SpectrumCache::new()).unwrap();
        let of = |kind| found.drivers.iter().find(|d| d.kind == kind).unwrap().amount.amount();
        assert_eq!(found.evaluations, 1024);
        for dearer in [
            DriverKind::Environment,
            DriverKind::Region,
            DriverKind::History,
            DriverKind::Response,
            DriverKind::Coverage,
            DriverKind::AfterHours,
            DriverKind::Margin,
        ] {
            assert!(of(dearer) > Decimal::ZERO, "{dearer:?}");
        }
        assert!(of(DriverKind::Duty) < Decimal::ZERO);
        assert_eq!(of(DriverKind::AnnualLimit), Decimal::ZERO);
        assert!(of(DriverKind::Rounding).abs() <= Decimal::from(31));
        assert!(found.drivers.iter().all(|driver| !driver.explanation.is_empty()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn drivers_add_up_to_the_price_to_the_cent(assets in 1_usize..5, hours in 1_u32..200, limit in prop::option::of(5_000_i64..50_000), own in prop::option::of(100_i64..5_000), back in 0_i64..80, discount in prop::option::of(1_i64..40), prepaid in any::<bool>(), escalation in 0_i64..8) {
            let mut wanted = input(assets);
            wanted.terms.response_seconds = hours * 3600;
            wanted.terms.annual_limit = limit.and_then(crate::cost::tests::cny);
            wanted.terms.annual_deductible = own.and_then(crate::cost::tests::cny);
            wanted.terms.profit_share = Decimal::new(back, 2);
            wanted.terms.annual_escalation = Decimal::new(escalation, 2);
            if prepaid {
                wanted.terms.payment_schedule = PaymentSchedule::Prepaid;
            }
            wanted.discount = discount.map(|percent| Decimal::new(percent, 2));
            let mut cache = SpectrumCache::new();
            let price = crate::quote::quote(&wanted, &mut cache).unwrap().price.price;
            let found = explain(&wanted, &mut cache).unwrap();
            let sum = found.drivers.iter().map(|d| d.amount).reduce(|a, b| a.checked_add(b).unwrap()).unwrap();
            prop_assert_eq!(sum, price);
        }
    }
}
