//! The pricing service over real gRPC, every test on SQLite and on PostgreSQL.
#![allow(clippy::unwrap_used, clippy::panic)]

mod add_on;
mod amended;
mod approval;
mod as_of;
mod bad_catalogue;
mod bad_evidence;
mod bad_input;
mod bad_names;
mod bad_state;
mod billed;
mod catalogue;
mod classification;
mod competitor_price;
mod contract;
mod contract_life;
mod cost_distribution;
mod document;
mod experience;
mod failure_model;
mod fx_rate;
mod hour_bands;
mod installed_base;
mod job;
mod policy;
mod portfolio;
mod price_index;
mod pricing_model;
mod quote;
mod renewal;
mod report;
mod retention;
mod risk_sharing;
mod segment;
mod spare_part;
mod spare_pool;
mod told;

use aftercare_platform::identity::Call;
use aftercare_platform::outbox::Consumer;
use aftercare_platform::testing::{self, Kind, TestSuite};
use std::sync::{Arc, Mutex};
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

/// The service alone, as a server would put it together, with what keeps its evidence.
pub(crate) async fn suite(kind: Kind) -> (TestSuite, Arc<dyn Consumer>) {
    let (suite, consumers) = listening(kind).await;
    (suite, consumers[0].clone())
}

/// The service alone, with everything by which it listens.
pub(crate) async fn listening(kind: Kind) -> (TestSuite, Vec<Arc<dyn Consumer>>) {
    let heard: Arc<Mutex<Vec<Arc<dyn Consumer>>>> = Arc::default();
    let keep = Arc::clone(&heard);
    let module: Box<dyn FnOnce(_) -> _ + Send> = Box::new(move |context| {
        let module = aftercare_pricing::module(context);
        keep.lock().unwrap().extend(module.consumers.iter().cloned());
        module
    });
    let service = ("pricing", aftercare_pricing::migrations(), module);
    let suite = TestSuite::start(kind, vec![service]).await.unwrap();
    let consumers = heard.lock().unwrap().clone();
    (suite, consumers)
}

pub(crate) fn call() -> Call {
    testing::call("demo", &["admin"], "2026-07-01T08:00:00Z".parse().unwrap()).unwrap()
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
        aftercare_api::aftercare::pricing::v1::$module::$name::new(
            $suite.client("pricing", $call).unwrap(),
        )
        .max_decoding_message_size(32 << 20)
    };
}
pub(crate) use client;
