//! What each lever could be moved to, from the terms as they are.

use super::Lever;
use crate::escalation::IndexClause;
use crate::policy::{PricingPolicy, model};
use crate::terms::{AfterHours, CoverageLevel, Exclusion, PaymentSchedule, Terms};
use aftercare_kernel::money::Money;
use rust_decimal::Decimal;

/// One position of a lever.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The lever.
    pub lever: Lever,
    /// How many of its smallest steps away from the terms as they are.
    pub steps: f64,
    /// What it was, for a person.
    pub from: String,
    /// What it becomes.
    pub to: String,
    change: Change,
}

#[derive(Debug, Clone, PartialEq)]
enum Change {
    Response(u32),
    Coverage(CoverageLevel),
    Deductible(Money),
    Cap(Money),
    Hours(AfterHours),
    Exclusions,
    Term(u32),
    Escalation(Decimal),
    Index(IndexOffer),
    Prepaid,
    Inspections,
    Renewal,
    NoCredit,
}

/// A fee that follows an index, as it may be offered instead of a fixed escalation.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexOffer {
    /// The clause.
    pub clause: IndexClause,
    /// What the index is expected to change by in a year, before the collar.
    pub expected: Decimal,
    /// Changes that are published already, within the collar.
    pub published: Vec<Decimal>,
}

impl IndexOffer {
    /// Puts the clause into terms, as a quote on the index would have it: after any change of their length.
    pub fn apply(&self, terms: &mut Terms) {
        terms.annual_escalation = self.clause.collared(self.expected);
        terms.index = Some(self.clause.clone());
        terms.index_changes =
            self.published.iter().copied().take(terms.changes() as usize).collect();
    }

    fn said(&self) -> String {
        format!(
            "escalation by {} within {} and {} %, {} % expected",
            self.clause.index,
            percent(self.clause.floor),
            percent(self.clause.cap),
            percent(self.clause.collared(self.expected))
        )
    }
}

impl Choice {
    /// Changes the terms.
    pub fn apply(&self, terms: &mut Terms) {
        match &self.change {
            Change::Response(seconds) => terms.response_seconds = *seconds,
            Change::Coverage(level) => terms.coverage = *level,
            Change::Deductible(amount) => terms.deductible = Some(*amount),
            Change::Cap(amount) => terms.cap = Some(*amount),
            Change::Hours(hours) => terms.after_hours = *hours,
            Change::Exclusions => terms.exclusions.extend(OFFERED_EXCLUSIONS),
            Change::Term(months) => {
                terms.term_months = *months;
                terms.automatic_renewal = true;
            }
            Change::Escalation(rate) => terms.annual_escalation = *rate,
            Change::Index(offer) => offer.apply(terms),
            Change::Prepaid => terms.payment_schedule = PaymentSchedule::Prepaid,
            Change::Inspections => terms.customer_inspections = true,
            Change::Renewal => terms.automatic_renewal = true,
            Change::NoCredit => terms.credit = None,
        }
    }
}

/// Response times that are sold, hours.
const RESPONSES: [u32; 6] = [2, 4, 8, 24, 48, 72];

/// Exclusions that are offered together: causes that the customer has in its own hand.
const OFFERED_EXCLUSIONS: [Exclusion; 3] =
    [Exclusion::Misuse, Exclusion::ThirdPartyRepair, Exclusion::PowerOff];

/// Every position of every allowed lever; `event_cost` is what a typical event costs, major units; `index` is what a fee may
/// follow instead of a fixed escalation.
#[must_use]
pub fn choices(
    terms: &Terms,
    policy: &PricingPolicy,
    allowed: &[Lever],
    event_cost: f64,
    index: Option<&IndexOffer>,
) -> Vec<Vec<Choice>> {
    Lever::ALL
        .into_iter()
        .filter(|lever| policy.concession_levers.contains(lever))
        .filter(|lever| allowed.is_empty() || allowed.contains(lever))
        .map(|lever| of_lever(lever, terms, policy, event_cost, index))
        .filter(|choices| !choices.is_empty())
        .collect()
}

fn of_lever(
    lever: Lever,
    terms: &Terms,
    policy: &PricingPolicy,
    event_cost: f64,
    index: Option<&IndexOffer>,
) -> Vec<Choice> {
    let changes: Vec<(Change, String)> = match lever {
        Lever::ResponseTime => responses(terms),
        Lever::Coverage => coverages(terms),
        Lever::Deductible => deductibles(terms, policy, event_cost),
        Lever::Cap => caps(terms, policy, event_cost),
        Lever::AfterHours => hours(terms),
        Lever::Exclusions => exclusions(terms),
        Lever::Term => terms_ahead(terms),
        Lever::Escalation => escalations(terms, index),
        Lever::Prepayment => prepayment(terms),
        Lever::Inspections => inspections(terms),
        Lever::AutomaticRenewal => renewal(terms),
        Lever::ResponseCredit => no_credit(terms),
    };
    let from = position(lever, terms);
    changes
        .into_iter()
        .zip(1_u32..)
        .map(|((change, to), steps)| {
            let steps = match &change {
                Change::Index(offer) => escalation_steps(terms, offer),
                _ => f64::from(steps),
            };
            Choice { lever, steps, from: from.clone(), to, change }
        })
        .collect()
}

/// Where a lever stands, for a person.
fn position(lever: Lever, terms: &Terms) -> String {
    let amount = |money: Option<Money>| money.map_or_else(|| "none".to_owned(), |m| m.to_string());
    match lever {
        Lever::ResponseTime => format!("{:.0} h response", terms.response_hours()),
        Lever::Coverage => coverage_name(terms.coverage).to_owned(),
        Lever::Deductible => format!("deductible {}", amount(terms.deductible)),
        Lever::Cap => format!("cap {}", amount(terms.cap)),
        Lever::AfterHours => hours_name(terms.after_hours).to_owned(),
        Lever::Exclusions => format!("{} exclusions", terms.exclusions.len()),
        Lever::Term => format!("{} months", terms.term_months),
        Lever::Escalation => format!("{} % escalation", percent(terms.annual_escalation)),
        Lever::Prepayment => "paid year by year".to_owned(),
        Lever::Inspections => "inspections by us".to_owned(),
        Lever::AutomaticRenewal => "an end without notice".to_owned(),
        Lever::ResponseCredit => "credits for late responses".to_owned(),
    }
}

fn percent(rate: Decimal) -> Decimal {
    (rate * Decimal::ONE_HUNDRED).normalize()
}

const fn coverage_name(level: CoverageLevel) -> &'static str {
    match level {
        CoverageLevel::LabourOnly => "labour only",
        CoverageLevel::SharedParts => "half of the parts",
        CoverageLevel::LabourAndParts => "parts without consumables",
        CoverageLevel::Full => "full coverage",
    }
}

const fn hours_name(hours: AfterHours) -> &'static str {
    match hours {
        AfterHours::BusinessHours => "business hours",
        AfterHours::Extended => "evenings and Saturdays",
        AfterHours::RoundTheClock => "round the clock",
    }
}

fn responses(terms: &Terms) -> Vec<(Change, String)> {
    RESPONSES
        .into_iter()
        .filter(|hours| hours * 3600 > terms.response_seconds)
        .take(2)
        .map(|hours| (Change::Response(hours * 3600), format!("{hours} h response")))
        .collect()
}

fn coverages(terms: &Terms) -> Vec<(Change, String)> {
    [CoverageLevel::LabourAndParts, CoverageLevel::SharedParts, CoverageLevel::LabourOnly]
        .into_iter()
        .filter(|level| *level < terms.coverage)
        .take(2)
        .map(|level| (Change::Coverage(level), coverage_name(level).to_owned()))
        .collect()
}

fn deductibles(terms: &Terms, policy: &PricingPolicy, event_cost: f64) -> Vec<(Change, String)> {
    let least = terms.deductible.map_or(0.0, |m| model(m.amount()));
    round_amounts([0.1, 0.2, 0.4].map(|share| share * event_cost), policy)
        .into_iter()
        .filter(|amount| model(amount.amount()) > least)
        .map(|amount| (Change::Deductible(amount), format!("deductible {amount}")))
        .collect()
}

fn caps(terms: &Terms, policy: &PricingPolicy, event_cost: f64) -> Vec<(Change, String)> {
    let most = terms.cap.map_or(f64::INFINITY, |m| model(m.amount()));
    round_amounts([5.0, 2.5].map(|share| share * event_cost), policy)
        .into_iter()
        .filter(|amount| model(amount.amount()) < most)
        .map(|amount| (Change::Cap(amount), format!("cap {amount}")))
        .collect()
}

/// Amounts rounded to 1, 2 or 5 times a power of ten, each once.
fn round_amounts<const N: usize>(amounts: [f64; N], policy: &PricingPolicy) -> Vec<Money> {
    let mut rounded: Vec<Money> = Vec::new();
    for amount in amounts.into_iter().filter(|amount| amount.is_finite() && *amount >= 1.0) {
        let decade = 10.0_f64.powf(amount.log10().floor());
        let mantissa = match amount / decade {
            m if m < 1.5 => 1.0,
            m if m < 3.5 => 2.0,
            m if m < 7.5 => 5.0,
            _ => 10.0,
        };
        if let Ok(money) = Money::from_model(mantissa * decade, policy.currency)
            && !rounded.contains(&money)
        {
            rounded.push(money);
        }
    }
    rounded
}

fn hours(terms: &Terms) -> Vec<(Change, String)> {
    [AfterHours::Extended, AfterHours::BusinessHours]
        .into_iter()
        .filter(|hours| *hours < terms.after_hours)
        .map(|hours| (Change::Hours(hours), hours_name(hours).to_owned()))
        .collect()
}

fn exclusions(terms: &Terms) -> Vec<(Change, String)> {
    if OFFERED_EXCLUSIONS.iter().all(|exclusion| terms.exclusions.contains(exclusion)) {
        return Vec::new();
    }
    vec![(Change::Exclusions, "without misuse, repairs by others, power off".to_owned())]
}

fn terms_ahead(terms: &Terms) -> Vec<(Change, String)> {
    [12, 24]
        .into_iter()
        .map(|more| terms.term_months + more)
        .filter(|months| *months <= 120)
        .map(|months| (Change::Term(months), format!("{months} months, renewing itself")))
        .collect()
}

/// Fixed rates of escalation that are offered, a step apart.
const ESCALATIONS: [Decimal; 2] =
    [Decimal::from_parts(2, 0, 0, false, 2), Decimal::from_parts(4, 0, 0, false, 2)];

fn escalations(terms: &Terms, index: Option<&IndexOffer>) -> Vec<(Change, String)> {
    if terms.index.is_some() || terms.term_months <= 12 {
        return Vec::new();
    }
    let fixed = ESCALATIONS
        .into_iter()
        .filter(|rate| *rate > terms.annual_escalation)
        .map(|rate| (Change::Escalation(rate), format!("{} % escalation", percent(rate))));
    let index = index
        .filter(|offer| offer.clause.collared(offer.expected) > terms.annual_escalation)
        .map(|offer| (Change::Index(offer.clone()), offer.said()));
    fixed.chain(index).collect()
}

/// An index is as far away as its expected change, in steps of the fixed rates.
fn escalation_steps(terms: &Terms, offer: &IndexOffer) -> f64 {
    let more = offer.clause.collared(offer.expected) - terms.annual_escalation;
    model(more) / model(ESCALATIONS[0])
}

fn prepayment(terms: &Terms) -> Vec<(Change, String)> {
    let already = terms.payment_schedule == PaymentSchedule::Prepaid || terms.term_months <= 12;
    if already { Vec::new() } else { vec![(Change::Prepaid, "paid in advance".to_owned())] }
}

fn inspections(terms: &Terms) -> Vec<(Change, String)> {
    if terms.customer_inspections {
        return Vec::new();
    }
    vec![(Change::Inspections, "routine inspections by the customer".to_owned())]
}

fn renewal(terms: &Terms) -> Vec<(Change, String)> {
    if terms.automatic_renewal {
        return Vec::new();
    }
    vec![(Change::Renewal, "automatic renewal".to_owned())]
}

fn no_credit(terms: &Terms) -> Vec<(Change, String)> {
    let credit = terms.credit.map(|_| (Change::NoCredit, "no credits for late responses".into()));
    credit.into_iter().collect()
}
