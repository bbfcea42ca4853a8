//! Campaigns and their machines.

use super::quality::count;
use super::value::wire_instant;
use super::word::{Word, required};
use crate::store::Stored;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::campaign::{
    Campaign, CampaignId, CampaignItem, CampaignScope, CampaignState, Progress, SerialRange,
};
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::name_segments;

pub(crate) fn campaign_id(name: &str, field: &str, wrong: &mut Violations) -> Option<CampaignId> {
    if name.is_empty() {
        return wrong.required(field, None);
    }
    let [id] = wrong.take(field, name_segments::<1>("campaigns/{campaign}", name))?;
    wrong.take(field, CampaignId::parse(id))
}

/// A draft as the caller writes it.
pub(crate) fn campaign(wire: &pb::Campaign, wrong: &mut Violations) -> Option<Campaign> {
    let kind = required(wire.kind, "kind", wrong);
    let scope = wrong.required("scope", wire.scope.as_ref());
    let draft = Campaign {
        display_name: wire.display_name.clone(),
        kind: kind?,
        reason: wire.reason.clone(),
        scope: self::scope(scope?),
        scope_sha256: String::new(),
        asset_count: 0,
        state: CampaignState::Draft,
        approvers: Vec::new(),
        close_reason: String::new(),
        custody_known: false,
    };
    draft.check(wrong);
    wrong.is_empty().then_some(draft)
}

fn scope(wire: &pb::CampaignScope) -> CampaignScope {
    let range = |range: &pb::SerialRange| SerialRange {
        first: range.first.clone(),
        last: range.last.clone(),
    };
    CampaignScope {
        products: wire.products.clone(),
        lots: wire.lots.clone(),
        serial_ranges: wire.serial_ranges.iter().map(range).collect(),
        part_lots: wire.part_lots.clone(),
    }
}

pub(crate) fn present(stored: &Stored<Campaign>) -> pb::Campaign {
    let campaign = &stored.value;
    let range = |range: &SerialRange| pb::SerialRange {
        first: range.first.clone(),
        last: range.last.clone(),
    };
    pb::Campaign {
        name: format!("campaigns/{}", stored.id),
        display_name: campaign.display_name.clone(),
        kind: campaign.kind.number(),
        reason: campaign.reason.clone(),
        scope: Some(pb::CampaignScope {
            products: campaign.scope.products.clone(),
            lots: campaign.scope.lots.clone(),
            serial_ranges: campaign.scope.serial_ranges.iter().map(range).collect(),
            part_lots: campaign.scope.part_lots.clone(),
        }),
        scope_sha256: campaign.scope_sha256.clone(),
        asset_count: count(campaign.asset_count),
        state: campaign.state.number(),
        approvers: campaign.approvers.clone(),
        create_time: Some(wire_instant(stored.created)),
        update_time: Some(wire_instant(stored.updated)),
        etag: stored.etag(),
        close_reason: campaign.close_reason.clone(),
    }
}

pub(crate) fn present_item(stored: &Stored<CampaignItem>) -> pb::CampaignItem {
    let item = &stored.value;
    let held = |held: &aftercare_customer_domain::campaign::Holder| pb::CampaignHolder {
        holder: held.holder.clone(),
        start_time: held.start.map(wire_instant),
        end_time: held.end.map(wire_instant),
        source: held.source.to_string(),
    };
    pb::CampaignItem {
        asset: format!("customers/{}/assets/{}", item.customer, stored.id),
        customer: format!("customers/{}", item.customer),
        state: item.state.number(),
        work_order: item.work_order.clone(),
        serial_number: item.serial_number.clone(),
        chain: item.chain.iter().map(held).collect(),
        note: item.note.clone(),
        update_time: Some(wire_instant(stored.updated)),
    }
}

pub(crate) fn present_progress(
    stored: &Stored<Campaign>,
    progress: Progress,
) -> pb::CampaignProgress {
    let counts = progress.counts.into_iter();
    pb::CampaignProgress {
        campaign: Some(present(stored)),
        counts: counts.map(|(state, n)| (state.to_owned(), count(n))).collect(),
        closure_rate: progress.closure_rate,
        closure_lower: progress.closure_lower,
        closure_upper: progress.closure_upper,
        distributors: progress.distributors.into_iter().collect(),
        custody_known: stored.value.custody_known,
    }
}
