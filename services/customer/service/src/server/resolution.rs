//! One customer out of many records.

use super::{Server, read, write};
use crate::convert::resolution::operation;
use crate::handler::{list, parsed, resolution};
use crate::resolve;
use crate::store::resolution::{self as runs, CANCELLED, RUNNING, Run};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::google::longrunning::Operation;
use aftercare_customer_domain::resolution::Thresholds;
use aftercare_kernel::ids::name_segments;
use aftercare_platform::identity::Call;
use aftercare_platform::module::answer;
use aftercare_platform::status::Error;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::resolution_service_server::ResolutionService for Server {
    async fn find_matches(
        &self,
        request: Request<pb::FindMatchesRequest>,
    ) -> Result<Response<pb::FindMatchesResponse>, Status> {
        read!(self, request, |db, actor, asked| resolution::find(db, actor, asked))
    }

    async fn resolve_customers(
        &self,
        request: Request<pb::ResolveCustomersRequest>,
    ) -> Result<Response<Operation>, Status> {
        answer(request, |call, asked| begin(self, call, asked)).await
    }

    async fn get_resolution(
        &self,
        request: Request<pb::GetResolutionRequest>,
    ) -> Result<Response<Operation>, Status> {
        answer(request, |call, asked| get(self, call, asked)).await
    }

    async fn cancel_resolution(
        &self,
        request: Request<pb::CancelResolutionRequest>,
    ) -> Result<Response<Operation>, Status> {
        answer(request, |call, asked| cancel(self, call, asked)).await
    }

    async fn list_match_reviews(
        &self,
        request: Request<pb::ListMatchReviewsRequest>,
    ) -> Result<Response<pb::ListMatchReviewsResponse>, Status> {
        read!(self, request, |db, actor, asked| list::reviews(db, &self.pager, actor, asked))
    }

    async fn decide_match_review(
        &self,
        request: Request<pb::DecideMatchReviewRequest>,
    ) -> Result<Response<pb::MatchReview>, Status> {
        write!(self, request, |db, actor, asked| resolution::decide(db, actor, asked))
    }

    async fn explain_match(
        &self,
        request: Request<pb::ExplainMatchRequest>,
    ) -> Result<Response<pb::Match>, Status> {
        read!(self, request, |db, actor, asked| resolution::explain(db, actor, asked))
    }
}

async fn begin(
    server: &Server,
    call: Call,
    asked: pb::ResolveCustomersRequest,
) -> Result<Operation, Error> {
    let limits = Thresholds::default();
    let (lower, upper) = parsed(|wrong| {
        let mut threshold = |value: f64, default: f64, field: &str| {
            if !(0.0..=1.0).contains(&value) {
                wrong.add(field, "must be between 0 and 1");
            }
            if value == 0.0 { default } else { value }
        };
        let lower = threshold(asked.lower_threshold, limits.lower, "lower_threshold");
        let upper = threshold(asked.upper_threshold, limits.upper, "upper_threshold");
        if lower > upper {
            wrong.add("lower_threshold", "must not be above the upper threshold");
        }
        Some((lower, upper))
    })?;
    let write = server.home.write(&call, &asked.request_id, &asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let principal = call.caller.principal.clone();
    let run = Run { lower, upper, apply: asked.apply, principal, ..Run::default() };
    let id = uuid::Uuid::now_v7().to_string();
    runs::create(write.tx(), call.tenant(), (&id, &run, call.now)).await?;
    let found = runs::get(write.tx(), call.tenant(), &id).await?;
    let begun = write.commit(operation(&found)).await?;
    tokio::spawn(resolve::execute(server.clone(), call, id, run));
    Ok(begun)
}

fn run_id(name: &str) -> Result<String, Error> {
    let [id] = parsed(|wrong| {
        wrong.take("name", name_segments::<1>("operations/resolutions/{resolution}", name))
    })?;
    Ok(id.to_owned())
}

/// The run; one that nobody drives any more is taken up again.
async fn get(
    server: &Server,
    call: Call,
    asked: pb::GetResolutionRequest,
) -> Result<Operation, Error> {
    let id = run_id(&asked.name)?;
    let found = runs::get(server.home.read(), call.tenant(), &id).await?;
    let shown = operation(&found);
    let over = jiff::Timestamp::now().as_microsecond() > found.lease_until;
    if found.state == RUNNING && over {
        let write = server.home.write(&call, "", &()).await?;
        let claimed = runs::claim(write.tx(), call.tenant(), &found).await?;
        write.commit(()).await?;
        if claimed {
            tokio::spawn(resolve::execute(server.clone(), call, id, found.run));
        }
    }
    Ok(shown)
}

async fn cancel(
    server: &Server,
    call: Call,
    asked: pb::CancelResolutionRequest,
) -> Result<Operation, Error> {
    let id = run_id(&asked.name)?;
    let write = server.home.write(&call, &asked.request_id, &asked).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let found = runs::get(write.tx(), call.tenant(), &id).await?;
    // One that is over stays as it is.
    runs::tell(write.tx(), call.tenant(), (&id, &found.run, CANCELLED)).await?;
    let found = runs::get(write.tx(), call.tenant(), &id).await?;
    write.commit(operation(&found)).await
}
