//! What pricing and channel say of a customer, through their own APIs.

use crate::server::Server;
use aftercare_api::aftercare::channel::v1 as channel;
use aftercare_api::aftercare::channel::v1::conflict_service_client::ConflictServiceClient;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::aftercare::pricing::v1 as pricing;
use aftercare_api::aftercare::pricing::v1::contract_service_client::ContractServiceClient;
use aftercare_api::aftercare::r#type::v1::Provenance;
use aftercare_kernel::region::RegionCode;
use aftercare_platform::identity::Call;
use aftercare_platform::status::{Error, to_status};
use tonic::Status;

/// As many of another service's records as a view looks at.
const MOST: i32 = 100;

/// The customer's service contracts.
pub(super) async fn contracts(
    server: &Server,
    call: &Call,
    customer: &str,
) -> Result<Vec<pb::ContractSummary>, Status> {
    let link = server.links.to("pricing", call);
    let link = link.map_err(|error| to_status(&Error::from(error)))?;
    let request = pricing::ListContractsRequest {
        page_size: MOST,
        filter: format!("customer = \"{customer}\""),
        ..Default::default()
    };
    let answer = ContractServiceClient::new(link).list_contracts(request).await?.into_inner();
    Ok(answer.contracts.into_iter().map(contract).collect())
}

fn contract(contract: pricing::Contract) -> pb::ContractSummary {
    let state = contract.state().as_str_name().trim_start_matches("CONTRACT_STATE_").to_owned();
    let machines = contract.assets.len();
    pb::ContractSummary {
        display_name: format!("service contract for {machines} machines"),
        state,
        period: contract.period,
        price: contract.price,
        assets: contract.assets,
        provenance: Some(Provenance {
            source: "pricing".to_owned(),
            record: contract.name.clone(),
            observe_time: contract.update_time.or(contract.create_time),
        }),
        contract: contract.name,
    }
}

/// Conflicts that are known.
pub(super) async fn conflicts(
    server: &Server,
    call: &Call,
) -> Result<Vec<channel::Conflict>, Status> {
    let link = server.links.to("channel", call);
    let link = link.map_err(|error| to_status(&Error::from(error)))?;
    let request = channel::ListConflictsRequest { page_size: MOST, ..Default::default() };
    let answer = ConflictServiceClient::new(link).list_conflicts(request).await?.into_inner();
    Ok(answer.conflicts)
}

/// Those that concern the customer: one of its cases says so, its machines came from the accused, or goods surfaced
/// where it is.
pub(super) fn concerning(
    view: &pb::Customer360,
    region: Option<&RegionCode>,
    conflicts: Vec<channel::Conflict>,
) -> Vec<pb::ConflictSummary> {
    let concerns = |conflict: &channel::Conflict| {
        let case = view
            .open_cases
            .iter()
            .any(|case| case.name == conflict.case || case.conflict == conflict.name);
        let dealer = view.assets.iter().any(|asset| asset.distributor == conflict.accused);
        let there = region.is_some_and(|at| {
            let within = |code: &String| RegionCode::parse(code).is_ok_and(|r| r.contains(at));
            conflict.regions.iter().any(within)
        });
        case || (dealer && !conflict.accused.is_empty()) || there
    };
    conflicts.into_iter().filter(concerns).map(conflict).collect()
}

fn conflict(conflict: channel::Conflict) -> pb::ConflictSummary {
    let state = conflict.state().as_str_name().trim_start_matches("CONFLICT_STATE_").to_owned();
    pb::ConflictSummary {
        display_name: conflict.summary,
        state,
        r#type: "DIVERSION".to_owned(),
        provenance: Some(Provenance {
            source: "channel".to_owned(),
            record: conflict.name.clone(),
            observe_time: conflict.update_time.or(conflict.create_time),
        }),
        conflict: conflict.name,
    }
}

/// Parts of the view that nobody gives yet.
pub(super) fn not_built() -> [pb::MissingSource; 1] {
    [pb::MissingSource {
        source: "bridge".to_owned(),
        reason: pb::MissingReason::NotBuilt.into(),
        detail: "live fields of connected systems are not read yet".to_owned(),
    }]
}
