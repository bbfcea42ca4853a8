//! Conflicts: one document each, with the columns that lists filter by.

use super::{instant, json, micros, parse};
use aftercare_channel_domain::compensation::Compensation;
use aftercare_channel_domain::conflict::{
    ConflictId, ConflictMove, ConflictState, Hearing, Progress,
};
use aftercare_channel_domain::network::{DistributorId, ProductId};
use aftercare_channel_domain::sanction::{Intent, Sanction};
use aftercare_channel_domain::scale::Scale;
use aftercare_kernel::ids::TenantId;
use aftercare_kernel::period::Period;
use aftercare_kernel::region::RegionCode;
use aftercare_platform::database::StoreError;
use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use serde::{Deserialize, Serialize};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "channel_conflict")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        /// `distributors/x`.
        pub accused: String,
        pub state: String,
        pub case_name: String,
        pub doc: String,
        pub revision: i64,
        pub create_time: i64,
        pub update_time: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "channel_conflict";

/// One piece of evidence; `kind` is the wire's word without its prefix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Evidence {
    pub kind: String,
    pub resource: String,
    pub description: String,
    pub sha256: String,
    pub log_odds: f64,
    pub at: Timestamp,
}

/// A task of the investigation; `kind` is the wire's word without its prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Task {
    pub id: String,
    pub kind: String,
    pub assignee: String,
    pub due: Option<Timestamp>,
    pub outcome: String,
    pub done: Option<Timestamp>,
}

/// A scale with when it was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measured {
    pub scale: Scale,
    /// Distinct units seen out of territory by ISO week.
    pub weeks: Vec<(String, u64)>,
    pub at: Timestamp,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Decision {
    pub sanctions: Vec<Sanction>,
    pub compensation: Option<Compensation>,
    pub ladder_version: String,
    pub decider: String,
    /// Empty until a second person approved a hold.
    pub second_decider: String,
    pub rationale: String,
    pub at: Timestamp,
}

/// Everything of a conflict but its id and times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Conflict {
    pub accused: DistributorId,
    pub regions: Vec<RegionCode>,
    pub products: Vec<ProductId>,
    pub window: Period,
    pub summary: String,
    pub case: String,
    pub state: ConflictState,
    pub hearing: Option<Hearing>,
    pub history: Vec<ConflictMove>,
    pub evidence: Vec<Evidence>,
    pub tasks: Vec<Task>,
    pub intent: Option<Intent>,
    pub scale: Option<Measured>,
    pub decision: Option<Decision>,
}

/// A conflict with what its row has.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Kept {
    pub id: ConflictId,
    pub conflict: Conflict,
    /// Counts writes from 1; 0 for one that is not stored.
    pub revision: i64,
    pub created: Timestamp,
    pub updated: Timestamp,
}

impl Kept {
    /// One that begins now.
    pub fn new(id: ConflictId, conflict: Conflict, now: Timestamp) -> Self {
        Self { id, conflict, revision: 0, created: now, updated: now }
    }

    /// `conflicts/x`.
    pub fn name(&self) -> String {
        format!("conflicts/{}", self.id)
    }

    pub fn etag(&self) -> String {
        super::etag(self.revision)
    }

    /// What guards look at.
    pub fn progress(&self) -> Progress {
        Progress {
            id: self.id.clone(),
            state: self.conflict.state,
            hearing: self.conflict.hearing.clone(),
            history: self.conflict.history.clone(),
        }
    }

    /// Takes over what moves changed.
    pub fn moved(&mut self, progress: Progress) {
        self.conflict.state = progress.state;
        self.conflict.hearing = progress.hearing;
        self.conflict.history = progress.history;
    }

    /// Sum of the evidence's log-odds.
    pub fn log_odds(&self) -> f64 {
        self.conflict.evidence.iter().map(|evidence| evidence.log_odds).sum()
    }
}

impl TryFrom<entity::Model> for Kept {
    type Error = StoreError;
    fn try_from(row: entity::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: ConflictId::parse(&row.id).map_err(|error| StoreError::corrupt(TABLE, error))?,
            conflict: parse(TABLE, &row.doc)?,
            revision: row.revision,
            created: instant(TABLE, row.create_time)?,
            updated: instant(TABLE, row.update_time)?,
        })
    }
}

/// Conflicts of the tenant.
pub(crate) fn within(tenant: &TenantId) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()))
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<Kept, StoreError> {
    let row = within(tenant).filter(entity::Column::Id.eq(id)).one(db).await?;
    Kept::try_from(row.ok_or_else(|| StoreError::NotFound { name: format!("conflicts/{id}") })?)
}

/// All of one accused, the oldest first.
pub(crate) async fn of_accused(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    accused: &DistributorId,
) -> Result<Vec<Kept>, StoreError> {
    let rows = within(tenant)
        .filter(entity::Column::Accused.eq(format!("distributors/{accused}")))
        .order_by_asc(entity::Column::CreateTime)
        .order_by_asc(entity::Column::Id);
    rows.all(db).await?.into_iter().map(Kept::try_from).collect()
}

/// Writes the next revision of a conflict.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    kept: &mut Kept,
    now: Timestamp,
) -> Result<(), StoreError> {
    kept.revision += 1;
    kept.updated = now;
    let row = entity::Model {
        tenant: tenant.to_string(),
        id: kept.id.to_string(),
        accused: format!("distributors/{}", kept.conflict.accused),
        state: kept.conflict.state.to_string(),
        case_name: kept.conflict.case.clone(),
        doc: json(TABLE, &kept.conflict)?,
        revision: kept.revision,
        create_time: micros(kept.created),
        update_time: micros(now),
    };
    let insert = entity::Entity::insert(row.into_active_model());
    if kept.revision == 1 {
        let taken = |error| StoreError::unique(error, || kept.name());
        insert.exec_without_returning(db).await.map_err(taken)?;
        return Ok(());
    }
    let update = [
        entity::Column::State,
        entity::Column::CaseName,
        entity::Column::Doc,
        entity::Column::Revision,
        entity::Column::UpdateTime,
    ];
    insert
        .on_conflict(
            OnConflict::columns([entity::Column::Tenant, entity::Column::Id])
                .update_columns(update)
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}
