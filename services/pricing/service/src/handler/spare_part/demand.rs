//! The demand for a part: by what was used, or by what the installed base is expected to need.

use crate::convert::catalogue::{Resource, fill};
use crate::convert::spare_part::method;
use crate::convert::terms::known;
use crate::handler::actuals::micros;
use crate::handler::quote::{Machine, of_machines, refusal};
use crate::handler::{day, id_of, parsed, today};
use crate::server::Server;
use crate::store::evidence::{self, failure, machine};
use crate::store::knowledge::Knowledge;
use crate::store::{catalogue, work};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::fault::{Class, Fault, Invalid, Violations};
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_platform::wire;
use aftercare_pricing_domain::policy::model;
use aftercare_pricing_domain::spare_part::demand::{BackTest, Method, back_test, best, moments};
use aftercare_pricing_domain::spare_part::installed_base::{Usage, failures_by_mode};
use aftercare_pricing_domain::spare_part::stock::LeadTimeDemand;
use jiff::ToSpan;
use jiff::civil::Date;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeMap;

/// Smoothing constant of every method.
const ALPHA: f64 = 0.1;

/// Days of a mean month.
const DAYS_A_MONTH: f64 = 30.436_875;

/// A part of which nobody said how long a new piece takes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{part} has no lead time for its stock to bridge")]
struct NoLeadTime {
    part: String,
}

impl Fault for NoLeadTime {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        "PART_WITHOUT_LEAD_TIME"
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        vec![("part", self.part.clone())]
    }
    fn subject(&self) -> String {
        self.part.clone()
    }
}

/// What is asked for, parsed.
struct Request {
    target: f64,
    method: pb::DemandMethod,
    /// First day of the month in which the forecast begins.
    from: Date,
    months: i32,
    turnaround: i32,
}

pub(crate) async fn forecast(
    server: &Server,
    call: Call,
    asked: pb::ForecastPartDemandRequest,
) -> Result<pb::PartDemand, Error> {
    let id = id_of(pb::Part::PATTERN, &asked.name)?;
    let request = parsed(|wrong| parse(&asked, &call, wrong))?;
    let ids = [id];
    let found = catalogue::find(server.home.read(), call.tenant(), pb::Part::KIND, &ids).await?;
    let row = found.first().ok_or_else(|| StoreError::NotFound { name: asked.name.clone() })?;
    let part: pb::Part = fill(row)?;
    let bridged = match request.turnaround {
        0 => part.lead_time_days,
        days if part.repairable => days,
        _ => return Err(Invalid::field("turnaround_days", "the part is not repairable").into()),
    };
    if bridged == 0 {
        return Err(NoLeadTime { part: asked.name }.into());
    }
    let history = history(server, &call, &asked.name, &request).await?;
    let tests = back_test(&history, ALPHA);
    let (seen, spread) = moments(&history);
    let lead_months = f64::from(bridged) / DAYS_A_MONTH;
    let (used, monthly, mean) = match request.method {
        pb::DemandMethod::InstalledBase => {
            let found = installed_base(server, &call, &part, &request, lead_months).await?;
            (pb::DemandMethod::InstalledBase, found.0, found.1)
        }
        other => {
            let chosen = chosen(other, &tests);
            let monthly = chosen.forecast(&history, ALPHA);
            (method(chosen), monthly, monthly * lead_months)
        }
    };
    // Dispersion as it was seen; demand that was never seen is taken to be Poisson.
    let dispersion = if seen > 0.0 { (spread / seen).max(1.0) } else { 1.0 };
    let demand = LeadTimeDemand { mean, variance: mean * dispersion };
    let stock = demand
        .base_stock(request.target)
        .map_err(|cause| Invalid::field("target_fill_rate", cause))?;
    Ok(pb::PartDemand {
        part: asked.name,
        method: used.into(),
        lead_time_demand: mean,
        lead_time_variance: demand.variance,
        base_stock: i32::try_from(stock.pieces).unwrap_or(i32::MAX),
        fill_rate: stock.fill_rate,
        expected_backorders: stock.backorders,
        lead_time_days: bridged,
        monthly_demand: monthly,
        back_tests: tests.iter().map(present).collect(),
        history_months: request.months,
        no_demand: monthly <= 0.0,
    })
}

fn parse(
    asked: &pb::ForecastPartDemandRequest,
    call: &Call,
    wrong: &mut Violations,
) -> Option<Request> {
    let target = match &asked.target_fill_rate {
        None => Some(0.95),
        Some(rate) => wrong.take("target_fill_rate", wire::exact(rate)).map(model),
    };
    if target.is_some_and(|target| !(target > 0.0 && target < 1.0)) {
        wrong.add("target_fill_rate", "must be above 0 and below 1");
    }
    let method = known::<pb::DemandMethod>("method", asked.method, wrong);
    let from = match &asked.as_of_date {
        None => Some(today(call)),
        Some(_) => day("as_of_date", asked.as_of_date.as_ref(), wrong),
    };
    if !(0..=120).contains(&asked.history_months) {
        wrong.add("history_months", "must be 1 to 120, or 0 for 36");
    }
    if !(0..=3650).contains(&asked.turnaround_days) {
        wrong.add("turnaround_days", "must be 0 to 3650");
    }
    let months = if asked.history_months == 0 { 36 } else { asked.history_months };
    Some(Request {
        target: target?,
        method: method?,
        from: from?.first_of_month(),
        months,
        turnaround: asked.turnaround_days,
    })
}

fn chosen(asked: pb::DemandMethod, tests: &[BackTest]) -> Method {
    match asked {
        pb::DemandMethod::Croston => Method::Croston,
        pb::DemandMethod::SyntetosBoylan => Method::SyntetosBoylan,
        pb::DemandMethod::Tsb => Method::Tsb,
        pb::DemandMethod::Unspecified | pb::DemandMethod::InstalledBase => best(tests),
    }
}

fn present(test: &BackTest) -> pb::DemandBackTest {
    pb::DemandBackTest {
        method: method(test.method).into(),
        root_mean_square_error: test.error,
        months: i32::try_from(test.months).unwrap_or(i32::MAX),
    }
}

/// First days of the months of history and of the month after them.
fn month_starts(request: &Request) -> Vec<i64> {
    let first = |ago: i32| request.from.checked_sub(ago.months()).unwrap_or(Date::MIN);
    (0..=request.months).rev().map(|ago| micros(first(ago))).collect()
}

/// From when to when history goes, half-open.
fn window(request: &Request) -> (i64, i64) {
    let starts = month_starts(request);
    (starts.first().copied().unwrap_or(0), starts.last().copied().unwrap_or(0))
}

/// Pieces used by month, the oldest first.
async fn history(
    server: &Server,
    call: &Call,
    part: &str,
    request: &Request,
) -> Result<Vec<f64>, Error> {
    let (starts, window) = (month_starts(request), window(request));
    let mut pieces = vec![0.0; starts.len().saturating_sub(1)];
    for used in work::uses_of(server.home.read(), call.tenant(), part, window).await? {
        let month = starts.partition_point(|start| *start <= used.complete_time).saturating_sub(1);
        if let Some(sum) = pieces.get_mut(month) {
            *sum += used.quantity_micros as f64 / 1e6;
        }
    }
    Ok(pieces)
}

/// Pieces that the machines which the part fits will need in the first month and within the lead time: the failures that
/// contracts on them are priced by, times the pieces that failures of the same mode took in the months that are known.
async fn installed_base(
    server: &Server,
    call: &Call,
    part: &pb::Part,
    request: &Request,
    lead_months: f64,
) -> Result<(f64, f64), Error> {
    let known = Knowledge::now(server.home.read(), call.tenant());
    let policy = known.policy().await?;
    let mut usage = usage(server, call, part, request).await?;
    let mut machines: Vec<Machine> = Vec::new();
    for row in known.catalogue_of_kind(pb::Product::KIND).await? {
        let product: pb::Product = fill(&row)?;
        if !part.families.contains(&product.family) {
            continue;
        }
        let name = format!("products/{}", row.id);
        failed(server, call, (&name, request), &mut usage).await?;
        let own = evidence::machines(call.tenant())
            .filter(machine::Column::Product.eq(&name))
            .order_by_asc(machine::Column::Id);
        for row in own.all(server.home.read()).await.map_err(StoreError::from)? {
            let doc = row.document()?;
            if refusal(&doc, request.from).is_none() {
                machines.push((row, doc));
            }
        }
    }
    let portfolio = of_machines(&known, request.from, &policy, &machines).await?;
    let work = move |_: &mut _| {
        [1.0, lead_months]
            .map(|months| usage.pieces(&failures_by_mode(&portfolio, &policy, months), months))
    };
    let [monthly, lead] = server.compute(work).await?;
    Ok((monthly, lead))
}

/// Pieces by the mode of the failure that they went into, and those of planned work.
async fn usage(
    server: &Server,
    call: &Call,
    part: &pb::Part,
    request: &Request,
) -> Result<Usage, Error> {
    let (db, window) = (server.home.read(), window(request));
    let uses = work::uses_of(db, call.tenant(), &part.name, window).await?;
    let ids: Vec<String> = uses.iter().map(|used| used.work.clone()).collect();
    let repairs = evidence::failures_by_id(db, call.tenant(), &ids).await?;
    let modes: BTreeMap<&str, &str> =
        repairs.iter().map(|row| (row.id.as_str(), row.failure_mode.as_str())).collect();
    let mut usage = Usage { months: f64::from(request.months), ..Usage::default() };
    for used in &uses {
        let pieces = used.quantity_micros as f64 / 1e6;
        match modes.get(used.work.as_str()) {
            Some(mode) => *usage.pieces.entry((*mode).to_owned()).or_insert(0.0) += pieces,
            None => usage.planned += pieces,
        }
    }
    Ok(usage)
}

/// Counts the failures of a product's machines in the months that are known.
async fn failed(
    server: &Server,
    call: &Call,
    (product, request): (&str, &Request),
    usage: &mut Usage,
) -> Result<(), Error> {
    let (from, to) = window(request);
    let select = evidence::failures(call.tenant())
        .filter(failure::Column::Product.eq(product))
        .filter(failure::Column::FailureTime.gte(from))
        .filter(failure::Column::FailureTime.lt(to))
        .select_only()
        .column(failure::Column::FailureMode)
        .column_as(failure::Column::Id.count(), "failures")
        .group_by(failure::Column::FailureMode)
        .into_tuple::<(String, i64)>();
    for (mode, count) in select.all(server.home.read()).await.map_err(StoreError::from)? {
        *usage.failures.entry(mode).or_insert(0.0) += count as f64;
    }
    Ok(())
}
