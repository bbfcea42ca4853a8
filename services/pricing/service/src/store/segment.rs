//! Customers' segments: answers, score, a person's word.

use super::history::{self, Versioned};
use super::{json, parse};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use aftercare_pricing_domain::policy::Segment;
use aftercare_pricing_domain::segment::Score;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DeriveEntityModel)]
    #[sea_orm(table_name = "pricing_segment")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub customer: String,
        pub doc: String,
        pub revision: i64,
        pub create_time: i64,
        pub update_time: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "pricing_segment";

/// Kind of former versions.
pub(crate) const KIND: &str = "segment";

impl Versioned for entity::Model {
    fn tenant(&self) -> &str {
        &self.tenant
    }
    fn kind(&self) -> &str {
        KIND
    }
    fn id(&self) -> String {
        self.customer.clone()
    }
    fn scope(&self) -> String {
        self.customer.clone()
    }
    fn since(&self) -> i64 {
        self.update_time
    }
    fn born(&self) -> i64 {
        self.create_time
    }
}

impl entity::Model {
    pub fn assessment(&self) -> Result<Assessment, StoreError> {
        parse(TABLE, &self.doc)
    }
}

/// A person's word against the score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Override {
    pub segment: Segment,
    pub reason: String,
    pub principal: String,
}

aftercare_kernel::words! {
    /// Where a segment comes from.
    Source {
        /// The request said it.
        Request = "REQUEST",
        /// A person's word.
        Override = "OVERRIDE",
        /// The score.
        Score = "SCORE",
        /// The customer service.
        CustomerRecord = "CUSTOMER_RECORD",
    }
}

/// What the customer service has on record.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Recorded {
    pub segment: Segment,
    /// When it came to say so, micro-seconds.
    pub time: i64,
}

/// What is kept of a customer's segment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Assessment {
    pub answers: BTreeMap<String, String>,
    pub score: Score,
    pub overridden: Option<Override>,
    #[serde(default)]
    pub recorded: Option<Recorded>,
}

impl Assessment {
    /// The segment that counts, and where it comes from; no source if nobody knows one.
    pub fn counting(&self) -> (Segment, Option<Source>) {
        let known = |segment: &Segment| *segment != Segment::Unknown;
        if let Some(word) = &self.overridden {
            return (word.segment, Some(Source::Override));
        }
        if known(&self.score.segment) {
            return (self.score.segment, Some(Source::Score));
        }
        let recorded = self.recorded.map(|recorded| recorded.segment).filter(known);
        recorded.map_or((Segment::Unknown, None), |own| (own, Some(Source::CustomerRecord)))
    }
}

/// An assessment as it is kept; revision 0 is one that nobody has made yet.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct StoredAssessment {
    pub customer: String,
    pub assessment: Assessment,
    pub revision: i64,
    pub create_time: i64,
    pub update_time: i64,
}

impl StoredAssessment {
    pub fn name(&self) -> String {
        format!("customers/{}/segmentAssessment", self.customer)
    }
}

/// A customer's row, by the customer's id.
pub(crate) async fn row(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    customer: &str,
) -> Result<Option<entity::Model>, StoreError> {
    let select = entity::Entity::find()
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::Customer.eq(customer));
    Ok(select.one(db).await?)
}

/// A customer's assessment, by the customer's id.
pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    customer: &str,
) -> Result<StoredAssessment, StoreError> {
    let Some(row) = row(db, tenant, customer).await? else {
        return Ok(StoredAssessment { customer: customer.to_owned(), ..Default::default() });
    };
    Ok(StoredAssessment {
        assessment: row.assessment()?,
        customer: row.customer,
        revision: row.revision,
        create_time: row.create_time,
        update_time: row.update_time,
    })
}

/// Writes an assessment over the one before.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    stored: &StoredAssessment,
) -> Result<(), StoreError> {
    let before: Vec<entity::Model> = row(db, tenant, &stored.customer).await?.into_iter().collect();
    history::keep(db, &before, stored.update_time).await?;
    let row = entity::Model {
        tenant: tenant.to_string(),
        customer: stored.customer.clone(),
        doc: json(TABLE, &stored.assessment)?,
        revision: stored.revision,
        create_time: stored.create_time,
        update_time: stored.update_time,
    };
    let conflict = OnConflict::columns([entity::Column::Tenant, entity::Column::Customer])
        .update_columns([entity::Column::Doc, entity::Column::Revision, entity::Column::UpdateTime])
        .to_owned();
    entity::Entity::insert(row.into_active_model())
        .on_conflict(conflict)
        .exec_without_returning(db)
        .await?;
    Ok(())
}
