//! Index values.

use super::Server;
use crate::handler::price_index;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::module::answer;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::price_index_service_server::PriceIndexService for Server {
    async fn batch_update_price_index_values(
        &self,
        request: Request<pb::BatchUpdatePriceIndexValuesRequest>,
    ) -> Result<Response<pb::BatchUpdatePriceIndexValuesResponse>, Status> {
        answer(request, |call, asked| price_index::batch_update(self, call, asked)).await
    }

    async fn list_price_index_values(
        &self,
        request: Request<pb::ListPriceIndexValuesRequest>,
    ) -> Result<Response<pb::ListPriceIndexValuesResponse>, Status> {
        answer(request, |call, asked| price_index::list(self, call, asked)).await
    }
}
