//! Reports.

use super::Server;
use crate::handler::report::{self, monitor, regional};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_platform::module::answer;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::report_service_server::ReportService for Server {
    async fn create_profitability_report(
        &self,
        request: Request<pb::CreateProfitabilityReportRequest>,
    ) -> Result<Response<pb::ProfitabilityReport>, Status> {
        answer(request, |call, asked| report::create(self, call, asked)).await
    }

    async fn get_profitability_report(
        &self,
        request: Request<pb::GetProfitabilityReportRequest>,
    ) -> Result<Response<pb::ProfitabilityReport>, Status> {
        answer(request, |call, asked| report::get(self, call, asked)).await
    }

    async fn list_profitability_reports(
        &self,
        request: Request<pb::ListProfitabilityReportsRequest>,
    ) -> Result<Response<pb::ListProfitabilityReportsResponse>, Status> {
        answer(request, |call, asked| report::list(self, call, asked)).await
    }

    async fn propose_regional_prices(
        &self,
        request: Request<pb::ProposeRegionalPricesRequest>,
    ) -> Result<Response<pb::ProposeRegionalPricesResponse>, Status> {
        answer(request, |call, asked| regional::propose(self, call, asked)).await
    }

    async fn monitor_losses(
        &self,
        request: Request<pb::MonitorLossesRequest>,
    ) -> Result<Response<pb::LossMonitor>, Status> {
        answer(request, |call, asked| monitor::monitor(self, call, asked)).await
    }
}
