//! Services that the API names and later work builds: every method answers `UNIMPLEMENTED`.

use super::Server;
use aftercare_api::aftercare::channel::v1 as pb;

impl pb::territory_service_server::TerritoryService for Server {}
impl pb::policy_service_server::PolicyService for Server {}
impl pb::capture_service_server::CaptureService for Server {}
impl pb::custody_service_server::CustodyService for Server {}
impl pb::detection_service_server::DetectionService for Server {}
impl pb::conflict_service_server::ConflictService for Server {}
impl pb::report_service_server::ReportService for Server {}
