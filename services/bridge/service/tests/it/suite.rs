//! A bridge with a plugin directory, and customer beside it.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use aftercare_api::{aftercare::bridge::v1 as pb, google::longrunning::Operation};
use aftercare_platform::{
    identity::Call,
    link::LinkTransport,
    module::{Context, Module},
    testing::{Kind, TestSuite, call},
};
use pb::{
    connection_service_client::ConnectionServiceClient, lookup_service_client::LookupServiceClient,
    plugin_service_client::PluginServiceClient, sync_service_client::SyncServiceClient,
};
use prost::Message;

/// The databases that every test runs on.
pub const KINDS: [Kind; 2] = [Kind::Sqlite, Kind::Postgres];
/// The file of the csv adapter.
pub const CSV: &str = "libaftercare_adapter_csv.so";

/// A suite and a tenant's call in it.
pub struct Setting {
    pub suite: TestSuite,
    pub call: Call,
    // Removed when the test is over.
    _directory: tempfile::TempDir,
    pub plugins: PathBuf,
}

/// The adapter's library, built once.
fn csv_library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let built = Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--package",
                "aftercare-adapter-csv",
                "--message-format",
                "json",
            ])
            .output()
            .unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let text = String::from_utf8(built.stdout).unwrap();
        let start = text.rfind(&format!("{CSV}\"")).expect("cargo names the library it built");
        let path = &text[..start + CSV.len()];
        PathBuf::from(&path[path.rfind('"').unwrap() + 1..])
    })
}

/// A suite with all services that take records, and the csv adapter's file in the plugin directory.
pub async fn start(kind: Kind) -> Setting {
    let directory = tempfile::tempdir().unwrap();
    let plugins = directory.path().to_owned();
    std::fs::copy(csv_library(), plugins.join(CSV)).unwrap();
    let folder = plugins.clone();
    let bridge = move |context: Context| -> Module { aftercare_bridge::module(context, folder) };
    let suite = TestSuite::start(
        kind,
        vec![
            ("bridge", aftercare_bridge::migrations(), Box::new(bridge)),
            ("customer", aftercare_customer::migrations(), Box::new(aftercare_customer::module)),
            ("pricing", aftercare_pricing::migrations(), Box::new(aftercare_pricing::module)),
        ],
    );
    let suite = suite.await.unwrap();
    let call = call("demo", &["admin"], "2026-07-01T01:00:00Z".parse().unwrap()).unwrap();
    Setting { suite, call, _directory: directory, plugins }
}

impl Setting {
    pub fn to(&self, service: &str) -> LinkTransport {
        self.suite.client(service, &self.call).unwrap()
    }

    pub fn plugins(&self) -> PluginServiceClient<LinkTransport> {
        PluginServiceClient::new(self.to("bridge"))
    }

    pub fn connections(&self) -> ConnectionServiceClient<LinkTransport> {
        ConnectionServiceClient::new(self.to("bridge"))
    }

    pub fn syncs(&self) -> SyncServiceClient<LinkTransport> {
        SyncServiceClient::new(self.to("bridge"))
    }

    pub fn lookups(&self) -> LookupServiceClient<LinkTransport> {
        LookupServiceClient::new(self.to("bridge"))
    }

    /// Loads the csv adapter and connects a folder as `connections/erp`.
    pub async fn connect(&self, folder: &Path, mapping: &str) {
        self.connect_as("erp", folder, mapping).await;
    }

    /// Loads the csv adapter and connects a folder.
    pub async fn connect_as(&self, id: &str, folder: &Path, mapping: &str) {
        let load = pb::LoadPluginRequest { file: CSV.to_owned(), request_id: String::new() };
        self.plugins().load_plugin(load).await.unwrap();
        let connection = pb::Connection {
            plugin: "plugins/csv".to_owned(),
            configuration: Some(configuration(folder)),
            mapping: mapping.to_owned(),
            ..pb::Connection::default()
        };
        let request = pb::CreateConnectionRequest {
            connection_id: id.to_owned(),
            connection: Some(connection),
            ..pb::CreateConnectionRequest::default()
        };
        self.connections().create_connection(request).await.unwrap();
    }

    /// Builds the counter of `plugins/c-example` so, loads it and connects it as `connections/counter`.
    pub async fn connect_counter(&self, defines: &[&str], mapping: &str) {
        let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../plugins");
        let built = Command::new("cc")
            .args(["-std=c99", "-shared", "-fPIC", "-I"])
            .arg(plugins.join("include"))
            .args(defines)
            .arg("-o")
            .args([&self.plugins.join("libcounter.so"), &plugins.join("c-example/counter.c")])
            .status();
        assert!(built.unwrap().success());
        let file = "libcounter.so".to_owned();
        let load = pb::LoadPluginRequest { file, request_id: String::new() };
        self.plugins().load_plugin(load).await.unwrap();
        let connection = pb::Connection {
            plugin: "plugins/counter".to_owned(),
            mapping: mapping.to_owned(),
            ..pb::Connection::default()
        };
        let request = pb::CreateConnectionRequest {
            connection_id: "counter".to_owned(),
            connection: Some(connection),
            ..pb::CreateConnectionRequest::default()
        };
        self.connections().create_connection(request).await.unwrap();
    }

    /// Runs a sync of these streams and follows it to its end.
    pub async fn sync(&self, streams: &[&str], request_id: &str) -> pb::SyncRun {
        let request = pb::RunSyncRequest {
            parent: "connections/erp".to_owned(),
            streams: streams.iter().map(|stream| (*stream).to_owned()).collect(),
            request_id: request_id.to_owned(),
            ..pb::RunSyncRequest::default()
        };
        let operation = self.syncs().run_sync(request).await.unwrap().into_inner();
        self.follow(&operation).await
    }

    /// Watches the run of an operation to its end.
    pub async fn follow(&self, operation: &Operation) -> pb::SyncRun {
        let metadata = operation.metadata.as_ref().unwrap();
        let metadata = pb::RunSyncMetadata::decode(metadata.value.as_slice()).unwrap();
        let watch = pb::WatchSyncRunRequest { name: metadata.sync_run, after_revision: 0 };
        let mut stream = self.syncs().watch_sync_run(watch).await.unwrap().into_inner();
        let mut last = None;
        while let Some(run) = stream.message().await.unwrap() {
            assert!(last.as_ref().is_none_or(|last: &pb::SyncRun| last.revision <= run.revision));
            last = Some(run);
        }
        last.unwrap()
    }

    /// The quarantine of `connections/erp`.
    pub async fn quarantine(&self) -> Vec<pb::QuarantinedRecord> {
        let request = pb::ListQuarantinedRecordsRequest {
            parent: "connections/erp".to_owned(),
            ..pb::ListQuarantinedRecordsRequest::default()
        };
        self.syncs()
            .list_quarantined_records(request)
            .await
            .unwrap()
            .into_inner()
            .quarantined_records
    }
}

/// A configuration of the csv adapter.
pub fn configuration(folder: &Path) -> prost_types::Struct {
    let kind = prost_types::value::Kind::StringValue(folder.to_str().unwrap().to_owned());
    let folder = prost_types::Value { kind: Some(kind) };
    prost_types::Struct { fields: [("folder".to_owned(), folder)].into() }
}

/// The wrong fields of an error.
pub fn fields(status: &tonic::Status) -> Vec<String> {
    use tonic_types::StatusExt;
    let wrong = status.get_details_bad_request().unwrap().field_violations;
    wrong.into_iter().map(|violation| violation.field).collect()
}

/// The reason of an error.
pub fn reason(status: &tonic::Status) -> String {
    use tonic_types::StatusExt;
    status.get_details_error_info().unwrap().reason
}
