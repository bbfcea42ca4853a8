//! Services that the API names and later work builds: every method answers `UNIMPLEMENTED`.

use super::Server;
use aftercare_api::aftercare::pricing::v1 as pb;

impl pb::segment_service_server::SegmentService for Server {}
