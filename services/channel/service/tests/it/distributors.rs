//! Distributors: a tree with unique party GLNs.

use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_platform::testing::{self, Kind, TestSuite};
use pb::distributor_service_client::DistributorServiceClient;
use tonic::Code;

fn row(id: &str, parent: &str, gln: &str) -> pb::UpdateDistributorRequest {
    pb::UpdateDistributorRequest {
        distributor: Some(pb::Distributor {
            name: format!("distributors/{id}"),
            display_name: id.to_owned(),
            kind: pb::DistributorKind::GeneralAgent.into(),
            parent: parent.to_owned(),
            gln: gln.to_owned(),
            region: "CN-ZJ".to_owned(),
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    }
}

fn batch(requests: Vec<pb::UpdateDistributorRequest>) -> pb::BatchUpdateDistributorsRequest {
    pb::BatchUpdateDistributorsRequest { requests, request_id: uuid::Uuid::now_v7().to_string() }
}

async fn distributors_come_in_as_a_tree_or_not_at_all(kind: Kind) {
    let service: (_, _, Box<dyn FnOnce(_) -> _ + Send>) =
        ("channel", aftercare_channel::migrations(), Box::new(aftercare_channel::module));
    let suite = TestSuite::start(kind, vec![service]).await.unwrap();
    let now = "2026-02-24T12:00:00+08".parse().unwrap();
    let call = testing::call("demo", &["admin"], now).unwrap();
    let mut client = DistributorServiceClient::new(suite.client("channel", &call).unwrap());

    let wrong = batch(vec![row("d0", "", ""), row("d1", "d0", "6901234000017")]);
    let status = client.batch_update_distributors(wrong).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    for field in ["requests[1].distributor.gln", "requests[1].distributor.parent"] {
        assert!(status.message().contains(field), "{}", status.message());
    }
    let cycle = batch(vec![row("d0", "distributors/d1", ""), row("d1", "distributors/d0", "")]);
    let status = client.batch_update_distributors(cycle).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    let list = pb::ListDistributorsRequest::default();
    let none = client.list_distributors(list.clone()).await.unwrap().into_inner();
    assert!(none.distributors.is_empty());

    for _ in 0..2 {
        let tree = batch(vec![row("d1", "distributors/d0", "6901234000016"), row("d0", "", "")]);
        let stored = client.batch_update_distributors(tree).await.unwrap().into_inner();
        assert!(stored.distributors.iter().all(|d| d.etag == "\"1\"" && d.region == "330000"));
    }
    let name = "distributors/d1".to_owned();
    let get = pb::GetDistributorRequest { name };
    let found = client.get_distributor(get.clone()).await.unwrap().into_inner();
    assert_eq!((found.gln.as_str(), found.parent.as_str()), ("6901234000016", "distributors/d0"));
    let many = (0..1000).map(|i| row(&format!("s{i}"), "distributors/d1", "")).collect();
    client.batch_update_distributors(batch(many)).await.unwrap();

    let rival = testing::call("rival", &["admin"], now).unwrap();
    let mut rival = DistributorServiceClient::new(suite.client("channel", &rival).unwrap());
    assert_eq!(rival.get_distributor(get).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn distributors_come_in_as_a_tree_or_not_at_all_on_sqlite() {
    distributors_come_in_as_a_tree_or_not_at_all(Kind::Sqlite).await;
}

#[tokio::test]
async fn distributors_come_in_as_a_tree_or_not_at_all_on_postgres() {
    distributors_come_in_as_a_tree_or_not_at_all(Kind::Postgres).await;
}
