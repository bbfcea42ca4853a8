//! SLA policies; the shipped ones hold until a tenant changes or deletes them.

use super::{json, micros, parse};
use aftercare_customer_domain::sla_policy::{SlaPolicy, default_policies};
use aftercare_kernel::ids::TenantId;
use aftercare_platform::database::StoreError;
use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};
use std::collections::BTreeMap;

/// The table.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_sla_policy")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub deleted: i64,
        pub revision: i64,
        pub create_time: i64,
        pub update_time: i64,
        pub doc: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "customer_sla_policy";

/// Every version that was written: what somebody is owed under one stays owed.
pub(crate) mod kept {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_sla_policy_version")]
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

const KEPT: &str = "customer_sla_policy_version";

/// A version of a policy.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Version {
    pub id: String,
    pub version: i64,
    pub system: bool,
    pub policy: SlaPolicy,
}

/// Policies in use, in the order in which they are tried.
pub(crate) async fn all(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
) -> Result<Vec<Version>, StoreError> {
    let mut policies: BTreeMap<String, Version> = default_policies()
        .into_iter()
        .map(|(id, policy)| {
            (id.to_owned(), Version { id: id.to_owned(), version: 1, system: true, policy })
        })
        .collect();
    let rows = entity::Entity::find().filter(entity::Column::Tenant.eq(tenant.as_str()));
    for row in rows.all(db).await? {
        if row.deleted != 0 {
            policies.remove(&row.id);
            continue;
        }
        let policy = parse(TABLE, &row.doc)?;
        let (id, version) = (row.id, row.revision);
        policies.insert(id.clone(), Version { id, version, system: false, policy });
    }
    let mut policies: Vec<_> = policies.into_values().collect();
    policies.sort_by(|a, b| a.policy.position.cmp(&b.policy.position).then(a.id.cmp(&b.id)));
    Ok(policies)
}

/// A version of a policy, also of one that was changed or deleted since: none if it was never written. The first version of a
/// shipped policy is the shipped one, unless the tenant had its own from the beginning.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (id, version): (&str, i64),
) -> Result<Option<Version>, StoreError> {
    let key = (tenant.to_string(), id.to_owned(), version);
    if let Some(row) = kept::Entity::find_by_id(key).one(db).await? {
        let policy = parse(KEPT, &row.doc)?;
        return Ok(Some(Version { id: id.to_owned(), version, system: false, policy }));
    }
    // Before versions were kept only the present one was.
    let present = all(db, tenant).await?;
    if let Some(found) =
        present.into_iter().find(|known| known.id == id && known.version == version)
    {
        return Ok(Some(found));
    }
    let shipped = default_policies().into_iter().find(|(known, _)| version == 1 && *known == id);
    Ok(shipped.map(|(_, policy)| Version { id: id.to_owned(), version, system: true, policy }))
}

/// Writes the present version of a policy, or that it is deleted.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    version: &Version,
    (deleted, now): (bool, Timestamp),
) -> Result<(), StoreError> {
    let row = entity::Model {
        tenant: tenant.to_string(),
        id: version.id.clone(),
        deleted: i64::from(deleted),
        revision: version.version,
        create_time: micros(now),
        update_time: micros(now),
        doc: json(TABLE, &version.policy)?,
    };
    let replace = OnConflict::columns([entity::Column::Tenant, entity::Column::Id])
        .update_columns([
            entity::Column::Deleted,
            entity::Column::Revision,
            entity::Column::UpdateTime,
            entity::Column::Doc,
        ])
        .to_owned();
    let insert = entity::Entity::insert(row.into_active_model()).on_conflict(replace);
    insert.exec_without_returning(db).await?;
    if deleted {
        return Ok(());
    }
    let row = kept::Model {
        tenant: tenant.to_string(),
        id: version.id.clone(),
        version: version.version,
        create_time: micros(now),
        doc: json(KEPT, &version.policy)?,
    };
    kept::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}
