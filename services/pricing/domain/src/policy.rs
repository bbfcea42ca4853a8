//! How a tenant prices: margin, risk, rounding, and what is believed where nothing better is known.

use crate::approval::{self, ApprovalStep};
use crate::concession::Lever;
use crate::hour_bands::HourBands;
use crate::rate_card::{Rates, SoldRates};
use crate::risk_sharing::OfferedTerms;
use crate::terms::Exclusion;
use aftercare_kernel::currency::Currency;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::money::{Money, MoneyError, Rounding};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

mod seeds;

/// What a customer needs of service.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Segment {
    /// Not known.
    #[default]
    Unknown,
    /// Wants certainty.
    RiskAverse,
    /// Wants a fair price.
    BasicNeeds,
    /// Wants care.
    HandHolder,
}

/// Costs where no rate card and no evidence says better.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DefaultCosts {
    /// An hour of a technician, above 0.
    pub labour_cost_per_hour: Money,
    /// A journey.
    pub travel_cost_per_visit: Money,
    /// Selling and setting up a contract.
    pub setup_cost_per_contract: Money,
    /// Readiness for a response within 24 hours, per asset and year.
    pub readiness_cost_per_year: Money,
    /// Labour hours of a failure, above 0.
    pub labour_hours_per_failure: Decimal,
    /// Parts of a failure.
    pub parts_cost_per_failure: Money,
    /// Coefficient of variation of a failure's labour hours and parts, above 0.
    pub cost_variation: Decimal,
    /// Administration per asset and year.
    pub overhead_per_year: Money,
    /// Labour hours of a planned visit, above 0.
    pub planned_visit_hours: Decimal,
    /// Planned visits per asset and year, 0 to 52.
    pub planned_visits_per_year: u32,
    /// Inspecting a machine of another maker before it is covered; none is nothing.
    #[serde(default)]
    pub inspection_cost_per_machine: Option<Money>,
}

/// What is believed of failures before any is seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FailurePrior {
    /// Failures of a machine in a year at the reference age, above 0.
    pub failures_per_year: Decimal,
    /// Shape, above 0.
    pub beta: Decimal,
    /// How many failures the prior is worth, above 0.
    pub weight: Decimal,
}

/// How a tenant prices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PricingPolicy {
    /// Counts its changes; the seeded default is 1.
    pub version: u32,
    /// Of every price.
    pub currency: Currency,
    /// Expected margin as a share of the price, 0..1.
    pub target_margin: Decimal,
    /// The highest probability of a loss that a price may have.
    pub max_loss_probability: Decimal,
    /// Discount rate a year, effective.
    pub discount_rate: Decimal,
    /// Cost inflation a year, effective.
    pub cost_inflation: Decimal,
    /// A year's fee is rounded up to a multiple of it.
    pub rounding: Money,
    /// Days for which a quote may be accepted.
    pub validity_days: u32,
    /// Readiness costs (24 h / response) to this power where a card does not say.
    pub readiness_exponent: Decimal,
    /// Share of failures outside business hours.
    pub after_hours_share: Decimal,
    /// Share of a failure's parts that is consumables.
    pub consumables_share: Decimal,
    /// Holding cost of the parts pool as a share of expected parts cost.
    pub parts_pool_share: Decimal,
    /// Least coefficient of variation of labour hours: technicians differ.
    pub technician_spread: Decimal,
    /// Age of the reference machine, years.
    pub reference_age_years: Decimal,
    /// Share of automatically renewing contracts that do renew.
    pub renewal_share: Decimal,
    /// Costs where nothing better is known.
    pub default_costs: DefaultCosts,
    /// Failures where nothing better is known.
    pub failure_prior: FailurePrior,
    /// What each exclusion takes out: a share of failures, for consumables of parts cost.
    pub exclusion_shares: BTreeMap<Exclusion, Decimal>,
    /// The levers that a concession may use.
    pub concession_levers: Vec<Lever>,
    /// Points that a lever's smallest step takes from a customer, by segment.
    pub lever_weights: BTreeMap<Segment, BTreeMap<Lever, Decimal>>,
    /// Who may approve a price under the floor; steps that never narrow.
    #[serde(default = "approval::by_share")]
    pub approval_ladder: Vec<ApprovalStep>,
    /// Prices under the floor of one customer within so many days count together, 1 to 3650.
    #[serde(default = "approval::window")]
    pub approval_window_days: u32,
    /// Correlation of the frailties of machines that share a site, 0..1.
    #[serde(default)]
    pub site_correlation: Decimal,
    /// What a price is loaded with for what is not known of the failure models, as a multiple of the standard error that it
    /// leaves in expected cost, 0..5.
    #[serde(default)]
    pub uncertainty_load: Decimal,
    /// Terms that share risk and that are offered by default.
    #[serde(default)]
    pub offered: OfferedTerms,
    /// Share of responses that are taken to come late, 0..1.
    #[serde(default = "late_response_share")]
    pub late_response_share: Decimal,
    /// How amounts halfway between two minor units are rounded.
    #[serde(default)]
    pub rounding_mode: Rounding,
    /// Days for which an exchange rate may be used, 1 to 3650.
    #[serde(default = "fx_max_age_days")]
    pub fx_max_age_days: u32,
    /// The calendar of hours where a rate card has none; none is by the share outside business hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<HourBands>,
}

/// A month where a policy does not say.
#[must_use]
pub const fn fx_max_age_days() -> u32 {
    31
}

/// One response in twenty is late where a policy does not say.
#[must_use]
pub const fn late_response_share() -> Decimal {
    Decimal::from_parts(5, 0, 0, false, 2)
}

/// The nearest double of a decimal: from exact policy into the model.
#[must_use]
pub fn model(value: Decimal) -> f64 {
    value.to_f64().unwrap_or(f64::NAN)
}

impl PricingPolicy {
    /// What a tenant starts with, in Chinese yuan: 30 % margin, one contract in five may lose, 6 % discount, 3 % inflation.
    #[must_use]
    pub fn seeded() -> Self {
        let yuan = |amount: i64| Money::from_micros(amount * 1_000_000, Currency::CNY);
        let d = |mantissa: i64, scale: u32| Decimal::new(mantissa, scale);
        Self {
            version: 1,
            currency: Currency::CNY,
            target_margin: d(30, 2),
            max_loss_probability: d(20, 2),
            discount_rate: d(6, 2),
            cost_inflation: d(3, 2),
            rounding: yuan(10),
            validity_days: 30,
            readiness_exponent: d(5, 1),
            after_hours_share: d(30, 2),
            consumables_share: d(10, 2),
            parts_pool_share: d(8, 2),
            technician_spread: d(30, 2),
            reference_age_years: d(3, 0),
            renewal_share: d(60, 2),
            default_costs: DefaultCosts {
                labour_cost_per_hour: yuan(180),
                travel_cost_per_visit: yuan(400),
                setup_cost_per_contract: yuan(3000),
                readiness_cost_per_year: yuan(300),
                labour_hours_per_failure: d(6, 0),
                parts_cost_per_failure: yuan(3000),
                cost_variation: d(10, 1),
                overhead_per_year: yuan(400),
                planned_visit_hours: d(4, 0),
                planned_visits_per_year: 2,
                inspection_cost_per_machine: None,
            },
            failure_prior: FailurePrior {
                failures_per_year: d(8, 1),
                beta: d(13, 1),
                weight: d(2, 0),
            },
            exclusion_shares: seeds::exclusions(),
            concession_levers: Lever::ALL.to_vec(),
            lever_weights: seeds::weights(),
            approval_ladder: approval::seeded(yuan(50_000)),
            approval_window_days: approval::window(),
            site_correlation: Decimal::ZERO,
            uncertainty_load: Decimal::ZERO,
            offered: OfferedTerms::seeded(),
            late_response_share: late_response_share(),
            rounding_mode: Rounding::HalfEven,
            fx_max_age_days: fx_max_age_days(),
            hours: None,
        }
    }

    /// A model's amount as money, by the policy's currency and rounding.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`].
    pub fn money(&self, amount: f64) -> Result<Money, MoneyError> {
        self.rounding_mode.of_model(amount, self.currency)
    }

    /// Rates where no card holds.
    #[must_use]
    pub fn default_rates(&self) -> Rates {
        let costs = &self.default_costs;
        Rates {
            rate_card: String::new(),
            labour_per_hour: model(costs.labour_cost_per_hour.amount()),
            travel_per_visit: model(costs.travel_cost_per_visit.amount()),
            travel_hours: 0.0,
            evening_factor: 1.5,
            weekend_factor: 2.0,
            holiday_factor: 3.0,
            readiness: vec![(24.0, model(costs.readiness_cost_per_year.amount()))],
            planned_visit: None,
            inflation: None,
            add_ons: Vec::new(),
            sold: SoldRates::default(),
            parts_factor: 1.0,
            bands: None,
        }
    }

    /// What an exclusion takes out.
    #[must_use]
    pub fn exclusion_share(&self, exclusion: Exclusion) -> f64 {
        self.exclusion_shares.get(&exclusion).copied().map_or(0.0, model)
    }

    /// Points that a lever's smallest step takes from a customer of a segment; of unknown segment if the segment has no weight.
    #[must_use]
    pub fn lever_weight(&self, segment: Segment, lever: Lever) -> f64 {
        [segment, Segment::Unknown]
            .iter()
            .find_map(|segment| self.lever_weights.get(segment)?.get(&lever).copied())
            .map_or(1.0, model)
    }

    /// Notes every field that cannot be.
    pub fn check(&self, wrong: &mut Violations) {
        let (zero, one) = (Decimal::ZERO, Decimal::ONE);
        let mut within = |field: &str, value: Decimal, low: Decimal, high: Decimal, open: bool| {
            let inside =
                if open { value > low && value < high } else { value >= low && value <= high };
            if !inside {
                let kind = if open { "above" } else { "from" };
                wrong.add(
                    field,
                    format!(
                        "must be {kind} {low} and {} {high}",
                        if open { "below" } else { "at most" }
                    ),
                );
            }
        };
        if self.target_margin < zero || self.target_margin >= one {
            within("target_margin", self.target_margin, zero, Decimal::new(99, 2), false);
        }
        within("max_loss_probability", self.max_loss_probability, zero, one, true);
        within("discount_rate", self.discount_rate, Decimal::NEGATIVE_ONE, Decimal::TEN, true);
        within("cost_inflation", self.cost_inflation, Decimal::NEGATIVE_ONE, Decimal::TEN, true);
        within("validity_days", Decimal::from(self.validity_days), one, Decimal::from(365), false);
        within("readiness_exponent", self.readiness_exponent, zero, Decimal::TWO, false);
        within("after_hours_share", self.after_hours_share, zero, one, false);
        within("consumables_share", self.consumables_share, zero, one, false);
        within("parts_pool_share", self.parts_pool_share, zero, Decimal::TEN, false);
        within("technician_spread", self.technician_spread, zero, Decimal::TEN, false);
        within("reference_age_years", self.reference_age_years, zero, Decimal::ONE_HUNDRED, false);
        within("renewal_share", self.renewal_share, zero, one, false);
        let costs = &self.default_costs;
        let hundred = Decimal::ONE_HUNDRED;
        within(
            "default_costs.labour_hours_per_failure",
            costs.labour_hours_per_failure,
            zero,
            Decimal::ONE_THOUSAND,
            true,
        );
        within("default_costs.cost_variation", costs.cost_variation, zero, hundred, true);
        within("default_costs.planned_visit_hours", costs.planned_visit_hours, zero, hundred, true);
        within(
            "default_costs.planned_visits_per_year",
            Decimal::from(costs.planned_visits_per_year),
            zero,
            Decimal::from(52),
            false,
        );
        within(
            "failure_prior.failures_per_year",
            self.failure_prior.failures_per_year,
            zero,
            Decimal::ONE_THOUSAND,
            true,
        );
        within("failure_prior.beta", self.failure_prior.beta, zero, hundred, true);
        within(
            "failure_prior.weight",
            self.failure_prior.weight,
            zero,
            Decimal::ONE_THOUSAND,
            true,
        );
        for (exclusion, share) in &self.exclusion_shares {
            within(&format!("exclusion_shares[{exclusion:?}].share"), *share, zero, one, false);
        }
        within(
            "approval_window_days",
            Decimal::from(self.approval_window_days),
            one,
            Decimal::from(3650),
            false,
        );
        within("uncertainty_load", self.uncertainty_load, zero, Decimal::from(5), false);
        within("site_correlation", self.site_correlation, zero, one, false);
        within("late_response_share", self.late_response_share, zero, one, false);
        let days = Decimal::from(self.fx_max_age_days);
        within("fx_max_age_days", days, one, Decimal::from(3650), false);
        if let Some(hours) = &self.hours {
            wrong.within("hour_bands", |wrong| hours.check(wrong));
        }
        wrong.within("offered_terms", |wrong| self.offered.check(wrong));
        approval::check(&self.approval_ladder, self.currency, wrong);
        self.check_money(wrong);
    }

    fn check_money(&self, wrong: &mut Violations) {
        let costs = &self.default_costs;
        let inspection = costs.inspection_cost_per_machine;
        let inspection =
            inspection.map(|own| ("default_costs.inspection_cost_per_machine", own, false));
        for (field, amount, positive) in [
            ("rounding", self.rounding, true),
            ("default_costs.labour_cost_per_hour", costs.labour_cost_per_hour, true),
            ("default_costs.travel_cost_per_visit", costs.travel_cost_per_visit, false),
            ("default_costs.setup_cost_per_contract", costs.setup_cost_per_contract, false),
            ("default_costs.readiness_cost_per_year", costs.readiness_cost_per_year, false),
            ("default_costs.parts_cost_per_failure", costs.parts_cost_per_failure, false),
            ("default_costs.overhead_per_year", costs.overhead_per_year, false),
        ]
        .into_iter()
        .chain(inspection)
        {
            if amount.currency() != self.currency {
                wrong.add(field, format!("must be in {}, the policy's currency", self.currency));
            } else if amount.amount() < Decimal::ZERO || (positive && amount.amount().is_zero()) {
                wrong.add(field, if positive { "must be above 0" } else { "must be at least 0" });
            }
        }
    }
}

#[cfg(test)]
mod tests;
