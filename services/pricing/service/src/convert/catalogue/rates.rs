//! Rate cards as the domain's.

use crate::convert::hour_bands;
use crate::convert::terms::{add_on_of, basis_of, known};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::google::r#type::{Date as PbDate, Decimal as PbDecimal, Money as PbMoney};
use aftercare_kernel::currency::Currency;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::period::Period;
use aftercare_kernel::region::RegionCode;
use aftercare_platform::wire;
use aftercare_pricing_domain::add_on::AddOnRate;
use aftercare_pricing_domain::policy::{PricingPolicy, model};
use aftercare_pricing_domain::rate_card::{RateCard, Rates, SoldRates};
use rust_decimal::Decimal;

/// A stored rate card; none if it is in another currency than the policy.
pub(crate) fn rate_card(wire: &pb::RateCard, policy: &PricingPolicy) -> Option<RateCard> {
    converted_card(wire, policy, (policy.currency, Decimal::ONE))
}

/// The currency of a stored rate card: all its amounts have the same.
pub(crate) fn currency_of(wire: &pb::RateCard) -> Option<Currency> {
    wire::amount(wire.labour_cost_per_hour.as_ref()?).ok().map(|amount| amount.currency())
}

/// A stored rate card in a currency of which a unit is worth that much in the policy's.
pub(crate) fn converted_card(
    wire: &pb::RateCard,
    policy: &PricingPolicy,
    worth: (Currency, Decimal),
) -> Option<RateCard> {
    let standard = policy.default_rates();
    let of = |amount: Option<&PbMoney>| in_currency(amount, worth);
    let number = |value: Option<&PbDecimal>| value.and_then(|v| wire::exact(v).ok()).map(model);
    let mut readiness: Vec<(f64, f64)> = wire
        .readiness_costs
        .iter()
        .filter_map(|cost| {
            let seconds = cost.response_time.as_ref()?.seconds;
            Some((seconds as f64 / 3600.0, of(cost.cost_per_year.as_ref())?))
        })
        .collect();
    readiness.sort_by(|a, b| a.0.total_cmp(&b.0));
    if readiness.is_empty() {
        readiness = standard.readiness;
    }
    let period = wire.valid_period.as_ref().and_then(|period| {
        let start = wire::civil_date(period.start_date.as_ref()?).ok()?;
        let end = period.end_date.as_ref().and_then(|end| wire::civil_date(end).ok());
        Period::new(start, end).ok()
    });
    Some(RateCard {
        region: RegionCode::parse(&wire.region_code).ok(),
        period,
        rates: Rates {
            rate_card: wire.name.clone(),
            labour_per_hour: of(wire.labour_cost_per_hour.as_ref())?,
            travel_per_visit: of(wire.travel_cost_per_visit.as_ref())?,
            travel_hours: number(wire.travel_hours_per_visit.as_ref()).unwrap_or(0.0),
            evening_factor: number(wire.evening_factor.as_ref()).unwrap_or(standard.evening_factor),
            weekend_factor: number(wire.weekend_factor.as_ref()).unwrap_or(standard.weekend_factor),
            holiday_factor: number(wire.holiday_factor.as_ref()).unwrap_or(standard.holiday_factor),
            readiness,
            planned_visit: of(wire.planned_visit_cost.as_ref()),
            inflation: number(wire.cost_inflation.as_ref()),
            add_ons: wire.add_on_rates.iter().filter_map(|own| add_on_rate(own, worth)).collect(),
            sold: SoldRates {
                labour_per_hour: of(wire.labour_price_per_hour.as_ref()),
                travel_per_visit: of(wire.travel_price_per_visit.as_ref()),
                parts_factor: number(wire.parts_price_factor.as_ref()),
            },
            parts_factor: 1.0,
            bands: None,
        },
        // What is stored was checked when it came in.
        hours: wire
            .hour_bands
            .as_ref()
            .and_then(|own| hour_bands::parse(own, &mut Violations::new())),
    })
}

fn add_on_rate(wire: &pb::AddOnRate, worth: (Currency, Decimal)) -> Option<AddOnRate> {
    let avoided = wire.avoided_failure_share.as_ref();
    Some(AddOnRate {
        add_on: add_on_of(wire.add_on())?,
        per: basis_of(wire.basis())?,
        cost: in_currency(wire.cost.as_ref(), worth)?,
        price: in_currency(wire.price.as_ref(), worth),
        avoided: avoided.and_then(|share| wire::exact(share).ok()).map_or(0.0, model),
    })
}

/// An amount of a currency times what a unit of it is worth; none in another currency, or beyond any decimal.
fn in_currency(amount: Option<&PbMoney>, (currency, worth): (Currency, Decimal)) -> Option<f64> {
    let amount = wire::amount(amount?).ok().filter(|amount| amount.currency() == currency)?;
    amount.amount().checked_mul(worth).map(model)
}

/// Notes what cannot be of a card's add-on rates; amounts and their currency are checked with the card's other amounts.
pub(super) fn check_add_ons(rates: &[pb::AddOnRate], wrong: &mut Violations) {
    for (i, rate) in rates.iter().enumerate() {
        let field = |name: &str| format!("add_on_rates[{i}].{name}");
        if known(&field("add_on"), rate.add_on, wrong).and_then(add_on_of).is_none() {
            wrong.add(&field("add_on"), "must be said");
        } else if rates[..i].iter().any(|other| other.add_on == rate.add_on) {
            wrong.add(&field("add_on"), "is given twice");
        }
        if known(&field("basis"), rate.basis, wrong).and_then(basis_of).is_none() {
            wrong.add(&field("basis"), "must be said");
        }
        wrong.required(&field("cost"), rate.cost.as_ref());
        let share = rate.avoided_failure_share.as_ref();
        let share =
            share.and_then(|share| wrong.take(&field("avoided_failure_share"), wire::exact(share)));
        if share.is_some_and(|share| share < Decimal::ZERO || share >= Decimal::ONE) {
            wrong.add(&field("avoided_failure_share"), "must be at least 0 and below 1");
        }
    }
}

/// Notes what cannot be of a card beside its amounts and factors.
pub(super) fn check_card(own: &pb::RateCard, wrong: &mut Violations) {
    for (i, cost) in own.readiness_costs.iter().enumerate() {
        let seconds = cost.response_time.as_ref().map_or(0, |time| time.seconds);
        if seconds <= 0 {
            wrong.add(&format!("readiness_costs[{i}].response_time"), "must be above 0");
        }
        if own.readiness_costs[..i].iter().any(|other| other.response_time == cost.response_time) {
            wrong.add(&format!("readiness_costs[{i}].response_time"), "is given twice");
        }
        wrong.required(&format!("readiness_costs[{i}].cost_per_year"), cost.cost_per_year.as_ref());
    }
    if own.technician_count < 0 {
        wrong.add("technician_count", "must be at least 0");
    }
    let factor = own.parts_price_factor.as_ref().and_then(|factor| wire::exact(factor).ok());
    if factor.is_some_and(|factor| factor > Decimal::ONE_HUNDRED) {
        wrong.add("parts_price_factor", "must be at most 100");
    }
    if let Some(given) = &own.hour_bands {
        wrong.within("hour_bands", |wrong| {
            if let Some(hours) = hour_bands::parse(given, wrong) {
                hours.check(wrong);
            }
        });
    }
    let Some(period) = &own.valid_period else { return };
    let day = |date: Option<&PbDate>, wrong: &mut Violations| {
        date.and_then(|date| wrong.take("valid_period", wire::civil_date(date)))
    };
    let (start, end) =
        (day(period.start_date.as_ref(), wrong), day(period.end_date.as_ref(), wrong));
    if let Some(start) = start {
        wrong.take("valid_period", Period::new(start, end));
    }
}
