//! Segments.

use super::Server;
use crate::handler::segment;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::module::answer;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::segment_service_server::SegmentService for Server {
    async fn get_segment_assessment(
        &self,
        request: Request<pb::GetSegmentAssessmentRequest>,
    ) -> Result<Response<pb::SegmentAssessment>, Status> {
        answer(request, |call, asked| segment::get(self, call, asked)).await
    }

    async fn assess_segment(
        &self,
        request: Request<pb::AssessSegmentRequest>,
    ) -> Result<Response<pb::SegmentAssessment>, Status> {
        answer(request, |call, asked| segment::assess(self, call, asked)).await
    }

    async fn override_segment(
        &self,
        request: Request<pb::OverrideSegmentRequest>,
    ) -> Result<Response<pb::SegmentAssessment>, Status> {
        answer(request, |call, asked| segment::set(self, call, asked)).await
    }

    async fn list_segment_questions(
        &self,
        request: Request<pb::ListSegmentQuestionsRequest>,
    ) -> Result<Response<pb::ListSegmentQuestionsResponse>, Status> {
        answer(request, |_, _| async { Ok(segment::questions()) }).await
    }

    async fn list_offer_ladder(
        &self,
        request: Request<pb::ListOfferLadderRequest>,
    ) -> Result<Response<pb::ListOfferLadderResponse>, Status> {
        answer(request, |call, asked| segment::offer_ladder(self, call, asked)).await
    }
}
