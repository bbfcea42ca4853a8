//! Sites.

use super::value::{
    address, external_keys, region, text, wire_address, wire_external_keys, wire_instant,
};
use crate::store::Stored;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::customer::CustomerId;
use aftercare_customer_domain::keys::Gln;
use aftercare_customer_domain::site::{Site, SiteId};
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::name_segments;

const PATTERN: &str = "customers/{customer}/sites/{site}";

/// The ids in a site's name.
pub(crate) fn site_name(
    name: &str,
    field: &str,
    wrong: &mut Violations,
) -> Option<(CustomerId, SiteId)> {
    if name.is_empty() {
        return wrong.required(field, None);
    }
    let [customer, site] = wrong.take(field, name_segments::<2>(PATTERN, name))?;
    let customer = wrong.take(field, CustomerId::parse(customer));
    customer.zip(wrong.take(field, SiteId::parse(site)))
}

pub(crate) fn site(wire: &pb::Site, wrong: &mut Violations) -> Option<Site> {
    let site = Site {
        display_name: wire.display_name.trim().to_owned(),
        address: wire.address.as_ref().map(address),
        region: region(&wire.region_code, "region_code", wrong),
        time_zone: wire.time_zone.clone(),
        gln: text(&wire.gln, "gln", wrong, Gln::parse),
        external_keys: external_keys(&wire.external_keys),
    };
    site.check(wrong);
    wrong.is_empty().then_some(site)
}

/// A site as callers see it.
pub(crate) fn present(stored: &Stored<Site>, customer: &str) -> pb::Site {
    let site = &stored.value;
    pb::Site {
        name: format!("customers/{customer}/sites/{}", stored.id),
        display_name: site.display_name.clone(),
        address: site.address.as_ref().map(wire_address),
        region_code: site.region.as_ref().map(ToString::to_string).unwrap_or_default(),
        time_zone: site.time_zone.clone(),
        gln: site.gln.as_ref().map(ToString::to_string).unwrap_or_default(),
        external_keys: wire_external_keys(&site.external_keys),
        create_time: Some(wire_instant(stored.created)),
        update_time: Some(wire_instant(stored.updated)),
        etag: stored.etag(),
    }
}
