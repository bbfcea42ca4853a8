//! Why a conflict says what it says: every number opened to the sightings and chains under it.

use super::detection::bounds;
use crate::convert::conflict::present;
use crate::convert::sighting::{custody, id_in, present as present_sighting};
use crate::convert::signal::present as present_signal;
use crate::server::Server;
use crate::store::conflict::Kept;
use crate::store::sighting::entity::Model;
use crate::store::signal::Signal;
use crate::store::{conflict, movement, sighting, signal};
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_channel_domain::verdict::Verdict;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::region::RegionCode;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use std::collections::BTreeSet;

pub(crate) async fn explain(
    server: &Server,
    call: Call,
    request: pb::ExplainConflictRequest,
) -> Result<pb::ExplainConflictResponse, Error> {
    let mut wrong = Violations::new();
    let id = id_in(&request.name, "conflicts/{conflict}", "name", &mut wrong);
    if request.max_sightings < 0 {
        wrong.add("max_sightings", "must not be negative");
    }
    wrong.finish()?;
    let db = server.home.read();
    let kept = conflict::get(db, call.tenant(), &id.unwrap_or_default()).await?;
    let resources =
        kept.conflict.evidence.iter().filter_map(|e| e.resource.strip_prefix("signals/"));
    let ids: Vec<String> = resources.map(str::to_owned).collect();
    let signals = signal::find_all(db, call.tenant(), &ids).await?;
    let span = bounds(kept.conflict.window, &server.zone);
    let rows = sighting::between(db, call.tenant(), span).await?;
    let under: Vec<&Model> = rows.iter().filter(|row| concerns(&kept, row)).collect();
    let limit = match usize::try_from(request.max_sightings) {
        Ok(0) | Err(_) => 100,
        Ok(asked) => asked.min(1000),
    };
    let shown: Vec<&Model> = under.iter().copied().take(limit).collect();
    let items: BTreeSet<String> = shown.iter().map(|row| row.item.clone()).collect();
    let items: Vec<String> = items.into_iter().collect();
    let ledger = movement::ledger(db, call.tenant(), &items).await?;
    let sightings: Result<Vec<_>, StoreError> =
        shown.iter().map(|row| present_sighting(row)).collect();
    Ok(pb::ExplainConflictResponse {
        conflict: Some(present(&kept)),
        signals: signals.iter().map(present_signal).collect(),
        sightings: sightings?,
        sightings_total: super::capture::count(under.len()),
        custodies: items.iter().map(|item| custody(item, &ledger.chain(item, call.now))).collect(),
        steps: steps(&kept, &signals, &under),
    })
}

fn concerns(kept: &Kept, row: &Model) -> bool {
    let conflict = &kept.conflict;
    let product = row.product.strip_prefix("products/").unwrap_or_default();
    row.responsible == format!("distributors/{}", conflict.accused)
        && row.verdict == Verdict::OutOfTerritory.as_str()
        && (conflict.products.is_empty()
            || conflict.products.iter().any(|own| own.as_str() == product))
        && RegionCode::parse(&row.region)
            .is_ok_and(|seen| conflict.regions.iter().any(|own| own.contains(&seen)))
}

fn steps(kept: &Kept, signals: &[Signal], under: &[&Model]) -> Vec<String> {
    let units: BTreeSet<&str> = under.iter().map(|row| row.item.as_str()).collect();
    let below = under.iter().filter(|row| row.below_floor).count();
    let mut found = vec![format!(
        "{} sightings of {} distinct units that distributors/{} answers for lie in its conflict's regions, where it may not sell",
        under.len(),
        units.len(),
        kept.conflict.accused
    )];
    for signal in signals {
        let n = &signal.numbers;
        found.push(format!(
            "{} in {}: {} of {} units out of territory; other distributors' goods give Beta({:.3}, {:.1}) for that share, \
             so that {} or more have a chance of {:.2e} ({:.2e} after all cells tested); weight {:.1} log-odds",
            signal.product, signal.region, n.out, n.judged, n.alpha, n.beta, n.out, n.p_value, n.q_value, n.log_odds
        ));
    }
    found.push(format!("all evidence together weighs {:.1} log-odds", kept.log_odds()));
    if below > 0 {
        found.push(format!("{below} of the sightings show a price under the floor"));
    }
    if let Some(measured) = &kept.conflict.scale {
        found.extend(measured.scale.assumptions.iter().cloned());
    }
    found
}
