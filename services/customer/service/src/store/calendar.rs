//! Versions of calendars; the shipped ones are there for every tenant as version 1.

use super::{instant, json, micros, parse};
use aftercare_customer_domain::calendar::{CalendarSpec, china, countries, round_the_clock};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use jiff::Timestamp;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde::{Deserialize, Serialize};

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_calendar")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        pub create_time: i64,
        pub doc: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "customer_calendar";
/// The version of every shipped calendar.
const SHIPPED: i64 = 1;

/// A version of a calendar.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Version {
    pub id: String,
    pub version: i64,
    pub display_name: String,
    pub spec: CalendarSpec,
    pub system: bool,
    pub created: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct Doc {
    display_name: String,
    spec: CalendarSpec,
}

/// Calendars that every tenant has, or the one of an id.
pub(crate) fn shipped(id: Option<&str>) -> Vec<Version> {
    let version = |id: &str, display_name: &str, spec| Version {
        id: id.to_owned(),
        version: SHIPPED,
        display_name: display_name.to_owned(),
        spec,
        system: true,
        created: None,
    };
    let wanted = |known: &str| id.is_none_or(|id| id == known);
    let mut found = Vec::new();
    if wanted("china") {
        let name = "China, public holidays and make-up days of 2004 to 2026";
        found.push(version("china", name, china()));
    }
    if wanted("always") {
        let name = "All hours of all days, China Standard Time";
        found.push(version("always", name, round_the_clock("Asia/Shanghai")));
    }
    // Their rules are read only for whom it concerns.
    if id.is_none_or(|id| !["china", "always"].contains(&id)) {
        for country in countries().into_iter().filter(|country| wanted(&country.id)) {
            let (first, last) = country.years();
            let name = format!("{}, {first} to {last}", country.title);
            found.push(version(&country.id, &name, country.spec()));
        }
    }
    found
}

/// Every version of one calendar, or of all, oldest first.
pub(crate) async fn versions(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: Option<&str>,
) -> Result<Vec<Version>, StoreError> {
    let mut select = entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()));
    if let Some(id) = id {
        select = select.filter(entity::Column::Id.eq(id));
    }
    let rows = select.order_by_asc(entity::Column::Version).all(db).await?;
    let mut versions = shipped(id);
    for row in rows {
        let Doc { display_name, spec } = parse(TABLE, &row.doc)?;
        let created = Some(instant(TABLE, row.create_time)?);
        let (id, version) = (row.id, row.version);
        versions.push(Version { id, version, display_name, spec, system: false, created });
    }
    Ok(versions)
}

/// The number of a calendar's newest version; without any of the tenant's that of a shipped one, if there is one.
pub(crate) async fn newest(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<i64, StoreError> {
    let select = entity::Entity::find()
        .select_only()
        .column(entity::Column::Version)
        .filter(entity::Column::Tenant.eq(tenant.as_str()))
        .filter(entity::Column::Id.eq(id))
        .order_by_desc(entity::Column::Version);
    let newest: Option<i64> = select.into_tuple().one(db).await?;
    Ok(newest.unwrap_or(SHIPPED))
}

/// A version of a calendar, or its newest.
pub(crate) async fn get(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
    version: Option<i64>,
) -> Result<Version, StoreError> {
    let mut versions = versions(db, tenant, Some(id)).await?;
    let found = match version {
        Some(version) => versions.into_iter().find(|known| known.version == version),
        None => versions.pop(),
    };
    found.ok_or_else(|| StoreError::NotFound { name: format!("calendars/{id}") })
}

/// Adds a version; two writers at once collide on the key.
pub(crate) async fn add(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    version: &Version,
    now: Timestamp,
) -> Result<(), StoreError> {
    let doc = Doc { display_name: version.display_name.clone(), spec: version.spec.clone() };
    let row = entity::Model {
        tenant: tenant.to_string(),
        id: version.id.clone(),
        version: version.version,
        create_time: micros(now),
        doc: json(TABLE, &doc)?,
    };
    let name = || format!("calendars/{}", version.id);
    let insert = entity::Entity::insert(row.into_active_model());
    insert.exec_without_returning(db).await.map_err(|error| StoreError::unique(error, name))?;
    Ok(())
}
