//! Campaigns.

use super::{Server, read, write};
use crate::custody::Custody;
use crate::handler::{campaign, campaign_step};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_platform::module::call_of;
use aftercare_platform::status::to_status;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::campaign_service_server::CampaignService for Server {
    async fn get_campaign(
        &self,
        request: Request<pb::GetCampaignRequest>,
    ) -> Result<Response<pb::Campaign>, Status> {
        read!(self, request, |db, actor, asked| campaign::get(db, actor, asked))
    }

    async fn list_campaigns(
        &self,
        request: Request<pb::ListCampaignsRequest>,
    ) -> Result<Response<pb::ListCampaignsResponse>, Status> {
        read!(self, request, |db, actor, asked| campaign::list(db, &self.pager, actor, asked))
    }

    async fn create_campaign(
        &self,
        request: Request<pb::CreateCampaignRequest>,
    ) -> Result<Response<pb::Campaign>, Status> {
        write!(self, request, |db, actor, asked| campaign::create(db, actor, asked))
    }

    async fn update_campaign(
        &self,
        request: Request<pb::UpdateCampaignRequest>,
    ) -> Result<Response<pb::Campaign>, Status> {
        write!(self, request, |db, actor, asked| campaign::update(db, actor, asked))
    }

    async fn scope_campaign(
        &self,
        request: Request<pb::ScopeCampaignRequest>,
    ) -> Result<Response<pb::Campaign>, Status> {
        write!(self, request, |db, actor, asked| campaign_step::scope(db, actor, asked))
    }

    async fn approve_campaign(
        &self,
        request: Request<pb::ApproveCampaignRequest>,
    ) -> Result<Response<pb::Campaign>, Status> {
        write!(self, request, |db, actor, asked| campaign_step::approve(db, actor, asked))
    }

    async fn notify_campaign(
        &self,
        request: Request<pb::NotifyCampaignRequest>,
    ) -> Result<Response<pb::Campaign>, Status> {
        let call = call_of(&request)?;
        // Before the write begins: on SQLite an open write would hold the only writer meanwhile.
        let custody = Custody::of_campaign(self, &call, &request.get_ref().name).await;
        let custody = &custody.map_err(|error| to_status(&error))?;
        write!(self, request, |db, actor, asked| campaign_step::notify(db, actor, asked, custody))
    }

    async fn execute_campaign(
        &self,
        request: Request<pb::ExecuteCampaignRequest>,
    ) -> Result<Response<pb::Campaign>, Status> {
        write!(self, request, |db, actor, asked| campaign_step::execute(db, actor, asked))
    }

    async fn close_campaign(
        &self,
        request: Request<pb::CloseCampaignRequest>,
    ) -> Result<Response<pb::Campaign>, Status> {
        write!(self, request, |db, actor, asked| campaign_step::close(db, actor, asked))
    }

    async fn record_campaign_item(
        &self,
        request: Request<pb::RecordCampaignItemRequest>,
    ) -> Result<Response<pb::CampaignItem>, Status> {
        write!(self, request, |db, actor, asked| campaign_step::record(db, actor, asked))
    }

    async fn list_campaign_items(
        &self,
        request: Request<pb::ListCampaignItemsRequest>,
    ) -> Result<Response<pb::ListCampaignItemsResponse>, Status> {
        read!(self, request, |db, actor, asked| campaign::items(db, &self.pager, actor, asked))
    }

    async fn get_campaign_progress(
        &self,
        request: Request<pb::GetCampaignProgressRequest>,
    ) -> Result<Response<pb::CampaignProgress>, Status> {
        read!(self, request, |db, actor, asked| campaign::progress(db, actor, asked))
    }
}
