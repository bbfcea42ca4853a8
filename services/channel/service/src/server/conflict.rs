//! Sightings, signals, conflicts.

use super::Server;
use crate::handler::{
    conflict, decide, detection, explain, investigate, measure, propose, sighting,
};
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_platform::module::answer;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::detection_service_server::DetectionService for Server {
    async fn get_sighting(
        &self,
        request: Request<pb::GetSightingRequest>,
    ) -> Result<Response<pb::Sighting>, Status> {
        answer(request, |call, asked| sighting::get(self, call, asked)).await
    }

    async fn list_sightings(
        &self,
        request: Request<pb::ListSightingsRequest>,
    ) -> Result<Response<pb::ListSightingsResponse>, Status> {
        answer(request, |call, asked| sighting::list(self, call, asked)).await
    }

    async fn run_detection(
        &self,
        request: Request<pb::RunDetectionRequest>,
    ) -> Result<Response<pb::RunDetectionResponse>, Status> {
        answer(request, |call, asked| detection::run(self, call, asked)).await
    }

    async fn get_signal(
        &self,
        request: Request<pb::GetSignalRequest>,
    ) -> Result<Response<pb::Signal>, Status> {
        answer(request, |call, asked| detection::get_signal(self, call, asked)).await
    }

    async fn list_signals(
        &self,
        request: Request<pb::ListSignalsRequest>,
    ) -> Result<Response<pb::ListSignalsResponse>, Status> {
        answer(request, |call, asked| detection::list_signals(self, call, asked)).await
    }
}

#[tonic::async_trait]
impl pb::conflict_service_server::ConflictService for Server {
    async fn get_conflict(
        &self,
        request: Request<pb::GetConflictRequest>,
    ) -> Result<Response<pb::Conflict>, Status> {
        answer(request, |call, asked| conflict::get(self, call, asked)).await
    }

    async fn list_conflicts(
        &self,
        request: Request<pb::ListConflictsRequest>,
    ) -> Result<Response<pb::ListConflictsResponse>, Status> {
        answer(request, |call, asked| conflict::list(self, call, asked)).await
    }

    async fn open_conflict(
        &self,
        request: Request<pb::OpenConflictRequest>,
    ) -> Result<Response<pb::Conflict>, Status> {
        answer(request, |call, asked| conflict::open(self, call, asked)).await
    }

    async fn investigate_conflict(
        &self,
        request: Request<pb::InvestigateConflictRequest>,
    ) -> Result<Response<pb::Conflict>, Status> {
        answer(request, |call, asked| investigate::begin(self, call, asked)).await
    }

    async fn record_statement(
        &self,
        request: Request<pb::RecordStatementRequest>,
    ) -> Result<Response<pb::Conflict>, Status> {
        answer(request, |call, asked| investigate::record_statement(self, call, asked)).await
    }

    async fn add_evidence(
        &self,
        request: Request<pb::AddEvidenceRequest>,
    ) -> Result<Response<pb::Conflict>, Status> {
        answer(request, |call, asked| investigate::add_evidence(self, call, asked)).await
    }

    async fn add_investigation_task(
        &self,
        request: Request<pb::AddInvestigationTaskRequest>,
    ) -> Result<Response<pb::Conflict>, Status> {
        answer(request, |call, asked| investigate::add_task(self, call, asked)).await
    }

    async fn complete_investigation_task(
        &self,
        request: Request<pb::CompleteInvestigationTaskRequest>,
    ) -> Result<Response<pb::Conflict>, Status> {
        answer(request, |call, asked| investigate::complete_task(self, call, asked)).await
    }

    async fn confirm_conflict(
        &self,
        request: Request<pb::ConfirmConflictRequest>,
    ) -> Result<Response<pb::Conflict>, Status> {
        answer(request, |call, asked| investigate::confirm(self, call, asked)).await
    }

    async fn dismiss_conflict(
        &self,
        request: Request<pb::DismissConflictRequest>,
    ) -> Result<Response<pb::Conflict>, Status> {
        answer(request, |call, asked| investigate::dismiss(self, call, asked)).await
    }

    async fn measure_scale(
        &self,
        request: Request<pb::MeasureScaleRequest>,
    ) -> Result<Response<pb::Conflict>, Status> {
        answer(request, |call, asked| measure::run(self, call, asked)).await
    }

    async fn propose_sanctions(
        &self,
        request: Request<pb::ProposeSanctionsRequest>,
    ) -> Result<Response<pb::ProposeSanctionsResponse>, Status> {
        answer(request, |call, asked| propose::sanctions(self, call, asked)).await
    }

    async fn propose_compensation(
        &self,
        request: Request<pb::ProposeCompensationRequest>,
    ) -> Result<Response<pb::ProposeCompensationResponse>, Status> {
        answer(request, |call, asked| propose::compensation(self, call, asked)).await
    }

    async fn decide_conflict(
        &self,
        request: Request<pb::DecideConflictRequest>,
    ) -> Result<Response<pb::Conflict>, Status> {
        answer(request, |call, asked| decide::decide(self, call, asked)).await
    }

    async fn approve_hold(
        &self,
        request: Request<pb::ApproveHoldRequest>,
    ) -> Result<Response<pb::Conflict>, Status> {
        answer(request, |call, asked| decide::approve_hold(self, call, asked)).await
    }

    async fn reopen_conflict(
        &self,
        request: Request<pb::ReopenConflictRequest>,
    ) -> Result<Response<pb::Conflict>, Status> {
        answer(request, |call, asked| investigate::reopen(self, call, asked)).await
    }

    async fn explain_conflict(
        &self,
        request: Request<pb::ExplainConflictRequest>,
    ) -> Result<Response<pb::ExplainConflictResponse>, Status> {
        answer(request, |call, asked| explain::explain(self, call, asked)).await
    }
}
