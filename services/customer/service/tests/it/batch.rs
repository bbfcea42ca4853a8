//! Imports: a thousand at once, all or none, every wrong field named.

use super::{client, fields, li, on_both, request_id, suite};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_platform::testing::Kind;
use tonic::Code;

on_both!(a_thousand_come_in_at_once_and_pages_find_them_all);
on_both!(one_wrong_row_keeps_all_out_and_every_fault_is_named);

fn row(i: usize) -> pb::UpdateCustomerRequest {
    pb::UpdateCustomerRequest {
        customer: Some(pb::Customer {
            name: format!("customers/c{i:04}"),
            display_name: format!("客户 {i}"),
            region_code: if i.is_multiple_of(2) { "330000" } else { "360000" }.to_owned(),
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    }
}

async fn a_thousand_come_in_at_once_and_pages_find_them_all(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    let mut client = client!(suite, &call, customer_service_client::CustomerServiceClient);
    let requests: Vec<_> = (0..1000).map(row).collect();
    for _ in 0..2 {
        let request = pb::BatchUpdateCustomersRequest {
            requests: requests.clone(),
            request_id: request_id(),
        };
        let answer = client.batch_update_customers(request).await.unwrap().into_inner();
        assert!(answer.customers.iter().all(|customer| customer.etag == "\"1\""));
    }
    let mut request = pb::ListCustomersRequest {
        page_size: 170,
        filter: "region_code = \"330000\"".to_owned(),
        order_by: "create_time desc".to_owned(),
        ..Default::default()
    };
    let mut names = std::collections::BTreeSet::new();
    loop {
        let page = client.list_customers(request.clone()).await.unwrap().into_inner();
        names.extend(page.customers.into_iter().map(|customer| customer.name));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(names.len(), 500);
    let unknown =
        pb::ListCustomersRequest { filter: "secret = 1".to_owned(), ..Default::default() };
    let status = client.list_customers(unknown).await.unwrap_err();
    assert_eq!(
        (status.code(), fields(&status)),
        (Code::InvalidArgument, vec!["filter".to_owned()])
    );
}

async fn one_wrong_row_keeps_all_out_and_every_fault_is_named(kind: Kind) {
    let (suite, call) = (suite(kind).await, li());
    let mut client = client!(suite, &call, customer_service_client::CustomerServiceClient);
    let mut requests = vec![row(1), row(2), row(3)];
    if let Some(customer) = &mut requests[1].customer {
        customer.uscc = "91440300708461136X".to_owned();
        customer.time_zone = "Asia/Hangzhou".to_owned();
    }
    if let Some(customer) = &mut requests[2].customer {
        customer.parent = "customers/nobody".to_owned();
    }
    let request = pb::BatchUpdateCustomersRequest { requests, request_id: request_id() };
    let status = client.batch_update_customers(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(
        fields(&status),
        [
            "requests[1].customer.uscc",
            "requests[1].customer.time_zone",
            "requests[2].customer.parent"
        ]
    );
    let get = pb::GetCustomerRequest { name: "customers/c0001".to_owned(), read_time: None };
    assert_eq!(client.get_customer(get).await.unwrap_err().code(), Code::NotFound);
}
