//! Territories: regions, or a trade channel.

use super::resource::{resource, rpcs};
use crate::server::Server;
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::region::RegionCode;
use aftercare_platform::filter::{FieldKind, FilterField};
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;

resource! {
    Territory {
        kind: "territories",
        pattern: "territories/{territory}",
        field: "territory",
        filters: &[
            FilterField { name: "display_name", column: "display_name", kind: FieldKind::Text },
            FilterField { name: "trade_channel", column: "category", kind: FieldKind::Text },
        ],
        fields: [display_name, regions, trade_channel, geojson],
    }
    check(territory, wrong) {
        regions(&mut territory.regions, wrong);
        if territory.regions.is_empty() && territory.trade_channel.is_empty() {
            wrong.add("regions", "at least one is required, or a trade_channel");
        }
        // Accepting an area and not looking at it would make verdicts wrong in silence.
        if !territory.geojson.is_empty() {
            wrong.add("geojson", "areas by polygon are not judged yet; name regions");
        }
    }
    columns(territory, row) {
        row.display_name.clone_from(&territory.display_name);
        row.category.clone_from(&territory.trade_channel);
    }
}

rpcs!(
    Territory,
    GetTerritoryRequest,
    ListTerritoriesRequest => ListTerritoriesResponse.territories,
    BatchUpdateTerritoriesRequest => BatchUpdateTerritoriesResponse,
    territory,
    |_, _| Ok(())
);

/// Brings codes to their one form.
pub(super) fn regions(codes: &mut [String], wrong: &mut Violations) {
    for (i, code) in codes.iter_mut().enumerate() {
        if let Some(region) = wrong.take(&format!("regions[{i}]"), RegionCode::parse(code)) {
            *code = region.to_string();
        }
    }
}
