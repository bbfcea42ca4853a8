//! Terms, levers, segments: the wire's words and the domain's.

use super::{risk_sharing, scope};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::currency::Currency;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::{check_id, name_segments};
use aftercare_kernel::money::{Money, Rounding};
use aftercare_platform::wire;
use aftercare_pricing_domain::add_on::Per;
use aftercare_pricing_domain::concession::Lever;
use aftercare_pricing_domain::escalation::IndexClause;
use aftercare_pricing_domain::policy::Segment;
use aftercare_pricing_domain::terms::{
    AddOn, AfterHours, CoverageLevel, Exclusion, PaymentSchedule, PricingModel, Terms,
};
use rust_decimal::Decimal;

/// Pairs of the domain's word and the wire's, both ways.
macro_rules! words {
    ($to:ident, $from:ident, $domain:ident, $wire:ident, [$($word:ident),* $(,)?]) => {
        pub(crate) const fn $to(word: $domain) -> pb::$wire {
            match word {
                $($domain::$word => pb::$wire::$word,)*
            }
        }

        pub(crate) const fn $from(word: pb::$wire) -> Option<$domain> {
            match word {
                pb::$wire::Unspecified => None,
                $(pb::$wire::$word => Some($domain::$word),)*
            }
        }
    };
}

words!(
    coverage,
    coverage_of,
    CoverageLevel,
    CoverageLevel,
    [LabourOnly, SharedParts, LabourAndParts, Full]
);
words!(hours, hours_of, AfterHours, AfterHours, [BusinessHours, Extended, RoundTheClock]);
words!(rounding, rounding_of, Rounding, RoundingMode, [HalfEven, HalfUp]);
words!(payment, payment_of, PaymentSchedule, PaymentSchedule, [Annual, Prepaid]);
words!(
    exclusion,
    exclusion_of,
    Exclusion,
    Exclusion,
    [
        NaturalDisaster,
        Fire,
        Flood,
        Misuse,
        IntentionalDamage,
        ThirdPartyRepair,
        Consumables,
        PowerOff
    ]
);
words!(
    add_on,
    add_on_of,
    AddOn,
    AddOn,
    [SpareUnit, RemoteMonitoring, Training, OilAnalysis, DedicatedEngineer]
);
words!(
    pricing_model,
    pricing_model_of,
    PricingModel,
    PricingModel,
    [FullCoverage, FixedPrice, TimeAndMaterials]
);
words!(basis, basis_of, Per, AddOnBasis, [MachineYear, ContractYear, Contract]);
words!(
    lever,
    lever_of,
    Lever,
    ConcessionLever,
    [
        ResponseTime,
        Coverage,
        Deductible,
        Cap,
        AfterHours,
        Exclusions,
        Term,
        Escalation,
        Prepayment,
        Inspections,
        AutomaticRenewal,
        ResponseCredit,
    ]
);

pub(crate) const fn segment(segment: Segment) -> pb::Segment {
    match segment {
        Segment::Unknown => pb::Segment::Unspecified,
        Segment::RiskAverse => pb::Segment::RiskAverse,
        Segment::BasicNeeds => pb::Segment::BasicNeeds,
        Segment::HandHolder => pb::Segment::HandHolder,
    }
}

pub(crate) const fn segment_of(segment: pb::Segment) -> Segment {
    match segment {
        pb::Segment::Unspecified => Segment::Unknown,
        pb::Segment::RiskAverse => Segment::RiskAverse,
        pb::Segment::BasicNeeds => Segment::BasicNeeds,
        pb::Segment::HandHolder => Segment::HandHolder,
    }
}

/// A word of an enum, or a note that the number has none.
pub(crate) fn known<E: TryFrom<i32>>(
    field: &str,
    number: i32,
    wrong: &mut Violations,
) -> Option<E> {
    let word = E::try_from(number).ok();
    if word.is_none() {
        wrong.add(field, "is no known value");
    }
    word
}

/// Terms with what a service product gives where they are silent.
pub(crate) fn with_defaults(given: pb::Terms, product: Option<pb::Terms>) -> pb::Terms {
    let Some(product) = product else { return given };
    let word = |given: i32, product: i32| if given == 0 { product } else { given };
    pb::Terms {
        term_months: word(given.term_months, product.term_months),
        coverage: word(given.coverage, product.coverage),
        response_time: given.response_time.or(product.response_time),
        sla_policy: match given.sla_policy.is_empty() {
            true => product.sla_policy,
            false => given.sla_policy,
        },
        after_hours: word(given.after_hours, product.after_hours),
        deductible: given.deductible.or(product.deductible),
        cap: given.cap.or(product.cap),
        annual_limit: given.annual_limit.or(product.annual_limit),
        annual_escalation: match given.index_escalation {
            Some(_) => given.annual_escalation.clone(),
            None => given.annual_escalation.clone().or(product.annual_escalation),
        },
        index_escalation: match given.annual_escalation {
            Some(_) => given.index_escalation,
            None => given.index_escalation.or(product.index_escalation),
        },
        exclusions: if given.exclusions.is_empty() { product.exclusions } else { given.exclusions },
        add_ons: if given.add_ons.is_empty() { product.add_ons } else { given.add_ons },
        payment_schedule: word(given.payment_schedule, product.payment_schedule),
        automatic_renewal: given.automatic_renewal || product.automatic_renewal,
        customer_inspections: given.customer_inspections || product.customer_inspections,
        planned_visits_per_year: given.planned_visits_per_year.or(product.planned_visits_per_year),
        pricing_model: word(given.pricing_model, product.pricing_model),
        scope: given.scope.or(product.scope),
        notice_days: given.notice_days.or(product.notice_days),
        annual_deductible: given.annual_deductible.or(product.annual_deductible),
        term_limit: given.term_limit.or(product.term_limit),
        profit_share: given.profit_share.or(product.profit_share),
        overtime_rates: given.overtime_rates.or(product.overtime_rates),
        response_credit: given.response_credit.or(product.response_credit),
        rounding_mode: 0,
    }
}

/// Terms from the wire; notes every wrong field.
pub(crate) fn parse(
    given: &pb::Terms,
    currency: Currency,
    wrong: &mut Violations,
) -> Option<Terms> {
    let months = u32::try_from(given.term_months).unwrap_or(0);
    let level = known::<pb::CoverageLevel>("coverage", given.coverage, wrong).and_then(coverage_of);
    let mut terms = Terms::standard(months, level.unwrap_or(CoverageLevel::Full));
    if !given.sla_policy.is_empty() {
        let name = name_segments::<1>("slaPolicies/{sla_policy}", &given.sla_policy);
        wrong.take("sla_policy", name);
        terms.sla_policy.clone_from(&given.sla_policy);
    }
    if let Some(response) = given.response_time {
        terms.response_seconds = u32::try_from(response.seconds).unwrap_or(0);
    }
    if let Some(found) = known("after_hours", given.after_hours, wrong).and_then(hours_of) {
        terms.after_hours = found;
    }
    if let Some(found) =
        known("payment_schedule", given.payment_schedule, wrong).and_then(payment_of)
    {
        terms.payment_schedule = found;
    }
    amounts(given, &mut terms, wrong);
    lists(given, &mut terms, wrong);
    terms.automatic_renewal = given.automatic_renewal;
    terms.customer_inspections = given.customer_inspections;
    terms.planned_visits_per_year =
        given.planned_visits_per_year.map(|visits| u32::try_from(visits).unwrap_or(u32::MAX));
    if let Some(days) = given.notice_days {
        terms.notice_days = u32::try_from(days).unwrap_or(u32::MAX);
    }
    model_terms(given, (&mut terms, level), wrong);
    risk_sharing::parse_terms(given, &mut terms, wrong);
    terms.check(currency, wrong);
    Some(terms)
}

/// The pricing model with the terms that depend on it.
fn model_terms(
    given: &pb::Terms,
    (terms, level): (&mut Terms, Option<CoverageLevel>),
    wrong: &mut Violations,
) {
    let said = known("pricing_model", given.pricing_model, wrong).and_then(pricing_model_of);
    terms.pricing_model = said.unwrap_or_default();
    match (terms.pricing_model, level) {
        (PricingModel::FullCoverage, None) => wrong.add("coverage", "is required"),
        (PricingModel::FullCoverage, Some(_)) | (_, None | Some(CoverageLevel::Full)) => {}
        _ => wrong.add("coverage", "belongs to full coverage: leave it out"),
    }
    if terms.pricing_model == PricingModel::TimeAndMaterials && given.response_time.is_some() {
        wrong.add("response_time", "is not promised with time and materials");
    }
    terms.scope = given.scope.as_ref().map(|given| scope::parse(given, wrong));
}

/// Exclusions and add-ons, each once.
fn lists(given: &pb::Terms, terms: &mut Terms, wrong: &mut Violations) {
    for (i, number) in given.exclusions.iter().enumerate() {
        let field = format!("exclusions[{i}]");
        match known(&field, *number, wrong).and_then(exclusion_of) {
            Some(found) => {
                if !terms.exclusions.insert(found) {
                    wrong.add(&field, "is given twice");
                }
            }
            None => wrong.add(&field, "must be said"),
        }
    }
    for (i, number) in given.add_ons.iter().enumerate() {
        let field = format!("add_ons[{i}]");
        match known(&field, *number, wrong).and_then(add_on_of) {
            Some(found) => {
                if !terms.add_ons.insert(found) {
                    wrong.add(&field, "is given twice");
                }
            }
            None => wrong.add(&field, "must be said"),
        }
    }
}

/// Amounts and shares of terms; notes every one that cannot be read.
fn amounts(given: &pb::Terms, terms: &mut Terms, wrong: &mut Violations) {
    let mut amount = |field: &str, money: Option<&aftercare_api::google::r#type::Money>| {
        money.and_then(|money| wrong.take(field, wire::amount(money)))
    };
    terms.deductible = amount("deductible", given.deductible.as_ref());
    terms.cap = amount("cap", given.cap.as_ref());
    terms.annual_limit = amount("annual_limit", given.annual_limit.as_ref());
    terms.annual_deductible = amount("annual_deductible", given.annual_deductible.as_ref());
    terms.term_limit = amount("term_limit", given.term_limit.as_ref());
    if let Some(share) = &given.profit_share {
        terms.profit_share = wrong.take("profit_share", wire::exact(share)).unwrap_or_default();
    }
    if let Some(clause) = &given.index_escalation {
        terms.index = wrong.within("index_escalation", |wrong| index_of(clause, wrong));
        if given.annual_escalation.is_some() {
            wrong.add("index_escalation", "must not be given together with annual_escalation");
        }
    }
    if let Some(rate) = &given.annual_escalation {
        terms.annual_escalation =
            wrong.take("annual_escalation", wire::exact(rate)).unwrap_or_default();
    }
}

/// A clause from the wire; notes what cannot be read.
pub(crate) fn index_of(given: &pb::IndexEscalation, wrong: &mut Violations) -> Option<IndexClause> {
    wrong.take("index", check_id(&given.index));
    let month = wrong.required("base_month", given.base_month.as_ref());
    let month = month.and_then(|month| wrong.take("base_month", wire::civil_date(month)));
    let floor = match &given.floor {
        None => Some(Decimal::ZERO),
        Some(floor) => wrong.take("floor", wire::exact(floor)),
    };
    let cap = wrong.required("cap", given.cap.as_ref());
    let cap = cap.and_then(|cap| wrong.take("cap", wire::exact(cap)));
    let (index, base_month) = (given.index.clone(), month?);
    Some(IndexClause { index, base_month, floor: floor?, cap: cap?, lead: 0 })
}

/// How fees follow an index, with what is expected and published of it.
pub(crate) fn index(terms: &Terms) -> Option<pb::IndexEscalation> {
    terms.index.as_ref().map(|clause| pb::IndexEscalation {
        index: clause.index.clone(),
        base_month: Some(wire::date(clause.base_month)),
        floor: Some(wire::decimal(clause.floor)),
        cap: Some(wire::decimal(clause.cap)),
        expected_change: Some(wire::decimal(terms.annual_escalation)),
        published_changes: terms.index_changes.iter().copied().map(wire::decimal).collect(),
    })
}

/// Terms to the wire, every default filled in.
pub(crate) fn present(terms: &Terms) -> pb::Terms {
    let money = |amount: Option<Money>| amount.map(wire::money);
    pb::Terms {
        term_months: i32::try_from(terms.term_months).unwrap_or(i32::MAX),
        coverage: match terms.pricing_model {
            PricingModel::FullCoverage => coverage(terms.coverage).into(),
            PricingModel::FixedPrice | PricingModel::TimeAndMaterials => 0,
        },
        sla_policy: terms.sla_policy.clone(),
        response_time: (terms.pricing_model != PricingModel::TimeAndMaterials)
            .then(|| prost_types::Duration { seconds: terms.response_seconds.into(), nanos: 0 }),
        after_hours: hours(terms.after_hours).into(),
        deductible: money(terms.deductible),
        cap: money(terms.cap),
        annual_limit: money(terms.annual_limit),
        annual_escalation: terms.index.is_none().then(|| wire::decimal(terms.annual_escalation)),
        index_escalation: index(terms),
        exclusions: terms.exclusions.iter().map(|word| exclusion(*word).into()).collect(),
        add_ons: terms.add_ons.iter().map(|word| add_on(*word).into()).collect(),
        payment_schedule: payment(terms.payment_schedule).into(),
        automatic_renewal: terms.automatic_renewal,
        customer_inspections: terms.customer_inspections,
        planned_visits_per_year: terms
            .planned_visits_per_year
            .and_then(|visits| i32::try_from(visits).ok()),
        pricing_model: pricing_model(terms.pricing_model).into(),
        scope: terms.scope.as_ref().map(scope::present),
        notice_days: i32::try_from(terms.notice_days).ok(),
        annual_deductible: money(terms.annual_deductible),
        term_limit: money(terms.term_limit),
        profit_share: (!terms.profit_share.is_zero()).then(|| wire::decimal(terms.profit_share)),
        overtime_rates: terms.overtime.as_ref().map(risk_sharing::overtime),
        response_credit: terms.credit.as_ref().map(risk_sharing::credit),
        rounding_mode: rounding(terms.rounding).into(),
    }
}

/// A share strictly between two bounds.
pub(crate) fn share(
    field: &str,
    wire: &aftercare_api::google::r#type::Decimal,
    wrong: &mut Violations,
) -> Option<Decimal> {
    let value = wrong.take(field, wire::exact(wire))?;
    if value <= Decimal::ZERO || value >= Decimal::ONE {
        wrong.add(field, "must be above 0 and below 1");
        return None;
    }
    Some(value)
}

/// Terms of a service product, where what is silent is said by a quote; notes what can be in no quote.
pub(crate) fn check_product(given: &pb::Terms, wrong: &mut Violations) {
    let billed = [pb::PricingModel::TimeAndMaterials, pb::PricingModel::FixedPrice];
    let full = !billed.contains(&given.pricing_model());
    let mut whole = given.clone();
    if whole.term_months == 0 {
        whole.term_months = 12;
    }
    if whole.coverage == 0 && full {
        whole.coverage = pb::CoverageLevel::Full.into();
    }
    let amounts = [&given.deductible, &given.cap, &given.annual_limit, &given.annual_deductible];
    let said = amounts.into_iter().chain([&given.term_limit]).flatten();
    let currency = said.filter_map(|amount| Currency::parse(&amount.currency_code).ok()).next();
    parse(&whole, currency.unwrap_or(Currency::CNY), wrong);
}
