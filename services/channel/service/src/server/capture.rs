//! Goods come in; who answers for them.

use super::Server;
use crate::handler::{capture, custody, record, shipment, sighting};
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_platform::module::answer;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::capture_service_server::CaptureService for Server {
    async fn capture_document(
        &self,
        request: Request<pb::CaptureDocumentRequest>,
    ) -> Result<Response<pb::CaptureDocumentResponse>, Status> {
        answer(request, |call, asked| capture::document(self, call, asked)).await
    }

    async fn get_item_event(
        &self,
        request: Request<pb::GetItemEventRequest>,
    ) -> Result<Response<pb::ItemEvent>, Status> {
        answer(request, |call, asked| record::get_event(self, call, asked)).await
    }

    async fn list_item_events(
        &self,
        request: Request<pb::ListItemEventsRequest>,
    ) -> Result<Response<pb::ListItemEventsResponse>, Status> {
        answer(request, |call, asked| record::list_events(self, call, asked)).await
    }

    async fn batch_record_shipments(
        &self,
        request: Request<pb::BatchRecordShipmentsRequest>,
    ) -> Result<Response<pb::BatchRecordShipmentsResponse>, Status> {
        answer(request, |call, asked| shipment::record(self, call, asked)).await
    }

    async fn get_shipment(
        &self,
        request: Request<pb::GetShipmentRequest>,
    ) -> Result<Response<pb::Shipment>, Status> {
        answer(request, |call, asked| record::get_shipment(self, call, asked)).await
    }

    async fn list_shipments(
        &self,
        request: Request<pb::ListShipmentsRequest>,
    ) -> Result<Response<pb::ListShipmentsResponse>, Status> {
        answer(request, |call, asked| record::list_shipments(self, call, asked)).await
    }

    async fn batch_record_sightings(
        &self,
        request: Request<pb::BatchRecordSightingsRequest>,
    ) -> Result<Response<pb::BatchRecordSightingsResponse>, Status> {
        answer(request, |call, asked| sighting::record(self, call, asked)).await
    }
}

#[tonic::async_trait]
impl pb::custody_service_server::CustodyService for Server {
    async fn get_custody(
        &self,
        request: Request<pb::GetCustodyRequest>,
    ) -> Result<Response<pb::Custody>, Status> {
        answer(request, |call, asked| custody::get(self, call, asked)).await
    }

    async fn batch_get_custody(
        &self,
        request: Request<pb::BatchGetCustodyRequest>,
    ) -> Result<Response<pb::BatchGetCustodyResponse>, Status> {
        answer(request, |call, asked| custody::batch_get(self, call, asked)).await
    }
}
