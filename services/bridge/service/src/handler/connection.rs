//! Connections: created, changed, checked, deleted.

use aftercare_api::aftercare::bridge::v1 as pb;
use aftercare_bridge_domain::mapping::{Live, Mapping};
use aftercare_kernel::{
    fault::{Class, Fault, Invalid, Violations},
    ids::{check_id, name_segments},
};
use aftercare_platform::{
    database::StoreError,
    field_mask::{self, Mask},
    filter::{FieldKind, FilterField},
    identity::Call,
    module::answer,
    paging::{OrderField, OrderKind, PageLimits, PageRequest},
    status::Error,
};
use tonic::{Request, Response, Status};

use super::{connection_id, time};
use crate::{
    Bridge,
    convert::{catalogue, json},
    host::instance::{Instance, Opening},
    store::connection::{self as store, Details, entity::Model},
};

const FILTERS: &[FilterField] = &[
    FilterField { name: "plugin", column: "plugin", kind: FieldKind::Text },
    FilterField { name: "display_name", column: "display_name", kind: FieldKind::Text },
];
const ORDERS: &[OrderField] = &[
    OrderField { name: "name", column: "id", kind: OrderKind::Text },
    OrderField { name: "create_time", column: "create_time", kind: OrderKind::Integer },
];
const WRITABLE: &[&str] =
    &["display_name", "plugin", "configuration", "secrets", "mapping", "disabled"];

/// Secrets cannot be stored before there is a key to seal them with.
#[derive(Debug, thiserror::Error)]
#[error("secrets cannot be stored yet: this build has no sealed store for them")]
struct SecretsNotBuilt;

impl Fault for SecretsNotBuilt {
    fn class(&self) -> Class {
        Class::Unimplemented
    }
    fn reason(&self) -> &'static str {
        "SECRETS_NOT_BUILT"
    }
}

#[tonic::async_trait]
impl pb::connection_service_server::ConnectionService for Bridge {
    async fn get_connection(
        &self,
        request: Request<pb::GetConnectionRequest>,
    ) -> Result<Response<pb::Connection>, Status> {
        answer(request, |call, message| async move {
            present(self, &load(self, &call, &message.name).await?)
        })
        .await
    }

    async fn list_connections(
        &self,
        request: Request<pb::ListConnectionsRequest>,
    ) -> Result<Response<pb::ListConnectionsResponse>, Status> {
        answer(request, |call, message| list(self, call, message)).await
    }

    async fn create_connection(
        &self,
        request: Request<pb::CreateConnectionRequest>,
    ) -> Result<Response<pb::Connection>, Status> {
        answer(request, |call, message| create(self, call, message)).await
    }

    async fn update_connection(
        &self,
        request: Request<pb::UpdateConnectionRequest>,
    ) -> Result<Response<pb::Connection>, Status> {
        answer(request, |call, message| update(self, call, message)).await
    }

    async fn delete_connection(
        &self,
        request: Request<pb::DeleteConnectionRequest>,
    ) -> Result<Response<()>, Status> {
        answer(request, |call, message| delete(self, call, message)).await
    }

    async fn check_connection(
        &self,
        request: Request<pb::CheckConnectionRequest>,
    ) -> Result<Response<pb::CheckConnectionResponse>, Status> {
        answer(request, |call, message| async move {
            let row = load(self, &call, &message.name).await?;
            let (instance, warnings) = open(self, &row).await?;
            Ok(pb::CheckConnectionResponse { system: instance.check().await?.system, warnings })
        })
        .await
    }

    async fn discover_streams(
        &self,
        request: Request<pb::DiscoverStreamsRequest>,
    ) -> Result<Response<pb::DiscoverStreamsResponse>, Status> {
        answer(request, |call, message| async move {
            let row = load(self, &call, &message.name).await?;
            let (instance, _) = open(self, &row).await?;
            Ok(pb::DiscoverStreamsResponse { streams: instance.discover().await?.streams })
        })
        .await
    }
}

/// The connection of that name.
pub(super) async fn load(bridge: &Bridge, call: &Call, name: &str) -> Result<Model, Error> {
    let id = connection_id(name, "name")?;
    Ok(store::get(bridge.home.read(), call.tenant(), &id).await?)
}

/// A session of the connection, and what a person should know.
pub(super) async fn open(bridge: &Bridge, row: &Model) -> Result<(Instance, Vec<String>), Error> {
    let plugin = bridge.registry.get(&row.plugin)?.current;
    let opened = Instance::open(plugin, opening(row)?).await;
    let (instance, response) = opened.map_err(|error| error.under("connection.configuration"))?;
    Ok((instance, response.warnings))
}

/// What a session of the connection is opened with.
pub(super) fn opening(row: &Model) -> Result<Opening, Error> {
    let details = row.details()?;
    Ok(Opening {
        connection: format!("connections/{}", row.id),
        configuration: details.configuration,
        state: details.state,
        ..Opening::default()
    })
}

/// The mapping of the connection as text, and whether it is the adapter's default.
pub(super) fn mapping_text(bridge: &Bridge, row: &Model) -> Result<(String, bool), Error> {
    let own = row.details()?.mapping;
    if own.is_empty() {
        Ok((bridge.registry.get(&row.plugin)?.current.manifest.default_mapping.clone(), true))
    } else {
        Ok((own, false))
    }
}

async fn list(
    bridge: &Bridge,
    call: Call,
    request: pb::ListConnectionsRequest,
) -> Result<pb::ListConnectionsResponse, Error> {
    let asked = PageRequest {
        tenant: call.tenant(),
        method: &call.method,
        page_size: request.page_size,
        page_token: &request.page_token,
        filter: &request.filter,
        order_by: &request.order_by,
        parent: "",
    };
    let plan = bridge.pager.plan(&asked, FILTERS, ORDERS, &["id"], PageLimits::default())?;
    let fetched = plan.fetch(store::within(call.tenant()), bridge.home.read()).await;
    let (rows, next_page_token) = fetched.map_err(StoreError::from)?;
    let connections = rows.iter().map(|row| present(bridge, row)).collect::<Result<_, _>>()?;
    Ok(pb::ListConnectionsResponse { connections, next_page_token })
}

async fn create(
    bridge: &Bridge,
    call: Call,
    request: pb::CreateConnectionRequest,
) -> Result<pb::Connection, Error> {
    let mut wrong = Violations::new();
    let chosen = request.connection_id.as_str();
    let id = if chosen.is_empty() { uuid::Uuid::now_v7().to_string() } else { chosen.to_owned() };
    wrong.take("connection_id", check_id(&id));
    let connection = wrong.required("connection", request.connection.clone());
    wrong.finish()?;
    let connection = connection.unwrap_or_default();
    let now = call.now.as_microsecond();
    let fresh = Model {
        tenant: call.tenant().to_string(),
        id: id.clone(),
        display_name: String::new(),
        plugin: String::new(),
        doc: String::new(),
        revision: 1,
        create_time: now,
        update_time: now,
    };
    let row = merged(
        bridge,
        fresh,
        Details::default(),
        &connection,
        &field_mask::check(None, WRITABLE)?,
    )?;
    open(bridge, &row).await?;
    if request.validate_only {
        return present(bridge, &row);
    }
    let write = bridge.home.write(&call, &request.request_id, &request).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    if store::find(write.tx(), call.tenant(), &id).await?.is_some() {
        return Err(StoreError::AlreadyExists { name: format!("connections/{id}") }.into());
    }
    let response = present(bridge, &row)?;
    store::save(write.tx(), row).await?;
    write.commit(response).await
}

async fn update(
    bridge: &Bridge,
    call: Call,
    request: pb::UpdateConnectionRequest,
) -> Result<pb::Connection, Error> {
    let wire =
        request.connection.clone().ok_or_else(|| Invalid::field("connection", "is required"))?;
    let id = connection_id(&wire.name, "connection.name")?;
    let mask = field_mask::check(request.update_mask.as_ref(), WRITABLE)?;
    let Some(current) = store::find(bridge.home.read(), call.tenant(), &id).await? else {
        if !request.allow_missing {
            return Err(StoreError::NotFound { name: wire.name }.into());
        }
        let (connection_id, request_id) = (id, request.request_id);
        let request = pb::CreateConnectionRequest {
            connection_id,
            connection: Some(wire),
            request_id,
            validate_only: false,
        };
        return create(bridge, call, request).await;
    };
    let revision = current.revision;
    let details = current.details()?;
    let mut row = merged(bridge, current, details, &wire, &mask)?;
    open(bridge, &row).await?;
    let write = bridge.home.write(&call, &request.request_id, &request).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let stored = store::get(write.tx(), call.tenant(), &row.id).await?;
    let stale =
        stored.revision != revision || (!wire.etag.is_empty() && wire.etag != stored.etag());
    if stale {
        return Err(StoreError::EtagMismatch { name: wire.name }.into());
    }
    row.revision += 1;
    row.update_time = call.now.as_microsecond();
    let response = present(bridge, &row)?;
    store::save(write.tx(), row).await?;
    write.commit(response).await
}

async fn delete(
    bridge: &Bridge,
    call: Call,
    request: pb::DeleteConnectionRequest,
) -> Result<(), Error> {
    let id = connection_id(&request.name, "name")?;
    let write = bridge.home.write(&call, &request.request_id, &request).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let stored = store::get(write.tx(), call.tenant(), &id).await?;
    if !request.etag.is_empty() && request.etag != stored.etag() {
        return Err(StoreError::EtagMismatch { name: request.name }.into());
    }
    store::delete(write.tx(), call.tenant(), &id).await?;
    write.commit(()).await
}

/// The row with what the request writes; names every wrong field.
fn merged(
    bridge: &Bridge,
    mut row: Model,
    mut details: Details,
    wire: &pb::Connection,
    mask: &Mask,
) -> Result<Model, Error> {
    if !wire.secrets.is_empty() {
        return Err(SecretsNotBuilt.into());
    }
    if mask.writes("display_name", !wire.display_name.is_empty()) {
        row.display_name.clone_from(&wire.display_name);
    }
    let mut wrong = Violations::new();
    wrong.within("connection", |wrong| {
        if row.plugin.is_empty() || mask.writes("plugin", !wire.plugin.is_empty()) {
            let id = name_segments::<1>("plugins/{plugin}", &wire.plugin);
            row.plugin = wrong.take("plugin", id).map(|[id]| id.to_owned()).unwrap_or_default();
        }
        if row.display_name.chars().count() > 200 {
            wrong.add("display_name", "must be at most 200 characters");
        }
    });
    wrong.finish()?;
    if details.configuration.is_empty()
        || mask.writes("configuration", wire.configuration.is_some())
    {
        let configuration = wire.configuration.clone().unwrap_or_default();
        details.configuration = json::text(&configuration);
    }
    if mask.writes("mapping", !wire.mapping.is_empty()) {
        details.mapping.clone_from(&wire.mapping);
    }
    if mask.writes("disabled", wire.disabled) {
        details.disabled = wire.disabled;
    }
    row.set_details(&details)?;
    let (mapping, own) = mapping_text(bridge, &row).map(|(text, default)| (text, !default))?;
    if own {
        Mapping::compile(&mapping, catalogue::entity)?;
    }
    Ok(row)
}

fn present(bridge: &Bridge, row: &Model) -> Result<pb::Connection, Error> {
    let details = row.details()?;
    // Without its plugin a connection without a mapping of its own has none, and is shown all the same.
    let mapping = mapping_text(bridge, row).map(|(text, _)| text).unwrap_or_default();
    Ok(pb::Connection {
        name: format!("connections/{}", row.id),
        display_name: row.display_name.clone(),
        plugin: format!("plugins/{}", row.plugin),
        configuration: json::parsed(&details.configuration),
        mapping: details.mapping.clone(),
        disabled: details.disabled,
        etag: row.etag(),
        create_time: time(row.create_time),
        update_time: time(row.update_time),
        live_streams: bridge.live_streams.of(&mapping).iter().map(live_stream).collect(),
        ..pb::Connection::default()
    })
}

fn live_stream(live: &Live) -> pb::LiveStream {
    let column = |(field, column): &(String, String)| pb::LiveColumn {
        field: field.clone(),
        column: column.clone(),
    };
    pb::LiveStream {
        stream: live.stream.clone(),
        columns: live.fields.iter().map(column).collect(),
    }
}
