//! Entitlements: what customers and machines are owed; they follow pricing's contracts.

use super::{Actor, parsed};
use crate::convert::entitlement::present;
use crate::store;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_kernel::ids::name_segments;
use aftercare_platform::status::Error;
use sea_orm::ConnectionTrait;

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &pb::GetEntitlementRequest,
) -> Result<pb::Entitlement, Error> {
    let pattern = "customers/{customer}/entitlements/{entitlement}";
    let [customer, id] =
        parsed(|wrong| wrong.take("name", name_segments::<2>(pattern, &request.name)))?;
    let stored = store::entitlement::get(db, &actor.tenant, (customer, id)).await?;
    Ok(present(&stored, customer, actor.now))
}
