//! The channel service: handlers, conversion and store.

mod convert;
mod handler;
mod ident;
mod server;
mod store;

use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_platform::migrate::Migrations;
use aftercare_platform::module::{Context, Module};
use jiff::tz::TimeZone;
use server::Server;
use tonic::service::Routes;

/// The service's tables.
#[must_use]
pub fn migrations() -> Migrations {
    Migrations { owner: "channel", list: store::migration::list }
}

/// The service, put together.
#[must_use]
pub fn module(context: Context) -> Module {
    let home = context.home.clone();
    let server = Server { home: home.clone(), pager: context.pager, zone: zone() };
    Module {
        name: "channel",
        services: SERVICES.to_vec(),
        routes: routes(&server),
        consumers: Vec::new(),
        jobs: Vec::new(),
        home,
    }
}

/// China has one zone; a maker elsewhere will configure its own.
fn zone() -> TimeZone {
    TimeZone::get("Asia/Shanghai").unwrap_or(TimeZone::UTC)
}

const SERVICES: [&str; 8] = [
    "aftercare.channel.v1.DistributorService",
    "aftercare.channel.v1.TerritoryService",
    "aftercare.channel.v1.PolicyService",
    "aftercare.channel.v1.CaptureService",
    "aftercare.channel.v1.CustodyService",
    "aftercare.channel.v1.DetectionService",
    "aftercare.channel.v1.ConflictService",
    "aftercare.channel.v1.ReportService",
];

/// A batch of 1,000 resources can be larger than tonic's default of 4 MiB.
const MAX_MESSAGE_BYTES: usize = 32 << 20;

fn routes(server: &Server) -> Routes {
    macro_rules! service {
        ($module:ident :: $name:ident) => {
            pb::$module::$name::new(server.clone())
                .max_decoding_message_size(MAX_MESSAGE_BYTES)
                .max_encoding_message_size(MAX_MESSAGE_BYTES)
        };
    }
    Routes::new(service!(distributor_service_server::DistributorServiceServer))
        .add_service(service!(territory_service_server::TerritoryServiceServer))
        .add_service(service!(policy_service_server::PolicyServiceServer))
        .add_service(service!(capture_service_server::CaptureServiceServer))
        .add_service(service!(custody_service_server::CustodyServiceServer))
        .add_service(service!(detection_service_server::DetectionServiceServer))
        .add_service(service!(conflict_service_server::ConflictServiceServer))
        .add_service(service!(report_service_server::ReportServiceServer))
}
