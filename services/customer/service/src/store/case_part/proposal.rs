//! Proposals of cases.

use crate::store::{Stored, insert_all, instant, json, micros, parse};
use aftercare_customer_domain::case::Proposal;
use aftercare_kernel::currency::Currency;
use aftercare_kernel::ids::TenantId;
use aftercare_kernel::money::Money;
use aftercare_platform::database::StoreError;
use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_proposal")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub case_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub customer: String,
        pub state: String,
        pub currency: String,
        pub value_micros: i64,
        pub grant_time: i64,
        pub revision: i64,
        pub create_time: i64,
        pub update_time: i64,
        pub doc: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "customer_proposal";

/// The row of a proposal; `granted` is when it was offered, 0 before.
pub(crate) fn row(
    tenant: &TenantId,
    (case, customer): (&str, &str),
    stored: &Stored<Proposal>,
) -> Result<entity::Model, StoreError> {
    let proposal = &stored.value;
    Ok(entity::Model {
        tenant: tenant.to_string(),
        case_id: case.to_owned(),
        id: stored.id.clone(),
        customer: customer.to_owned(),
        state: proposal.state.clone(),
        currency: proposal.value.currency().code().to_owned(),
        value_micros: proposal.value.micros(),
        grant_time: proposal.offered.map_or(0, micros),
        revision: stored.revision,
        create_time: micros(stored.created),
        update_time: micros(stored.updated),
        doc: json(TABLE, proposal)?,
    })
}

/// What was offered and not declined: in the case whenever it was, and to the customer since an instant.
pub(crate) async fn granted(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (case, customer, except): (&str, &str, &str),
    (currency, since): (Currency, Timestamp),
) -> Result<(Money, Money), StoreError> {
    let rows = entity::Entity::find()
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::Customer.eq(customer))
        .filter(entity::Column::Currency.eq(currency.code()))
        .filter(entity::Column::State.is_in(["OFFERED", "ACCEPTED"]))
        .filter(
            Condition::any()
                .add(entity::Column::GrantTime.gte(micros(since)))
                .add(entity::Column::CaseId.eq(case)),
        )
        .all(db)
        .await?;
    let mut sums = (0i64, 0i64);
    for row in rows.iter().filter(|row| !(row.case_id == case && row.id == except)) {
        if row.grant_time >= micros(since) {
            sums.1 = sums.1.saturating_add(row.value_micros);
        }
        if row.case_id == case {
            sums.0 = sums.0.saturating_add(row.value_micros);
        }
    }
    Ok((Money::from_micros(sums.0, currency), Money::from_micros(sums.1, currency)))
}

impl TryFrom<entity::Model> for Stored<Proposal> {
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

pub(crate) async fn of_case(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    case: &str,
) -> Result<Vec<Stored<Proposal>>, StoreError> {
    let rows = within(tenant, case).order_by_asc(entity::Column::Id).all(db).await?;
    rows.into_iter().map(Stored::try_from).collect()
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (case, id): (&str, &str),
) -> Result<Stored<Proposal>, StoreError> {
    let row = within(tenant, case).filter(entity::Column::Id.eq(id)).one(db).await?;
    let name = || StoreError::NotFound { name: format!("cases/{case}/proposals/{id}") };
    Stored::try_from(row.ok_or_else(name)?)
}

/// Proposals of a case.
pub(crate) fn within(tenant: &TenantId, case: &str) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find()
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::CaseId.eq(case))
}

/// Writes rows, new or changed, in as few statements as the databases allow.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    rows: Vec<entity::Model>,
) -> Result<(), StoreError> {
    insert_all::<entity::Entity>(db, &rows, &on_conflict()).await
}

fn on_conflict() -> OnConflict {
    OnConflict::columns([entity::Column::Tenant, entity::Column::CaseId, entity::Column::Id])
        .update_columns([
            entity::Column::Customer,
            entity::Column::State,
            entity::Column::Currency,
            entity::Column::ValueMicros,
            entity::Column::GrantTime,
            entity::Column::Revision,
            entity::Column::UpdateTime,
            entity::Column::Doc,
        ])
        .to_owned()
}
