//! What a contract promises: coverage, response, hours, deductible, cap, exclusions, term, escalation.

use crate::escalation::IndexClause;
use crate::risk_sharing::{self, OvertimeRates, ResponseCredit};
use crate::scope::FixedScope;
use aftercare_kernel::currency::Currency;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::money::{Money, MoneyError, Rounding};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::Range;

/// How much of a failure's cost we bear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CoverageLevel {
    /// Labour and travel.
    LabourOnly,
    /// Labour, travel and half of the parts.
    SharedParts,
    /// Labour, travel and all parts but consumables.
    LabourAndParts,
    /// Everything.
    Full,
}

/// When we come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterHours {
    /// In business hours.
    BusinessHours,
    /// Also in the evening and on Saturdays.
    Extended,
    /// Always.
    RoundTheClock,
}

/// Who bears the cost risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PricingModel {
    /// We do, of everything that the coverage holds.
    #[default]
    FullCoverage,
    /// We do, within a scope; what goes beyond it is billed.
    FixedPrice,
    /// The customer does: event by event, by the rate card.
    TimeAndMaterials,
}

/// What is not covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exclusion {
    /// Earthquake, storm, lightning.
    NaturalDisaster,
    /// Fire.
    Fire,
    /// Flood.
    Flood,
    /// Use outside the manual.
    Misuse,
    /// Damage done on purpose.
    IntentionalDamage,
    /// A repair by somebody whom we did not send.
    ThirdPartyRepair,
    /// Filters, oil and other consumables.
    Consumables,
    /// No fault found: the power was off.
    PowerOff,
}

/// Something sold on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddOn {
    /// A spare unit on the customer's site.
    SpareUnit,
    /// Remote monitoring of the machines.
    RemoteMonitoring,
    /// Training of the customer's staff.
    Training,
    /// Analysis of oil and material samples.
    OilAnalysis,
    /// An engineer of the customer's own.
    DedicatedEngineer,
}

/// When the fee is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentSchedule {
    /// Each year in advance.
    Annual,
    /// The whole term in advance.
    Prepaid,
}

/// What the two sides promise each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// Length in months, 1 to 600.
    pub term_months: u32,
    /// What we bear.
    pub coverage: CoverageLevel,
    /// Promised time until an engineer is there, seconds, 1 hour to 30 days.
    pub response_seconds: u32,
    /// `slaPolicies/{sla_policy}` under which cases are handled; empty for that of the customer's service standard.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sla_policy: String,
    /// When we come.
    pub after_hours: AfterHours,
    /// What the customer bears of each event.
    pub deductible: Option<Money>,
    /// The most that we bear of each event after the deductible.
    pub cap: Option<Money>,
    /// The most that we bear in a contract year.
    pub annual_limit: Option<Money>,
    /// What the customer bears of a contract year's failures before we bear anything.
    #[serde(default)]
    pub annual_deductible: Option<Money>,
    /// The most that we bear over the whole term.
    #[serde(default)]
    pub term_limit: Option<Money>,
    /// What the customer gets back of what failures cost us less than expected, 0..1.
    #[serde(default)]
    pub profit_share: Decimal,
    /// Yearly escalation of the fee (0.03 is 3 %).
    pub annual_escalation: Decimal,
    /// What is not covered.
    pub exclusions: BTreeSet<Exclusion>,
    /// What is sold on top.
    #[serde(default)]
    pub add_ons: BTreeSet<AddOn>,
    /// When the fee is paid.
    pub payment_schedule: PaymentSchedule,
    /// Whether the contract renews itself.
    pub automatic_renewal: bool,
    /// Whether the customer does the routine inspections.
    pub customer_inspections: bool,
    /// Planned visits per asset and year; none means the asset's own number.
    pub planned_visits_per_year: Option<u32>,
    /// Days before the end until which notice must be given, 0 to 366.
    #[serde(default)]
    pub notice_days: u32,
    /// The index that the fee follows; `annual_escalation` is then the change that is expected of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<IndexClause>,
    /// Its changes that are published, within the bounds, from the first on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub index_changes: Vec<Decimal>,
    /// What an hour outside the agreed ones is billed at; none is by the rate card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overtime: Option<OvertimeRates>,
    /// What the customer gets for a response that comes late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<ResponseCredit>,
    /// How the contract's amounts are rounded.
    #[serde(default, skip_serializing_if = "half_even")]
    pub rounding: Rounding,
    /// Who bears the cost risk.
    #[serde(default)]
    pub pricing_model: PricingModel,
    /// What a fixed price pays for.
    #[serde(default)]
    pub scope: Option<FixedScope>,
}

fn half_even(rounding: &Rounding) -> bool {
    *rounding == Rounding::HalfEven
}

impl Terms {
    /// One year of labour and parts with a response within 24 hours, in business hours.
    #[must_use]
    pub const fn standard(term_months: u32, coverage: CoverageLevel) -> Self {
        Self {
            term_months,
            coverage,
            response_seconds: 24 * 3600,
            sla_policy: String::new(),
            after_hours: AfterHours::BusinessHours,
            deductible: None,
            cap: None,
            annual_limit: None,
            annual_deductible: None,
            term_limit: None,
            profit_share: Decimal::ZERO,
            annual_escalation: Decimal::ZERO,
            exclusions: BTreeSet::new(),
            add_ons: BTreeSet::new(),
            payment_schedule: PaymentSchedule::Annual,
            automatic_renewal: false,
            customer_inspections: false,
            planned_visits_per_year: None,
            notice_days: 30,
            index: None,
            index_changes: Vec::new(),
            overtime: None,
            credit: None,
            rounding: Rounding::HalfEven,
            pricing_model: PricingModel::FullCoverage,
            scope: None,
        }
    }

    /// Promised response, hours.
    #[must_use]
    pub fn response_hours(&self) -> f64 {
        f64::from(self.response_seconds) / 3600.0
    }

    /// Length in years.
    #[must_use]
    pub fn years(&self) -> f64 {
        f64::from(self.term_months) / 12.0
    }

    /// Changes that the base fee sees until the last contract year.
    #[must_use]
    pub fn changes(&self) -> u32 {
        self.changes_until(self.term_months.div_ceil(12))
    }

    /// Changes that the base fee sees until a contract year.
    pub(crate) fn changes_until(&self, year: u32) -> u32 {
        year.saturating_sub(1) + self.index.as_ref().map_or(0, |clause| clause.lead)
    }

    /// What the base fee has grown to in a contract year, 1 for the first; not rounded.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] beyond any decimal.
    pub fn growth(&self, year: u32) -> Result<Decimal, MoneyError> {
        self.compounded(0..self.changes_until(year))
    }

    /// What a fee at the price level of one contract year has grown to in a later one; not rounded.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] beyond any decimal.
    pub fn growth_since(&self, from: u32, year: u32) -> Result<Decimal, MoneyError> {
        self.compounded(self.changes_until(from)..self.changes_until(year))
    }

    /// What a fee after so many changes is after others, more or fewer; not rounded.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] beyond any decimal.
    pub(crate) fn growth_over(&self, from: u32, to: u32) -> Result<Decimal, MoneyError> {
        if from <= to {
            return self.compounded(from..to);
        }
        Decimal::ONE.checked_div(self.compounded(to..from)?).ok_or(MoneyError::OutOfRange)
    }

    fn compounded(&self, mut changes: Range<u32>) -> Result<Decimal, MoneyError> {
        changes.try_fold(Decimal::ONE, |growth, n| {
            let known = self.index_changes.get(n as usize);
            let change = known.copied().unwrap_or(self.annual_escalation);
            growth.checked_mul(Decimal::ONE + change).ok_or(MoneyError::OutOfRange)
        })
    }

    /// Whether a contract year's fee stands on an index value that is not published yet.
    #[must_use]
    pub fn provisional(&self, year: u32) -> bool {
        self.index.is_some() && self.changes_until(year) as usize > self.index_changes.len()
    }

    /// As these, with one and the same change every year.
    #[must_use]
    pub fn changing_by(&self, change: Decimal) -> Self {
        Self { annual_escalation: change, index_changes: Vec::new(), ..self.clone() }
    }

    /// Whether an event of that cause is not ours. Consumables take out a share of parts, not events.
    #[must_use]
    pub fn excludes_event(&self, cause: Exclusion) -> bool {
        cause != Exclusion::Consumables && self.exclusions.contains(&cause)
    }

    /// Whether consumables are ours.
    #[must_use]
    pub fn bears_consumables(&self) -> bool {
        self.coverage == CoverageLevel::Full && !self.exclusions.contains(&Exclusion::Consumables)
    }

    /// Start and end of each contract year, years from the start; the last may be shorter.
    #[must_use]
    pub fn contract_years(&self) -> Vec<(f64, f64)> {
        (0..self.term_months.div_ceil(12))
            .map(|year| (f64::from(year), self.years().min(f64::from(year) + 1.0)))
            .collect()
    }

    /// Notes every field that cannot be, in a currency.
    pub fn check(&self, currency: Currency, wrong: &mut Violations) {
        if !(1..=600).contains(&self.term_months) {
            wrong.add("term_months", "must be 1 to 600");
        }
        if !(3600..=30 * 86_400).contains(&self.response_seconds) {
            wrong.add("response_time", "must be 1 hour to 30 days");
        }
        if self.annual_escalation <= Decimal::NEGATIVE_ONE || self.annual_escalation > Decimal::ONE
        {
            wrong.add("annual_escalation", "must be above -1 and at most 1");
        }
        if let Some(clause) = &self.index {
            wrong.within("index_escalation", |wrong| clause.check(wrong));
        }
        if self.planned_visits_per_year.is_some_and(|visits| visits > 52) {
            wrong.add("planned_visits_per_year", "must be 0 to 52");
        }
        if self.notice_days > 366 {
            wrong.add("notice_days", "must be 0 to 366");
        }
        if self.profit_share < Decimal::ZERO || self.profit_share > Decimal::ONE {
            wrong.add("profit_share", "must be from 0 to 1");
        }
        crate::scope::check_model(self, currency, wrong);
        risk_sharing::check(self, wrong);
        let amounts = [
            ("deductible", self.deductible, false),
            ("cap", self.cap, true),
            ("annual_limit", self.annual_limit, true),
            ("annual_deductible", self.annual_deductible, false),
            ("term_limit", self.term_limit, true),
        ];
        for (field, amount, positive) in amounts {
            let Some(amount) = amount else { continue };
            if amount.currency() != currency {
                wrong.add(
                    field,
                    format!("must be in {currency}, the currency of the pricing policy"),
                );
            } else if amount.amount() < Decimal::ZERO || (positive && amount.amount().is_zero()) {
                wrong.add(field, if positive { "must be above 0" } else { "must be at least 0" });
            }
        }
        let deductible = self.deductible.map_or(Decimal::ZERO, |d| d.amount());
        for (field, limit) in [("cap", self.cap), ("annual_limit", self.annual_limit)] {
            if limit
                .is_some_and(|limit| limit.currency() == currency && limit.amount() < deductible)
            {
                wrong.add(field, "must not be below the deductible");
            }
        }
        let above = |a: Option<Money>, b: Option<Money>| {
            a.zip(b).is_some_and(|(a, b)| a.currency() == b.currency() && a.amount() > b.amount())
        };
        if above(self.annual_limit, self.term_limit) {
            wrong.add("term_limit", "must not be below the annual limit");
        }
    }
}

#[cfg(test)]
mod tests;
