//! Territory agreements: an overlap that cannot hold is refused with what it meets.

use super::resource::{resource, rpcs};
use crate::convert::network::agreement;
use crate::convert::sanction::{product_id, read_period};
use crate::server::Server;
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_channel_domain::territory::check_overlap;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::name_segments;
use aftercare_platform::filter::{FieldKind, FilterField};
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;

resource! {
    TerritoryAgreement {
        kind: "territoryAgreements",
        pattern: "territoryAgreements/{territory_agreement}",
        field: "territory_agreement",
        filters: &[
            FilterField { name: "distributor", column: "distributor", kind: FieldKind::Text },
            FilterField { name: "territory", column: "territory", kind: FieldKind::Text },
        ],
        fields: [distributor, territory, exclusive, products, period],
    }
    check(agreement, wrong) {
        wrong.take("distributor", name_segments::<1>("distributors/{distributor}", &agreement.distributor));
        wrong.take("territory", name_segments::<1>("territories/{territory}", &agreement.territory));
        products(&agreement.products, wrong);
        if let Some(period) = wrong.required("period", agreement.period.as_ref()) {
            read_period(period, "period", wrong);
        }
    }
    columns(agreement, row) {
        row.distributor.clone_from(&agreement.distributor);
        row.territory.clone_from(&agreement.territory);
    }
}

rpcs!(
    TerritoryAgreement,
    GetTerritoryAgreementRequest,
    ListTerritoryAgreementsRequest => ListTerritoryAgreementsResponse.territory_agreements,
    BatchUpdateTerritoryAgreementsRequest => BatchUpdateTerritoryAgreementsResponse,
    territory_agreement,
    |after, around| {
        for wire in after.changed.iter().filter_map(|id| after.all.get(id)) {
            around.know(&wire.name, [&wire.distributor, &wire.territory])?;
            around.know(&wire.name, &wire.products)?;
        }
        let all: Result<Vec<_>, _> = after.all.values().map(|wire| agreement(wire, &around.territories)).collect();
        let all = all?;
        for new in all.iter().filter(|new| after.changed.contains(new.id.as_str())) {
            check_overlap(&all, new)?;
        }
        Ok(())
    }
);

pub(super) fn products(names: &[String], wrong: &mut Violations) {
    for (i, name) in names.iter().enumerate() {
        product_id(name, &format!("products[{i}]"), wrong);
    }
}
