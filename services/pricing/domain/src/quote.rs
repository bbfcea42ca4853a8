//! A quote: everything that went in, and every figure that comes out of it. The same input gives the same bytes.

use crate::add_on::{self, Sold};
use crate::cost::{AssetExposure, CELLS, Lateness, Outcome, Planned, Portfolio, outcome_with};
use crate::failure_model::Flag;
use crate::lattice::LatticeError;
use crate::policy::{PricingPolicy, Segment, model};
use crate::price::{Fee, FeePlan, Price, Requirement, price_at, round_up};
use crate::spectrum::SpectrumCache;
use crate::terms::{AddOn, PricingModel, Terms};
use aftercare_kernel::fault::{Class, Fault};
use aftercare_kernel::money::{Money, MoneyError};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

mod figures;
pub(crate) mod offer;
pub use figures::{
    AddOnFigure, BilledRate, BillingFigures, CostFigures, CreditFigures, CurveFigure, Line,
    PlannedFigures, QuantileFigure,
};
use offer::{Offer, billed_offer, paid_offer};
mod tail;
pub use tail::{Tail, TailPart, tail};

/// Everything that a quote is computed from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuoteInput {
    /// `customers/{customer}`.
    pub customer: String,
    /// The first day of the contract.
    pub start: Date,
    /// What is promised.
    pub terms: Terms,
    /// The customer's segment.
    pub segment: Segment,
    /// The policy.
    pub policy: PricingPolicy,
    /// Assets with their models and rates.
    pub portfolio: Portfolio,
    /// Discount on the computed price, a share.
    pub discount: Option<Decimal>,
    /// The quote whose terms were changed to pay for the discount.
    pub concession_of: Option<String>,
}

/// Every figure of a quote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    /// By asset, in the order of the input.
    pub lines: Vec<Line>,
    /// The price with its fees.
    pub price: Price,
    /// The lowest price without approval.
    pub floor: Money,
    /// Cost as a distribution.
    pub cost: CostFigures,
    /// Planned cost.
    pub planned: PlannedFigures,
    /// Whether the risk rule set the price.
    pub risk_rule_binds: bool,
    /// What to know before trusting it.
    pub flags: BTreeSet<Flag>,
    /// What is sold on top; part of the price.
    #[serde(default)]
    pub add_ons: Vec<AddOnFigure>,
    /// What is billed by the rate card; none with full coverage.
    #[serde(default)]
    pub billing: Option<BillingFigures>,
    /// What credits for late responses cost; none if none are promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credits: Option<CreditFigures>,
}

impl Quote {
    /// Whether the price is under the floor and needs an approval.
    #[must_use]
    pub fn under_floor(&self) -> bool {
        self.price.price.amount() < self.floor.amount()
    }

    /// The fees as they fall due.
    #[must_use]
    pub fn fees(&self) -> &[Fee] {
        &self.price.fees
    }
}

/// Why there is no quote.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum QuoteError {
    /// The customer has no asset that could be covered.
    #[error("there is no asset to cover")]
    NoAssets,
    /// An add-on that is not sold where a machine stands.
    #[error(
        "{add_on:?} is not sold where {asset} stands: no rate card that holds there has a rate for it"
    )]
    AddOnNotSold {
        /// Which.
        add_on: AddOn,
        /// The machine.
        asset: String,
    },
    /// A contract whose terms no concession could change.
    #[error("concessions change the terms of full coverage; this quote has another pricing model")]
    NoConcessions,
    /// Credits for late responses that no fee bears.
    #[error("credits for late responses grow with the fee faster than it pays for them")]
    CreditsBeyondFee,
    /// A discount without a change of terms that pays for it.
    #[error(
        "a discount needs changed terms that pay for it: set concession_of and change the terms"
    )]
    DiscountWithoutTerms,
    /// Cost or number of failures beyond any money lattice.
    #[error("cost is beyond the money lattice: {0}")]
    Lattice(#[from] LatticeError),
    /// An amount beyond what money can hold.
    #[error("an amount is out of range: {0}")]
    Money(#[from] MoneyError),
}

impl Fault for QuoteError {
    fn class(&self) -> Class {
        match self {
            Self::NoAssets
            | Self::AddOnNotSold { .. }
            | Self::NoConcessions
            | Self::CreditsBeyondFee
            | Self::DiscountWithoutTerms
            | Self::Lattice(_)
            | Self::Money(_) => Class::Precondition,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::NoAssets => "QUOTE_WITHOUT_ASSETS",
            Self::AddOnNotSold { .. } => "ADD_ON_NOT_SOLD",
            Self::NoConcessions => "CONCESSIONS_NEED_FULL_COVERAGE",
            Self::CreditsBeyondFee => "CREDITS_BEYOND_FEE",
            Self::DiscountWithoutTerms => "DISCOUNT_WITHOUT_TERMS",
            Self::Lattice(_) => "LATTICE_OVERFLOW",
            Self::Money(_) => "AMOUNT_OUT_OF_RANGE",
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::AddOnNotSold { add_on, asset } => {
                vec![("add_on", add_on.word().to_owned()), ("asset", asset.clone())]
            }
            _ => Vec::new(),
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::AddOnNotSold { asset, .. } => asset.clone(),
            _ => String::new(),
        }
    }
}

/// Computes a quote.
///
/// # Errors
/// [`QuoteError`]. The terms and the policy must have been checked before.
pub fn quote(input: &QuoteInput, cache: &mut SpectrumCache) -> Result<Quote, QuoteError> {
    Ok(quote_with_outcome(input, cache)?.0)
}

/// Computes a quote and keeps the outcome that it was read from.
///
/// # Errors
/// As [`quote`].
pub fn quote_with_outcome(
    input: &QuoteInput,
    cache: &mut SpectrumCache,
) -> Result<(Quote, Outcome), QuoteError> {
    if input.portfolio.assets.is_empty() {
        return Err(QuoteError::NoAssets);
    }
    let (terms, policy) = (&input.terms, &input.policy);
    add_on::check(&input.portfolio, terms)?;
    let plan = FeePlan::of(terms, policy)?;
    let sold = Sold::of(&input.portfolio, terms, policy, plan.annuity());
    let lateness = Lateness::of(&input.portfolio, terms, policy, cache)?;
    let (found, offer) = offered(input, &plan, &sold, lateness.as_ref(), cache)?;
    let Offer { requirement, price, floor, bills } = offer;
    let mut flags: BTreeSet<Flag> = BTreeSet::new();
    flags.extend(lateness.as_ref().map(|_| Flag::LatenessAssumed));
    flags.extend(input.portfolio.assets.iter().flat_map(|asset| asset.flags.iter().copied()));
    let quote = Quote {
        lines: figures::lines(input, &found, &price, (&requirement, &sold), cache)?,
        add_ons: figures::add_ons(&sold, &plan, input)?,
        billing: bills.map(|bills| BillingFigures::of(&bills, &price, input)).transpose()?,
        floor,
        cost: CostFigures::of(&found, policy)?,
        planned: PlannedFigures::of(&found, policy)?,
        credits: lateness.map(|late| CreditFigures::of(&late, &found, policy)).transpose()?,
        risk_rule_binds: requirement.risk_binds() && price.base.amount() > Decimal::ZERO,
        flags,
        price,
    };
    Ok((quote, found))
}

/// Steps within which a fee must have found what its own credits cost.
const MOST_STEPS: usize = 60;

/// What a contract costs and is offered at. Credits for late responses are a part of the fee that bears them: the fee rises from
/// nothing until it is enough for the credits that it gives.
fn offered(
    input: &QuoteInput,
    plan: &FeePlan,
    sold: &Sold,
    late: Option<&Lateness>,
    cache: &mut SpectrumCache,
) -> Result<(Outcome, Offer), QuoteError> {
    let (portfolio, terms, policy) = (&input.portfolio, &input.terms, &input.policy);
    let mut fee = Money::zero(policy.currency);
    for _ in 0..MOST_STEPS {
        let credited = late.map(|late| (late, model(fee.amount())));
        let found = outcome_with(portfolio, terms, policy, credited, CELLS, cache)?;
        let offer = match terms.pricing_model {
            PricingModel::TimeAndMaterials => billed_offer(input, &found, plan, sold, cache)?,
            PricingModel::FullCoverage | PricingModel::FixedPrice => {
                paid_offer(input, &found, (plan, fee), sold, cache)?
            }
        };
        if late.is_none() || offer.price.base == fee {
            return Ok((found, offer));
        }
        fee = offer.price.base;
    }
    Err(QuoteError::CreditsBeyondFee)
}

pub(crate) fn base_fee(
    requirement: &Requirement,
    plan: &FeePlan,
    discount: Option<Decimal>,
    policy: &PricingPolicy,
) -> Result<Money, MoneyError> {
    let base = round_up(requirement.present_value() / plan.annuity(), policy)?;
    policy.rounding_mode.product(base, Decimal::ONE - discount.unwrap_or_default())
}

/// The price at which fees just bear the marginal cost of the service: expected failures and planned work.
fn floor(
    found: &Outcome,
    plan: &FeePlan,
    policy: &PricingPolicy,
    start: Date,
) -> Result<Money, MoneyError> {
    let base = policy.money(found.mean() / plan.annuity())?;
    Ok(price_at(base, plan, found, start)?.price)
}

/// Planned cost of one asset, and its expected failure cost, as weights of its price.
fn weight(asset_cost: f64, planned: &Planned) -> f64 {
    (asset_cost + planned.total()).max(0.0)
}

/// The factor of an asset's circumstances.
fn circumstance(asset: &AssetExposure) -> f64 {
    asset.environment * asset.region * asset.duty
}

/// The nearest decimal with nine places of a weight.
fn decimal(value: f64) -> Decimal {
    let billionths = (value * 1e9).round();
    if billionths.abs() < 1e15 {
        return Decimal::new(billionths as i64, 9);
    }
    Decimal::from_f64_retain(value).map_or(Decimal::ZERO, |d| d.round_dp(9))
}

/// Target margin as a double.
#[must_use]
pub fn target_margin(policy: &PricingPolicy) -> f64 {
    model(policy.target_margin)
}

#[cfg(test)]
pub(crate) mod tests;
