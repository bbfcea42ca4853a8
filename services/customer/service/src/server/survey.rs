//! Surveys and satisfaction.

use super::{Server, read, write};
use crate::handler::{profit, satisfaction, survey, survey_answer};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_platform::module::call_of;
use aftercare_platform::status::respond;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::survey_service_server::SurveyService for Server {
    async fn get_survey(
        &self,
        request: Request<pb::GetSurveyRequest>,
    ) -> Result<Response<pb::Survey>, Status> {
        read!(self, request, |db, actor, asked| survey::get(db, actor, asked))
    }

    async fn list_surveys(
        &self,
        request: Request<pb::ListSurveysRequest>,
    ) -> Result<Response<pb::ListSurveysResponse>, Status> {
        read!(self, request, |db, actor, asked| survey::list(db, &self.pager, actor, asked))
    }

    async fn create_survey(
        &self,
        request: Request<pb::CreateSurveyRequest>,
    ) -> Result<Response<pb::Survey>, Status> {
        write!(self, request, |db, actor, asked| survey::create(db, actor, asked))
    }

    async fn start_survey(
        &self,
        request: Request<pb::StartSurveyRequest>,
    ) -> Result<Response<pb::Survey>, Status> {
        write!(self, request, |db, actor, asked| survey::start(db, actor, asked))
    }

    async fn end_survey(
        &self,
        request: Request<pb::EndSurveyRequest>,
    ) -> Result<Response<pb::Survey>, Status> {
        write!(self, request, |db, actor, asked| survey::end(db, actor, asked))
    }

    async fn invite_respondents(
        &self,
        request: Request<pb::InviteRespondentsRequest>,
    ) -> Result<Response<pb::InviteRespondentsResponse>, Status> {
        let call = call_of(&request)?;
        let asked = request.into_inner();
        let actor = &self.actor(&call);
        let invited = async {
            // Without a request id: an answer kept for a replay would keep the tokens.
            let write = self.home.write(&call, "", &asked).await?;
            let outcome = survey::invite(write.tx(), actor, &asked).await?;
            write.commit(outcome.response).await
        };
        respond(invited.await)
    }

    async fn submit_response(
        &self,
        request: Request<pb::SubmitResponseRequest>,
    ) -> Result<Response<pb::SurveyResponse>, Status> {
        write!(self, request, |db, actor, asked| survey_answer::submit(db, actor, asked))
    }

    async fn list_responses(
        &self,
        request: Request<pb::ListResponsesRequest>,
    ) -> Result<Response<pb::ListResponsesResponse>, Status> {
        read!(self, request, |db, actor, asked| {
            survey_answer::responses(db, &self.pager, actor, asked)
        })
    }

    async fn get_satisfaction(
        &self,
        request: Request<pb::GetSatisfactionRequest>,
    ) -> Result<Response<pb::GetSatisfactionResponse>, Status> {
        read!(self, request, |db, actor, asked| satisfaction::get(db, actor, asked))
    }

    async fn get_service_profit(
        &self,
        request: Request<pb::GetServiceProfitRequest>,
    ) -> Result<Response<pb::ServiceProfit>, Status> {
        read!(self, request, |db, actor, asked| profit::get(db, actor, asked))
    }

    async fn list_touchpoints(
        &self,
        request: Request<pb::ListTouchpointsRequest>,
    ) -> Result<Response<pb::ListTouchpointsResponse>, Status> {
        read!(self, request, |db, actor, asked| {
            survey_answer::touchpoints(db, &self.pager, actor, asked)
        })
    }

    async fn update_touchpoint(
        &self,
        request: Request<pb::UpdateTouchpointRequest>,
    ) -> Result<Response<pb::Touchpoint>, Status> {
        write!(self, request, |db, actor, asked| {
            survey_answer::update_touchpoint(db, actor, asked)
        })
    }
}
