//! How the customer sees us, and whether it is the right one: reviewed, proposed, approved.

use super::rebase::regraded;
use super::{Actor, Outcome, check_etag, parsed};
use crate::convert::customer::{customer_id, present};
use crate::convert::value::{instant, wire_instant};
use crate::convert::word::{Word, required};
use crate::store::fit_proposal::FitProposal;
use crate::store::{self, Stored};
use crate::timelines::Timelines;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::customer::{
    Customer, Fit, FitBasis, FitDecision, RelationshipError, RelationshipLevel, approve_fit, review,
};
use aftercare_kernel::fault::{Class, Fault};
use aftercare_platform::database::StoreError;
use aftercare_platform::status::Error;
use sea_orm::ConnectionTrait;

/// Nothing waits for approval.
#[derive(Debug, thiserror::Error)]
#[error("no fit was proposed for {0}")]
struct NoFitProposed(String);

impl Fault for NoFitProposed {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        "NO_FIT_PROPOSED"
    }
    fn subject(&self) -> String {
        self.0.clone()
    }
}

pub(crate) async fn review_relationship(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::ReviewRelationshipRequest,
) -> Result<Outcome<pb::Customer>, Error> {
    let (id, level) = parsed(|wrong| {
        let id = customer_id(&request.name, "name", wrong);
        let level: Option<RelationshipLevel> = required(request.level, "level", wrong);
        if request.reason.trim().is_empty() {
            wrong.required::<()>("reason", None);
        }
        id.zip(level)
    })?;
    let stored = store::customer::get(db, &actor.tenant, id.as_str()).await?;
    check_etag(&request.etag, &stored.etag(), &request.name)?;
    let relationship_level = review(stored.value.relationship_level, level, &request.reason)?;
    let value = Customer { relationship_level, ..stored.value.clone() };
    save(db, actor, stored.revised(value, actor.now)).await
}

pub(crate) async fn propose_fit(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::ProposeFitRequest,
) -> Result<Outcome<pb::FitProposal>, Error> {
    let (id, proposal) = parsed(|wrong| {
        let id = customer_id(&request.name, "name", wrong);
        let fit: Option<Fit> = required(request.fit, "fit", wrong);
        if request.reason.trim().is_empty() {
            wrong.required::<()>("reason", None);
        }
        let expires = instant(request.expire_time.as_ref(), "expire_time", wrong);
        let proposal = FitProposal {
            fit: fit?.to_string(),
            reason: request.reason.clone(),
            proposer: actor.principal.clone(),
            expires,
            proposed: actor.now,
        };
        id.zip(Some(proposal))
    })?;
    let stored = store::customer::get(db, &actor.tenant, id.as_str()).await?;
    check_etag(&request.etag, &stored.etag(), &request.name)?;
    if proposal.fit == Fit::Harmful.as_str() && proposal.expires.is_none_or(|at| at <= actor.now) {
        return Err(RelationshipError::NoExpiry.into());
    }
    store::fit_proposal::save(db, &actor.tenant, (id.as_str(), &proposal)).await?;
    let fit = Fit::parse(&proposal.fit).map_or(0, Word::number);
    Ok(Outcome::quiet(pb::FitProposal {
        customer: request.name.clone(),
        fit,
        reason: proposal.reason,
        proposer: proposal.proposer,
        expire_time: proposal.expires.map(wire_instant),
        create_time: Some(wire_instant(proposal.proposed)),
    }))
}

pub(crate) async fn approve(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    request: &pb::ApproveFitRequest,
) -> Result<Outcome<pb::Customer>, Error> {
    let id = parsed(|wrong| customer_id(&request.name, "name", wrong))?;
    let stored = store::customer::get(db, &actor.tenant, id.as_str()).await?;
    check_etag(&request.etag, &stored.etag(), &request.name)?;
    let proposal = store::fit_proposal::find(db, &actor.tenant, id.as_str()).await?;
    let proposal = proposal.ok_or_else(|| NoFitProposed(request.name.clone()))?;
    let fit = Fit::parse(&proposal.fit)
        .map_err(|error| StoreError::corrupt("customer_fit_proposal", error))?;
    let decision = FitDecision {
        fit,
        reason: proposal.reason.clone(),
        proposer: proposal.proposer.clone(),
        expires: proposal.expires,
    };
    let fit = approve_fit(&decision, &actor.principal, actor.now)?;
    let basis = FitBasis {
        reason: decision.reason,
        proposer: decision.proposer,
        approver: actor.principal.clone(),
        expires: decision.expires,
    };
    let value = Customer { fit, fit_basis: Some(basis), ..stored.value.clone() };
    store::fit_proposal::delete(db, &actor.tenant, id.as_str()).await?;
    let revised = stored.revised(value, actor.now);
    super::fit_review::decided(db, actor, (id.as_str(), &revised.value)).await?;
    let saved = save(db, actor, revised.clone()).await?;
    let events = match stored.value.fit_at(actor.now) == fit {
        true => Vec::new(),
        false => regraded(db, timelines, actor, (id.as_str(), &revised.value)).await?,
    };
    Ok(Outcome { events, ..saved })
}

async fn save(
    db: &impl ConnectionTrait,
    actor: &Actor,
    stored: Stored<Customer>,
) -> Result<Outcome<pb::Customer>, Error> {
    store::customer::save(db, vec![store::customer::row(&actor.tenant, &stored)?]).await?;
    Ok(Outcome::quiet(present(&stored)))
}
