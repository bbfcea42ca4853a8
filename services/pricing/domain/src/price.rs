//! From cost to price: margin, risk rule, floor, fees by year, rounding.

use crate::cost::Outcome;
use crate::policy::{PricingPolicy, model};
use crate::terms::{PaymentSchedule, Terms};
use aftercare_kernel::money::{Money, MoneyError, Rounding};
use jiff::ToSpan;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The fee of a contract year.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fee {
    /// 1 for the first.
    pub year: u32,
    /// When it falls due.
    pub due: Date,
    /// What is due.
    pub fee: Money,
}

/// A price with what it promises us.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// The fee of a full first year, rounded up.
    pub base: Money,
    /// The fees as they fall due.
    pub fees: Vec<Fee>,
    /// Their sum.
    pub price: Money,
    /// Their present value, major units.
    pub present_value: f64,
    /// Expected margin as a share of the present value.
    pub margin: f64,
    /// Probability that the contract costs more than its price.
    pub loss_probability: f64,
}

/// How a contract's fee is spread over its term: factors on the fee of a full first year.
#[derive(Debug, Clone, PartialEq)]
pub struct FeePlan {
    /// Year, time of payment in years from the start, factor.
    instalments: Vec<(u32, f64, Decimal)>,
    discount: f64,
    rounding: Rounding,
}

impl FeePlan {
    /// Of these terms. A year's fee is due in advance, escalated on each anniversary from the unrounded base, the last year's
    /// prorated to the month; prepaid, the whole is due at the start without escalation.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] if the escalation is beyond any decimal.
    pub fn of(terms: &Terms, policy: &PricingPolicy) -> Result<Self, MoneyError> {
        Ok(Self { discount: 1.0 + model(policy.discount_rate), ..Self::spread(terms)? })
    }

    /// As [`FeePlan::of`], for one who asks for no present value.
    ///
    /// # Errors
    /// As [`FeePlan::of`].
    pub fn spread(terms: &Terms) -> Result<Self, MoneyError> {
        let mut instalments = Vec::new();
        let mut months = terms.term_months;
        for year in 1..=terms.term_months.div_ceil(12) {
            let part = Decimal::from(months.min(12)) / Decimal::from(12);
            let due = terms.growth(year)?.checked_mul(part).ok_or(MoneyError::OutOfRange)?;
            instalments.push((year, f64::from(year - 1), due));
            months = months.saturating_sub(12);
        }
        if terms.payment_schedule == PaymentSchedule::Prepaid {
            let years = Decimal::from(terms.term_months) / Decimal::from(12);
            let due = terms.growth(1)?.checked_mul(years).ok_or(MoneyError::OutOfRange)?;
            instalments = vec![(1, 0.0, due)];
        }
        Ok(Self { instalments, discount: 1.0, rounding: terms.rounding })
    }

    /// Present value of all fees when the fee of a full first year is 1.
    #[must_use]
    pub fn annuity(&self) -> f64 {
        self.instalments.iter().map(|(_, at, f)| model(*f) * self.discount.powf(-at)).sum()
    }

    /// The fees when that of a full first year is `base`, each rounded to the minor unit as the terms say.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`].
    pub fn fees(&self, base: Money, start: Date) -> Result<Vec<Fee>, MoneyError> {
        self.instalments
            .iter()
            .map(|(year, _, factor)| {
                // An anniversary of 29 February is the 28th.
                let due = start.checked_add((i64::from(*year) - 1).years()).unwrap_or(start);
                Ok(Fee { year: *year, due, fee: self.rounding.product(base, *factor)? })
            })
            .collect()
    }

    /// Present value of fees.
    #[must_use]
    pub fn present_value(&self, fees: &[Fee]) -> f64 {
        fees.iter()
            .zip(&self.instalments)
            .map(|(fee, (_, at, _))| model(fee.fee.amount()) * self.discount.powf(-at))
            .sum()
    }
}

/// The least present value at which a contract keeps to policy, and which rule asks for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Requirement {
    /// By the target margin.
    pub by_margin: f64,
    /// By the risk rule.
    pub by_risk: f64,
    /// The part of it that is the add-ons' own price.
    pub add_ons: f64,
    /// What is loaded on either for what is not known of the failure models.
    pub uncertainty: f64,
}

impl Requirement {
    /// Of a contract's cost: mean / (1 - margin) without add-ons plus their own price at present value, and planned cost plus
    /// the (1 - alpha) quantile of failure cost.
    #[must_use]
    pub fn of(outcome: &Outcome, policy: &PricingPolicy, add_ons: f64) -> Self {
        let level = 1.0 - model(policy.max_loss_probability);
        let core = outcome.mean() - outcome.add_on_cost();
        Self {
            by_margin: core / (1.0 - model(policy.target_margin)) + add_ons,
            by_risk: outcome.planned_total() + outcome.failures.quantile(level),
            add_ons,
            uncertainty: uncertainty_load(outcome.parameter_error, policy),
        }
    }

    /// The larger of the two, with the load.
    #[must_use]
    pub fn present_value(&self) -> f64 {
        self.by_margin.max(self.by_risk) + self.uncertainty
    }

    /// Whether the risk rule, not the margin, asks for it.
    #[must_use]
    pub fn risk_binds(&self) -> bool {
        self.by_risk > self.by_margin
    }
}

/// What a standard error of expected cost loads a price with.
#[must_use]
pub fn uncertainty_load(parameter_error: f64, policy: &PricingPolicy) -> f64 {
    model(policy.uncertainty_load) * parameter_error
}

/// A yearly fee rounded up to a multiple of the policy's unit.
///
/// # Errors
/// [`MoneyError::OutOfRange`].
pub fn round_up(fee: f64, policy: &PricingPolicy) -> Result<Money, MoneyError> {
    let exact = policy.money(fee)?.amount();
    let unit = policy.rounding.amount();
    if unit <= Decimal::ZERO {
        return policy.rounding_mode.money(exact, policy.currency);
    }
    policy.rounding_mode.money((exact / unit).ceil() * unit, policy.currency)
}

/// The price when the fee of a full first year is `base`.
///
/// # Errors
/// [`MoneyError::OutOfRange`].
pub fn price_at(
    base: Money,
    plan: &FeePlan,
    outcome: &Outcome,
    start: Date,
) -> Result<Price, MoneyError> {
    let fees = plan.fees(base, start)?;
    let price =
        fees.iter().try_fold(Money::zero(base.currency()), |sum, fee| sum.checked_add(fee.fee))?;
    let present_value = plan.present_value(&fees);
    let planned = outcome.planned_total();
    Ok(Price {
        base,
        fees,
        price,
        present_value,
        margin: if present_value > 0.0 { 1.0 - outcome.mean() / present_value } else { f64::MIN },
        loss_probability: outcome.failures.exceedance(present_value - planned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escalation::IndexClause;
    use crate::terms::CoverageLevel;
    use aftercare_kernel::currency::Currency;
    use jiff::civil::date;

    fn yuan(text: &str) -> Money {
        Money::new(text.parse().unwrap(), Currency::CNY).unwrap()
    }

    #[test]
    fn fees_escalate_from_the_unrounded_base() {
        // 3 % a year on 10000: 10000, 10300, 10609, 10927.27, 11255.09.
        let mut terms = Terms::standard(60, CoverageLevel::Full);
        terms.annual_escalation = Decimal::new(3, 2);
        let plan = FeePlan::of(&terms, &PricingPolicy::seeded()).unwrap();
        let fees = plan.fees(yuan("10000"), date(2024, 2, 29)).unwrap();
        let amounts: Vec<Money> = fees.iter().map(|fee| fee.fee).collect();
        assert_eq!(amounts, ["10000", "10300", "10609", "10927.27", "11255.09"].map(yuan));
        assert_eq!(fees[1].due, date(2025, 2, 28));
        assert_eq!(fees[4].due, date(2028, 2, 29));
    }

    #[test]
    fn fees_follow_a_published_index_and_the_expected_change_beyond_it() {
        let mut terms = Terms::standard(60, CoverageLevel::Full);
        terms.annual_escalation = Decimal::new(2, 2);
        terms.index = Some(IndexClause {
            index: "cn-ppi".to_owned(),
            base_month: date(2025, 12, 1),
            floor: Decimal::ZERO,
            cap: Decimal::new(5, 2),
            lead: 0,
        });
        let fees = |terms: &Terms| -> Vec<Money> {
            let fees = FeePlan::spread(terms).unwrap().fees(yuan("10000"), date(2026, 1, 1));
            fees.unwrap().iter().map(|fee| fee.fee).collect()
        };
        // The known answer of 3 % a year, now as an index: 100, 103, 106.09, 109.2727, 112.550881.
        terms.index_changes = vec![Decimal::new(3, 2); 4];
        assert_eq!(fees(&terms), ["10000", "10300", "10609", "10927.27", "11255.09"].map(yuan));
        assert!((1..=5).all(|year| !terms.provisional(year)));
        // Two are published: the rest goes on by the expected 2 %.
        terms.index_changes.truncate(2);
        assert_eq!(fees(&terms), ["10000", "10300", "10609", "10821.18", "11037.60"].map(yuan));
        assert_eq!(
            (1..=5).map(|y| terms.provisional(y)).collect::<Vec<_>>(),
            [false, false, false, true, true]
        );
        let (low, high) = (terms.changing_by(Decimal::ZERO), terms.changing_by(Decimal::new(5, 2)));
        assert_eq!(fees(&low)[4], yuan("10000"));
        assert_eq!(fees(&high)[4], yuan("12155.06"));
        assert_eq!(terms.growth_since(2, 3), Ok(Decimal::new(103, 2)));
    }

    #[test]
    fn a_short_last_year_is_prorated_and_a_prepaid_term_is_due_at_once() {
        let mut terms = Terms::standard(30, CoverageLevel::Full);
        let policy = PricingPolicy::seeded();
        let plan = FeePlan::of(&terms, &policy).unwrap();
        let fees = plan.fees(yuan("1000"), date(2026, 1, 1)).unwrap();
        assert_eq!(
            fees.iter().map(|f| f.fee).collect::<Vec<_>>(),
            ["1000", "1000", "500"].map(yuan)
        );
        let by_hand = 1.0 + 1.0 / 1.06 + 0.5 / (1.06 * 1.06);
        assert!((plan.annuity() - by_hand).abs() < 1e-12);
        assert!((plan.present_value(&fees) - 1000.0 * by_hand).abs() < 1e-9);
        terms.payment_schedule = PaymentSchedule::Prepaid;
        let prepaid = FeePlan::of(&terms, &policy).unwrap();
        assert_eq!(prepaid.fees(yuan("1000"), date(2026, 1, 1)).unwrap()[0].fee, yuan("2500"));
        assert_eq!(prepaid.annuity(), 2.5);
    }

    #[test]
    fn fees_are_rounded_up_to_the_policys_unit() {
        let policy = PricingPolicy::seeded();
        assert_eq!(round_up(1230.01, &policy), Ok(yuan("1240")));
        assert_eq!(round_up(1230.0, &policy), Ok(yuan("1230")));
        assert!(round_up(f64::NAN, &policy).is_err());
    }

    #[test]
    fn fees_halfway_between_two_cents_go_where_the_terms_say() {
        // Half a year of 100.25 is 50.125.
        let mut terms = Terms::standard(18, CoverageLevel::Full);
        let last = |terms: &Terms| {
            let fees = FeePlan::spread(terms).unwrap().fees(yuan("100.25"), date(2026, 1, 1));
            fees.unwrap()[1].fee
        };
        assert_eq!(last(&terms), yuan("50.12"));
        terms.rounding = Rounding::HalfUp;
        assert_eq!(last(&terms), yuan("50.13"));
    }
}
