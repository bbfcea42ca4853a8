//! Reports on what became of the contracts in a week, a month or any other time.

use super::actuals::{Book, WorkIndex};
use super::contract::profitability::{Outcome, outcome, surprise_of};
use super::{LIMITS, day, id_of, now, parsed};
use crate::convert::contract::period as shown_period;
use crate::convert::report_page;
use crate::server::Server;
use crate::store::contract::StoredContract;
use crate::store::{contract, instant, policy, report as store};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::aftercare::r#type::v1::Period;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::money::Money;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::paging::{OrderField, OrderKind, PageRequest};
use aftercare_platform::status::Error;
use aftercare_platform::transaction::Write;
use aftercare_platform::wire;
use aftercare_pricing_domain::language::Language;
use jiff::ToSpan;
use jiff::civil::Date;
use prost::Message;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

mod groups;
pub(crate) mod monitor;
pub(crate) mod regional;
mod waterfall;

const PATTERN: &str = "profitabilityReports/{profitability_report}";

/// Days that a report covers at most.
const MOST_DAYS: i32 = 3660;

/// A contract in a report, with what it earned and cost in the part of the time in which it held.
pub(crate) struct Entry {
    pub book: Book,
    pub outcome: Outcome,
    pub surprise: f64,
    pub to: Date,
}

/// A half-open time from the wire.
pub(crate) fn period(given: Option<&Period>, wrong: &mut Violations) -> Option<(Date, Date)> {
    let given = wrong.required("period", given)?;
    wrong.within("period", |wrong| {
        let start = wrong.required("start_date", given.start_date.as_ref());
        let start = day("start_date", start, wrong);
        let end = wrong.required("end_date", given.end_date.as_ref());
        let end = day("end_date", end, wrong);
        let (start, end) = (start?, end?);
        let days = (end - start).get_days();
        if days <= 0 {
            wrong.add("end_date", "must be after start_date");
        } else if days > MOST_DAYS {
            wrong.add("end_date", format!("must be at most {MOST_DAYS} days after start_date"));
        }
        Some((start, end))
    })
}

pub(crate) async fn create(
    server: &Server,
    call: Call,
    asked: pb::CreateProfitabilityReportRequest,
) -> Result<pb::ProfitabilityReport, Error> {
    let (time, language) = parsed(|wrong| {
        let language = wrong.take("language_code", Language::parse(&asked.language_code));
        Some((period(asked.period.as_ref(), wrong)?, language?))
    })?;
    let report = make(server, &call, time, language).await?;
    let mut write = server.home.write(&call, &asked.request_id, &asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    keep(&mut write, &call, time, &report).await?;
    write.commit(report).await
}

/// Keeps a report and tells of it.
pub(crate) async fn keep(
    write: &mut Write,
    call: &Call,
    (from, to): (Date, Date),
    report: &pb::ProfitabilityReport,
) -> Result<(), Error> {
    let id = report.name.rsplit('/').next().unwrap_or_default().to_owned();
    let row = store::entity::Model {
        tenant: call.tenant().to_string(),
        id,
        start_date: from.to_string(),
        end_date: to.to_string(),
        create_time: now(call),
        body: report.encode_to_vec(),
    };
    store::insert(write.tx(), row).await?;
    write.emit(&report.name, &told(report)).await
}

fn told(report: &pb::ProfitabilityReport) -> pb::ProfitabilityReportCreated {
    let all = report.groups.iter().find(|group| group.dimension == "all");
    pb::ProfitabilityReportCreated {
        profitability_report: report.name.clone(),
        period: report.period,
        contract_count: all.map_or(0, |all| all.contract_count),
        under_water_count: all.map_or(0, |all| all.under_water_count),
        revenue: all.and_then(|all| all.revenue.clone()),
        actual_cost: all.and_then(|all| all.actual_cost.clone()),
    }
}

/// The report of a time.
pub(crate) async fn make(
    server: &Server,
    call: &Call,
    (from, to): (Date, Date),
    language: Language,
) -> Result<pb::ProfitabilityReport, Error> {
    let (policy, _) = policy::current(server.home.read(), call.tenant()).await?;
    let zero = Money::zero(policy.currency);
    let entries = entries(server, call, (from, to), zero).await?;
    let regions = groups::regions(server, call, &entries).await?;
    let evidence = (from.min(to.saturating_sub(1.year())), to);
    let mut report = pb::ProfitabilityReport {
        name: format!("profitabilityReports/{}", uuid::Uuid::now_v7()),
        period: Some(shown_period(from, Some(to))),
        groups: groups::groups(&entries, &regions, zero)?,
        waterfall: waterfall::waterfall(server, call, &entries, zero).await?,
        html: String::new(),
        create_time: Some(wire::timestamp(instant("pricing_report", now(call))?)),
        funnel: entries.iter().map(funnel_point).collect(),
        regional_proposals: regional::proposals(server, call, evidence, &policy).await?,
        regional_period: Some(shown_period(evidence.0, Some(to))),
    };
    report.html = report_page::page(&report, language);
    Ok(report)
}

/// Contracts that held in a time, in the policy's currency.
async fn entries(
    server: &Server,
    call: &Call,
    (from, to): (Date, Date),
    zero: Money,
) -> Result<Vec<Entry>, Error> {
    let select = contract::all(call.tenant())
        .filter(contract::entity::Column::State.ne("ACCEPTED"))
        .filter(contract::entity::Column::StartDate.lt(to.to_string()))
        .filter(contract::entity::Column::EndDate.gt(from.to_string()))
        .order_by_asc(contract::entity::Column::Id);
    let rows = select.all(server.home.read()).await.map_err(StoreError::from)?;
    let contracts: Vec<StoredContract> =
        rows.into_iter().map(StoredContract::try_from).collect::<Result<_, StoreError>>()?;
    let books = Book::open_all(server, call, contracts).await?;
    let since = books.iter().map(|book| book.counted_from(from)).min().unwrap_or(from);
    let index = WorkIndex::load(server, call, (since, to)).await?;
    let mut entries = Vec::new();
    for book in books {
        if book.zero() != zero {
            continue;
        }
        let held = (from.max(book.contract.start), to.min(book.contract.end));
        let outcome = outcome(&book, index.actuals(&book, held)?, held)?;
        let surprise = surprise_of(server, &book, &outcome, held).await?;
        entries.push(Entry { book, outcome, surprise, to: held.1 });
    }
    Ok(entries)
}

fn funnel_point(entry: &Entry) -> pb::FunnelPoint {
    let total = entry.outcome.expected_total();
    let (lower, upper) = total.funnel();
    pb::FunnelPoint {
        contract: entry.book.contract.name(),
        expected: total.count,
        actual: entry.outcome.failure_count(),
        lower: i32::try_from(lower).unwrap_or(i32::MAX),
        upper: i32::try_from(upper).unwrap_or(i32::MAX),
        surprise: entry.surprise,
        under_water: entry.outcome.under_water(),
    }
}

pub(crate) async fn get(
    server: &Server,
    call: Call,
    asked: pb::GetProfitabilityReportRequest,
) -> Result<pb::ProfitabilityReport, Error> {
    let id = id_of(PATTERN, &asked.name)?;
    let language = parsed(|wrong| match asked.language_code.as_str() {
        "" => Some(None),
        code => wrong.take("language_code", Language::parse(code)).map(Some),
    })?;
    let mut report = store::get(server.home.read(), call.tenant(), &id).await?;
    if let Some(language) = language {
        report.html = report_page::page(&report, language);
    }
    Ok(report)
}

const ORDERS: [OrderField; 1] =
    [OrderField { name: "create_time", column: "create_time", kind: OrderKind::Integer }];

pub(crate) async fn list(
    server: &Server,
    call: Call,
    asked: pb::ListProfitabilityReportsRequest,
) -> Result<pb::ListProfitabilityReportsResponse, Error> {
    let request = PageRequest {
        tenant: call.tenant(),
        method: "ReportService/ListProfitabilityReports",
        page_size: asked.page_size,
        page_token: &asked.page_token,
        filter: "",
        order_by: "create_time desc",
        parent: "",
    };
    let plan = server.pager.plan(&request, &[], &ORDERS, &["id"], LIMITS)?;
    let fetched = plan.fetch(store::all(call.tenant()), server.home.read()).await;
    let (rows, next_page_token) = fetched.map_err(StoreError::from)?;
    let profitability_reports =
        rows.into_iter().map(pb::ProfitabilityReport::try_from).collect::<Result<_, _>>()?;
    Ok(pb::ListProfitabilityReportsResponse { profitability_reports, next_page_token })
}
