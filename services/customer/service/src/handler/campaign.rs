//! Campaigns: written, read, listed.

use super::list::{asked, plan};
use super::{Actor, Outcome, check_etag, chosen_id, isolated, parsed};
use crate::convert::campaign::{campaign, campaign_id, present, present_item, present_progress};
use crate::listing::{Asked, CAMPAIGN_ITEMS, CAMPAIGNS};
use crate::mask::merged;
use crate::store::{self, Stored};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::campaign::{Campaign, progress as of_items};
use aftercare_kernel::fault::Violations;
use aftercare_platform::database::StoreError;
use aftercare_platform::paging::Pager;
use aftercare_platform::status::Error;
use sea_orm::ConnectionTrait;

/// The campaign, in the version that the caller saw.
pub(crate) async fn load(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (name, etag): (&str, &str),
) -> Result<Stored<Campaign>, Error> {
    let id = parsed(|wrong| campaign_id(name, "name", wrong))?;
    let stored = store::campaign::get(db, &actor.tenant, id.as_str()).await?;
    check_etag(etag, &stored.etag(), name)?;
    Ok(stored)
}

/// The campaign, in the version that the caller saw, while no other write changes it.
pub(crate) async fn held(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (name, etag): (&str, &str),
) -> Result<Stored<Campaign>, Error> {
    let id = parsed(|wrong| campaign_id(name, "name", wrong))?;
    store::campaign::hold(db, &actor.tenant, id.as_str()).await?;
    load(db, actor, (name, etag)).await
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::GetCampaignRequest,
) -> Result<pb::Campaign, Error> {
    Ok(present(&load(db, actor, (&request.name, "")).await?))
}

pub(crate) async fn list(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::ListCampaignsRequest,
) -> Result<pb::ListCampaignsResponse, Error> {
    let about = (actor, "CampaignService/ListCampaigns");
    let plan = plan(pager, about, (&CAMPAIGNS, &["id"]), &asked!(request), |_| {})?;
    let select = store::campaign::within(&actor.tenant);
    let (rows, next_page_token) = plan.fetch(select, db).await.map_err(StoreError::from)?;
    let stored: Result<Vec<_>, _> = rows.into_iter().map(Stored::try_from).collect();
    Ok(pb::ListCampaignsResponse {
        campaigns: stored?.iter().map(present).collect(),
        next_page_token,
    })
}

pub(crate) async fn items(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::ListCampaignItemsRequest,
) -> Result<pb::ListCampaignItemsResponse, Error> {
    let mut campaign = None;
    let about = (actor, "CampaignService/ListCampaignItems");
    let asked = asked!(request, &request.parent);
    let plan = plan(pager, about, (&CAMPAIGN_ITEMS, &["asset"]), &asked, |wrong| {
        campaign = campaign_id(&request.parent, "parent", wrong);
    })?;
    let campaign = campaign.map(|id| id.to_string()).unwrap_or_default();
    store::campaign::get(db, &actor.tenant, &campaign).await?;
    let select = store::campaign_item::within(&actor.tenant, &campaign);
    let (rows, next_page_token) = plan.fetch(select, db).await.map_err(StoreError::from)?;
    let stored: Result<Vec<_>, _> = rows.into_iter().map(Stored::try_from).collect();
    let items = stored?.iter().map(present_item).collect();
    Ok(pb::ListCampaignItemsResponse { items, next_page_token })
}

pub(crate) async fn create(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::CreateCampaignRequest,
) -> Result<Outcome<pb::Campaign>, Error> {
    let mut wrong = Violations::new();
    let id = chosen_id(&request.campaign_id, "campaign_id", &mut wrong);
    let wire = wrong.required("campaign", request.campaign.as_ref());
    let draft = wire.and_then(|wire| isolated(&mut wrong, "campaign", |w| campaign(wire, w)));
    wrong.finish()?;
    if store::campaign::find(db, &actor.tenant, &id).await?.is_some() {
        return Err(StoreError::AlreadyExists { name: format!("campaigns/{id}") }.into());
    }
    let draft = parsed(|_| draft)?;
    save(db, actor, Stored::new(id, draft, actor.now)).await
}

pub(crate) async fn update(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::UpdateCampaignRequest,
) -> Result<Outcome<pb::Campaign>, Error> {
    let (wire, id) = parsed(|wrong| {
        let wire = wrong.required("campaign", request.campaign.clone())?;
        let id = campaign_id(&wire.name, "campaign.name", wrong)?;
        Some((wire, id))
    })?;
    store::campaign::hold(db, &actor.tenant, id.as_str()).await?;
    let known = store::campaign::find(db, &actor.tenant, id.as_str()).await?;
    let mut wrong = Violations::new();
    let Some(stored) = known else {
        if !request.allow_missing {
            return Err(StoreError::NotFound { name: wire.name }.into());
        }
        let draft = isolated(&mut wrong, "campaign", |wrong| campaign(&wire, wrong));
        wrong.finish()?;
        let draft = parsed(|_| draft)?;
        return save(db, actor, Stored::new(id.as_str(), draft, actor.now)).await;
    };
    check_etag(&wire.etag, &stored.etag(), &wire.name)?;
    let wire = merged(present(&stored), &wire, request.update_mask.as_ref(), &mut wrong);
    let draft = isolated(&mut wrong, "campaign", |wrong| campaign(&wire, wrong));
    wrong.finish()?;
    let draft = stored.value.rewrite(parsed(|_| draft)?)?;
    store::campaign_item::clear(db, &actor.tenant, &stored.id).await?;
    save(db, actor, stored.revised(draft, actor.now)).await
}

/// Writes it and answers it.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    actor: &Actor,
    stored: Stored<Campaign>,
) -> Result<Outcome<pb::Campaign>, Error> {
    store::campaign::save(db, &actor.tenant, &stored).await?;
    Ok(Outcome::quiet(present(&stored)))
}

pub(crate) async fn progress(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::GetCampaignProgressRequest,
) -> Result<pb::CampaignProgress, Error> {
    let stored = load(db, actor, (&request.name, "")).await?;
    let items = store::campaign_item::all(db, &actor.tenant, &stored.id).await?;
    let found = of_items(items.iter().map(|item| &item.value));
    Ok(present_progress(&stored, found))
}
