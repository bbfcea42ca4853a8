//! The whole API at once: every RPC is guarded, answers in our error form, and is built or listed as not built.

// All of this file is test, also what stands outside of the test functions.
#![allow(clippy::unwrap_used, clippy::panic)]

use aftercare::compose::{self, Composed, Service};
use aftercare_platform::config::Settings;
use aftercare_platform::server::methods_of;
use http_body_util::{BodyExt, Full};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use tower::ServiceExt;

const SERVICES: &[&str] = &["customer", "pricing", "channel", "bridge"];

async fn suite(directory: &Path) -> Composed {
    let mut settings = Settings::default();
    settings.identity.development = true;
    settings.database.data_dir = directory.to_owned();
    settings.plugins.directory = directory.to_owned();
    compose::compose(&settings, &Service::ALL).await.unwrap()
}

/// Every RPC path of our packages, from the descriptors.
fn all_paths() -> Vec<String> {
    use prost::Message as _;
    let set = prost_types::FileDescriptorSet::decode(aftercare_api::FILE_DESCRIPTOR_SET).unwrap();
    let names: Vec<String> = set
        .file
        .iter()
        .filter(|file| SERVICES.iter().any(|s| file.package() == format!("aftercare.{s}.v1")))
        .flat_map(|file| {
            file.service.iter().map(|service| format!("{}.{}", file.package(), service.name()))
        })
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    methods_of(&names).unwrap()
}

async fn call_empty(composed: &Composed, path: &str, roles: &str) -> Option<Status> {
    let request = http::Request::post(format!("http://suite{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("aftercare-roles", roles)
        .body(tonic::body::Body::new(
            Full::new(prost::bytes::Bytes::from_static(&[0; 5])).map_err(|never| match never {}),
        ))
        .unwrap();
    let response = composed.suite.routes().oneshot(request).await.unwrap();
    Status::from_header_map(response.headers())
}

#[tokio::test]
async fn every_rpc_refuses_a_caller_without_the_permission_before_it_looks_at_the_request() {
    let directory = tempfile::tempdir().unwrap();
    let composed = suite(directory.path()).await;
    for path in all_paths() {
        let status = call_empty(&composed, &path, "nobody").await.expect(&path);
        assert_eq!(status.code(), Code::PermissionDenied, "{path}: {status:?}");
        assert_eq!(status.get_details_error_info().unwrap().reason, "PERMISSION_DENIED");
    }
}

#[tokio::test]
async fn every_refusal_carries_error_info_and_what_is_not_built_is_listed() {
    let directory = tempfile::tempdir().unwrap();
    let composed = suite(directory.path()).await;
    let mut missing: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in all_paths() {
        let Some(status) = call_empty(&composed, &path, "admin").await else { continue };
        if status.code() == Code::Ok {
            continue;
        }
        let info = status.get_details_error_info().unwrap_or_else(|| panic!("{path}: {status:?}"));
        assert_eq!(info.domain, "aftercare.dev", "{path}");
        assert_ne!(status.code(), Code::Internal, "{path}: {status:?}");
        if status.code() == Code::Unimplemented {
            let (service, method) = path.trim_start_matches('/').split_once('/').unwrap();
            missing.entry(service.to_owned()).or_default().push(method.to_owned());
        }
    }
    let mut table = String::from("| service | not built yet |\n|---|---|\n");
    for (service, methods) in &missing {
        let service = service.trim_start_matches("aftercare.");
        let _ = writeln!(table, "| `{service}` | {} |", methods.join(", "));
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ARCHITECTURE.md");
    let text = std::fs::read_to_string(&file).unwrap();
    let (begin, end) = ("<!-- not built: begin -->\n", "<!-- not built: end -->");
    let from = text.find(begin).unwrap() + begin.len();
    let to = text.find(end).unwrap();
    if std::env::var_os("AFTERCARE_TEST_UPDATE").is_some() {
        std::fs::write(&file, format!("{}{table}{}", &text[..from], &text[to..])).unwrap();
        return;
    }
    assert_eq!(
        &text[from..to],
        table,
        "ARCHITECTURE.md: run this test with AFTERCARE_TEST_UPDATE=1"
    );
}

#[tokio::test]
async fn a_second_start_on_the_same_data_directory_says_who_holds_it() {
    let directory = tempfile::tempdir().unwrap();
    let _first = suite(directory.path()).await;
    let mut settings = Settings::default();
    settings.database.data_dir = directory.path().to_owned();
    let error = match compose::compose(&settings, &Service::ALL).await {
        Ok(_) => panic!("two suites on one data directory"),
        Err(error) => error.to_string(),
    };
    let holder = format!("process {}", std::process::id());
    assert!(error.contains(&holder), "{error}");
}
