//! Authority: who may grant what in a case, by the tenant's limits, what was granted before, and what others lent.

use super::case_step::load;
use super::service_standard::held;
use super::setting::{Asks, drafted, save as save_setting};
use super::{Actor, Outcome};
use crate::convert::proposal::remedy_number;
use crate::convert::value::{wire_instant, wire_money};
use crate::store::case_part::proposal;
use crate::store::setting;
use crate::store::{self, Stored};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::case::{
    AuthorityLimit, CaseFile, Delegation, Granted, Proposal, standing,
};
use aftercare_customer_domain::employee::Employee;
use aftercare_kernel::fault::Invalid;
use aftercare_kernel::money::{Money, MoneyError};
use aftercare_platform::status::Error;
use jiff::SignedDuration;
use sea_orm::ConnectionTrait;

/// The limit that somebody has in a case.
pub(crate) struct Authority {
    pub limit: AuthorityLimit,
    pub money: Money,
    /// Who lent it; empty if it is one's own.
    pub lent_by: String,
}

impl Authority {
    /// What the timeline keeps of an approval that one's ordinary limit would not have allowed.
    pub fn note(&self, comment: &str) -> String {
        let mut note = comment.to_owned();
        let elastic = self.limit.elasticity.as_ref().filter(|e| e.limit == self.money);
        if let Some(elastic) = elastic {
            note.push_str(&format!(" [elastic limit {}: {}]", elastic.limit, elastic.incident));
        }
        if !self.lent_by.is_empty() {
            note.push_str(&format!(" [for {}]", self.lent_by));
        }
        note.trim_start().to_owned()
    }
}

pub(crate) fn out_of_range(error: MoneyError) -> Invalid {
    Invalid::field("remedies", error)
}

/// What was granted before, beside a proposal of this value.
pub(crate) async fn granted(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (case, except): (&Stored<CaseFile>, &str),
    value: Money,
) -> Result<Granted, Error> {
    let since = actor.now - SignedDuration::from_hours(24 * 90);
    let of = (case.id.as_str(), case.value.customer.as_str(), except);
    let within = (value.currency(), since);
    let (in_case, to_customer) = proposal::granted(db, &actor.tenant, of, within).await?;
    Ok(Granted { value, in_case, to_customer })
}

/// The caller's highest limit for such remedies in such a case; `except` is who proposed what is to be approved.
pub(crate) async fn authority(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (case, kinds): (&CaseFile, &[String]),
    except: &str,
) -> Result<Option<Authority>, Error> {
    let customer = store::customer::get(db, &actor.tenant, &case.customer).await?.value;
    let stored = setting::all::<AuthorityLimit>(db, &actor.tenant).await?;
    let mut limits: Vec<AuthorityLimit> = stored.into_iter().map(|(_, s)| s.value).collect();
    if let Some(held) = held(db, actor, (&customer, actor.now)).await? {
        limits = held.standard.limits(limits);
    }
    let delegations = setting::all::<Delegation>(db, &actor.tenant).await?;
    let lent: Vec<&Delegation> = delegations
        .iter()
        .map(|(_, stored)| &stored.value)
        .filter(|delegation| delegation.delegate == actor.principal)
        .collect();
    let facts = (case.category, customer.grade, kinds);
    let found = standing(&limits, (&actor.roles, &lent), facts, (except, actor.now));
    Ok(found.map(|standing| Authority {
        limit: standing.limit.clone(),
        money: standing.money,
        lent_by: standing.lent_by.unwrap_or_default().to_owned(),
    }))
}

pub(crate) fn kinds(proposal: &Proposal) -> Vec<String> {
    proposal.remedies.iter().map(|remedy| remedy.kind.clone()).collect()
}

/// What a limit is compared to, with the customer held, so that two grants at once cannot both slip under it.
pub(crate) async fn weighed(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (case, found): (&Stored<CaseFile>, &Stored<Proposal>),
    except: &str,
) -> Result<(Money, Option<Authority>), Error> {
    store::customer::hold(db, &actor.tenant, &case.value.customer).await?;
    let granted = granted(db, actor, (case, &found.id), found.value.value).await?;
    let kinds = kinds(&found.value);
    let authority = authority(db, actor, (&case.value, &kinds), except).await?;
    Ok((granted.cumulated().map_err(out_of_range)?, authority))
}

pub(crate) async fn get_authority(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::GetAuthorityRequest,
) -> Result<pb::GetAuthorityResponse, Error> {
    let case = load(db, actor, (&request.name, "")).await?;
    let Some(found) = authority(db, actor, (&case.value, &[]), "").await? else {
        return Ok(pb::GetAuthorityResponse::default());
    };
    let (granted, available) = left(db, actor, &case, found.money).await?;
    let elastic = found.limit.elasticity.as_ref().filter(|e| e.limit == found.money);
    Ok(pb::GetAuthorityResponse {
        role: found.limit.role.clone(),
        limit: Some(wire_money(&found.money)),
        used_in_case: Some(wire_money(&granted.in_case)),
        used_by_customer: Some(wire_money(&granted.to_customer)),
        available: Some(wire_money(&available)),
        elastic_incident: elastic.map(|e| e.incident.clone()).unwrap_or_default(),
        elastic_end_time: elastic.map(|e| wire_instant(e.end)),
        remedy_kinds: found.limit.remedy_kinds.iter().map(|kind| remedy_number(kind)).collect(),
    })
}

/// What is left of a limit in a case.
pub(crate) async fn left(
    db: &impl ConnectionTrait,
    actor: &Actor,
    case: &Stored<CaseFile>,
    limit: Money,
) -> Result<(Granted, Money), Error> {
    let zero = Money::zero(limit.currency());
    let granted = granted(db, actor, (case, ""), zero).await?;
    let used = granted.cumulated().map_err(out_of_range)?;
    let left = limit.checked_sub(used).map_err(out_of_range)?;
    Ok((granted, if left.amount().is_sign_negative() { zero } else { left }))
}

/// Lends authority: one's own by the roles of the call, somebody else's by the roles of the employee record.
pub(crate) async fn create_delegation(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::CreateDelegationRequest,
) -> Result<Outcome<pb::Delegation>, Error> {
    let asks = Asks {
        wire: request.delegation.as_ref(),
        new_id: Some((&request.delegation_id, "delegation_id")),
        mask: None,
        allow_missing: false,
    };
    let mut drafted = drafted::<Delegation>(db, actor, asks).await?;
    let delegator = drafted.value.delegator.as_str();
    drafted.value.roles = if delegator == actor.principal {
        actor.roles.clone()
    } else {
        let id = delegator.trim_start_matches("employees/");
        let known = setting::find::<Employee>(db, &actor.tenant, ("", id)).await?;
        let unknown = "is nobody whose roles are known: no employee has that name";
        known.ok_or_else(|| Invalid::field("delegation.delegator", unknown))?.value.roles
    };
    let others = setting::all::<Delegation>(db, &actor.tenant).await?;
    drafted.value.fits(others.iter().map(|(_, other)| (other.id.as_str(), &other.value)))?;
    save_setting(db, actor, &drafted).await
}
