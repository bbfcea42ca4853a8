//! SLA policies: the shipped ones and the tenant's own.

use super::list::asked;
use super::{Actor, Outcome, check_etag, chosen_id, isolated, parsed};
use crate::convert::sla::{policy, present};
use crate::listing::{Asked, computed};
use crate::store;
use crate::store::sla_policy::Version;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::name_segments;
use aftercare_platform::database::StoreError;
use aftercare_platform::paging::{KeyValue, Pager};
use aftercare_platform::status::Error;
use sea_orm::ConnectionTrait;

fn policy_id(name: &str, field: &str, wrong: &mut Violations) -> Option<String> {
    let [id] = wrong.take(field, name_segments::<1>("slaPolicies/{sla_policy}", name))?;
    Some(id.to_owned())
}

fn shown(version: &Version) -> pb::SlaPolicy {
    present(&version.id, version.version, version.system, &version.policy)
}

async fn load(db: &impl ConnectionTrait, actor: &Actor, id: &str) -> Result<Version, Error> {
    let found = store::sla_policy::all(db, &actor.tenant).await?;
    let found = found.into_iter().find(|version| version.id == id);
    found.ok_or_else(|| StoreError::NotFound { name: format!("slaPolicies/{id}") }.into())
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::GetSlaPolicyRequest,
) -> Result<pb::SlaPolicy, Error> {
    let id = parsed(|wrong| {
        if request.version < 0 {
            wrong.add("version", "must not be negative");
        }
        policy_id(&request.name, "name", wrong)
    })?;
    if request.version == 0 {
        return Ok(shown(&load(db, actor, &id).await?));
    }
    let found = store::sla_policy::find(db, &actor.tenant, (&id, request.version)).await?;
    let name = || StoreError::NotFound { name: format!("slaPolicies/{id} v{}", request.version) };
    Ok(shown(&found.ok_or_else(name)?))
}

/// In the order in which they are tried.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::ListSlaPoliciesRequest,
) -> Result<pb::ListSlaPoliciesResponse, Error> {
    let policies = store::sla_policy::all(db, &actor.tenant).await?;
    let key = |known: &Version, column| match column {
        "position" => KeyValue::Integer(known.policy.position.into()),
        _ => KeyValue::Text(known.id.clone()),
    };
    let about = (actor, "StandardService/ListSlaPolicies", &["position", "id"][..]);
    let (page, next_page_token) = computed(pager, about, &asked!(request), (policies, key))?;
    let sla_policies = page.iter().map(shown).collect();
    Ok(pb::ListSlaPoliciesResponse { sla_policies, next_page_token })
}

pub(crate) async fn create(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::CreateSlaPolicyRequest,
) -> Result<Outcome<pb::SlaPolicy>, Error> {
    let (id, wire) = parsed(|wrong| {
        let id = chosen_id(&request.sla_policy_id, "sla_policy_id", wrong);
        wrong.required("sla_policy", request.sla_policy.clone()).map(|wire| (id, wire))
    })?;
    match load(db, actor, &id).await {
        Ok(_) => Err(StoreError::AlreadyExists { name: format!("slaPolicies/{id}") }.into()),
        Err(_) => save(db, actor, (id, 1), &wire, Violations::new()).await,
    }
}

pub(crate) async fn update(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::UpdateSlaPolicyRequest,
) -> Result<Outcome<pb::SlaPolicy>, Error> {
    let (id, wire) = parsed(|wrong| {
        let wire = wrong.required("sla_policy", request.sla_policy.clone())?;
        policy_id(&wire.name, "sla_policy.name", wrong).map(|id| (id, wire))
    })?;
    let known = store::sla_policy::all(db, &actor.tenant).await?;
    let Some(current) = known.into_iter().find(|version| version.id == id) else {
        if request.allow_missing {
            return save(db, actor, (id, 1), &wire, Violations::new()).await;
        }
        return Err(StoreError::NotFound { name: wire.name }.into());
    };
    check_etag(&wire.etag, &store::etag(current.version), &wire.name)?;
    let mut wrong = Violations::new();
    let mask = request.update_mask.as_ref();
    let wire = crate::mask::merged(shown(&current), &wire, mask, &mut wrong);
    save(db, actor, (id, current.version + 1), &wire, wrong).await
}

async fn save(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (id, version): (String, i64),
    wire: &pb::SlaPolicy,
    mut wrong: Violations,
) -> Result<Outcome<pb::SlaPolicy>, Error> {
    let value = isolated(&mut wrong, "sla_policy", |wrong| policy(wire, wrong));
    if let Some(value) = &value {
        for (i, terms) in value.milestones.iter().enumerate() {
            if store::calendar::versions(db, &actor.tenant, Some(&terms.calendar)).await?.is_empty()
            {
                let path = format!("sla_policy.milestones[{i}].calendar");
                wrong.add(&path, "does not exist");
            }
        }
    }
    wrong.finish()?;
    let Some(policy) = value else {
        return Err(aftercare_kernel::fault::Invalid::field("sla_policy", "is required").into());
    };
    let version = Version { id, version, system: false, policy };
    store::sla_policy::save(db, &actor.tenant, &version, (false, actor.now)).await?;
    Ok(Outcome::quiet(shown(&version)))
}

pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::DeleteSlaPolicyRequest,
) -> Result<Outcome<()>, Error> {
    let id = parsed(|wrong| policy_id(&request.name, "name", wrong))?;
    let current = load(db, actor, &id).await?;
    check_etag(&request.etag, &store::etag(current.version), &request.name)?;
    let next = Version { version: current.version + 1, ..current };
    store::sla_policy::save(db, &actor.tenant, &next, (true, actor.now)).await?;
    Ok(Outcome::quiet(()))
}
