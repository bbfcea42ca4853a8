//! Service standards: created after the last of their grade, changed only so that no day is without and none has two.

use super::setting::{Asks, drafted, save as save_setting};
use super::{Actor, Outcome};
use crate::store;
use crate::store::setting;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::customer::Customer;
use aftercare_customer_domain::service_standard::{
    ServiceStandard, choose, follow_each_other, succeed,
};
use aftercare_kernel::fault::Invalid;
use aftercare_platform::status::Error;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sea_orm::ConnectionTrait;

/// Every standard by id.
pub(crate) async fn all(
    db: &impl ConnectionTrait,
    actor: &Actor,
) -> Result<Vec<(String, ServiceStandard)>, Error> {
    let stored = setting::all::<ServiceStandard>(db, &actor.tenant).await?;
    Ok(stored.into_iter().map(|(_, stored)| (stored.id, stored.value)).collect())
}

/// The customer's day: in its own zone, in China's if it has none.
pub(crate) fn day(customer: &Customer, at: Timestamp) -> Date {
    let zone = match customer.time_zone.as_str() {
        "" => TimeZone::get("Asia/Shanghai"),
        zone => TimeZone::get(zone),
    };
    at.to_zoned(zone.unwrap_or(TimeZone::UTC)).date()
}

/// The standard that a customer gets, and why this one.
pub(crate) struct Held {
    pub id: String,
    pub standard: ServiceStandard,
    pub reason: String,
}

/// The standard of a customer's grade and fit at a time; none if none holds.
pub(crate) async fn held(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (customer, at): (&Customer, Timestamp),
) -> Result<Option<Held>, Error> {
    let standards = all(db, actor).await?;
    let choice = choose(&standards, (customer.grade, customer.fit_at(at)), day(customer, at));
    Ok(choice.map(|choice| Held {
        id: choice.id.to_owned(),
        standard: choice.standard.clone(),
        reason: choice.reason,
    }))
}

async fn check_policy(
    db: &impl ConnectionTrait,
    actor: &Actor,
    standard: &ServiceStandard,
) -> Result<(), Error> {
    let policies = store::sla_policy::all(db, &actor.tenant).await?;
    let known = policies.iter().any(|version| version.id == standard.sla_policy);
    if standard.sla_policy.is_empty() || known {
        return Ok(());
    }
    Err(Invalid::field("service_standard.sla_policy", "does not exist").into())
}

pub(crate) async fn create(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::CreateServiceStandardRequest,
) -> Result<Outcome<pb::ServiceStandard>, Error> {
    let asks = Asks {
        wire: request.service_standard.as_ref(),
        new_id: Some((&request.service_standard_id, "service_standard_id")),
        mask: None,
        allow_missing: false,
    };
    let new = drafted::<ServiceStandard>(db, actor, asks).await?;
    check_policy(db, actor, &new.value).await?;
    if let Some((id, ended)) = succeed(&all(db, actor).await?, &new.value)? {
        let last = setting::get::<ServiceStandard>(db, &actor.tenant, ("", &id)).await?;
        let ended = last.revised(ended, actor.now);
        setting::save(db, &actor.tenant, ("", &ended)).await?;
    }
    save_setting(db, actor, &new).await
}

pub(crate) async fn update(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::UpdateServiceStandardRequest,
) -> Result<Outcome<pb::ServiceStandard>, Error> {
    let asks = Asks {
        wire: request.service_standard.as_ref(),
        new_id: None,
        mask: request.update_mask.as_ref(),
        allow_missing: request.allow_missing,
    };
    let changed = drafted::<ServiceStandard>(db, actor, asks).await?;
    check_policy(db, actor, &changed.value).await?;
    let mut standards = all(db, actor).await?;
    let before = standards.iter().find(|(id, _)| *id == changed.id);
    if before.is_some_and(|(_, before)| before.fit != changed.value.fit) {
        return Err(Invalid::field("service_standard.fit", "cannot be changed").into());
    }
    standards.retain(|(id, _)| *id != changed.id);
    standards.push((changed.id.clone(), changed.value.clone()));
    follow_each_other(&standards)?;
    save_setting(db, actor, &changed).await
}
