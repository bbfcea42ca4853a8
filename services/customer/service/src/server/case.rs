//! Cases, their clocks and tasks.

use super::{Server, read, write};
use crate::handler::watch::Watch;
use crate::handler::{case, case_step, clock, list, task};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_platform::module::call_of;
use aftercare_platform::status::to_status;
use futures::stream::{self, BoxStream, StreamExt as _};
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::case_service_server::CaseService for Server {
    async fn watch_cases(
        &self,
        request: Request<pb::WatchCasesRequest>,
    ) -> Result<Response<BoxStream<'static, Result<pb::WatchCasesResponse, Status>>>, Status> {
        let call = call_of(&request)?;
        let asked = request.into_inner();
        let watch = Watch::begin(self.clone(), self.actor(&call), &asked);
        let watch = watch.map_err(|error| to_status(&error))?;
        let changes = stream::unfold(Some(watch), |watch| async {
            let mut watch = watch?;
            match watch.next().await {
                Ok(change) => Some((Ok(change), Some(watch))),
                // the client resumes from the last token that it saw
                Err(error) => Some((Err(to_status(&error)), None)),
            }
        });
        Ok(Response::new(changes.boxed()))
    }

    async fn get_case(
        &self,
        request: Request<pb::GetCaseRequest>,
    ) -> Result<Response<pb::Case>, Status> {
        read!(self, request, |db, actor, asked| case::get(db, &self.timelines, actor, asked))
    }

    async fn list_cases(
        &self,
        request: Request<pb::ListCasesRequest>,
    ) -> Result<Response<pb::ListCasesResponse>, Status> {
        read!(self, request, |db, actor, asked| list::cases(
            db,
            (&self.pager, &self.timelines),
            actor,
            asked
        ))
    }

    async fn create_case(
        &self,
        request: Request<pb::CreateCaseRequest>,
    ) -> Result<Response<pb::Case>, Status> {
        write!(self, request, |db, actor, asked| case::create(db, &self.timelines, actor, asked))
    }

    async fn update_case(
        &self,
        request: Request<pb::UpdateCaseRequest>,
    ) -> Result<Response<pb::Case>, Status> {
        write!(self, request, |db, actor, asked| case::update(db, &self.timelines, actor, asked))
    }

    async fn acknowledge_case(
        &self,
        request: Request<pb::AcknowledgeCaseRequest>,
    ) -> Result<Response<pb::Case>, Status> {
        write!(self, request, |db, actor, asked| case_step::acknowledge(
            db,
            &self.timelines,
            actor,
            asked
        ))
    }

    async fn investigate_case(
        &self,
        request: Request<pb::InvestigateCaseRequest>,
    ) -> Result<Response<pb::Case>, Status> {
        write!(self, request, |db, actor, asked| case_step::investigate(
            db,
            &self.timelines,
            actor,
            asked
        ))
    }

    async fn record_finding(
        &self,
        request: Request<pb::RecordFindingRequest>,
    ) -> Result<Response<pb::Case>, Status> {
        write!(self, request, |db, actor, asked| case_step::record_finding(
            db,
            &self.timelines,
            actor,
            asked
        ))
    }

    async fn dispatch_case(
        &self,
        request: Request<pb::DispatchCaseRequest>,
    ) -> Result<Response<pb::Case>, Status> {
        write!(self, request, |db, actor, asked| case_step::dispatch(
            db,
            &self.timelines,
            actor,
            asked
        ))
    }

    async fn execute_case(
        &self,
        request: Request<pb::ExecuteCaseRequest>,
    ) -> Result<Response<pb::Case>, Status> {
        write!(self, request, |db, actor, asked| case_step::execute(
            db,
            &self.timelines,
            actor,
            asked
        ))
    }

    async fn verify_case(
        &self,
        request: Request<pb::VerifyCaseRequest>,
    ) -> Result<Response<pb::Case>, Status> {
        write!(self, request, |db, actor, asked| case_step::verify(
            db,
            &self.timelines,
            actor,
            asked
        ))
    }

    async fn satisfy_case(
        &self,
        request: Request<pb::SatisfyCaseRequest>,
    ) -> Result<Response<pb::Case>, Status> {
        write!(self, request, |db, actor, asked| case_step::satisfy(
            db,
            &self.timelines,
            actor,
            asked
        ))
    }

    async fn close_case(
        &self,
        request: Request<pb::CloseCaseRequest>,
    ) -> Result<Response<pb::Case>, Status> {
        write!(self, request, |db, actor, asked| case_step::close(
            db,
            &self.timelines,
            actor,
            asked
        ))
    }

    async fn reopen_case(
        &self,
        request: Request<pb::ReopenCaseRequest>,
    ) -> Result<Response<pb::Case>, Status> {
        write!(self, request, |db, actor, asked| case_step::reopen(
            db,
            &self.timelines,
            actor,
            asked
        ))
    }

    async fn mark_duplicate(
        &self,
        request: Request<pb::MarkDuplicateRequest>,
    ) -> Result<Response<pb::Case>, Status> {
        write!(self, request, |db, actor, asked| case_step::mark_duplicate(
            db,
            &self.timelines,
            actor,
            asked
        ))
    }

    async fn withdraw_case(
        &self,
        request: Request<pb::WithdrawCaseRequest>,
    ) -> Result<Response<pb::Case>, Status> {
        write!(self, request, |db, actor, asked| case_step::withdraw(
            db,
            &self.timelines,
            actor,
            asked
        ))
    }

    async fn record_clock_event(
        &self,
        request: Request<pb::RecordClockEventRequest>,
    ) -> Result<Response<pb::Case>, Status> {
        write!(self, request, |db, actor, asked| clock::record(db, &self.timelines, actor, asked))
    }

    async fn explain_clock(
        &self,
        request: Request<pb::ExplainClockRequest>,
    ) -> Result<Response<pb::ClockExplanation>, Status> {
        read!(self, request, |db, actor, asked| clock::explain(db, &self.timelines, actor, asked))
    }

    async fn list_case_entries(
        &self,
        request: Request<pb::ListCaseEntriesRequest>,
    ) -> Result<Response<pb::ListCaseEntriesResponse>, Status> {
        read!(self, request, |db, actor, asked| list::case_entries(db, &self.pager, actor, asked))
    }
}

#[tonic::async_trait]
impl pb::task_service_server::TaskService for Server {
    async fn get_task(
        &self,
        request: Request<pb::GetTaskRequest>,
    ) -> Result<Response<pb::Task>, Status> {
        read!(self, request, |db, actor, asked| task::get(db, actor, asked))
    }

    async fn list_tasks(
        &self,
        request: Request<pb::ListTasksRequest>,
    ) -> Result<Response<pb::ListTasksResponse>, Status> {
        read!(self, request, |db, actor, asked| task::list(db, &self.pager, actor, asked))
    }

    async fn accept_task(
        &self,
        request: Request<pb::AcceptTaskRequest>,
    ) -> Result<Response<pb::Task>, Status> {
        write!(self, request, |db, actor, asked| task::accept(db, actor, asked))
    }

    async fn bounce_task(
        &self,
        request: Request<pb::BounceTaskRequest>,
    ) -> Result<Response<pb::Task>, Status> {
        write!(self, request, |db, actor, asked| task::bounce(db, &self.timelines, actor, asked))
    }

    async fn complete_task(
        &self,
        request: Request<pb::CompleteTaskRequest>,
    ) -> Result<Response<pb::Task>, Status> {
        write!(self, request, |db, actor, asked| task::complete(db, actor, asked))
    }

    async fn verify_task(
        &self,
        request: Request<pb::VerifyTaskRequest>,
    ) -> Result<Response<pb::Task>, Status> {
        write!(self, request, |db, actor, asked| task::verify(db, actor, asked))
    }

    async fn rework_task(
        &self,
        request: Request<pb::ReworkTaskRequest>,
    ) -> Result<Response<pb::Task>, Status> {
        write!(self, request, |db, actor, asked| task::rework(db, actor, asked))
    }
}
