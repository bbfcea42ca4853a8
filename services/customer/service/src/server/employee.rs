//! Employees: records, assignment, conduct.

use super::{Server, asked, read, write};
use crate::handler::{assignment, employee, setting};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::employee::{CompetencyModel, Employee};
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::employee_service_server::EmployeeService for Server {
    async fn get_employee(
        &self,
        request: Request<pb::GetEmployeeRequest>,
    ) -> Result<Response<pb::Employee>, Status> {
        read!(self, request, |db, actor, asked| setting::get::<Employee>(db, actor, &asked.name))
    }

    async fn list_employees(
        &self,
        request: Request<pb::ListEmployeesRequest>,
    ) -> Result<Response<pb::ListEmployeesResponse>, Status> {
        read!(self, request, |db, actor, asked| async {
            let (page, next_page_token) =
                setting::list::<Employee>(db, &self.pager, actor, &asked!(asked)).await?;
            Ok(pb::ListEmployeesResponse { employees: page, next_page_token })
        })
    }

    async fn update_employee(
        &self,
        request: Request<pb::UpdateEmployeeRequest>,
    ) -> Result<Response<pb::Employee>, Status> {
        write!(self, request, |db, actor, asked| employee::update(db, actor, asked))
    }

    async fn list_competency_models(
        &self,
        request: Request<pb::ListCompetencyModelsRequest>,
    ) -> Result<Response<pb::ListCompetencyModelsResponse>, Status> {
        read!(self, request, |db, actor, asked| async {
            let (page, next_page_token) =
                setting::list::<CompetencyModel>(db, &self.pager, actor, &asked!(asked)).await?;
            Ok(pb::ListCompetencyModelsResponse { competency_models: page, next_page_token })
        })
    }

    async fn update_competency_model(
        &self,
        request: Request<pb::UpdateCompetencyModelRequest>,
    ) -> Result<Response<pb::CompetencyModel>, Status> {
        write!(self, request, |db, actor, asked| setting::update::<CompetencyModel>(
            db,
            actor,
            (asked.competency_model.as_ref(), asked.update_mask.as_ref(), asked.allow_missing)
        ))
    }

    async fn suggest_assignees(
        &self,
        request: Request<pb::SuggestAssigneesRequest>,
    ) -> Result<Response<pb::SuggestAssigneesResponse>, Status> {
        read!(self, request, |db, actor, asked| assignment::suggest(db, actor, asked))
    }

    async fn create_conduct_record(
        &self,
        request: Request<pb::CreateConductRecordRequest>,
    ) -> Result<Response<pb::ConductRecord>, Status> {
        write!(self, request, |db, actor, asked| employee::create_conduct(db, actor, asked))
    }

    async fn list_conduct_records(
        &self,
        request: Request<pb::ListConductRecordsRequest>,
    ) -> Result<Response<pb::ListConductRecordsResponse>, Status> {
        read!(self, request, |db, actor, asked| employee::list_conduct(
            db,
            &self.pager,
            actor,
            asked
        ))
    }

    async fn reply_to_conduct_record(
        &self,
        request: Request<pb::ReplyToConductRecordRequest>,
    ) -> Result<Response<pb::ConductRecord>, Status> {
        write!(self, request, |db, actor, asked| employee::reply(db, actor, asked))
    }
}
