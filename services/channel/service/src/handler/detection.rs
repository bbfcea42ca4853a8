//! Runs of the detection: cells are tested, signals kept, and conflicts opened or extended; a second run changes nothing.

use super::cells;
use super::suspect::suspect;
use crate::convert::sanction::read_period;
use crate::convert::sighting::id_in;
use crate::convert::signal::present;
use crate::server::Server;
use crate::store::signal::{Numbers, Signal};
use crate::store::{market, micros, sighting, signal};
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_channel_domain::network::DistributorId;
use aftercare_channel_domain::pattern::{Limits, Tested, test_cells};
use aftercare_kernel::fault::{Invalid, Violations};
use aftercare_kernel::period::Period;
use aftercare_platform::database::StoreError;
use aftercare_platform::filter::{FieldKind, FilterField};
use aftercare_platform::identity::Call;
use aftercare_platform::paging::{OrderField, OrderKind, PageLimits, PageRequest};
use aftercare_platform::status::Error;
use aftercare_platform::wire::exact;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::prelude::ToPrimitive;
use std::collections::BTreeMap;

pub(crate) async fn run(
    server: &Server,
    call: Call,
    request: pb::RunDetectionRequest,
) -> Result<pb::RunDetectionResponse, Error> {
    let (window, limits) = asked(&request)?;
    let span = bounds(window, &server.zone);
    let facts = market::load(server.home.read(), call.tenant(), server.zone.clone()).await?;
    let seen = sighting::between(server.home.read(), call.tenant(), span).await?;
    let cells = cells::count(&seen, &facts, window)?;
    let (tested, found) = test_cells(&cells, &limits);
    let mut signals: Vec<Signal> = Vec::with_capacity(found.len());
    for test in found.iter().filter_map(|i| tested.get(*i)) {
        signals.push(signal_of(test, window, call.now));
    }
    let mut response = pb::RunDetectionResponse {
        sightings: super::capture::count(seen.len()),
        cells: super::capture::count(tested.len()),
        ..Default::default()
    };
    if request.validate_only {
        response.signals = signals.iter().map(present).collect();
        return Ok(response);
    }
    let write = server.home.write(&call, &request.request_id, &request).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let tx = write.tx();
    let ids: Vec<String> = signals.iter().map(|signal| signal.id.clone()).collect();
    let known = signal::find_all(tx, call.tenant(), &ids).await?;
    for before in known {
        for now in signals.iter_mut().filter(|now| now.id == before.id) {
            now.created = before.created;
            now.conflict.clone_from(&before.conflict);
        }
    }
    let mut by_distributor: BTreeMap<DistributorId, Vec<&mut Signal>> = BTreeMap::new();
    for (signal, i) in signals.iter_mut().zip(&found) {
        if let Some(test) = tested.get(*i) {
            by_distributor.entry(test.cell.distributor.clone()).or_default().push(signal);
        }
    }
    for (accused, mut theirs) in by_distributor {
        response.conflicts.extend(suspect(tx, &call, &accused, window, &mut theirs).await?);
    }
    signal::save(tx, call.tenant(), &signals).await?;
    response.signals = signals.iter().map(present).collect();
    write.commit(response).await
}

fn asked(request: &pb::RunDetectionRequest) -> Result<(Period, Limits), Invalid> {
    let mut wrong = Violations::new();
    let window = wrong.required("window", request.window.as_ref());
    let window = window.and_then(|wire| read_period(wire, "window", &mut wrong));
    if window.is_some_and(|window| window.end().is_none()) {
        wrong.add("window.end_date", "is required");
    }
    let mut limits = Limits::default();
    if let Some(rate) = &request.false_discovery_rate {
        let rate = wrong.take("false_discovery_rate", exact(rate)).and_then(|rate| rate.to_f64());
        match rate {
            Some(rate) if rate > 0.0 && rate <= 0.5 => limits.false_discovery_rate = rate,
            _ => wrong.add("false_discovery_rate", "must be above 0 and at most 0.5"),
        }
    }
    match u64::try_from(request.min_units) {
        Ok(0) => {}
        Ok(units) => limits.min_judged = units,
        Err(_) => wrong.add("min_units", "must not be negative"),
    }
    wrong.finish()?;
    window.map(|window| (window, limits)).ok_or_else(|| Invalid::field("window", "is required"))
}

/// The window as stored instants, `[from, to)`, by the maker's clock.
pub(super) fn bounds(window: Period, zone: &TimeZone) -> (i64, i64) {
    let at = |day: Date| day.to_zoned(zone.clone()).map(|zoned| micros(zoned.timestamp()));
    let from = at(window.start()).unwrap_or(i64::MIN);
    let to = window.end().and_then(|end| at(end).ok()).unwrap_or(i64::MAX);
    (from, to)
}

fn signal_of(test: &Tested, window: Period, now: Timestamp) -> Signal {
    let cell = &test.cell;
    let distributor = format!("distributors/{}", cell.distributor);
    let product = format!("products/{}", cell.product);
    let end = window.end().map(|end| end.to_string()).unwrap_or_default();
    let start = window.start().to_string();
    let key =
        [signal::OUT_OF_TERRITORY, &distributor, cell.province.as_str(), &product, &start, &end];
    Signal {
        id: crate::ident::digest(&key),
        distributor,
        region: cell.province.to_string(),
        product,
        conflict: String::new(),
        numbers: Numbers {
            window,
            out: cell.out,
            judged: cell.judged,
            alpha: test.background.alpha,
            beta: test.background.beta,
            p_value: test.p_value,
            q_value: test.q_value,
            log_odds: test.log_odds,
        },
        created: now,
        updated: now,
    }
}

pub(crate) async fn get_signal(
    server: &Server,
    call: Call,
    request: pb::GetSignalRequest,
) -> Result<pb::Signal, Error> {
    let mut wrong = Violations::new();
    let id = id_in(&request.name, "signals/{signal}", "name", &mut wrong);
    wrong.finish()?;
    let found = signal::get(server.home.read(), call.tenant(), &id.unwrap_or_default()).await?;
    Ok(present(&found))
}

const FIELDS: &[FilterField] = &[
    FilterField { name: "kind", column: "kind", kind: FieldKind::Text },
    FilterField { name: "distributor", column: "distributor", kind: FieldKind::Text },
    FilterField { name: "region", column: "region", kind: FieldKind::Text },
    FilterField { name: "product", column: "product", kind: FieldKind::Text },
    FilterField { name: "conflict", column: "conflict", kind: FieldKind::Text },
];

const ORDERS: &[OrderField] =
    &[OrderField { name: "create_time", column: "create_time", kind: OrderKind::Integer }];

pub(crate) async fn list_signals(
    server: &Server,
    call: Call,
    request: pb::ListSignalsRequest,
) -> Result<pb::ListSignalsResponse, Error> {
    let asked = PageRequest {
        tenant: call.tenant(),
        method: "DetectionService/ListSignals",
        page_size: request.page_size,
        page_token: &request.page_token,
        filter: &request.filter,
        order_by: if request.order_by.is_empty() { "create_time desc" } else { &request.order_by },
        parent: "",
    };
    let plan = server.pager.plan(&asked, FIELDS, ORDERS, &["id"], PageLimits::default())?;
    let select = signal::within(call.tenant());
    let (rows, next_page_token) =
        plan.fetch(select, server.home.read()).await.map_err(StoreError::from)?;
    let found: Result<Vec<Signal>, StoreError> = rows.into_iter().map(Signal::try_from).collect();
    Ok(pb::ListSignalsResponse { signals: found?.iter().map(present).collect(), next_page_token })
}
