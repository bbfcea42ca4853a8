//! Syncs of an ERP export into the customer service.

use std::{fs, path::Path};

use aftercare_api::{
    aftercare::{bridge::v1 as pb, customer::v1 as customer},
    google::longrunning::{GetOperationRequest, operations_client::OperationsClient},
};
use customer::customer_service_client::CustomerServiceClient;

use crate::suite::{KINDS, Setting, reason, start};

/// Rows of the sample world: five customers, the second below the fourth, and rows that cannot come in.
const MAPPING: &str = r#"
version = 1
[[rule]]
stream = "customers"
entity = "party"
name = "customers/{customer_no}"
check = { since = "date" }
[rule.fields]
display_name = { column = "name", required = true }
parent = { reference = "customers/{parent_no}" }
uscc = "uscc"
"#;

fn write(folder: &Path, rows: &str) {
    fs::write(
        folder.join("customers.csv"),
        format!("customer_no,name,parent_no,uscc,since\n{rows}"),
    )
    .unwrap();
}

const ROWS: &str = "\
C1,甲公司,,,2020-01-01\n\
C2,乙公司,C4,,2020-01-01\n\
C3,broken row\n\
C4,Acme GmbH,,,2020-01-01\n\
C5,丙公司,,91330106XX0000000X,2020-01-01\n\
C6,丁公司,,,2021-02-30\n\
,nobody,,,\n";

async fn names(setting: &Setting) -> Vec<(String, String)> {
    let mut client = CustomerServiceClient::new(setting.to("customer"));
    let request =
        customer::ListCustomersRequest { order_by: "name".to_owned(), ..Default::default() };
    let customers = client.list_customers(request).await.unwrap().into_inner().customers;
    customers.into_iter().map(|customer| (customer.name, customer.parent)).collect()
}

fn pair(name: &str, parent: &str) -> (String, String) {
    (name.to_owned(), parent.to_owned())
}

#[tokio::test]
async fn broken_records_go_to_quarantine_with_line_and_reason_and_the_rest_comes_in() {
    for kind in KINDS {
        let (setting, folder) = (start(kind).await, tempfile::tempdir().unwrap());
        write(folder.path(), ROWS);
        setting.connect(folder.path(), MAPPING).await;
        let run = setting.sync(&[], "").await;
        assert_eq!(run.state(), pb::SyncState::SucceededWithQuarantine, "{run:#?}");
        let stream = &run.streams[0];
        assert_eq!(
            (stream.read, stream.written, stream.quarantined, stream.estimated),
            (7, 3, 4, 7)
        );
        let all = [
            pair("customers/c1", ""),
            pair("customers/c2", "customers/c4"),
            pair("customers/c4", ""),
        ];
        assert_eq!(names(&setting).await, all);
        let mut refused: Vec<_> = setting
            .quarantine()
            .await
            .into_iter()
            .map(|record| (record.line, record.step(), record.reason, record.source))
            .collect();
        refused.sort_by_key(|(line, ..)| *line);
        let file = || "customers.csv".to_owned();
        assert_eq!(
            refused,
            [
                (4, pb::QuarantineStep::Read, "COLUMN_COUNT".to_owned(), file()),
                (6, pb::QuarantineStep::Write, "INVALID_FIELDS".to_owned(), file()),
                (7, pb::QuarantineStep::Map, "MAPPING_FAULT".to_owned(), file()),
                (8, pb::QuarantineStep::Read, "KEY_EMPTY".to_owned(), file()),
            ]
        );
        let written =
            setting.quarantine().await.into_iter().find(|record| record.key == "C5").unwrap();
        assert_eq!(written.faults[0].field, "uscc");
    }
}

#[tokio::test]
async fn the_same_sync_twice_changes_nothing_and_a_changed_row_changes_itself() {
    for kind in KINDS {
        let (setting, folder) = (start(kind).await, tempfile::tempdir().unwrap());
        write(folder.path(), ROWS);
        setting.connect(folder.path(), MAPPING).await;
        setting.sync(&[], "").await;
        let mut client = CustomerServiceClient::new(setting.to("customer"));
        let get =
            customer::GetCustomerRequest { name: "customers/c1".to_owned(), ..Default::default() };
        let before = client.get_customer(get.clone()).await.unwrap().into_inner();
        assert_eq!(before.external_keys[0].system, "connections/erp");
        assert_eq!(before.external_keys[0].key, "C1");
        let again = setting.sync(&[], "").await;
        let stream = &again.streams[0];
        assert_eq!((stream.written, stream.unchanged, stream.quarantined), (0, 3, 4));
        assert_eq!(client.get_customer(get.clone()).await.unwrap().into_inner(), before);
        assert_eq!(setting.quarantine().await.len(), 4);

        write(folder.path(), "C1,甲新公司,,,2020-01-01\nC3,Fixed AG,,,2020-01-01\n");
        let third = setting.sync(&[], "").await;
        assert_eq!(third.state(), pb::SyncState::Succeeded, "{third:#?}");
        assert_eq!((third.streams[0].written, third.streams[0].unchanged), (2, 0));
        assert_eq!(client.get_customer(get).await.unwrap().into_inner().display_name, "甲新公司");
        // A complete run that met none of the broken rows again empties the quarantine.
        assert!(setting.quarantine().await.is_empty());
    }
}

#[tokio::test]
async fn a_request_id_starts_one_run_and_an_operation_tells_its_end() {
    for kind in KINDS {
        let (setting, folder) = (start(kind).await, tempfile::tempdir().unwrap());
        write(folder.path(), ROWS);
        setting.connect(folder.path(), MAPPING).await;
        let id = "7b0a9c52-7e5d-4c57-9a43-1f9b1a1f2b11";
        let (first, second) = (setting.sync(&[], id).await, setting.sync(&[], id).await);
        assert_eq!(first.name, second.name);
        let list =
            pb::ListSyncRunsRequest { parent: "connections/erp".to_owned(), ..Default::default() };
        let runs = setting.syncs().list_sync_runs(list).await.unwrap().into_inner().sync_runs;
        assert_eq!(runs.len(), 1);
        let mut operations = OperationsClient::new(setting.to("bridge"));
        let name = format!("operations/{}", first.name);
        let operation =
            operations.get_operation(GetOperationRequest { name }).await.unwrap().into_inner();
        assert!(operation.done && operation.result.is_some());
    }
}

#[tokio::test]
async fn a_run_that_failed_is_resumed_from_its_last_batch() {
    for kind in KINDS {
        let (setting, folder) = (start(kind).await, tempfile::tempdir().unwrap());
        write(folder.path(), "C1,甲公司,,,2020-01-01\n");
        // The second stream needs a service that is not connected, so the run fails after the first.
        let distributors = "[[rule]]\nstream = \"distributors\"\nentity = \"distributor\"\n\
            name = \"distributors/{no}\"\n[rule.fields]\ndisplay_name = \"name\"\n";
        fs::write(folder.path().join("distributors.csv"), "no,name\nD1,x\n").unwrap();
        setting.connect(folder.path(), &format!("{MAPPING}\n{distributors}")).await;
        let failed = setting.sync(&[], "").await;
        assert_eq!(failed.state(), pb::SyncState::Failed, "{failed:#?}");
        assert!(failed.error.as_ref().unwrap().message.contains("channel"));
        assert!(failed.streams[0].done && !failed.streams[1].done);
        // What made it fail is taken away.
        fs::write(folder.path().join("distributors.csv"), "no,name\n").unwrap();
        let resume = pb::RunSyncRequest {
            parent: "connections/erp".to_owned(),
            resume: true,
            ..pb::RunSyncRequest::default()
        };
        let operation = setting.syncs().run_sync(resume.clone()).await.unwrap().into_inner();
        let resumed = setting.follow(&operation).await;
        assert_eq!(
            (resumed.name.as_str(), resumed.state()),
            (failed.name.as_str(), pb::SyncState::Succeeded)
        );
        assert_eq!(resumed.streams[0].read, 1);
        let status = setting.syncs().run_sync(resume).await.unwrap_err();
        assert_eq!(reason(&status), "SYNC_NOTHING_TO_RESUME");
    }
}

#[tokio::test]
async fn quarantined_records_come_in_when_what_they_lack_is_there() {
    for kind in KINDS {
        let (setting, folder) = (start(kind).await, tempfile::tempdir().unwrap());
        write(folder.path(), "C2,乙公司,C4,,2020-01-01\n");
        setting.connect(folder.path(), MAPPING).await;
        let run = setting.sync(&[], "").await;
        assert_eq!(run.streams[0].quarantined, 1, "{run:#?}");
        let replay = pb::ReplayQuarantinedRecordsRequest {
            parent: "connections/erp".to_owned(),
            ..pb::ReplayQuarantinedRecordsRequest::default()
        };
        let answer =
            setting.syncs().replay_quarantined_records(replay.clone()).await.unwrap().into_inner();
        assert_eq!((answer.replayed, answer.still_quarantined.len()), (0, 1));
        let request = customer::CreateCustomerRequest {
            customer_id: "c4".to_owned(),
            customer: Some(customer::Customer {
                display_name: "Acme".to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        };
        CustomerServiceClient::new(setting.to("customer")).create_customer(request).await.unwrap();
        let answer = setting.syncs().replay_quarantined_records(replay).await.unwrap().into_inner();
        assert_eq!((answer.replayed, answer.still_quarantined.len()), (1, 0));
        assert!(setting.quarantine().await.is_empty());
        assert!(names(&setting).await.contains(&pair("customers/c2", "customers/c4")));
    }
}

#[tokio::test]
async fn the_sample_worlds_parts_rates_customers_machines_and_work_orders_come_in_but_for_the_broken_rows()
 {
    let world = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/world/erp");
    let world = world.canonicalize().unwrap();
    for kind in KINDS {
        let setting = start(kind).await;
        setting.connect(&world, "").await;
        let streams = ["parts", "rate_cards", "customers", "contacts", "assets", "work_orders"];
        let run = setting.sync(&streams, "").await;
        assert_eq!(run.state(), pb::SyncState::SucceededWithQuarantine, "{run:#?}");
        let broken: Vec<_> = setting.quarantine().await;
        let mut lines: Vec<_> =
            broken.iter().map(|record| (record.source.as_str(), record.line)).collect();
        lines.sort_unstable();
        // The world's page names them.
        let expected = [("customers.csv", 88), ("customers.csv", 143), ("customers.csv", 212)];
        assert_eq!(lines, expected, "{broken:#?}");
        for stream in &run.streams {
            // Every row but the header; no field of these files holds a line break.
            let rows = fs::read(world.join(format!("{}.csv", stream.stream))).unwrap();
            let rows = rows.iter().filter(|byte| **byte == b'\n').count() as i64 - 1;
            assert_eq!(stream.read, rows, "{}", stream.stream);
            assert_eq!(stream.written + stream.quarantined, rows, "{}", stream.stream);
        }
    }
}
