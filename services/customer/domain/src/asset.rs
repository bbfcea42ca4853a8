//! Assets: the machines of the installed base.

use crate::customer::{ExternalKey, external_keys};
use aftercare_kernel::fault::Violations;
use aftercare_kernel::region::RegionCode;
use aftercare_kernel::resource_id;
use aftercare_kernel::words;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

resource_id! {
    /// The id of an asset: unique in the tenant, whoever owns it.
    AssetId
}

words! {
    /// Where a machine works.
    AssetEnvironment {
        /// Clean room or clean hall.
        IndoorClean = "INDOOR_CLEAN",
        /// Ordinary hall.
        Indoor = "INDOOR",
        /// In the open.
        Outdoor = "OUTDOOR",
        /// Quarry, cement, textile and the like.
        Dusty = "DUSTY",
        /// Chemical or marine air.
        Corrosive = "CORROSIVE",
    }
}

words! {
    /// Whether a machine is in service.
    AssetState {
        /// Not commissioned yet.
        Shipped = "SHIPPED",
        /// Works.
        InService = "IN_SERVICE",
        /// Taken out of service.
        Retired = "RETIRED",
    }
}

/// A part of a machine as it was shipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetPart {
    /// `parts/{part}`.
    pub part: String,
    /// Lot.
    pub lot: String,
    /// Serial number.
    pub serial_number: String,
    /// How many.
    pub quantity: u32,
}

/// A period of ownership.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ownership {
    /// The owner's id.
    pub customer: String,
    /// From when.
    pub start: Timestamp,
    /// Until when; none for the present owner.
    pub end: Option<Timestamp>,
    /// Why it changed hands.
    pub reason: String,
}

/// One machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    /// The name that people use.
    pub display_name: String,
    /// As on the plate.
    pub serial_number: String,
    /// Production lot.
    pub lot: String,
    /// `products/{product}`.
    pub product: String,
    /// The product's name.
    pub product_name: String,
    /// GTIN.
    pub gtin: String,
    /// `customers/{customer}/sites/{site}`.
    pub site: String,
    /// Where it stands.
    pub region: Option<RegionCode>,
    /// When it was made.
    pub manufactured: Option<Date>,
    /// When it left the works.
    pub shipped: Option<Date>,
    /// When it began to work.
    pub commissioned: Option<Date>,
    /// When it was taken out of service.
    pub decommissioned: Option<Date>,
    /// The first day without warranty.
    pub warranty_end: Option<Date>,
    /// Where it works.
    pub environment: Option<AssetEnvironment>,
    /// Hours of work a day.
    pub duty_hours_per_day: Option<Decimal>,
    /// The last reading of the hour meter.
    pub operating_hours: Option<Decimal>,
    /// As shipped.
    pub parts: Vec<AssetPart>,
    /// `distributors/{distributor}`.
    pub distributor: String,
    /// Country or region of first sale.
    pub purchase_country: String,
    /// Who owned it when, oldest first.
    pub ownerships: Vec<Ownership>,
    /// Keys in other systems.
    pub external_keys: Vec<ExternalKey>,
}

impl Asset {
    /// Whether it is in service: what its dates say.
    #[must_use]
    pub const fn state(&self) -> AssetState {
        match (self.decommissioned, self.commissioned) {
            (Some(_), _) => AssetState::Retired,
            (None, Some(_)) => AssetState::InService,
            (None, None) => AssetState::Shipped,
        }
    }

    /// Notes what is wrong with the parts that types cannot tell.
    pub fn check(&self, wrong: &mut Violations) {
        if self.serial_number.trim().is_empty() {
            wrong.add("serial_number", "is required");
        }
        let product =
            aftercare_kernel::ids::name_segments::<1>("products/{product}", &self.product);
        wrong.take("product", product);
        let ordered = [
            ("ship_date", self.manufactured, self.shipped),
            ("commission_date", self.manufactured, self.commissioned),
            ("decommission_date", self.commissioned, self.decommissioned),
        ];
        for (field, before, after) in ordered {
            if before.zip(after).is_some_and(|(before, after)| after < before) {
                wrong.add(field, "is before what it follows");
            }
        }
        let day = Decimal::ZERO..=Decimal::from(24);
        if self.duty_hours_per_day.is_some_and(|hours| !day.contains(&hours)) {
            wrong.add("duty_hours_per_day", "must be between 0 and 24");
        }
        if self.operating_hours.is_some_and(|hours| hours < Decimal::ZERO) {
            wrong.add("operating_hours", "must not be negative");
        }
        external_keys(&self.external_keys, wrong);
    }

    /// Gives the machine to another owner; its history goes with it.
    pub fn transfer(&mut self, customer: &str, at: Timestamp, reason: &str) {
        if let Some(last) = self.ownerships.last_mut() {
            last.end = Some(at);
        }
        let (customer, reason) = (customer.to_owned(), reason.to_owned());
        self.ownerships.push(Ownership { customer, start: at, end: None, reason });
    }
}
