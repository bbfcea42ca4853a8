//! The customer service over real gRPC, every test on SQLite and on PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::type_complexity,
    reason = "a test fails by panicking, and says its types once"
)]

mod acknowledgement;
mod authority;
mod batch;
mod campaign;
mod case;
mod contract_promise;
mod employee;
mod entitlement;
mod fit;
mod follow_up;
mod follow_up_daily;
mod grade;
mod heard;
mod idempotency;
mod mail_domain;
mod merge;
mod privacy;
mod profit;
mod quality;
mod resolution;
mod sla_timer;
mod standard;
mod standard_in_use;
mod survey;
mod task;
mod tenant;
mod usage_guidance;
mod view360;
mod watch;

use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_platform::identity::Call;
use aftercare_platform::testing::{self, Kind, TestSuite};
use tonic_types::StatusExt;

/// Runs a scenario on both databases.
macro_rules! on_both {
    ($name:ident) => {
        mod $name {
            #[tokio::test]
            async fn on_sqlite() {
                super::$name(aftercare_platform::testing::Kind::Sqlite).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                super::$name(aftercare_platform::testing::Kind::Postgres).await;
            }
        }
    };
}
pub(crate) use on_both;

/// The service alone, as a server would put it together.
pub(crate) async fn suite(kind: Kind) -> TestSuite {
    let service: (_, _, Box<dyn FnOnce(_) -> _ + Send>) =
        ("customer", aftercare_customer::migrations(), Box::new(aftercare_customer::module));
    TestSuite::start(kind, vec![service]).await.unwrap()
}

pub(crate) fn call(tenant: &str, principal: &str, now: &str) -> Call {
    let mut call = testing::call(tenant, &["admin"], now.parse().unwrap()).unwrap();
    call.caller.principal = principal.to_owned();
    call
}

pub(crate) fn li() -> Call {
    call("demo", "li", "2026-02-24T12:00:00+08")
}

pub(crate) fn at(text: &str) -> Option<prost_types::Timestamp> {
    Some(aftercare_platform::wire::timestamp(text.parse().unwrap()))
}

pub(crate) fn request_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

pub(crate) fn reason(status: &tonic::Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

pub(crate) fn fields(status: &tonic::Status) -> Vec<String> {
    let bad = status.get_details_bad_request().unwrap();
    bad.field_violations.into_iter().map(|violation| violation.field).collect()
}

macro_rules! client {
    ($suite:expr, $call:expr, $module:ident :: $name:ident) => {
        aftercare_api::aftercare::customer::v1::$module::$name::new(
            $suite.client("customer", $call).unwrap(),
        )
        .max_decoding_message_size(32 << 20)
    };
}
pub(crate) use client;

/// Customers `c1` and `c2`, the second in Jiangxi; machine `zj-1` of the first.
pub(crate) async fn furnish(suite: &TestSuite, call: &Call) {
    let customer = |id: &str, region: &str| pb::UpdateCustomerRequest {
        customer: Some(pb::Customer {
            name: format!("customers/{id}"),
            display_name: format!("Customer {id}"),
            region_code: region.to_owned(),
            ..Default::default()
        }),
        allow_missing: true,
        ..Default::default()
    };
    let request = pb::BatchUpdateCustomersRequest {
        requests: vec![customer("c1", "330100"), customer("c2", "360000")],
        request_id: request_id(),
    };
    let mut customers = client!(suite, call, customer_service_client::CustomerServiceClient);
    customers.batch_update_customers(request).await.unwrap();
    let asset = pb::Asset {
        name: "customers/c1/assets/zj-1".to_owned(),
        serial_number: "ZJ-1".to_owned(),
        product: "products/p10103".to_owned(),
        ..Default::default()
    };
    let request = pb::UpdateAssetRequest {
        asset: Some(asset),
        allow_missing: true,
        request_id: request_id(),
        ..Default::default()
    };
    let mut assets = client!(suite, call, asset_service_client::AssetServiceClient);
    assets.update_asset(request).await.unwrap();
}
