//! Failure evidence and models.

use super::Server;
use crate::handler::failure_model;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::module::answer;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::failure_model_service_server::FailureModelService for Server {
    async fn summarise_failure_evidence(
        &self,
        request: Request<pb::SummariseFailureEvidenceRequest>,
    ) -> Result<Response<pb::SummariseFailureEvidenceResponse>, Status> {
        answer(request, |call, asked| failure_model::summarise(self, call, asked)).await
    }

    async fn list_failure_evidence(
        &self,
        request: Request<pb::ListFailureEvidenceRequest>,
    ) -> Result<Response<pb::ListFailureEvidenceResponse>, Status> {
        answer(request, |call, asked| failure_model::list_evidence(self, call, asked)).await
    }

    async fn refit_failure_models(
        &self,
        request: Request<pb::RefitFailureModelsRequest>,
    ) -> Result<Response<pb::RefitFailureModelsResponse>, Status> {
        answer(request, |call, asked| failure_model::refit(self, call, asked)).await
    }

    async fn compare_failure_models(
        &self,
        request: Request<pb::CompareFailureModelsRequest>,
    ) -> Result<Response<pb::CompareFailureModelsResponse>, Status> {
        answer(request, |call, asked| failure_model::compare(self, call, asked)).await
    }

    async fn fit_failure_model(
        &self,
        request: Request<pb::FitFailureModelRequest>,
    ) -> Result<Response<pb::FailureModel>, Status> {
        answer(request, |call, asked| failure_model::fit(self, call, asked)).await
    }

    async fn get_failure_model(
        &self,
        request: Request<pb::GetFailureModelRequest>,
    ) -> Result<Response<pb::FailureModel>, Status> {
        answer(request, |call, asked| failure_model::get(self, call, asked)).await
    }

    async fn list_failure_models(
        &self,
        request: Request<pb::ListFailureModelsRequest>,
    ) -> Result<Response<pb::ListFailureModelsResponse>, Status> {
        answer(request, |call, asked| failure_model::list(self, call, asked)).await
    }

    async fn forecast_failures(
        &self,
        request: Request<pb::ForecastFailuresRequest>,
    ) -> Result<Response<pb::ForecastFailuresResponse>, Status> {
        answer(request, |call, asked| failure_model::forecast(self, call, asked)).await
    }
}
