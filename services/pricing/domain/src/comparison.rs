//! The three pricing models of the same machines side by side: what the customer pays and what it costs us, as distributions.
//!
//! The failures are the same compound process under every model; what differs is who pays for which.

use crate::cost::{Basis, CELLS, Outcome, events, outcome};
use crate::lattice::LatticeError;
use crate::policy::Segment;
use crate::quote::offer::{beyond, billed_in_full};
use crate::quote::{CostFigures, QuoteError, QuoteInput, quote_with_outcome};
use crate::scope::FixedScope;
use crate::spectrum::SpectrumCache;
use crate::tariff::everything;
use crate::terms::{CoverageLevel, PricingModel, Terms};
use aftercare_kernel::money::Money;

mod retained;
use retained::retained;

/// The segments, with the part of the shortfall above the mean that weighs on each.
const AVERSIONS: [(Segment, f64); 3] =
    [(Segment::BasicNeeds, 0.0), (Segment::HandHolder, 0.25), (Segment::RiskAverse, 0.5)];

/// The level beyond which outcomes are bad.
const TAIL: f64 = 0.95;

/// A pricing model as a segment sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentView {
    /// Which.
    pub segment: Segment,
    /// Mean of what the customer pays plus the segment's part of what its shortfall has above the mean.
    pub certainty_equivalent: Money,
    /// Whether no other model has less.
    pub best: bool,
}

/// A pricing model on the quote's machines; amounts at present value but for the price.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// The terms that it was computed with.
    pub terms: Terms,
    /// The sum of the fees.
    pub price: Money,
    /// Expected bills beside the fees.
    pub billing: Money,
    /// Fees and bills, less what is given back.
    pub revenue: Money,
    /// What the customer pays.
    pub customer: CostFigures,
    /// What it costs us, whoever pays.
    pub ours: CostFigures,
    /// Our expected cost of failures.
    pub failures: Money,
    /// Expected margin as a share of revenue.
    pub margin: f64,
    /// Probability that we lose money.
    pub loss_probability: f64,
    /// As the segments see it.
    pub segments: Vec<SegmentView>,
    /// Whether no other model costs the customer less both on average and in bad outcomes.
    pub efficient: bool,
}

impl View {
    /// Whom it suits and why, for a person.
    #[must_use]
    pub fn explanation(&self) -> String {
        let who = match self.terms.pricing_model {
            PricingModel::TimeAndMaterials => "the customer bears every failure",
            PricingModel::FixedPrice => "we bear the scope, the customer what goes beyond it",
            PricingModel::FullCoverage => "we bear what the terms cover",
        };
        let bad = self.customer.quantiles.iter().find(|quantile| quantile.level == TAIL);
        let bad =
            bad.map_or_else(String::new, |q| format!(", {} in the worst twentieth", q.shortfall));
        let cost = format!("{who}: {} on average{bad}", self.customer.mean);
        let best = self.segments.iter().filter(|own| own.best);
        let suits: Vec<&str> = best.map(|own| needs(own.segment)).collect();
        match (suits.is_empty(), self.efficient) {
            (false, _) => format!("{cost}; suits a customer who {}", suits.join(", or ")),
            (true, true) => format!("{cost}; suits no segment best"),
            (true, false) => {
                format!("{cost}; another model costs less on average and in bad outcomes")
            }
        }
    }
}

const fn needs(segment: Segment) -> &'static str {
    match segment {
        Segment::Unknown => "is not known",
        Segment::RiskAverse => "wants certainty (RISK_AVERSE)",
        Segment::BasicNeeds => "wants the lowest cost on average (BASIC_NEEDS)",
        Segment::HandHolder => "wants to be looked after (HAND_HOLDER)",
    }
}

/// A model before it stands beside the others.
struct Draft {
    view: View,
    mean: f64,
    shortfall: f64,
}

/// All three models of a quote's machines: its own as it was asked for, the others as close to it as they can be.
///
/// # Errors
/// As [`crate::quote::quote`].
pub fn compare(input: &QuoteInput, cache: &mut SpectrumCache) -> Result<Vec<View>, QuoteError> {
    let models =
        [PricingModel::TimeAndMaterials, PricingModel::FixedPrice, PricingModel::FullCoverage];
    let mut drafts = Vec::with_capacity(models.len());
    for pricing_model in models {
        drafts.push(draft(&as_model(input, pricing_model), cache)?);
    }
    let points: Vec<(f64, f64)> = drafts.iter().map(|d| (d.mean, d.shortfall)).collect();
    let beaten = |(mean, bad): (f64, f64)| {
        points.iter().any(|(m, b)| *m <= mean && *b <= bad && (*m < mean || *b < bad))
    };
    let mut views = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let mut view = draft.view;
        view.efficient = !beaten((draft.mean, draft.shortfall));
        for (segment, part) in AVERSIONS {
            let worth = |(mean, bad): (f64, f64)| mean + part * (bad - mean);
            let own = worth((draft.mean, draft.shortfall));
            view.segments.push(SegmentView {
                segment,
                certainty_equivalent: input.policy.money(own)?,
                best: points.iter().all(|other| own <= worth(*other)),
            });
        }
        views.push(view);
    }
    Ok(views)
}

/// The same machines and promises under another model. A fixed price that nobody scoped holds the expected number of failures
/// and of planned visits; a full coverage that nobody asked for bears everything.
fn as_model(input: &QuoteInput, pricing_model: PricingModel) -> QuoteInput {
    if input.terms.pricing_model == pricing_model {
        return input.clone();
    }
    let mut terms = everything(&input.terms);
    terms.pricing_model = pricing_model;
    terms.coverage = CoverageLevel::Full;
    if pricing_model == PricingModel::FixedPrice {
        let found = events(&input.portfolio, &terms, &input.policy, Basis::ACTUAL);
        let count: f64 = found.iter().map(|e| e.count).sum();
        let asset = input.portfolio.assets.iter();
        let yearly: f64 = asset
            .map(|asset| terms.planned_visits_per_year.map_or(asset.visits_per_year, f64::from))
            .sum();
        let done = if terms.customer_inspections { 0.5 } else { 1.0 };
        let whole = |number: f64| number.round().clamp(0.0, 100_000.0) as u32;
        terms.scope = Some(FixedScope {
            repairs: whole(count).max(1),
            visits: whole(yearly * done * terms.years()),
            works: Vec::new(),
        });
        terms.planned_visits_per_year = None;
    }
    // A discount was given for the quote's own terms.
    QuoteInput { terms, discount: None, concession_of: None, ..input.clone() }
}

fn draft(input: &QuoteInput, cache: &mut SpectrumCache) -> Result<Draft, QuoteError> {
    let (quote, found) = quote_with_outcome(input, cache)?;
    let policy = &input.policy;
    let money = |amount: f64| policy.money(amount);
    let all = outcome(&input.portfolio, &everything(&input.terms), policy, CELLS, cache)?;
    let mut billed = match (input.terms.pricing_model, &input.terms.scope) {
        (PricingModel::TimeAndMaterials, _) => billed_in_full(input, cache)?,
        (_, Some(scope)) => beyond(input, scope.repairs, cache)?,
        _ => retained(input, cache)?,
    };
    let (fee, billing) = (quote.price.present_value, billed.mean());
    // What is given back of a saving is counted at its mean.
    billed.sure -= found.given_back;
    let customer = CostFigures::beside(
        fee + billed.sure,
        &billed.events,
        (billed.parameter_error, billed.count),
        policy,
    )?;
    let works = ordered_work(input, &found, cache)?;
    let ours = CostFigures::beside(
        found.planned_total() + works,
        &all.failures,
        (all.parameter_error, billed.count),
        policy,
    )?;
    let revenue = fee + billed.mean();
    let cost = found.planned_total() + works + all.failures.mean();
    let view = View {
        terms: input.terms.clone(),
        price: quote.price.price,
        billing: money(billing)?,
        revenue: money(revenue)?,
        customer,
        ours,
        failures: money(all.failures.mean())?,
        margin: if revenue > 0.0 { 1.0 - cost / revenue } else { f64::MIN },
        loss_probability: quote.price.loss_probability,
        segments: Vec::new(),
        efficient: false,
    };
    let shortfall = fee + billed.sure + billed.events.shortfall(TAIL);
    Ok(Draft { view, mean: revenue, shortfall })
}

/// What ordered work of a scope costs us on average.
fn ordered_work(
    input: &QuoteInput,
    found: &Outcome,
    cache: &mut SpectrumCache,
) -> Result<f64, LatticeError> {
    let Some(scope) = input.terms.scope.as_ref().filter(|scope| !scope.works.is_empty()) else {
        return Ok(0.0);
    };
    let bare = FixedScope { works: Vec::new(), ..scope.clone() };
    let terms = Terms { scope: Some(bare), ..input.terms.clone() };
    let without = outcome(&input.portfolio, &terms, &input.policy, CELLS, cache)?;
    Ok(found.failures.mean() - without.failures.mean())
}

#[cfg(test)]
mod tests;
