//! Quotes.

use super::Server;
use crate::handler::{competitor_price, concession, quote};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::module::answer;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::quote_service_server::QuoteService for Server {
    async fn create_quote(
        &self,
        request: Request<pb::CreateQuoteRequest>,
    ) -> Result<Response<pb::Quote>, Status> {
        answer(request, |call, asked| quote::create(self, call, asked)).await
    }

    async fn get_quote(
        &self,
        request: Request<pb::GetQuoteRequest>,
    ) -> Result<Response<pb::Quote>, Status> {
        answer(request, |call, asked| quote::get(self, call, asked)).await
    }

    async fn list_quotes(
        &self,
        request: Request<pb::ListQuotesRequest>,
    ) -> Result<Response<pb::ListQuotesResponse>, Status> {
        answer(request, |call, asked| quote::list(self, call, asked)).await
    }

    async fn explain_quote(
        &self,
        request: Request<pb::ExplainQuoteRequest>,
    ) -> Result<Response<pb::ExplainQuoteResponse>, Status> {
        answer(request, |call, asked| quote::explain(self, call, asked)).await
    }

    async fn get_cost_distribution(
        &self,
        request: Request<pb::GetCostDistributionRequest>,
    ) -> Result<Response<pb::GetCostDistributionResponse>, Status> {
        answer(request, |call, asked| quote::cost_distribution(self, call, asked)).await
    }

    async fn quote_as_of(
        &self,
        request: Request<pb::QuoteAsOfRequest>,
    ) -> Result<Response<pb::QuoteAsOfResponse>, Status> {
        answer(request, |call, asked| quote::as_of(self, call, asked)).await
    }

    async fn compare_pricing_models(
        &self,
        request: Request<pb::ComparePricingModelsRequest>,
    ) -> Result<Response<pb::ComparePricingModelsResponse>, Status> {
        answer(request, |call, asked| quote::compare(self, call, asked)).await
    }

    async fn find_concessions(
        &self,
        request: Request<pb::FindConcessionsRequest>,
    ) -> Result<Response<pb::FindConcessionsResponse>, Status> {
        answer(request, |call, asked| concession::find(self, call, asked)).await
    }

    async fn reproduce_quote(
        &self,
        request: Request<pb::ReproduceQuoteRequest>,
    ) -> Result<Response<pb::ReproduceQuoteResponse>, Status> {
        answer(request, |call, asked| quote::reproduce(self, call, asked)).await
    }

    async fn get_quote_document(
        &self,
        request: Request<pb::GetQuoteDocumentRequest>,
    ) -> Result<Response<pb::QuoteDocument>, Status> {
        answer(request, |call, asked| quote::document(self, call, asked)).await
    }

    async fn issue_quote(
        &self,
        request: Request<pb::IssueQuoteRequest>,
    ) -> Result<Response<pb::Quote>, Status> {
        answer(request, |call, asked| quote::issue(self, call, asked)).await
    }

    async fn approve_quote(
        &self,
        request: Request<pb::ApproveQuoteRequest>,
    ) -> Result<Response<pb::Quote>, Status> {
        answer(request, |call, asked| quote::approve(self, call, asked)).await
    }

    async fn decline_quote(
        &self,
        request: Request<pb::DeclineQuoteRequest>,
    ) -> Result<Response<pb::Quote>, Status> {
        answer(request, |call, asked| quote::decline(self, call, asked)).await
    }

    async fn accept_quote(
        &self,
        request: Request<pb::AcceptQuoteRequest>,
    ) -> Result<Response<pb::Contract>, Status> {
        answer(request, |call, asked| crate::handler::contract::accept(self, call, asked)).await
    }

    async fn create_competitor_price(
        &self,
        request: Request<pb::CreateCompetitorPriceRequest>,
    ) -> Result<Response<pb::CompetitorPrice>, Status> {
        answer(request, |call, asked| competitor_price::create(self, call, asked)).await
    }

    async fn list_competitor_prices(
        &self,
        request: Request<pb::ListCompetitorPricesRequest>,
    ) -> Result<Response<pb::ListCompetitorPricesResponse>, Status> {
        answer(request, |call, asked| competitor_price::list(self, call, asked)).await
    }
}
