//! Contracts and the pricing policy.

use super::Server;
use crate::handler::{contract, policy};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::module::answer;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::contract_service_server::ContractService for Server {
    async fn get_contract(
        &self,
        request: Request<pb::GetContractRequest>,
    ) -> Result<Response<pb::Contract>, Status> {
        answer(request, |call, asked| contract::get(self, call, asked)).await
    }

    async fn list_contracts(
        &self,
        request: Request<pb::ListContractsRequest>,
    ) -> Result<Response<pb::ListContractsResponse>, Status> {
        answer(request, |call, asked| contract::list(self, call, asked)).await
    }

    async fn activate_contract(
        &self,
        request: Request<pb::ActivateContractRequest>,
    ) -> Result<Response<pb::Contract>, Status> {
        answer(request, |call, asked| contract::activate(self, call, asked)).await
    }

    async fn terminate_contract(
        &self,
        request: Request<pb::TerminateContractRequest>,
    ) -> Result<Response<pb::Contract>, Status> {
        answer(request, |call, asked| contract::terminate(self, call, asked)).await
    }
}

#[tonic::async_trait]
impl pb::policy_service_server::PolicyService for Server {
    async fn get_pricing_policy(
        &self,
        request: Request<pb::GetPricingPolicyRequest>,
    ) -> Result<Response<pb::PricingPolicy>, Status> {
        answer(request, |call, asked| policy::get(self, call, asked)).await
    }

    async fn update_pricing_policy(
        &self,
        request: Request<pb::UpdatePricingPolicyRequest>,
    ) -> Result<Response<pb::PricingPolicy>, Status> {
        answer(request, |call, asked| policy::update(self, call, asked)).await
    }
}
