//! Live lookups: of real files, with their age, and of adapters that cannot, do not, or hang.

use std::time::Duration;

use aftercare_api::aftercare::{adapter::v1::value::Kind, bridge::v1 as pb};
use tonic::{Code, Request};

use crate::suite::{KINDS, Setting, reason, start};

fn ask(stream: &str, keys: &[&str]) -> pb::LookupRecordsRequest {
    pb::LookupRecordsRequest {
        connection: "connections/erp".to_owned(),
        stream: stream.to_owned(),
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        max_age: None,
    }
}

/// Keys with the text of their second column.
async fn found(setting: &Setting, request: pb::LookupRecordsRequest) -> Vec<(String, String)> {
    let answer = setting.lookups().lookup_records(request).await.unwrap().into_inner();
    let text = |record: &aftercare_api::aftercare::adapter::v1::Record| match record.fields[1]
        .value
        .as_ref()
        .and_then(|value| value.kind.clone())
    {
        Some(Kind::Text(text)) => text,
        other => panic!("{other:?}"),
    };
    let records = answer.records.into_iter().filter_map(|found| found.record);
    records.map(|record| (record.key.clone(), text(&record))).collect()
}

fn pair(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

#[tokio::test]
async fn records_come_in_the_order_of_the_keys_and_the_last_line_of_a_key_holds() {
    for kind in KINDS {
        let setting = start(kind).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("accounts.csv");
        std::fs::write(&file, "no,limit\nC1,10\nC2,20\nbroken\nC1,11\n").unwrap();
        setting.connect(folder.path(), "").await;
        let all = found(&setting, ask("accounts", &["C2", "C9", "C1"])).await;
        assert_eq!(all, [pair("C2", "20"), pair("C1", "11")]);
        // What changed is seen at once, but by who takes an older answer for good enough.
        std::fs::write(&file, "no,limit\nC1,12\n").unwrap();
        let kept = pb::LookupRecordsRequest {
            max_age: Some(prost_types::Duration { seconds: 3600, nanos: 0 }),
            ..ask("accounts", &["C1"])
        };
        assert_eq!(found(&setting, kept.clone()).await, [pair("C1", "11")]);
        let age = setting.lookups().lookup_records(kept.clone()).await.unwrap().into_inner();
        let at = age.records[0].observe_time.unwrap();
        let now = setting.call.now.as_second();
        assert!(at.seconds >= now && at.seconds < now + 60, "{at:?}");
        assert_eq!(found(&setting, ask("accounts", &["C1"])).await, [pair("C1", "12")]);
        assert_eq!(found(&setting, kept).await, [pair("C1", "12")]);
    }
}

#[tokio::test]
async fn what_cannot_be_looked_up_says_why() {
    for kind in KINDS {
        let setting = start(kind).await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("accounts.csv"), "no,limit\nC1,10\n").unwrap();
        setting.connect(folder.path(), "").await;
        let refused = async |request| setting.lookups().lookup_records(request).await.unwrap_err();
        let wrong = pb::LookupRecordsRequest {
            connection: "erp".to_owned(),
            max_age: Some(prost_types::Duration { seconds: -1, nanos: 0 }),
            ..ask("", &["C1", "", "C1"])
        };
        let status = refused(wrong).await;
        assert_eq!(status.code(), Code::InvalidArgument);
        let fields = ["connection", "stream", "keys[1]", "keys[2]", "max_age"];
        assert_eq!(crate::suite::fields(&status), fields);
        assert_eq!(crate::suite::fields(&refused(ask("accounts", &[])).await), ["keys"]);
        let unknown = refused(ask("orders", &["C1"])).await;
        assert_eq!(
            (unknown.code(), reason(&unknown).as_str()),
            (Code::FailedPrecondition, "ADAPTER_FAILED")
        );
        drop(folder);
        assert_eq!(reason(&refused(ask("accounts", &["C1"])).await), "ADAPTER_FAILED");
        let connection = pb::Connection {
            name: "connections/erp".to_owned(),
            disabled: true,
            ..pb::Connection::default()
        };
        // The folder is gone, so the connection cannot be checked while it is changed; another one can.
        let other = tempfile::tempdir().unwrap();
        let connection = pb::Connection {
            configuration: Some(crate::suite::configuration(other.path())),
            ..connection
        };
        let update = pb::UpdateConnectionRequest {
            connection: Some(connection),
            ..pb::UpdateConnectionRequest::default()
        };
        setting.connections().update_connection(update).await.unwrap();
        assert_eq!(reason(&refused(ask("accounts", &["C1"])).await), "CONNECTION_DISABLED");
        setting.connect_counter(&[], "").await;
        let counter = pb::LookupRecordsRequest {
            connection: "connections/counter".to_owned(),
            ..ask("ticks", &["1"])
        };
        assert_eq!(reason(&refused(counter).await), "LOOKUP_UNSUPPORTED");
    }
}

#[tokio::test]
async fn an_adapter_that_hangs_costs_its_own_callers_their_time_and_nobody_else() {
    for kind in KINDS {
        let setting = start(kind).await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("accounts.csv"), "no,limit\nC1,10\n").unwrap();
        setting.connect(folder.path(), "").await;
        setting.connect_counter(&["-DAC_COUNTER_HANG=2"], "").await;
        // More callers than the adapter takes at a time: the last wait for their turn in vain.
        for key in ["1", "2", "3", "4", "5", "6"] {
            let mut request = Request::new(pb::LookupRecordsRequest {
                connection: "connections/counter".to_owned(),
                ..ask("ticks", &[key])
            });
            request.set_timeout(Duration::from_millis(50));
            let status = setting.lookups().lookup_records(request).await.unwrap_err();
            assert_eq!(status.code(), Code::DeadlineExceeded, "{key}: {status:?}");
        }
        assert_eq!(found(&setting, ask("accounts", &["C1"])).await, [pair("C1", "10")]);
    }
}
