//! Nobody sees another tenant's data, by any name.

use super::{call, client, furnish, li, on_both, suite};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_platform::testing::Kind;
use tonic::Code;

on_both!(another_tenant_finds_nothing);

async fn another_tenant_finds_nothing(kind: Kind) {
    let suite = suite(kind).await;
    furnish(&suite, &li()).await;
    let rival = call("rival", "li", "2026-02-24T12:00:00+08");
    let mut customers = client!(suite, &rival, customer_service_client::CustomerServiceClient);
    let name = "customers/c1".to_owned();
    let get = pb::GetCustomerRequest { name: name.clone(), read_time: None };
    assert_eq!(customers.get_customer(get).await.unwrap_err().code(), Code::NotFound);
    let view = pb::GetCustomer360Request { name: name.clone(), ..Default::default() };
    assert_eq!(customers.get_customer360(view).await.unwrap_err().code(), Code::NotFound);
    let delete = pb::DeleteCustomerRequest { name: name.clone(), ..Default::default() };
    assert_eq!(customers.delete_customer(delete).await.unwrap_err().code(), Code::NotFound);
    let page = customers.list_customers(pb::ListCustomersRequest::default()).await.unwrap();
    assert!(page.into_inner().customers.is_empty());
    let mut assets = client!(suite, &rival, asset_service_client::AssetServiceClient);
    let get = pb::GetAssetRequest { name: "customers/-/assets/zj-1".to_owned() };
    assert_eq!(assets.get_asset(get).await.unwrap_err().code(), Code::NotFound);
    let mut grades = client!(suite, &rival, grade_service_client::GradeServiceClient);
    let grade = pb::GradeCustomerRequest { name, period: "2026".to_owned(), ..Default::default() };
    assert_eq!(grades.grade_customer(grade).await.unwrap_err().code(), Code::NotFound);
}
