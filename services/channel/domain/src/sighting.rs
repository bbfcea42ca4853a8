//! Sightings: goods seen somewhere, in one of several ways.

use crate::gs1::Item;
use aftercare_kernel::money::Money;
use aftercare_kernel::region::RegionCode;
use aftercare_kernel::words;
use jiff::Timestamp;

words! {
    /// How goods were seen.
    SightingKind {
        /// Somebody scanned the code.
        Scan = "SCAN",
        /// A user registered the warranty, or the machine was started up.
        WarrantyRegistration = "WARRANTY_REGISTRATION",
        /// A field patrol reported it.
        Patrol = "PATROL",
        /// Offered for sale.
        Listing = "LISTING",
        /// On an invoice.
        Invoice = "INVOICE",
        /// A distributor or customer complained.
        Complaint = "COMPLAINT",
        /// A technician worked on it.
        ServiceCall = "SERVICE_CALL",
    }
}

impl SightingKind {
    /// Whether the unit has come to its user: it can come to one only.
    #[must_use]
    pub const fn is_end_use(self) -> bool {
        matches!(self, Self::WarrantyRegistration)
    }
}

/// One sighting of one item, before it is judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    /// Its id.
    pub id: String,
    /// What was seen.
    pub item: Item,
    /// In which way.
    pub kind: SightingKind,
    /// When.
    pub at: Timestamp,
    /// Where; none if the place is not known.
    pub region: Option<RegionCode>,
    /// The unit price seen.
    pub price: Option<Money>,
}
