//! The exact search: every combination is evaluated, what keeps to policy is kept, what is dominated is left out.

use super::choices::{Choice, IndexOffer, choices};
use crate::add_on::Sold;
use crate::aggregate::Distribution;
use crate::cost::{Basis, Lateness, Outcome, Planned, events, outcome_with, planned};
use crate::policy::model;
use crate::price::{FeePlan, Requirement, uncertainty_load};
use crate::quote::{QuoteError, QuoteInput, quote_with_outcome};
use crate::spectrum::SpectrumCache;
use crate::terms::{PricingModel, Terms};
use aftercare_kernel::fault::Violations;
use aftercare_kernel::money::{Money, MoneyError};
use std::collections::HashMap;
use std::rc::Rc;

/// What the customer wants to pay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// A price for the original contract.
    Price(Money),
    /// A share off the quote's price.
    Discount(f64),
}

/// One change of terms with what it alone does to our cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// The change.
    pub choice: Choice,
    /// Change of expected cost at present value, scaled to the original contract.
    pub cost_change: Money,
}

/// A set of term changes that pays for the target.
#[derive(Debug, Clone, PartialEq)]
pub struct Concession {
    /// The changes.
    pub changes: Vec<Made>,
    /// All terms after them.
    pub terms: Terms,
    /// The lowest price that keeps to policy, scaled to the original contract.
    pub price: Money,
    /// The changed contract's price, sold at the target.
    pub contract_price: Money,
    /// Expected cost of the changed contract, present value.
    pub mean_cost: Money,
    /// Expected margin at the target.
    pub margin: f64,
    /// Probability of a loss at the target.
    pub loss_probability: f64,
    /// What the customer gives up, points.
    pub value_loss: f64,
    /// Why, for a person.
    pub explanation: String,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The price that was asked for.
    pub target: Money,
    /// The Pareto set, the least loss of value first.
    pub concessions: Vec<Concession>,
    /// Combinations evaluated.
    pub evaluated: usize,
    /// Combinations that keep to policy.
    pub feasible: usize,
    /// Size of the whole Pareto set.
    pub pareto: usize,
    /// What the target does to unchanged terms.
    pub unchanged: Concession,
}

/// Lattice cells of a search.
const CELLS: usize = 1024;

/// One combination, evaluated.
struct Candidate {
    picks: Vec<usize>,
    price: f64,
    risk: f64,
    loss: f64,
}

/// Searches every combination of the allowed levers; the fee may be let follow an index instead of a fixed escalation.
///
/// # Errors
/// As [`crate::quote::quote`].
pub fn find(
    input: &QuoteInput,
    target: Target,
    (allowed, index): (&[super::Lever], Option<&IndexOffer>),
    most: usize,
    cache: &mut SpectrumCache,
) -> Result<Found, QuoteError> {
    if input.terms.pricing_model != PricingModel::FullCoverage {
        return Err(QuoteError::NoConcessions);
    }
    let (quote, found) = quote_with_outcome(input, cache)?;
    let target = match target {
        Target::Price(price) => price,
        Target::Discount(share) => {
            input.policy.money(model(quote.price.price.amount()) * (1.0 - share))?
        }
    };
    let levers = choices(&input.terms, &input.policy, allowed, event_cost(input), index);
    let mut search = Search {
        input,
        cache,
        levers,
        base: model(quote.price.base.amount()),
        price: model(quote.price.price.amount()),
        target: model(target.amount()),
        failures: HashMap::new(),
        planned: HashMap::new(),
    };
    let (mut candidates, evaluated) = search.every_combination()?;
    let feasible = candidates.len();
    candidates.sort_by(|a, b| {
        a.loss.total_cmp(&b.loss).then(a.price.total_cmp(&b.price)).then(a.risk.total_cmp(&b.risk))
    });
    let front = pareto(candidates);
    let original = found.mean();
    let concessions = front
        .iter()
        .take(most)
        .map(|candidate| search.describe(&candidate.picks, original))
        .collect::<Result<_, _>>()?;
    let unchanged = search.describe(&[], original)?;
    Ok(Found { target, concessions, evaluated, feasible, pareto: front.len(), unchanged })
}

/// What a typical event costs before terms.
fn event_cost(input: &QuoteInput) -> f64 {
    let found = events(&input.portfolio, &input.terms, &input.policy, Basis::ACTUAL);
    let count: f64 = found.iter().map(|e| e.count).sum();
    let cost: f64 = found.iter().map(|e| e.count * e.cost.gross.mean()).sum();
    if count > 0.0 { cost / count } else { 0.0 }
}

/// What no other beats in price, risk and loss of value; sorted by loss, so that only earlier ones can beat a later one.
fn pareto(candidates: Vec<Candidate>) -> Vec<Candidate> {
    let mut front: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        let beaten = front
            .iter()
            .any(|other| other.price <= candidate.price && other.risk <= candidate.risk);
        if !beaten {
            front.push(candidate);
        }
    }
    front
}

struct Search<'a> {
    input: &'a QuoteInput,
    cache: &'a mut SpectrumCache,
    levers: Vec<Vec<Choice>>,
    /// Fee of a full first year of the quote.
    base: f64,
    /// Its price.
    price: f64,
    /// The price that is asked for.
    target: f64,
    /// Failure cost by the terms that it depends on.
    failures: HashMap<String, Rc<Failures>>,
    /// Planned cost without the parts pool by the terms that it depends on.
    planned: HashMap<String, f64>,
}

struct Failures {
    distribution: Distribution,
    pool: f64,
    parameter_error: f64,
}

/// A contract under changed terms, at the target.
struct Evaluation {
    mean: f64,
    /// Lowest present value that keeps to policy.
    required: f64,
    /// Present value at the target.
    offered: f64,
    annuity: f64,
    risk: f64,
}

impl Search<'_> {
    /// Every combination that keeps margin and risk at policy for the target, and how many there were.
    fn every_combination(&mut self) -> Result<(Vec<Candidate>, usize), QuoteError> {
        let mut kept = Vec::new();
        let mut evaluated = 0;
        let mut picks = vec![0; self.levers.len()];
        loop {
            let terms = self.terms(&picks);
            let mut wrong = Violations::new();
            terms.check(self.input.policy.currency, &mut wrong);
            if wrong.is_empty() && picks.iter().any(|pick| *pick > 0) {
                evaluated += 1;
                let found = self.evaluate(&terms)?;
                if found.required <= found.offered {
                    let price = found.required / found.annuity / self.base * self.price;
                    kept.push(Candidate {
                        picks: picks.clone(),
                        price,
                        risk: found.risk,
                        loss: self.loss(&picks),
                    });
                }
            }
            let Some(lever) = (0..picks.len()).find(|i| picks[*i] < self.levers[*i].len()) else {
                return Ok((kept, evaluated));
            };
            picks[lever] += 1;
            picks[..lever].fill(0);
        }
    }

    fn picked(&self, picks: &[usize]) -> impl Iterator<Item = &Choice> {
        let chosen = picks.iter().zip(&self.levers);
        chosen
            .filter_map(|(pick, choices)| choices.get(pick.checked_sub(1)?))
            .collect::<Vec<_>>()
            .into_iter()
    }

    fn terms(&self, picks: &[usize]) -> Terms {
        let mut terms = self.input.terms.clone();
        self.picked(picks).for_each(|choice| choice.apply(&mut terms));
        terms
    }

    fn loss(&self, picks: &[usize]) -> f64 {
        let (policy, segment) = (&self.input.policy, self.input.segment);
        self.picked(picks)
            .map(|choice| policy.lever_weight(segment, choice.lever) * choice.steps)
            .sum()
    }

    fn evaluate(&mut self, terms: &Terms) -> Result<Evaluation, QuoteError> {
        let failures = self.failures_of(terms)?;
        let planned = self.planned_of(terms) + failures.pool;
        let policy = &self.input.policy;
        let mean = failures.distribution.mean() + planned;
        let level = 1.0 - model(policy.max_loss_probability);
        let annuity = FeePlan::of(terms, policy)?.annuity();
        let sold = Sold::of(&self.input.portfolio, terms, policy, annuity);
        let (add_ons, cost) = (sold.annual() * annuity, sold.cost());
        let requirement = Requirement {
            by_margin: (mean - cost) / (1.0 - model(policy.target_margin)) + add_ons,
            by_risk: planned + failures.distribution.quantile(level),
            add_ons,
            uncertainty: uncertainty_load(failures.parameter_error, policy),
        };
        let offered = self.base * self.target / self.price * annuity;
        Ok(Evaluation {
            mean,
            required: requirement.present_value(),
            offered,
            annuity,
            risk: failures.distribution.exceedance(offered - planned),
        })
    }

    /// Response, escalation, payment and inspections leave failures as they are; credits for late responses follow the fee, and
    /// are counted at the one that is asked for.
    fn failures_of(&mut self, terms: &Terms) -> Result<Rc<Failures>, QuoteError> {
        let credit = terms.credit.map(|credit| {
            (credit, terms.annual_escalation, &terms.index_changes, terms.payment_schedule)
        });
        let key = format!(
            "{credit:?} {:?} {:?} {:?} {:?} {:?} {}",
            terms.coverage,
            terms.deductible,
            terms.cap,
            terms.after_hours,
            terms.exclusions,
            terms.term_months
        );
        if let Some(found) = self.failures.get(&key) {
            return Ok(Rc::clone(found));
        }
        let (portfolio, policy) = (&self.input.portfolio, &self.input.policy);
        let fee = self.base * self.target / self.price;
        let late = Lateness::of(portfolio, terms, policy, self.cache)?;
        let late = late.as_ref().map(|late| (late, fee));
        let found: Outcome = outcome_with(portfolio, terms, policy, late, CELLS, self.cache)?;
        let pool = found.planned.iter().map(|planned| planned.parts_pool).sum();
        let made = Rc::new(Failures {
            distribution: found.failures,
            pool,
            parameter_error: found.parameter_error,
        });
        self.failures.insert(key, Rc::clone(&made));
        Ok(made)
    }

    fn planned_of(&mut self, terms: &Terms) -> f64 {
        let key = format!(
            "{} {:?} {} {} {}",
            terms.response_seconds,
            terms.coverage,
            terms.customer_inspections,
            terms.automatic_renewal,
            terms.term_months
        );
        if let Some(found) = self.planned.get(&key) {
            return *found;
        }
        let none = vec![0.0; self.input.portfolio.assets.len()];
        let by_asset =
            planned(&self.input.portfolio, terms, &self.input.policy, Basis::ACTUAL, &none);
        let total = by_asset.iter().map(Planned::total).sum();
        self.planned.insert(key, total);
        total
    }

    fn describe(&mut self, picks: &[usize], original: f64) -> Result<Concession, QuoteError> {
        let (input, currency) = (self.input, self.input.policy.currency);
        let money = |amount: f64| input.policy.money(amount);
        let terms = self.terms(picks);
        let found = self.evaluate(&terms)?;
        let first = self.evaluate(&self.input.terms.clone())?;
        let mut changes = Vec::new();
        for (lever, pick) in picks.iter().enumerate().filter(|(_, pick)| **pick > 0) {
            let mut alone = vec![0; self.levers.len()];
            alone[lever] = *pick;
            let changed = self.evaluate(&self.terms(&alone))?;
            let change = changed.mean / changed.annuity * first.annuity - first.mean;
            let Some(choice) = self.levers[lever].get(pick - 1) else { continue };
            changes.push(Made { choice: choice.clone(), cost_change: money(change)? });
        }
        let margin = 1.0 - found.mean / found.offered;
        let plan = FeePlan::of(&terms, &self.input.policy)?;
        let fees = plan.fees(money(self.base * self.target / self.price)?, self.input.start)?;
        let contract_price =
            fees.iter().try_fold(Money::zero(currency), |sum, fee| sum.checked_add(fee.fee))?;
        let explanation = explain(&changes, &found, margin, original, first.annuity, self.input)?;
        Ok(Concession {
            changes,
            price: money(found.required / found.annuity / self.base * self.price)?,
            contract_price,
            mean_cost: money(found.mean)?,
            margin,
            loss_probability: found.risk,
            value_loss: self.loss(picks),
            explanation,
            terms,
        })
    }
}

fn explain(
    changes: &[Made],
    found: &Evaluation,
    margin: f64,
    original: f64,
    annuity: f64,
    input: &QuoteInput,
) -> Result<String, MoneyError> {
    let policy = &input.policy;
    let margins = format!(
        "margin {:.1} % (policy {:.1} %), chance of a loss {:.1} % (policy at most {:.1} %)",
        100.0 * margin,
        100.0 * model(policy.target_margin),
        100.0 * found.risk,
        100.0 * model(policy.max_loss_probability),
    );
    if changes.is_empty() {
        return Ok(format!("refused: a lower price without any change of terms leaves {margins}"));
    }
    let saved = original - found.mean / found.annuity * annuity;
    let saved = policy.money(saved)?;
    let steps: Vec<String> = changes
        .iter()
        .map(|made| format!("{} instead of {}", made.choice.to, made.choice.from))
        .collect();
    Ok(format!("{}: worth {saved} to us at present value; {margins}", steps.join(", ")))
}

#[cfg(test)]
mod tests;
