//! Grades, calendars and SLA policies: what we promise to whom.

use super::{Server, asked, read, write};
use crate::handler::{calendar, grade, list, rebase, service_standard, setting, standard};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::service_standard::ServiceStandard;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::grade_service_server::GradeService for Server {
    async fn grade_customer(
        &self,
        request: Request<pb::GradeCustomerRequest>,
    ) -> Result<Response<pb::GradeRecord>, Status> {
        write!(self, request, |db, actor, asked| grade::grade(db, &self.timelines, actor, asked))
    }

    async fn explain_grade(
        &self,
        request: Request<pb::ExplainGradeRequest>,
    ) -> Result<Response<pb::GradeExplanation>, Status> {
        read!(self, request, |db, actor, asked| grade::explain(db, actor, asked))
    }

    async fn list_grade_history(
        &self,
        request: Request<pb::ListGradeHistoryRequest>,
    ) -> Result<Response<pb::ListGradeHistoryResponse>, Status> {
        read!(self, request, |db, actor, asked| list::grade_history(db, &self.pager, actor, asked))
    }

    async fn get_grade_policy(
        &self,
        request: Request<pb::GetGradePolicyRequest>,
    ) -> Result<Response<pb::GradePolicy>, Status> {
        read!(self, request, |db, actor, asked| grade::get_policy(db, actor, asked))
    }

    async fn list_grade_policies(
        &self,
        request: Request<pb::ListGradePoliciesRequest>,
    ) -> Result<Response<pb::ListGradePoliciesResponse>, Status> {
        read!(self, request, |db, actor, asked| grade::list_policies(db, &self.pager, actor, asked))
    }

    async fn update_grade_policy(
        &self,
        request: Request<pb::UpdateGradePolicyRequest>,
    ) -> Result<Response<pb::GradePolicy>, Status> {
        write!(self, request, |db, actor, asked| grade::update_policy(db, actor, asked))
    }
}

#[tonic::async_trait]
impl pb::calendar_service_server::CalendarService for Server {
    async fn get_calendar(
        &self,
        request: Request<pb::GetCalendarRequest>,
    ) -> Result<Response<pb::Calendar>, Status> {
        read!(self, request, |db, actor, asked| calendar::get(db, actor, asked))
    }

    async fn list_calendars(
        &self,
        request: Request<pb::ListCalendarsRequest>,
    ) -> Result<Response<pb::ListCalendarsResponse>, Status> {
        read!(self, request, |db, actor, asked| calendar::list(db, &self.pager, actor, asked))
    }

    async fn create_calendar(
        &self,
        request: Request<pb::CreateCalendarRequest>,
    ) -> Result<Response<pb::Calendar>, Status> {
        write!(self, request, |db, actor, asked| calendar::create(db, actor, asked))
    }

    async fn update_calendar(
        &self,
        request: Request<pb::UpdateCalendarRequest>,
    ) -> Result<Response<pb::Calendar>, Status> {
        write!(self, request, |db, actor, asked| calendar::update(db, actor, asked))
    }

    async fn import_calendar(
        &self,
        request: Request<pb::ImportCalendarRequest>,
    ) -> Result<Response<pb::Calendar>, Status> {
        write!(self, request, |db, actor, asked| calendar::import(db, actor, asked))
    }

    async fn calculate_deadline(
        &self,
        request: Request<pb::CalculateDeadlineRequest>,
    ) -> Result<Response<pb::CalculateDeadlineResponse>, Status> {
        read!(self, request, |db, actor, asked| calendar::calculate_deadline(
            db,
            &self.timelines,
            actor,
            asked
        ))
    }

    async fn calculate_elapsed(
        &self,
        request: Request<pb::CalculateElapsedRequest>,
    ) -> Result<Response<pb::CalculateElapsedResponse>, Status> {
        read!(self, request, |db, actor, asked| calendar::calculate_elapsed(
            db,
            &self.timelines,
            actor,
            asked
        ))
    }
}

#[tonic::async_trait]
impl pb::standard_service_server::StandardService for Server {
    async fn get_sla_policy(
        &self,
        request: Request<pb::GetSlaPolicyRequest>,
    ) -> Result<Response<pb::SlaPolicy>, Status> {
        read!(self, request, |db, actor, asked| standard::get(db, actor, asked))
    }

    async fn list_sla_policies(
        &self,
        request: Request<pb::ListSlaPoliciesRequest>,
    ) -> Result<Response<pb::ListSlaPoliciesResponse>, Status> {
        read!(self, request, |db, actor, asked| standard::list(db, &self.pager, actor, asked))
    }

    async fn create_sla_policy(
        &self,
        request: Request<pb::CreateSlaPolicyRequest>,
    ) -> Result<Response<pb::SlaPolicy>, Status> {
        write!(self, request, |db, actor, asked| standard::create(db, actor, asked))
    }

    async fn update_sla_policy(
        &self,
        request: Request<pb::UpdateSlaPolicyRequest>,
    ) -> Result<Response<pb::SlaPolicy>, Status> {
        write!(self, request, |db, actor, asked| standard::update(db, actor, asked))
    }

    async fn delete_sla_policy(
        &self,
        request: Request<pb::DeleteSlaPolicyRequest>,
    ) -> Result<Response<()>, Status> {
        write!(self, request, |db, actor, asked| standard::delete(db, actor, asked))
    }

    async fn list_service_standards(
        &self,
        request: Request<pb::ListServiceStandardsRequest>,
    ) -> Result<Response<pb::ListServiceStandardsResponse>, Status> {
        read!(self, request, |db, actor, asked| async {
            let (page, next_page_token) =
                setting::list::<ServiceStandard>(db, &self.pager, actor, &asked!(asked)).await?;
            Ok(pb::ListServiceStandardsResponse { service_standards: page, next_page_token })
        })
    }

    async fn get_service_standard(
        &self,
        request: Request<pb::GetServiceStandardRequest>,
    ) -> Result<Response<pb::ServiceStandard>, Status> {
        read!(self, request, |db, actor, asked| setting::get::<ServiceStandard>(
            db,
            actor,
            &asked.name
        ))
    }

    async fn create_service_standard(
        &self,
        request: Request<pb::CreateServiceStandardRequest>,
    ) -> Result<Response<pb::ServiceStandard>, Status> {
        write!(self, request, |db, actor, asked| service_standard::create(db, actor, asked))
    }

    async fn update_service_standard(
        &self,
        request: Request<pb::UpdateServiceStandardRequest>,
    ) -> Result<Response<pb::ServiceStandard>, Status> {
        write!(self, request, |db, actor, asked| service_standard::update(db, actor, asked))
    }

    async fn rebase_clocks(
        &self,
        request: Request<pb::RebaseClocksRequest>,
    ) -> Result<Response<aftercare_api::google::longrunning::Operation>, Status> {
        write!(self, request, |db, actor, asked| rebase::rebase(
            db,
            (&self.pager, &self.timelines),
            actor,
            asked
        ))
    }
}
