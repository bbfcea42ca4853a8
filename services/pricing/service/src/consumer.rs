//! What we listen to: machines and finished work of the customer service become failure evidence, what customers need their
//! segment.

use crate::job;
use crate::store::evidence::{self, FailureDoc, MachineDoc, failure, machine};
use crate::store::history::{self, Versioned};
use aftercare_api::aftercare::customer::v1 as customer;
use aftercare_api::aftercare::r#type::v1::Event;
use aftercare_api::google::r#type::{Decimal as PbDecimal, Money as PbMoney};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::outbox::Consumer;
use aftercare_platform::status::Error;
use aftercare_platform::transaction::{Home, Write};
use aftercare_platform::wire;
use aftercare_pricing_domain::overtime::Overtime;
use prost::Message;
use rust_decimal::prelude::ToPrimitive;
use std::collections::{BTreeMap, BTreeSet};

mod needs;
mod work;
pub(crate) use needs::Needs;
pub(crate) use work::WorkLedger;

const ASSET: &str = "aftercare.customer.v1.AssetChanged";
const WORK: &str = "aftercare.customer.v1.WorkOrderCompleted";

/// Keeps machines and failures.
pub(crate) struct Evidence {
    pub home: Home,
}

#[async_trait::async_trait]
impl Consumer for Evidence {
    fn name(&self) -> &'static str {
        "pricing-evidence"
    }

    fn types(&self) -> &'static [&'static str] {
        &[ASSET, WORK]
    }

    fn home(&self) -> &Home {
        &self.home
    }

    async fn consume(&self, call: &Call, write: &mut Write, events: &[Event]) -> Result<(), Error> {
        let mut news = News::default();
        for event in events {
            let data = event.data.as_slice();
            let corrupt = |cause| StoreError::corrupt("event", cause);
            match event.r#type.as_str() {
                ASSET => news.asset(
                    call.tenant(),
                    &customer::AssetChanged::decode(data).map_err(corrupt)?,
                    event,
                )?,
                WORK => news.work(
                    call.tenant(),
                    &customer::WorkOrderCompleted::decode(data).map_err(corrupt)?,
                )?,
                _ => {}
            }
        }
        let failed = !news.failures.is_empty();
        news.save(call.tenant(), write).await?;
        if failed { job::plan_refit(write).await } else { Ok(()) }
    }
}

/// What a batch of events says in the end: the last word on each machine and work order counts.
#[derive(Default)]
struct News {
    machines: BTreeMap<String, machine::Model>,
    failures: BTreeMap<String, failure::Model>,
    gone_machines: BTreeSet<String>,
    gone_failures: BTreeSet<String>,
}

impl News {
    fn asset(
        &mut self,
        tenant: &TenantId,
        told: &customer::AssetChanged,
        event: &Event,
    ) -> Result<(), StoreError> {
        let id = last(&told.asset);
        if id.is_empty() {
            return Ok(());
        }
        if told.deleted {
            self.machines.remove(id);
            self.gone_machines.insert(id.to_owned());
            return Ok(());
        }
        let doc = MachineDoc {
            commissioned: told.commission_date.as_ref().and_then(|d| wire::civil_date(d).ok()),
            decommissioned: told.decommission_date.as_ref().and_then(|d| wire::civil_date(d).ok()),
            duty_hours: number(told.duty_hours_per_day.as_ref()),
        };
        let row = machine::Model {
            tenant: tenant.to_string(),
            id: id.to_owned(),
            name: told.asset.clone(),
            customer: told.customer.clone(),
            product: told.product.clone(),
            region_code: told.region_code.clone(),
            environment: environment(told.environment()),
            doc: evidence::machine_doc(&doc)?,
            event_time: micros(told.event_time.as_ref().or(event.time.as_ref())),
            record_time: 0,
        };
        self.gone_machines.remove(id);
        match self.machines.get(id) {
            Some(known) if known.event_time > row.event_time => {}
            _ => {
                self.machines.insert(id.to_owned(), row);
            }
        }
        Ok(())
    }

    fn work(
        &mut self,
        tenant: &TenantId,
        told: &customer::WorkOrderCompleted,
    ) -> Result<(), StoreError> {
        let id = last(&told.work_order);
        let time = told.report_time.as_ref().or(told.complete_time.as_ref());
        if id.is_empty() {
            return Ok(());
        }
        if told.kind() != customer::WorkOrderKind::Repair || time.is_none() {
            self.failures.remove(id);
            self.gone_failures.insert(id.to_owned());
            return Ok(());
        }
        let amount = |money: Option<&PbMoney>| money.and_then(|m| wire::amount(m).ok());
        let (parts, travel) = (amount(told.parts_cost.as_ref()), amount(told.travel_cost.as_ref()));
        let currency = parts.or(travel).map(|m| m.currency());
        let same = parts.is_none_or(|m| Some(m.currency()) == currency)
            && travel.is_none_or(|m| Some(m.currency()) == currency);
        let doc = FailureDoc {
            age_days: number(told.asset_age_days.as_ref()),
            labour_hours: number(told.labour_hours.as_ref()),
            parts_micros: parts.filter(|_| same).map(|m| m.micros()),
            travel_micros: travel.filter(|_| same).map(|m| m.micros()),
            currency: currency.filter(|_| same).map(|c| c.code().to_owned()).unwrap_or_default(),
            overtime: overtime(told),
        };
        let mode = told.failure_mode.trim();
        let row = failure::Model {
            tenant: tenant.to_string(),
            id: id.to_owned(),
            asset: last(&told.asset).to_owned(),
            product: told.product.clone(),
            failure_mode: if mode.is_empty() { "UNKNOWN" } else { mode }.to_owned(),
            doc: evidence::failure_doc(&doc)?,
            failure_time: micros(time),
            record_time: 0,
        };
        self.gone_failures.remove(id);
        self.failures.insert(id.to_owned(), row);
        Ok(())
    }

    async fn save(self, tenant: &TenantId, write: &Write) -> Result<(), StoreError> {
        let (tx, now) = (write.tx(), write.call().now.as_microsecond());
        let gone: Vec<String> = self.gone_machines.iter().cloned().collect();
        let ids: Vec<String> = self.machines.keys().chain(&gone).cloned().collect();
        let known = by_id(evidence::machines_by_id(tx, tenant, &ids).await?);
        // Events may overtake each other: an older word on a machine does not undo a newer one.
        let rows: Vec<_> = self
            .machines
            .into_values()
            .filter(|row| known.get(&row.id).is_none_or(|own| own.event_time <= row.event_time))
            .map(|row| {
                let before = known.get(&row.id);
                row.recorded(before, now)
            })
            .collect();
        history::keep(tx, &replaced(&known, &rows, &gone, now), now).await?;
        evidence::save_machines(tx, rows).await?;

        let lost: Vec<String> = self.gone_failures.iter().cloned().collect();
        let ids: Vec<String> = self.failures.keys().chain(&lost).cloned().collect();
        let known = by_id(evidence::failures_by_id(tx, tenant, &ids).await?);
        let rows: Vec<_> =
            self.failures.into_iter().map(|(id, row)| row.recorded(known.get(&id), now)).collect();
        history::keep(tx, &replaced(&known, &rows, &lost, now), now).await?;
        evidence::save_failures(tx, rows).await?;
        evidence::forget(tx, tenant, &gone, &lost).await
    }
}

fn by_id<R: Versioned>(rows: Vec<R>) -> BTreeMap<String, R> {
    rows.into_iter().map(|row| (row.id(), row)).collect()
}

/// Of the versions that are known those that are deleted, or that rows of now say otherwise.
fn replaced<R: Versioned + Clone>(
    known: &BTreeMap<String, R>,
    rows: &[R],
    gone: &[String],
    now: i64,
) -> Vec<R> {
    let changed = rows.iter().filter(|row| row.since() == now).map(R::id);
    changed.chain(gone.iter().cloned()).filter_map(|id| known.get(&id).cloned()).collect()
}

fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

fn number(wire: Option<&PbDecimal>) -> Option<f64> {
    wire.and_then(|d| wire::exact(d).ok()).and_then(|d| d.to_f64())
}

/// The hours outside business hours that a work order tells of.
fn overtime(told: &customer::WorkOrderCompleted) -> Option<Overtime> {
    let hours = [&told.evening_hours, &told.weekend_hours, &told.holiday_hours];
    Overtime::told(number(told.labour_hours.as_ref()), hours.map(|own| number(own.as_ref())))
}

fn micros(time: Option<&prost_types::Timestamp>) -> i64 {
    time.and_then(|time| wire::instant(time).ok()).map_or(0, |at| at.as_microsecond())
}

/// The level's name in models: `dusty`; empty when not said.
fn environment(environment: customer::AssetEnvironment) -> String {
    let name = environment.as_str_name().trim_start_matches("ASSET_ENVIRONMENT_");
    if name == "UNSPECIFIED" { String::new() } else { name.to_lowercase() }
}
