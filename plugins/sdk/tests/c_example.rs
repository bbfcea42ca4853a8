//! The plugin in plain C, built by a C compiler: passes the conformance kit; of another ABI it is refused by version.
// A test loads a library as a host does.
#![allow(unsafe_code)]
// Helpers of tests may panic as tests may.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{path::Path, process::Command};

use aftercare_plugin::{
    abi::{
        SYMBOL,
        host::{EntryError, Plugin},
        layout::Entry,
    },
    conformance::{self, Recorder},
    session::{Session, describe},
    wire,
};

/// Builds the example with further flags and enters it. The library stays mapped.
fn load(directory: &Path, flags: &[&str]) -> Result<Plugin, EntryError> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let library = directory.join("libcounter.so");
    let built = Command::new("cc")
        .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O1", "-shared", "-fPIC"])
        .args(flags)
        .arg("-I")
        .arg(root.join("include"))
        .arg("-o")
        .args([&library, &root.join("c-example/counter.c")])
        .output()
        .expect("a C compiler named cc");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    // SAFETY: the library was just built from the example and is never unloaded.
    unsafe {
        let library = Box::leak(Box::new(libloading::Library::new(&library).unwrap()));
        let entry: libloading::Symbol<'static, Entry> = library.get(SYMBOL.as_bytes()).unwrap();
        Plugin::enter(*entry)
    }
}

#[test]
fn a_plugin_in_c_passes_the_conformance_kit() {
    let directory = tempfile::tempdir().unwrap();
    let plugin = load(directory.path(), &[]).unwrap();
    assert_eq!(describe(&plugin).unwrap().name, "counter");
    let subject = conformance::Subject { plugin: &plugin, configuration: r#"{"count": 25}"# };
    let faults: Vec<_> =
        conformance::run(&subject).into_iter().filter(|outcome| outcome.fault.is_some()).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_plugin_in_c_reads_through_the_border() {
    let directory = tempfile::tempdir().unwrap();
    let plugin = load(directory.path(), &[]).unwrap();
    let (services, request) = (
        Recorder::default(),
        wire::ConfigureRequest {
            configuration: r#"{"count":5}"#.to_owned(),
            ..wire::ConfigureRequest::default()
        },
    );
    let (session, _) = Session::open(&plugin, &services, &request).unwrap();
    let (mut keys, mut cursor) = (Vec::new(), Vec::new());
    loop {
        let request = wire::ReadRequest { stream: "ticks".to_owned(), cursor, max_records: 2 };
        let batch = session.read(&services, &request).unwrap();
        keys.extend(batch.records.into_iter().map(|record| record.key));
        cursor = batch.cursor;
        if batch.end {
            break;
        }
    }
    assert_eq!(keys, ["1", "2", "3", "4", "5"]);
}

#[test]
fn a_plugin_of_another_abi_is_refused_with_its_version() {
    let directory = tempfile::tempdir().unwrap();
    let refused = load(directory.path(), &["-DAC_COUNTER_MAJOR=7"]);
    assert_eq!(refused.unwrap_err(), EntryError::Version { major: 7, minor: 0 });
}

#[test]
fn the_kit_finds_a_plugin_that_ignores_the_batch_limit() {
    let directory = tempfile::tempdir().unwrap();
    let plugin = load(directory.path(), &["-DAC_COUNTER_DEFECT"]).unwrap();
    let subject = conformance::Subject { plugin: &plugin, configuration: r#"{"count": 25}"# };
    let outcomes = conformance::run(&subject);
    let failed: Vec<_> = outcomes
        .iter()
        .filter(|outcome| outcome.fault.is_some())
        .map(|outcome| outcome.check)
        .collect();
    assert_eq!(failed, ["batch-limit-is-kept"]);
}
