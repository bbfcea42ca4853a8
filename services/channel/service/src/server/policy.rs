//! Products, price floors, rebate plans.

use super::Server;
use crate::handler::{price_policy, product, rebate_plan};
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_platform::module::answer;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::policy_service_server::PolicyService for Server {
    async fn get_product(
        &self,
        request: Request<pb::GetProductRequest>,
    ) -> Result<Response<pb::Product>, Status> {
        answer(request, |call, asked| product::get(self, call, asked)).await
    }

    async fn list_products(
        &self,
        request: Request<pb::ListProductsRequest>,
    ) -> Result<Response<pb::ListProductsResponse>, Status> {
        answer(request, |call, asked| product::list(self, call, asked)).await
    }

    async fn batch_update_products(
        &self,
        request: Request<pb::BatchUpdateProductsRequest>,
    ) -> Result<Response<pb::BatchUpdateProductsResponse>, Status> {
        answer(request, |call, asked| product::batch_update(self, call, asked)).await
    }

    async fn get_price_policy(
        &self,
        request: Request<pb::GetPricePolicyRequest>,
    ) -> Result<Response<pb::PricePolicy>, Status> {
        answer(request, |call, asked| price_policy::get(self, call, asked)).await
    }

    async fn list_price_policies(
        &self,
        request: Request<pb::ListPricePoliciesRequest>,
    ) -> Result<Response<pb::ListPricePoliciesResponse>, Status> {
        answer(request, |call, asked| price_policy::list(self, call, asked)).await
    }

    async fn batch_update_price_policies(
        &self,
        request: Request<pb::BatchUpdatePricePoliciesRequest>,
    ) -> Result<Response<pb::BatchUpdatePricePoliciesResponse>, Status> {
        answer(request, |call, asked| price_policy::batch_update(self, call, asked)).await
    }

    async fn get_rebate_plan(
        &self,
        request: Request<pb::GetRebatePlanRequest>,
    ) -> Result<Response<pb::RebatePlan>, Status> {
        answer(request, |call, asked| rebate_plan::get(self, call, asked)).await
    }

    async fn list_rebate_plans(
        &self,
        request: Request<pb::ListRebatePlansRequest>,
    ) -> Result<Response<pb::ListRebatePlansResponse>, Status> {
        answer(request, |call, asked| rebate_plan::list(self, call, asked)).await
    }

    async fn batch_update_rebate_plans(
        &self,
        request: Request<pb::BatchUpdateRebatePlansRequest>,
    ) -> Result<Response<pb::BatchUpdateRebatePlansResponse>, Status> {
        answer(request, |call, asked| rebate_plan::batch_update(self, call, asked)).await
    }
}
