//! Proposals: what the customer is to get, within what who proposes, approves or offers it may grant.

use super::authority::{granted, out_of_range, weighed};
use super::case_step::{AtCase, Said, load, take};
use super::list::asked;
use super::setting::cut;
use super::{Actor, Outcome, check_etag, parsed};
use crate::convert::case::{case_id, consent};
use crate::convert::proposal::{child_name, present, remedies};
use crate::convert::value::instant;
use crate::listing::Asked;
use crate::store::Stored;
use crate::store::case_part::proposal;
use crate::timelines::Timelines;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::case::{
    CaseAction, CaseError, CaseFile, Confirmation, Finding, Proposal, Step, total,
};
use aftercare_kernel::currency::Currency;
use aftercare_kernel::fault::Invalid;
use aftercare_kernel::money::Money;
use aftercare_platform::paging::Pager;
use aftercare_platform::status::Error;
use sea_orm::ConnectionTrait;

const PATTERN: &str = "cases/{case}/proposals/{proposal}";

async fn find(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (name, etag): (&str, &str),
) -> Result<(Stored<CaseFile>, Stored<Proposal>), Error> {
    let (case, id) = parsed(|wrong| child_name(name, PATTERN, wrong))?;
    let stored = load(db, actor, (&format!("cases/{case}"), "")).await?;
    let found = proposal::get(db, &actor.tenant, (case.as_str(), &id)).await?;
    check_etag(etag, &found.etag(), name)?;
    Ok((stored, found))
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::GetProposalRequest,
) -> Result<pb::Proposal, Error> {
    let (case, found) = find(db, actor, (&request.name, "")).await?;
    Ok(present(&case.id, &found))
}

pub(crate) async fn list(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::ListProposalsRequest,
) -> Result<pb::ListProposalsResponse, Error> {
    let case = load(db, actor, (&request.parent, "")).await?;
    let found = proposal::of_case(db, &actor.tenant, &case.id).await?;
    let asked = asked!(request, &request.parent);
    let about = (actor, "ProposalService/ListProposals");
    let (page, next_page_token) = cut(pager, about, found, &asked)?;
    let proposals = page.iter().map(|found| present(&case.id, found)).collect();
    Ok(pb::ListProposalsResponse { proposals, next_page_token })
}

pub(crate) async fn create(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    request: &pb::CreateProposalRequest,
) -> Result<Outcome<pb::Proposal>, Error> {
    let (id, wire, remedies) = parsed(|wrong| {
        case_id(&request.parent, "parent", wrong);
        let id = super::chosen_id(&request.proposal_id, "proposal_id", wrong);
        let wire = wrong.required("proposal", request.proposal.clone())?;
        let remedies = super::isolated(wrong, "proposal", |wrong| Some(remedies(&wire, wrong)));
        remedies.map(|remedies| (id, wire, remedies))
    })?;
    let case = load(db, actor, (&request.parent, "")).await?;
    let value = total(&remedies).map_err(out_of_range)?;
    let value = value.unwrap_or(Money::zero(Currency::CNY));
    let granted = granted(db, actor, (&case, &id), value).await?;
    let proposal = Proposal {
        remedies,
        reason: wire.reason,
        value,
        case_value: value.checked_add(granted.in_case).map_err(out_of_range)?,
        customer_value: value.checked_add(granted.to_customer).map_err(out_of_range)?,
        state: "DRAFT".to_owned(),
        proposer: actor.principal.clone(),
        approver: String::new(),
        decision_reason: String::new(),
        offered: None,
    };
    let none = Finding { cause: false, evidence: 0 };
    let finding = case.value.investigation.as_ref().map_or(none, |found| found.finding());
    let said = Said { note: proposal.reason.clone(), at: None };
    let stored = Stored::new(id, proposal, actor.now);
    if proposal::get(db, &actor.tenant, (&case.id, &stored.id)).await.is_ok() {
        let name = format!("cases/{}/proposals/{}", case.id, stored.id);
        return Err(aftercare_platform::database::StoreError::AlreadyExists { name }.into());
    }
    let step = (&case, &Step::Propose(finding), said);
    let outcome = take(db, timelines, actor, step, |_| {}).await?;
    save(db, actor, &case, &stored).await?;
    Ok(outcome.map(|_| present(&case.id, &stored)))
}

async fn save(
    db: &impl ConnectionTrait,
    actor: &Actor,
    case: &Stored<CaseFile>,
    stored: &Stored<Proposal>,
) -> Result<(), Error> {
    let of = (case.id.as_str(), case.value.customer.as_str());
    Ok(proposal::save(db, vec![proposal::row(&actor.tenant, of, stored)?]).await?)
}

/// A proposal that is not the one under way, or is not in the state that a step needs.
fn in_state(
    case: &Stored<CaseFile>,
    found: &Stored<Proposal>,
    (states, action): (&[&str], CaseAction),
) -> Result<(), AtCase> {
    if states.contains(&found.value.state.as_str()) {
        return Ok(());
    }
    let state = case.value.state;
    let moves = state.moves(case.value.kind);
    // The proposal's own state forbids it: the move is not among those that are possible with it.
    let allowed = moves.iter().map(|(known, _)| *known).filter(|known| *known != action).collect();
    let name = format!("cases/{}/proposals/{}", case.id, found.id);
    Err(AtCase { name, error: CaseError::IllegalMove { state, action, allowed } })
}

/// Takes a step of the case and writes the proposal with it.
async fn step(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    (case, found): (&Stored<CaseFile>, &Stored<Proposal>),
    (step, said): (&Step<'_>, Said),
    edit: impl FnOnce(&mut Proposal, &mut CaseFile),
) -> Result<Outcome<pb::Proposal>, Error> {
    let mut proposal = found.value.clone();
    let outcome =
        take(db, timelines, actor, (case, step, said), |file| edit(&mut proposal, file)).await?;
    let revised = found.revised(proposal, actor.now);
    save(db, actor, case, &revised).await?;
    Ok(outcome.map(|_| present(&case.id, &revised)))
}

pub(crate) async fn submit(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    request: &pb::SubmitProposalRequest,
) -> Result<Outcome<pb::Proposal>, Error> {
    let (case, found) = find(db, actor, (&request.name, &request.etag)).await?;
    in_state(&case, &found, (&["DRAFT"], CaseAction::Submit))?;
    let plain = Step::Plain(CaseAction::Submit);
    step(db, timelines, actor, (&case, &found), (&plain, Said::default()), |proposal, _| {
        proposal.state = "PENDING".to_owned();
    })
    .await
}

pub(crate) async fn approve(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    request: &pb::ApproveProposalRequest,
) -> Result<Outcome<pb::Proposal>, Error> {
    let (case, found) = find(db, actor, (&request.name, &request.etag)).await?;
    in_state(&case, &found, (&["PENDING"], CaseAction::Approve))?;
    let proposer = found.value.proposer.as_str();
    let (value, authority) = weighed(db, actor, (&case, &found), proposer).await?;
    let limit = authority.as_ref().map(|authority| authority.money);
    let approval = Step::Approve { approver: &actor.principal, proposer, value, limit };
    let note = authority.map_or_else(String::new, |found| found.note(&request.comment));
    let said = Said { note, at: None };
    step(db, timelines, actor, (&case, &found), (&approval, said), |proposal, _| {
        proposal.state = "APPROVED".to_owned();
        proposal.approver.clone_from(&actor.principal);
        proposal.decision_reason.clone_from(&request.comment);
    })
    .await
}

pub(crate) async fn return_to_proposer(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    request: &pb::ReturnProposalRequest,
) -> Result<Outcome<pb::Proposal>, Error> {
    if request.reason.trim().is_empty() {
        return Err(Invalid::field("reason", "is required").into());
    }
    let (case, found) = find(db, actor, (&request.name, &request.etag)).await?;
    in_state(&case, &found, (&["PENDING"], CaseAction::ReturnProposal))?;
    let plain = Step::Plain(CaseAction::ReturnProposal);
    let said = Said { note: request.reason.clone(), at: None };
    step(db, timelines, actor, (&case, &found), (&plain, said), |proposal, _| {
        proposal.state = "RETURNED".to_owned();
        proposal.approver.clone_from(&actor.principal);
        proposal.decision_reason.clone_from(&request.reason);
    })
    .await
}

pub(crate) async fn offer(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    request: &pb::OfferProposalRequest,
) -> Result<Outcome<pb::Proposal>, Error> {
    let at = parsed(|wrong| Some(instant(request.event_time.as_ref(), "event_time", wrong)))?;
    let (case, found) = find(db, actor, (&request.name, &request.etag)).await?;
    in_state(&case, &found, (&["DRAFT", "APPROVED"], CaseAction::Offer))?;
    let (value, authority) = weighed(db, actor, (&case, &found), "").await?;
    let offered = Step::Offer { value, limit: authority.map(|authority| authority.money) };
    let said = Said { note: request.note.clone(), at };
    step(db, timelines, actor, (&case, &found), (&offered, said), |proposal, _| {
        proposal.state = "OFFERED".to_owned();
        proposal.offered = Some(at.unwrap_or(actor.now));
    })
    .await
}

pub(crate) async fn confirm(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    request: &pb::ConfirmProposalRequest,
) -> Result<Outcome<pb::Proposal>, Error> {
    let (at, consent) = parsed(|wrong| {
        let at = instant(request.event_time.as_ref(), "event_time", wrong);
        let when = at.unwrap_or(actor.now);
        consent(request.confirmation.as_ref(), when, wrong).map(|consent| (at, consent))
    })?;
    let (case, found) = find(db, actor, (&request.name, &request.etag)).await?;
    in_state(&case, &found, (&["OFFERED"], CaseAction::Confirm))?;
    let basis = match &consent.evidence {
        Some(_) => Confirmation::Evidence,
        None => Confirmation::Deemed {
            attempts: consent.attempts.clone(),
            offered: found.value.offered.unwrap_or(found.updated),
        },
    };
    let said = Said { note: String::new(), at };
    let id = found.id.clone();
    let confirmed = Step::Confirm(basis);
    step(db, timelines, actor, (&case, &found), (&confirmed, said), |proposal, file| {
        proposal.state = "ACCEPTED".to_owned();
        file.accepted_proposal = id;
        file.consent = Some(consent);
    })
    .await
}

pub(crate) async fn reject(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    request: &pb::RejectProposalRequest,
) -> Result<Outcome<pb::Proposal>, Error> {
    let at = parsed(|wrong| {
        if request.reason.trim().is_empty() {
            wrong.add("reason", "is required");
        }
        Some(instant(request.event_time.as_ref(), "event_time", wrong))
    })?;
    let (case, found) = find(db, actor, (&request.name, &request.etag)).await?;
    in_state(&case, &found, (&["OFFERED"], CaseAction::Reject))?;
    let said = Said { note: request.reason.clone(), at };
    let plain = Step::Plain(CaseAction::Reject);
    step(db, timelines, actor, (&case, &found), (&plain, said), |proposal, _| {
        proposal.state = "DECLINED".to_owned();
    })
    .await
}
