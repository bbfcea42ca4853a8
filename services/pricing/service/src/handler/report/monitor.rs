//! Whether contracts run as they were priced.

use crate::handler::actuals::{Book, WorkIndex};
use crate::handler::contract::profitability::{exposure, outcome, place_of};
use crate::handler::{day, parsed, today};
use crate::server::Server;
use crate::store::contract::{self, StoredContract};
use crate::store::policy;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_platform::wire;
use aftercare_pricing_domain::experience::{Expected, expected_until};
use aftercare_pricing_domain::monitor::{Calibration, Cusum, Losses};
use aftercare_pricing_domain::policy::model;
use jiff::ToSpan;
use jiff::civil::Date;
use sea_orm::{ColumnTrait, QueryFilter};

/// Months of the running test unless the request says otherwise, and at most.
const MONTHS: (u32, u32) = (24, 60);

/// The rate that is looked for unless the request says otherwise, as a multiple of what is expected.
const RATIO: f64 = 1.5;

/// Months in which a calibrated book raises one false alarm at most: twenty years.
const CALM: f64 = 240.0;

/// What is asked for, parsed.
struct Request {
    until: Date,
    months: u32,
    ratio: f64,
}

fn parse(call: &Call, asked: &pb::MonitorLossesRequest) -> Result<Request, Error> {
    parsed(|wrong| {
        let until = match &asked.as_of_date {
            None => Some(today(call)),
            given => day("as_of_date", given.as_ref(), wrong),
        };
        let months = match asked.months {
            0 => Some(MONTHS.0),
            months => u32::try_from(months).ok().filter(|months| *months <= MONTHS.1),
        };
        if months.is_none() {
            wrong.add("months", format!("must be 0 to {}", MONTHS.1));
        }
        let ratio = match &asked.ratio {
            None => Some(RATIO),
            Some(ratio) => wrong.take("ratio", wire::exact(ratio)).map(model),
        };
        if ratio.is_some_and(|ratio| !(ratio > 1.0 && ratio <= 10.0)) {
            wrong.add("ratio", "must be above 1 and at most 10");
        }
        Some(Request { until: until?, months: months?, ratio: ratio? })
    })
}

pub(crate) async fn monitor(
    server: &Server,
    call: Call,
    asked: pb::MonitorLossesRequest,
) -> Result<pb::LossMonitor, Error> {
    let request = parse(&call, &asked)?;
    let until = request.until;
    let books = books(server, &call, until).await?;
    let since = books.iter().map(|book| book.contract.start).min().unwrap_or(until);
    let index = WorkIndex::load(server, &call, (since, until)).await?;
    let (mut finished, mut places) = (Vec::new(), Vec::new());
    for book in &books {
        let held = (book.contract.start, until.min(book.contract.end));
        let found = outcome(book, index.actuals(book, held)?, held)?;
        if book.contract.end <= until {
            finished.push((book.quote.quote.price.loss_probability, found.under_water()));
        }
        places.push(place_of(server, book, &found, held).await?);
    }
    let losses = Losses::of(&finished);
    let calibration = Calibration::of(&places);
    let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    let worse = Cusum::once_in(CALM, request.ratio);
    Ok(pb::LossMonitor {
        finished_contract_count: count(losses.contracts),
        realised_losses: count(losses.realised),
        predicted_losses: losses.predicted,
        loss_p_value: losses.p_value,
        contract_count: count(places.len()),
        calibration_bars: calibration.bars,
        mean_place: calibration.mean,
        calibration_p_value: calibration.p_value,
        months: running(&books, &index, &request, worse)?,
        alarm_limit: worse.limit,
    })
}

/// Contracts in the policy's currency that were in force before a day.
async fn books(server: &Server, call: &Call, until: Date) -> Result<Vec<Book>, Error> {
    let (policy, _) = policy::current(server.home.read(), call.tenant()).await?;
    let select = contract::all(call.tenant())
        .filter(contract::entity::Column::State.ne("ACCEPTED"))
        .filter(contract::entity::Column::StartDate.lt(until.to_string()));
    let rows = select.all(server.home.read()).await.map_err(StoreError::from)?;
    let contracts: Vec<StoredContract> =
        rows.into_iter().map(StoredContract::try_from).collect::<Result<_, StoreError>>()?;
    let mut books = Book::open_all(server, call, contracts).await?;
    books.retain(|book| {
        book.zero().currency() == policy.currency && book.contract.start < book.contract.end
    });
    Ok(books)
}

/// The running test through whole calendar months.
fn running(
    books: &[Book],
    index: &WorkIndex,
    request: &Request,
    worse: Cusum,
) -> Result<Vec<pb::MonitorMonth>, Error> {
    let last = request.until.first_of_month();
    let month = |back: u32| last.checked_sub(i64::from(back).months()).unwrap_or(Date::MIN);
    let mut counts = Vec::with_capacity(request.months as usize);
    for back in (1..=request.months).rev() {
        let (from, to) = (month(back), month(back - 1));
        let mut sum = (0.0, 0.0);
        for book in books {
            let held = (from.max(book.contract.start), to.min(book.contract.end));
            if held.0 < held.1 {
                sum.0 += index.actuals(book, held)?.failures().filter(|piece| piece.repair).count()
                    as f64;
                sum.1 += expected(book, held)?;
            }
        }
        counts.push(sum);
    }
    let better = Cusum { ratio: 1.0 / worse.ratio, ..worse };
    let levels = worse.run(&counts).into_iter().zip(better.run(&counts));
    let months = (1..=request.months).rev().zip(counts.iter().zip(levels));
    Ok(months
        .map(|(back, ((failures, expected), (worse, better)))| pb::MonitorMonth {
            month: Some(wire::date(month(back))),
            // counted, and far below what fits
            failures: *failures as i32,
            expected_failures: *expected,
            worse_sum: worse.sum,
            worse_alarm: worse.alarm,
            better_sum: better.sum,
            better_alarm: better.alarm,
        })
        .collect())
}

/// Failures that were expected of a contract in a part of its term.
fn expected(book: &Book, (from, to): (Date, Date)) -> Result<f64, Error> {
    let until = |day: Date| {
        let all = expected_until(&book.quote.input, book.months_until(day));
        all.into_iter().fold(Expected::default(), Expected::plus)
    };
    Ok(until(to).minus(until(from)).times(exposure(book, (from, to))?).count)
}
