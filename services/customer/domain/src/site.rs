//! Sites: places where a customer's machines stand or goods are delivered.

use crate::customer::{Address, ExternalKey, external_keys, name, zone};
use crate::keys::Gln;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::region::RegionCode;
use aftercare_kernel::resource_id;
use serde::{Deserialize, Serialize};

resource_id! {
    /// The id of a site.
    SiteId
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// The name that people use.
    pub display_name: String,
    /// Where it is.
    pub address: Option<Address>,
    /// Region.
    pub region: Option<RegionCode>,
    /// IANA zone.
    pub time_zone: String,
    /// GS1 Global Location Number.
    pub gln: Option<Gln>,
    /// Keys in other systems.
    pub external_keys: Vec<ExternalKey>,
}

impl Site {
    /// Notes what is wrong with the parts that types cannot tell.
    pub fn check(&self, wrong: &mut Violations) {
        name(&self.display_name, "display_name", wrong);
        zone(&self.time_zone, wrong);
        external_keys(&self.external_keys, wrong);
    }
}
