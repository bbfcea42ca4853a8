//! Sites: places of a customer.

use super::{Actor, Outcome, check_etag, chosen_id, isolated, parsed};
use crate::convert::customer::customer_id;
use crate::convert::site::{present, site, site_name};
use crate::mask::merged;
use crate::store::{self, Stored};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_kernel::fault::{Class, Fault, Violations};
use aftercare_platform::database::StoreError;
use aftercare_platform::status::Error;
use sea_orm::{ColumnTrait, ConnectionTrait, PaginatorTrait, QueryFilter};

/// Machines stand there.
#[derive(Debug, thiserror::Error)]
#[error("{machines} machines stand at {name}")]
struct SiteInUse {
    name: String,
    machines: u64,
}

impl Fault for SiteInUse {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        "SITE_REFERRED_TO"
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        vec![("machines", self.machines.to_string())]
    }
    fn subject(&self) -> String {
        self.name.clone()
    }
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::GetSiteRequest,
) -> Result<pb::Site, Error> {
    let (customer, id) = parsed(|wrong| site_name(&request.name, "name", wrong))?;
    let stored = store::site::get(db, &actor.tenant, (customer.as_str(), id.as_str())).await?;
    Ok(present(&stored, customer.as_str()))
}

pub(crate) async fn create(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::CreateSiteRequest,
) -> Result<Outcome<pb::Site>, Error> {
    let (customer, id, wire) = parsed(|wrong| {
        let customer = customer_id(&request.parent, "parent", wrong);
        let id = chosen_id(&request.site_id, "site_id", wrong);
        let wire = wrong.required("site", request.site.clone());
        customer.zip(wire).map(|(customer, wire)| (customer, id, wire))
    })?;
    let name = format!("customers/{customer}/sites/{id}");
    if store::site::find(db, &actor.tenant, (customer.as_str(), &id)).await?.is_some() {
        return Err(StoreError::AlreadyExists { name }.into());
    }
    let request = pb::UpdateSiteRequest {
        site: Some(pb::Site { name, etag: String::new(), ..wire }),
        allow_missing: true,
        ..Default::default()
    };
    update(db, actor, &request).await
}

pub(crate) async fn update(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::UpdateSiteRequest,
) -> Result<Outcome<pb::Site>, Error> {
    let (customer, id, wire) = parsed(|wrong| {
        let wire = wrong.required("site", request.site.clone())?;
        let (customer, id) = site_name(&wire.name, "site.name", wrong)?;
        Some((customer, id, wire))
    })?;
    let key = (customer.as_str(), id.as_str());
    let current = store::site::find(db, &actor.tenant, key).await?;
    if current.is_none() && !request.allow_missing {
        return Err(StoreError::NotFound { name: wire.name }.into());
    }
    store::customer::get(db, &actor.tenant, customer.as_str()).await?;
    let mut wrong = Violations::new();
    let wire = match &current {
        None => wire,
        Some(current) => {
            check_etag(&wire.etag, &current.etag(), &wire.name)?;
            let shown = present(current, customer.as_str());
            merged(shown, &wire, request.update_mask.as_ref(), &mut wrong)
        }
    };
    let value = isolated(&mut wrong, "site", |wrong| site(&wire, wrong));
    wrong.finish()?;
    let value = value.ok_or_else(|| StoreError::NotFound { name: wire.name.clone() })?;
    let stored = match current {
        Some(current) if current.value == value => current,
        Some(current) => current.revised(value, actor.now),
        None => Stored::new(id.as_str(), value, actor.now),
    };
    store::site::save(db, &actor.tenant, (customer.as_str(), &stored)).await?;
    Ok(Outcome::quiet(present(&stored, customer.as_str())))
}

pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::DeleteSiteRequest,
) -> Result<Outcome<()>, Error> {
    let (customer, id) = parsed(|wrong| site_name(&request.name, "name", wrong))?;
    let key = (customer.as_str(), id.as_str());
    let stored = store::site::get(db, &actor.tenant, key).await?;
    check_etag(&request.etag, &stored.etag(), &request.name)?;
    // The name is in the machine's document only: as text it is unique enough to be searched for.
    let quoted = format!("\"site\":\"{}\"", request.name);
    let machines = store::asset::within(&actor.tenant, customer.as_str())
        .filter(store::asset::entity::Column::Doc.contains(quoted))
        .count(db)
        .await
        .map_err(StoreError::from)?;
    if machines > 0 {
        return Err(SiteInUse { name: request.name.clone(), machines }.into());
    }
    store::site::delete(db, &actor.tenant, key).await?;
    Ok(Outcome::quiet(()))
}
