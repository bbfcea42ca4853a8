//! Agreed exceptions to territories.

use super::agreement::products;
use super::resource::{resource, rpcs};
use super::territory::regions;
use crate::convert::sanction::read_period;
use crate::server::Server;
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_platform::filter::{FieldKind, FilterField};
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;

resource! {
    TerritoryException {
        kind: "territoryExceptions",
        pattern: "territoryExceptions/{territory_exception}",
        field: "territory_exception",
        filters: &[
            FilterField { name: "distributor", column: "distributor", kind: FieldKind::Text },
            FilterField { name: "kind", column: "category", kind: FieldKind::Text },
        ],
        fields: [kind, distributor, regions, products, period, serials, approval, max_units],
    }
    check(exception, wrong) {
        if exception.kind() == pb::TerritoryExceptionKind::Unspecified {
            wrong.add("kind", "is required");
        }
        regions(&mut exception.regions, wrong);
        if exception.regions.is_empty() {
            wrong.add("regions", "at least one is required");
        }
        products(&exception.products, wrong);
        if let Some(period) = wrong.required("period", exception.period.as_ref()) {
            read_period(period, "period", wrong);
        }
        if exception.approval.is_empty() {
            wrong.add("approval", "is required");
        }
        if exception.max_units < 0 {
            wrong.add("max_units", "must not be negative");
        }
    }
    columns(exception, row) {
        row.distributor.clone_from(&exception.distributor);
        row.category = exception.kind().as_str_name().trim_start_matches("TERRITORY_EXCEPTION_KIND_").to_owned();
    }
}

rpcs!(
    TerritoryException,
    GetTerritoryExceptionRequest,
    ListTerritoryExceptionsRequest => ListTerritoryExceptionsResponse.territory_exceptions,
    BatchUpdateTerritoryExceptionsRequest => BatchUpdateTerritoryExceptionsResponse,
    territory_exception,
    |after, around| {
        for wire in after.changed.iter().filter_map(|id| after.all.get(id)) {
            around.know(&wire.name, [&wire.distributor])?;
            around.know(&wire.name, &wire.products)?;
        }
        Ok(())
    }
);
