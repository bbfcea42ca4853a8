//! Movements of items: what chains of custody are made of.

use super::{ROWS_A_STATEMENT, insert_all, instant, micros};
use aftercare_channel_domain::custody::{Ledger, Move, Movement};
use aftercare_channel_domain::network::DistributorId;
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::BTreeSet;

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "channel_movement")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub item: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub evidence: String,
        pub kind: String,
        pub parent: String,
        pub shipper: String,
        pub consignee: String,
        pub gtin: String,
        pub event_time: i64,
        pub returned: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "channel_movement";
pub(crate) const SHIPPED: &str = "SHIPPED";
const COMMISSIONED: &str = "COMMISSIONED";
const PACKED: &str = "PACKED";
const UNPACKED: &str = "UNPACKED";
const EMPTIED: &str = "EMPTIED";
const ENDED: &str = "ENDED";

/// The row of a movement of an item.
pub(crate) fn row(tenant: &TenantId, item: &str, gtin: &str, movement: &Movement) -> entity::Model {
    let mut row = entity::Model {
        tenant: tenant.to_string(),
        item: item.to_owned(),
        evidence: movement.evidence.clone(),
        kind: String::new(),
        parent: String::new(),
        shipper: String::new(),
        consignee: String::new(),
        gtin: gtin.to_owned(),
        event_time: micros(movement.at),
        returned: false,
    };
    let kind = match &movement.action {
        Move::Commissioned => COMMISSIONED,
        Move::Emptied => EMPTIED,
        Move::Ended => ENDED,
        Move::Packed(parent) => {
            row.parent.clone_from(parent);
            PACKED
        }
        Move::Unpacked(parent) => {
            row.parent.clone_from(parent);
            UNPACKED
        }
        Move::Shipped { from, to, returned } => {
            row.shipper = from.to_string();
            row.consignee = to.to_string();
            row.returned = *returned;
            SHIPPED
        }
    };
    kind.clone_into(&mut row.kind);
    row
}

impl TryFrom<entity::Model> for Movement {
    type Error = StoreError;
    fn try_from(row: entity::Model) -> Result<Self, StoreError> {
        let party = |id: &str| DistributorId::parse(id).map_err(|e| StoreError::corrupt(TABLE, e));
        let action = match row.kind.as_str() {
            COMMISSIONED => Move::Commissioned,
            EMPTIED => Move::Emptied,
            ENDED => Move::Ended,
            PACKED => Move::Packed(row.parent),
            UNPACKED => Move::Unpacked(row.parent),
            SHIPPED => Move::Shipped {
                from: party(&row.shipper)?,
                to: party(&row.consignee)?,
                returned: row.returned,
            },
            other => return Err(StoreError::corrupt(TABLE, format!("unknown kind {other}"))),
        };
        Ok(Self { at: instant(TABLE, row.event_time)?, action, evidence: row.evidence })
    }
}

fn within(tenant: &TenantId) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()))
}

/// Writes movements; one that is there already stays.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    rows: Vec<entity::Model>,
) -> Result<(), StoreError> {
    let key = [entity::Column::Tenant, entity::Column::Item, entity::Column::Evidence];
    insert_all::<entity::Entity>(db, &rows, OnConflict::columns(key).do_nothing()).await
}

/// Removes what pieces of evidence said; answers the items that they said it of.
pub(crate) async fn remove(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    evidence: &[String],
) -> Result<Vec<String>, StoreError> {
    let mut items = Vec::new();
    for chunk in evidence.chunks(ROWS_A_STATEMENT) {
        let told = entity::Column::Evidence.is_in(chunk.iter().map(String::as_str));
        let found: Vec<String> = within(tenant)
            .filter(told.clone())
            .select_only()
            .column(entity::Column::Item)
            .into_tuple()
            .all(db)
            .await?;
        items.extend(found);
        entity::Entity::delete_many()
            .filter(entity::Column::Tenant.eq(tenant.as_str()))
            .filter(told)
            .exec(db)
            .await?;
    }
    Ok(items)
}

/// Everything that chains of these items need: their movements and those of every parent that they were ever in.
pub(crate) async fn ledger(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    items: &[String],
) -> Result<Ledger, StoreError> {
    let mut ledger = Ledger::default();
    let mut wanted = items.to_vec();
    while !wanted.is_empty() {
        for chunk in wanted.chunks(ROWS_A_STATEMENT) {
            let of = entity::Column::Item.is_in(chunk.iter().map(String::as_str));
            for row in within(tenant).filter(of).all(db).await? {
                let item = row.item.clone();
                ledger.add(&item, Movement::try_from(row)?);
            }
            chunk.iter().for_each(|item| ledger.mark_known(item));
        }
        wanted = ledger.unknown_parents();
    }
    Ok(ledger)
}

/// The items themselves and everything that was ever packed into them, to any depth.
pub(crate) async fn with_contents(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    items: BTreeSet<String>,
) -> Result<BTreeSet<String>, StoreError> {
    let mut all = items.clone();
    let mut level: Vec<String> = items.into_iter().collect();
    while !level.is_empty() {
        let mut inner = Vec::new();
        for chunk in level.chunks(ROWS_A_STATEMENT) {
            let children: Vec<String> = within(tenant)
                .filter(entity::Column::Parent.is_in(chunk.iter().map(String::as_str)))
                .filter(entity::Column::Kind.eq(PACKED))
                .select_only()
                .column(entity::Column::Item)
                .distinct()
                .into_tuple()
                .all(db)
                .await?;
            inner.extend(children.into_iter().filter(|child| all.insert(child.clone())));
        }
        level = inner;
    }
    Ok(all)
}

/// What was shipped within `[from, to)` and not sent back: (item, GTIN, consignee).
pub(crate) async fn shipped(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (from, to): (i64, i64),
) -> Result<Vec<(String, String, String)>, StoreError> {
    let columns = [entity::Column::Item, entity::Column::Gtin, entity::Column::Consignee];
    Ok(within(tenant)
        .filter(entity::Column::Kind.eq(SHIPPED))
        .filter(entity::Column::EventTime.gte(from))
        .filter(entity::Column::EventTime.lt(to))
        .filter(entity::Column::Returned.eq(false))
        .select_only()
        .columns(columns)
        .into_tuple()
        .all(db)
        .await?)
}
