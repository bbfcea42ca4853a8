//! The ledger of finished work: what it cost, on which machine, under which contract, with which parts.

use super::{WORK, last, micros, overtime};
use crate::store::work::{self, PartUse, WorkDoc};
use aftercare_api::aftercare::customer::v1 as customer;
use aftercare_api::aftercare::r#type::v1::Event;
use aftercare_kernel::currency::Currency;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::outbox::Consumer;
use aftercare_platform::status::Error;
use aftercare_platform::transaction::{Home, Write};
use aftercare_platform::wire;
use prost::Message;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::collections::BTreeMap;

/// Keeps finished work.
pub(crate) struct WorkLedger {
    pub home: Home,
}

#[async_trait::async_trait]
impl Consumer for WorkLedger {
    fn name(&self) -> &'static str {
        "pricing-work-ledger"
    }

    fn types(&self) -> &'static [&'static str] {
        &[WORK]
    }

    fn home(&self) -> &Home {
        &self.home
    }

    async fn consume(&self, call: &Call, write: &mut Write, events: &[Event]) -> Result<(), Error> {
        // The last word on each order counts.
        let mut orders: BTreeMap<String, customer::WorkOrderCompleted> = BTreeMap::new();
        for event in events {
            let told = customer::WorkOrderCompleted::decode(event.data.as_slice())
                .map_err(|cause| StoreError::corrupt("event", cause))?;
            let id = last(&told.work_order).to_owned();
            if !id.is_empty() && told.complete_time.as_ref().or(told.report_time.as_ref()).is_some()
            {
                orders.insert(id, told);
            }
        }
        let mut rows = Vec::with_capacity(orders.len());
        let mut parts = Vec::new();
        for (id, told) in &orders {
            rows.push(row(call.tenant(), id, told)?);
            parts.extend(parts_of(call.tenant(), id, told));
        }
        Ok(work::save(write.tx(), call.tenant(), rows, parts).await?)
    }
}

fn row(
    tenant: &TenantId,
    id: &str,
    told: &customer::WorkOrderCompleted,
) -> Result<work::entity::Model, StoreError> {
    let amounts = [&told.labour_cost, &told.parts_cost, &told.travel_cost]
        .map(|money| money.as_ref().and_then(|money| wire::amount(money).ok()));
    let currency: Option<Currency> = amounts.iter().flatten().map(|m| m.currency()).next();
    // Amounts in several currencies add up to nothing.
    let one = amounts.iter().flatten().all(|m| Some(m.currency()) == currency);
    let [labour, parts, travel] = amounts.map(|m| m.filter(|_| one).map(|m| m.micros()));
    let hours = told.labour_hours.as_ref().and_then(|hours| wire::exact(hours).ok());
    let doc = WorkDoc {
        labour_hours: hours.and_then(|hours| hours.to_f64()),
        labour_micros: labour,
        parts_micros: parts,
        travel_micros: travel,
        currency: currency.filter(|_| one).map(|c| c.code().to_owned()).unwrap_or_default(),
        mixed_currencies: !one,
        failure_mode: told.failure_mode.clone(),
        cause: told.cause.clone(),
        under_warranty: told.under_warranty,
        engineer: told.engineer.clone(),
        overtime: overtime(told),
    };
    Ok(work::entity::Model {
        tenant: tenant.to_string(),
        id: id.to_owned(),
        kind: told.kind().as_str_name().trim_start_matches("WORK_ORDER_KIND_").to_owned(),
        asset: told.asset.clone(),
        contract: told.contract.clone(),
        product: told.product.clone(),
        region_code: told.region_code.clone(),
        doc: work::document(&doc)?,
        complete_time: micros(told.complete_time.as_ref().or(told.report_time.as_ref())),
    })
}

/// Parts that were used, each once.
fn parts_of<'a>(
    tenant: &'a TenantId,
    id: &'a str,
    told: &'a customer::WorkOrderCompleted,
) -> impl Iterator<Item = PartUse> + 'a {
    let mut used: BTreeMap<&str, Decimal> = BTreeMap::new();
    for part in &told.parts {
        let quantity = part.quantity.as_ref().and_then(|quantity| wire::exact(quantity).ok());
        if !part.part.is_empty() {
            let sum = used.entry(&part.part).or_default();
            *sum = sum.saturating_add(quantity.unwrap_or(Decimal::ONE));
        }
    }
    let time = micros(told.complete_time.as_ref().or(told.report_time.as_ref()));
    used.into_iter().map(move |(part, quantity)| PartUse {
        tenant: tenant.to_string(),
        work: id.to_owned(),
        part: part.to_owned(),
        // A number of pieces beyond any is none that can be counted on.
        quantity_micros: quantity
            .checked_mul(Decimal::from(1_000_000))
            .and_then(|micros| micros.to_i64())
            .unwrap_or(0)
            .max(0),
        complete_time: time,
    })
}
