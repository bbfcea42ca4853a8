//! Distributors and their places.

use super::Server;
use crate::handler::distributor;
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
}
