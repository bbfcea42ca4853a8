//! Assets.

use super::value::{
    date, decimal, external_keys, reference, region, wire_date, wire_decimal, wire_external_keys,
    wire_instant,
};
use super::word::{Word, number, optional};
use crate::store::Stored;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::asset::{Asset, AssetId, AssetPart};
use aftercare_customer_domain::customer::CustomerId;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::name_segments;

pub(crate) const PATTERN: &str = "customers/{customer}/assets/{asset}";

/// Owner and asset in an asset's name; no owner for `customers/-/assets/{asset}`.
pub(crate) fn asset_name(
    name: &str,
    field: &str,
    wrong: &mut Violations,
) -> Option<(Option<CustomerId>, AssetId)> {
    if name.is_empty() {
        return wrong.required(field, None);
    }
    if let Some(asset) = name.strip_prefix("customers/-/assets/") {
        return wrong.take(field, AssetId::parse(asset)).map(|asset| (None, asset));
    }
    let [customer, asset] = wrong.take(field, name_segments::<2>(PATTERN, name))?;
    let customer = wrong.take(field, CustomerId::parse(customer));
    let asset = wrong.take(field, AssetId::parse(asset));
    customer.zip(asset).map(|(customer, asset)| (Some(customer), asset))
}

/// An asset as the caller wants it; its owners are kept from `kept`.
pub(crate) fn asset(
    wire: &pb::Asset,
    kept: Option<&Asset>,
    wrong: &mut Violations,
) -> Option<Asset> {
    let part = |part: &pb::AssetPart| AssetPart {
        part: part.part.clone(),
        lot: part.lot.clone(),
        serial_number: part.serial_number.clone(),
        quantity: u32::try_from(part.quantity).unwrap_or(0).max(1),
    };
    let asset = Asset {
        display_name: wire.display_name.clone(),
        serial_number: wire.serial_number.trim().to_owned(),
        lot: wire.lot.clone(),
        product: wire.product.clone(),
        product_name: wire.product_name.clone(),
        gtin: wire.gtin.clone(),
        site: reference::<2>(&wire.site, "customers/{customer}/sites/{site}", "site", wrong),
        region: region(&wire.region_code, "region_code", wrong),
        manufactured: date(wire.manufacture_date.as_ref(), "manufacture_date", wrong),
        shipped: date(wire.ship_date.as_ref(), "ship_date", wrong),
        commissioned: date(wire.commission_date.as_ref(), "commission_date", wrong),
        decommissioned: date(wire.decommission_date.as_ref(), "decommission_date", wrong),
        warranty_end: date(wire.warranty_end_date.as_ref(), "warranty_end_date", wrong),
        environment: optional(wire.environment, "environment", wrong),
        duty_hours_per_day: decimal(wire.duty_hours_per_day.as_ref(), "duty_hours_per_day", wrong),
        operating_hours: decimal(wire.operating_hours.as_ref(), "operating_hours", wrong),
        parts: wire.parts.iter().map(part).collect(),
        distributor: reference::<1>(
            &wire.distributor,
            "distributors/{distributor}",
            "distributor",
            wrong,
        ),
        purchase_country: wire.purchase_country.clone(),
        ownerships: kept.map(|kept| kept.ownerships.clone()).unwrap_or_default(),
        external_keys: external_keys(&wire.external_keys),
    };
    asset.check(wrong);
    wrong.is_empty().then_some(asset)
}

/// An asset as callers see it, under its present owner.
pub(crate) fn present(stored: &Stored<Asset>, customer: &str) -> pb::Asset {
    let asset = &stored.value;
    pb::Asset {
        name: format!("customers/{customer}/assets/{}", stored.id),
        display_name: asset.display_name.clone(),
        serial_number: asset.serial_number.clone(),
        lot: asset.lot.clone(),
        product: asset.product.clone(),
        product_name: asset.product_name.clone(),
        gtin: asset.gtin.clone(),
        site: asset.site.clone(),
        region_code: asset.region.as_ref().map(ToString::to_string).unwrap_or_default(),
        manufacture_date: asset.manufactured.map(wire_date),
        ship_date: asset.shipped.map(wire_date),
        commission_date: asset.commissioned.map(wire_date),
        decommission_date: asset.decommissioned.map(wire_date),
        warranty_end_date: asset.warranty_end.map(wire_date),
        environment: number(asset.environment),
        duty_hours_per_day: asset.duty_hours_per_day.map(wire_decimal),
        operating_hours: asset.operating_hours.map(wire_decimal),
        parts: asset.parts.iter().map(wire_part).collect(),
        distributor: asset.distributor.clone(),
        purchase_country: asset.purchase_country.clone(),
        ownerships: asset
            .ownerships
            .iter()
            .map(|period| pb::AssetOwnership {
                customer: format!("customers/{}", period.customer),
                start_time: Some(wire_instant(period.start)),
                end_time: period.end.map(wire_instant),
                reason: period.reason.clone(),
            })
            .collect(),
        external_keys: wire_external_keys(&asset.external_keys),
        state: asset.state().number(),
        create_time: Some(wire_instant(stored.created)),
        update_time: Some(wire_instant(stored.updated)),
        etag: stored.etag(),
    }
}

fn wire_part(part: &AssetPart) -> pb::AssetPart {
    pb::AssetPart {
        part: part.part.clone(),
        lot: part.lot.clone(),
        serial_number: part.serial_number.clone(),
        quantity: i32::try_from(part.quantity).unwrap_or(i32::MAX),
    }
}

/// What other services learn of a machine that changed.
pub(crate) fn changed(
    stored: &Stored<Asset>,
    customer: &str,
    deleted: bool,
    at: jiff::Timestamp,
) -> pb::AssetChanged {
    let asset = &stored.value;
    pb::AssetChanged {
        asset: format!("customers/{customer}/assets/{}", stored.id),
        customer: format!("customers/{customer}"),
        serial_number: asset.serial_number.clone(),
        lot: asset.lot.clone(),
        product: asset.product.clone(),
        commission_date: asset.commissioned.map(wire_date),
        ship_date: asset.shipped.map(wire_date),
        warranty_end_date: asset.warranty_end.map(wire_date),
        decommission_date: asset.decommissioned.map(wire_date),
        region_code: asset.region.as_ref().map(ToString::to_string).unwrap_or_default(),
        environment: number(asset.environment),
        duty_hours_per_day: asset.duty_hours_per_day.map(wire_decimal),
        operating_hours: asset.operating_hours.map(wire_decimal),
        state: asset.state().number(),
        deleted,
        event_time: Some(wire_instant(at)),
    }
}
