//! Sightings with their verdicts.

use super::{ROWS_A_STATEMENT, insert_all, instant, json, micros};
use aftercare_channel_domain::gs1::Item;
use aftercare_channel_domain::sighting::{Sighting, SightingKind};
use aftercare_channel_domain::verdict::Judgement;
use aftercare_kernel::currency::Currency;
use aftercare_kernel::ids::TenantId;
use aftercare_kernel::money::Money;
use aftercare_kernel::region::RegionCode;
use aftercare_platform::database::StoreError;
use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeSet;

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "channel_sighting")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub item: String,
        pub gtin: String,
        /// `products/x`, or empty.
        pub product: String,
        pub serial: String,
        pub kind: String,
        /// `locations/x`, or empty.
        pub location: String,
        pub region: String,
        pub province: String,
        /// Empty where no price was seen.
        pub currency: String,
        pub source: String,
        /// `itemEvents/x`, or empty.
        pub item_event: String,
        /// `distributors/x`, or empty.
        pub responsible: String,
        pub verdict: String,
        pub exception: String,
        pub reasons: String,
        pub sight_time: i64,
        pub price_micros: i64,
        pub record_time: i64,
        pub below_floor: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "channel_sighting";

/// What a sighting came with beside what is judged.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin {
    pub location: String,
    pub source: String,
    pub item_event: String,
}

/// The row of a sighting that was not judged yet.
pub(crate) fn row(
    tenant: &TenantId,
    sighting: &Sighting,
    origin: &Origin,
    now: Timestamp,
) -> entity::Model {
    let region = sighting.region.as_ref();
    entity::Model {
        tenant: tenant.to_string(),
        id: sighting.id.clone(),
        item: sighting.item.to_string(),
        gtin: sighting.item.gtin().map(ToString::to_string).unwrap_or_default(),
        product: String::new(),
        serial: sighting.item.serial().unwrap_or_default().to_owned(),
        kind: sighting.kind.to_string(),
        location: origin.location.clone(),
        region: region.map(ToString::to_string).unwrap_or_default(),
        province: region.map(|region| region.province().to_string()).unwrap_or_default(),
        currency: sighting.price.map(|price| price.currency().to_string()).unwrap_or_default(),
        source: origin.source.clone(),
        item_event: origin.item_event.clone(),
        responsible: String::new(),
        verdict: String::new(),
        exception: String::new(),
        reasons: "[]".to_owned(),
        sight_time: micros(sighting.at),
        price_micros: sighting.price.map_or(0, |price| price.micros()),
        record_time: micros(now),
        below_floor: false,
    }
}

/// The row with a judgement.
pub(crate) fn judged(
    row: &entity::Model,
    judgement: &Judgement,
) -> Result<entity::Model, StoreError> {
    let name = |collection: &str, id: Option<String>| {
        id.map(|id| format!("{collection}/{id}")).unwrap_or_default()
    };
    Ok(entity::Model {
        product: name("products", judgement.product.as_ref().map(ToString::to_string)),
        responsible: name("distributors", judgement.responsible.as_ref().map(ToString::to_string)),
        verdict: judgement.verdict.to_string(),
        exception: judgement.exception.as_ref().map(ToString::to_string).unwrap_or_default(),
        reasons: json(TABLE, &judgement.reasons)?,
        below_floor: judgement.below_floor,
        ..row.clone()
    })
}

impl TryFrom<&entity::Model> for Sighting {
    type Error = StoreError;
    fn try_from(row: &entity::Model) -> Result<Self, StoreError> {
        let item = Item::parse(&row.item).map_err(|e| StoreError::corrupt(TABLE, e))?;
        let kind = SightingKind::parse(&row.kind).map_err(|e| StoreError::corrupt(TABLE, e))?;
        let region = match row.region.as_str() {
            "" => None,
            code => Some(RegionCode::parse(code).map_err(|e| StoreError::corrupt(TABLE, e))?),
        };
        Ok(Self {
            id: row.id.clone(),
            item,
            kind,
            at: instant(TABLE, row.sight_time)?,
            region,
            price: price(row)?,
        })
    }
}

/// The unit price seen.
pub(crate) fn price(row: &entity::Model) -> Result<Option<Money>, StoreError> {
    if row.currency.is_empty() {
        return Ok(None);
    }
    let currency = Currency::parse(&row.currency).map_err(|e| StoreError::corrupt(TABLE, e))?;
    Ok(Some(Money::from_micros(row.price_micros, currency)))
}

/// Sightings of the tenant.
pub(crate) fn within(tenant: &TenantId) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()))
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<entity::Model, StoreError> {
    let row = within(tenant).filter(entity::Column::Id.eq(id)).one(db).await?;
    row.ok_or_else(|| StoreError::NotFound { name: format!("sightings/{id}") })
}

/// Those of the ids that are stored.
pub(crate) async fn find_all(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[String],
) -> Result<Vec<entity::Model>, StoreError> {
    let mut found = Vec::new();
    for chunk in ids.chunks(ROWS_A_STATEMENT) {
        let wanted = entity::Column::Id.is_in(chunk.iter().map(String::as_str));
        found.extend(within(tenant).filter(wanted).all(db).await?);
    }
    Ok(found)
}

/// All sightings of these items.
pub(crate) async fn of_items(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    items: &[String],
) -> Result<Vec<entity::Model>, StoreError> {
    let mut found = Vec::new();
    for chunk in items.chunks(ROWS_A_STATEMENT) {
        let wanted = entity::Column::Item.is_in(chunk.iter().map(String::as_str));
        found.extend(within(tenant).filter(wanted).all(db).await?);
    }
    Ok(found)
}

/// Sightings within `[from, to)`, by time.
pub(crate) async fn between(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (from, to): (i64, i64),
) -> Result<Vec<entity::Model>, StoreError> {
    Ok(within(tenant)
        .filter(entity::Column::SightTime.gte(from))
        .filter(entity::Column::SightTime.lt(to))
        .order_by_asc(entity::Column::SightTime)
        .order_by_asc(entity::Column::Id)
        .all(db)
        .await?)
}

/// Items seen at any time before.
pub(crate) async fn items_seen_before(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    before: i64,
) -> Result<BTreeSet<String>, StoreError> {
    let items: Vec<String> = within(tenant)
        .filter(entity::Column::SightTime.lt(before))
        .select_only()
        .column(entity::Column::Item)
        .distinct()
        .into_tuple()
        .all(db)
        .await?;
    Ok(items.into_iter().collect())
}

/// Removes the sightings that events made; answers their items.
pub(crate) async fn remove_of_events(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    events: &[String],
) -> Result<Vec<String>, StoreError> {
    let mut items = Vec::new();
    for chunk in events.chunks(ROWS_A_STATEMENT) {
        let made = entity::Column::ItemEvent.is_in(chunk.iter().map(String::as_str));
        let rows = within(tenant).filter(made.clone()).all(db).await?;
        items.extend(rows.into_iter().map(|row| row.item));
        entity::Entity::delete_many()
            .filter(entity::Column::Tenant.eq(tenant.as_str()))
            .filter(made)
            .exec(db)
            .await?;
    }
    Ok(items)
}

/// Writes sightings; those that are there get the new verdict.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    rows: Vec<entity::Model>,
) -> Result<(), StoreError> {
    let update = [
        entity::Column::Product,
        entity::Column::Responsible,
        entity::Column::Verdict,
        entity::Column::Exception,
        entity::Column::Reasons,
        entity::Column::BelowFloor,
    ];
    let key = [entity::Column::Tenant, entity::Column::Id];
    let corrected = OnConflict::columns(key).update_columns(update).to_owned();
    insert_all::<entity::Entity>(db, &rows, &corrected).await
}
