//! Who answers for an item.

use super::shipment::MAX_BATCH;
use crate::convert::sighting::custody;
use crate::server::Server;
use crate::store::movement;
use aftercare_api::aftercare::channel::v1 as pb;
use aftercare_channel_domain::gs1::Item;
use aftercare_kernel::fault::Violations;
use aftercare_platform::database::StoreError;
use aftercare_platform::identity::Call;
use aftercare_platform::status::Error;
use aftercare_platform::wire::instant;
use jiff::Timestamp;

pub(crate) async fn get(
    server: &Server,
    call: Call,
    request: pb::GetCustodyRequest,
) -> Result<pb::Custody, Error> {
    let mut wrong = Violations::new();
    let item = wrong.take("item", Item::parse(&request.item)).map(|item| item.to_string());
    let until = until(request.as_of.as_ref(), call.now, &mut wrong);
    wrong.finish()?;
    let item = item.unwrap_or_default();
    let ledger =
        movement::ledger(server.home.read(), call.tenant(), std::slice::from_ref(&item)).await?;
    let chain = ledger.chain(&item, until);
    if chain.steps.is_empty() {
        return Err(StoreError::NotFound { name: item }.into());
    }
    Ok(custody(&item, &chain))
}

pub(crate) async fn batch_get(
    server: &Server,
    call: Call,
    request: pb::BatchGetCustodyRequest,
) -> Result<pb::BatchGetCustodyResponse, Error> {
    let mut wrong = Violations::new();
    super::shipment::size(request.items.len(), "items", &mut wrong);
    let mut items = Vec::with_capacity(request.items.len().min(MAX_BATCH));
    for (i, text) in request.items.iter().enumerate() {
        let item = wrong.take(&format!("items[{i}]"), Item::parse(text));
        items.extend(item.map(|item| item.to_string()));
    }
    let until = until(request.as_of.as_ref(), call.now, &mut wrong);
    wrong.finish()?;
    let ledger = movement::ledger(server.home.read(), call.tenant(), &items).await?;
    let custodies = items.iter().map(|item| custody(item, &ledger.chain(item, until))).collect();
    Ok(pb::BatchGetCustodyResponse { custodies })
}

fn until(
    asked: Option<&prost_types::Timestamp>,
    now: Timestamp,
    wrong: &mut Violations,
) -> Timestamp {
    asked.and_then(|asked| wrong.take("as_of", instant(asked))).unwrap_or(now)
}
