//! Service profit of a customer: what serving it cost in a period against its margin, and its own value for money.

use super::satisfaction::within;
use super::{Actor, parsed};
use crate::convert::customer::customer_id;
use crate::convert::quality::count;
use crate::convert::value::{date, money, wire_money};
use crate::store;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::grade::Evidence;
use aftercare_customer_domain::profit::{Sums, customer_value, margin, perceived_benefit};
use aftercare_customer_domain::survey::QuestionKind;
use aftercare_kernel::fault::Invalid;
use aftercare_kernel::money::{Money, MoneyError};
use aftercare_platform::database::StoreError;
use aftercare_platform::status::Error;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, ConnectionTrait, PaginatorTrait, QueryFilter};

fn out_of_range(error: MoneyError) -> Invalid {
    Invalid::field("period", error)
}

/// What was asked for, parsed.
struct Asked {
    customer: String,
    time: (Timestamp, Timestamp),
    days: u32,
    price: Option<Money>,
    hour: Option<Money>,
}

fn parse(request: &pb::GetServiceProfitRequest) -> Result<Asked, Error> {
    parsed(|wrong| {
        let customer = customer_id(&request.name, "name", wrong);
        let period = wrong.required("period", request.period.as_ref());
        let time = within(period, wrong);
        let start = date(period.and_then(|p| p.start_date.as_ref()), "period.start_date", wrong);
        let end = date(period.and_then(|p| p.end_date.as_ref()), "period.end_date", wrong);
        if period.is_some() {
            wrong.required("period.start_date", start);
            wrong.required("period.end_date", end);
        }
        let price = money(request.price_paid.as_ref(), "price_paid", wrong);
        let hour = money(request.downtime_hour_cost.as_ref(), "downtime_hour_cost", wrong);
        if price.zip(hour).is_some_and(|(price, hour)| price.currency() != hour.currency()) {
            wrong.add("downtime_hour_cost", "must be in the currency of price_paid");
        }
        for (field, amount) in [("price_paid", price), ("downtime_hour_cost", hour)] {
            if amount.is_some_and(|amount| amount.amount() < Decimal::ZERO) {
                wrong.add(field, "must not be negative");
            }
        }
        let days = end?.since(start?).ok().and_then(|span| u32::try_from(span.get_days()).ok());
        Some(Asked { customer: customer?.to_string(), time: time?, days: days?, price, hour })
    })
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::GetServiceProfitRequest,
) -> Result<pb::ServiceProfit, Error> {
    let asked = parse(request)?;
    let customer = store::customer::get(db, &actor.tenant, &asked.customer).await?;
    let evidence = customer.value.evidence.as_ref();
    let brings = match evidence.and_then(|e| e.annual_revenue.zip(e.margin_share)) {
        Some((revenue, share)) => Some(margin(revenue, share, asked.days).map_err(out_of_range)?),
        None => None,
    };
    let (mut service, mut remedies) = (Sums::default(), Sums::default());
    let of = (asked.customer.as_str(), asked.time);
    let (orders, downtime) = served(db, actor, of, &mut service).await?;
    let tenant = &actor.tenant;
    for value in store::remedy_cost::offered(db, tenant, &asked.customer, asked.time).await? {
        remedies.add(value).map_err(out_of_range)?;
    }
    let currency = brings.map(|money| money.currency());
    let currency = currency.or_else(|| service.usual()).or_else(|| remedies.usual());
    let mut answer = pb::ServiceProfit {
        customer: request.name.clone(),
        period: request.period,
        work_order_count: count(orders),
        case_count: count(cases(db, actor, &asked).await?),
        ..Default::default()
    };
    if let Some(currency) = currency {
        let (cost, given) = (service.of(currency), remedies.of(currency));
        answer.service_cost = Some(wire_money(&cost));
        answer.remedy_cost = Some(wire_money(&given));
        let others = service.others(currency).into_iter().chain(remedies.others(currency));
        answer.other_costs = others.map(|money| wire_money(&money)).collect();
        if let Some(brings) = brings {
            let left = brings.checked_sub(cost).and_then(|left| left.checked_sub(given));
            answer.margin = Some(wire_money(&brings));
            answer.profit = Some(wire_money(&left.map_err(out_of_range)?));
        }
    }
    value(db, actor, (&asked, downtime), &mut answer).await?;
    Ok(answer)
}

/// What serving a customer left of its margin in a time that is over: the next plan goes by it.
pub(crate) struct Left {
    pub margin: Money,
    pub spent: Money,
    /// Of the margin, at most 1; four digits.
    pub share: Decimal,
}

/// What was left from one day until before another; none where the margin is not known or there was none. What was spent in
/// other currencies than the margin's is not in it.
pub(crate) async fn left(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (customer, evidence): (&str, Option<&Evidence>),
    (start, end): (Date, Date),
) -> Result<Option<Left>, Error> {
    let midnight = |date: Date| date.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp()).ok();
    let known = evidence.and_then(|e| e.annual_revenue.zip(e.margin_share));
    let days = end.since(start).ok().and_then(|span| u32::try_from(span.get_days()).ok());
    let (Some((revenue, share)), Some(time), Some(days)) =
        (known, midnight(start).zip(midnight(end)), days)
    else {
        return Ok(None);
    };
    let margin = margin(revenue, share, days).map_err(out_of_range)?;
    if margin.amount() <= Decimal::ZERO {
        return Ok(None);
    }
    let mut sums = Sums::default();
    served(db, actor, (customer, time), &mut sums).await?;
    for value in store::remedy_cost::offered(db, &actor.tenant, customer, time).await? {
        sums.add(value).map_err(out_of_range)?;
    }
    let spent = sums.of(margin.currency());
    let kept = margin.checked_sub(spent).map_err(out_of_range)?;
    let share = kept.amount().checked_div(margin.amount()).unwrap_or(Decimal::ZERO).round_dp(4);
    Ok(Some(Left { margin, spent, share }))
}

/// Costs of the work orders that were completed in the period; how many, and for how long machines stood.
async fn served(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (customer, time): (&str, (Timestamp, Timestamp)),
    sums: &mut Sums,
) -> Result<(usize, Decimal), Error> {
    let done = store::work_order::completed(db, &actor.tenant, customer, time).await?;
    let mut downtime = Decimal::ZERO;
    for placed in &done {
        let order = &placed.order.value;
        downtime = downtime.saturating_add(order.downtime_hours.unwrap_or(Decimal::ZERO));
        for cost in [order.labour_cost, order.parts_cost, order.travel_cost].into_iter().flatten() {
            sums.add(cost).map_err(out_of_range)?;
        }
    }
    Ok((done.len(), downtime))
}

async fn cases(db: &impl ConnectionTrait, actor: &Actor, asked: &Asked) -> Result<u64, Error> {
    use store::case::entity::Column;
    let (from, to) = asked.time;
    let count = store::case::within(&actor.tenant, &actor.principal)
        .filter(Column::Customer.eq(asked.customer.as_str()))
        .filter(Column::CreateTime.gte(store::micros(from)))
        .filter(Column::CreateTime.lt(store::micros(to)))
        .count(db)
        .await;
    Ok(count.map_err(StoreError::from)?)
}

/// What the customer perceives to get for what it pays.
async fn value(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (asked, downtime): (&Asked, Decimal),
    answer: &mut pb::ServiceProfit,
) -> Result<(), Error> {
    let scores =
        super::satisfaction::scores(db, actor, asked.time, (&asked.customer, QuestionKind::Csat));
    let scores: Vec<i32> = scores.await?.into_iter().map(|(_, score)| score).collect();
    answer.answer_count = count(scores.len());
    answer.perceived_benefit = perceived_benefit(&scores);
    let stood = asked.hour.map(|hour| hour.times(downtime)).transpose().map_err(out_of_range)?;
    let cost = match (asked.price, stood) {
        (Some(price), Some(stood)) => Some(price.checked_add(stood).map_err(out_of_range)?),
        (price, stood) => price.or(stood),
    };
    answer.customer_cost = cost.as_ref().map(wire_money);
    answer.customer_value = answer
        .perceived_benefit
        .zip(cost)
        .and_then(|(benefit, cost)| customer_value(benefit, cost));
    Ok(())
}
