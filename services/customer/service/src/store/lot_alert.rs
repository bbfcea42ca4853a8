//! Lots that went over their control limit: one row for each time.

use super::document::{document, upsert};
use super::{Stored, instant, json, micros, parse};
use aftercare_customer_domain::quality::{LotAlert, LotAlertState};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use jiff::Timestamp;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

document!("customer_lot_alert", [id], [product, lot, state], []);

/// An alert as it was raised, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RaisedAlert {
    pub state: LotAlertState,
    pub alert: LotAlert,
    pub closed: Option<Timestamp>,
}

impl TryFrom<entity::Model> for Stored<RaisedAlert> {
    type Error = StoreError;
    fn try_from(row: entity::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            value: parse(TABLE, &row.doc)?,
            revision: row.revision,
            created: instant(TABLE, row.create_time)?,
            updated: instant(TABLE, row.update_time)?,
        })
    }
}

/// Alerts of the tenant.
pub(crate) fn within(tenant: &TenantId) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()))
}

/// Those of a product whose lots are still over their limit.
pub(crate) async fn open(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    product: &str,
) -> Result<Vec<Stored<RaisedAlert>>, StoreError> {
    let rows = within(tenant)
        .filter(entity::Column::Product.eq(product))
        .filter(entity::Column::State.eq(LotAlertState::Open.as_str()));
    rows.all(db).await?.into_iter().map(Stored::try_from).collect()
}

/// Writes alerts, new or changed.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    all: &[Stored<RaisedAlert>],
) -> Result<(), StoreError> {
    let row = |stored: &Stored<RaisedAlert>| {
        Ok(entity::Model {
            tenant: tenant.to_string(),
            id: stored.id.clone(),
            product: stored.value.alert.product.clone(),
            lot: stored.value.alert.lot.clone(),
            state: stored.value.state.to_string(),
            revision: stored.revision,
            create_time: micros(stored.created),
            update_time: micros(stored.updated),
            doc: json(TABLE, &stored.value)?,
        })
    };
    let rows: Result<Vec<_>, StoreError> = all.iter().map(row).collect();
    upsert::<entity::Entity>(db, rows?).await
}
