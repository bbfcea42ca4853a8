//! Terms that share risk: the wire's and the domain's.

use super::terms::known;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::google::r#type::Decimal as PbDecimal;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::check_id;
use aftercare_platform::wire;
use aftercare_pricing_domain::quote::CreditFigures;
use aftercare_pricing_domain::risk_sharing::{
    CreditBasis, OfferedIndex, OfferedTerms, OvertimeRates, ResponseCredit, RiskTerm,
};
use aftercare_pricing_domain::terms::Terms;
use rust_decimal::Decimal;

fn number(field: &str, value: Option<&PbDecimal>, wrong: &mut Violations) -> Option<Decimal> {
    let value = wrong.required(field, value)?;
    wrong.take(field, wire::exact(value))
}

fn overtime_of(given: &pb::OvertimeRates, wrong: &mut Violations) -> Option<OvertimeRates> {
    let evening = number("evening", given.evening.as_ref(), wrong);
    let weekend = number("weekend", given.weekend.as_ref(), wrong);
    let holiday = number("holiday", given.holiday.as_ref(), wrong);
    Some(OvertimeRates { evening: evening?, weekend: weekend?, holiday: holiday? })
}

fn credit_of(given: &pb::ResponseCredit, wrong: &mut Violations) -> Option<ResponseCredit> {
    let share = number("share", given.share.as_ref(), wrong);
    let annual_cap = number("annual_cap", given.annual_cap.as_ref(), wrong);
    let basis = match known("basis", given.basis, wrong) {
        None => None,
        Some(pb::CreditBasis::Month) => Some(CreditBasis::Month),
        Some(pb::CreditBasis::Year) => Some(CreditBasis::Year),
        Some(pb::CreditBasis::Unspecified) => {
            wrong.add("basis", "must be said");
            None
        }
    };
    Some(ResponseCredit { share: share?, basis: basis?, annual_cap: annual_cap? })
}

/// Overtime rates and credits into terms; notes what cannot be read.
pub(crate) fn parse_terms(given: &pb::Terms, terms: &mut Terms, wrong: &mut Violations) {
    if let Some(own) = &given.overtime_rates {
        terms.overtime = wrong.within("overtime_rates", |wrong| overtime_of(own, wrong));
    }
    if let Some(own) = &given.response_credit {
        terms.credit = wrong.within("response_credit", |wrong| credit_of(own, wrong));
    }
}

/// What is offered by default, from the wire; notes what cannot be read.
pub(crate) fn offered_of(given: &pb::OfferedTerms, wrong: &mut Violations) -> OfferedTerms {
    let index = given.index_escalation.as_ref().and_then(|own| {
        wrong.within("index_escalation", |wrong| {
            wrong.take("index", check_id(&own.index));
            let floor = match &own.floor {
                None => Some(Decimal::ZERO),
                some => number("floor", some.as_ref(), wrong),
            };
            let cap = number("cap", own.cap.as_ref(), wrong);
            Some(OfferedIndex { index: own.index.clone(), floor: floor?, cap: cap? })
        })
    });
    let overtime = given.overtime_rates.as_ref();
    let credit = given.response_credit.as_ref();
    OfferedTerms {
        automatic_renewal: given.automatic_renewal,
        index,
        overtime: overtime
            .and_then(|own| wrong.within("overtime_rates", |wrong| overtime_of(own, wrong))),
        credit: credit
            .and_then(|own| wrong.within("response_credit", |wrong| credit_of(own, wrong))),
    }
}

/// What is offered by default, to the wire.
pub(crate) fn offered(own: &OfferedTerms) -> pb::OfferedTerms {
    pb::OfferedTerms {
        automatic_renewal: own.automatic_renewal,
        index_escalation: own.index.as_ref().map(|index| pb::OfferedIndex {
            index: index.index.clone(),
            floor: Some(wire::decimal(index.floor)),
            cap: Some(wire::decimal(index.cap)),
        }),
        overtime_rates: own.overtime.as_ref().map(overtime),
        response_credit: own.credit.as_ref().map(credit),
    }
}

/// Overtime rates to the wire.
pub(crate) fn overtime(own: &OvertimeRates) -> pb::OvertimeRates {
    pb::OvertimeRates {
        evening: Some(wire::decimal(own.evening)),
        weekend: Some(wire::decimal(own.weekend)),
        holiday: Some(wire::decimal(own.holiday)),
    }
}

/// A credit for late responses to the wire.
pub(crate) fn credit(own: &ResponseCredit) -> pb::ResponseCredit {
    let basis = match own.basis {
        CreditBasis::Month => pb::CreditBasis::Month,
        CreditBasis::Year => pb::CreditBasis::Year,
    };
    pb::ResponseCredit {
        share: Some(wire::decimal(own.share)),
        basis: basis.into(),
        annual_cap: Some(wire::decimal(own.annual_cap)),
    }
}

/// What credits are expected to cost, to the wire.
pub(crate) fn credit_cost(own: &CreditFigures) -> pb::ResponseCreditCost {
    pb::ResponseCreditCost {
        late_response_share: Some(wire::decimal(own.late_share)),
        expected_late_responses: own.late,
        expected_credits: Some(wire::money(own.credits)),
    }
}

/// Terms that a request declines, each once.
pub(crate) fn declined(given: &[i32], wrong: &mut Violations) -> Vec<RiskTerm> {
    let mut found = Vec::with_capacity(given.len());
    for (i, number) in given.iter().enumerate() {
        let field = format!("declined_terms[{i}]");
        let term = match known(&field, *number, wrong) {
            None => continue,
            Some(pb::RiskTerm::Unspecified) => {
                wrong.add(&field, "must be said");
                continue;
            }
            Some(pb::RiskTerm::AutomaticRenewal) => RiskTerm::AutomaticRenewal,
            Some(pb::RiskTerm::IndexEscalation) => RiskTerm::IndexEscalation,
            Some(pb::RiskTerm::OvertimeRates) => RiskTerm::OvertimeRates,
            Some(pb::RiskTerm::ResponseCredit) => RiskTerm::ResponseCredit,
        };
        if found.contains(&term) {
            wrong.add(&field, "is given twice");
        }
        found.push(term);
    }
    found
}
