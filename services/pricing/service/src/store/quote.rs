//! Quotes: what went in, what came out, where they stand.

use super::segment::Source;
use super::{json, parse};
use aftercare_kernel::ids::TenantId;
use aftercare_kernel::money::Money;
use aftercare_platform::database::StoreError;
use aftercare_pricing_domain::approval::{self, Approval, Demand};
use aftercare_pricing_domain::competitor::CompetitorPrice;
use aftercare_pricing_domain::contract::QuoteState;
use aftercare_pricing_domain::explain::Driver;
use aftercare_pricing_domain::quote::{Quote, QuoteInput};
use jiff::civil::Date;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Select,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pricing_quote")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub customer: String,
        pub state: String,
        pub valid_until: String,
        pub service_product: String,
        pub input: String,
        pub figures: String,
        pub drivers: String,
        pub approval: String,
        /// The request of `CreateQuote`; none of what an amendment or a renewal priced.
        pub request: Option<Vec<u8>>,
        pub competitors: String,
        /// Where its segment comes from; empty if nobody knew one.
        pub segment_source: String,
        pub revision: i64,
        pub create_time: i64,
        pub update_time: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "pricing_quote";

/// What a price under the floor demanded when it was issued, and who approved it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct QuoteApproval {
    pub demand: Option<Demand>,
    pub given: Option<Approval>,
}

/// A quote as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct StoredQuote {
    pub id: String,
    pub state: QuoteState,
    pub valid_until: Date,
    pub service_product: String,
    pub input: QuoteInput,
    pub quote: Quote,
    pub drivers: Vec<Driver>,
    pub approval: QuoteApproval,
    /// The request of `CreateQuote` that made it; none of what an amendment or a renewal priced.
    pub request: Option<Vec<u8>>,
    /// What competitors were seen to ask when it was made.
    pub competitors: Vec<CompetitorPrice>,
    /// Where its segment comes from; none if nobody knew one, and of what an amendment or a renewal priced.
    pub segment_source: Option<Source>,
    pub revision: i64,
    pub create_time: i64,
    pub update_time: i64,
}

impl StoredQuote {
    pub fn name(&self) -> String {
        format!("quotes/{}", self.id)
    }

    /// The row.
    pub fn row(&self, tenant: &TenantId) -> Result<entity::Model, StoreError> {
        Ok(entity::Model {
            tenant: tenant.to_string(),
            id: self.id.clone(),
            customer: self.input.customer.clone(),
            state: word(self.state)?,
            valid_until: self.valid_until.to_string(),
            service_product: self.service_product.clone(),
            input: json(TABLE, &self.input)?,
            figures: json(TABLE, &self.quote)?,
            drivers: json(TABLE, &self.drivers)?,
            approval: json(TABLE, &self.approval)?,
            request: self.request.clone(),
            competitors: json(TABLE, &self.competitors)?,
            segment_source: self.segment_source.map_or("", Source::as_str).to_owned(),
            revision: self.revision,
            create_time: self.create_time,
            update_time: self.update_time,
        })
    }
}

impl TryFrom<entity::Model> for StoredQuote {
    type Error = StoreError;
    fn try_from(row: entity::Model) -> Result<Self, StoreError> {
        Ok(Self {
            state: parse(TABLE, &format!("\"{}\"", row.state))?,
            valid_until: row
                .valid_until
                .parse()
                .map_err(|cause| StoreError::corrupt(TABLE, cause))?,
            input: parse(TABLE, &row.input)?,
            quote: parse(TABLE, &row.figures)?,
            drivers: parse(TABLE, &row.drivers)?,
            approval: match row.approval.as_str() {
                "" => QuoteApproval::default(),
                text => parse(TABLE, text)?,
            },
            service_product: row.service_product,
            request: row.request,
            competitors: match row.competitors.as_str() {
                "" => Vec::new(),
                text => parse(TABLE, text)?,
            },
            segment_source: match row.segment_source.as_str() {
                "" => None,
                word => {
                    Some(Source::parse(word).map_err(|cause| StoreError::corrupt(TABLE, cause))?)
                }
            },
            id: row.id,
            revision: row.revision,
            create_time: row.create_time,
            update_time: row.update_time,
        })
    }
}

fn word(state: QuoteState) -> Result<String, StoreError> {
    Ok(json(TABLE, &state)?.trim_matches('"').to_owned())
}

pub(crate) fn all(tenant: &TenantId) -> Select<entity::Entity> {
    entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()))
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<StoredQuote, StoreError> {
    let row = all(tenant).filter(entity::Column::Id.eq(id)).one(db).await?;
    row.ok_or_else(|| StoreError::NotFound { name: format!("quotes/{id}") })?.try_into()
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    quote: &StoredQuote,
) -> Result<(), StoreError> {
    entity::Entity::insert(quote.row(tenant)?.into_active_model())
        .exec_without_returning(db)
        .await
        .map_err(|error| StoreError::unique(error, || quote.name()))?;
    Ok(())
}

/// Moves a quote to another state, its approval as given; a write that came first is a mismatch.
pub(crate) async fn move_to(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    quote: &StoredQuote,
    state: QuoteState,
    now: i64,
) -> Result<StoredQuote, StoreError> {
    let moved =
        StoredQuote { state, revision: quote.revision + 1, update_time: now, ..quote.clone() };
    let done = entity::Entity::update_many()
        .col_expr(entity::Column::State, word(state)?.into())
        .col_expr(entity::Column::Approval, json(TABLE, &moved.approval)?.into())
        .col_expr(entity::Column::Revision, moved.revision.into())
        .col_expr(entity::Column::UpdateTime, now.into())
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::Id.eq(&quote.id))
        .filter(entity::Column::Revision.eq(quote.revision))
        .exec(db)
        .await?;
    if done.rows_affected == 1 {
        Ok(moved)
    } else {
        Err(StoreError::EtagMismatch { name: quote.name() })
    }
}

/// Quotes by their ids.
pub(crate) async fn of_ids(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    mut ids: Vec<String>,
) -> Result<BTreeMap<String, StoredQuote>, StoreError> {
    ids.sort();
    ids.dedup();
    let mut found = BTreeMap::new();
    for chunk in ids.chunks(super::ROWS_A_STATEMENT) {
        for row in all(tenant).filter(entity::Column::Id.is_in(chunk)).all(db).await? {
            found.insert(row.id.clone(), StoredQuote::try_from(row)?);
        }
    }
    Ok(found)
}

/// Quotes that were on a customer's table, accepted ones not among them.
pub(crate) async fn refused(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    customers: Vec<String>,
) -> Result<Vec<StoredQuote>, StoreError> {
    let mut found = Vec::new();
    for chunk in customers.chunks(super::ROWS_A_STATEMENT) {
        let select = all(tenant)
            .filter(entity::Column::Customer.is_in(chunk))
            .filter(entity::Column::State.is_in(["OFFERED", "DECLINED"]))
            .order_by_asc(entity::Column::Id);
        for row in select.all(db).await? {
            found.push(StoredQuote::try_from(row)?);
        }
    }
    Ok(found)
}

/// Waits for the customer's turn: until this transaction ends no other one sums up the same customer's gaps, so that two at the
/// same instant cannot miss each other.
pub(crate) async fn take_turn(
    tx: &impl ConnectionTrait,
    tenant: &TenantId,
    customer: &str,
) -> Result<(), StoreError> {
    const TABLE: &str = "pricing_approval_turn";
    let next = Expr::col((TABLE, "turn")).add(1);
    let insert = Query::insert()
        .into_table(TABLE)
        .columns(["tenant", "customer", "turn"])
        .values_panic([tenant.as_str().into(), customer.into(), 1i64.into()])
        .on_conflict(OnConflict::columns(["tenant", "customer"]).value("turn", next).to_owned())
        .to_owned();
    tx.execute(&insert).await?;
    Ok(())
}

/// The customer's quotes with a price under the floor that still bind us, made since a moment, but for one: name and gap.
pub(crate) async fn gaps(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    quote: &StoredQuote,
    since: i64,
) -> Result<Vec<(String, Money)>, StoreError> {
    let rows = all(tenant)
        .filter(entity::Column::Customer.eq(&quote.input.customer))
        .filter(entity::Column::State.is_in(["AWAITING_APPROVAL", "OFFERED", "ACCEPTED"]))
        .filter(entity::Column::CreateTime.gte(since))
        .filter(entity::Column::Id.ne(&quote.id))
        .order_by_asc(entity::Column::Id)
        .all(db)
        .await?;
    let mut gaps = Vec::new();
    for row in rows {
        let other = StoredQuote::try_from(row)?;
        let gap = approval::gap(other.quote.price.price, other.quote.floor);
        // A quote in another currency, before the policy changed, has no gap that could be added.
        if let Some(gap) =
            gap.ok().flatten().filter(|g| g.currency() == quote.quote.floor.currency())
        {
            gaps.push((other.name(), gap));
        }
    }
    Ok(gaps)
}
