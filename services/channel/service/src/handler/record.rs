//! Stored events and plain shipments, asked for.

use crate::convert::shipment::present;
use crate::convert::sighting::id_in;
use crate::server::Server;
use crate::store::{event, shipment};
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_kernel::fault::Violations;
use aftercare_platform::database::StoreError;
use aftercare_platform::filter::{FieldKind, FilterField};
use aftercare_platform::identity::Call;
use aftercare_platform::paging::{OrderField, OrderKind, PageLimits, PageRequest};
use aftercare_platform::status::Error;
use aftercare_platform::wire::timestamp;

pub(crate) async fn get_event(
    server: &Server,
    call: Call,
    request: pb::GetItemEventRequest,
) -> Result<pb::ItemEvent, Error> {
    let mut wrong = Violations::new();
    let id = id_in(&request.name, "itemEvents/{item_event}", "name", &mut wrong);
    wrong.finish()?;
    let row = event::get(server.home.read(), call.tenant(), &id.unwrap_or_default()).await?;
    Ok(present_event(&row)?)
}

pub(crate) async fn get_shipment(
    server: &Server,
    call: Call,
    request: pb::GetShipmentRequest,
) -> Result<pb::Shipment, Error> {
    let mut wrong = Violations::new();
    let id = id_in(&request.name, "shipments/{shipment}", "name", &mut wrong);
    wrong.finish()?;
    let row = shipment::get(server.home.read(), call.tenant(), &id.unwrap_or_default()).await?;
    Ok(present(&row)?)
}

const EVENT_FIELDS: &[FilterField] = &[
    FilterField { name: "event_id", column: "event_id", kind: FieldKind::Text },
    FilterField { name: "biz_step", column: "biz_step", kind: FieldKind::Text },
    FilterField { name: "action", column: "action", kind: FieldKind::Text },
    FilterField { name: "event_time", column: "event_time", kind: FieldKind::Timestamp },
];

const EVENT_ORDERS: &[OrderField] = &[
    OrderField { name: "event_time", column: "event_time", kind: OrderKind::Integer },
    OrderField { name: "record_time", column: "record_time", kind: OrderKind::Integer },
];

pub(crate) async fn list_events(
    server: &Server,
    call: Call,
    request: pb::ListItemEventsRequest,
) -> Result<pb::ListItemEventsResponse, Error> {
    let asked = PageRequest {
        tenant: call.tenant(),
        method: "CaptureService/ListItemEvents",
        page_size: request.page_size,
        page_token: &request.page_token,
        filter: &request.filter,
        order_by: if request.order_by.is_empty() { "event_time" } else { &request.order_by },
        parent: "",
    };
    let plan =
        server.pager.plan(&asked, EVENT_FIELDS, EVENT_ORDERS, &["id"], PageLimits::default())?;
    let select = event::within(call.tenant());
    let (rows, next_page_token) =
        plan.fetch(select, server.home.read()).await.map_err(StoreError::from)?;
    let item_events: Result<Vec<_>, StoreError> = rows.iter().map(present_event).collect();
    Ok(pb::ListItemEventsResponse { item_events: item_events?, next_page_token })
}

const SHIPMENT_FIELDS: &[FilterField] = &[
    FilterField { name: "shipper", column: "shipper", kind: FieldKind::Text },
    FilterField { name: "consignee", column: "consignee", kind: FieldKind::Text },
    FilterField { name: "ship_time", column: "ship_time", kind: FieldKind::Timestamp },
];

const SHIPMENT_ORDERS: &[OrderField] =
    &[OrderField { name: "ship_time", column: "ship_time", kind: OrderKind::Integer }];

pub(crate) async fn list_shipments(
    server: &Server,
    call: Call,
    request: pb::ListShipmentsRequest,
) -> Result<pb::ListShipmentsResponse, Error> {
    let asked = PageRequest {
        tenant: call.tenant(),
        method: "CaptureService/ListShipments",
        page_size: request.page_size,
        page_token: &request.page_token,
        filter: &request.filter,
        order_by: if request.order_by.is_empty() { "ship_time" } else { &request.order_by },
        parent: "",
    };
    let plan = server.pager.plan(
        &asked,
        SHIPMENT_FIELDS,
        SHIPMENT_ORDERS,
        &["id"],
        PageLimits::default(),
    )?;
    let select = shipment::within(call.tenant());
    let (rows, next_page_token) =
        plan.fetch(select, server.home.read()).await.map_err(StoreError::from)?;
    let shipments: Result<Vec<_>, StoreError> = rows.iter().map(present).collect();
    Ok(pb::ListShipmentsResponse { shipments: shipments?, next_page_token })
}

fn present_event(row: &event::entity::Model) -> Result<pb::ItemEvent, StoreError> {
    let kind = match row.kind.as_str() {
        "ObjectEvent" => pb::ItemEventType::Object,
        "AggregationEvent" => pb::ItemEventType::Aggregation,
        "TransactionEvent" => pb::ItemEventType::Transaction,
        "TransformationEvent" => pb::ItemEventType::Transformation,
        "AssociationEvent" => pb::ItemEventType::Association,
        _ => pb::ItemEventType::Unspecified,
    };
    let time = |micros| crate::store::instant("channel_event", micros).map(timestamp);
    Ok(pb::ItemEvent {
        name: format!("itemEvents/{}", row.id),
        event_id: row.event_id.clone(),
        r#type: kind.into(),
        event_time: Some(time(row.event_time)?),
        record_time: Some(time(row.record_time)?),
        biz_step: row.biz_step.clone(),
        action: row.action.clone(),
        withdraw_time: event::withdrawn(row)?.map(timestamp),
        json: row.doc.clone(),
    })
}
