//! Index values: entered once, corrected on purpose; and what they make of the fees of contracts that follow them.

use super::{LIMITS, now, parsed};
use crate::server::Server;
use crate::store::contract::StoredContract;
use crate::store::knowledge::Knowledge;
use crate::store::price_index::{self as store, entity};
use crate::store::{history, instant};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::fault::{Class, Fault, Invalid, Violations};
use aftercare_kernel::ids::{check_id, name_segments};
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::paging::{OrderField, OrderKind, PageRequest};
use aftercare_platform::status::Error;
use aftercare_platform::wire;
use aftercare_pricing_domain::concession::IndexOffer;
use aftercare_pricing_domain::escalation::IndexClause;
use aftercare_pricing_domain::policy::PricingPolicy;
use aftercare_pricing_domain::quote::QuoteError;
use aftercare_pricing_domain::terms::Terms;
use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};
use std::collections::{BTreeMap, BTreeSet};

const PATTERN: &str = "priceIndexes/{price_index}/values/{value}";
const PARENT: &str = "priceIndexes/{price_index}";

/// Values of one call.
const MOST: usize = 1000;

/// Changes that any fee can see: a term has at most fifty years.
const MOST_CHANGES: u32 = 50;

/// A value that fees stand on was given differently.
#[derive(Debug, thiserror::Error)]
#[error("{name} is {known}; fees stand on it, so that another value is only taken as a correction")]
struct Published {
    name: String,
    known: Decimal,
}

impl Fault for Published {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        "INDEX_VALUE_PUBLISHED"
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        vec![("price_index_value", self.name.clone()), ("value", self.known.to_string())]
    }
    fn subject(&self) -> String {
        self.name.clone()
    }
}

pub(crate) async fn batch_update(
    server: &Server,
    call: Call,
    asked: pb::BatchUpdatePriceIndexValuesRequest,
) -> Result<pb::BatchUpdatePriceIndexValuesResponse, Error> {
    let mut rows = parsed(|wrong| parse(&call, &asked.price_index_values, wrong))?;
    let write = server.home.write(&call, &asked.request_id, &asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let indexes: BTreeSet<String> = rows.iter().map(|row| row.price_index.clone()).collect();
    let select = store::all(call.tenant()).filter(entity::Column::PriceIndex.is_in(indexes));
    let known = select.all(write.tx()).await.map_err(StoreError::from)?;
    let known: BTreeMap<(String, String), entity::Model> =
        known.into_iter().map(|row| ((row.price_index.clone(), row.month.clone()), row)).collect();
    let mut former = Vec::new();
    for row in &mut rows {
        let key = (row.price_index.clone(), row.month.clone());
        let Some(before) = known.get(&key) else { continue };
        if before.value_micros == row.value_micros {
            *row = before.clone();
        } else if asked.correct {
            (row.create_time, row.correct_time) = (before.create_time, now(&call));
            former.push(before.clone());
        } else {
            return Err(Published { name: name(before), known: before.value().normalize() }.into());
        }
    }
    let response = pb::BatchUpdatePriceIndexValuesResponse {
        price_index_values: rows.iter().map(present).collect::<Result<_, _>>()?,
    };
    history::keep(write.tx(), &former, now(&call)).await?;
    store::save(write.tx(), rows).await?;
    write.commit(response).await
}

fn parse(
    call: &Call,
    given: &[pb::PriceIndexValue],
    wrong: &mut Violations,
) -> Option<Vec<entity::Model>> {
    if given.is_empty() || given.len() > MOST {
        wrong.add("price_index_values", format!("must be 1 to {MOST}"));
    }
    let mut rows = Vec::with_capacity(given.len());
    let mut seen = BTreeSet::new();
    for (i, given) in given.iter().enumerate().take(MOST) {
        wrong.within(&format!("price_index_values[{i}]"), |wrong| {
            let parts = wrong.take("name", name_segments::<2>(PATTERN, &given.name));
            if parts.is_some_and(|parts| !seen.insert(parts)) {
                wrong.add("name", "is given twice");
            }
            let month = parts.map(|[_, month]| month).filter(|month| is_month(month));
            if parts.is_some() && month.is_none() {
                wrong.add("name", "must end with a month, as in 2026-03");
            }
            let value = wrong.required("value", given.value.as_ref());
            let value = value.and_then(|value| wrong.take("value", wire::exact(value)));
            let micros = value.and_then(micros);
            if value.is_some() && micros.is_none() {
                wrong.add(
                    "value",
                    "must be above 0, at most 1,000,000,000, of six decimals at most",
                );
            }
            let source = given.source.trim();
            if source.is_empty() || source.chars().count() > 200 {
                wrong.add("source", "must be 1 to 200 characters");
            }
            let (index, month, micros) = (parts?[0], month?, micros?);
            rows.push(entity::Model {
                tenant: call.tenant().to_string(),
                price_index: index.to_owned(),
                month: month.to_owned(),
                source: source.to_owned(),
                value_micros: micros,
                create_time: now(call),
                correct_time: 0,
            });
            Some(())
        });
    }
    Some(rows)
}

/// `2026-03`, and no other way to write it.
fn is_month(text: &str) -> bool {
    let day = format!("{text}-01").parse::<Date>();
    day.is_ok_and(|day| day.strftime("%Y-%m").to_string() == text)
}

/// Micro-units of a value that can be; none of another.
fn micros(value: Decimal) -> Option<i64> {
    let micros = value.checked_mul(Decimal::from(1_000_000))?;
    let whole = micros.is_integer() && micros > Decimal::ZERO;
    (whole && value <= Decimal::from(1_000_000_000)).then(|| micros.to_i64()).flatten()
}

fn name(row: &entity::Model) -> String {
    format!("priceIndexes/{}/values/{}", row.price_index, row.month)
}

fn present(row: &entity::Model) -> Result<pb::PriceIndexValue, StoreError> {
    let time = |at| instant("pricing_price_index", at).map(wire::timestamp);
    Ok(pb::PriceIndexValue {
        name: name(row),
        month: Some(wire::date(row.first_day()?)),
        value: Some(wire::decimal(row.value().normalize())),
        source: row.source.clone(),
        create_time: Some(time(row.create_time)?),
        correct_time: (row.correct_time > 0).then(|| time(row.correct_time)).transpose()?,
    })
}

const ORDERS: [OrderField; 2] = [
    OrderField { name: "price_index", column: "price_index", kind: OrderKind::Text },
    OrderField { name: "month", column: "month", kind: OrderKind::Text },
];

pub(crate) async fn list(
    server: &Server,
    call: Call,
    asked: pb::ListPriceIndexValuesRequest,
) -> Result<pb::ListPriceIndexValuesResponse, Error> {
    let index = match asked.parent.as_str() {
        "priceIndexes/-" => None,
        parent => Some(super::id_of(PARENT, parent)?),
    };
    let request = PageRequest {
        tenant: call.tenant(),
        method: "PriceIndexService/ListPriceIndexValues",
        page_size: asked.page_size,
        page_token: &asked.page_token,
        filter: "",
        order_by: "price_index, month",
        parent: &asked.parent,
    };
    let keys = ["price_index", "month"];
    let plan = server.pager.plan(&request, &[], &ORDERS, &keys, LIMITS)?;
    let mut select = store::all(call.tenant());
    if let Some(index) = index {
        select = select.filter(entity::Column::PriceIndex.eq(index));
    }
    let fetched = plan.fetch(select, server.home.read()).await;
    let (rows, next_page_token) = fetched.map_err(StoreError::from)?;
    let price_index_values = rows.iter().map(present).collect::<Result<_, _>>()?;
    Ok(pb::ListPriceIndexValuesResponse { price_index_values, next_page_token })
}

/// Terms that are to be quoted on an index: the change that is expected is the policy's inflation within the bounds, and what
/// is published counts.
pub(crate) async fn anchor(
    known: &Knowledge<'_>,
    terms: &mut Terms,
    policy: &PricingPolicy,
) -> Result<(), Error> {
    let Some(clause) = terms.index.clone() else { return Ok(()) };
    check_id(&clause.index)
        .map_err(|error| Invalid::field("terms.index_escalation.index", error))?;
    offer(known, clause, "terms.index_escalation.base_month", policy).await?.apply(terms);
    Ok(())
}

/// A clause with what is expected and published of its index.
pub(crate) async fn offer(
    known: &Knowledge<'_>,
    clause: IndexClause,
    field: &str,
    policy: &PricingPolicy,
) -> Result<IndexOffer, Error> {
    let series = known.series(&clause.index).await?;
    if !series.contains_key(&clause.base_month) {
        let text = format!("{} has no value for that month", clause.index);
        return Err(Invalid::field(field, text).into());
    }
    let published = clause.published(&series, MOST_CHANGES);
    Ok(IndexOffer { clause, expected: policy.cost_inflation, published })
}

/// Brings the fees of contracts that follow an index to what is published now.
pub(crate) async fn publish(
    db: &impl ConnectionTrait,
    call: &Call,
    contracts: &mut [StoredContract],
) -> Result<(), Error> {
    let clauses = contracts.iter().filter_map(|own| own.agreement.terms.index.as_ref());
    let indexes: BTreeSet<String> = clauses.map(|clause| clause.index.clone()).collect();
    if indexes.is_empty() {
        return Ok(());
    }
    let series = store::of_indexes(db, call.tenant(), indexes.into_iter().collect()).await?;
    let none = BTreeMap::new();
    for contract in contracts {
        let Some(clause) = &contract.agreement.terms.index else { continue };
        let series = series.get(&clause.index).unwrap_or(&none);
        contract.agreement.publish(series, contract.start).map_err(QuoteError::from)?;
    }
    Ok(())
}
