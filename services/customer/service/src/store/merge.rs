//! What each merge moved, so that it can be taken back.

use super::document::{document, upsert};
use super::{json, micros, parse};
use aftercare_customer_domain::customer::ExternalKey;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use jiff::Timestamp;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};

document!("customer_merge", [id], [customer, into_customer, state], []);

/// Ids of what was moved.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Moved {
    pub customers: Vec<String>,
    pub contacts: Vec<String>,
    pub sites: Vec<String>,
    pub assets: Vec<String>,
    pub cases: Vec<String>,
    pub work_orders: Vec<String>,
    pub entitlements: Vec<String>,
    /// None in merges of before there were follow-ups.
    #[serde(default)]
    pub follow_ups: Vec<String>,
    pub external_keys: Vec<ExternalKey>,
}

/// A merge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Merge {
    pub customer: String,
    pub into: String,
    pub reason: String,
    pub principal: String,
    pub moved: Moved,
    /// Why and by whom it was taken back.
    pub undone: Option<(String, String)>,
}

pub(crate) const DONE: &str = "DONE";
const UNDONE: &str = "UNDONE";

pub(crate) async fn save(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (id, merge, now): (&str, &Merge, Timestamp),
) -> Result<(), StoreError> {
    let row = entity::Model {
        tenant: tenant.to_string(),
        id: id.to_owned(),
        customer: merge.customer.clone(),
        into_customer: merge.into.clone(),
        state: if merge.undone.is_some() { UNDONE } else { DONE }.to_owned(),
        revision: 1,
        create_time: micros(now),
        update_time: micros(now),
        doc: json(TABLE, merge)?,
    };
    upsert::<entity::Entity>(db, vec![row]).await
}

/// The merge of a customer that holds, with its id.
pub(crate) async fn of(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    customer: &str,
) -> Result<Option<(String, Merge)>, StoreError> {
    let row = entity::Entity::find()
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::Customer.eq(customer))
        .filter(entity::Column::State.eq(DONE))
        .order_by_desc(entity::Column::Id)
        .one(db)
        .await?;
    row.map(|row| Ok((row.id, parse(TABLE, &row.doc)?))).transpose()
}
