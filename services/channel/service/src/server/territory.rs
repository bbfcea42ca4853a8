//! Who may sell what where.

use super::Server;
use crate::handler::{agreement, exception, territory};
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_platform::module::answer;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::territory_service_server::TerritoryService for Server {
    async fn get_territory(
        &self,
        request: Request<pb::GetTerritoryRequest>,
    ) -> Result<Response<pb::Territory>, Status> {
        answer(request, |call, asked| territory::get(self, call, asked)).await
    }

    async fn list_territories(
        &self,
        request: Request<pb::ListTerritoriesRequest>,
    ) -> Result<Response<pb::ListTerritoriesResponse>, Status> {
        answer(request, |call, asked| territory::list(self, call, asked)).await
    }

    async fn batch_update_territories(
        &self,
        request: Request<pb::BatchUpdateTerritoriesRequest>,
    ) -> Result<Response<pb::BatchUpdateTerritoriesResponse>, Status> {
        answer(request, |call, asked| territory::batch_update(self, call, asked)).await
    }

    async fn get_territory_agreement(
        &self,
        request: Request<pb::GetTerritoryAgreementRequest>,
    ) -> Result<Response<pb::TerritoryAgreement>, Status> {
        answer(request, |call, asked| agreement::get(self, call, asked)).await
    }

    async fn list_territory_agreements(
        &self,
        request: Request<pb::ListTerritoryAgreementsRequest>,
    ) -> Result<Response<pb::ListTerritoryAgreementsResponse>, Status> {
        answer(request, |call, asked| agreement::list(self, call, asked)).await
    }

    async fn batch_update_territory_agreements(
        &self,
        request: Request<pb::BatchUpdateTerritoryAgreementsRequest>,
    ) -> Result<Response<pb::BatchUpdateTerritoryAgreementsResponse>, Status> {
        answer(request, |call, asked| agreement::batch_update(self, call, asked)).await
    }

    async fn get_territory_exception(
        &self,
        request: Request<pb::GetTerritoryExceptionRequest>,
    ) -> Result<Response<pb::TerritoryException>, Status> {
        answer(request, |call, asked| exception::get(self, call, asked)).await
    }

    async fn list_territory_exceptions(
        &self,
        request: Request<pb::ListTerritoryExceptionsRequest>,
    ) -> Result<Response<pb::ListTerritoryExceptionsResponse>, Status> {
        answer(request, |call, asked| exception::list(self, call, asked)).await
    }

    async fn batch_update_territory_exceptions(
        &self,
        request: Request<pb::BatchUpdateTerritoryExceptionsRequest>,
    ) -> Result<Response<pb::BatchUpdateTerritoryExceptionsResponse>, Status> {
        answer(request, |call, asked| exception::batch_update(self, call, asked)).await
    }
}
