//! Services that the API names and later work builds: every method answers `UNIMPLEMENTED`.

use super::Server;
use aftercare_api::aftercare::customer::v1 as pb;

impl pb::follow_up_service_server::FollowUpService for Server {}
impl pb::survey_service_server::SurveyService for Server {}
impl pb::campaign_service_server::CampaignService for Server {}
