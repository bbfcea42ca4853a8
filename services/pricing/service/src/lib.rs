//! The pricing service: handlers, conversion and store.

mod consumer;
mod convert;
mod handler;
mod job;
mod server;
mod store;

use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::migrate::Migrations;
use aftercare_platform::module::{Context, Module};
use server::Server;
use std::sync::Arc;
use tonic::service::Routes;

/// The service's tables.
#[must_use]
pub fn migrations() -> Migrations {
    Migrations { owner: "pricing", list: store::migration::list }
}

/// The service, put together.
#[must_use]
pub fn module(context: Context) -> Module {
    let home = context.home.clone();
    let server = Server { home: home.clone(), pager: context.pager, spectra: Arc::default() };
    Module {
        name: "pricing",
        services: SERVICES.to_vec(),
        routes: routes(&server),
        consumers: vec![
            Arc::new(consumer::Evidence { home: home.clone() }),
            Arc::new(consumer::WorkLedger { home: home.clone() }),
            Arc::new(consumer::Needs { home: home.clone() }),
        ],
        jobs: vec![
            Arc::new(job::ContractEnd { server: server.clone() }),
            Arc::new(job::PeriodicReport { server: server.clone() }),
            Arc::new(job::Refit { server }),
        ],
        home,
    }
}

const SERVICES: [&str; 10] = [
    "aftercare.pricing.v1.CatalogueService",
    "aftercare.pricing.v1.FailureModelService",
    "aftercare.pricing.v1.QuoteService",
    "aftercare.pricing.v1.ContractService",
    "aftercare.pricing.v1.PolicyService",
    "aftercare.pricing.v1.PriceIndexService",
    "aftercare.pricing.v1.FxRateService",
    "aftercare.pricing.v1.SegmentService",
    "aftercare.pricing.v1.SparePartService",
    "aftercare.pricing.v1.ReportService",
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
    Routes::new(service!(catalogue_service_server::CatalogueServiceServer))
        .add_service(service!(failure_model_service_server::FailureModelServiceServer))
        .add_service(service!(quote_service_server::QuoteServiceServer))
        .add_service(service!(contract_service_server::ContractServiceServer))
        .add_service(service!(policy_service_server::PolicyServiceServer))
        .add_service(service!(price_index_service_server::PriceIndexServiceServer))
        .add_service(service!(fx_rate_service_server::FxRateServiceServer))
        .add_service(service!(segment_service_server::SegmentServiceServer))
        .add_service(service!(spare_part_service_server::SparePartServiceServer))
        .add_service(service!(report_service_server::ReportServiceServer))
}
