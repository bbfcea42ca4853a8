//! Machines and the work on them.

use super::{Server, read, write};
use crate::handler::{asset, list, lot_control, quality, work_order};
use aftercare_api::aftercare::customer::v1 as pb;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::asset_service_server::AssetService for Server {
    async fn get_asset(
        &self,
        request: Request<pb::GetAssetRequest>,
    ) -> Result<Response<pb::Asset>, Status> {
        read!(self, request, |db, actor, asked| asset::get(db, actor, asked))
    }

    async fn list_assets(
        &self,
        request: Request<pb::ListAssetsRequest>,
    ) -> Result<Response<pb::ListAssetsResponse>, Status> {
        read!(self, request, |db, actor, asked| list::assets(db, &self.pager, actor, asked))
    }

    async fn create_asset(
        &self,
        request: Request<pb::CreateAssetRequest>,
    ) -> Result<Response<pb::Asset>, Status> {
        write!(self, request, |db, actor, asked| asset::create(db, actor, asked))
    }

    async fn update_asset(
        &self,
        request: Request<pb::UpdateAssetRequest>,
    ) -> Result<Response<pb::Asset>, Status> {
        write!(self, request, |db, actor, asked| asset::upsert_one(db, actor, asked))
    }

    async fn batch_update_assets(
        &self,
        request: Request<pb::BatchUpdateAssetsRequest>,
    ) -> Result<Response<pb::BatchUpdateAssetsResponse>, Status> {
        write!(self, request, |db, actor, asked| asset::batch(db, actor, asked))
    }

    async fn transfer_asset(
        &self,
        request: Request<pb::TransferAssetRequest>,
    ) -> Result<Response<pb::Asset>, Status> {
        write!(self, request, |db, actor, asked| asset::transfer(db, actor, asked))
    }

    async fn retire_asset(
        &self,
        request: Request<pb::RetireAssetRequest>,
    ) -> Result<Response<pb::Asset>, Status> {
        write!(self, request, |db, actor, asked| asset::retire(db, actor, asked))
    }

    async fn delete_asset(
        &self,
        request: Request<pb::DeleteAssetRequest>,
    ) -> Result<Response<()>, Status> {
        write!(self, request, |db, actor, asked| asset::delete(db, actor, asked))
    }
}

#[tonic::async_trait]
impl pb::work_order_service_server::WorkOrderService for Server {
    async fn get_work_order(
        &self,
        request: Request<pb::GetWorkOrderRequest>,
    ) -> Result<Response<pb::WorkOrder>, Status> {
        read!(self, request, |db, actor, asked| work_order::get(db, actor, asked))
    }

    async fn list_work_orders(
        &self,
        request: Request<pb::ListWorkOrdersRequest>,
    ) -> Result<Response<pb::ListWorkOrdersResponse>, Status> {
        read!(self, request, |db, actor, asked| list::work_orders(db, &self.pager, actor, asked))
    }

    async fn create_work_order(
        &self,
        request: Request<pb::CreateWorkOrderRequest>,
    ) -> Result<Response<pb::WorkOrder>, Status> {
        write!(self, request, |db, actor, asked| work_order::create(db, actor, asked))
    }

    async fn update_work_order(
        &self,
        request: Request<pb::UpdateWorkOrderRequest>,
    ) -> Result<Response<pb::WorkOrder>, Status> {
        write!(self, request, |db, actor, asked| work_order::upsert_one(db, actor, asked))
    }

    async fn batch_update_work_orders(
        &self,
        request: Request<pb::BatchUpdateWorkOrdersRequest>,
    ) -> Result<Response<pb::BatchUpdateWorkOrdersResponse>, Status> {
        write!(self, request, |db, actor, asked| work_order::batch(db, actor, asked))
    }

    async fn complete_work_order(
        &self,
        request: Request<pb::CompleteWorkOrderRequest>,
    ) -> Result<Response<pb::WorkOrder>, Status> {
        write!(self, request, |db, actor, asked| work_order::complete(db, actor, asked))
    }

    async fn verify_work_order(
        &self,
        request: Request<pb::VerifyWorkOrderRequest>,
    ) -> Result<Response<pb::WorkOrder>, Status> {
        write!(self, request, |db, actor, asked| work_order::verify(db, actor, asked))
    }

    async fn cancel_work_order(
        &self,
        request: Request<pb::CancelWorkOrderRequest>,
    ) -> Result<Response<pb::WorkOrder>, Status> {
        write!(self, request, |db, actor, asked| work_order::cancel(db, actor, asked))
    }

    async fn analyse_pareto(
        &self,
        request: Request<pb::AnalyseParetoRequest>,
    ) -> Result<Response<pb::AnalyseParetoResponse>, Status> {
        read!(self, request, |db, actor, asked| quality::pareto(db, actor, asked))
    }

    async fn analyse_reliability(
        &self,
        request: Request<pb::AnalyseReliabilityRequest>,
    ) -> Result<Response<pb::AnalyseReliabilityResponse>, Status> {
        read!(self, request, |db, actor, asked| quality::reliability(db, actor, asked))
    }

    async fn list_quality_alerts(
        &self,
        request: Request<pb::ListQualityAlertsRequest>,
    ) -> Result<Response<pb::ListQualityAlertsResponse>, Status> {
        read!(self, request, |db, actor, asked| quality::alerts(db, &self.pager, actor, asked))
    }

    async fn list_lot_alerts(
        &self,
        request: Request<pb::ListLotAlertsRequest>,
    ) -> Result<Response<pb::ListLotAlertsResponse>, Status> {
        read!(self, request, |db, actor, asked| lot_control::list(db, &self.pager, actor, asked))
    }
}
