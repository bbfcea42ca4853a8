//! Services that the API names and later work builds: every method answers `UNIMPLEMENTED`.

use super::Server;
use aftercare_api::aftercare::channel::v1 as pb;

impl pb::report_service_server::ReportService for Server {}
