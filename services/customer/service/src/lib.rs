//! The customer service: handlers, conversion and store.

mod consumer;
mod convert;
mod custody;
mod handler;
mod listing;
mod mask;
mod resolve;
mod server;
mod store;
mod timelines;
mod view360;

use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_platform::migrate::Migrations;
use aftercare_platform::module::{Context, Module};
use aftercare_platform::permission::Permissions;
use handler::amendment::Amendment;
use handler::fit_review::FitReviews;
use handler::follow_up_daily::DailyRound;
use handler::lot_control::LotControl;
use handler::sla_timer::SlaTimer;
use server::Server;
use std::sync::Arc;
use tonic::service::Routes;

/// The service's name, under which its events and jobs are kept.
const NAME: &str = "customer";

/// The service's tables.
#[must_use]
pub fn migrations() -> Migrations {
    Migrations { owner: NAME, list: store::migration::list }
}

/// The service, put together.
#[must_use]
pub fn module(context: Context) -> Module {
    let home = context.home.clone();
    let permissions = Permissions::parse(aftercare_api::PERMISSIONS).ok().map(Arc::new);
    let server = Server {
        home: home.clone(),
        pager: context.pager,
        permissions,
        timelines: Arc::default(),
        links: context.links,
    };
    let timelines = server.timelines.clone();
    Module {
        name: NAME,
        services: SERVICES.to_vec(),
        routes: routes(&server),
        consumers: vec![Arc::new(consumer::Contracts { home: home.clone() })],
        jobs: vec![
            Arc::new(SlaTimer { timelines: timelines.clone() }),
            Arc::new(Amendment { timelines: timelines.clone() }),
            Arc::new(FitReviews { timelines }),
            Arc::new(DailyRound),
            Arc::new(LotControl),
        ],
        home,
    }
}

const SERVICES: [&str; 16] = [
    "aftercare.customer.v1.CustomerService",
    "aftercare.customer.v1.ContactService",
    "aftercare.customer.v1.AssetService",
    "aftercare.customer.v1.WorkOrderService",
    "aftercare.customer.v1.GradeService",
    "aftercare.customer.v1.CalendarService",
    "aftercare.customer.v1.StandardService",
    "aftercare.customer.v1.CaseService",
    "aftercare.customer.v1.ProposalService",
    "aftercare.customer.v1.TaskService",
    "aftercare.customer.v1.FollowUpService",
    "aftercare.customer.v1.SurveyService",
    "aftercare.customer.v1.CampaignService",
    "aftercare.customer.v1.ResolutionService",
    "aftercare.customer.v1.EmployeeService",
    "aftercare.customer.v1.PrivacyService",
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
    Routes::new(service!(customer_service_server::CustomerServiceServer))
        .add_service(service!(contact_service_server::ContactServiceServer))
        .add_service(service!(asset_service_server::AssetServiceServer))
        .add_service(service!(work_order_service_server::WorkOrderServiceServer))
        .add_service(service!(grade_service_server::GradeServiceServer))
        .add_service(service!(calendar_service_server::CalendarServiceServer))
        .add_service(service!(standard_service_server::StandardServiceServer))
        .add_service(service!(case_service_server::CaseServiceServer))
        .add_service(service!(proposal_service_server::ProposalServiceServer))
        .add_service(service!(task_service_server::TaskServiceServer))
        .add_service(service!(follow_up_service_server::FollowUpServiceServer))
        .add_service(service!(survey_service_server::SurveyServiceServer))
        .add_service(service!(campaign_service_server::CampaignServiceServer))
        .add_service(service!(resolution_service_server::ResolutionServiceServer))
        .add_service(service!(employee_service_server::EmployeeServiceServer))
        .add_service(service!(privacy_service_server::PrivacyServiceServer))
}
