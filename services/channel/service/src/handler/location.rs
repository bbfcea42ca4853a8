//! Places that events name by their GLN.

use super::resource::{resource, rpcs};
use crate::server::Server;
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_channel_domain::gs1::Gln;
use aftercare_kernel::region::RegionCode;
use aftercare_platform::filter::{FieldKind, FilterField};
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;

resource! {
    Location {
        kind: "locations",
        pattern: "locations/{location}",
        field: "location",
        filters: &[
            FilterField { name: "gln", column: "code", kind: FieldKind::Text },
            FilterField { name: "region", column: "region", kind: FieldKind::Text },
            FilterField { name: "distributor", column: "distributor", kind: FieldKind::Text },
        ],
        fields: [display_name, gln, region, distributor, point],
    }
    check(location, wrong) {
        wrong.take("gln", Gln::parse(&location.gln));
        if let Some(region) = wrong.take("region", RegionCode::parse(&location.region)) {
            location.region = region.to_string();
        }
        let sound = location.point.is_none_or(|point| {
            (-90.0..=90.0).contains(&point.latitude) && (-180.0..=180.0).contains(&point.longitude)
        });
        if !sound {
            wrong.add("point", "must be degrees, at most 90 and 180");
        }
    }
    columns(location, row) {
        row.display_name.clone_from(&location.display_name);
        row.code.clone_from(&location.gln);
        row.region.clone_from(&location.region);
        row.distributor.clone_from(&location.distributor);
    }
}

rpcs!(
    Location,
    GetLocationRequest,
    ListLocationsRequest => ListLocationsResponse.locations,
    BatchUpdateLocationsRequest => BatchUpdateLocationsResponse,
    location,
    |after, around| {
        for location in after.changed.iter().filter_map(|id| after.all.get(id)) {
            around.know(&location.name, [&location.distributor])?;
        }
        Ok(after.unique("GLN")?)
    }
);
