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
    // Of whichever customer: ids are unique in the tenant.
    let (customer, id) = parsed(|wrong| match request.name.strip_prefix("customers/-/") {
        Some(rest) => {
            let [id] = wrong.take("name", name_segments("entitlements/{entitlement}", rest))?;
            Some(("-", id))
        }
        None => {
            let pattern = "customers/{customer}/entitlements/{entitlement}";
            let [customer, id] = wrong.take("name", name_segments(pattern, &request.name))?;
            Some((customer, id))
        }
    })?;
    let (owner, stored) = store::entitlement::get(db, &actor.tenant, (customer, id)).await?;
    Ok(present(&stored, &owner, actor.now))
}
