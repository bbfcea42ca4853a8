//! Quotes and contracts to the wire.

use super::failure_model::flags;
use super::{fx_rate, hour_bands, risk_sharing, terms};
use crate::convert::segment::{source, source_words};
use crate::store::quote::StoredQuote;
use crate::store::{etag, instant};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::currency::Currency;
use aftercare_kernel::money::{Money, MoneyError};
use aftercare_platform::database::StoreError;
use aftercare_platform::wire;
use aftercare_pricing_domain::approval::Approval;
use aftercare_pricing_domain::competitor::CompetitorPrice;
use aftercare_pricing_domain::contract::QuoteState;
use aftercare_pricing_domain::cost::Masses;
use aftercare_pricing_domain::explain::{Driver, DriverKind};
use aftercare_pricing_domain::price::{Fee, FeePlan};
use aftercare_pricing_domain::quote::{
    AddOnFigure, BilledRate, BillingFigures, CostFigures, Line, Quote, QuoteInput, TailPart,
};
use aftercare_pricing_domain::terms::Terms;
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// A quote to the wire.
pub(crate) fn present(stored: &StoredQuote) -> Result<pb::Quote, StoreError> {
    let (input, quote) = (&stored.input, &stored.quote);
    let models: BTreeSet<&String> = quote.lines.iter().map(|line| &line.failure_model).collect();
    let value = input.policy.money(quote.price.present_value);
    Ok(pb::Quote {
        name: stored.name(),
        customer: input.customer.clone(),
        start_date: Some(wire::date(input.start)),
        terms: Some(terms::present(&input.terms)),
        lines: quote.lines.iter().map(line).collect(),
        price: Some(wire::money(quote.price.price)),
        price_present_value: value.ok().map(wire::money),
        floor: Some(wire::money(quote.floor)),
        fees: fees(quote.fees(), &input.terms),
        fee_bounds: fee_bounds(input, quote.price.base)?,
        cost: Some(cost(&quote.cost)),
        planned_cost: Some(pb::PlannedCost {
            visits: Some(wire::money(quote.planned.visits)),
            readiness: Some(wire::money(quote.planned.readiness)),
            parts_pool: Some(wire::money(quote.planned.parts_pool)),
            overhead: Some(wire::money(quote.planned.overhead)),
            add_ons: quote.planned.add_ons.map(wire::money),
            inspection: quote.planned.inspection.map(wire::money),
        }),
        expected_margin: quote.price.margin,
        loss_probability: quote.price.loss_probability,
        drivers: stored.drivers.iter().map(driver).collect(),
        risk_rule_binds: quote.risk_rule_binds,
        state: state(stored.state).into(),
        segment: terms::segment(input.segment).into(),
        segment_source: source(stored.segment_source).into(),
        segment_explanation: source_words(stored.segment_source).to_owned(),
        service_product: stored.service_product.clone(),
        policy_version: i32::try_from(input.policy.version).unwrap_or(i32::MAX),
        failure_models: models.into_iter().filter(|name| !name.is_empty()).cloned().collect(),
        input_digest: digest(input)?,
        flags: flags(quote.flags.iter().copied()),
        valid_until_date: Some(wire::date(stored.valid_until)),
        create_time: Some(wire::timestamp(instant("pricing_quote", stored.create_time)?)),
        etag: etag(stored.revision),
        discount: input.discount.map(wire::decimal),
        concession_of: input.concession_of.clone().unwrap_or_default(),
        approval_demand: stored.approval.demand.as_ref().map(|demand| pb::ApprovalDemand {
            role: demand.role.clone().unwrap_or_default(),
            gap: Some(wire::money(demand.gap)),
            gap_share: Some(wire::decimal(demand.gap_share)),
            total_gap: Some(wire::money(demand.total_gap)),
            other_quotes: demand.other_quotes.clone(),
        }),
        approval: stored.approval.given.as_ref().map(approval).transpose()?,
        add_ons: quote.add_ons.iter().map(add_on).collect(),
        billing: quote.billing.as_ref().map(billing),
        response_credit_cost: quote.credits.as_ref().map(risk_sharing::credit_cost),
        fx_rates: input.portfolio.fx.iter().map(fx_rate::of_quote).collect(),
        hour_shares: hour_bands::shares(input),
        competitor_prices: stored.competitors.iter().map(|seen| competitor(seen, quote)).collect(),
    })
}

fn competitor(seen: &CompetitorPrice, quote: &Quote) -> pb::QuoteCompetitorPrice {
    pb::QuoteCompetitorPrice {
        competitor_price: seen.name.clone(),
        competitor: seen.competitor.clone(),
        region_code: seen.region_code.clone(),
        annual_price: Some(wire::money(seen.annual_price)),
        source: seen.source.clone(),
        observation_date: Some(wire::date(seen.observation_date)),
        price_ratio: seen.ratio(quote.price.base, quote.lines.len()).unwrap_or(0.0),
    }
}

fn billing(own: &BillingFigures) -> pb::QuoteBilling {
    let factor = |value: f64| Some(wire::decimal(decimal(value)));
    let rate = |rate: &BilledRate| pb::BilledRate {
        rate_card: rate.rate_card.clone(),
        labour_price_per_hour: Some(wire::money(rate.labour_per_hour)),
        journey_price: Some(wire::money(rate.journey)),
        parts_price_factor: factor(rate.parts_factor),
        evening_factor: factor(rate.bands[0]),
        weekend_factor: factor(rate.bands[1]),
        holiday_factor: factor(rate.bands[2]),
    };
    pb::QuoteBilling {
        rates: own.rates.iter().map(rate).collect(),
        expected_billing: Some(wire::money(own.expected)),
        customer_cost: Some(cost(&own.customer)),
    }
}

/// A factor as a decimal with six places.
fn decimal(value: f64) -> Decimal {
    Decimal::from_f64_retain(value).unwrap_or_default().round_dp(6).normalize()
}

fn add_on(own: &AddOnFigure) -> pb::QuoteAddOn {
    pb::QuoteAddOn {
        add_on: terms::add_on(own.add_on).into(),
        basis: terms::basis(own.per).into(),
        quantity: i32::try_from(own.quantity).unwrap_or(i32::MAX),
        annual_fee: Some(wire::money(own.annual_fee)),
        price: Some(wire::money(own.price)),
        cost: Some(wire::money(own.cost)),
    }
}

fn approval(given: &Approval) -> Result<pb::QuoteApproval, StoreError> {
    Ok(pb::QuoteApproval {
        principal: given.principal.clone(),
        role: given.role.clone(),
        reason: given.reason.clone(),
        approve_time: Some(wire::timestamp(instant("pricing_quote", given.time)?)),
    })
}

/// SHA-256 of a value as it is stored, hexadecimal.
pub(crate) fn digest(value: &impl serde::Serialize) -> Result<String, StoreError> {
    let text = crate::store::json("pricing_quote", value)?;
    Ok(hex::encode(Sha256::digest(text.as_bytes())))
}

fn line(line: &Line) -> pb::QuoteLine {
    pb::QuoteLine {
        asset: line.asset.clone(),
        product: line.product.clone(),
        age_years: line.age,
        expected_failures: line.failures,
        circumstance_factor: line.circumstance,
        history_factor: line.history,
        failure_cost: Some(wire::money(line.failure_cost)),
        planned_cost: Some(wire::money(line.planned_cost)),
        price: Some(wire::money(line.price)),
        tail_share: line.tail_share,
        tail_cost: line.tail_cost.map(wire::money),
        failure_model: line.failure_model.clone(),
        flags: flags(line.flags.iter().copied()),
    }
}

/// What each year's fee can be when it follows an index; empty when it follows none.
fn fee_bounds(input: &QuoteInput, base: Money) -> Result<Vec<pb::FeeBound>, StoreError> {
    let Some(clause) = &input.terms.index else { return Ok(Vec::new()) };
    let bound = |change| {
        let plan = FeePlan::spread(&input.terms.changing_by(change))?;
        plan.fees(base, input.start)
    };
    let both = bound(clause.floor).and_then(|low| Ok((low, bound(clause.cap)?)));
    let (low, high) = both.map_err(|cause| StoreError::corrupt("pricing_quote", cause))?;
    let bounds = low.iter().zip(&high).map(|(low, high)| pb::FeeBound {
        year: i32::try_from(low.year).unwrap_or(i32::MAX),
        lowest: Some(wire::money(low.fee)),
        highest: Some(wire::money(high.fee)),
    });
    Ok(bounds.collect())
}

pub(crate) fn fees(fees: &[Fee], terms: &Terms) -> Vec<pb::AnnualFee> {
    fees.iter()
        .map(|fee| pb::AnnualFee {
            year: i32::try_from(fee.year).unwrap_or(i32::MAX),
            due_date: Some(wire::date(fee.due)),
            fee: Some(wire::money(fee.fee)),
            kind: pb::BillingKind::Fee.into(),
            period: None,
            provisional: terms.provisional(fee.year),
        })
        .collect()
}

pub(crate) fn cost(cost: &CostFigures) -> pb::CostDistribution {
    pb::CostDistribution {
        mean: Some(wire::money(cost.mean)),
        standard_deviation: Some(wire::money(cost.deviation)),
        quantiles: cost
            .quantiles
            .iter()
            .map(|quantile| pb::CostQuantile {
                level: quantile.level,
                cost: Some(wire::money(quantile.cost)),
                expected_shortfall: Some(wire::money(quantile.shortfall)),
            })
            .collect(),
        curve: cost
            .curve
            .iter()
            .map(|point| pb::CostCurvePoint {
                cost: Some(wire::money(point.cost)),
                density: point.density,
                cumulative: point.cumulative,
            })
            .collect(),
        truncated_mass: cost.truncated_mass,
        truncated_mean: Some(wire::money(cost.truncated_mean)),
        lattice_step: Some(wire::money(cost.step)),
        lattice_cells: i32::try_from(cost.cells).unwrap_or(i32::MAX),
        parameter_standard_error: Some(wire::money(cost.parameter_error)),
        expected_failures: cost.failures,
    }
}

/// A distribution cell by cell to the wire.
pub(crate) fn probabilities(
    own: &Masses,
    currency: Currency,
) -> Result<pb::CostProbabilities, MoneyError> {
    let money = |amount: f64| Money::from_model(amount, currency).map(wire::money).map(Some);
    Ok(pb::CostProbabilities {
        sure_cost: money(own.sure)?,
        lattice_step: Some(wire::decimal(decimal(own.step))),
        first_cell: i32::try_from(own.first).unwrap_or(i32::MAX),
        probabilities: own.masses.clone(),
        omitted_mass: own.omitted,
        truncated_mass: own.truncated,
        mean: money(own.mean)?,
    })
}

/// A machine's part of the bad outcomes to the wire.
pub(crate) fn contribution(own: &TailPart) -> pb::TailContribution {
    pb::TailContribution {
        asset: own.asset.clone(),
        cost: Some(wire::money(own.cost)),
        share: own.share,
        explanation: own.explanation(),
    }
}

/// A driver to the wire.
pub(crate) fn driver(driver: &Driver) -> pb::Driver {
    pb::Driver {
        kind: driver_kind(driver.kind).into(),
        amount: Some(wire::money(driver.amount)),
        explanation: driver.explanation.clone(),
    }
}

const fn driver_kind(kind: DriverKind) -> pb::DriverKind {
    match kind {
        DriverKind::Base => pb::DriverKind::Base,
        DriverKind::Age => pb::DriverKind::Age,
        DriverKind::Environment => pb::DriverKind::Environment,
        DriverKind::Duty => pb::DriverKind::Duty,
        DriverKind::Region => pb::DriverKind::Region,
        DriverKind::History => pb::DriverKind::History,
        DriverKind::Response => pb::DriverKind::Response,
        DriverKind::Coverage => pb::DriverKind::Coverage,
        DriverKind::AfterHours => pb::DriverKind::AfterHours,
        DriverKind::Terms => pb::DriverKind::Terms,
        DriverKind::Inflation => pb::DriverKind::Inflation,
        DriverKind::AnnualLimit => pb::DriverKind::AnnualLimit,
        DriverKind::Margin => pb::DriverKind::Margin,
        DriverKind::RiskLoad => pb::DriverKind::RiskLoad,
        DriverKind::Payment => pb::DriverKind::Payment,
        DriverKind::Discount => pb::DriverKind::Discount,
        DriverKind::Rounding => pb::DriverKind::Rounding,
        DriverKind::ProfitShare => pb::DriverKind::ProfitShare,
        DriverKind::AddOns => pb::DriverKind::AddOns,
        DriverKind::Scope => pb::DriverKind::Scope,
        DriverKind::Inspection => pb::DriverKind::Inspection,
        DriverKind::Uncertainty => pb::DriverKind::Uncertainty,
        DriverKind::ResponseCredit => pb::DriverKind::ResponseCredit,
    }
}

const fn state(state: QuoteState) -> pb::QuoteState {
    match state {
        QuoteState::Quoted => pb::QuoteState::Quoted,
        QuoteState::AwaitingApproval => pb::QuoteState::AwaitingApproval,
        QuoteState::Offered => pb::QuoteState::Offered,
        QuoteState::Accepted => pb::QuoteState::Accepted,
        QuoteState::Declined => pb::QuoteState::Declined,
    }
}
