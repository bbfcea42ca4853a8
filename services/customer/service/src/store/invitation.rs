//! Customers drawn for a survey, with the digest of the token that answers for them.

use super::document::document;
use super::{ROWS_A_STATEMENT, micros};
use aftercare_customer_domain::grade::Grade;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};

document!("customer_survey_invitation", [survey, customer], [grade, state, token_sha256], []);

const DRAWN: &str = "DRAWN";
const INVITED: &str = "INVITED";
const ANSWERED: &str = "ANSWERED";

fn within(tenant: &TenantId) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()))
}

/// Stores who was drawn.
pub(crate) async fn draw(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    survey: &str,
    drawn: &[(String, Option<Grade>)],
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = |(customer, grade): &(String, Option<Grade>)| entity::Model {
        tenant: tenant.to_string(),
        survey: survey.to_owned(),
        customer: customer.clone(),
        grade: grade.map(|grade| grade.to_string()).unwrap_or_default(),
        state: DRAWN.to_owned(),
        token_sha256: String::new(),
        revision: 1,
        create_time: micros(now),
        update_time: micros(now),
        doc: "{}".to_owned(),
    };
    for chunk in drawn.chunks(ROWS_A_STATEMENT) {
        let rows = chunk.iter().map(|one| row(one).into_active_model());
        entity::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Drawn customers without a token, by id.
pub(crate) async fn waiting(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    survey: &str,
    most: u64,
) -> Result<(Vec<String>, u64), StoreError> {
    let waiting = within(tenant)
        .filter(entity::Column::Survey.eq(survey))
        .filter(entity::Column::State.eq(DRAWN));
    let count = waiting.clone().count(db).await?;
    let rows = waiting.order_by_asc(entity::Column::Customer).limit(most).all(db).await?;
    Ok((rows.into_iter().map(|row| row.customer).collect(), count))
}

/// Those of the customers who were drawn and have not answered.
pub(crate) async fn unanswered(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    survey: &str,
    customers: &[String],
) -> Result<Vec<String>, StoreError> {
    let rows = within(tenant)
        .filter(entity::Column::Survey.eq(survey))
        .filter(entity::Column::Customer.is_in(customers.iter().map(String::as_str)))
        .filter(entity::Column::State.ne(ANSWERED));
    Ok(rows.all(db).await?.into_iter().map(|row| row.customer).collect())
}

/// Gives a customer a token, of which the digest is kept; one given before stops working.
pub(crate) async fn give(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (survey, customer): (&str, &str),
    digest: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    entity::Entity::update_many()
        .col_expr(entity::Column::State, Expr::value(INVITED))
        .col_expr(entity::Column::TokenSha256, Expr::value(digest))
        .col_expr(entity::Column::UpdateTime, Expr::value(micros(now)))
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::Survey.eq(survey))
        .filter(entity::Column::Customer.eq(customer))
        .exec(db)
        .await?;
    Ok(())
}

/// The invitation that a token opens, if it was not used.
pub(crate) async fn by_token(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    digest: &str,
) -> Result<Option<entity::Model>, StoreError> {
    let row = within(tenant)
        .filter(entity::Column::TokenSha256.eq(digest))
        .filter(entity::Column::State.eq(INVITED));
    Ok(row.one(db).await?)
}

/// Uses a token up; false if another write was quicker.
pub(crate) async fn use_up(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    digest: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let used = entity::Entity::update_many()
        .col_expr(entity::Column::State, Expr::value(ANSWERED))
        .col_expr(entity::Column::UpdateTime, Expr::value(micros(now)))
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::TokenSha256.eq(digest))
        .filter(entity::Column::State.eq(INVITED))
        .exec(db)
        .await?;
    Ok(used.rows_affected == 1)
}
