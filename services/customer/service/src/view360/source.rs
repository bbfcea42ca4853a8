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
use std::collections::BTreeSet;
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

/// By what a conflict can concern a customer.
#[derive(Debug, Default)]
pub(super) struct Concern {
    /// Its cases.
    pub cases: BTreeSet<String>,
    /// Conflicts that its open cases name.
    pub conflicts: BTreeSet<String>,
    /// Who sold it machines.
    pub distributors: BTreeSet<String>,
}

impl Concern {
    /// By what a view lists.
    pub fn of(view: &pb::Customer360) -> Self {
        let cases = || view.open_cases.iter();
        Self {
            cases: cases().map(|case| case.name.clone()).collect(),
            conflicts: cases().map(|case| case.conflict.clone()).collect(),
            distributors: view.assets.iter().map(|asset| asset.distributor.clone()).collect(),
        }
    }
}

/// Those that concern the customer: one of its cases says so, its machines came from the accused, or goods surfaced
/// where it is.
pub(super) fn concerning(
    told: &Concern,
    region: Option<&RegionCode>,
    conflicts: Vec<channel::Conflict>,
) -> Vec<pb::ConflictSummary> {
    let concerns = |conflict: &channel::Conflict| {
        let case = (!conflict.case.is_empty() && told.cases.contains(&conflict.case))
            || told.conflicts.contains(&conflict.name);
        let dealer = told.distributors.contains(&conflict.accused);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_concerns_by_case_by_dealer_or_by_place() {
        let conflict = |case: &str, accused: &str, region: &str| channel::Conflict {
            name: "conflicts/k".to_owned(),
            case: case.to_owned(),
            accused: accused.to_owned(),
            regions: vec![region.to_owned()],
            ..Default::default()
        };
        let told = Concern {
            cases: ["cases/1".to_owned()].into(),
            conflicts: [String::new()].into(),
            distributors: ["distributors/a".to_owned(), String::new()].into(),
        };
        let at = RegionCode::parse("330100").ok();
        for (conflict, concerned) in [
            (conflict("cases/1", "", "120000"), true),
            (conflict("", "distributors/a", "120000"), true),
            (conflict("", "", "330000"), true),
            (conflict("cases/2", "distributors/b", "120000"), false),
            // Nobody accused is not the nobody from whom a machine came.
            (conflict("", "", "120000"), false),
        ] {
            let found = concerning(&told, at.as_ref(), vec![conflict.clone()]);
            assert_eq!(found.len(), usize::from(concerned), "{conflict:?}");
        }
    }
}
