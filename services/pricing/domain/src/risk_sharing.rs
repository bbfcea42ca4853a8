//! Terms that share risk between the two sides: what is offered by default, overtime rates, credits for late responses.

use crate::terms::{PricingModel, Terms};
use aftercare_kernel::fault::Violations;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What an hour outside the agreed ones is billed at, as multiples of one in business hours, 1..=10.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OvertimeRates {
    /// In the evening.
    pub evening: Decimal,
    /// At the weekend.
    pub weekend: Decimal,
    /// On a public holiday.
    pub holiday: Decimal,
}

impl OvertimeRates {
    fn check(&self, wrong: &mut Violations) {
        let rates =
            [("evening", self.evening), ("weekend", self.weekend), ("holiday", self.holiday)];
        for (field, rate) in rates {
            if rate < Decimal::ONE || rate > Decimal::TEN {
                wrong.add(field, "must be 1 to 10");
            }
        }
    }
}

/// The fee that a credit is a share of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditBasis {
    /// A twelfth of the contract's fee of the year.
    Month,
    /// The contract's fee of the year.
    Year,
}

/// A credit for each response that comes later than promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseCredit {
    /// Share of the fee, 0..=1.
    pub share: Decimal,
    /// Of which fee.
    pub basis: CreditBasis,
    /// The most of a contract year, as a share of the year's fee, at most a half.
    pub annual_cap: Decimal,
}

/// The largest cap of a year's credits: beyond it a fee that bears its own credits may not exist.
const LARGEST_CAP: Decimal = Decimal::from_parts(5, 0, 0, false, 1);

impl ResponseCredit {
    /// The credit of one late response as a share of the year's fee.
    #[must_use]
    pub fn of_year(&self) -> Decimal {
        match self.basis {
            CreditBasis::Month => self.share / Decimal::from(12),
            CreditBasis::Year => self.share,
        }
    }

    fn check(&self, wrong: &mut Violations) {
        if self.share <= Decimal::ZERO || self.share > Decimal::ONE {
            wrong.add("share", "must be above 0 and at most 1");
        }
        if self.annual_cap <= Decimal::ZERO || self.annual_cap > LARGEST_CAP {
            wrong.add("annual_cap", "must be above 0 and at most 0.5");
        } else if self.of_year() > self.annual_cap {
            wrong.add("annual_cap", "must not be below a single credit");
        }
    }
}

/// An index that fees follow unless somebody says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedIndex {
    /// Its id.
    pub index: String,
    /// Least change from year to year.
    pub floor: Decimal,
    /// Largest change.
    pub cap: Decimal,
}

impl OfferedIndex {
    fn check(&self, wrong: &mut Violations) {
        let share = |value: Decimal| value > Decimal::NEGATIVE_ONE && value <= Decimal::ONE;
        for (field, value) in [("floor", self.floor), ("cap", self.cap)] {
            if !share(value) {
                wrong.add(field, "must be above -1 and at most 1");
            }
        }
        if self.cap < self.floor {
            wrong.add("cap", "must not be below the floor");
        }
    }
}

/// A term that shares risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RiskTerm {
    /// Automatic renewal.
    AutomaticRenewal,
    /// A fee that follows an index.
    IndexEscalation,
    /// Overtime rates.
    OvertimeRates,
    /// Credits for late responses.
    ResponseCredit,
}

/// What a quote of full coverage carries unless its request says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OfferedTerms {
    /// Whether contracts renew themselves.
    pub automatic_renewal: bool,
    /// The index that fees follow.
    pub index: Option<OfferedIndex>,
    /// What overtime is billed at.
    pub overtime: Option<OvertimeRates>,
    /// What a late response is credited with.
    pub credit: Option<ResponseCredit>,
}

impl OfferedTerms {
    /// What needs no knowledge of the tenant: overtime at the multiples that hold where no rate card says.
    #[must_use]
    pub fn seeded() -> Self {
        let overtime = OvertimeRates {
            evening: Decimal::new(15, 1),
            weekend: Decimal::TWO,
            holiday: Decimal::from(3),
        };
        Self { overtime: Some(overtime), ..Self::default() }
    }

    /// Puts into terms what is offered, neither declined nor said otherwise. The index is left to the caller, who knows what is
    /// published of it: see [`OfferedTerms::index_for`].
    pub fn fill(&self, terms: &mut Terms, declined: &[RiskTerm]) {
        if terms.pricing_model != PricingModel::FullCoverage {
            return;
        }
        let open = |term| !declined.contains(&term);
        terms.automatic_renewal |= self.automatic_renewal && open(RiskTerm::AutomaticRenewal);
        let overtime = self.overtime.filter(|_| open(RiskTerm::OvertimeRates));
        terms.overtime = terms.overtime.or(overtime);
        let credit = self.credit.filter(|_| open(RiskTerm::ResponseCredit));
        terms.credit = terms.credit.or(credit);
    }

    /// The index that is offered for terms whose request asks for no escalation of its own.
    #[must_use]
    pub fn index_for(&self, terms: &Terms, declined: &[RiskTerm]) -> Option<&OfferedIndex> {
        let wanted = terms.pricing_model == PricingModel::FullCoverage
            && terms.term_months > 12
            && !declined.contains(&RiskTerm::IndexEscalation);
        self.index.as_ref().filter(|_| wanted)
    }

    /// Notes every field that cannot be.
    pub fn check(&self, wrong: &mut Violations) {
        if let Some(index) = &self.index {
            wrong.within("index_escalation", |wrong| index.check(wrong));
        }
        if let Some(overtime) = &self.overtime {
            wrong.within("overtime_rates", |wrong| overtime.check(wrong));
        }
        if let Some(credit) = &self.credit {
            wrong.within("response_credit", |wrong| credit.check(wrong));
        }
    }
}

/// Notes what cannot be of the terms that share risk.
pub(crate) fn check(terms: &Terms, wrong: &mut Violations) {
    if let Some(overtime) = &terms.overtime {
        wrong.within("overtime_rates", |wrong| overtime.check(wrong));
    }
    if let Some(credit) = &terms.credit {
        wrong.within("response_credit", |wrong| credit.check(wrong));
        if terms.pricing_model != PricingModel::FullCoverage {
            wrong.add("response_credit", "belongs to full coverage: leave it out");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::CoverageLevel;

    fn offered() -> OfferedTerms {
        OfferedTerms {
            automatic_renewal: true,
            index: Some(OfferedIndex {
                index: "cn-ppi".to_owned(),
                floor: Decimal::ZERO,
                cap: Decimal::new(5, 2),
            }),
            credit: Some(ResponseCredit {
                share: Decimal::new(5, 2),
                basis: CreditBasis::Month,
                annual_cap: Decimal::new(10, 2),
            }),
            ..OfferedTerms::seeded()
        }
    }

    #[test]
    fn what_is_offered_is_carried_unless_it_is_declined_or_said_otherwise() {
        let bare = Terms::standard(36, CoverageLevel::Full);
        let mut terms = bare.clone();
        offered().fill(&mut terms, &[]);
        assert!(terms.automatic_renewal && terms.credit == offered().credit);
        assert_eq!(terms.overtime, offered().overtime);
        assert!(offered().index_for(&terms, &[]).is_some());

        let mut own = bare.clone();
        let night = Decimal::from(4);
        own.overtime = Some(OvertimeRates { evening: night, weekend: night, holiday: night });
        offered().fill(&mut own, &[RiskTerm::ResponseCredit, RiskTerm::AutomaticRenewal]);
        assert_eq!(own.overtime.map(|rates| rates.evening), Some(night));
        assert!(own.credit.is_none() && !own.automatic_renewal);
        assert!(offered().index_for(&own, &[RiskTerm::IndexEscalation]).is_none());

        let mut billed = bare;
        billed.pricing_model = PricingModel::TimeAndMaterials;
        offered().fill(&mut billed, &[]);
        assert_eq!((billed.overtime, billed.credit), (None, None));
    }

    #[test]
    fn every_field_that_cannot_be_is_named() {
        let mut bad = offered();
        bad.index.as_mut().unwrap().cap = Decimal::NEGATIVE_ONE;
        bad.overtime.as_mut().unwrap().weekend = Decimal::ZERO;
        let credit = bad.credit.as_mut().unwrap();
        (credit.share, credit.basis) = (Decimal::ONE, CreditBasis::Year);
        let mut wrong = Violations::new();
        bad.check(&mut wrong);
        let invalid = wrong.finish().unwrap_err();
        let fields: Vec<&str> = invalid.fields().iter().map(|v| v.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "index_escalation.cap",
                "index_escalation.cap",
                "overtime_rates.weekend",
                "response_credit.annual_cap"
            ]
        );
    }
}
