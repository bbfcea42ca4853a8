//! Plain shipments: stored once, corrected when sent again with other content.

use super::capture::count;
use super::judge::judge;
use super::raise;
use crate::convert::shipment::{items, present, read};
use crate::server::Server;
use crate::store::{market, movement, shipment};
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_channel_domain::custody::{Move, Movement};
use aftercare_kernel::fault::Violations;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use std::collections::BTreeSet;

/// Most entries of a batch.
pub(super) const MAX_BATCH: usize = 1000;

pub(crate) async fn record(
    server: &Server,
    call: Call,
    request: pb::BatchRecordShipmentsRequest,
) -> Result<pb::BatchRecordShipmentsResponse, Error> {
    let facts = market::load(server.home.read(), call.tenant(), server.zone.clone()).await?;
    let mut wrong = Violations::new();
    size(request.shipments.len(), "shipments", &mut wrong);
    let mut parsed = Vec::with_capacity(request.shipments.len());
    let mut ids = BTreeSet::new();
    for (i, wire) in request.shipments.iter().enumerate() {
        let one = wrong.within(&format!("shipments[{i}]"), |wrong| {
            let one = read(wire, &facts, call.now, wrong)?;
            if !ids.insert(one.id.clone()) {
                wrong.add("name", "stands in the batch twice");
            }
            Some(one)
        });
        parsed.extend(one);
    }
    wrong.finish()?;
    let mut write = server.home.write(&call, &request.request_id, &request).await?;
    if let Some(done) = write.replayed()? {
        return Ok(done);
    }
    let tx = write.tx();
    let ids: Vec<String> = ids.into_iter().collect();
    let known = shipment::digests(tx, call.tenant(), &ids).await?;
    let (mut rows, mut movements, mut corrected, mut events) = (vec![], vec![], vec![], vec![]);
    let mut response = pb::BatchRecordShipmentsResponse::default();
    for one in &parsed {
        let row = shipment::row(call.tenant(), &one.id, &one.shipment, call.now)?;
        response.shipments.push(present(&row)?);
        let evidence = format!("shipments/{}", one.id);
        match known.get(&one.id) {
            Some(digest) if *digest == row.digest => continue,
            Some(_) => corrected.push(evidence.clone()),
            None => {}
        }
        let action = Move::Shipped {
            from: one.shipment.shipper.clone(),
            to: one.shipment.consignee.clone(),
            returned: one.shipment.returned,
        };
        let goods = items(&one.shipment, &facts);
        events.push(raise::shipment(&evidence, &evidence, &action, one.shipment.at, goods.len()));
        let movement = Movement { at: one.shipment.at, action, evidence };
        movements.extend(
            goods.iter().map(|(item, gtin)| movement::row(call.tenant(), item, gtin, &movement)),
        );
        rows.push(row);
    }
    response.stored = count(rows.len());
    let mut moved: BTreeSet<String> = movements.iter().map(|row| row.item.clone()).collect();
    moved.extend(movement::remove(tx, call.tenant(), &corrected).await?);
    shipment::save(tx, rows).await?;
    movement::insert(tx, movements).await?;
    let judged = judge(tx, call.tenant(), &facts, Vec::new(), moved).await?;
    response.rejudged = count(judged.changed.len());
    write.emit_all(events.into_iter().chain(raise::sightings(&judged)?)).await?;
    write.commit(response).await
}

/// Notes a batch that is empty or too long.
pub(super) fn size(entries: usize, field: &str, wrong: &mut Violations) {
    if entries == 0 || entries > MAX_BATCH {
        wrong.add(field, format!("must hold 1 to {MAX_BATCH} entries"));
    }
}
