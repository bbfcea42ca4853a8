//! Exchange rates.

use super::Server;
use crate::handler::fx_rate;
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::module::answer;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::fx_rate_service_server::FxRateService for Server {
    async fn create_fx_rate(
        &self,
        request: Request<pb::CreateFxRateRequest>,
    ) -> Result<Response<pb::FxRate>, Status> {
        answer(request, |call, asked| fx_rate::create(self, call, asked)).await
    }

    async fn list_fx_rates(
        &self,
        request: Request<pb::ListFxRatesRequest>,
    ) -> Result<Response<pb::ListFxRatesResponse>, Status> {
        answer(request, |call, asked| fx_rate::list(self, call, asked)).await
    }
}
