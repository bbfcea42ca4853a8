//! Contracts and the pricing policy.

use super::Server;
use crate::handler::contract::{self, amend, billing, life_cycle, profitability, propose, renew};
use crate::handler::{classification, policy};
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
        answer(request, |call, asked| life_cycle::activate(self, call, asked)).await
    }

    async fn suspend_contract(
        &self,
        request: Request<pb::SuspendContractRequest>,
    ) -> Result<Response<pb::Contract>, Status> {
        answer(request, |call, asked| life_cycle::suspend(self, call, asked)).await
    }

    async fn resume_contract(
        &self,
        request: Request<pb::ResumeContractRequest>,
    ) -> Result<Response<pb::Contract>, Status> {
        answer(request, |call, asked| life_cycle::resume(self, call, asked)).await
    }

    async fn give_notice(
        &self,
        request: Request<pb::GiveNoticeRequest>,
    ) -> Result<Response<pb::Contract>, Status> {
        answer(request, |call, asked| life_cycle::give_notice(self, call, asked)).await
    }

    async fn renew_contract(
        &self,
        request: Request<pb::RenewContractRequest>,
    ) -> Result<Response<pb::Contract>, Status> {
        answer(request, |call, asked| renew::renew(self, call, asked)).await
    }

    async fn settle_due_contracts(
        &self,
        request: Request<pb::SettleDueContractsRequest>,
    ) -> Result<Response<pb::SettleDueContractsResponse>, Status> {
        answer(request, |call, asked| renew::settle(self, call, asked)).await
    }

    async fn create_amendment(
        &self,
        request: Request<pb::CreateAmendmentRequest>,
    ) -> Result<Response<pb::Amendment>, Status> {
        answer(request, |call, asked| amend::create(self, call, asked)).await
    }

    async fn list_amendments(
        &self,
        request: Request<pb::ListAmendmentsRequest>,
    ) -> Result<Response<pb::ListAmendmentsResponse>, Status> {
        answer(request, |call, asked| amend::list(self, call, asked)).await
    }

    async fn get_billing_schedule(
        &self,
        request: Request<pb::GetBillingScheduleRequest>,
    ) -> Result<Response<pb::BillingSchedule>, Status> {
        answer(request, |call, asked| billing::schedule(self, call, asked)).await
    }

    async fn propose_renewal(
        &self,
        request: Request<pb::ProposeRenewalRequest>,
    ) -> Result<Response<pb::RenewalProposal>, Status> {
        answer(request, |call, asked| propose::propose(self, call, asked)).await
    }

    async fn get_contract_profitability(
        &self,
        request: Request<pb::GetContractProfitabilityRequest>,
    ) -> Result<Response<pb::ContractProfitability>, Status> {
        answer(request, |call, asked| profitability::get(self, call, asked)).await
    }

    async fn terminate_contract(
        &self,
        request: Request<pb::TerminateContractRequest>,
    ) -> Result<Response<pb::Contract>, Status> {
        answer(request, |call, asked| life_cycle::terminate(self, call, asked)).await
    }

    async fn classify_work_order(
        &self,
        request: Request<pb::ClassifyWorkOrderRequest>,
    ) -> Result<Response<pb::ClassifyWorkOrderResponse>, Status> {
        answer(request, |call, asked| classification::classify_work_order(self, call, asked)).await
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
