//! Territories, agreements, products: references, overlaps, unique codes, whole batches.

use crate::market::{Channel, GTIN, agreements, product, territories, year_2025};
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_platform::testing::Kind;
use tonic::Code;
use tonic_types::StatusExt;

fn reason(status: &tonic::Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

async fn an_overlap_is_refused_and_nothing_of_the_batch_is_stored(kind: Kind) {
    let channel = Channel::with_market(kind).await;
    channel.territories().batch_update_territories(territories(&[("t3", "330100")])).await.unwrap();
    let batch = agreements(&[("a4", "d3", "t2"), ("a3", "d3", "t3")]);
    let status = channel.territories().batch_update_territory_agreements(batch).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::FailedPrecondition, "TERRITORY_OVERLAP")
    );
    let list = pb::ListTerritoryAgreementsRequest::default();
    let stored = channel.territories().list_territory_agreements(list).await.unwrap().into_inner();
    assert_eq!(stored.territory_agreements.len(), 2);
    let again = agreements(&[("a1", "d1", "t1")]);
    let same =
        channel.territories().batch_update_territory_agreements(again).await.unwrap().into_inner();
    assert_eq!(same.territory_agreements[0].etag, "\"1\"");
}

async fn references_must_exist_and_codes_are_unique(kind: Kind) {
    let channel = Channel::with_market(kind).await;
    let batch = agreements(&[("a9", "nobody", "t1")]);
    let status = channel.territories().batch_update_territory_agreements(batch).await.unwrap_err();
    assert_eq!(reason(&status), "NETWORK_REFERENCE_MISSING");
    let status = channel.policies().batch_update_products(product("p2", GTIN)).await.unwrap_err();
    assert_eq!(status.code(), Code::AlreadyExists);
    let status = channel
        .policies()
        .batch_update_products(product("p2", "09521234202012"))
        .await
        .unwrap_err();
    let violations = status.get_error_details().bad_request().unwrap().field_violations.clone();
    assert_eq!(violations[0].field, "requests[0].product.gtin");
}

async fn a_mask_changes_what_it_names_and_an_old_etag_is_refused(kind: Kind) {
    let channel = Channel::with_market(kind).await;
    let change = |etag: &str, paths: &[&str]| {
        let request = pb::UpdateTerritoryAgreementRequest {
            territory_agreement: Some(pb::TerritoryAgreement {
                name: "territoryAgreements/a1".to_owned(),
                etag: etag.to_owned(),
                ..Default::default()
            }),
            update_mask: Some(prost_types::FieldMask {
                paths: paths.iter().map(|p| (*p).to_owned()).collect(),
            }),
            ..Default::default()
        };
        pb::BatchUpdateTerritoryAgreementsRequest { requests: vec![request], ..Default::default() }
    };
    let mut client = channel.territories();
    let changed = client
        .batch_update_territory_agreements(change("\"1\"", &["exclusive"]))
        .await
        .unwrap()
        .into_inner();
    let [agreement] = &changed.territory_agreements[..] else { panic!("one agreement") };
    assert!(!agreement.exclusive && agreement.period == year_2025() && agreement.etag == "\"2\"");
    let stale = client
        .batch_update_territory_agreements(change("\"1\"", &["exclusive"]))
        .await
        .unwrap_err();
    assert_eq!(stale.code(), Code::Aborted);
    let unknown =
        client.batch_update_territory_agreements(change("", &["colour"])).await.unwrap_err();
    assert_eq!(unknown.code(), Code::InvalidArgument);
}

macro_rules! on_both {
    ($($test:ident)+) => {
        mod sqlite { $(#[tokio::test] async fn $test() { super::$test(super::Kind::Sqlite).await })+ }
        mod postgres { $(#[tokio::test] async fn $test() { super::$test(super::Kind::Postgres).await })+ }
    };
}
on_both!(
    an_overlap_is_refused_and_nothing_of_the_batch_is_stored
    references_must_exist_and_codes_are_unique
    a_mask_changes_what_it_names_and_an_old_etag_is_refused
);
