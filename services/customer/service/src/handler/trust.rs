//! What trust rests on, inferred anew from what is on record: never typed in.

use super::Actor;
use super::follow_up::Setting;
use super::satisfaction::scores;
use crate::store;
use aftercare_customer_domain::case::{CaseKind, CaseState};
use aftercare_customer_domain::customer::{Customer, TrustEvidence, trust};
use aftercare_customer_domain::follow_up::{FollowUp, FollowUpKind, FollowUpResult};
use aftercare_customer_domain::survey::QuestionKind;
use aftercare_platform::database::StoreError;
use aftercare_platform::status::Error;
use jiff::Timestamp;
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, ConnectionTrait, PaginatorTrait, QueryFilter};

/// Sets the customer's trust level to what the evidence says, if it is another.
pub(crate) async fn infer(
    db: &impl ConnectionTrait,
    actor: &Actor,
    setting: &Setting,
) -> Result<(), Error> {
    let found = trust(&evidence(db, actor, setting).await?);
    let customer = &setting.customer;
    if customer.value.trust_level == found {
        return Ok(());
    }
    let value = Customer { trust_level: found, ..customer.value.clone() };
    let row = store::customer::row(&actor.tenant, &customer.revised(value, actor.now))?;
    Ok(store::customer::save(db, vec![row]).await?)
}

/// A done contact as an answer of 1 to 5.
fn satisfaction(done: &FollowUp) -> Option<(Timestamp, i32)> {
    let outcome = done.outcome.as_ref()?;
    if matches!(done.kind, FollowUpKind::LostDeal | FollowUpKind::Greeting) {
        return None;
    }
    let score = match outcome.result {
        FollowUpResult::Positive => 5,
        FollowUpResult::Neutral => 3,
        FollowUpResult::Negative => 2,
        FollowUpResult::NotReached => return None,
    };
    Some((outcome.recorded, score))
}

async fn evidence(
    db: &impl ConnectionTrait,
    actor: &Actor,
    setting: &Setting,
) -> Result<TrustEvidence, Error> {
    use store::case::entity::Column;
    let id = setting.customer.id.as_str();
    let time = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
    let mut answers = scores(db, actor, time, (id, QuestionKind::Csat)).await?;
    let done = || setting.follow_ups.iter().map(|stored| &stored.value);
    answers.extend(done().filter_map(satisfaction));
    answers.sort_unstable();
    let complaints = store::case::within(&actor.tenant, &actor.principal)
        .filter(Column::Customer.eq(id))
        .filter(Column::Kind.eq(CaseKind::Complaint.as_str()));
    let closed = complaints.clone().filter(Column::State.eq(CaseState::Closed.as_str()));
    let given_up = complaints.filter(Column::State.eq(CaseState::Withdrawn.as_str()));
    let size = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    let satisfied = size(closed.count(db).await.map_err(StoreError::from)?);
    let withdrawn = size(given_up.count(db).await.map_err(StoreError::from)?);
    let references = setting.customer.value.evidence.as_ref();
    let references = references.and_then(|evidence| evidence.references_given).unwrap_or(0);
    let quoted = done().filter(|done| {
        let positive = done.outcome.as_ref().map(|outcome| outcome.result);
        done.kind == FollowUpKind::TestimonialRequest && positive == Some(FollowUpResult::Positive)
    });
    let machines = store::asset::count(db, &actor.tenant, id).await?;
    // Every machine after the first was bought again.
    let repeat = machines.checked_sub(1);
    Ok(TrustEvidence {
        repeat_purchase_share: repeat.map(|more| Decimal::from(more) / Decimal::from(machines)),
        satisfaction: answers.iter().filter_map(|(_, score)| u8::try_from(*score).ok()).collect(),
        complaints: satisfied.saturating_add(withdrawn),
        complaints_satisfied: satisfied,
        referrals: references.saturating_add(u32::try_from(quoted.count()).unwrap_or(u32::MAX)),
    })
}
