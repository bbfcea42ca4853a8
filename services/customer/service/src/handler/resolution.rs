//! Customers that may be one: found on insert, explained, decided by a person.

use super::{Actor, Outcome, Raised, check_etag, merge, parsed};
use crate::convert::customer::{customer, customer_id};
use crate::convert::resolution::{present, present_match, review, verdict};
use crate::store::match_review::{Review, pair_id};
use crate::store::{self, Stored};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::customer::{Customer, CustomerId, CustomerState};
use aftercare_customer_domain::resolution::lookup::{Learned, keys};
use aftercare_customer_domain::resolution::party::{Party, party, together};
use aftercare_customer_domain::resolution::spec::Spec;
use aftercare_customer_domain::resolution::{Thresholds, Verdict};
use aftercare_kernel::fault::{Class, Fault};
use aftercare_kernel::ids::name_segments;
use aftercare_platform::database::StoreError;
use aftercare_platform::status::Error;
use jiff::Timestamp;
use sea_orm::{ConnectionTrait, PaginatorTrait};
use std::collections::BTreeMap;

/// A person decided already.
#[derive(Debug, thiserror::Error)]
#[error("{name} was decided: {state}")]
struct Decided {
    name: String,
    state: String,
}

impl Fault for Decided {
    fn class(&self) -> Class {
        Class::Precondition
    }
    fn reason(&self) -> &'static str {
        "MATCH_REVIEW_DECIDED"
    }
    fn metadata(&self) -> Vec<(&'static str, String)> {
        vec![("state", self.state.clone())]
    }
    fn subject(&self) -> String {
        self.name.clone()
    }
}

/// What the last batch learned, or what is assumed before the first.
async fn learned(
    db: &impl ConnectionTrait,
    actor: &Actor,
    spec: &Spec,
) -> Result<Learned, StoreError> {
    if let Some(known) = store::match_model::find(db, &actor.tenant).await? {
        return Ok(known);
    }
    let records = store::customer::within(&actor.tenant).count(db).await?;
    Ok(Learned::nothing(spec, u32::try_from(records).unwrap_or(u32::MAX)))
}

/// A customer as a party, with the domains of its contacts.
fn of(stored: &Stored<Customer>, mail: &BTreeMap<String, Vec<String>>) -> Party {
    party(&stored.value, mail.get(&stored.id).map_or(&[][..], Vec::as_slice))
}

/// Customers in use that share a rare key with the party, each judged; best first.
async fn near(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (id, own): (&str, Party),
) -> Result<Vec<(Verdict, Review)>, StoreError> {
    let spec = Spec::customers();
    let mut ids = store::match_key::sharing(db, &actor.tenant, &keys(&spec, &own)).await?;
    ids.remove(id);
    let ids: Vec<String> = ids.into_iter().collect();
    let found: Vec<Stored<Customer>> = store::customer::find_all(db, &actor.tenant, &ids)
        .await?
        .into_iter()
        .filter(|stored| stored.value.state == CustomerState::Active)
        .collect();
    let learned = learned(db, actor, &spec).await?;
    let mail = store::contact::domains(db, &actor.tenant, Some(&ids)).await?;
    let others = found.iter().map(|stored| of(stored, &mail));
    let rows = together(std::iter::once(own).chain(others).collect());
    let (table, scored) = learned.rank(&spec, &rows);
    let limits = Thresholds::default();
    let one = |pair: &aftercare_customer_domain::resolution::model::Scored| {
        let other = found.get((pair.right as usize).checked_sub(1)?)?;
        let review = review((&spec, &learned, &table), pair, (id, &other.id));
        Some((limits.verdict(&spec, pair), review))
    };
    Ok(scored.iter().filter_map(one).collect())
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::FindMatchesRequest,
) -> Result<pb::FindMatchesResponse, Error> {
    let (id, value, most) = parsed(|wrong| {
        let most = match request.max_results {
            0 => Some(10),
            1..=100 => usize::try_from(request.max_results).ok(),
            _ => {
                wrong.add("max_results", "must be between 0 and 100");
                None
            }
        };
        let mut wire = wrong.required("customer", request.customer.clone())?;
        if wire.display_name.is_empty() && wire.legal_name.is_empty() {
            // A number or a telephone may be all that is known.
            "-".clone_into(&mut wire.display_name);
        } else if wire.display_name.is_empty() {
            wire.display_name.clone_from(&wire.legal_name);
        }
        let own = if wire.name.is_empty() {
            None
        } else {
            customer_id(&wire.name, "customer.name", wrong)
        };
        let id = own.as_ref().map_or_else(String::new, ToString::to_string);
        let anybody = own.or_else(|| CustomerId::parse("new").ok())?;
        let value = wrong.within("customer", |wrong| customer(&wire, &anybody, None, wrong));
        value.zip(most).map(|(value, most)| (id, value, most))
    })?;
    let mail = store::contact::domains(db, &actor.tenant, Some(std::slice::from_ref(&id))).await?;
    let mail = mail.get(&id).map_or(&[][..], Vec::as_slice);
    let found = near(db, actor, (&id, party(&value, mail))).await?;
    let shown = |(told, review): (Verdict, Review)| pb::Match {
        decision: verdict(told).into(),
        ..present_match(&review)
    };
    let matches = found.into_iter().take(most).map(shown).collect();
    Ok(pb::FindMatchesResponse { matches })
}

/// Puts what may be the same as a customer that says something new before a person, but for pairs that a person decided.
pub(crate) async fn queue(
    db: &impl ConnectionTrait,
    actor: &Actor,
    stored: &Stored<Customer>,
) -> Result<(), StoreError> {
    let ids = std::slice::from_ref(&stored.id);
    let mail = store::contact::domains(db, &actor.tenant, Some(ids)).await?;
    let found = near(db, actor, (&stored.id, of(stored, &mail))).await?;
    let likely = found.into_iter().filter(|(verdict, _)| *verdict != Verdict::NoMatch);
    let mut reviews: Vec<Stored<Review>> =
        likely.take(10).map(|(_, review)| ordered(review, actor.now)).collect();
    let known: Vec<String> = reviews.iter().map(|review| review.id.clone()).collect();
    let known = store::match_review::find_all(db, &actor.tenant, &known).await?;
    reviews.retain(|review| !known.iter().any(|k| k.id == review.id && k.value.state != "REVIEW"));
    store::match_review::save(db, &actor.tenant, &reviews).await
}

/// The review of a pair, the smaller id first.
pub(crate) fn ordered(mut review: Review, now: Timestamp) -> Stored<Review> {
    if review.first > review.second {
        std::mem::swap(&mut review.first, &mut review.second);
        for added in &mut review.weights {
            std::mem::swap(&mut added.left, &mut added.right);
        }
    }
    Stored::new(pair_id(&review.first, &review.second), review, now)
}

pub(crate) async fn explain(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::ExplainMatchRequest,
) -> Result<pb::Match, Error> {
    let (id, other) = parsed(|wrong| {
        let id = customer_id(&request.customer, "customer", wrong);
        let other = customer_id(&request.other_customer, "other_customer", wrong);
        if id.is_some() && id == other {
            wrong.add("other_customer", "must be another customer");
        }
        id.zip(other)
    })?;
    let one = store::customer::get(db, &actor.tenant, id.as_str()).await?;
    let two = store::customer::get(db, &actor.tenant, other.as_str()).await?;
    let spec = Spec::customers();
    let learned = learned(db, actor, &spec).await?;
    let ids = [one.id.clone(), two.id.clone()];
    let mail = store::contact::domains(db, &actor.tenant, Some(&ids)).await?;
    let rows = together(vec![of(&one, &mail), of(&two, &mail)]);
    let (table, scored) = learned.rank(&spec, &rows);
    let pair = scored.first().ok_or(StoreError::NotFound { name: request.customer.clone() })?;
    let kept = review((&spec, &learned, &table), pair, (id.as_str(), other.as_str()));
    let (first, second) = if id < other { (&id, &other) } else { (&other, &id) };
    let decided = [pair_id(first.as_str(), second.as_str())];
    let decided = store::match_review::find_all(db, &actor.tenant, &decided).await?;
    let mut shown = present_match(&kept);
    let word = decided.first().map_or("", |stored| stored.value.state.as_str());
    shown.decision = match word {
        "CONFIRMED" => pb::MatchDecision::Confirmed.into(),
        "DECLINED" => pb::MatchDecision::Declined.into(),
        _ => verdict(Thresholds::default().verdict(&spec, pair)).into(),
    };
    Ok(shown)
}

pub(crate) async fn decide(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::DecideMatchReviewRequest,
) -> Result<Outcome<pb::MatchReview>, Error> {
    let (id, state) = parsed(|wrong| {
        let id = if request.name.is_empty() {
            wrong.required("name", None)
        } else {
            wrong.take("name", name_segments::<1>("matchReviews/{match_review}", &request.name))
        };
        let state = match pb::MatchDecision::try_from(request.decision) {
            Ok(pb::MatchDecision::Confirmed) => Some("CONFIRMED"),
            Ok(pb::MatchDecision::Declined) => Some("DECLINED"),
            Ok(pb::MatchDecision::Unspecified) => wrong.required("decision", None),
            _ => {
                wrong.add("decision", "must be CONFIRMED or DECLINED");
                None
            }
        };
        id.map(|[id]| id.to_owned()).zip(state)
    })?;
    let stored = store::match_review::get(db, &actor.tenant, &id).await?;
    check_etag(&request.etag, &stored.etag(), &request.name)?;
    if stored.value.state != "REVIEW" {
        let (name, state) = (request.name.clone(), stored.value.state);
        return Err(Decided { name, state }.into());
    }
    let value = Review {
        state: state.to_owned(),
        principal: actor.principal.clone(),
        reason: request.reason.clone(),
        ..stored.value.clone()
    };
    let next = stored.revised(value, actor.now);
    store::match_review::save(db, &actor.tenant, std::slice::from_ref(&next)).await?;
    let mut events = Vec::new();
    if state == "CONFIRMED" {
        let pair = (next.value.first.as_str(), next.value.second.as_str());
        events.push(join(db, actor, pair, &request.name).await?);
    }
    Ok(Outcome { response: present(&next), events })
}

/// Merges the later of two customers into the earlier.
pub(crate) async fn join(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (first, second): (&str, &str),
    why: &str,
) -> Result<Raised, Error> {
    let one = store::customer::get(db, &actor.tenant, first).await?;
    let two = store::customer::get(db, &actor.tenant, second).await?;
    let later = (two.created, &two.id) > (one.created, &one.id);
    let (gone, stays) = if later { (two, one) } else { (one, two) };
    let (_, event) = merge::apply(db, actor, (gone, &stays.id), why).await?;
    Ok(event)
}
