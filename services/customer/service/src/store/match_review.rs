//! Matches that wait for a person, or that a person decided.

use super::document::{document, upsert};
use super::{ROWS_A_STATEMENT, Stored, instant, json, micros, parse};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

document!("customer_match_review", [id], [first, second, state], []);

/// What one comparison added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Added {
    pub comparison: String,
    pub level: String,
    pub bits: f64,
    pub left: String,
    pub right: String,
}

/// A pair of customers, the smaller id first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Review {
    pub first: String,
    pub second: String,
    pub probability: f64,
    pub weight: f64,
    pub weights: Vec<Added>,
    /// `REVIEW`, `CONFIRMED` or `DECLINED`.
    pub state: String,
    pub principal: String,
    pub reason: String,
}

/// The id of a pair's review: there is one for each pair.
pub(crate) fn pair_id(one: &str, other: &str) -> String {
    let (first, second) = if one < other { (one, other) } else { (other, one) };
    let pair = format!("{first}\u{0}{second}");
    hex::encode(&Sha256::digest(pair.as_bytes())[..16])
}

impl TryFrom<entity::Model> for Stored<Review> {
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

pub(crate) fn within(tenant: &TenantId) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()))
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<Stored<Review>, StoreError> {
    let row = within(tenant).filter(entity::Column::Id.eq(id)).one(db).await?;
    let name = || StoreError::NotFound { name: format!("matchReviews/{id}") };
    Stored::try_from(row.ok_or_else(name)?)
}

/// Those of the ids that exist.
pub(crate) async fn find_all(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[String],
) -> Result<Vec<Stored<Review>>, StoreError> {
    let mut found = Vec::new();
    for chunk in ids.chunks(ROWS_A_STATEMENT) {
        let wanted = entity::Column::Id.is_in(chunk.iter().map(String::as_str));
        for row in within(tenant).filter(wanted).all(db).await? {
            found.push(Stored::try_from(row)?);
        }
    }
    Ok(found)
}

/// Takes a value out of what was compared of a customer, in the reviews of all its pairs.
pub(crate) async fn forget(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (customer, comparison, value): (&str, &str, &str),
) -> Result<(), StoreError> {
    let of = Condition::any()
        .add(entity::Column::First.eq(customer))
        .add(entity::Column::Second.eq(customer));
    let mut changed: Vec<Stored<Review>> = Vec::new();
    for row in within(tenant).filter(of).all(db).await? {
        let mut stored: Stored<Review> = Stored::try_from(row)?;
        let first = stored.value.first == customer;
        let mut found = false;
        for added in &mut stored.value.weights {
            let own = if first { &mut added.left } else { &mut added.right };
            if added.comparison == comparison && own == value {
                own.clear();
                found = true;
            }
        }
        if found {
            stored.revision += 1;
            changed.push(stored);
        }
    }
    save(db, tenant, &changed).await
}

pub(crate) async fn save(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    all: &[Stored<Review>],
) -> Result<(), StoreError> {
    let row = |stored: &Stored<Review>| {
        let review = &stored.value;
        Ok(entity::Model {
            tenant: tenant.to_string(),
            id: stored.id.clone(),
            first: review.first.clone(),
            second: review.second.clone(),
            state: review.state.clone(),
            revision: stored.revision,
            create_time: micros(stored.created),
            update_time: micros(stored.updated),
            doc: json(TABLE, review)?,
        })
    };
    let rows: Result<Vec<_>, StoreError> = all.iter().map(row).collect();
    upsert::<entity::Entity>(db, rows?).await
}
