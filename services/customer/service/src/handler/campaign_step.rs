//! Steps of a campaign: its list is frozen, approved by two, owners are told, machines are done, it is closed.

use super::campaign::{held, save};
use super::{Actor, Outcome, Raised, check_etag, parsed};
use crate::convert::asset::asset_name;
use crate::convert::campaign::{campaign_id, present, present_item};
use crate::convert::value::wire_instant;
use crate::convert::word::{Word, required};
use crate::convert::work_order::work_order_id;
use crate::custody::Custody;
use crate::store::{self, Stored};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::asset::{Asset, Ownership};
use aftercare_customer_domain::campaign::{
    Campaign, CampaignError, CampaignItem, CampaignItemState, Holder, HolderSource,
};
use aftercare_customer_domain::work_order::WorkOrderState;
use aftercare_platform::database::StoreError;
use aftercare_platform::status::Error;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait};
use std::collections::BTreeMap;

pub(crate) async fn scope(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::ScopeCampaignRequest,
) -> Result<Outcome<pb::Campaign>, Error> {
    let stored = held(db, actor, (&request.name, &request.etag)).await?;
    let mut campaign = stored.value.clone();
    let items = concerned(db, actor, &campaign).await?;
    let list: Vec<(String, String)> =
        items.iter().map(|item| (item.id.clone(), item.value.serial_number.clone())).collect();
    campaign.freeze(&list)?;
    store::campaign_item::clear(db, &actor.tenant, &stored.id).await?;
    store::campaign_item::save(db, &actor.tenant, &stored.id, &items).await?;
    save(db, actor, stored.revised(campaign, actor.now)).await
}

/// The machines in scope. The database narrows by product and, where lots alone choose, by lot.
async fn concerned(
    db: &impl ConnectionTrait,
    actor: &Actor,
    campaign: &Campaign,
) -> Result<Vec<Stored<CampaignItem>>, Error> {
    use store::asset::entity::Column;
    let scope = &campaign.scope;
    let mut narrow = Condition::all();
    if !scope.products.is_empty() {
        narrow = narrow.add(Column::Product.is_in(scope.products.clone()));
    }
    if !scope.lots.is_empty() && scope.serial_ranges.is_empty() && scope.part_lots.is_empty() {
        narrow = narrow.add(Column::Lot.is_in(scope.lots.clone()));
    }
    let (mut items, mut after) = (Vec::new(), String::new());
    loop {
        let page = store::asset::walk(db, &actor.tenant, Some(&narrow), &after).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.asset.id);
        for owned in page.into_iter().filter(|owned| scope.concerns(&owned.asset.value)) {
            let item = CampaignItem {
                customer: owned.customer,
                serial_number: owned.asset.value.serial_number.clone(),
                state: CampaignItemState::Open,
                work_order: String::new(),
                note: String::new(),
                chain: owners(&owned.asset.value),
            };
            items.push(Stored::new(owned.asset.id, item, actor.now));
        }
    }
    Ok(items)
}

fn owners(asset: &Asset) -> Vec<Holder> {
    let owner = |period: &Ownership| Holder {
        holder: format!("customers/{}", period.customer),
        start: Some(period.start),
        end: period.end,
        source: HolderSource::Ownership,
    };
    asset.ownerships.iter().map(owner).collect()
}

pub(crate) async fn approve(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::ApproveCampaignRequest,
) -> Result<Outcome<pb::Campaign>, Error> {
    parsed(|wrong| {
        campaign_id(&request.name, "name", wrong);
        let list = (!request.scope_sha256.is_empty()).then_some(());
        wrong.required("scope_sha256", list)
    })?;
    let stored = held(db, actor, (&request.name, &request.etag)).await?;
    let mut campaign = stored.value.clone();
    campaign.approve(&actor.principal, &request.scope_sha256)?;
    save(db, actor, stored.revised(campaign, actor.now)).await
}

/// Owners as they are now, each with the chain of hands that the machine went through, and an event an owner.
pub(crate) async fn notify(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::NotifyCampaignRequest,
    custody: &Custody,
) -> Result<Outcome<pb::Campaign>, Error> {
    let stored = held(db, actor, (&request.name, &request.etag)).await?;
    let mut campaign = stored.value.clone();
    campaign.notify(custody.known)?;
    let items = store::campaign_item::all(db, &actor.tenant, &stored.id).await?;
    let ids: Vec<String> = items.iter().map(|item| item.id.clone()).collect();
    let found = store::asset::find_all(db, &actor.tenant, &ids).await?;
    let assets: BTreeMap<&str, _> =
        found.iter().map(|owned| (owned.asset.id.as_str(), owned)).collect();
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut next = Vec::with_capacity(items.len());
    for item in items {
        let mut value = item.value.clone();
        // A machine that was deleted since keeps the owner of the list.
        if let Some(owned) = assets.get(item.id.as_str()) {
            value.customer.clone_from(&owned.customer);
            value.chain = custody.chain(&item.id);
            value.chain.extend(owners(&owned.asset.value));
        }
        let name = format!("customers/{}/assets/{}", value.customer, item.id);
        told.entry(value.customer.clone()).or_default().push(name);
        next.push(item.revised(value, actor.now));
    }
    store::campaign_item::save(db, &actor.tenant, &stored.id, &next).await?;
    let name = format!("campaigns/{}", stored.id);
    let event = |(customer, assets): (String, Vec<String>)| {
        let event = pb::CampaignNotified {
            campaign: name.clone(),
            customer: format!("customers/{customer}"),
            assets,
            kind: campaign.kind.number(),
            reason: campaign.reason.clone(),
            event_time: Some(wire_instant(actor.now)),
        };
        Raised::new(name.clone(), &event)
    };
    let events = told.into_iter().map(event).collect();
    let stored = stored.revised(campaign.clone(), actor.now);
    store::campaign::save(db, &actor.tenant, &stored).await?;
    Ok(Outcome { response: present(&stored), events })
}

pub(crate) async fn execute(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::ExecuteCampaignRequest,
) -> Result<Outcome<pb::Campaign>, Error> {
    let stored = held(db, actor, (&request.name, &request.etag)).await?;
    let mut campaign = stored.value.clone();
    campaign.execute()?;
    save(db, actor, stored.revised(campaign, actor.now)).await
}

pub(crate) async fn close(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::CloseCampaignRequest,
) -> Result<Outcome<pb::Campaign>, Error> {
    let stored = held(db, actor, (&request.name, &request.etag)).await?;
    let items = store::campaign_item::all(db, &actor.tenant, &stored.id).await?;
    let open = items.iter().filter(|item| item.value.is_open()).count();
    let mut campaign = stored.value.clone();
    campaign.close(open, &request.reason)?;
    save(db, actor, stored.revised(campaign, actor.now)).await
}

pub(crate) async fn record(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::RecordCampaignItemRequest,
) -> Result<Outcome<pb::CampaignItem>, Error> {
    let (id, asset, to, order) = parsed(|wrong| {
        let id = campaign_id(&request.name, "name", wrong);
        let item = wrong.required("item", request.item.as_ref())?;
        wrong.within("item", |wrong| {
            let asset = asset_name(&item.asset, "asset", wrong);
            let to: Option<CampaignItemState> = required(item.state, "state", wrong);
            let order = match item.work_order.as_str() {
                "" => None,
                name => work_order_id(name, "work_order", wrong),
            };
            Some((id?, asset?.1, to?, order))
        })
    })?;
    store::campaign::hold(db, &actor.tenant, id.as_str()).await?;
    let stored = store::campaign::get(db, &actor.tenant, id.as_str()).await?;
    check_etag(&request.etag, &stored.etag(), &request.name)?;
    let key = (id.as_str(), asset.as_str());
    let item = store::campaign_item::get(db, &actor.tenant, key).await?;
    stored.value.check_record(to)?;
    let wire = request.item.clone().unwrap_or_default();
    let mut value = item.value.clone();
    value.record(to, &wire.note)?;
    if to == CampaignItemState::Done {
        let done = match &order {
            Some(order) => is_done(db, actor, order.as_str(), asset.as_str()).await?,
            None => false,
        };
        if !done {
            return Err(CampaignError::NotDone { work_order: wire.work_order }.into());
        }
        value.work_order = wire.work_order;
    }
    let next = item.revised(value, actor.now);
    store::campaign_item::save(db, &actor.tenant, id.as_str(), std::slice::from_ref(&next)).await?;
    Ok(Outcome::quiet(present_item(&next)))
}

/// Whether the work order is of the machine and completed.
async fn is_done(
    db: &impl ConnectionTrait,
    actor: &Actor,
    order: &str,
    asset: &str,
) -> Result<bool, Error> {
    match store::work_order::get(db, &actor.tenant, order).await {
        Ok(placed) => {
            let state = placed.order.value.state();
            let over = matches!(state, WorkOrderState::Completed | WorkOrderState::Verified);
            Ok(placed.asset == asset && over)
        }
        Err(StoreError::NotFound { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
