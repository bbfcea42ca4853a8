//! Customer 360: our own part of the view, and what other services say in time, with who is missing and why.

mod live;
mod source;

use crate::convert::asset::present as present_asset;
use crate::convert::case::present as present_case;
use crate::convert::contact::present as present_contact;
use crate::convert::customer::{customer_id, present as present_customer};
use crate::convert::entitlement::present as present_entitlement;
use crate::convert::follow_up::present as present_follow_up;
use crate::convert::grade::present as present_grade;
use crate::convert::value::{wire_instant, wire_span};
use crate::convert::work_order::present as present_work_order;
use crate::handler::clock::of_case;
use crate::handler::satisfaction::last_answers;
use crate::handler::{Actor, parsed};
use crate::server::Server;
use crate::store::asset::Owned;
use crate::store::{self, Stored};
use crate::timelines::Timelines;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use jiff::SignedDuration;
use sea_orm::{ConnectionTrait, QueryOrder, QuerySelect};
use std::future::Future;
use std::time::{Duration, Instant};
use tonic::{Code, Status};

/// How many entries of each list a view has.
fn max_items(asked: i32) -> u64 {
    match u64::try_from(asked) {
        Ok(0) | Err(_) => 20,
        Ok(asked) => asked.min(100),
    }
}

/// How long other services have.
fn source_timeout(asked: Option<&prost_types::Duration>) -> Duration {
    let asked = asked.and_then(|asked| Duration::try_from(*asked).ok());
    match asked {
        None | Some(Duration::ZERO) => Duration::from_millis(300),
        Some(asked) => asked.min(Duration::from_secs(5)),
    }
}

/// The whole view: our own part, and at the same time what the other services say.
pub(crate) async fn gather(
    server: &Server,
    call: &Call,
    request: &pb::GetCustomer360Request,
) -> Result<pb::Customer360, Error> {
    let id = parsed(|wrong| customer_id(&request.name, "name", wrong))?;
    let actor = &server.actor(call);
    let most = max_items(request.max_items);
    let timeout = source_timeout(request.source_timeout.as_ref());
    let db = server.home.read();
    let customer = store::customer::get(db, &actor.tenant, id.as_str()).await?;
    let (region, known) = (customer.value.region.clone(), customer.clone());
    let own = own(db, &server.timelines, actor, (customer, most));
    let contracts =
        ask(("pricing", timeout), actor, source::contracts(server, call, &request.name));
    let conflicts = ask(("channel", timeout), actor, source::conflicts(server, call));
    let max_age = request.live_max_age.unwrap_or_default();
    let live = live::read(server, call, (&known, (timeout, max_age)));
    let (own, contracts, conflicts, live) = tokio::join!(own, contracts, conflicts, live);
    let mut view = own?;
    match contracts {
        Ok((contracts, report)) => {
            view.contracts = contracts;
            view.sources.push(report);
        }
        Err(missing) => view.missing_sources.push(missing),
    }
    match conflicts {
        Ok((conflicts, report)) => {
            let told = concern(db, actor, (id.as_str(), &view), &conflicts).await?;
            view.conflicts = source::concerning(&told, region.as_ref(), conflicts);
            view.sources.push(report);
        }
        Err(missing) => view.missing_sources.push(missing),
    }
    view.field_conflicts = live::conflicts(&known, &live.fields);
    view.live_fields = live.fields;
    view.sources.extend(live.reports);
    view.missing_sources.extend(live.missing);
    Ok(view)
}

/// What conflicts can concern a customer by: all its cases that they name, and all who sold it a machine, whether the
/// view lists them or not.
async fn concern(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (id, view): (&str, &pb::Customer360),
    conflicts: &[aftercare_api::aftercare::channel::v1::Conflict],
) -> Result<source::Concern, Error> {
    let mut concern = source::Concern::of(view);
    if conflicts.is_empty() {
        return Ok(concern);
    }
    let named = conflicts.iter().filter_map(|conflict| conflict.case.strip_prefix("cases/"));
    let named: Vec<String> = named.map(str::to_owned).collect();
    let cases = store::case::of_these(db, &actor.tenant, &actor.principal, (id, &named)).await?;
    concern.cases.extend(cases.into_iter().map(|id| format!("cases/{id}")));
    if usize::try_from(view.asset_count).unwrap_or(0) > view.assets.len() {
        concern.distributors.extend(store::asset::distributors(db, &actor.tenant, id).await?);
    }
    Ok(concern)
}

/// All that this service knows itself.
async fn own(
    db: &impl ConnectionTrait,
    timelines: &Timelines,
    actor: &Actor,
    (customer, most): (Stored<aftercare_customer_domain::customer::Customer>, u64),
) -> Result<pb::Customer360, Error> {
    let began = Instant::now();
    let tenant = &actor.tenant;
    let id = customer.id.clone();
    let accounts = store::customer::children(db, tenant, &id, most).await?;
    let contacts = store::contact::within(tenant, &id).limit(most).all(db).await;
    let mut view = pb::Customer360 {
        customer: Some(present_customer(&customer)),
        accounts: accounts.iter().map(present_customer).collect(),
        asset_count: i32::try_from(store::asset::count(db, tenant, &id).await?).unwrap_or(i32::MAX),
        ..Default::default()
    };
    let contacts = contacts.map_err(StoreError::from)?;
    for person in store::contact::opened(db, tenant, contacts).await? {
        // Always masked: a view of everything has no purpose that could be logged.
        view.contacts.push(present_contact(&person.stored, &id, false));
    }
    let newest = store::asset::within(tenant, &id)
        .order_by_desc(store::asset::entity::Column::CommissionDate)
        .order_by_asc(store::asset::entity::Column::Id);
    for row in newest.limit(most).all(db).await.map_err(StoreError::from)? {
        let owned = Owned::try_from(row)?;
        view.assets.push(present_asset(&owned.asset, &owned.customer));
    }
    let entitlements = store::entitlement::within(tenant, &id).limit(most).all(db).await;
    for row in entitlements.map_err(StoreError::from)? {
        view.entitlements.push(present_entitlement(&Stored::try_from(row)?, &id, actor.now));
    }
    let (cases, count) = store::case::open(db, tenant, &actor.principal, (&id, most)).await?;
    view.open_case_count = i32::try_from(count).unwrap_or(i32::MAX);
    for case in cases {
        let clocks = of_case(db, timelines, actor, &case.id).await?;
        view.open_cases.push(present_case(&case, clocks));
    }
    for placed in store::work_order::recent(db, tenant, &id, most).await? {
        let order = present_work_order(&placed.order, &placed.asset, &placed.customer);
        view.recent_work_orders.push(order);
    }
    for planned in store::follow_up::next(db, tenant, (&id, most)).await? {
        view.follow_ups.push(present_follow_up(&planned, &id));
    }
    view.satisfaction = last_answers(db, actor, &id).await?;
    let history = store::grade::history(db, tenant, &id, 1).await?;
    view.grade = history.first().map(|record| present_grade(record, &id));
    view.read_time = Some(wire_instant(actor.now));
    view.sources.push(report("customer", began, actor));
    Ok(view)
}

fn report(source: &str, began: Instant, actor: &Actor) -> pb::SourceReport {
    let latency = SignedDuration::try_from(began.elapsed()).unwrap_or(SignedDuration::MAX);
    pb::SourceReport {
        source: source.to_owned(),
        latency: Some(wire_span(latency)),
        observe_time: Some(wire_instant(actor.now)),
    }
}

/// Whether the service is not part of this installation, rather than away for now.
fn not_connected(status: &Status) -> bool {
    use tonic_types::StatusExt;
    let info = status.get_details_error_info();
    info.is_some_and(|info| info.reason == "SERVICE_NOT_CONNECTED")
}

/// What a source answered, or why it is missing; nothing of a source that is late is ever shown.
async fn ask<T>(
    (source, timeout): (&str, Duration),
    actor: &Actor,
    call: impl Future<Output = Result<T, Status>>,
) -> Result<(T, pb::SourceReport), pb::MissingSource> {
    let began = Instant::now();
    let missing = |reason: pb::MissingReason, detail: String| pb::MissingSource {
        source: source.to_owned(),
        reason: reason.into(),
        detail,
    };
    match tokio::time::timeout(timeout, call).await {
        Ok(Ok(answer)) => Ok((answer, report(source, began, actor))),
        Ok(Err(status)) => {
            let reason = match status.code() {
                Code::Unimplemented => pb::MissingReason::NotBuilt,
                Code::DeadlineExceeded => pb::MissingReason::Deadline,
                Code::Unavailable if not_connected(&status) => pb::MissingReason::NotConnected,
                _ => pb::MissingReason::Unavailable,
            };
            Err(missing(reason, format!("answered {:?}", status.code())))
        }
        Err(_) => {
            let detail = format!("gave no answer within {} ms", timeout.as_millis());
            Err(missing(pb::MissingReason::Deadline, detail))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aftercare_kernel::ids::TenantId;

    fn actor() -> Actor {
        Actor {
            tenant: TenantId::parse("demo").unwrap(),
            principal: "li".to_owned(),
            roles: Vec::new(),
            now: jiff::Timestamp::UNIX_EPOCH,
            personal: false,
            conduct: false,
        }
    }

    #[tokio::test]
    async fn a_late_or_failing_source_is_named_with_its_reason() {
        let short = Duration::from_millis(20);
        let (actor, never) = (actor(), std::future::pending::<Result<(), Status>>());
        let late = ask(("pricing", short), &actor, never).await.unwrap_err();
        assert_eq!(late.reason(), pb::MissingReason::Deadline);
        let answer = ask(("channel", short), &actor, async { Ok::<_, Status>(7) }).await.unwrap();
        assert_eq!((answer.0, answer.1.source.as_str()), (7, "channel"));
    }

    #[test]
    fn limits_have_their_defaults_and_their_tops() {
        assert_eq!([0, -1, 5, 5000].map(max_items), [20, 20, 5, 100]);
        let of = |seconds, nanos| source_timeout(Some(&prost_types::Duration { seconds, nanos }));
        assert_eq!(source_timeout(None), Duration::from_millis(300));
        assert_eq!((of(0, 0), of(60, 0)), (Duration::from_millis(300), Duration::from_secs(5)));
        assert_eq!(of(0, 50_000_000), Duration::from_millis(50));
    }
}
