//! The bridge service: which systems are connected, through which plugins, and how fresh is what they gave.

mod convert;
mod handler;
mod host;
mod live;
mod live_streams;
mod store;
mod sync;

use std::{ops::Deref, path::PathBuf, sync::Arc};

use aftercare_api::{
    aftercare::bridge::v1::{
        connection_service_server::ConnectionServiceServer,
        lookup_service_server::LookupServiceServer, mapping_service_server::MappingServiceServer,
        plugin_service_server::PluginServiceServer, sync_service_server::SyncServiceServer,
        write_back_service_server::WriteBackServiceServer,
    },
    google::longrunning::operations_server::OperationsServer,
};
use aftercare_platform::{
    link::Links,
    migrate::Migrations,
    module::{Context, Module},
    paging::Pager,
    transaction::Home,
};
use tonic::service::Routes;

/// The schema of the bridge's tables.
#[must_use]
pub fn migrations() -> Migrations {
    Migrations { owner: "bridge", list: store::migration::list }
}

/// The bridge over a plugin directory.
#[must_use]
pub fn module(context: Context, plugin_directory: PathBuf) -> Module {
    let home = context.home.clone();
    let bridge = Bridge(Arc::new(Parts {
        home: context.home,
        pager: context.pager,
        links: context.links,
        registry: host::registry::Registry::new(plugin_directory),
        running: sync::running::Running::default(),
        live: live::Live::default(),
        live_streams: live_streams::LiveStreams::default(),
    }));
    Module {
        name: "bridge",
        services: vec![
            "aftercare.bridge.v1.PluginService",
            "aftercare.bridge.v1.ConnectionService",
            "aftercare.bridge.v1.SyncService",
            "aftercare.bridge.v1.MappingService",
            "aftercare.bridge.v1.WriteBackService",
            "aftercare.bridge.v1.LookupService",
            "google.longrunning.Operations",
        ],
        routes: Routes::new(PluginServiceServer::new(bridge.clone()))
            .add_service(ConnectionServiceServer::new(bridge.clone()))
            .add_service(SyncServiceServer::new(bridge.clone()))
            .add_service(MappingServiceServer::new(bridge.clone()))
            .add_service(WriteBackServiceServer::new(bridge.clone()))
            .add_service(LookupServiceServer::new(bridge.clone()))
            .add_service(OperationsServer::new(bridge)),
        consumers: Vec::new(),
        jobs: Vec::new(),
        home,
    }
}

/// What every handler works with.
#[derive(Clone)]
struct Bridge(Arc<Parts>);

struct Parts {
    home: Home,
    pager: Pager,
    links: Links,
    registry: host::registry::Registry,
    running: sync::running::Running,
    live: live::Live,
    live_streams: live_streams::LiveStreams,
}

impl Deref for Bridge {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}
