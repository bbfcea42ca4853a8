//! Distributors and their places.

use super::Server;
use crate::handler::{distributor, location};
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_platform::module::answer;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::distributor_service_server::DistributorService for Server {
    async fn get_distributor(
        &self,
        request: Request<pb::GetDistributorRequest>,
    ) -> Result<Response<pb::Distributor>, Status> {
        answer(request, |call, asked| distributor::get(self, call, asked)).await
    }

    async fn list_distributors(
        &self,
        request: Request<pb::ListDistributorsRequest>,
    ) -> Result<Response<pb::ListDistributorsResponse>, Status> {
        answer(request, |call, asked| distributor::list(self, call, asked)).await
    }

    async fn batch_update_distributors(
        &self,
        request: Request<pb::BatchUpdateDistributorsRequest>,
    ) -> Result<Response<pb::BatchUpdateDistributorsResponse>, Status> {
        answer(request, |call, asked| distributor::batch_update(self, call, asked)).await
    }

    async fn get_location(
        &self,
        request: Request<pb::GetLocationRequest>,
    ) -> Result<Response<pb::Location>, Status> {
        answer(request, |call, asked| location::get(self, call, asked)).await
    }

    async fn list_locations(
        &self,
        request: Request<pb::ListLocationsRequest>,
    ) -> Result<Response<pb::ListLocationsResponse>, Status> {
        answer(request, |call, asked| location::list(self, call, asked)).await
    }

    async fn batch_update_locations(
        &self,
        request: Request<pb::BatchUpdateLocationsRequest>,
    ) -> Result<Response<pb::BatchUpdateLocationsResponse>, Status> {
        answer(request, |call, asked| location::batch_update(self, call, asked)).await
    }
}
