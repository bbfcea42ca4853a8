//! Loading plugins, and refusing those of another ABI.

use std::{path::Path, process::Command};

use aftercare_api::aftercare::bridge::v1 as pb;
use tonic::Code;
use tonic_types::StatusExt;

use crate::suite::{CSV, KINDS, configuration, reason, start};

fn load(file: &str) -> pb::LoadPluginRequest {
    pb::LoadPluginRequest { file: file.to_owned(), request_id: String::new() }
}

#[tokio::test]
async fn a_plugin_of_another_abi_is_refused_with_both_versions() {
    for kind in KINDS {
        let setting = start(kind).await;
        let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../plugins");
        let built = Command::new("cc")
            .args(["-std=c99", "-shared", "-fPIC", "-DAC_COUNTER_MAJOR=9", "-I"])
            .arg(plugins.join("include"))
            .arg("-o")
            .args([&setting.plugins.join("libcounter.so"), &plugins.join("c-example/counter.c")])
            .status();
        assert!(built.unwrap().success());
        let status = setting.plugins().load_plugin(load("libcounter.so")).await.unwrap_err();
        assert_eq!(status.code(), Code::FailedPrecondition);
        let info = status.get_details_error_info().unwrap();
        assert_eq!(info.reason, "ABI_MISMATCH");
        assert_eq!(info.metadata["plugin_abi"], "9.0");
        assert_eq!(info.metadata["host_abi"], "1.0");
    }
}

#[tokio::test]
async fn files_are_listed_loaded_once_and_checked_by_the_kit() {
    for kind in KINDS {
        let setting = start(kind).await;
        let list = || async {
            setting
                .plugins()
                .list_plugins(pb::ListPluginsRequest::default())
                .await
                .unwrap()
                .into_inner()
                .plugins
        };
        assert_eq!(list().await[0].state(), pb::PluginState::Available);
        let first = setting.plugins().load_plugin(load(CSV)).await.unwrap().into_inner();
        let again = setting.plugins().load_plugin(load(CSV)).await.unwrap().into_inner();
        assert_eq!(first, again);
        assert_eq!((first.name.as_str(), first.abi_version.as_str()), ("plugins/csv", "1.0"));
        assert_eq!(list().await, [first]);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.csv"), "no\n1\n2\n").unwrap();
        let configuration = format!(r#"{{"folder": {:?}}}"#, folder.path().to_str().unwrap());
        let check = pb::CheckPluginRequest { name: "plugins/csv".to_owned(), configuration };
        let results = setting.plugins().check_plugin(check).await.unwrap().into_inner().results;
        assert!(results.len() >= 20 && results.iter().all(|result| result.passed), "{results:#?}");
    }
}

#[tokio::test]
async fn plugins_come_in_pages_whose_tokens_are_bound() {
    for kind in KINDS {
        let setting = start(kind).await;
        for file in ["liba.so", "libb.so", "libc.so"] {
            std::fs::write(setting.plugins.join(file), "no library").unwrap();
        }
        let (mut names, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListPluginsRequest { page_size: 2, page_token };
            let page = setting.plugins().list_plugins(request).await.unwrap().into_inner();
            assert!(page.plugins.len() <= 2);
            names.extend(page.plugins.into_iter().map(|plugin| plugin.file));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(names, ["liba.so", CSV, "libb.so", "libc.so"]);
        let forged = pb::ListPluginsRequest { page_size: 2, page_token: "bGlhcg".to_owned() };
        let status = setting.plugins().list_plugins(forged).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
    }
}

#[tokio::test]
async fn what_is_no_plugin_is_refused_and_no_path_leads_out_of_the_directory() {
    for kind in KINDS {
        let setting = start(kind).await;
        std::fs::write(setting.plugins.join("libtext.so"), "no library").unwrap();
        for (file, expected) in [
            ("libtext.so", "PLUGIN_UNUSABLE"),
            ("libnone.so", "PLUGIN_FILE_NOT_FOUND"),
            ("../libnone.so", "PLUGIN_FILE_NOT_FOUND"),
            ("/lib/libc.so", "PLUGIN_FILE_NOT_FOUND"),
        ] {
            let status = setting.plugins().load_plugin(load(file)).await.unwrap_err();
            assert_eq!(reason(&status), expected, "{file}");
        }
        let _ = configuration(&setting.plugins);
    }
}
