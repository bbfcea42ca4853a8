//! Judges the sightings of items again, after something was learnt about them.

use crate::store::market::MarketFacts;
use crate::store::{movement, sighting};
use aftercare_channel_domain::sighting::Sighting;
use aftercare_channel_domain::verdict::judge_item;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::ConnectionTrait;
use std::collections::{BTreeMap, BTreeSet};

/// What a judgement changed.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// Sightings that were not stored before, judged.
    pub new: Vec<sighting::entity::Model>,
    /// Stored ones whose verdict or responsible distributor changed.
    pub changed: Vec<sighting::entity::Model>,
}

/// Judges new sightings together with the stored ones of the same items, and those of items whose custody changed, with
/// everything that was ever packed into them. Stores what is new or changed.
pub(crate) async fn judge(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    facts: &MarketFacts,
    new: Vec<sighting::entity::Model>,
    moved: BTreeSet<String>,
) -> Result<Judged, StoreError> {
    let mut items = movement::with_contents(db, tenant, moved).await?;
    items.extend(new.iter().map(|row| row.item.clone()));
    let items: Vec<String> = items.into_iter().collect();
    let fresh: BTreeSet<String> = new.iter().map(|row| row.id.clone()).collect();
    let mut by_item: BTreeMap<String, Vec<sighting::entity::Model>> = BTreeMap::new();
    let stored = sighting::of_items(db, tenant, &items).await?;
    let stored = stored.into_iter().filter(|row| !fresh.contains(&row.id));
    for row in new.into_iter().chain(stored) {
        by_item.entry(row.item.clone()).or_default().push(row);
    }
    let seen: Vec<String> = by_item.keys().cloned().collect();
    let ledger = movement::ledger(db, tenant, &seen).await?;
    let mut judged = Judged::default();
    for rows in by_item.values() {
        let sightings: Result<Vec<Sighting>, StoreError> =
            rows.iter().map(Sighting::try_from).collect();
        let judgements = judge_item(&sightings?, &ledger, &facts.market);
        for (row, judgement) in rows.iter().zip(&judgements) {
            let after = sighting::judged(row, judgement)?;
            if fresh.contains(&row.id) {
                judged.new.push(after);
            } else if after != *row {
                judged.changed.push(after);
            }
        }
    }
    let rows = judged.new.iter().chain(&judged.changed).cloned().collect();
    sighting::save(db, rows).await?;
    Ok(judged)
}
