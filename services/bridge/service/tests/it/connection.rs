//! Connections: the adapter checks their configuration, writes are guarded by etag, tenants see their own.

use aftercare_api::aftercare::bridge::v1 as pb;
use tonic::Code;
use tonic_types::StatusExt;

use crate::suite::{CSV, KINDS, configuration, reason, start};

fn create(id: &str, connection: pb::Connection) -> pb::CreateConnectionRequest {
    pb::CreateConnectionRequest {
        connection_id: id.to_owned(),
        connection: Some(connection),
        ..pb::CreateConnectionRequest::default()
    }
}

#[tokio::test]
async fn every_wrong_setting_is_named_and_secrets_are_refused_until_they_can_be_sealed() {
    for kind in KINDS {
        let setting = start(kind).await;
        let csv = pb::Connection { plugin: "plugins/csv".to_owned(), ..pb::Connection::default() };
        let mut connections = setting.connections();
        let status = connections.create_connection(create("erp", csv.clone())).await.unwrap_err();
        assert_eq!(reason(&status), "PLUGIN_NOT_LOADED");
        let load = pb::LoadPluginRequest { file: CSV.to_owned(), request_id: String::new() };
        setting.plugins().load_plugin(load).await.unwrap();
        let wrong = serde_json::json!({"foldr": "x", "encoding": "big5"});
        let fields = wrong.as_object().unwrap().iter().map(|(name, value)| {
            let kind = prost_types::value::Kind::StringValue(value.as_str().unwrap().to_owned());
            (name.clone(), prost_types::Value { kind: Some(kind) })
        });
        let configuration = Some(prost_types::Struct { fields: fields.collect() });
        let wrong = pb::Connection { configuration, ..csv.clone() };
        let status = connections.create_connection(create("erp", wrong)).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        let bad = status.get_details_bad_request().unwrap();
        let mut fields: Vec<_> = bad.field_violations.iter().map(|v| v.field.as_str()).collect();
        fields.sort_unstable();
        assert_eq!(
            fields,
            [
                "connection.configuration.encoding",
                "connection.configuration.folder",
                "connection.configuration.foldr"
            ]
        );
        let secrets = [("password".to_owned(), "x".to_owned())].into();
        let status =
            connections.create_connection(create("erp", pb::Connection { secrets, ..csv })).await;
        assert_eq!(reason(&status.unwrap_err()), "SECRETS_NOT_BUILT");
    }
}

#[tokio::test]
async fn a_connection_is_created_once_changed_by_etag_and_hidden_from_other_tenants() {
    for kind in KINDS {
        let setting = start(kind).await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("customers.csv"), "customer_no,name\nC1,x\n").unwrap();
        setting.connect(folder.path(), "").await;
        let mut connections = setting.connections();
        let get = pb::GetConnectionRequest { name: "connections/erp".to_owned() };
        let before = connections.get_connection(get.clone()).await.unwrap().into_inner();
        assert_eq!(before.configuration, Some(configuration(folder.path())));
        let changed = pb::Connection { display_name: "ERP".to_owned(), ..before.clone() };
        let update =
            pb::UpdateConnectionRequest { connection: Some(changed), ..Default::default() };
        let after = connections.update_connection(update.clone()).await.unwrap().into_inner();
        assert_eq!(after.display_name, "ERP");
        let status = connections.update_connection(update).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::Aborted, "ETAG_MISMATCH"));
        let mapping = "version = 1\n[[rule]]\nstream = \"s\"\nentity = \"unicorn\"\n".to_owned();
        let wrong = pb::Connection { mapping, etag: String::new(), ..after };
        let update = pb::UpdateConnectionRequest { connection: Some(wrong), ..Default::default() };
        let status = connections.update_connection(update).await.unwrap_err();
        assert_eq!(
            status.get_details_bad_request().unwrap().field_violations[0].field,
            "mapping.rule[0].entity"
        );
        let streams = pb::DiscoverStreamsRequest { name: "connections/erp".to_owned() };
        let streams = connections.discover_streams(streams).await.unwrap().into_inner().streams;
        assert_eq!(streams[0].name, "customers");

        let other =
            aftercare_platform::testing::call("other", &["admin"], setting.call.now).unwrap();
        let transport = setting.suite.client("bridge", &other).unwrap();
        let mut theirs = pb::connection_service_client::ConnectionServiceClient::new(transport);
        assert_eq!(theirs.get_connection(get.clone()).await.unwrap_err().code(), Code::NotFound);

        let delete = pb::DeleteConnectionRequest {
            name: "connections/erp".to_owned(),
            ..Default::default()
        };
        connections.delete_connection(delete).await.unwrap();
        assert_eq!(connections.get_connection(get).await.unwrap_err().code(), Code::NotFound);
    }
}
