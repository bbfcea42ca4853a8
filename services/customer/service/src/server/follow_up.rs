//! Follow-ups.

use super::{Server, read, write};
use crate::handler::{follow_up, follow_up_plan};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_platform::module::call_of;
use aftercare_platform::status::respond;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::follow_up_service_server::FollowUpService for Server {
    async fn get_follow_up(
        &self,
        request: Request<pb::GetFollowUpRequest>,
    ) -> Result<Response<pb::FollowUp>, Status> {
        read!(self, request, |db, actor, asked| follow_up::get(db, actor, asked))
    }

    async fn list_follow_ups(
        &self,
        request: Request<pb::ListFollowUpsRequest>,
    ) -> Result<Response<pb::ListFollowUpsResponse>, Status> {
        read!(self, request, |db, actor, asked| follow_up::list(db, &self.pager, actor, asked))
    }

    async fn create_follow_up(
        &self,
        request: Request<pb::CreateFollowUpRequest>,
    ) -> Result<Response<pb::FollowUp>, Status> {
        write!(self, request, |db, actor, asked| follow_up::create(db, actor, asked))
    }

    async fn begin_follow_up(
        &self,
        request: Request<pb::BeginFollowUpRequest>,
    ) -> Result<Response<pb::FollowUp>, Status> {
        write!(self, request, |db, actor, asked| follow_up::begin(db, actor, asked))
    }

    async fn complete_follow_up(
        &self,
        request: Request<pb::CompleteFollowUpRequest>,
    ) -> Result<Response<pb::FollowUp>, Status> {
        write!(self, request, |db, actor, asked| follow_up::complete(db, actor, asked))
    }

    async fn cancel_follow_up(
        &self,
        request: Request<pb::CancelFollowUpRequest>,
    ) -> Result<Response<pb::FollowUp>, Status> {
        write!(self, request, |db, actor, asked| follow_up::cancel(db, actor, asked))
    }

    async fn explain_follow_up(
        &self,
        request: Request<pb::ExplainFollowUpRequest>,
    ) -> Result<Response<pb::FollowUpExplanation>, Status> {
        read!(self, request, |db, actor, asked| follow_up::explain(db, actor, asked))
    }

    async fn plan_follow_ups(
        &self,
        request: Request<pb::PlanFollowUpsRequest>,
    ) -> Result<Response<pb::PlanFollowUpsResponse>, Status> {
        let call = call_of(&request)?;
        let asked = request.into_inner();
        let actor = &self.actor(&call);
        let planned = async {
            // Worked out before the write begins: on SQLite an open write would hold the only writer meanwhile.
            let planned =
                follow_up_plan::plan_page(self.home.read(), &self.pager, actor, &asked).await?;
            if asked.validate_only {
                return Ok(follow_up_plan::answer(planned));
            }
            let write = self.home.write(&call, &asked.request_id, &asked).await?;
            if let Some(answer) = write.replayed()? {
                return Ok(answer);
            }
            follow_up_plan::save(write.tx(), actor, &planned).await?;
            write.commit(follow_up_plan::answer(planned)).await
        };
        respond(planned.await)
    }

    async fn list_follow_up_rules(
        &self,
        request: Request<pb::ListFollowUpRulesRequest>,
    ) -> Result<Response<pb::ListFollowUpRulesResponse>, Status> {
        read!(self, request, |db, actor, asked| {
            follow_up_plan::rules(db, &self.pager, actor, asked)
        })
    }

    async fn update_follow_up_rule(
        &self,
        request: Request<pb::UpdateFollowUpRuleRequest>,
    ) -> Result<Response<pb::FollowUpRule>, Status> {
        write!(self, request, |db, actor, asked| follow_up_plan::update_rule(db, actor, asked))
    }
}
