//! Spare parts.

use super::Server;
use crate::handler::spare_part::{self, allocate, demand};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::module::answer;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::spare_part_service_server::SparePartService for Server {
    async fn forecast_part_demand(
        &self,
        request: Request<pb::ForecastPartDemandRequest>,
    ) -> Result<Response<pb::PartDemand>, Status> {
        answer(request, |call, asked| demand::forecast(self, call, asked)).await
    }

    async fn allocate_repairable_parts(
        &self,
        request: Request<pb::AllocateRepairablePartsRequest>,
    ) -> Result<Response<pb::AllocateRepairablePartsResponse>, Status> {
        answer(request, |call, asked| allocate::allocate(self, call, asked)).await
    }

    async fn create_spare_pool(
        &self,
        request: Request<pb::CreateSparePoolRequest>,
    ) -> Result<Response<pb::SparePool>, Status> {
        answer(request, |call, asked| spare_part::create(self, call, asked)).await
    }

    async fn get_spare_pool(
        &self,
        request: Request<pb::GetSparePoolRequest>,
    ) -> Result<Response<pb::SparePool>, Status> {
        answer(request, |call, asked| spare_part::get(self, call, asked)).await
    }

    async fn list_spare_pools(
        &self,
        request: Request<pb::ListSparePoolsRequest>,
    ) -> Result<Response<pb::ListSparePoolsResponse>, Status> {
        answer(request, |call, asked| spare_part::list(self, call, asked)).await
    }

    async fn adjust_spare_pool(
        &self,
        request: Request<pb::AdjustSparePoolRequest>,
    ) -> Result<Response<pb::SparePool>, Status> {
        answer(request, |call, asked| spare_part::adjust(self, call, asked)).await
    }

    async fn project_spare_pool(
        &self,
        request: Request<pb::ProjectSparePoolRequest>,
    ) -> Result<Response<pb::ProjectSparePoolResponse>, Status> {
        answer(request, |call, asked| spare_part::project(self, call, asked)).await
    }

    async fn compute_provision(
        &self,
        request: Request<pb::ComputeProvisionRequest>,
    ) -> Result<Response<pb::Provision>, Status> {
        answer(request, |call, asked| spare_part::compute_provision(self, call, asked)).await
    }
}
