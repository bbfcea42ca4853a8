//! Plain sightings, and lists of all of them.

use super::capture::count;
use super::judge::judge;
use super::raise;
use super::shipment::size;
use crate::convert::sighting::{id_in, present, read};
use crate::server::Server;
use crate::store::{market, sighting};
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_kernel::fault::Violations;
use aftercare_platform::database::StoreError;
use aftercare_platform::filter::{FieldKind, FilterField};
use aftercare_platform::identity::Call;
use aftercare_platform::paging::{OrderField, OrderKind, PageLimits, PageRequest};
use aftercare_platform::status::Error;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) async fn record(
    server: &Server,
    call: Call,
    request: pb::BatchRecordSightingsRequest,
) -> Result<pb::BatchRecordSightingsResponse, Error> {
    let facts = market::load(server.home.read(), call.tenant(), server.zone.clone()).await?;
    let mut wrong = Violations::new();
    size(request.sightings.len(), "sightings", &mut wrong);
    let mut rows = BTreeMap::new();
    let mut ids = Vec::with_capacity(request.sightings.len());
    for (i, wire) in request.sightings.iter().enumerate() {
        let one =
            wrong.within(&format!("sightings[{i}]"), |wrong| read(wire, &facts, call.now, wrong));
        if let Some((one, origin)) = one {
            ids.push(one.id.clone());
            rows.insert(one.id.clone(), sighting::row(call.tenant(), &one, &origin, call.now));
        }
    }
    wrong.finish()?;
    let mut write = server.home.write(&call, &request.request_id, &request).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let tx = write.tx();
    let known = sighting::find_all(tx, call.tenant(), &ids).await?;
    for stored in &known {
        rows.remove(&stored.id);
    }
    let new: Vec<_> = rows.into_values().collect();
    let judged = judge(tx, call.tenant(), &facts, new, BTreeSet::new()).await?;
    let now = known.iter().chain(&judged.new).chain(&judged.changed);
    let by_id: BTreeMap<&str, &sighting::entity::Model> =
        now.map(|row| (row.id.as_str(), row)).collect();
    let mut response =
        pb::BatchRecordSightingsResponse { stored: count(judged.new.len()), ..Default::default() };
    for id in &ids {
        response.sightings.extend(by_id.get(id.as_str()).map(|row| present(row)).transpose()?);
    }
    write.emit_all(raise::sightings(&judged)?).await?;
    write.commit(response).await
}

pub(crate) async fn get(
    server: &Server,
    call: Call,
    request: pb::GetSightingRequest,
) -> Result<pb::Sighting, Error> {
    let mut wrong = Violations::new();
    let id = id_in(&request.name, "sightings/{sighting}", "name", &mut wrong);
    wrong.finish()?;
    let row = sighting::get(server.home.read(), call.tenant(), &id.unwrap_or_default()).await?;
    Ok(present(&row)?)
}

const fn field(name: &'static str, column: &'static str, kind: FieldKind) -> FilterField {
    FilterField { name, column, kind }
}

const VERDICTS: FieldKind = FieldKind::Enum(&[
    ("IN_TERRITORY", "IN_TERRITORY"),
    ("OUT_OF_TERRITORY", "OUT_OF_TERRITORY"),
    ("EXCEPTED", "EXCEPTED"),
    ("UNKNOWN_CUSTODY", "UNKNOWN_CUSTODY"),
    ("BROKEN_CHAIN", "BROKEN_CHAIN"),
    ("DUPLICATE_SERIAL", "DUPLICATE_SERIAL"),
    ("UNKNOWN_PLACE", "UNKNOWN_PLACE"),
    ("NO_AGREEMENT", "NO_AGREEMENT"),
]);

const KINDS: FieldKind = FieldKind::Enum(&[
    ("SCAN", "SCAN"),
    ("WARRANTY_REGISTRATION", "WARRANTY_REGISTRATION"),
    ("PATROL", "PATROL"),
    ("LISTING", "LISTING"),
    ("INVOICE", "INVOICE"),
    ("COMPLAINT", "COMPLAINT"),
    ("SERVICE_CALL", "SERVICE_CALL"),
]);

const FIELDS: &[FilterField] = &[
    field("responsible", "responsible", FieldKind::Text),
    field("product", "product", FieldKind::Text),
    field("region", "region", FieldKind::Text),
    field("province", "province", FieldKind::Text),
    field("item", "item", FieldKind::Text),
    field("verdict", "verdict", VERDICTS),
    field("kind", "kind", KINDS),
    field("sight_time", "sight_time", FieldKind::Timestamp),
    field("below_floor", "below_floor", FieldKind::Boolean),
];

const ORDERS: &[OrderField] = &[
    OrderField { name: "sight_time", column: "sight_time", kind: OrderKind::Integer },
    OrderField { name: "record_time", column: "record_time", kind: OrderKind::Integer },
];

pub(crate) async fn list(
    server: &Server,
    call: Call,
    request: pb::ListSightingsRequest,
) -> Result<pb::ListSightingsResponse, Error> {
    let asked = PageRequest {
        tenant: call.tenant(),
        method: "DetectionService/ListSightings",
        page_size: request.page_size,
        page_token: &request.page_token,
        filter: &request.filter,
        order_by: if request.order_by.is_empty() { "sight_time" } else { &request.order_by },
        parent: "",
    };
    let plan = server.pager.plan(&asked, FIELDS, ORDERS, &["id"], PageLimits::default())?;
    let select = sighting::within(call.tenant());
    let (rows, next_page_token) =
        plan.fetch(select, server.home.read()).await.map_err(StoreError::from)?;
    let sightings: Result<Vec<_>, StoreError> = rows.iter().map(present).collect();
    Ok(pb::ListSightingsResponse { sightings: sightings?, next_page_token })
}
