//! How much evidence there is, and that of one family.

use crate::convert::catalogue::stored;
use crate::convert::failure_model::count;
use crate::handler::{LIMITS, ORDERS, text};
use crate::server::Server;
use crate::store::catalogue::{entity, of_kind};
use crate::store::evidence::{self as store, failure, machine};
use crate::store::{failure_model, instant};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::paging::PageRequest;
use aftercare_platform::status::Error;
use aftercare_platform::wire;
use aftercare_pricing_domain::policy::model;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder};
use std::collections::BTreeMap;

/// A family's machines and their failures.
pub(super) struct Known {
    pub machines: Vec<machine::Model>,
    pub failures: Vec<failure::Model>,
    /// What its engineers believe of a machine, averaged over the machines of which they do.
    pub prior_failures_per_year: Option<f64>,
}

/// The families of products, by name.
pub(super) async fn products(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
) -> Result<BTreeMap<String, pb::Product>, StoreError> {
    let rows = of_kind(tenant, "product").all(db).await?;
    let one =
        |row: &entity::Model| Ok((format!("products/{}", row.id), stored::<pb::Product>(row)?));
    rows.iter().map(one).collect()
}

pub(super) async fn of_family(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    family: &str,
) -> Result<Known, StoreError> {
    let mut products = products(db, tenant).await?;
    products.retain(|_, product| product.family == family);
    let names = products.keys().map(String::as_str);
    let machines = store::machines(tenant)
        .filter(machine::Column::Product.is_in(names))
        .order_by_asc(machine::Column::Id)
        .all(db)
        .await?;
    let ids: Vec<String> = machines.iter().map(|row| row.id.clone()).collect();
    let failures = store::failures_of(db, tenant, &ids).await?;
    let believed: Vec<f64> = machines
        .iter()
        .filter_map(|row| products.get(&row.product)?.prior_failures_per_year.as_ref())
        .filter_map(|rate| wire::exact(rate).ok().map(model))
        .collect();
    let mean = believed.iter().sum::<f64>() / believed.len() as f64;
    let prior_failures_per_year = (!believed.is_empty()).then_some(mean);
    Ok(Known { machines, failures, prior_failures_per_year })
}

/// The days (UTC) of the first and the last failure of any family.
pub(super) async fn span(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
) -> Result<(Option<Date>, Option<Date>), StoreError> {
    let by_time = || store::failures(tenant).order_by_asc(failure::Column::FailureTime);
    let day = |row: Option<failure::Model>| -> Result<Option<Date>, StoreError> {
        let Some(row) = row else { return Ok(None) };
        let at = instant("pricing_failure", row.failure_time)?;
        Ok(Some(at.to_zoned(TimeZone::UTC).date()))
    };
    let first = day(by_time().one(db).await?)?;
    let latest = store::failures(tenant).order_by_desc(failure::Column::FailureTime);
    Ok((first, day(latest.one(db).await?)?))
}

pub(crate) async fn list(
    server: &Server,
    call: Call,
    asked: pb::ListFailureEvidenceRequest,
) -> Result<pb::ListFailureEvidenceResponse, Error> {
    let request = PageRequest {
        tenant: call.tenant(),
        method: "failureEvidence",
        page_size: asked.page_size,
        page_token: &asked.page_token,
        filter: &asked.filter,
        order_by: "",
        parent: "",
    };
    let fields = ["product", "region_code", "environment"].map(text);
    let plan = server.pager.plan(&request, &fields, &ORDERS[..1], &["id"], LIMITS)?;
    let (db, tenant) = (server.home.read(), call.tenant());
    let (rows, next_page_token) =
        plan.fetch(store::machines(tenant), db).await.map_err(StoreError::from)?;
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for failure in store::failures_of(db, tenant, &ids).await? {
        *counts.entry(failure.asset).or_default() += 1;
    }
    let machines = rows
        .into_iter()
        .map(|row| {
            let doc = row.document()?;
            Ok(pb::MachineEvidence {
                event_count: count(counts.get(&row.id).copied().unwrap_or(0)),
                asset: row.name,
                product: row.product,
                commissioning_date: doc.commissioned.map(wire::date),
                region_code: row.region_code,
                environment: row.environment,
                duty_hours_per_day: doc.duty_hours.unwrap_or(0.0),
            })
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(pb::ListFailureEvidenceResponse { machines, next_page_token })
}

pub(crate) async fn summarise(
    server: &Server,
    call: Call,
    asked: pb::SummariseFailureEvidenceRequest,
) -> Result<pb::SummariseFailureEvidenceResponse, Error> {
    let (db, tenant) = (server.home.read(), call.tenant());
    let products = products(db, tenant).await?;
    let machines = store::machines(tenant).all(db).await.map_err(StoreError::from)?;
    let failures = store::failures(tenant).all(db).await.map_err(StoreError::from)?;
    let family =
        |row: &machine::Model| products.get(&row.product).map_or("", |known| known.family.as_str());
    let mut families: BTreeMap<&str, pb::FailureEvidenceSummary> = BTreeMap::new();
    let mut family_of: BTreeMap<&str, &str> = BTreeMap::new();
    for row in &machines {
        let name = family(row);
        family_of.insert(&row.id, name);
        let summary = families.entry(name).or_default();
        summary.machine_count += 1;
        summary.dated_machine_count += i32::from(row.document()?.commissioned.is_some());
    }
    for row in &failures {
        if let Some(summary) =
            family_of.get(row.asset.as_str()).and_then(|name| families.get_mut(name))
        {
            add(summary, row)?;
        }
    }
    families.retain(|name, _| asked.family.is_empty() || *name == asked.family);
    let mut summaries = Vec::with_capacity(families.len());
    for (name, mut summary) in families {
        name.clone_into(&mut summary.family);
        if let Some(latest) = failure_model::latest(db, tenant, name).await? {
            summary.latest_failure_model = format!("failureModels/{}", latest.id);
        }
        summaries.push(summary);
    }
    Ok(pb::SummariseFailureEvidenceResponse {
        summaries,
        machine_count: count(machines.len()),
        event_count: count(failures.len()),
    })
}

fn add(summary: &mut pb::FailureEvidenceSummary, row: &failure::Model) -> Result<(), StoreError> {
    let at = wire::timestamp(instant("pricing_failure", row.failure_time)?);
    summary.event_count += 1;
    *summary.event_count_by_mode.entry(row.failure_mode.clone()).or_default() += 1;
    let key = |time: &prost_types::Timestamp| (time.seconds, time.nanos);
    if summary.first_event_time.as_ref().is_none_or(|first| key(&at) < key(first)) {
        summary.first_event_time = Some(at);
    }
    if summary.last_event_time.as_ref().is_none_or(|last| key(&at) > key(last)) {
        summary.last_event_time = Some(at);
    }
    Ok(())
}
