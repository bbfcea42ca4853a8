//! What remedies cost: the values of proposals that were offered in a time.

use super::case_part::proposal::entity;
use super::micros;
use aftercare_kernel::currency::Currency;
use aftercare_kernel::ids::TenantId;
use aftercare_kernel::money::Money;
use aftercare_platform::database::StoreError;
use jiff::Timestamp;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

/// Values of a customer's proposals that were offered in a time and not refused.
pub(crate) async fn offered(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    customer: &str,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<Money>, StoreError> {
    let rows = entity::Entity::find()
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::Customer.eq(customer))
        .filter(entity::Column::State.is_in(["OFFERED", "ACCEPTED"]))
        .filter(entity::Column::GrantTime.gte(micros(from)))
        .filter(entity::Column::GrantTime.lt(micros(to)))
        .filter(entity::Column::GrantTime.ne(0));
    let mut found = Vec::new();
    for row in rows.all(db).await? {
        let currency = Currency::parse(&row.currency);
        let currency = currency.map_err(|error| StoreError::corrupt("customer_proposal", error))?;
        found.push(Money::from_micros(row.value_micros, currency));
    }
    Ok(found)
}
