//! Answers to surveys: added, read, never changed.

use super::document::document;
use super::{ROWS_A_STATEMENT, Stored, instant, json, micros, parse};
use aftercare_customer_domain::survey::Response;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use jiff::Timestamp;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};

document!("customer_survey_response", [survey, id], [customer], []);

impl TryFrom<entity::Model> for Stored<Response> {
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

/// Answers to a survey.
pub(crate) fn within(tenant: &TenantId, survey: &str) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find()
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::Survey.eq(survey))
}

pub(crate) async fn count(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    survey: &str,
) -> Result<u64, StoreError> {
    Ok(within(tenant, survey).count(db).await?)
}

pub(crate) async fn add(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    survey: &str,
    stored: &Stored<Response>,
) -> Result<(), StoreError> {
    let row = entity::Model {
        tenant: tenant.to_string(),
        survey: survey.to_owned(),
        id: stored.id.clone(),
        customer: stored.value.customer.clone(),
        revision: stored.revision,
        create_time: micros(stored.created),
        update_time: micros(stored.updated),
        doc: json(TABLE, &stored.value)?,
    };
    entity::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// All answers of a time, of one customer or of all, each with its survey: page by page, so that none is read twice.
pub(crate) async fn between(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (from, to): (Timestamp, Timestamp),
    customer: Option<&str>,
) -> Result<Vec<(String, Stored<Response>)>, StoreError> {
    let mut select = entity::Entity::find()
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::CreateTime.gte(micros(from)))
        .filter(entity::Column::CreateTime.lt(micros(to)))
        .order_by_asc(entity::Column::Id);
    if let Some(customer) = customer {
        select = select.filter(entity::Column::Customer.eq(customer));
    }
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let page = select.clone().filter(entity::Column::Id.gt(after.as_str()));
        let rows = page.limit(ROWS_A_STATEMENT as u64).all(db).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after.clone_from(&last.id);
        for row in rows {
            found.push((row.survey.clone(), Stored::try_from(row)?));
        }
    }
}
