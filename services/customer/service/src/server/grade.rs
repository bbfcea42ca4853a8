//! Grades, calendars and SLA policies: what we promise to whom.

use super::{Server, read, write};
use crate::handler::{calendar, grade, list, standard};
use aftercare_api::aftercare::customer::v1 as pb;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::grade_service_server::GradeService for Server {
    async fn grade_customer(
        &self,
        request: Request<pb::GradeCustomerRequest>,
    ) -> Result<Response<pb::GradeRecord>, Status> {
        write!(self, request, |db, actor, asked| grade::grade(db, actor, asked))
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
        read!(self, request, |db, actor, asked| grade::list_policies(db, actor, asked))
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
        read!(self, request, |db, actor, asked| calendar::list(db, actor, asked))
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
        read!(self, request, |db, actor, asked| standard::list(db, actor, asked))
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
}
