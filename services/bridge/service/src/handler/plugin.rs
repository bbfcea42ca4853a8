//! Plugins: listed, loaded, checked.

use aftercare_api::aftercare::bridge::v1 as pb;
use aftercare_kernel::{fault::Invalid, ids::name_segments};
use aftercare_platform::{
    identity::Call,
    module::answer,
    paging::{KeyValue, PageLimits, PageRequest},
    status::Error,
};
use aftercare_plugin::conformance::{self, Subject};
use tonic::{Request, Response, Status};

use crate::{Bridge, host::registry::Entry};

/// Plugins of a page.
const LIMITS: PageLimits = PageLimits { default: 100, max: 1000 };

#[tonic::async_trait]
impl pb::plugin_service_server::PluginService for Bridge {
    async fn get_plugin(
        &self,
        request: Request<pb::GetPluginRequest>,
    ) -> Result<Response<pb::Plugin>, Status> {
        answer(request, |_, message| async move { get(self, &message) }).await
    }

    async fn list_plugins(
        &self,
        request: Request<pb::ListPluginsRequest>,
    ) -> Result<Response<pb::ListPluginsResponse>, Status> {
        answer(request, |call, message| async move { list(self, &call, &message) }).await
    }

    async fn load_plugin(
        &self,
        request: Request<pb::LoadPluginRequest>,
    ) -> Result<Response<pb::Plugin>, Status> {
        answer(request, |call, message| load(self, call, message)).await
    }

    async fn check_plugin(
        &self,
        request: Request<pb::CheckPluginRequest>,
    ) -> Result<Response<pb::CheckPluginResponse>, Status> {
        answer(request, |_, message| check(self, message)).await
    }
}

fn id(name: &str) -> Result<&str, Invalid> {
    name_segments::<1>("plugins/{plugin}", name)
        .map(|[id]| id)
        .map_err(|error| Invalid::field("name", error))
}

fn get(bridge: &Bridge, request: &pb::GetPluginRequest) -> Result<pb::Plugin, Error> {
    Ok(present(&bridge.registry.get(id(&request.name)?)?))
}

fn list(
    bridge: &Bridge,
    call: &Call,
    request: &pb::ListPluginsRequest,
) -> Result<pb::ListPluginsResponse, Error> {
    let asked = PageRequest {
        tenant: call.tenant(),
        method: &call.method,
        page_size: request.page_size,
        page_token: &request.page_token,
        filter: "",
        order_by: "",
        parent: "",
    };
    // By name and file: two files can be meant for adapters of one name.
    let plan = bridge.pager.plan(&asked, &[], &[], &["name", "file"], LIMITS)?;
    let loaded = bridge.registry.all();
    let mut plugins: Vec<_> = loaded.values().map(present).collect();
    for file in bridge.registry.files() {
        if !plugins.iter().any(|plugin| plugin.file == file) {
            let stem = file.split('.').next().unwrap_or_default().to_lowercase();
            plugins.push(pb::Plugin {
                name: format!("plugins/{stem}"),
                file,
                state: pb::PluginState::Available.into(),
                ..pb::Plugin::default()
            });
        }
    }
    plugins.sort_by(|a, b| (&a.name, &a.file).cmp(&(&b.name, &b.file)));
    let key = |plugin: &pb::Plugin, column: &'static str| {
        KeyValue::Text(if column == "name" { plugin.name.clone() } else { plugin.file.clone() })
    };
    let (plugins, next_page_token) = plan.finish_computed(plugins, key);
    Ok(pb::ListPluginsResponse { plugins, next_page_token })
}

async fn load(
    bridge: &Bridge,
    call: Call,
    request: pb::LoadPluginRequest,
) -> Result<pb::Plugin, Error> {
    if request.file.is_empty() {
        return Err(Invalid::field("file", "is required").into());
    }
    // Loading the same content twice is loading it once, so the request id needs no row.
    let bridge = bridge.clone();
    let loading =
        tokio::task::spawn_blocking(move || bridge.registry.load(&request.file, call.now));
    let entry = loading
        .await
        .map_err(|error| aftercare_platform::database::StoreError::corrupt("plugin", error))??;
    tracing::info!(
        plugin = entry.current.manifest.name,
        version = entry.current.manifest.version,
        digest = entry.current.digest,
        principal = call.caller.principal,
        "a plugin was loaded"
    );
    Ok(present(&entry))
}

async fn check(
    bridge: &Bridge,
    request: pb::CheckPluginRequest,
) -> Result<pb::CheckPluginResponse, Error> {
    let entry = bridge.registry.get(id(&request.name)?)?;
    let checking = tokio::task::spawn_blocking(move || {
        let subject =
            Subject { plugin: &entry.current.plugin, configuration: &request.configuration };
        conformance::run(&subject)
    });
    let outcomes = checking
        .await
        .map_err(|error| aftercare_platform::database::StoreError::corrupt("plugin", error))?;
    let results = outcomes.into_iter().map(|outcome| pb::ConformanceResult {
        check: outcome.check.to_owned(),
        passed: outcome.fault.is_none(),
        detail: outcome.fault.unwrap_or_default(),
    });
    Ok(pb::CheckPluginResponse { results: results.collect() })
}

fn present(entry: &Entry) -> pb::Plugin {
    let plugin = &entry.current;
    let (major, minor) = plugin.plugin.abi();
    pb::Plugin {
        name: format!("plugins/{}", plugin.manifest.name),
        file: plugin.file.clone(),
        digest: plugin.digest.clone(),
        state: pb::PluginState::Loaded.into(),
        manifest: Some(plugin.manifest.clone()),
        abi_version: format!("{major}.{minor}"),
        load_time: Some(aftercare_platform::wire::timestamp(plugin.loaded)),
        retired_versions: entry.retired,
    }
}
