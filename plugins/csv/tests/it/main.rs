//! The csv adapter through the ABI, as the bridge calls it: conformance kit and files with every vice.
// The adapter's own entry point is called here, as a loader would.
#![allow(unsafe_code)]
// Helpers of tests may panic as tests may.
#![allow(clippy::unwrap_used, clippy::panic)]

mod lookup;
mod vices;

use aftercare_plugin::{conformance, session::Session, wire};
use aftercare_plugin_abi::host::Plugin;

/// The adapter's table, got through its exported symbol.
pub fn plugin() -> Plugin {
    // SAFETY: the symbol of this very binary.
    unsafe { Plugin::enter(aftercare_adapter_csv::aftercare_plugin_v1) }.unwrap()
}

/// An instance on a folder, with further settings.
pub fn open(folder: &std::path::Path, further: &str) -> Session {
    let configuration = format!(r#"{{"folder": {:?}{further}}}"#, folder.to_str().unwrap());
    let request = wire::ConfigureRequest { connection: String::new(), configuration };
    Session::open(&plugin(), &conformance::Recorder::default(), &request).unwrap().0
}

#[test]
fn the_adapter_passes_the_conformance_kit() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..40).map(|i| format!("C{i},名称 {i},\"x, y\"\n")).collect();
    std::fs::write(folder.path().join("customers.csv"), format!("no,name,note\n{rows}broken\n"))
        .unwrap();
    std::fs::write(folder.path().join("orders.tsv"), "no\tday\n1\t2025-01-01\n2\t\n").unwrap();
    std::fs::write(folder.path().join("empty.csv"), "no,name\n").unwrap();
    std::fs::write(folder.path().join("items.jsonl"), "{\"no\":1}\n{\"no\":\n{\"no\":3}\n")
        .unwrap();
    let configuration = format!(r#"{{"folder": {:?}}}"#, folder.path().to_str().unwrap());
    let plugin = plugin();
    let outcomes =
        conformance::run(&conformance::Subject { plugin: &plugin, configuration: &configuration });
    let faults: Vec<_> = outcomes.iter().filter(|outcome| outcome.fault.is_some()).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(outcomes.len() >= 20);
}
