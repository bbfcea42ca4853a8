//! What contracts promise for a new case: where an entitlement has an engineer there sooner than the policy, its promise is kept.

use super::Actor;
use super::follow_up::calendar_id;
use super::service_standard::day;
use crate::store::entitlement::Entitlement;
use crate::store::{self, Stored};
use crate::timelines::Timelines;
use aftercare_customer_domain::calendar::Timeline;
use aftercare_customer_domain::case::CaseFile;
use aftercare_customer_domain::clock::{ClockError, ClockRecord, Contracted};
use aftercare_customer_domain::customer::Customer;
use aftercare_customer_domain::entitlement::{EXTENDED, ResponsePromise, ServiceHours, strictest};
use aftercare_customer_domain::milestone::{Milestone, Target};
use aftercare_platform::database::StoreError;
use aftercare_platform::status::Error;
use sea_orm::ConnectionTrait;
use std::sync::Arc;

/// A promise of an entitlement, as a clock can count it.
struct Offer {
    entitlement: String,
    calendar: String,
    target: Target,
    timeline: Arc<Timeline>,
}

/// Gives the clocks of a new case that measure the way to the site the strictest promise of the entitlements that hold on the
/// day of the report. From then on they run by it: what becomes of the entitlement later does not move them.
pub(crate) async fn keep_stricter(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    (customer, file): (&Customer, &CaseFile),
    owed: &[Stored<Entitlement>],
    clocks: &mut [Stored<ClockRecord>],
) -> Result<(), Error> {
    let on_site = |clock: &&mut Stored<ClockRecord>| clock.value.milestone() == Milestone::OnSite;
    for clock in clocks.iter_mut().filter(on_site) {
        let Some(period) = clock.value.periods.last_mut() else { continue };
        let mut offers = Vec::new();
        for own in owed {
            let Some(promise) = own.value.response else { continue };
            let about = (customer, own.id.clone(), promise);
            offers.push(offer(db, timelines, actor, about).await?);
        }
        let calendar = &period.terms.calendar;
        let (_, timeline) = timelines.get(db, &actor.tenant, calendar, None).await?;
        let ends: Vec<_> = offers.iter().map(|o| (o.timeline.as_ref(), o.target)).collect();
        let kept = strictest((&timeline, period.terms.target), &ends, file.reported)
            .map_err(ClockError::from)?;
        let Some(offer) = kept.and_then(|i| offers.into_iter().nth(i)) else { continue };
        period.contracted =
            Some(Contracted { entitlement: offer.entitlement, policy_target: period.terms.target });
        period.terms = period.terms.promising(offer.target, offer.calendar);
    }
    Ok(())
}

/// The entitlements that cover the case's machines, or all of the customer's, on the day of the report; by id.
pub(crate) async fn owed(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (customer, file): (&Customer, &CaseFile),
) -> Result<Vec<Stored<Entitlement>>, Error> {
    let on = day(customer, file.reported);
    let rows = store::entitlement::within(&actor.tenant, &file.customer);
    let mut found = Vec::new();
    for row in rows.all(db).await.map_err(StoreError::from)? {
        let stored: Stored<Entitlement> = Stored::try_from(row)?;
        // By id: the machine may have another owner's name there since a merge.
        let id = |name: &str| name.rsplit('/').next().map(str::to_owned);
        let asset = id(&stored.value.asset);
        let covers = stored.value.asset.is_empty() || file.assets.iter().any(|a| id(a) == asset);
        if covers && stored.value.covers(Some(on)) {
            found.push(stored);
        }
    }
    found.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(found)
}

async fn offer(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    (customer, entitlement, promise): (&Customer, String, ResponsePromise),
) -> Result<Offer, Error> {
    if promise.hours == ServiceHours::Extended {
        match timelines.get(db, &actor.tenant, EXTENDED, None).await {
            Ok((_, timeline)) => {
                let (calendar, target) = (EXTENDED.to_owned(), promise.target(true));
                return Ok(Offer { entitlement, calendar, target, timeline });
            }
            Err(StoreError::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let calendar = calendar_id(customer);
    let (_, timeline) = timelines.get(db, &actor.tenant, &calendar, None).await?;
    Ok(Offer { entitlement, calendar, target: promise.target(false), timeline })
}
