//! Lot alerts raise themselves: after completed repairs a job looks at the lots of the product, once a minute at most.

use super::list::{asked, plan as plan_list};
use super::{Actor, Raised, quality};
use crate::convert::quality::alert as wire_alert;
use crate::convert::value::wire_instant;
use crate::convert::word::Word;
use crate::listing::{Asked, LOT_ALERTS};
use crate::store::lot_alert::RaisedAlert;
use crate::store::{self, Stored};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::quality::{LotAlert, LotAlertState, crossings};
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::jobs::{self, Handler, Job, Next, Plan};
use aftercare_platform::paging::Pager;
use aftercare_platform::status::Error;
use aftercare_platform::transaction::Write;
use jiff::{SignedDuration, Timestamp};
use sea_orm::ConnectionTrait;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// One job a product: due at the full minute after a completed repair, so that an import of thousands asks once.
const KIND: &str = "customer.lot-control";

/// Raises and closes alerts.
pub(crate) struct LotControl;

#[async_trait::async_trait]
impl Handler for LotControl {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, call: &Call, write: &mut Write, job: &Job) -> Result<Next, Error> {
        let (actor, product) = (Actor::of_job(call), job.key.as_str());
        let known = store::lot_alert::open(write.tx(), &actor.tenant, product).await?;
        let lots: Vec<String> = known.iter().map(|open| open.value.alert.lot.clone()).collect();
        let over = quality::out_of_control(write.tx(), &actor, product).await?;
        let found = crossings(&lots, over);
        let over = known.iter().filter(|open| found.closed.contains(&open.value.alert.lot));
        let closed = over.map(|open| {
            let (state, closed) = (LotAlertState::Closed, Some(actor.now));
            open.revised(RaisedAlert { state, closed, ..open.value.clone() }, actor.now)
        });
        let raised: Vec<_> =
            found.raised.into_iter().map(|alert| raised(alert, actor.now)).collect();
        let all: Vec<_> = closed.chain(raised.iter().cloned()).collect();
        store::lot_alert::save(write.tx(), &actor.tenant, &all).await?;
        let events = raised.iter().map(|stored| event(stored, actor.now));
        write.emit_all(events.map(|e| (e.subject, e.event_type, e.data))).await?;
        Ok(Next::Done)
    }
}

fn raised(alert: LotAlert, now: Timestamp) -> Stored<RaisedAlert> {
    let digest = Sha256::digest(format!("{}\n{}\n{now}", alert.product, alert.lot));
    let mut id = hex::encode(digest);
    id.truncate(40);
    Stored::new(id, RaisedAlert { state: LotAlertState::Open, alert, closed: None }, now)
}

fn event(stored: &Stored<RaisedAlert>, now: Timestamp) -> Raised {
    let event = pb::LotAlertRaised {
        lot_alert: format!("lotAlerts/{}", stored.id),
        alert: Some(wire_alert(stored.value.alert.clone())),
        event_time: Some(wire_instant(now)),
    };
    Raised::new(event.lot_alert.clone(), &event)
}

/// Plans a look at products whose machines were repaired; one that is planned already stays where it is.
pub(crate) async fn plan(
    db: &impl ConnectionTrait,
    actor: &Actor,
    products: &BTreeSet<&str>,
) -> Result<(), StoreError> {
    let minute = SignedDuration::from_mins(1);
    let seconds = actor.now.as_second().div_euclid(60) * 60;
    let full = Timestamp::from_second(seconds).unwrap_or(actor.now);
    let plans: Vec<Plan<'_>> = products
        .iter()
        .map(|product| Plan { kind: KIND, key: product, due: full + minute, payload: Vec::new() })
        .collect();
    jobs::schedule(db, crate::NAME, &actor.tenant, &plans).await
}

pub(crate) async fn list(
    db: &impl ConnectionTrait,
    pager: &Pager,
    actor: &Actor,
    request: &pb::ListLotAlertsRequest,
) -> Result<pb::ListLotAlertsResponse, Error> {
    let about = (actor, "WorkOrderService/ListLotAlerts");
    let plan = plan_list(pager, about, (&LOT_ALERTS, &["id"]), &asked!(request), |_| {})?;
    let select = store::lot_alert::within(&actor.tenant);
    let (rows, next_page_token) = plan.fetch(select, db).await.map_err(StoreError::from)?;
    let mut lot_alerts = Vec::with_capacity(rows.len());
    for row in rows {
        lot_alerts.push(present(Stored::try_from(row)?));
    }
    Ok(pb::ListLotAlertsResponse { lot_alerts, next_page_token })
}

fn present(stored: Stored<RaisedAlert>) -> pb::LotAlert {
    pb::LotAlert {
        name: format!("lotAlerts/{}", stored.id),
        state: stored.value.state.number(),
        alert: Some(wire_alert(stored.value.alert)),
        create_time: Some(wire_instant(stored.created)),
        close_time: stored.value.closed.map(wire_instant),
    }
}
