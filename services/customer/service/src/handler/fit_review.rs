//! HARMFUL ends by itself: a job raises the review ahead of the end, and takes the fit back at the end unless it was renewed.

use super::list::{asked, plan as plan_list};
use super::{Actor, Raised};
use crate::convert::value::wire_instant;
use crate::convert::word::Word;
use crate::listing::{Asked, FIT_REVIEWS};
use crate::store::{self, Stored};
use crate::timelines::Timelines;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::customer::{
    Customer, CustomerState, Fit, FitBasis, FitReview, FitReviewState, review_time,
};
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::jobs::{self, Handler, Job, Next, Plan};
use aftercare_platform::paging::Pager;
use aftercare_platform::status::Error;
use aftercare_platform::transaction::Write;
use jiff::Timestamp;
use sea_orm::ConnectionTrait;
use std::sync::Arc;

/// One job a customer that is HARMFUL: due at the review, then at the end.
const KIND: &str = "customer.fit-review";

/// Raises reviews and ends fits.
pub(crate) struct FitReviews {
    pub timelines: Arc<Timelines>,
}

#[async_trait::async_trait]
impl Handler for FitReviews {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, call: &Call, write: &mut Write, job: &Job) -> Result<Next, Error> {
        let (actor, id) = (Actor::of_job(call), job.key.as_str());
        store::customer::hold(write.tx(), &actor.tenant, id).await?;
        let Some(stored) = store::customer::find(write.tx(), &actor.tenant, id).await? else {
            return Ok(Next::Done);
        };
        let harmful = stored.value.fit == Fit::Harmful;
        let basis = stored.value.fit_basis.clone().filter(|_| harmful);
        let basis = basis.filter(|_| stored.value.state == CustomerState::Active);
        let Some((basis, expires)) = basis.and_then(|basis| Some((basis.clone(), basis.expires?)))
        else {
            return Ok(Next::Done);
        };
        let lapsed = expires <= actor.now;
        let (events, why, next) = if lapsed {
            let events = lapse(write.tx(), &self.timelines, &actor, (&stored, &basis)).await?;
            (events, format!("HARMFUL ended on {expires} without renewal"), Next::Done)
        } else {
            let due = vec![due(&stored, &basis, expires, actor.now)];
            (due, format!("review of HARMFUL, which ends on {expires}"), Next::At(expires))
        };
        let state = if lapsed { FitReviewState::Lapsed } else { FitReviewState::Open };
        let closed = lapsed.then_some(actor.now);
        let review = FitReview { state, basis, expires, closed };
        keep(write.tx(), &actor, id, review).await?;
        write.note(&why);
        let raised = events.into_iter().map(|event| (event.subject, event.event_type, event.data));
        write.emit_all(raised).await?;
        Ok(next)
    }
}

/// The customer is GENERAL again; its open cases keep what was promised before where that is stricter.
async fn lapse(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    (stored, basis): (&Stored<Customer>, &FitBasis),
) -> Result<Vec<Raised>, Error> {
    let ended = FitBasis {
        reason: format!("no longer HARMFUL, nobody renewed it: {}", basis.reason),
        expires: None,
        ..basis.clone()
    };
    let value = Customer { fit: Fit::General, fit_basis: Some(ended), ..stored.value.clone() };
    let revised = stored.revised(value, actor.now);
    store::customer::save(db, vec![store::customer::row(&actor.tenant, &revised)?]).await?;
    let event = pb::FitLapsed {
        customer: format!("customers/{}", stored.id),
        reason: basis.reason.clone(),
        expire_time: basis.expires.map(wire_instant),
        event_time: Some(wire_instant(actor.now)),
    };
    let mut events = vec![Raised::new(event.customer.clone(), &event)];
    let of = (stored.id.as_str(), &revised.value);
    events.extend(super::rebase::regraded(db, timelines, actor, of).await?);
    Ok(events)
}

fn due(stored: &Stored<Customer>, basis: &FitBasis, expires: Timestamp, now: Timestamp) -> Raised {
    let event = pb::FitReviewDue {
        customer: format!("customers/{}", stored.id),
        reason: basis.reason.clone(),
        proposer: basis.proposer.clone(),
        approver: basis.approver.clone(),
        owner: stored.value.owner.clone(),
        expire_time: Some(wire_instant(expires)),
        event_time: Some(wire_instant(now)),
    };
    Raised::new(event.customer.clone(), &event)
}

/// Writes the review of this time over that of one before.
async fn keep(
    db: &impl ConnectionTrait,
    actor: &Actor,
    customer: &str,
    review: FitReview,
) -> Result<(), StoreError> {
    let known = store::fit_review::find(db, &actor.tenant, customer).await?;
    let next = match known {
        Some(known) if known.value.expires == review.expires => known.revised(review, actor.now),
        Some(known) => Stored { created: actor.now, ..known.revised(review, actor.now) },
        None => Stored::new(customer, review, actor.now),
    };
    store::fit_review::save(db, &actor.tenant, &next).await
}

/// After an approval: the open review is over, and a fit that ends gets the next one planned.
pub(crate) async fn decided(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (customer, approved): (&str, &Customer),
) -> Result<(), StoreError> {
    let harmful = approved.fit == Fit::Harmful;
    let known = store::fit_review::find(db, &actor.tenant, customer).await?;
    if let Some(open) = known.filter(|known| known.value.state == FitReviewState::Open) {
        let state = if harmful { FitReviewState::Renewed } else { FitReviewState::Changed };
        let over = FitReview { state, closed: Some(actor.now), ..open.value.clone() };
        store::fit_review::save(db, &actor.tenant, &open.revised(over, actor.now)).await?;
    }
    let expires = approved.fit_basis.as_ref().and_then(|basis| basis.expires);
    match expires.filter(|_| harmful) {
        Some(expires) => {
            let due = review_time(actor.now, expires);
            let plan = Plan { kind: KIND, key: customer, due, payload: Vec::new() };
            jobs::schedule(db, crate::NAME, &actor.tenant, &[plan]).await
        }
        None => jobs::cancel(db, crate::NAME, &actor.tenant, (KIND, customer)).await,
    }
}

pub(crate) async fn list(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::ListFitReviewsRequest,
) -> Result<pb::ListFitReviewsResponse, Error> {
    let about = (actor, "CustomerService/ListFitReviews");
    let plan = plan_list(pager, about, (&FIT_REVIEWS, &["id"]), &asked!(request), |_| {})?;
    let select = store::fit_review::within(&actor.tenant);
    let (rows, next_page_token) = plan.fetch(select, db).await.map_err(StoreError::from)?;
    let mut fit_reviews = Vec::with_capacity(rows.len());
    for row in rows {
        fit_reviews.push(present(&Stored::try_from(row)?));
    }
    Ok(pb::ListFitReviewsResponse { fit_reviews, next_page_token })
}

fn present(stored: &Stored<FitReview>) -> pb::FitReview {
    let FitReview { state, basis, expires, closed } = &stored.value;
    pb::FitReview {
        customer: format!("customers/{}", stored.id),
        state: state.number(),
        reason: basis.reason.clone(),
        proposer: basis.proposer.clone(),
        approver: basis.approver.clone(),
        expire_time: Some(wire_instant(*expires)),
        create_time: Some(wire_instant(stored.created)),
        close_time: closed.map(wire_instant),
    }
}
