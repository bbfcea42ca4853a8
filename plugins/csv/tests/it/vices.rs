//! Files as they come: broken rows, two encodings, replaced and appended files, links out of the folder.

use std::fs;

use aftercare_plugin::{
    conformance::Recorder,
    wire::{Batch, ErrorKind, ReadRequest, value::Kind},
};

use crate::open;

fn read(session: &aftercare_plugin::session::Session, stream: &str, cursor: &[u8]) -> Batch {
    let request =
        ReadRequest { stream: stream.to_owned(), cursor: cursor.to_owned(), max_records: 1_000 };
    session.read(&Recorder::default(), &request).unwrap()
}

fn keys(batch: &Batch) -> Vec<&str> {
    batch.records.iter().map(|record| record.key.as_str()).collect()
}

fn faults(batch: &Batch) -> Vec<(u64, &str)> {
    batch
        .faults
        .iter()
        .map(|fault| (fault.position.as_ref().unwrap().line, fault.reason.as_str()))
        .collect()
}

fn cell(batch: &Batch, record: usize, name: &str) -> Option<Kind> {
    let field = batch.records[record].fields.iter().find(|field| field.name == name).unwrap();
    field.value.clone().unwrap().kind
}

#[test]
fn broken_rows_are_named_by_line_and_reason_and_the_rest_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let text = b"\xef\xbb\xbfno,name,note\r\n\
        A1,one,\"two\nlines\"\r\n\
        A2,too few\r\n\
        \r\n\
        A3,bad \xff bytes,x\r\n\
        A4,\"never closed,x\r\n\
        ,no key,x\r\n\
        A5,\"text\"after,x\r\n\
        A6,,last without end";
    fs::write(folder.path().join("t.csv"), text).unwrap();
    let batch = read(&open(folder.path(), ""), "t", &[]);
    assert_eq!(keys(&batch), ["A1", "A6"]);
    assert_eq!(
        faults(&batch),
        [
            (4, "COLUMN_COUNT"),
            (6, "BAD_ENCODING"),
            (7, "UNCLOSED_QUOTE"),
            (8, "KEY_EMPTY"),
            (9, "TEXT_AFTER_QUOTE")
        ]
    );
    assert_eq!(cell(&batch, 0, "note"), Some(Kind::Text("two\nlines".to_owned())));
    assert_eq!(cell(&batch, 1, "name"), None);
    assert!(batch.end);
}

#[test]
fn gb18030_is_found_and_headers_are_renamed() {
    let folder = tempfile::tempdir().unwrap();
    let (bytes, _, _) = encoding_rs::GB18030.encode("编号;姓名\nK1;赵甲\nK2;钱乙\n");
    fs::write(folder.path().join("contacts.csv"), bytes).unwrap();
    let further = r#", "delimiter": ";", "streams": {"contacts": {"columns": {"编号": "no", "姓名": "name"}, "key": ["no"]}}"#;
    let batch = read(&open(folder.path(), further), "contacts", &[]);
    assert_eq!(keys(&batch), ["K1", "K2"]);
    assert_eq!(cell(&batch, 1, "name"), Some(Kind::Text("钱乙".to_owned())));
}

#[test]
fn appended_rows_are_read_alone_and_a_replaced_file_from_its_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    fs::write(&path, "no,name\n1,a\n2,b\n").unwrap();
    let end = read(&open(folder.path(), ""), "t", &[]).cursor;
    fs::write(&path, "no,name\n1,a\n2,b\n3,c\n").unwrap();
    assert_eq!(keys(&read(&open(folder.path(), ""), "t", &end)), ["3"]);
    fs::write(&path, "no,name\n1,A\n2,b\n3,c\n").unwrap();
    assert_eq!(keys(&read(&open(folder.path(), ""), "t", &end)), ["1", "2", "3"]);
}

#[test]
fn a_version_changes_exactly_with_the_content() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    let mut versions = Vec::new();
    for text in ["no,name\n1,a\n", "no,name\n0,x\n1,a\n", "no,name\n1,b\n", "no,other\n1,a\n"] {
        fs::write(&path, text).unwrap();
        let batch = read(&open(folder.path(), ""), "t", &[]);
        versions.push(batch.records.last().unwrap().version.clone());
    }
    assert_eq!(versions[0], versions[1]);
    assert_ne!(versions[0], versions[2]);
    assert_ne!(versions[0], versions[3]);
}

#[test]
fn a_column_named_as_key_is_the_key() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("lines.csv"),
        "delivery,line,line_key\nL1,10,L1-10\nL1,20,L1-20\n",
    )
    .unwrap();
    assert_eq!(keys(&read(&open(folder.path(), ""), "lines", &[])), ["L1-10", "L1-20"]);
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_is_no_stream() {
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(outside.path().join("secret.csv"), "a\n1\n").unwrap();
    std::os::unix::fs::symlink(outside.path().join("secret.csv"), folder.path().join("x.csv"))
        .unwrap();
    let streams = open(folder.path(), "").discover(&Recorder::default()).unwrap().streams;
    assert!(streams.is_empty());
}

#[test]
fn a_missing_folder_and_a_double_column_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let error = open(&folder.path().join("none"), "").check(&Recorder::default()).unwrap_err();
    assert_eq!(error.wire().kind(), ErrorKind::NotFound);
    fs::write(folder.path().join("t.csv"), "a,b,a\n").unwrap();
    let error = open(folder.path(), "").discover(&Recorder::default()).unwrap_err();
    assert_eq!(error.wire().reason, "HEADER_BROKEN");
    assert!(error.wire().message.contains("two columns \"a\""), "{error}");
}
