//! The demand for a part: by what was used, or by what the installed base is expected to need.

use crate::convert::catalogue::{Resource, fill};
use crate::convert::spare_part::method;
use crate::convert::terms::known;
use crate::handler::actuals::micros;
use crate::handler::quote::levels;
use crate::handler::{day, id_of, parsed, today};
use crate::server::Server;
use crate::store::evidence::{self, failure, machine};
use crate::store::{catalogue, failure_model, policy, work};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_kernel::fault::{Invalid, Violations};
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_platform::wire;
use aftercare_pricing_domain::failure_model::{FailureModel, age_years, prior_model};
use aftercare_pricing_domain::policy::model;
use aftercare_pricing_domain::spare_part::demand::{BackTest, Method, back_test, best, moments};
use aftercare_pricing_domain::spare_part::stock::LeadTimeDemand;
use jiff::ToSpan;
use jiff::civil::Date;
use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter};
use std::collections::BTreeMap;

/// Smoothing constant of every method.
const ALPHA: f64 = 0.1;

/// Days of a mean month.
const DAYS_A_MONTH: f64 = 30.436_875;

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
    let history = history(server, &call, &asked.name, &request).await?;
    let tests = back_test(&history, ALPHA);
    let (seen, spread) = moments(&history);
    let (used, monthly) = match request.method {
        pb::DemandMethod::InstalledBase => {
            let demand = installed_base(server, &call, &part, &request, &history).await?;
            (pb::DemandMethod::InstalledBase, demand)
        }
        other => {
            let chosen = chosen(other, &tests);
            (method(chosen), chosen.forecast(&history, ALPHA))
        }
    };
    let lead_months = f64::from(bridged.max(1)) / DAYS_A_MONTH;
    let mean = monthly * lead_months;
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

/// Pieces used by month, the oldest first.
async fn history(
    server: &Server,
    call: &Call,
    part: &str,
    request: &Request,
) -> Result<Vec<f64>, Error> {
    let starts = month_starts(request);
    let window = (starts.first().copied().unwrap_or(0), starts.last().copied().unwrap_or(0));
    let mut pieces = vec![0.0; starts.len().saturating_sub(1)];
    for used in work::uses_of(server.home.read(), call.tenant(), part, window).await? {
        let month = starts.partition_point(|start| *start <= used.complete_time).saturating_sub(1);
        if let Some(sum) = pieces.get_mut(month) {
            *sum += used.quantity_micros as f64 / 1e6;
        }
    }
    Ok(pieces)
}

/// Pieces a month that the machines which the part fits will need: the failures that their models expect of them, times the
/// pieces that a failure took in the months that are known.
async fn installed_base(
    server: &Server,
    call: &Call,
    part: &pb::Part,
    request: &Request,
    history: &[f64],
) -> Result<f64, Error> {
    let db = server.home.read();
    let (policy, _) = policy::current(db, call.tenant()).await?;
    let rows = catalogue::of_kind(call.tenant(), pb::Product::KIND).all(db).await;
    let (from, to) = (request.from, request.from.checked_add(1.month()).unwrap_or(Date::MAX));
    let starts = month_starts(request);
    let since = starts.first().copied().unwrap_or(0);
    let (mut expected, mut failed) = (0.0, 0u64);
    let mut models: BTreeMap<String, FailureModel> = BTreeMap::new();
    for row in rows.map_err(StoreError::from)? {
        let product: pb::Product = fill(&row)?;
        if !part.families.contains(&product.family) {
            continue;
        }
        let name = format!("products/{}", row.id);
        if !models.contains_key(&product.family) {
            let latest = failure_model::latest(db, call.tenant(), &product.family).await?;
            let found = match latest {
                Some(row) => row.stored()?.model,
                None => prior_model(&policy, None),
            };
            models.insert(product.family.clone(), found);
        }
        let Some(model) = models.get(&product.family) else { continue };
        let machines = evidence::machines(call.tenant()).filter(machine::Column::Product.eq(&name));
        for row in machines.all(db).await.map_err(StoreError::from)? {
            let doc = row.document()?;
            let out = doc.decommissioned.is_some_and(|out| out <= from);
            let Some(begin) = doc.commissioned.filter(|begin| *begin <= from && !out) else {
                continue;
            };
            let (age, next) = (age_years(begin, from), age_years(begin, to));
            expected += model.circumstance(&levels(&row, &doc)) * model.expected(age, next);
        }
        failed += evidence::failures(call.tenant())
            .filter(failure::Column::Product.eq(&name))
            .filter(failure::Column::FailureTime.gte(since))
            .filter(failure::Column::FailureTime.lt(micros(from)))
            .count(db)
            .await
            .map_err(StoreError::from)?;
    }
    let used: f64 = history.iter().sum();
    Ok(if failed == 0 { 0.0 } else { expected * used / failed as f64 })
}
