//! Conflicts: opened, read, listed.

use crate::convert::conflict::present;
use crate::convert::sanction::{product_id, read_period};
use crate::convert::sighting::{distributor, id_in};
use crate::server::Server;
use crate::store::conflict::{self, Conflict, Kept};
use crate::store::market;
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_channel_domain::conflict::{ConflictId, ConflictState};
use aftercare_kernel::fault::{Invalid, Violations};
use aftercare_kernel::region::RegionCode;
use aftercare_platform::database::StoreError;
use aftercare_platform::filter::{FieldKind, FilterField};
use aftercare_platform::identity::Call;
use aftercare_platform::paging::{OrderField, OrderKind, PageLimits, PageRequest};
use aftercare_platform::status::Error;

pub(crate) async fn open(
    server: &Server,
    call: Call,
    request: pb::OpenConflictRequest,
) -> Result<pb::Conflict, Error> {
    let facts = market::load(server.home.read(), call.tenant(), server.zone.clone()).await?;
    let mut wrong = Violations::new();
    let id = if request.conflict_id.is_empty() {
        Some(ConflictId::from_uuid(uuid::Uuid::now_v7()))
    } else {
        wrong.take("conflict_id", ConflictId::parse(&request.conflict_id))
    };
    let wire = wrong.required("conflict", request.conflict.as_ref());
    let conflict =
        wire.and_then(|wire| wrong.within("conflict", |wrong| read(wire, &facts, wrong)));
    wrong.finish()?;
    let (Some(id), Some(conflict)) = (id, conflict) else {
        return Err(Invalid::field("conflict", "is required").into());
    };
    let write = server.home.write(&call, &request.request_id, &request).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let mut kept = Kept::new(id, conflict, call.now);
    conflict::save(write.tx(), call.tenant(), &mut kept, call.now).await?;
    write.commit(present(&kept)).await
}

fn read(
    wire: &pb::Conflict,
    facts: &market::MarketFacts,
    wrong: &mut Violations,
) -> Option<Conflict> {
    let accused = distributor(&wire.accused, "accused", facts, wrong);
    if wire.regions.is_empty() {
        wrong.add("regions", "at least one is required");
    }
    let mut regions = Vec::with_capacity(wire.regions.len());
    for (i, code) in wire.regions.iter().enumerate() {
        regions.extend(wrong.take(&format!("regions[{i}]"), RegionCode::parse(code)));
    }
    let mut products = Vec::with_capacity(wire.products.len());
    for (i, name) in wire.products.iter().enumerate() {
        products.extend(product_id(name, &format!("products[{i}]"), wrong));
    }
    let window = wrong.required("window", wire.window.as_ref());
    let window = window.and_then(|window| read_period(window, "window", wrong));
    Some(Conflict {
        accused: accused?,
        regions,
        products,
        window: window?,
        summary: wire.summary.clone(),
        case: wire.case.clone(),
        state: ConflictState::Suspected,
        hearing: None,
        history: Vec::new(),
        evidence: Vec::new(),
        tasks: Vec::new(),
        intent: None,
        scale: None,
        decision: None,
    })
}

pub(crate) async fn get(
    server: &Server,
    call: Call,
    request: pb::GetConflictRequest,
) -> Result<pb::Conflict, Error> {
    let mut wrong = Violations::new();
    let id = id_in(&request.name, "conflicts/{conflict}", "name", &mut wrong);
    wrong.finish()?;
    let kept = conflict::get(server.home.read(), call.tenant(), &id.unwrap_or_default()).await?;
    Ok(present(&kept))
}

const STATES: FieldKind = FieldKind::Enum(&[
    ("SUSPECTED", "SUSPECTED"),
    ("INVESTIGATING", "INVESTIGATING"),
    ("DISMISSED", "DISMISSED"),
    ("CONFIRMED", "CONFIRMED"),
    ("DECIDED", "DECIDED"),
    ("EXECUTING", "EXECUTING"),
    ("RESTORING", "RESTORING"),
    ("CLOSED", "CLOSED"),
    ("REOPENED", "REOPENED"),
]);

const FIELDS: &[FilterField] = &[
    FilterField { name: "accused", column: "accused", kind: FieldKind::Text },
    FilterField { name: "state", column: "state", kind: STATES },
    FilterField { name: "case", column: "case_name", kind: FieldKind::Text },
    FilterField { name: "create_time", column: "create_time", kind: FieldKind::Timestamp },
];

const ORDERS: &[OrderField] = &[
    OrderField { name: "create_time", column: "create_time", kind: OrderKind::Integer },
    OrderField { name: "update_time", column: "update_time", kind: OrderKind::Integer },
];

pub(crate) async fn list(
    server: &Server,
    call: Call,
    request: pb::ListConflictsRequest,
) -> Result<pb::ListConflictsResponse, Error> {
    let asked = PageRequest {
        tenant: call.tenant(),
        method: "ConflictService/ListConflicts",
        page_size: request.page_size,
        page_token: &request.page_token,
        filter: &request.filter,
        order_by: if request.order_by.is_empty() { "create_time desc" } else { &request.order_by },
        parent: "",
    };
    let plan = server.pager.plan(&asked, FIELDS, ORDERS, &["id"], PageLimits::default())?;
    let select = conflict::within(call.tenant());
    let (rows, next_page_token) =
        plan.fetch(select, server.home.read()).await.map_err(StoreError::from)?;
    let found: Result<Vec<Kept>, StoreError> = rows.into_iter().map(Kept::try_from).collect();
    Ok(pb::ListConflictsResponse {
        conflicts: found?.iter().map(present).collect(),
        next_page_token,
    })
}
