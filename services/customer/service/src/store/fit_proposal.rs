//! Fits that wait for a second person: one a customer.

use super::document::{document, upsert};
use super::{json, micros, parse};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use jiff::Timestamp;
use sea_orm::{ConnectionTrait, EntityTrait};
use serde::{Deserialize, Serialize};

document!("customer_fit_proposal", [id], [], []);

/// A proposal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct FitProposal {
    /// The word of the fit.
    pub fit: String,
    pub reason: String,
    pub proposer: String,
    pub expires: Option<Timestamp>,
    pub proposed: Timestamp,
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    customer: &str,
) -> Result<Option<FitProposal>, StoreError> {
    let key = (tenant.to_string(), customer.to_owned());
    let row = entity::Entity::find_by_id(key).one(db).await?;
    row.map(|row| parse(TABLE, &row.doc)).transpose()
}

pub(crate) async fn save(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (customer, proposal): (&str, &FitProposal),
) -> Result<(), StoreError> {
    let row = entity::Model {
        tenant: tenant.to_string(),
        id: customer.to_owned(),
        revision: 1,
        create_time: micros(proposal.proposed),
        update_time: micros(proposal.proposed),
        doc: json(TABLE, proposal)?,
    };
    upsert::<entity::Entity>(db, vec![row]).await
}

pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    customer: &str,
) -> Result<(), StoreError> {
    let key = (tenant.to_string(), customer.to_owned());
    entity::Entity::delete_by_id(key).exec(db).await?;
    Ok(())
}
