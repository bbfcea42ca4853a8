//! Lookups: by an index of the file's version, and what changed is seen.

use aftercare_plugin::{
    conformance::Recorder,
    session::Session,
    wire::{LookupRequest, Record, value::Kind},
};
use std::fs::File;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::open;

/// Writes a file as if it had been there for a minute.
fn write(path: &Path, text: &str, seconds: u64) {
    std::fs::write(path, text).unwrap();
    let then = SystemTime::now() - Duration::from_secs(60 + seconds);
    File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
}

/// What is found, and whether the file was read through for it.
fn look(session: &Session, keys: &[&str]) -> (Vec<Record>, bool) {
    let host = Recorder::default();
    let request = LookupRequest {
        stream: "accounts".to_owned(),
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
    };
    let records = session.lookup(&host, &request).unwrap().records;
    let said = String::from_utf8_lossy(&host.said()).into_owned();
    let scanned = said.contains("csv.lookup.scanned");
    (records, scanned)
}

fn texts(records: &[Record]) -> Vec<(String, String, u64)> {
    let text = |record: &Record| match record.fields[1].value.clone().unwrap().kind.unwrap() {
        Kind::Text(text) => (record.key.clone(), text, record.position.clone().unwrap().line),
        other => panic!("{other:?}"),
    };
    records.iter().map(text).collect()
}

fn found(key: &str, value: &str, line: u64) -> (String, String, u64) {
    (key.to_owned(), value.to_owned(), line)
}

#[test]
fn a_file_is_read_through_once_a_version() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accounts.csv");
    let rows: String = (0..5000).map(|i| format!("C{i},\"{i}\n{i}\"\n")).collect();
    write(&path, &format!("no,limit\n{rows}broken\nC7,last\n"), 0);
    let session = open(folder.path(), "");
    let (first, scanned) = look(&session, &["C4999", "C7", "none"]);
    assert!(scanned);
    let expected = [found("C4999", "4999\n4999", 10_000), found("C7", "last", 10_003)];
    assert_eq!(texts(&first), expected);
    let (again, scanned) = look(&session, &["C7", "C4999"]);
    assert_eq!((texts(&again).len(), scanned), (2, false), "the index answers");
    assert_eq!(texts(&again)[1], expected[0]);
    assert_eq!(look(&session, &["none"]), (Vec::new(), false));
    // Of the same size, a second earlier: another version all the same.
    write(&path, &format!("no,limit\n{rows}broken\nC7,next\n"), 1);
    let (changed, scanned) = look(&session, &["C7"]);
    assert_eq!((texts(&changed), scanned), (vec![found("C7", "next", 10_003)], true));
    assert!(!look(&session, &["C7"]).1);
}

#[test]
fn a_file_that_was_just_written_is_read_anew_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accounts.csv");
    let session = open_on(&folder, &path, "no,limit\nC1,10\n");
    assert_eq!(texts(&look(&session, &["C1"]).0), [found("C1", "10", 2)]);
    // Within one tick of the file's clock, and of the same size.
    std::fs::write(&path, "no,limit\nC1,11\n").unwrap();
    assert_eq!(texts(&look(&session, &["C1"]).0), [found("C1", "11", 2)]);
}

fn open_on(folder: &tempfile::TempDir, path: &Path, text: &str) -> Session {
    std::fs::write(path, text).unwrap();
    open(folder.path(), "")
}

#[test]
fn many_callers_and_a_writer_get_whole_records() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accounts.csv");
    let text = |n: usize| -> String {
        let rows: String = (0..500).map(|i| format!("C{i},{n}-{}\n", "x".repeat(n))).collect();
        format!("no,limit\n{rows}")
    };
    write(&path, &text(0), 0);
    let session = open(folder.path(), "");
    std::thread::scope(|scope| {
        for caller in 0..6 {
            let session = &session;
            scope.spawn(move || {
                for i in 0..60 {
                    let key = format!("C{}", (caller * 71 + i * 13) % 500);
                    let (records, _) = look(session, &[&key]);
                    let [(found, value, _)] = &texts(&records)[..] else { panic!("{records:?}") };
                    let (n, rest) = value.split_once('-').unwrap();
                    assert_eq!((found, rest.len()), (&key, n.parse::<usize>().unwrap()));
                }
            });
        }
        scope.spawn(|| {
            for n in 1..20 {
                // As exports should be written: whole, under another name, then moved.
                let aside = folder.path().join("accounts.part");
                write(&aside, &text(n), 100 + n as u64);
                std::fs::rename(&aside, &path).unwrap();
            }
        });
    });
}
